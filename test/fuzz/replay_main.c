// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a fuzz target on files, without libFuzzer and with any compiler.
 *
 * For each file (or each file of a folder) the target gets the bytes themselves, every prefix of
 * them, and the bytes with each single byte set to 0x00, 0x7f and 0xff and each bit of it turned:
 * the cheap half of what a fuzzer does, the same on every run, so it belongs to `make check`.
 * With -1 only the bytes themselves, which is what one wants under gdb.  Every input is a heap
 * block of exactly its size, so that a sanitizer or valgrind sees a read past its end.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX    65536
#define VARIANTS_MAX 4096 /* of a longer input only so many bytes from its start are varied */

static unsigned long runs;

static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

static void run_variants(uint8_t *data, size_t size)
{
	size_t vary = size < VARIANTS_MAX ? size : VARIANTS_MAX;
	static const uint8_t values[] = { 0x00, 0x7f, 0xff };

	for (size_t i = 0; i < vary; i++)
		run(data, i);
	for (size_t i = 0; i < vary; i++) {
		uint8_t was = data[i];

		for (size_t v = 0; v < sizeof(values); v++) {
			data[i] = values[v];
			run(data, size);
		}
		for (int bit = 0; bit < 8; bit++) {
			data[i] = (uint8_t)(was ^ (1u << bit));
			run(data, size);
		}
		data[i] = was;
	}
}

static int replay_file(const char *path, bool variants)
{
	static uint8_t data[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	size_t size;

	if (!f) {
		perror(path);
		return -1;
	}
	size = fread(data, 1, sizeof(data), f);
	fclose(f);
	run(data, size);
	if (variants)
		run_variants(data, size);
	return 0;
}

static int replay_folder(const char *path, bool variants)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	int rc = 0;

	if (!dir) {
		perror(path);
		return -1;
	}
	while ((e = readdir(dir))) {
		char name[4096];

		if (e->d_name[0] == '.')
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path, e->d_name) >= (int)sizeof(name) ||
		    replay_file(name, variants))
			rc = -1;
	}
	closedir(dir);
	return rc;
}

int main(int argc, char **argv)
{
	bool variants = true;
	int rc = 0, i = 1;

	if (argc > 1 && !strcmp(argv[1], "-1")) {
		variants = false;
		i++;
	}
	run(NULL, 0);
	for (; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st)) {
			perror(argv[i]);
			rc = 1;
		} else if (S_ISDIR(st.st_mode) ? replay_folder(argv[i], variants) :
						 replay_file(argv[i], variants)) {
			rc = 1;
		}
	}
	printf("100%%: Checks: %lu, Failures: 0, Errors: 0\n", runs);
	return rc;
}
