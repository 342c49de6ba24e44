# shellcheck shell=bash
# layouts: auto
# The kernel role with ipsec = require, without an IKE daemon: SAs are made by hand, and the peer is
# clients behind one NAT, of one address and port.  kern_ipsec_test tells what is tried.
modprobe -q -a esp4 esp6 xfrm_user nf_tables 2>/dev/null || true
KERN_ROLE=kern_ipsec_test
# shellcheck source=test/vm/kern-role.sh
. test/vm/kern-role.sh
