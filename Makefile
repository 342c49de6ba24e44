# Culvert.  `make` builds on a fresh clone; ./configure is optional and only writes config.mk.
# The two commands are `make demo` and `make check`; `make help` lists the rest.
#
# One Makefile, not recursive by folder, every source by name.  To add a file, add its name to the
# list of its room below; nothing else needs to change.  CFLAGS, LDFLAGS, CC, BUILD, V=1,
# DEVELOPER=1 (warnings are errors) and SANITIZE=address,undefined may be given on the command line
# or in config.mk; whatever they change is rebuilt.

.DELETE_ON_ERROR:
.SUFFIXES:

-include config.mk

VERSION    = 0.1
CC        ?= cc
ifeq ($(origin CC),default)
CC         = gcc
endif
CLANG     ?= clang
AR        ?= ar
PKG_CONFIG ?= pkg-config
PREFIX    ?= /usr/local
SBINDIR   ?= $(PREFIX)/sbin
BINDIR    ?= $(PREFIX)/bin
MANDIR    ?= $(PREFIX)/share/man
DATADIR   ?= $(PREFIX)/share
UNITDIR   ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
SYSCONFDIR ?= /etc
BUILD     ?= build
O          = $(BUILD)

# --- sources, by name --------------------------------------------------------------------------

BASE_SRC = buf.c effects.c hash.c secret.c slab.c text.c timer.c
L2TP_SRC = auth.c avp.c avp_table.c channel.c codes.c header.c hide.c msg_decode.c msg_encode.c \
           msg_table.c note.c session.c session_table.c tunnel.c tunnel_msg.c tunnel_state.c \
           tunnel_table.c
PPP_SRC  = frame.c option.c automaton.c cp.c lcp.c auth.c pap.c chap.c mschapv2.c ipcp.c ipv6cp.c link.c \
           link_state.c
# the kernel role; edges of the protocol role and what the roles share; the aaa role; the command
NETLINK_SRC = advice.c check.c fwmark.c ifname.c kern.c kern_client.c kern_guard.c kern_keep.c kern_load.c kern_monitor.c kern_net.c \
              kern_nft.c kern_sa.c kern_save.c kern_serial.c kern_session.c kern_stats.c kern_tunnel.c l2tp_genl.c \
              layout.c nft.c nft_count.c pppox.c probe.c program.c rtnl.c save.c workers.c xfrm.c
DAEMON_SRC  = loop.c imsg.c log.c report.c events.c \
              $(addprefix config/,config.c config_adopt.c config_check.c config_diff.c config_doc.c config_errors.c \
                config_fill.c config_keys.c config_kind.c config_main.c config_memfd.c config_print.c \
                config_text.c config_value.c) \
              $(addprefix control/,control.c control_client.c control_clients.c control_drain.c control_filter.c control_json.c \
                control_keys.c control_methods.c control_reload.c control_text.c control_upgrade.c) addr.c \
              main.c roles.c parent.c reload.c reload_report.c children.c give.c control_socket.c leftover.c state_file.c \
              upgrade.c upgrade_test.c ike_socket.c aaa_role.c \
              protocol.c protocol_control.c protocol_events.c protocol_ike.c protocol_reload.c role_client.c kernel_client.c aaa_client.c \
              $(addprefix ike/,client.c message.c sa_table.c) \
              $(addprefix state/,slots.c slots_map.c slots_version.c) \
              $(addprefix engine/,engine.c engine_report.c peer.c call.c carrier.c dial.c dial_ike.c dial_resume.c dial_table.c dial_tell.c drain.c held.c \
                identity.c ike.c keep.c offload.c orphan.c ids.c pool.c engine_reload.c resume.c resume_record.c stop.c terms.c tie.c) \
              pppdev.c udp.c
AAA_SRC     = aaa.c users.c verify.c
CTL_SRC     = main.c ctl.c complete.c config.c dial.c drain.c events.c filter.c format.c kick.c output.c reload.c show.c table.c talk.c upgrade.c

# charon's plugin, which is built by itself (make plugin) with what it shares with the daemon
PLUGIN_SRC  = plugin/l2tp_abi.c plugin/l2tp_children.c plugin/l2tp_initiate.c plugin/l2tp_listener.c \
              plugin/l2tp_marks.c plugin/l2tp_plugin.c plugin/l2tp_queue.c plugin/l2tp_record.c \
              plugin/l2tp_requests.c plugin/l2tp_socket.c \
              daemon/ike/message.c

# one program a file: test/unit/check_NAME.c; UNIT_SHARED are helpers (test/unit/NAME.c) for all
UNIT_SHARED  = pair.c script.c control_engine.c control_world.c dial_world.c ends.c
UNIT_BASE    = buf timer hash slab text effects secret
UNIT_L2TP    = avp header hide msg channel tunnel tunnel_life session
UNIT_PPP     = restore mschapv2 frame option automaton lcp chap pap ipcp ipv6cp link ppp_clients
UNIT_NETLINK = kern_check ifname advice workers save
UNIT_DAEMON  = slots aaa_client identity ike_client ike_message sa_table log control control_limits config config_diff reload_report ids imsg loop addr pppdev udp pool dial dial_crash dial_drain dial_reload
UNIT_AAA     = users aaa
UNIT_CTL     = ctl
# one program a decoder: test/fuzz/fuzz_NAME.c with its corpus in test/fuzz/corpus/NAME/
FUZZ_L2TP    = l2tp hidden
FUZZ_PPP     = frame lcp_options ipcp_options ipv6cp_options auth link
FUZZ_DAEMON  = ike control config users engine dial state
# X_SRC: shared files of that folder.  Programs: test/sim/check_NAME.c, test/replay/check_NAME.c
# (run by check-fast) and test/bench/NAME.c (run by test/bench/run)
SIM_SRC      = lns.c lossy.c pcap.c station.c watch.c world.c
SIM_TESTS    = sim load
REPLAY_SRC   = build.c client.c dialer.c ike.c kern.c script.c show.c trace.c words.c world.c
REPLAY_TESTS = replay crash
BENCH_SRC    = client.c flood.c lns_udp.c load.c options.c report.c sockets.c stats.c
# programs that scenarios of test/vm run: test/vm/NAME.c; VM_SRC is what they share
VM_SRC       = kern_role.c
VM_PROGS     = kern_role_test kern_ipsec_test kern_role_bench ike_watch
BENCH_PROGS  = culvert-load culvert-lns culvert-decode

# --- libraries: pkg-config name, and where Debian has it ----------------------------------------

PKG_PURE    = nettle
PKG_NETLINK = libmnl libnl-3.0 libnl-genl-3.0 libnftables
PKG_DAEMON  = $(PKG_PURE) $(PKG_NETLINK) libconfuse jansson libseccomp libcap-ng
PKG_CTL     = jansson
PKG_TEST    = check

APT_nettle         = nettle-dev
APT_libmnl         = libmnl-dev
APT_libnl-3.0      = libnl-3-dev
APT_libnl-genl-3.0 = libnl-genl-3-dev
APT_libnftables    = libnftables-dev
APT_libconfuse     = libconfuse-dev
APT_jansson        = libjansson-dev
APT_libseccomp     = libseccomp-dev
APT_libcap-ng      = libcap-ng-dev
APT_check          = check

# Goals that build nothing by themselves must work before anything is installed.
GOALS = $(or $(MAKECMDGOALS),all)
ifneq ($(filter-out clean help deps demo check check-vm check-asan fuzz bench deb dist lint \
	plugin plugin-objects install-plugin check-plugin plugin-check-run print-%,$(GOALS)),)
PKG_WANTED = $(sort $(PKG_DAEMON) $(if $(filter check%,$(GOALS)),$(PKG_TEST)))
PKG_MISSING := $(shell for p in $(PKG_WANTED); do $(PKG_CONFIG) --exists $$p 2>/dev/null || echo $$p; done)
ifneq ($(PKG_MISSING),)
$(error $(if $(shell command -v $(PKG_CONFIG)),libraries missing: $(PKG_MISSING),$(PKG_CONFIG) is missing): \
run `make deps`, or: apt-get install pkg-config $(foreach p,$(PKG_MISSING),$(APT_$(p))))
endif
HAVE_SYSTEMD := $(shell $(PKG_CONFIG) --exists libsystemd && echo 1)
PURE_CFLAGS  := $(shell $(PKG_CONFIG) --cflags $(PKG_PURE))
EDGE_CFLAGS  := $(shell $(PKG_CONFIG) --cflags $(PKG_DAEMON) $(if $(HAVE_SYSTEMD),libsystemd))
PURE_LIBS    := $(shell $(PKG_CONFIG) --libs $(PKG_PURE))
NETLINK_LIBS := $(shell $(PKG_CONFIG) --libs $(PKG_NETLINK)) $(PURE_LIBS)
DAEMON_LIBS  := $(shell $(PKG_CONFIG) --libs $(PKG_DAEMON) $(if $(HAVE_SYSTEMD),libsystemd))
CTL_LIBS     := $(shell $(PKG_CONFIG) --libs $(PKG_CTL))
TEST_LIBS    := $(if $(filter check%,$(GOALS)),$(shell $(PKG_CONFIG) --libs $(PKG_TEST)))
endif

# --- flags -------------------------------------------------------------------------------------

# The tests are built as a developer builds: a warning is an error.
ifneq ($(filter check%,$(GOALS)),)
DEVELOPER ?= 1
endif
WERROR    = $(if $(filter 1,$(DEVELOPER)),-Werror)
WARN      = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wswitch-enum \
            -Wformat=2 -Wwrite-strings -fno-common $(WERROR)
WARN_PURE = $(WARN) -Wconversion
OPT      ?= -O2 -g
HARDEN   ?= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
HARDEN_LD ?= -pie -Wl,-z,relro,-z,now
ifneq ($(SANITIZE),)
OPT       = -O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
HARDEN    = -fPIE
HARDEN_LD = -pie -fsanitize=$(SANITIZE)
endif

DEFINES     = -D_GNU_SOURCE -DCULVERT_VERSION='"$(VERSION)"' $(if $(HAVE_SYSTEMD),-DHAVE_SYSTEMD) \
              $(if $(STATE_VERSION),-DSTATE_TEST_VERSION=$(STATE_VERSION))
BASE_CFLAGS = -std=gnu11 $(DEFINES) -I. -Iinclude $(OPT) $(HARDEN)
ALL_LDFLAGS = $(HARDEN_LD) $(LDFLAGS)

ifneq ($(V),1)
Q        = @
QUIET_CC = @echo "  CC    $@";
QUIET_LD = @echo "  LD    $@";
QUIET_AR = @echo "  AR    $@";
endif

# --- objects, archives, programs ----------------------------------------------------------------

BASE_OBJ    = $(BASE_SRC:%.c=$(O)/daemon/base/%.o)
L2TP_OBJ    = $(L2TP_SRC:%.c=$(O)/daemon/l2tp/%.o)
PPP_OBJ     = $(PPP_SRC:%.c=$(O)/daemon/ppp/%.o)
NETLINK_OBJ = $(NETLINK_SRC:%.c=$(O)/netlink/%.o)
# main.c stays out of the archives, so that tests may have a main() of their own
DAEMON_OBJ  = $(patsubst %.c,$(O)/daemon/%.o,$(filter-out main.c,$(DAEMON_SRC)))
AAA_OBJ     = $(AAA_SRC:%.c=$(O)/daemon/aaa/%.o)
CTL_OBJ     = $(patsubst %.c,$(O)/daemon/ctl/%.o,$(filter-out main.c,$(CTL_SRC)))
UNIT_OBJ    = $(UNIT_SHARED:%.c=$(O)/test/unit/%.o)
SIM_OBJ     = $(SIM_SRC:%.c=$(O)/test/sim/%.o)
REPLAY_OBJ  = $(REPLAY_SRC:%.c=$(O)/test/replay/%.o)
BENCH_OBJ   = $(BENCH_SRC:%.c=$(O)/test/bench/%.o)

PURE_OBJ = $(BASE_OBJ) $(L2TP_OBJ) $(PPP_OBJ)
PURE_A   = $(O)/libppp.a $(O)/libl2tp.a $(O)/libbase.a
EDGE_A   = $(O)/libdaemon.a $(O)/libaaa.a $(O)/libnetlink.a

PROGRAMS = $(if $(filter main.c,$(DAEMON_SRC)),$(O)/culvertd) \
           $(if $(filter main.c,$(CTL_SRC)),$(O)/culvert)

all: $(PURE_A) $(EDGE_A) $(O)/libctl.a $(PROGRAMS)

$(O)/libbase.a: $(BASE_OBJ)
$(O)/libl2tp.a: $(L2TP_OBJ)
$(O)/libppp.a: $(PPP_OBJ)
$(O)/libnetlink.a: $(NETLINK_OBJ)
$(O)/libdaemon.a: $(DAEMON_OBJ)
$(O)/libaaa.a: $(AAA_OBJ)
$(O)/libctl.a: $(CTL_OBJ)
$(O)/libunit.a: $(UNIT_OBJ)
$(O)/libsim.a: $(SIM_OBJ)
$(O)/libreplay.a: $(REPLAY_OBJ)
$(O)/libbench.a: $(BENCH_OBJ)
$(O)/%.a: $(O)/flags
	@rm -f $@
	$(QUIET_AR)$(AR) rcs $@ $(filter %.o,$^)

CFLAGS_WARN = $(WARN)
CFLAGS_LIB  = $(EDGE_CFLAGS)
$(PURE_OBJ): CFLAGS_WARN = $(WARN_PURE)
$(PURE_OBJ): CFLAGS_LIB = $(PURE_CFLAGS)

$(O)/%.o: %.c $(O)/flags
	@mkdir -p $(@D)
	$(QUIET_CC)$(CC) $(BASE_CFLAGS) $(CFLAGS_WARN) $(CFLAGS_LIB) $(CFLAGS) -MMD -MP -c -o $@ $<

# Everything that decides what comes out of the compiler; rewritten only when it changes.
FLAGS = $(shell $(CC) -dumpfullversion -dumpversion 2>&1) $(CC) $(BASE_CFLAGS) $(WARN) $(PURE_CFLAGS) \
        $(EDGE_CFLAGS) $(CFLAGS) $(ALL_LDFLAGS) $(DAEMON_LIBS)
$(O)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(FLAGS))' > $@

# $(call link,LIBS): objects and archives of the prerequisites, archives in any order
link = $(QUIET_LD)$(CC) $(BASE_CFLAGS) $(CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) \
       -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(1)

$(O)/culvertd: $(O)/daemon/main.o $(EDGE_A) $(PURE_A)
	$(call link,$(DAEMON_LIBS))
$(O)/culvert: $(O)/daemon/ctl/main.o $(O)/libctl.a $(EDGE_A) $(PURE_A)
	$(call link,$(DAEMON_LIBS))

# --- tests that need no kernel --------------------------------------------------------------------

UNIT_PURE_PROGS = $(patsubst %,$(O)/test/unit/check_%,$(UNIT_BASE) $(UNIT_L2TP) $(UNIT_PPP))
UNIT_NL_PROGS   = $(UNIT_NETLINK:%=$(O)/test/unit/check_%)
UNIT_EDGE_PROGS = $(patsubst %,$(O)/test/unit/check_%,$(UNIT_DAEMON) $(UNIT_AAA))
UNIT_CTL_PROGS  = $(UNIT_CTL:%=$(O)/test/unit/check_%)
SIM_PROGS       = $(SIM_TESTS:%=$(O)/test/sim/check_%)
REPLAY_PROGS    = $(REPLAY_TESTS:%=$(O)/test/replay/check_%)
VM_BIN          = $(VM_PROGS:%=$(O)/test/vm/%)
BENCH_BIN       = $(BENCH_PROGS:%=$(O)/test/bench/%)
UNIT_PROGS      = $(UNIT_PURE_PROGS) $(UNIT_NL_PROGS) $(UNIT_EDGE_PROGS) $(UNIT_CTL_PROGS)
CHECK_PROGS     = $(UNIT_PROGS) $(SIM_PROGS) $(REPLAY_PROGS)

$(UNIT_PURE_PROGS): %: %.o $(O)/libunit.a $(PURE_A)
	$(call link,$(TEST_LIBS) $(PURE_LIBS))
$(UNIT_NL_PROGS): %: %.o $(O)/libunit.a $(O)/libnetlink.a $(PURE_A)
	$(call link,$(TEST_LIBS) $(NETLINK_LIBS))
$(UNIT_EDGE_PROGS): %: %.o $(O)/libunit.a $(EDGE_A) $(PURE_A)
	$(call link,$(TEST_LIBS) $(DAEMON_LIBS))
$(UNIT_CTL_PROGS): %: %.o $(O)/libunit.a $(O)/libctl.a $(EDGE_A) $(PURE_A)
	$(call link,$(TEST_LIBS) $(DAEMON_LIBS))
$(SIM_PROGS): %: %.o $(O)/libbench.a $(O)/libsim.a $(PURE_A)
	$(call link,$(TEST_LIBS) $(DAEMON_LIBS))
$(REPLAY_PROGS): %: %.o $(O)/libreplay.a $(O)/libsim.a $(O)/libunit.a $(EDGE_A) $(PURE_A)
	$(call link,$(TEST_LIBS) $(DAEMON_LIBS))
$(BENCH_BIN): %: %.o $(O)/libbench.a $(O)/libsim.a $(O)/libnetlink.a $(PURE_A)
	$(call link,$(NETLINK_LIBS))

$(VM_BIN): %: %.o $(VM_SRC:%.c=$(O)/test/vm/%.o) $(O)/libnetlink.a $(EDGE_A) $(PURE_A)
	$(call link,$(DAEMON_LIBS))

# Each fuzz target twice: with libFuzzer (make fuzz), and as a plain program that reads files, which
# replays the corpus in check-fast and a crash under gdb.
FUZZ_NAMES  = $(FUZZ_L2TP) $(FUZZ_PPP) $(FUZZ_DAEMON)
FUZZ_REPLAY = $(FUZZ_NAMES:%=$(O)/test/fuzz/replay_%)
FUZZ_PROGS  = $(FUZZ_NAMES:%=$(O)/test/fuzz/fuzz_%)

$(FUZZ_REPLAY): $(O)/test/fuzz/replay_%: $(O)/test/fuzz/fuzz_%.o $(O)/test/fuzz/replay_main.o \
		$(EDGE_A) $(PURE_A)
	$(call link,$(DAEMON_LIBS))
$(FUZZ_PROGS): $(O)/test/fuzz/fuzz_%: $(O)/test/fuzz/fuzz_%.o $(EDGE_A) $(PURE_A)
	$(call link,-fsanitize=fuzzer $(DAEMON_LIBS))
# a fuzz target's one function has no header of ours to be declared in
$(FUZZ_NAMES:%=$(O)/test/fuzz/fuzz_%.o): CFLAGS_WARN = $(WARN) -Wno-missing-prototypes

programs-for-check: all $(CHECK_PROGS) $(FUZZ_REPLAY) $(BENCH_BIN)
fuzz-programs: $(FUZZ_PROGS)

check-fast: programs-for-check
	$(Q)test/run-fast $(O) $(CHECK_PROGS) -- $(FUZZ_REPLAY)

# The two halves are makes of their own: the first may have to install what the second needs.
check:
	@test/deps check
	@rc=0; $(MAKE) --no-print-directory check-fast || rc=1; \
	$(MAKE) --no-print-directory check-plugin || rc=1; \
	$(MAKE) --no-print-directory check-vm || rc=1; exit $$rc

KERNEL ?= all
check-vm:
	@test/deps vm plugin
	@$(MAKE) --no-print-directory DEVELOPER=$(DEVELOPER) all $(VM_BIN) $(BENCH_BIN)
	@# a second daemon, whose records are of the next version (include/state.h)
	@$(MAKE) --no-print-directory DEVELOPER=$(DEVELOPER) BUILD=$(O)/next STATE_VERSION=2 $(O)/next/culvertd
	@$(MAKE) --no-print-directory DEVELOPER=$(DEVELOPER) plugin
	@$(if $(filter ipsec-plugin-13,$(or $(T),ipsec-plugin-13)),[ "$$(id -u)" != 0 ] || test/vm/plugin/root >/dev/null)
	@for p in kl2tpd libreswan resolved; do test/vm/ipsec/peer $$p >/dev/null || exit 1; done
	@test/vm/check -b $(O) -k $(KERNEL) $(T)

check-asan:
	@test/deps check lint
	@CK_FORK=no $(MAKE) --no-print-directory BUILD=$(BUILD)/asan CC=$(CLANG) \
		SANITIZE=address,undefined check-fast

check-valgrind: programs-for-check
	$(Q)CK_FORK=no RUN_WITH='valgrind -q --leak-check=full --error-exitcode=99' \
		test/run-fast $(O) $(CHECK_PROGS) -- $(FUZZ_REPLAY)

SECONDS_EACH ?= 60
fuzz:
	@test/deps build lint
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzzer CC=$(CLANG) \
		SANITIZE=fuzzer-no-link,address,undefined fuzz-programs
	@SECONDS_EACH=$(SECONDS_EACH) test/fuzz/run $(BUILD)/fuzzer $(if $(T),$(T),$(FUZZ_NAMES))

bench:
	@test/deps vm
	@$(MAKE) --no-print-directory all $(BENCH_BIN)
	@KERNEL=$(KERNEL) BUILD=$(BUILD) test/bench/run

# IPSEC=off: without strongSwan
demo:
	@test/deps demo $(if $(filter off,$(IPSEC)),,demo_ipsec plugin)
	@$(MAKE) --no-print-directory all
	@$(if $(filter off,$(IPSEC)),true,$(MAKE) --no-print-directory plugin)
	@test/demo/run $(O) $(if $(filter off,$(IPSEC)),plain,ipsec)

# --- charon's plugin ---------------------------------------------------------------------------------

# The headers are those of one strongSwan, fetched by plugin/headers: the version that is installed
# here, or STRONGSWAN=VERSION.  Its own folder for each, and its own flags: strongSwan's headers
# aren't clean under ours, and %Y, %H and the like are its own.
SWAN_VERSION = $(if $(STRONGSWAN),$(STRONGSWAN),$(shell plugin/installed))
SWAN         = .cache/strongswan/$(SWAN_VERSION)
SWAN_LIBDIR ?= /usr/lib/ipsec
SWAN_O       = $(O)/plugin/$(SWAN_VERSION)
PLUGIN_OBJ   = $(PLUGIN_SRC:%.c=$(SWAN_O)/%.o)
PLUGIN_SO    = $(SWAN_O)/libstrongswan-l2tp.so
PLUGIN_WARN  = -Wall -Wextra -Wshadow -Wvla -fno-common -Wno-format \
               -Wno-unused-parameter -Wno-missing-field-initializers -Wno-sign-compare $(WERROR)
PLUGIN_CFLAGS = -std=gnu11 -D_GNU_SOURCE -include $(SWAN)/config.h -isystem $(SWAN)/src/libstrongswan \
                -isystem $(SWAN)/src/libcharon -I. -Iinclude $(OPT) $(filter-out -fPIE,$(HARDEN)) -fPIC

plugin:
	@[ -n '$(STRONGSWAN)' ] || test/deps plugin
	@plugin/headers $(STRONGSWAN) >/dev/null
	@$(MAKE) --no-print-directory plugin-objects

plugin-objects: $(PLUGIN_SO)
	@[ -n '$(STRONGSWAN)' ] || ln -sf plugin/$(SWAN_VERSION)/libstrongswan-l2tp.so $(O)/libstrongswan-l2tp.so

$(SWAN_O)/%.o: %.c $(SWAN)/config.h
	@mkdir -p $(@D)
	$(QUIET_CC)$(CC) $(PLUGIN_CFLAGS) $(PLUGIN_WARN) $(CFLAGS) -MMD -MP -c -o $@ $<

$(PLUGIN_SO): $(PLUGIN_OBJ)
	$(QUIET_LD)$(CC) $(PLUGIN_CFLAGS) $(CFLAGS) $(filter-out -pie,$(HARDEN_LD)) $(LDFLAGS) -shared \
		-o $@ $(PLUGIN_OBJ)

# The parts that need strongSwan's library but no charon.
PLUGIN_CHECK     = $(SWAN_O)/test/plugin/check_plugin
PLUGIN_CHECK_OBJ = $(SWAN_O)/test/plugin/check_plugin.o $(SWAN_O)/daemon/ike/message.o \
                   $(patsubst %,$(SWAN_O)/plugin/l2tp_%.o,abi children queue socket)
$(PLUGIN_CHECK): $(PLUGIN_CHECK_OBJ)
	$(QUIET_LD)$(CC) $(PLUGIN_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(SWAN_LIBDIR)/libstrongswan.so.0 \
		-Wl,-rpath,$(SWAN_LIBDIR) $(shell $(PKG_CONFIG) --libs check)

check-plugin: plugin
	@$(MAKE) --no-print-directory plugin-check-run
plugin-check-run: $(PLUGIN_CHECK)
	$(PLUGIN_CHECK)

-include $(PLUGIN_OBJ:.o=.d) $(PLUGIN_CHECK).d

# --- checks of the source --------------------------------------------------------------------------

check-pure: $(PURE_A)
	$(Q)test/lint/pure $(PURE_A)

hdr-check: $(O)/flags
	$(Q)CC='$(CC)' test/lint/headers $(BASE_CFLAGS) $(WARN) $(EDGE_CFLAGS)

lint:
	@test/deps build lint
	@BASE='$(BASE)' CC='$(CC)' test/lint/run $(T)

deps:
	@test/deps $(or $(FOR),build check vm demo)

# --- install, dist ----------------------------------------------------------------------------------

install: all
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(BINDIR) $(DESTDIR)$(SYSCONFDIR)/culvert
	install -m 755 $(O)/culvertd $(DESTDIR)$(SBINDIR)/culvertd
	install -m 755 $(O)/culvert $(DESTDIR)$(BINDIR)/culvert
	@set -e; for m in $(wildcard packaging/man/*.[1-8]); do \
		install -D -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done
	install -D -m 644 packaging/completions/culvert \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/culvert
	@set -e; for e in $(wildcard packaging/examples/*); do \
		install -D -m 644 $$e $(DESTDIR)$(DATADIR)/doc/culvert/examples/$${e##*/}; done
	install -d $(DESTDIR)$(UNITDIR)
	sed -e 's|@SBINDIR@|$(SBINDIR)|' -e 's|@TYPE@|$(if $(HAVE_SYSTEMD),notify,simple)|' \
		packaging/systemd/culvertd.service > $(DESTDIR)$(UNITDIR)/culvertd.service
	install -D -m 644 packaging/sysusers/culvert.conf $(DESTDIR)$(SYSUSERSDIR)/culvert.conf
	install -D -m 644 packaging/tmpfiles/culvert.conf $(DESTDIR)$(TMPFILESDIR)/culvert.conf

# Where the strongSwan of Debian looks for plugins.
SWAN_PLUGINDIR ?= $(SWAN_LIBDIR)/plugins
install-plugin:
	@[ -e $(PLUGIN_SO) ] || { echo 'run `make plugin` first'; exit 1; }
	install -D -m 644 $(PLUGIN_SO) $(DESTDIR)$(SWAN_PLUGINDIR)/libstrongswan-l2tp.so
	install -D -m 644 packaging/strongswan/l2tp.conf $(DESTDIR)$(SYSCONFDIR)/strongswan.d/charon/l2tp.conf
	install -D -m 644 packaging/strongswan/zz-l2tp.conf \
		$(DESTDIR)$(SYSCONFDIR)/strongswan.d/charon/zz-l2tp.conf

deb:
	@test/deps build package plugin
	@packaging/debian/build $(BUILD)/deb

dist:
	git archive --format=tar.gz --prefix=culvert-$(VERSION)/ -o culvert-$(VERSION).tar.gz HEAD

clean:
	rm -rf $(BUILD)

help:
	@echo 'make                    build build/culvertd and build/culvert'
	@echo 'make demo               a real client through a real kernel, told as it happens'
	@echo 'make check              every test: fast ones, then real kernels (KERNEL=, T= as check-vm)'
	@echo 'make check-fast         unit, simulated and replayed tests; no kernel, no root'
	@echo 'make check-vm           KERNEL=6.1|6.12|newest|all (default: all = 6.1 and 6.12)  T=NAME'
	@echo '                        T=ipsec FULL=1: every cell of its matrix'
	@echo 'make check-asan         check-fast under clang with ASan and UBSan'
	@echo 'make check-valgrind     check-fast under valgrind'
	@echo 'make check-pure         the pure folders call nothing but memory and string functions'
	@echo 'make hdr-check          every header compiles alone'
	@echo 'make lint               sizes, format of changed lines, analyzers, shell, spelling (BASE=REV T=STEP)'
	@echo 'make fuzz               each fuzz target for SECONDS_EACH=60 seconds (T=NAME)'
	@echo 'make bench              speed and size, printed'
	@echo 'make deps               install what is missing (root), or print the command (FOR=GROUPS)'
	@echo 'make plugin             charon'"'"'s plugin l2tp for the strongSwan of this machine (STRONGSWAN=VERSION)'
	@echo 'make check-plugin       its table and socket, without charon'
	@echo 'make install-plugin     and put it where charon looks'
	@echo 'make install            PREFIX=/usr/local DESTDIR='
	@echo 'make deb                Debian packages, in build/deb'
	@echo 'make dist clean help'
	@echo 'settings: V=1 DEVELOPER=1 SANITIZE=... CC= CFLAGS= LDFLAGS= BUILD=build, or in config.mk'

print-%:
	@echo '$($*)'

FORCE:
.PHONY: all check check-fast check-vm check-pure check-asan check-valgrind fuzz lint hdr-check bench \
	demo deps deb plugin plugin-objects install-plugin check-plugin plugin-check-run install dist clean help programs-for-check fuzz-programs FORCE

ALL_OBJ = $(PURE_OBJ) $(NETLINK_OBJ) $(DAEMON_OBJ) $(AAA_OBJ) $(CTL_OBJ) $(UNIT_OBJ) $(SIM_OBJ) \
	$(REPLAY_OBJ) $(BENCH_OBJ) $(O)/daemon/main.o $(O)/daemon/ctl/main.o \
	$(CHECK_PROGS:=.o) $(BENCH_BIN:=.o) $(VM_BIN:=.o) $(VM_SRC:%.c=$(O)/test/vm/%.o) $(FUZZ_PROGS:=.o) $(O)/test/fuzz/replay_main.o
-include $(ALL_OBJ:.o=.d)
