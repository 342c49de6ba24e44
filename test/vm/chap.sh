# shellcheck shell=bash
# kernel: any
# CHAP with MD5, found by negotiation: we ask for MS-CHAPv2 first and the client refuses it.
AUTH="mschapv2, chap"
world_up
server_config
server_start
client_connect 1 alice wonderland refuse-mschap-v2 refuse-mschap refuse-pap refuse-eap
expect "the client was asked for MS-CHAPv2 first" log_has 'auth chap MS-v2' "$WORK/client1/ppp.log"
works 1
client_disconnect 1
nothing_left
server_stop
