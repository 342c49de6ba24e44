# Culvert.  `make` builds on a fresh clone; ./configure is optional and only writes config.mk.
# The two commands are `make demo` and `make check`; `make help` lists the rest.

.DELETE_ON_ERROR:
.SUFFIXES:

-include config.mk

CC        ?= cc
PKG_CONFIG ?= pkg-config
PREFIX    ?= /usr/local
BUILD     ?= build
O          = $(BUILD)

# --- flags -------------------------------------------------------------------------------------

WARN      = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wswitch-enum \
            -Wformat=2 -Wwrite-strings -fno-common
WARN_PURE = $(WARN) -Wconversion
ifeq ($(DEVELOPER),1)
WARN     += -Werror
endif
OPT      ?= -O2 -g
HARDEN   ?= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
HARDEN_LD ?= -pie -Wl,-z,relro,-z,now
ifneq ($(SANITIZE),)
OPT       = -O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
HARDEN    = -fPIE
HARDEN_LD = -pie -fsanitize=$(SANITIZE)
endif

BASE_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I. -Iinclude $(OPT) $(HARDEN) -MMD -MP

# $(call pkg,NAMES): flags of libraries, asked for once per use of a rule that needs them
pkg_cflags = $(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null)
pkg_libs   = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)

# --- sources, by name --------------------------------------------------------------------------

BASE_SRC = buf.c effects.c hash.c secret.c slab.c text.c timer.c
L2TP_SRC =
PPP_SRC  =
# the kernel role; edges of the protocol role; the aaa role; what the roles share; the command
NETLINK_SRC =
DAEMON_SRC  =
AAA_SRC     =
CTL_SRC     =

# one program a file: test/unit/check_NAME.c
UNIT_BASE    =
UNIT_L2TP    =
UNIT_PPP     =
UNIT_NETLINK =
UNIT_DAEMON  =
UNIT_AAA     =
UNIT_CTL     =
# one program a decoder: test/fuzz/fuzz_NAME.c with its corpus in test/fuzz/corpus/NAME/
FUZZ_L2TP    =
FUZZ_PPP     =
FUZZ_DAEMON  =

BASE_OBJ = $(BASE_SRC:%.c=$(O)/daemon/base/%.o)
L2TP_OBJ = $(L2TP_SRC:%.c=$(O)/daemon/l2tp/%.o)
PPP_OBJ  = $(PPP_SRC:%.c=$(O)/daemon/ppp/%.o)

all: $(O)/libbase.a

$(O)/libbase.a: $(BASE_OBJ)
$(O)/libl2tp.a: $(L2TP_OBJ)
$(O)/libppp.a: $(PPP_OBJ)
$(O)/%.a:
	$(Q)rm -f $@
	$(QUIET_AR)ar rcs $@ $^

$(BASE_OBJ) $(L2TP_OBJ) $(PPP_OBJ): CFLAGS_WARN = $(WARN_PURE)
CFLAGS_WARN = $(WARN)

ifneq ($(V),1)
Q        = @
QUIET_CC = @echo "  CC    $@";
QUIET_LD = @echo "  LD    $@";
QUIET_AR = @echo "  AR    $@";
endif

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(QUIET_CC)$(CC) $(BASE_CFLAGS) $(CFLAGS_WARN) $(CFLAGS_LIB) $(CFLAGS) -c -o $@ $<

clean:
	rm -rf $(BUILD)

.PHONY: all clean
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
