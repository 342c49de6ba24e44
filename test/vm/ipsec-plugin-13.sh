# shellcheck shell=bash
# layouts: auto
# kernel: any
# ipsec-plugin with the strongSwan of Debian 13.
SWAN_ROOT=$TOP/.cache/root/trixie
[ -e "$SWAN_ROOT/complete" ] || { note "no Debian 13 here, which only root can make"; exit 0; }
PLUGIN=$SWAN_ROOT/plugin.so
. test/vm/ipsec-plugin.sh
