# shellcheck shell=bash
# A wrong password: said to the client and in the log, never the secret itself, and the kernel
# never hears of it.
world_up
server_start
client_config 1 alice looking-glass
client_run 1
client_dial 1
wait_for 30 "the client is told" log_has 'CHAP authentication failed|E=691' "$WORK/client1/ppp.log"
wait_for 10 "the log has the reason" log_has 'user="?alice.*reason=("?)wrong-password|reason=("?)wrong-password.*alice'
refuse "no session came up" log_has 'event=session-up'
refuse "no secret is in the log" log_has 'looking-glass|wonderland'
refuse "no address" client_up 1
client_kill 1
nothing_left
client_connect 1 alice wonderland
works 1
client_disconnect 1
nothing_left
server_stop
