# shellcheck shell=bash
# layouts: auto
# limit: 900
# L2TP through IPsec with real IKE daemons: how IKE is spoken and proved, what NAT is in between, and
# which client is on top.  Every pair of two of these is tried, or every combination with FULL=1;
# CELLS="psk1/nat/xl2tpd ..." picks.  In each cell traffic runs both ways, and goes on while CHILD and
# IKE SA are renewed and the NAT forgets its ports.
. test/vm/ipsec/lib.sh
. test/vm/ipsec/clients.sh

declare -A MEMBERS=([direct]=5 [nat]=1 [three]="1 2 3" [twins]="1 4")
USERS=([1]="alice wonderland" [2]="bob builder" [3]="carol carol-secret" [4]="bob builder"
	[5]="alice wonderland")
KL2TPD=$(test/vm/ipsec/peer kl2tpd)/usr/sbin/kl2tpd

# A selection in which each two columns have all their combinations: one half of it for kernels that
# tell sessions apart by their ids, and one for those before them.
PAIRS="psk1/nat/kl2tpd psk1/three/culvert cert1/direct/kl2tpd cert1/twins/kl2tpd
	psk2/direct/culvert psk2/nat/xl2tpd cert2/three/xl2tpd cert2/twins/culvert"
case $(uname -r) in
6.1.*)
	PAIRS="psk1/direct/xl2tpd psk1/twins/xl2tpd cert1/three/xl2tpd cert1/nat/culvert
		psk2/three/kl2tpd psk2/twins/culvert cert2/direct/xl2tpd cert2/nat/kl2tpd"
	;;
esac

every_cell() {
	local ike nat kind
	for kind in xl2tpd kl2tpd culvert; do
		for ike in psk1 cert1 psk2 cert2; do
			for nat in direct nat three twins; do echo "$ike/$nat/$kind"; done
		done
	done
}

rekey_by_server() { ike_ctl server --rekey --child "$1"; }
rekey_by_client() { ike_ctl "client${PINGING%% *}" --rekey --child "$1"; }
renew_ike() { ike_ctl "client${PINGING%% *}" --rekey --ike "$1"; }
# those that have the clients' SAs: one that a client has just renewed lives on for ten seconds
renew_ike_by_server() {
	local id
	for id in $(ike_ctl server --list-sas --ike "$1" | awk '
		/^[^ ]/ { gsub(/[#,]/, "", $2); id = $2 }
		/^ .*INSTALLED/ && !seen[id]++ { print id }'); do
		ike_ctl server --rekey --ike-id "$id" || return
	done
}

# same_sessions: whatever was renewed, nobody has had to dial again
session_count() { grep -c 'event=session-up' "$WORK/culvertd.log" || true; }
same_sessions() {
	local n
	[ "$(session_count)" = "$DIALED" ] || fail "somebody had to dial again"
	for n in $PINGING; do
		! log_has 'somebody removed' "$WORK/client$n/culvertd.log" 2>/dev/null ||
			fail "client $n takes its own doing for somebody else's"
	done
}

# cell IKE NAT KIND: in a subshell
cell() {
	local ike=$1 nat=$2 kind=$3 n before gap
	PINGING=${MEMBERS[$nat]}
	before=$(wire_count sealed)
	CLEAR_BEFORE=$(wire_count clear)
	for n in $PINGING; do
		# shellcheck disable=SC2086
		[ "$kind" != culvert ] || dialer_run "$n" ${USERS[$n]} "$ike"
		ike_up "$n" "$ike" || fail "client $n: $ike does not come up"
		# shellcheck disable=SC2086
		l2tp_dial "$kind" "$n" ${USERS[$n]}
	done
	for n in $PINGING; do wait_for 20 "client $n gets an address" client_up "$n"; done
	for n in $PINGING; do both_ways "$n"; done
	# who initiates IKEv1's quick mode is without an SA for a moment (kernel: XfrmAcquireError)
	case $ike in *1) gap=3 ;; *) gap=0 ;; esac
	DIALED=$(session_count)
	count_lost child "$gap" rekey_by_server "$ike"
	count_lost child-by-client "$gap" rekey_by_client "$ike"
	count_lost ike "$gap" renew_ike "$ike"
	count_lost ike-by-server "$gap" renew_ike_by_server "$ike"
	[ "$nat" = direct ] || count_lost nat 10 nat_rebind nat1
	same_sessions
	never_clear
	[ "$(wire_count sealed)" -gt "$before" ] || fail "nothing went through ESP"
	for n in $PINGING; do l2tp_hangup "$n"; done
	wait_for 15 "the sessions end" no_sessions
	echo "$TOLD" >"$WORK/told"
}

# tidy IKE: as before the cell, whatever happened in it
tidy() {
	local n
	for n in 1 2 3 4 5; do
		l2tp_stop "$n"
		ike_ctl "client$n" --terminate --ike "$1" --timeout 5 >/dev/null 2>&1 || true
	done
	no_sessions || culvert kick --yes pool=staff >/dev/null 2>&1 || true
	return 0
}

plugin_at_clients() {
	local n
	for n in 1 2 3 4 5; do ike_stop "client$n"; done
	IKE_CLIENT_PLUGIN=l2tp ike_start client1 client2 client3 client4 client5
	with_plugin=1
}

ipsec_world 1 2 3 4 5
ike_certs 1 2 3 4 5
ike_start server client1 client2 client3 client4 client5
ipsec_server

cells=${CELLS:-$PAIRS}
[ -z "${FULL:-}" ] || cells=$(every_cell)
bad=0
# stock clients first: with culvert, a client's charon has the plugin, too
with_plugin=
# shellcheck disable=SC2086
for c in $(printf '%s\n' $cells | grep -v culvert; printf '%s\n' $cells | grep culvert); do
	[ "$with_plugin/${c##*/}" != /culvert ] || plugin_at_clients
	IFS=/ read -r ike nat kind <<<"$c"
	begin=$SECONDS
	: >"$WORK/told"
	if (cell "$ike" "$nat" "$kind") >"$WORK/cell.log" 2>&1; then
		printf '    %-22s ok   %2d s  lost:%s\n' "$c" $((SECONDS - begin)) "$(cat "$WORK/told")"
	else
		printf '    %-22s FAIL %2d s  %s\n' "$c" $((SECONDS - begin)) "$(grep -m 1 FAILED "$WORK/cell.log")"
		sed 's/^/    /' "$WORK/cell.log" >>"$WORK/failures"
		# shellcheck disable=SC2046,SC2086
		ike_logs server $(printf 'client%s ' ${MEMBERS[$nat]}) >>"$WORK/failures"
		bad=$((bad + 1))
	fi
	tidy "$ike"
done
[ $bad = 0 ] || {
	cat "$WORK/failures"
	note "FAILED: $bad of the cells"
	exit 1
}
nothing_left
server_stop
