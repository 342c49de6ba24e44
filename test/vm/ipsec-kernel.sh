# shellcheck shell=bash
# layouts: auto
# limit: 600
# The kernel role with ipsec = require, without an IKE daemon: SAs are made by hand, and the peer is
# clients behind one NAT, of one address and port.  kern_ipsec_test tells what is tried.
modprobe -q -a esp4 esp6 xfrm_user 2>/dev/null || true

# first where the kernel has no nftables, as long as nobody has loaded them
if [ ! -e /sys/module/nf_tables ]; then
	echo "install nf_tables /bin/false" >/etc/modprobe.d/culvert-test.conf
	KERN_ROLE="kern_ipsec_test without-nft"
	# shellcheck source=test/vm/kern-role.sh
	. test/vm/kern-role.sh
	rm /etc/modprobe.d/culvert-test.conf
fi
modprobe nf_tables
KERN_ROLE=kern_ipsec_test
. test/vm/kern-role.sh
