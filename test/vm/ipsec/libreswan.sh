# shellcheck shell=bash
# libreswan as a client's IKE daemon, in a root of its own: the machine's files with its packages laid
# over them.  Sourced after lib.sh.

# swan_start N: pluto for client N, with connections psk1 and psk2
swan_start() {
	local n=$1 dir=$WORK/swan$1 peer
	peer=$(test/vm/ipsec/peer libreswan) || fail "no libreswan"
	mkdir -p "$dir/root" "$dir/rw"
	mount -t tmpfs tmpfs "$dir/rw"
	mkdir -p "$dir"/rw/{upper,work}
	cp -a "$peer/." "$dir/rw/upper" || fail "no room for libreswan"
	mount -t overlay -o "lowerdir=/,upperdir=$dir/rw/upper,workdir=$dir/rw/work" \
		overlay "$dir/root" || fail "the root of libreswan"
	mount -t proc proc "$dir/root/proc"
	mount -t tmpfs tmpfs "$dir/root/run"
	mount --bind /dev "$dir/root/dev"
	mkdir -p "$dir/root/run/pluto"
	{
		printf 'config setup\n\tlogfile=/run/pluto.log\n\tikev1-policy=accept\n'
		swan_conn "$n" psk1 no
		swan_conn "$n" psk2 yes
	} >"$dir/root/etc/ipsec.conf"
	echo ": PSK \"$IKE_PSK\"" >"$dir/root/etc/ipsec.secrets"
	chmod 600 "$dir/root/etc/ipsec.secrets"
	swan_ipsec "$n" initnss >"$dir/output" 2>&1 || true
	swan_in "$n" /usr/libexec/ipsec/pluto --config /etc/ipsec.conf >>"$dir/output" 2>&1 || {
		cat "$dir/output"
		fail "pluto of client $n does not start"
	}
	wait_for 15 "pluto of client $n listens" grep -q 'loading secrets' "$dir/root/run/pluto.log"
}

swan_conn() {
	cat <<-EOT
		conn $2
		    ikev2=$3
		    authby=secret
		    type=transport
		    left=${PRIVATE[$1]:-198.51.100.$((10 + $1))}
		    leftprotoport=17/1701
		    right=$SERVER4
		    rightprotoport=17/1701
		    ike=aes128-sha2_256-dh19
		    esp=aes128-sha2_256
		    pfs=no
		    auto=ignore
	EOT
}

swan_in() { nsenter --net="/run/netns/$PREFIX-client$1" -- chroot "$WORK/swan$1/root" "${@:2}"; }
swan_ipsec() { swan_in "$1" /usr/sbin/ipsec "${@:2}"; }

# swan_up N CONNECTION
swan_up() {
	{
		swan_in "$1" /usr/libexec/ipsec/addconn --config /etc/ipsec.conf "$2"
		timeout 30 nsenter --net="/run/netns/$PREFIX-client$1" -- \
			chroot "$WORK/swan$1/root" /usr/sbin/ipsec auto --up "$2"
	} >"$WORK/swan$1/up" 2>&1
}

swan_down() { swan_ipsec "$1" auto --delete "$2" >>"$WORK/swan$1/output" 2>&1 || true; }

swan_stop() {
	swan_ipsec "$1" whack --shutdown >>"$WORK/swan$1/output" 2>&1 || true
	nap 0.5
	swan_unmount "$1"
}

swan_unmount() {
	local m
	for m in root/dev root/run root/proc root rw; do umount -l "$WORK/swan$1/$m" 2>/dev/null || true; done
}
