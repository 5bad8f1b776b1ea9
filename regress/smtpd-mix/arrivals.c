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
 * Reads the names of mail files, one a line, and prints for each the value of
 * its X-Load field ("-" without one) and when it was written, in milliseconds.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FIELD	"X-Load:"

/* The field's value into id, which holds 64 octets. */
static void
read_id(const char *path, char id[64])
{
	char line[4096];
	FILE *f;

	strcpy(id, "-");
	if ((f = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), f) != NULL &&
	    line[strcspn(line, "\r\n")] != '\0' && line[0] != '\n' &&
	    line[0] != '\r')
		if (strncmp(line, FIELD, sizeof(FIELD) - 1) == 0)
			(void)sscanf(line + sizeof(FIELD) - 1, "%63s", id);
	fclose(f);
}

int
main(void)
{
	char path[4096], id[64];
	struct stat st;

	while (fgets(path, sizeof(path), stdin) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		read_id(path, id);
		if (stat(path, &st) == -1)
			err(1, "%s", path);
		printf("%s %jd\n", id, (intmax_t)st.st_mtim.tv_sec * 1000 +
		    st.st_mtim.tv_nsec / 1000000);
	}

	return (0);
}
