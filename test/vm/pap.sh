# shellcheck shell=bash
# kernel: any
# A client that only does PAP.
AUTH=pap
world_up
server_config
server_start
client_connect 1 alice wonderland refuse-mschap-v2 refuse-mschap refuse-chap refuse-eap
works 1
client_disconnect 1
nothing_left
server_stop
