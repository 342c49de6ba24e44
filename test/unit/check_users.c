// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The users file: what is a line, what is refused and how it is said, that no message repeats a
 * secret, and that thousands are found.
 */
#include "daemon/aaa/users.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compiler.h"

static struct config_errors errs;
static struct users *users;

static void setup(void)
{
	config_errors_init(&errs);
	users = NULL;
}

static void teardown(void)
{
	users_free(users);
	config_errors_fini(&errs);
}

static int parse_bytes(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1); /* so that a sanitizer sees a read beyond it */
	int r;

	teardown();
	setup();
	memcpy(copy, text, len);
	r = users_parse("users", copy, len, &users, &errs);
	free(copy);
	return r;
}

static int parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static const struct user *find(const char *name)
{
	return users_find(users, (const uint8_t *)name, strlen(name));
}

static void assert_secret(const char *name, const char *secret)
{
	const struct user *u = find(name);

	ck_assert_msg(u != NULL, "%s is not there", name);
	ck_assert(u->plain);
	ck_assert_uint_eq(u->secret_len, strlen(secret));
	ck_assert_mem_eq(user_secret(u), secret, strlen(secret));
}

START_TEST(good_lines)
{
	static const uint8_t hash[16] = {0x88, 0x46, 0xf7, 0xea, 0xee, 0x8f, 0xb1, 0x17,
					 0xad, 0x06, 0xbd, 0xd8, 0x30, 0xb7, 0x58, 0x6c};

	ck_assert_int_eq(parse("# a comment\n\n  \t# another\r\n"
			       "alice secret\n"
			       "\tbob\t\"pass word\"  # and a comment\n"
			       "CORP\\carol pa#ss=wo\\rd group=staff address=10.20.0.5\r\n"
			       "\"dave d\" \"q\\\"b\\\\\" address=10.20.0.6 group=x\n"
			       "erin nt:8846f7eaee8fb117ad06bdd830b7586c\n"
			       "frank \"nt:8846f7eaee8fb117ad06bdd830b7586c\"\n"
			       "nt nt:8846F7EAEE8FB117AD06BDD830B7586C\n"
			       "gr\xc3\xbc\xc3\x9f p\xc3\xa4ss"),
			 0);
	ck_assert_uint_eq(users_count(users), 8);
	assert_secret("alice", "secret");
	assert_secret("bob", "pass word");
	assert_secret("CORP\\carol", "pa#ss=wo\\rd");
	assert_secret("dave d", "q\"b\\");
	assert_secret("frank", "nt:8846f7eaee8fb117ad06bdd830b7586c");
	assert_secret("gr\xc3\xbc\xc3\x9f", "p\xc3\xa4ss");
	ck_assert(!find("erin")->plain);
	ck_assert_mem_eq(find("erin")->nt_hash, hash, 16);
	ck_assert_mem_eq(find("nt")->nt_hash, hash, 16);
	ck_assert_uint_eq(find("CORP\\carol")->address, 0x0a140005);
	ck_assert_str_eq(find("CORP\\carol")->group, "staff");
	ck_assert_uint_eq(find("CORP\\carol")->line, 6);
	ck_assert_ptr_null(find("Alice"));
	ck_assert_ptr_null(find("carol"));
	ck_assert_ptr_null(find(""));
	ck_assert_str_eq((const char *)users_next(users, find("alice"))->group, "");
	ck_assert_ptr_eq(users_next(users, NULL), find("alice"));
	ck_assert_ptr_eq(users_next(users, find("alice")), find("bob"));
}
END_TEST

START_TEST(empty_file)
{
	ck_assert_int_eq(parse(""), 0);
	ck_assert_uint_eq(users_count(users), 0);
	ck_assert_ptr_null(find("alice"));
	ck_assert_ptr_null(users_next(users, NULL));
}
END_TEST

/* Where "hunter2" is in a line, it is (part of) a secret. */
static const struct {
	const char *line, *error;
} bad[] = {
	{"alice", "the secret is missing"},
	{"alice #hunter2", "the secret is missing (one that begins with # needs quotes)"},
	{"alice \"\"", "the secret is empty"},
	{"\"\" hunter2", "the name is empty"},
	{"alice \"hunter2", "the quotes are not closed"},
	{"alice \"hunter2\"x", "a space is missing after the quotes"},
	{"alice hunt\"er2", "a quote inside of a word"},
	{"alice \"hunter2\\n\"", "a backslash is written twice"},
	{"alice \"hunter2\\", "a backslash is written twice"},
	{"alice nt:hunter2", "nt: is followed by 32 hexadecimal digits"},
	{"alice nt:8846f7eaee8fb117ad06bdd830b7586cc", "nt: is followed by 32"},
	{"alice nt:8846f7eaee8fb117ad06bdd830b7586x", "nt: is followed by 32"},
	{"alice pass hunter2", "after the secret come options"},
	{"alice pass hunter2=hunter2", "unknown option; there are group=NAME and address=IPV4"},
	{"alice hunter2 groupp=x", "unknown option 'groupp' (did you mean 'group'?)"},
	{"alice hunter2 group=", "group= takes a name"},
	{"alice hunter2 group=01234567890123456789012345678901", "group= takes a name"},
	{"alice hunter2 group=a group=b", "group= is there twice"},
	{"alice hunter2 address=10.0.0", "address= takes an IPv4 address"},
	{"alice hunter2 address=::1", "address= takes an IPv4 address"},
	{"alice hunter2 address=0.0.0.0", "is not the address of a host"},
	{"alice hunter2 address=224.0.0.1", "is not the address of a host"},
	{"alice hunter2 address=10.0.0.1 address=10.0.0.2", "address= is there twice"},
	{"alice hunter2 \"group=x", "the quotes are not closed"},
	{"alice hunter2\001", "a control character"},
	{"alice hunter2\xff\xfe", "the secret is not UTF-8"},
};

static void assert_no_secret(void)
{
	for (size_t i = 0; i < errs.count; i++)
		ck_assert_msg(!strstr(errs.list[i].text, "hunter2"), "%s", errs.list[i].text);
}

START_TEST(bad_lines)
{
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(text, sizeof(text), "# x\nzoe secret\n%s\nbert secret\n", bad[i].line);
		ck_assert_msg(parse(text) == -EINVAL, "accepted: %s", bad[i].line);
		ck_assert_ptr_null(users);
		ck_assert_uint_eq(errs.count, 1);
		ck_assert_int_eq(errs.list[0].line, 3);
		ck_assert_str_eq(errs.list[0].file, "users");
		ck_assert_msg(strstr(errs.list[0].text, bad[i].error) != NULL, "%s: %s",
			      bad[i].line, errs.list[0].text);
		assert_no_secret();
	}
}
END_TEST

START_TEST(all_errors_at_once)
{
	ck_assert_int_eq(parse("alice hunter2 address=10.0.0.1\nbob\nalice hunter2\n"
			       "carol hunter2 address=10.0.0.1\nx \"\n"),
			 -EINVAL);
	ck_assert_uint_eq(errs.count, 4);
	ck_assert_int_eq(errs.list[0].line, 2);
	ck_assert_str_eq(errs.list[1].text, "this user is there already, in line 1");
	ck_assert_str_eq(errs.list[2].text, "this address is the user's of line 1");
	ck_assert_int_eq(errs.list[3].line, 5);
	assert_no_secret();
}
END_TEST

START_TEST(long_words)
{
	char text[1024], name[300];

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	snprintf(text, sizeof(text), "%s %s", name, name);
	ck_assert_int_eq(parse(text), 0);
	assert_secret(name, name);
	snprintf(text, sizeof(text), "%sx secret", name);
	ck_assert_int_eq(parse(text), -EINVAL);
	snprintf(text, sizeof(text), "alice \"%sx\"", name);
	ck_assert_int_eq(parse(text), -EINVAL);
	ck_assert_str_eq(errs.list[0].text, "a word of more than 255 bytes");
}
END_TEST

START_TEST(cut_anywhere)
{
	static const char text[] = "alice \"pass \\\"word\" group=staff address=10.20.0.5\n"
				   "bob nt:8846f7eaee8fb117ad06bdd830b7586c # x\n";

	for (size_t i = 0; i < sizeof(text); i++)
		if (parse_bytes(text, i) < 0)
			ck_assert_uint_gt(errs.count, 0);
	ck_assert_int_eq(parse_bytes("alice\0 x\n", 9), -EINVAL);
}
END_TEST

#define MANY 20000

START_TEST(many_users)
{
	FILE *f = tmpfile();
	char name[32];

	ck_assert_ptr_nonnull(f);
	for (unsigned int i = 0; i < MANY; i++)
		fprintf(f, "user%u secret%u address=10.%u.%u.%u\n", i, i, i >> 16, i >> 8 & 255,
			i & 255);
	fflush(f);
	ck_assert_int_eq(users_load(fileno(f), "users", &users, &errs), 0);
	ck_assert_uint_eq(users_count(users), MANY);
	for (unsigned int i = 0; i < MANY; i++) {
		char secret[32];

		snprintf(name, sizeof(name), "user%u", i);
		snprintf(secret, sizeof(secret), "secret%u", i);
		assert_secret(name, secret);
	}
	fclose(f);
}
END_TEST

START_TEST(unreadable)
{
	int fd = open("/", 0);

	ck_assert_int_eq(users_load(fd, "users", &users, &errs), -EISDIR);
	ck_assert_uint_eq(errs.count, 1);
	close(fd);
	fd = memfd_create("big", 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)USERS_FILE_MAX * 4), 0);
	teardown();
	setup();
	ck_assert_int_eq(users_load(fd, "users", &users, &errs), -EFBIG);
	ck_assert_str_eq(errs.list[0].text, "cannot be read: it is too big");
	close(fd);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("users");
	TCase *c = tcase_create("users");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, good_lines);
	tcase_add_test(c, empty_file);
	tcase_add_test(c, bad_lines);
	tcase_add_test(c, all_errors_at_once);
	tcase_add_test(c, long_words);
	tcase_add_test(c, cut_anywhere);
	tcase_add_test(c, many_users);
	tcase_add_test(c, unreadable);
	suite_add_tcase(s, c);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
