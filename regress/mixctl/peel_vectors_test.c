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

#include <sys/types.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "lib/testutil.h"
#include "lib/vectors.h"
#include "mixtasy/message.h"

/*
 * The vectors through the program as it was built: what it writes, and how it
 * exits.
 */
extern char **environ;

/* What one call gave. */
struct call {
	int	 status;
	uint8_t	*out;
	size_t	 outlen;
	char	*err;
	size_t	 errlen;
};

static void
call_clear(struct call *call)
{
	free(call->out);
	free(call->err);
}

static int
wait_for(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE_MSG(WIFEXITED(status), "ended by a signal");
	return (WEXITSTATUS(status));
}

/* Runs a program with in, out and err of the working directory. */
static int
run_program(const char *path, char **argv)
{
	posix_spawn_file_actions_t files;
	pid_t pid;

	ATF_REQUIRE_EQ(0, posix_spawn_file_actions_init(&files));
	posix_spawn_file_actions_addopen(&files, 0, "in", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "out",
	    O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&files, 2, "err",
	    O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE_EQ_MSG(0, posix_spawn(&pid, path, &files, NULL, argv,
	    environ), "%s", path);
	posix_spawn_file_actions_destroy(&files);
	return (wait_for(pid));
}

/* Runs mixctl peel; state is a directory or NULL. */
static void
run(const void *text, size_t len, const char *key, time_t now,
    const char *state, struct call *call)
{
	char name[] = "mixctl", peel[] = "peel", k[] = "-k", t[] = "-t";
	char s[] = "-s", dir[256], path[1024], secret[1024], when[32];
	char *argv[] = { name, peel, k, secret, t, when, NULL, NULL, NULL };

	(void)strlcpy(path, test_path("mixctl/mixctl"), sizeof(path));
	(void)strlcpy(secret, vectors_path(key), sizeof(secret));
	(void)snprintf(when, sizeof(when), "%lld", (long long)now);
	if (state != NULL) {
		(void)strlcpy(dir, state, sizeof(dir));
		argv[6] = s;
		argv[7] = dir;
	}
	ATF_REQUIRE_EQ(0, test_write_file("in", text, len));
	call->status = run_program(path, argv);
	call->out = test_read_file("out", &call->outlen);
	call->err = (char *)test_read_file("err", &call->errlen);
	ATF_REQUIRE(call->out != NULL && call->err != NULL);
}

/* Exit 1, one line of reason, no octet of output. */
static void
check_destroyed(const char *name, const struct call *call)
{
	char *end = strchr(call->err, '\n');

	ATF_CHECK_EQ_MSG(1, call->status, "%s: %d", name, call->status);
	ATF_CHECK_EQ_MSG(0, call->outlen, "%s", name);
	ATF_CHECK_MSG(end != NULL && end[1] == '\0' &&
	    strstr(call->err, "destroyed: ") != NULL, "%s: %s", name,
	    call->err);
}

/* The whole of the next mail: header and body. */
static void
check_forward(const char *name, const char *mix, const json_t *expect,
    const struct call *call)
{
	const char *next = vectors_string(expect, "next");
	char header[1024];
	uint8_t body[MIX_BODY_LEN];
	int n;

	n = snprintf(header, sizeof(header), "From: %s\r\n"
	    "Remailer-Type: Mixtasy v1\r\nTo: %s\r\n\r\n"
	    "-----BEGIN PGP MESSAGE-----\r\n\r\n", mix, next);
	ATF_CHECK_MSG(call->outlen > (size_t)n &&
	    memcmp(call->out, header, (size_t)n) == 0, "%s: header", name);
	ATF_CHECK_EQ_MSG(MIX_OUTER_OK, mix_outer_read((char *)call->out,
	    call->outlen, next, body), "%s", name);
	ATF_CHECK_MSG(vectors_same_sha256(vectors_string(expect,
	    "body_sha256"), body, (size_t)vectors_integer(expect,
	    "body_len")), "%s: body", name);
}

static void
check_payload(const char *name, const json_t *expect, const struct call *call)
{
	ATF_CHECK_EQ_MSG((size_t)vectors_integer(expect, "payload_len"),
	    call->outlen, "%s", name);
	ATF_CHECK_MSG(vectors_same_sha256(vectors_string(expect,
	    "payload_sha256"), call->out, call->outlen), "%s", name);
}

static void
check(const char *name, const json_t *step, const struct call *call)
{
	const json_t *expect = json_object_get(step, "expect");
	const char *verdict = vectors_string(expect, "verdict");

	if (strcmp(verdict, "reject") == 0) {
		check_destroyed(name, call);
		return;
	}
	ATF_CHECK_EQ_MSG(0, call->status, "%s: %s", name, call->err);
	ATF_CHECK_EQ_MSG(0, call->errlen, "%s: %s", name, call->err);
	if (strcmp(verdict, "forward") == 0)
		check_forward(name, vectors_string(step, "mix"), expect, call);
	else if (strcmp(verdict, "discard") == 0 ||
	    strcmp(verdict, "hold") == 0)
		ATF_CHECK_EQ_MSG(0, call->outlen, "%s", name);
	else
		check_payload(name, expect, call);
}

static void
run_step(const char *name, const json_t *step, time_t now, const char *state)
{
	struct call call;
	char *text;
	size_t len;

	text = vectors_message(step, &len);
	run(text, len, vectors_string(step, "key"), now, state, &call);
	check(name, step, &call);
	call_clear(&call);
	free(text);
}

ATF_TC_WITHOUT_HEAD(single_steps_end_as_the_manifest_says);
ATF_TC_BODY(single_steps_end_as_the_manifest_says, tc)
{
	json_t *manifest = vectors_manifest(), *c;
	const char *name, *verdict;
	size_t i;
	int ran = 0;

	json_array_foreach(json_object_get(manifest, "cases"), i, c) {
		if (json_object_get(c, "expect") == NULL)
			continue;
		/* Only with a state directory are parts held. */
		name = vectors_string(c, "name");
		verdict = vectors_string(json_object_get(c, "expect"),
		    "verdict");
		run_step(name, c, vectors_integer(c, "now"),
		    strcmp(verdict, "hold") == 0 ? name : NULL);
		ran++;
	}
	ATF_CHECK_EQ(67, ran);
	json_decref(manifest);
}

ATF_TC_WITHOUT_HEAD(sequences_end_as_the_manifest_says);
ATF_TC_BODY(sequences_end_as_the_manifest_says, tc)
{
	json_t *manifest = vectors_manifest(), *c, *step;
	const char *name;
	size_t i, j;
	int ran = 0;

	json_array_foreach(json_object_get(manifest, "cases"), i, c) {
		if (json_object_get(c, "sequence") == NULL)
			continue;
		/* A state directory of its own. */
		name = vectors_string(c, "name");
		json_array_foreach(json_object_get(c, "sequence"), j, step)
			run_step(name, step, vectors_integer(c, "now"), name);
		ran++;
	}
	ATF_CHECK_EQ(4, ran);
	json_decref(manifest);
}

/*
 * Hop by hop, what comes out of one going into the next.  Returns the number of
 * the mix that destroys the message, or 0; *last is the last call.
 */
static size_t
walk(const json_t *c, const char *state, struct call *last)
{
	json_t *hop;
	uint8_t *text;
	size_t i, len;

	memset(last, 0, sizeof(*last));
	text = (uint8_t *)vectors_message(c, &len);
	json_array_foreach(json_object_get(c, "path"), i, hop) {
		free(last->err);
		run(text, len, vectors_string(hop, "key"),
		    vectors_integer(c, "now"), state, last);
		free(text);
		text = last->out;
		len = last->outlen;
		if (last->status != 0)
			return (i + 1);
	}
	return (0);
}

static void
run_path(const json_t *c)
{
	const char *name = vectors_string(c, "name");
	const json_t *want = json_object_get(c,
	    "rejected_at_with_repeat_check");
	struct call call;
	size_t at;

	if (want == NULL)
		want = json_object_get(c, "rejected_at");
	at = walk(c, name, &call);
	ATF_CHECK_EQ_MSG((size_t)json_integer_value(want), at, "%s: at %zu",
	    name, at);
	if (at != 0)
		check_destroyed(name, &call);
	else if (json_object_get(c, "payload") != NULL)
		ATF_CHECK_MSG(vectors_same_as_file(vectors_string(c,
		    "payload"), call.out, call.outlen), "%s: payload", name);
	call_clear(&call);
}

ATF_TC_WITHOUT_HEAD(paths_end_as_the_manifest_says);
ATF_TC_BODY(paths_end_as_the_manifest_says, tc)
{
	json_t *manifest = vectors_manifest(), *c;
	size_t i;
	int ran = 0;

	json_array_foreach(json_object_get(manifest, "cases"), i, c) {
		if (json_object_get(c, "path") == NULL)
			continue;
		run_path(c);
		ran++;
	}
	ATF_CHECK_EQ(7, ran);
	json_decref(manifest);
}

/* The parts in the order of arrival; all but the last give nothing. */
static void
run_set(const json_t *c, const size_t *order, size_t n, const char *state)
{
	const json_t *files = json_object_get(c, "files");
	struct call call;
	json_t *step;
	char *text;
	size_t i, len;

	for (i = 0; i < n; i++) {
		step = json_pack("{s:O}", "file",
		    json_array_get(files, order[i]));
		text = vectors_message(step, &len);
		run(text, len, vectors_string(c, "key"),
		    vectors_integer(c, "now"), state, &call);
		ATF_CHECK_EQ_MSG(0, call.status, "%s: %s", state, call.err);
		if (i + 1 < n)
			ATF_CHECK_EQ(0, call.outlen);
		else
			ATF_CHECK(vectors_same_as_file(vectors_string(c,
			    "payload"), call.out, call.outlen));
		call_clear(&call);
		/* None of them a second time. */
		run(text, len, vectors_string(c, "key"),
		    vectors_integer(c, "now"), state, &call);
		check_destroyed(state, &call);
		call_clear(&call);
		free(text);
		json_decref(step);
	}
}

ATF_TC_WITHOUT_HEAD(parts_in_any_order_give_the_payload);
ATF_TC_BODY(parts_in_any_order_give_the_payload, tc)
{
	static const size_t orders[][2] = { { 0, 1 }, { 1, 0 } };
	json_t *manifest = vectors_manifest(), *c;
	size_t i;
	int ran = 0;

	json_array_foreach(json_object_get(manifest, "cases"), i, c) {
		if (json_object_get(c, "files") == NULL)
			continue;
		ATF_REQUIRE_EQ(2, json_array_size(json_object_get(c,
		    "files")));
		run_set(c, orders[0], 2, "forwards");
		run_set(c, orders[1], 2, "backwards");
		ran++;
	}
	ATF_CHECK_EQ(1, ran);
	json_decref(manifest);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, single_steps_end_as_the_manifest_says);
	ATF_TP_ADD_TC(tp, sequences_end_as_the_manifest_says);
	ATF_TP_ADD_TC(tp, paths_end_as_the_manifest_says);
	ATF_TP_ADD_TC(tp, parts_in_any_order_give_the_payload);
	return (atf_no_error());
}
