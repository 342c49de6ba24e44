/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of keys: what can be written in culvert.conf, block by block.
 *
 * Everything that knows a key's name, type, limits, default or meaning takes it from here: the
 * options that libconfuse is given, the checks, the printing back, `--defaults`, the manual page.
 */
#ifndef CULVERT_CONFIG_KEYS_H
#define CULVERT_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_scope {
	CONFIG_TOP = 0, /* outside of any block */
	CONFIG_LISTEN,
	CONFIG_SERVER,
	CONFIG_GROUP,
	CONFIG_POOL,
	CONFIG_CLIENT,
};

#define CONFIG_SCOPES 6

enum config_type {
	CONFIG_BOOL,	 /* bool; yes, no, on, off, true, false */
	CONFIG_NUMBER,	 /* uint8_t, uint16_t or uint32_t by size; min and max */
	CONFIG_DURATION, /* uint16_t seconds; min and max; 30s, 5m, 8h, 1d */
	CONFIG_STRING,	 /* char[size]; min and max are of its length */
	CONFIG_FILE,	 /* char[size]; made absolute */
	CONFIG_PREFIX,	 /* char[size]; the letters that a device's name begins with */
	CONFIG_WORD,	 /* uint8_t; one of words */
	CONFIG_WORDS,	 /* uint8_t[size]; some of words, in order, 0 ends them */
	CONFIG_IPV4,	 /* uint32_t, host byte order */
	CONFIG_IPV4S,	 /* uint32_t[], host byte order, 0 for none */
	CONFIG_REF, /* the index of the block named; size 1: uint8_t, 2: int16_t, -1 for none */
	CONFIG_ADDRESSES, /* struct endpoint; one listener each */
	CONFIG_RANGE,	  /* uint32_t first, last; A-B or A/LEN */
	CONFIG_ROUTES,	  /* struct config_route[]; default or A/LEN */
};

struct config_word {
	const char *name; /* NULL ends the list */
	uint8_t value;
};

/* When a changed value counts, once the configuration is read again. */
enum config_apply {
	CONFIG_APPLY_UNKNOWN = 0, /* nobody has thought of it: a test fails */
	CONFIG_APPLY_NOW,	  /* at once, for those who are there too */
	CONFIG_APPLY_NEW,	  /* for sessions and tunnels that come from then on */
	CONFIG_APPLY_CONNECT,	  /* a profile's, or charon's: at the next connection */
	CONFIG_APPLY_START,	  /* not before the next start; it stays as it was */
};

struct config_key {
	enum config_scope scope;
	const char *name;
	enum config_type type;
	uint16_t offset; /* into the scope's struct */
	uint16_t size;
	long min, max;
	const char *def; /* as it would be written, without braces; NULL: none */
	bool required;	 /* there is no default that makes sense */
	enum config_scope ref;
	const struct config_word *words;
	const char *example; /* where there is no default */
	const char *help;
	enum config_apply apply;
	const char *because; /* CONFIG_APPLY_START: why */
};

/* The keys of all scopes, each scope's together, in the order in which they are printed. */
extern const struct config_key config_keys[];
extern const size_t config_keys_count;

const struct config_key *config_key_find(enum config_scope scope, const char *name);

/* The block's word, "top level" for CONFIG_TOP; whether a name follows it; what it is for. */
const char *config_scope_name(enum config_scope scope);
bool config_scope_titled(enum config_scope scope);
const char *config_scope_help(enum config_scope scope);

/* The key's name that word was probably meant to be, or NULL. */
const char *config_key_suggest(enum config_scope scope, const char *word);

/* "at once", "for new sessions", ... */
const char *config_apply_text(enum config_apply apply);

/* Whether several values may stand in braces. */
bool config_key_list(const struct config_key *key);

/* "576 to 1500", "0 to 1h", "auto, parked or classic": what is allowed.  Returns buf. */
char *config_key_allowed(const struct config_key *key, char *buf, size_t size);

#endif
