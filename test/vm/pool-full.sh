# shellcheck shell=bash
# kernel: any
# One address and two clients: the second is turned away with one clear line, and the address goes
# to it once the first has left.
RANGE=10.20.0.10-10.20.0.10
world_up 2
server_config
server_start
client_connect 1 alice wonderland
client_config 2 bob builder
client_run 2
client_dial 2
wait_for 30 "the log says that the pool is full" log_has '(pool|no-address|exhausted|full).*bob|bob.*(pool|no-address|exhausted|full)'
refuse "the second has no address" client_up 2
works 1
client_disconnect 1
client_kill 2
nothing_left
client_connect 2 bob builder
[ "$(client_value 2 address)" = 10.20.0.10 ] || fail "got $(client_value 2 address)"
client_disconnect 2
nothing_left
server_stop
