# shellcheck shell=bash
# layouts: auto
# kernel: any
# limit: 400
# The shipped examples of a server's configuration, and what each client system proposes: which of it
# is taken, by a real charon at either end, with a pre-shared key and with certificates that are made
# here.  Then the shipped examples of a client's.
. test/vm/plugin/nodes.sh
EXAMPLE=packaging/examples

# server_swanctl [compat]: the example, in force at srv, nothing else
server_swanctl() {
	sed "${1:+s/#compat //;}"'s/please choose a long one/a secret of many words/' \
		"$EXAMPLE/swanctl-server.conf" >"$WORK/srv/swanctl/conf.d/l2tp.conf"
	expect "the example is loaded" on srv swanctl --load-all
}

# certificates: an authority, the server's and alice's, where swanctl and ipsec.conf look for them
certificates() {
	local dir=$WORK/ca who d=/etc/ipsec.d
	mkdir -p "$dir" $d/{certs,cacerts,private} /etc/swanctl/{x509,x509ca,private}
	for who in ca vpn alice; do pki --gen --type rsa --size 2048 --outform pem >"$dir/$who.key"; done
	pki --self --ca --in "$dir/ca.key" --dn "O=Example, CN=ca" --outform pem >"$dir/ca.pem"
	for who in vpn alice; do
		pki --issue --cacert "$dir/ca.pem" --cakey "$dir/ca.key" --in "$dir/$who.key" --type priv \
			--dn "O=Example, CN=$who" --san "$who.example.net" --outform pem >"$dir/$who.pem"
	done
	cp "$dir"/{vpn,alice}.pem $d/certs/
	cp "$dir"/{vpn,alice}.key $d/private/
	cp "$dir/ca.pem" $d/cacerts/
	cp "$dir/vpn.pem" /etc/swanctl/x509/
	cp "$dir/vpn.key" /etc/swanctl/private/
	cp "$dir/ca.pem" /etc/swanctl/x509ca/
}
SECRETS=': PSK "a secret of many words"
: RSA vpn.key
: RSA alice.key'

# client NAME IKE ESP: try it with these proposals; CERT: as alice, with a certificate
client() {
	local auth="authby = secret"
	[ -z "${CERT:-}" ] || auth="leftcert = alice.pem"
	cat >"$WORK/c1/ipsec.conf" <<-EOT
		conn corp
		  keyexchange = ${VERSION:-ikev1}
		  type = transport
		  $auth
		  left = %defaultroute
		  leftprotoport = 17/${PORT:-1701}
		  right = 203.0.113.1
		  rightid = vpn.example.net
		  rightprotoport = 17/1701
		  ike = $2!
		  esp = $3!
		  auto = add
	EOT
	on c1 ipsec reload >/dev/null 2>&1
	wait_for "$LIMIT" "the configuration of $1" configured "$2"
	up c1 corp
	on c1 ipsec statusall corp >"$WORK/c1/suites" 2>&1
	on c1 ipsec down corp >/dev/null
}
# the new one is in force when the old one is gone; the log has each proposal as it was written
configured() { tail -n 40 "$WORK/c1/log" | grep -q "ike=$1!"; }

# chooses NAME IKE ESP SUITE ESP-SUITE
chooses() {
	client "$1" "$2" "$3"
	if ! grep -q "IKE proposal: $4\$" "$WORK/c1/suites"; then
		fail "$1: $(grep 'IKE proposal' "$WORK/c1/suites" || tail -n 3 "$WORK/c1/up"), not $4"
	fi
	grep -q "}:  $5, " "$WORK/c1/suites" ||
		fail "$1: $(grep '}:  ' "$WORK/c1/suites" | head -n 1), not $5"
	[ -z "${CERT:-}" ] || up_log c1 "authentication of .*vpn.example.net.* with RSA.* successful" ||
		fail "$1: not by certificate"
	note "$1: $4, $5"
}
refused() {
	client "$1" "$2" "$3"
	up_log c1 'NO_PROPOSAL_CHOSEN' || fail "$1 isn't refused: $(tail -n 3 "$WORK/c1/up")"
	note "$1: refused"
}

apple=aes256-sha256-modp2048,aes256-sha1-modp2048,aes256-md5-modp2048,aes256-sha512-modp2048
apple=$apple,aes256-sha256-modp1536,aes256-sha1-modp1536,aes256-md5-modp1536
apple=$apple,aes256-sha256-modp1024,aes256-sha1-modp1024,aes256-md5-modp1024
apple=$apple,aes128-sha1-modp1024,aes128-md5-modp1024,3des-sha1-modp1024,3des-md5-modp1024
windows=aes256-sha1-ecp384,aes128-sha1-ecp256,aes256-sha1-modp2048,3des-sha1-modp2048,3des-sha1-modp1024
android=aes256-sha256-modp1024,aes256-sha1-modp1024,aes128-sha1-modp1024,3des-sha1-modp1024
routeros=aes128-sha1-modp2048,3des-sha1-modp2048,aes128-sha1-modp1024,3des-sha1-modp1024
linux=aes256-sha256-modp2048,aes256-sha256-modp1536,aes256-sha256-modp1024,aes256-sha1-modp2048
linux=$linux,aes256-sha1-modp1536,aes256-sha1-modp1024,aes256-sha1-ecp384,aes128-sha1-modp1024
linux=$linux,aes128-sha1-ecp256,3des-sha1-modp2048,3des-sha1-modp1024
legacy_esp=aes256-sha1,aes128-sha1,3des-sha1

all_of_today() {
	chooses "$1, Windows 10" "$windows" "$legacy_esp" \
		AES_CBC_256/HMAC_SHA1_96/PRF_HMAC_SHA1/ECP_384 AES_CBC_256/HMAC_SHA1_96
	PORT=%any chooses "$1, macOS" "$apple" "$legacy_esp" \
		AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048 AES_CBC_256/HMAC_SHA1_96
	PORT=%any chooses "$1, macOS, newer" "$apple" "aes256-sha256,$legacy_esp" \
		AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048 AES_CBC_256/HMAC_SHA2_256_128
	chooses "$1, RouterOS 7" "$routeros" aes256-sha1-modp1024,aes192-sha1-modp1024,aes128-sha1-modp1024 \
		AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_2048 AES_CBC_256/HMAC_SHA1_96/MODP_1024
	chooses "$1, Linux" "$linux" "$legacy_esp" \
		AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048 AES_CBC_256/HMAC_SHA1_96
	for v in ikev1 ikev2; do
		VERSION=$v chooses "$1, culvert, $v" aes256-sha256-modp2048 aes256-sha256 \
			AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048 AES_CBC_256/HMAC_SHA2_256_128
		CERT=1 VERSION=$v chooses "$1, culvert, $v, certificate" aes256-sha256-modp2048 aes256-sha256 \
			AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048 AES_CBC_256/HMAC_SHA2_256_128
	done
	CERT=1 chooses "$1, Windows 10, certificate" "$windows" "$legacy_esp" \
		AES_CBC_256/HMAC_SHA1_96/PRF_HMAC_SHA1/ECP_384 AES_CBC_256/HMAC_SHA1_96
}

# comes_up NAME: there is an SA of c1's connection corp; L2TP isn't, as nobody is there for it
comes_up() {
	on c1 swanctl --list-sas | grep -q 'corp.*INSTALLED' || {
		sed 's/^/    | /' "$WORK/c1/up"
		fail "$1 does not come up"
	}
	note "$1: $(on c1 swanctl --list-sas | grep -o 'ESP:.*' | head -n 1)"
	on c1 swanctl --terminate --ike corp >/dev/null
}

certificates
mkdir -p "$WORK/srv"
CONFIGS_HOOK=example_ipsec
example_ipsec() { cp "$EXAMPLE/ipsec-server.conf" "$WORK/srv/ipsec.conf"; }
CFG_LEVEL=2
world_of_charons srv c1
all_of_today ipsec.conf
refused "ipsec.conf, Android 11" "$android" "$legacy_esp"

: >"$WORK/srv/ipsec.conf"
on srv ipsec reload >/dev/null 2>&1
server_swanctl
all_of_today swanctl
refused "swanctl, Android 11" "$android" "$legacy_esp"
server_swanctl compat
chooses "compat, Windows 10" "$windows" "$legacy_esp" \
	AES_CBC_256/HMAC_SHA1_96/PRF_HMAC_SHA1/ECP_384 AES_CBC_256/HMAC_SHA1_96
chooses "compat, Android 11" "$android" "$legacy_esp" \
	AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_1024 AES_CBC_256/HMAC_SHA1_96
chooses "compat, RouterOS 6" 3des-sha1-modp1024 3des-sha1 \
	3DES_CBC/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024 3DES_CBC/HMAC_SHA1_96

server_swanctl
echo "203.0.113.1 vpn.example.net" >>/etc/hosts
cp "$EXAMPLE/ipsec-client.conf" "$WORK/c1/ipsec.conf"
on c1 ipsec reload >/dev/null 2>&1
log_says c1 'leftid=alice@example.net'
up c1 corp
comes_up "ipsec.conf of a client"
: >"$WORK/c1/ipsec.conf"
on c1 ipsec reload >/dev/null 2>&1
sed 's/please choose a long one/a secret of many words/' "$EXAMPLE/swanctl-client.conf" >"$WORK/c1/swanctl/conf.d/corp.conf"
expect "the example of swanctl is loaded" on c1 swanctl --load-all
on c1 swanctl --initiate --child corp >"$WORK/c1/up" 2>&1 || true
comes_up "swanctl of a client"
