/*
 * Copyright (c) 2026 The smtpd-mix developers
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Runs one fuzz target without libFuzzer: over each file of its corpus, and
 * over a fixed number of mutations of each that are the same on every run.
 *
 *	NAME_fuzz			corpus/NAME beside the program
 *	NAME_fuzz [-n mutations] path ...	these files and directories
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mixing/rng.h"

#include "lib/testutil.h"

#define MUTATIONS	200
#define GROWTH		4096	/* octets that a mutation may add */
#define PATH_SIZE	4096

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static unsigned long	nfiles, ninputs;

/* A copy of exactly its size, so that a sanitizer sees the first octet over. */
static void
run_one(const uint8_t *data, size_t len)
{
	uint8_t *copy;

	if ((copy = malloc(len == 0 ? 1 : len)) == NULL)
		err(1, "malloc");
	memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	ninputs++;
}

static size_t
remove_range(const struct rng *rng, uint8_t *buf, size_t len)
{
	size_t at, n;

	at = rng_uniform(rng, (uint32_t)len);
	n = 1 + rng_uniform(rng, (uint32_t)(len - at));
	memmove(buf + at, buf + at + n, len - at - n);
	return len - n;
}

static size_t
repeat_range(const struct rng *rng, uint8_t *buf, size_t len, size_t size)
{
	size_t at, n;

	at = rng_uniform(rng, (uint32_t)len);
	n = 1 + rng_uniform(rng, (uint32_t)(len - at));
	if (n > size - len)
		n = size - len;
	memmove(buf + at + n, buf + at, len - at);
	return len + n;
}

/* Applies one random change to buf, of which size octets may be used. */
static size_t
mutate(const struct rng *rng, uint8_t *buf, size_t len, size_t size)
{
	static const uint8_t special[] = { 0x00, 0x01, 0x7f, 0x80, 0xbf,
	    0xc0, 0xdf, 0xe0, 0xfe, 0xff, '\r', '\n', ' ', ':', '-', '.' };
	size_t at;

	if (len == 0) {
		rng_fill(rng, buf, 16);
		return 16;
	}
	at = rng_uniform(rng, (uint32_t)len);
	switch (rng_uniform(rng, 6)) {
	case 0:
		buf[at] ^= (uint8_t)(1U << rng_uniform(rng, 8));
		return len;
	case 1:
		buf[at] = special[rng_uniform(rng, sizeof(special))];
		return len;
	case 2:
		rng_fill(rng, buf + at, len - at < 4 ? len - at : 4);
		return len;
	case 3:
		return remove_range(rng, buf, len);
	case 4:
		return repeat_range(rng, buf, len, size);
	default:
		return at;
	}
}

/* Mutates mostly near the start: there are the lengths and the headers. */
static void
run_mutations(const uint8_t *data, size_t len, unsigned long count)
{
	struct test_rng state;
	struct rng rng;
	uint8_t *buf;
	size_t size, n;
	unsigned long i, changes;

	size = len + GROWTH;
	if ((buf = malloc(size)) == NULL)
		err(1, "malloc");
	for (i = 0; i < count; i++) {
		rng = test_rng(&state, i);
		memcpy(buf, data, len);
		n = len;
		changes = 1 + rng_uniform(&rng, 4);
		while (changes-- > 0)
			n = mutate(&rng, buf, n, size);
		if (n > 64 && i % 2 == 1)
			rng_fill(&rng, buf + rng_uniform(&rng, 62), 2);
		run_one(buf, n);
	}
	free(buf);
}

static void
run_file(const char *path, unsigned long mutations)
{
	uint8_t *data;
	size_t len;

	if ((data = test_read_file(path, &len)) == NULL)
		err(1, "%s", path);
	run_one(data, len);
	run_mutations(data, len, mutations);
	free(data);
	nfiles++;
}

static void
run_path(const char *path, unsigned long mutations)
{
	struct dirent **entries;
	struct stat st;
	char file[PATH_SIZE];
	int i, n;

	if (stat(path, &st) == -1)
		err(1, "%s", path);
	if (!S_ISDIR(st.st_mode)) {
		run_file(path, mutations);
		return;
	}
	if ((n = scandir(path, &entries, NULL, alphasort)) == -1)
		err(1, "%s", path);
	for (i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.') {
			snprintf(file, sizeof(file), "%s/%s", path,
			    entries[i]->d_name);
			run_file(file, mutations);
		}
		free(entries[i]);
	}
	free(entries);
}

/* regress/fuzz/NAME_fuzz has its corpus in regress/fuzz/corpus/NAME. */
static void
corpus_of(const char *program, char *path, size_t size)
{
	const char *slash, *name, *end;
	int dirlen;

	if ((slash = strrchr(program, '/')) == NULL) {
		name = program;
		dirlen = 0;
	} else {
		name = slash + 1;
		dirlen = (int)(name - program);
	}
	if ((end = strstr(name, "_fuzz")) == NULL)
		errx(1, "%s: the name doesn't end in _fuzz", program);
	snprintf(path, size, "%.*scorpus/%.*s", dirlen, program,
	    (int)(end - name), name);
}

int
main(int argc, char *argv[])
{
	char corpus[PATH_SIZE];
	unsigned long mutations = MUTATIONS;
	int c, i;

	while ((c = getopt(argc, argv, "n:")) != -1) {
		if (c != 'n')
			return 2;
		mutations = strtoul(optarg, NULL, 10);
	}
	if (optind == argc) {
		corpus_of(argv[0], corpus, sizeof(corpus));
		run_path(corpus, mutations);
	}
	for (i = optind; i < argc; i++)
		run_path(argv[i], mutations);
	printf("%lu files, %lu inputs\n", nfiles, ninputs);
	return nfiles == 0;
}
