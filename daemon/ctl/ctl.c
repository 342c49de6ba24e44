// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line: options anywhere, then a command of one or two words that may be shortened
 * while it is clear what is meant, then its arguments.
 */
#include "daemon/ctl/ctl.h"

#include <getopt.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef CULVERT_VERSION
#define CULVERT_VERSION "unknown"
#endif

const struct ctl_command ctl_commands[] = {
	{"status", NULL, false, "jp", "", "one screen: how many, since when, what is refused",
	 show_status},
	{"show", "sessions", false, "jpo", "[FILTER...]", "who is connected", show_sessions},
	{"show", "session", true, "jpd", "ID", "one session; --detail: everything known of it",
	 show_session},
	{"show", "tunnels", false, "jpo", "[FILTER...]", "control connections", show_tunnels},
	{"show", "pools", false, "jpo", "", "addresses in use and left", show_pools},
	{"show", "clients", false, "jpo", "", "the concentrators that we dial", show_clients},
	{"connect", NULL, false, "jp", "CLIENT", "dial one, and say what is done", connect_main},
	{"disconnect", NULL, false, "jp", "CLIENT", "and hang up", disconnect_main},
	{"kick", NULL, false, "jpory", "FILTER...|ID|all", "end sessions; shows them and asks",
	 kick_main},
	{"drain", NULL, false, "jpKE", "", "nobody new; the old stay, or see --kick-rate",
	 drain_main},
	{"undrain", NULL, false, "jp", "", "take newcomers again", undrain_main},
	{"upgrade", NULL, false, "jp", "",
	 "become the culvertd that is installed now; all sessions stay", upgrade_main},
	{"events", NULL, false, "jpfn", "[FILTER...]", "what happened; -f: and happens",
	 events_main},
	{"reload", NULL, false, "jpCkR", "", "read the configuration and put it in force",
	 reload_main},
	{"config", "diff", false, "jp", "", "what a reload would change, and when it would count",
	 config_diff_command},
	{"config", "check", false, "", "[FILE]", "every mistake in a configuration at once",
	 config_check_command},
	{"config", "show", false, "D", "[FILE]",
	 "the one in force, or a file's; --defaults: all keys", config_show_command},
	{0},
};

static const struct {
	char letter;
	bool shown; /* in the letter's form */
	const char *name, *arg, *what;
} options[] = {
	{'j', true, "json", NULL, "JSON; culvert-json(7) has the keys"},
	{'p', true, "pretty", NULL, "JSON on more than one line"},
	{'o', true, "columns", "COLS", "columns, with commas; `-o help' lists them"},
	{'d', true, "detail", NULL, "everything that is known"},
	{'f', true, "follow", NULL, "go on with what comes"},
	{'n', true, "last", "N", "no more than the last N events"},
	{'r', true, "reason", "TEXT", "for the log, with kick"},
	{'y', true, "yes", NULL, "do not ask"},
	{'K', false, "kick-rate", "N/s", "with drain: end so many a second"},
	{'E', false, "exit", NULL, "with drain: end culvertd when nobody is left"},
	{'C', false, "confirm", "TIME", "with reload: back after 60s, 5m, unless confirmed"},
	{'k', false, "confirmed", NULL, "with reload: keep what waits to be confirmed"},
	{'R', false, "revert", NULL, "with reload: take back what waits to be confirmed"},
	{'D', false, "defaults", NULL, "every key with its default"},
	{'S', false, "socket", "PATH", "of the daemon, instead of " CONTROL_SOCKET},
	{'h', true, "help", NULL, "this; after a command, about it"},
	{'V', true, "version", NULL, "the version"},
};

int ctl_fail(struct ctl *ctl, int code, const char *fmt, ...)
{
	va_list ap;

	fputs("culvert: ", ctl->err);
	va_start(ap, fmt);
	vfprintf(ctl->err, fmt, ap);
	va_end(ap);
	fputc('\n', ctl->err);
	return code;
}

/* --- help ------------------------------------------------------------------------------------ */

static void print_command(FILE *f, const struct ctl_command *c)
{
	char line[128];

	snprintf(line, sizeof(line), "%s%s%s %s", c->word, c->noun ? " " : "",
		 c->noun ? c->noun : "", c->args);
	fprintf(f, "  culvert %-27s %s\n", line, c->what);
}

static void print_option(FILE *f, size_t i)
{
	char line[128], letter[8] = "    ";

	if (options[i].shown)
		snprintf(letter, sizeof(letter), "-%c, ", options[i].letter);
	snprintf(line, sizeof(line), "%s--%s%s%s", letter, options[i].name,
		 options[i].arg ? " " : "", options[i].arg ? options[i].arg : "");
	fprintf(f, "  %-22s %s\n", line, options[i].what);
}

static int print_help(FILE *f, const char *word, const char *noun)
{
	fputs("usage: culvert [OPTIONS] COMMAND\n\n", f);
	for (const struct ctl_command *c = ctl_commands; c->word; c++)
		if (!word || (!strcmp(c->word, word) && (!noun || !strcmp(c->noun, noun))))
			print_command(f, c);
	fputc('\n', f);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		print_option(f, i);
	fputs("\nFILTER: user=alice ip=10.20.0.7 peer=203.0.113.9 group=staff state=up\n"
	      "        interface=ppp3 client=HOST tunnel=ID session=ID, or ID; all must fit\n"
	      "Exit: 0 done, 1 error, 2 usage, 3 nothing fits, 4 culvertd does not answer,\n"
	      "      5 config diff: there is a difference\n",
	      f);
	return CONTROL_EXIT_OK;
}

/* --- finding the command -------------------------------------------------------------------- */

static bool begins(const char *word, const char *typed)
{
	return !strncmp(word, typed, strlen(typed));
}

/* The one command word that `typed` is or begins; NULL if none, or more than one. */
static const char *find_word(const char *typed)
{
	const char *found = NULL;

	for (const struct ctl_command *c = ctl_commands; c->word; c++) {
		if (!begins(c->word, typed) || (found && !strcmp(found, c->word)))
			continue;
		if (found)
			return NULL;
		found = c->word;
	}
	return *typed ? found : NULL;
}

static const struct ctl_command *find_noun(const char *word, const char *typed)
{
	const struct ctl_command *found = NULL;

	for (const struct ctl_command *c = ctl_commands; c->word; c++) {
		if (strcmp(c->word, word) != 0 || !c->noun || !begins(c->noun, typed))
			continue;
		if (!strcmp(c->noun, typed))
			return c;
		if (c->exact)
			continue;
		if (found)
			return NULL;
		found = c;
	}
	return *typed ? found : NULL;
}

static int no_command(struct ctl *ctl, const char *word, const char *typed)
{
	ctl_fail(ctl, 0,
		 typed ? "`%s' is no command, or could be more than one:" : "a command is missing:",
		 typed);
	for (const struct ctl_command *c = ctl_commands; c->word; c++)
		if (!word || !strcmp(c->word, word))
			print_command(ctl->err, c);
	return CONTROL_EXIT_USAGE;
}

static int check_options(struct ctl *ctl, const struct ctl_command *c, const char *given)
{
	for (; *given; given++) {
		if (strchr(c->options, *given))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(options); i++)
			if (options[i].letter == *given)
				ctl_fail(ctl, 0, "`culvert %s%s%s' does not take --%s", c->word,
					 c->noun ? " " : "", c->noun ? c->noun : "",
					 options[i].name);
		return CONTROL_EXIT_USAGE;
	}
	return CONTROL_EXIT_OK;
}

static int run(struct ctl *ctl, int n, char **words, const char *given, bool help)
{
	const struct ctl_command *c = ctl_commands;
	const char *word = n ? find_word(words[0]) : NULL;
	int taken = 1;

	if (n && !strcmp(words[0], "complete"))
		return complete_main(ctl, n - 1, words + 1);
	if (n && !strcmp(words[0], "help"))
		return run(ctl, n - 1, words + 1, given, true);
	if (help && !n)
		return print_help(ctl->out, NULL, NULL);
	if (!word)
		return no_command(ctl, NULL, n ? words[0] : NULL);
	while (strcmp(c->word, word) != 0)
		c++;
	if (help && n == 1)
		return print_help(ctl->out, word, NULL);
	if (c->noun) {
		c = n > 1 ? find_noun(word, words[1]) : NULL;
		if (!c)
			return no_command(ctl, word, n > 1 ? words[1] : NULL);
		taken = 2;
	}
	if (help)
		return print_help(ctl->out, word, c->noun);
	return check_options(ctl, c, given) ? CONTROL_EXIT_USAGE
					    : c->run(ctl, n - taken, words + taken);
}

/* --- options --------------------------------------------------------------------------------- */

static void take_option(struct ctl *ctl, int letter, const char *arg)
{
	switch (letter) {
	case 'j':
		ctl->json = true;
		break;
	case 'p':
		ctl->json = ctl->pretty = true;
		break;
	case 'o':
		ctl->columns = arg;
		break;
	case 'd':
		ctl->detail = true;
		break;
	case 'f':
		ctl->follow = true;
		break;
	case 'n':
		ctl->last = arg;
		break;
	case 'r':
		ctl->reason = arg;
		break;
	case 'y':
		ctl->yes = true;
		break;
	case 'C':
		ctl->confirm = arg;
		break;
	case 'k':
		ctl->confirmed = true;
		break;
	case 'R':
		ctl->revert = true;
		break;
	case 'K':
		ctl->kick_rate = arg;
		break;
	case 'E':
		ctl->exit = true;
		break;
	case 'D':
		ctl->defaults = true;
		break;
	case 'S':
		ctl->socket = arg;
		break;
	default:
		break;
	}
}

static void make_getopt(struct option *longs, char *shorts)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		longs[i] = (struct option){options[i].name, options[i].arg != NULL, NULL,
					   options[i].letter};
		if (!options[i].shown)
			continue;
		*shorts++ = options[i].letter;
		if (options[i].arg)
			*shorts++ = ':';
	}
	longs[i] = (struct option){0};
	*shorts = '\0';
}

/* Words after "complete" are somebody else's command line, options and all. */
static int words_until(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "complete"))
		return 1;
	return argc > 3 && !strcmp(argv[1], "--socket") && !strcmp(argv[3], "complete") ? 3 : argc;
}

int ctl_main(int argc, char **argv, FILE *out, FILE *err)
{
	struct ctl ctl = {.in = stdin, .out = out, .err = err, .socket = CONTROL_SOCKET};
	struct option longs[ARRAY_SIZE(options) + 1];
	char shorts[2 * ARRAY_SIZE(options) + 1], given[ARRAY_SIZE(options) + 1] = "";
	int letter, rc, scan = words_until(argc, argv);
	bool help = false;

	ctl.color = isatty(fileno(out)) && !getenv("NO_COLOR");
	ctl.ask = isatty(fileno(stdin));
	ctl.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	make_getopt(longs, shorts);
	optind = 0; /* from the start, also the second time */
	opterr = 0;
	while ((letter = getopt_long(scan, argv, shorts, longs, NULL)) != -1) {
		if (letter == '?')
			return ctl_fail(&ctl, CONTROL_EXIT_USAGE,
					"`%s' is no option, or wants a value; `culvert --help'",
					argv[optind - 1]);
		if (letter == 'V')
			return fprintf(out, "culvert " CULVERT_VERSION "\n") < 0;
		help |= letter == 'h';
		if (letter != 'h' && letter != 'S' && !strchr(given, letter))
			given[strlen(given)] = (char)letter;
		take_option(&ctl, letter, optarg);
	}
	rc = run(&ctl, argc - optind, argv + optind, given, help);
	if (fflush(out) != 0 && rc == CONTROL_EXIT_OK)
		rc = ctl_fail(&ctl, CONTROL_EXIT_ERROR, "the output could not be written");
	return rc;
}
