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

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compat/compat.h"
#include "lib/testutil.h"
#include "lib/vectors.h"
#include "mixing/replayset.h"
#include "mixtasy/layer.h"

#define MAX_PARTS	100

/* One mix that gets one message. */
struct run {
	enum mix_outer_error	outer;
	struct mix_peeled	peeled;
};

static struct mix_peeled scratch;
static struct test_rng rng_state;
static struct rng rng;

static void
run_text(const char *text, size_t len, const char *keyname, const char *mix,
    time_t now, int repeat_check, struct run *run)
{
	static struct vectors_key key;
	struct mix_peel_env env;
	uint8_t body[MIX_BODY_LEN];

	memset(run, 0, sizeof(*run));
	run->outer = mix_outer_read(text, len, mix, body);
	if (run->outer != MIX_OUTER_OK)
		return;
	vectors_key(keyname, now, &key);
	memset(&env, 0, sizeof(env));
	env.self = mix;
	env.keys = key.subkeys;
	env.nkeys = key.n;
	env.now = now;
	env.modes = key.modes;
	env.max_parts = MAX_PARTS;
	env.repeat_check = repeat_check;
	env.rng = &rng;
	mix_peel(&env, body, &run->peeled);
}

static void
run_step(const json_t *step, time_t now, struct run *run)
{
	char *text;
	size_t len;

	text = vectors_message(step, &len);
	run_text(text, len, vectors_string(step, "key"),
	    vectors_string(step, "mix"), now, 1, run);
	free(text);
}

static const char *
verdict_name(const struct run *run)
{
	if (run->outer != MIX_OUTER_OK)
		return ("reject");
	switch (run->peeled.verdict) {
	case MIX_DESTROY:
	case MIX_DESTROY_SET:
		return ("reject");
	case MIX_FORWARD:
		return ("forward");
	case MIX_DELIVER:
		return ("deliver");
	case MIX_HOLD:
		return ("hold");
	case MIX_DISCARD:
		return ("discard");
	}
	return ("none");
}

static const char *
reason(const struct run *run)
{
	return (run->outer != MIX_OUTER_OK ? mix_outer_strerror(run->outer) :
	    mix_reason_text(run->peeled.reason));
}

static void
check_forward(const char *name, const json_t *expect,
    const struct mix_peeled *p)
{
	ATF_CHECK_STREQ_MSG(vectors_string(expect, "next"), p->next, "%s",
	    name);
	ATF_CHECK_EQ_MSG((size_t)vectors_integer(expect, "body_len"),
	    p->revealed_len, "%s", name);
	ATF_CHECK_EQ_MSG(MIX_BODY_LEN, p->body_len, "%s", name);
	ATF_CHECK_MSG(vectors_same_sha256(vectors_string(expect,
	    "body_sha256"), p->body, p->revealed_len), "%s: body", name);
}

static void
check_final(const char *name, const json_t *expect,
    const struct mix_peeled *p)
{
	const json_t *part = json_object_get(expect, "part");

	ATF_CHECK_STREQ_MSG(vectors_string(expect, "id"), p->id, "%s", name);
	if (json_object_get(expect, "payload_sha256") != NULL) {
		ATF_CHECK_EQ_MSG((size_t)vectors_integer(expect,
		    "payload_len"), p->body_len, "%s", name);
		ATF_CHECK_MSG(vectors_same_sha256(vectors_string(expect,
		    "payload_sha256"), p->body, p->body_len), "%s: payload",
		    name);
	}
	if (json_object_get(expect, "rcpt") != NULL)
		ATF_CHECK_STREQ_MSG(vectors_string(expect, "rcpt"), p->rcpt,
		    "%s", name);
	if (part != NULL) {
		ATF_CHECK_EQ(json_integer_value(json_array_get(part, 0)),
		    (json_int_t)p->part);
		ATF_CHECK_EQ(json_integer_value(json_array_get(part, 1)),
		    (json_int_t)p->total);
	}
}

/* Compares a result with what the manifest says. */
static void
check(const char *name, const json_t *expect, const struct run *run)
{
	const struct mix_peeled *p = &run->peeled;
	char *digest;

	ATF_CHECK_STREQ_MSG(vectors_string(expect, "verdict"),
	    verdict_name(run), "%s: %s: %s", name, verdict_name(run),
	    reason(run));
	if (strcmp(vectors_string(expect, "verdict"), verdict_name(run)) != 0 ||
	    strcmp(verdict_name(run), "reject") == 0)
		return;
	digest = test_hex(p->digest, sizeof(p->digest));
	ATF_CHECK_STREQ_MSG(vectors_string(expect, "verification"), digest,
	    "%s", name);
	free(digest);
	if (p->verdict == MIX_FORWARD)
		check_forward(name, expect, p);
	else
		check_final(name, expect, p);
}

/* The class of reason that the manifest's hint stands for; 0: not checked. */
static enum mix_reason
hinted(const char *hint)
{
	static const struct {
		const char	*hint;
		enum mix_reason	 reason;
	} hints[] = {
		{ "verification", MIX_REASON_VERIFICATION },
		{ "inner-type", MIX_REASON_TYPE },
		{ "structure", MIX_REASON_PACKETS },
		{ "inner-structure", MIX_REASON_LITERAL },
		{ "key", MIX_REASON_KEY }
	};
	size_t i;

	for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (strcmp(hint, hints[i].hint) == 0)
			return (hints[i].reason);
	return (MIX_REASON_NONE);
}

static void
check_reason(const char *name, const json_t *expect, const struct run *run)
{
	const char *hint = json_string_value(json_object_get(expect,
	    "reason"));
	enum mix_reason want;

	if (hint == NULL || run->outer != MIX_OUTER_OK)
		return;
	want = hinted(hint);
	if (want != MIX_REASON_NONE)
		ATF_CHECK_EQ_MSG(want, run->peeled.reason, "%s: %s", name,
		    reason(run));
}

ATF_TC_WITHOUT_HEAD(single_steps_end_as_the_manifest_says);
ATF_TC_BODY(single_steps_end_as_the_manifest_says, tc)
{
	json_t *manifest = vectors_manifest(), *c, *expect;
	const char *name;
	struct run run;
	size_t i;
	int ran = 0;

	rng = test_rng(&rng_state, 1);
	json_array_foreach(json_object_get(manifest, "cases"), i, c) {
		if ((expect = json_object_get(c, "expect")) == NULL)
			continue;
		name = vectors_string(c, "name");
		run_step(c, vectors_integer(c, "now"), &run);
		check(name, expect, &run);
		check_reason(name, expect, &run);
		if (json_object_get(c, "payload") != NULL)
			ATF_CHECK_MSG(vectors_same_as_file(vectors_string(c,
			    "payload"), run.peeled.body, run.peeled.body_len),
			    "%s", name);
		ran++;
	}
	ATF_CHECK_EQ(67, ran);
	json_decref(manifest);
}

/* The number of the mix that destroys the message; 0: none, *run the last. */
static size_t
walk(const json_t *c, int repeat_check, struct run *run)
{
	static char out[MIX_OUTER_LEN_MAX];
	json_t *hop;
	char *text;
	size_t i, len, rejected_at = 0;

	text = vectors_message(c, &len);
	json_array_foreach(json_object_get(c, "path"), i, hop) {
		run_text(text, len, vectors_string(hop, "key"),
		    vectors_string(hop, "mix"), vectors_integer(c, "now"),
		    repeat_check, run);
		if (strcmp(verdict_name(run), "reject") == 0) {
			rejected_at = i + 1;
			break;
		}
		if (run->peeled.verdict != MIX_FORWARD)
			break;
		len = mix_outer_write(vectors_string(hop, "mix"),
		    run->peeled.next, run->peeled.body, out);
		free(text);
		if ((text = malloc(len + 1)) == NULL)
			atf_tc_fail("out of memory");
		memcpy(text, out, len);
	}
	free(text);
	return (rejected_at);
}

/* Runs all paths; returns how many there are. */
static int
walk_all(int repeat_check, const char *key_with)
{
	json_t *manifest = vectors_manifest(), *c;
	struct run run;
	const char *name, *key;
	size_t at, i;
	int ran = 0;

	rng = test_rng(&rng_state, 2);
	json_array_foreach(json_object_get(manifest, "cases"), i, c) {
		if (json_object_get(c, "path") == NULL)
			continue;
		name = vectors_string(c, "name");
		key = json_object_get(c, key_with) != NULL ? key_with :
		    "rejected_at";
		at = walk(c, repeat_check, &run);
		ATF_CHECK_EQ_MSG((size_t)vectors_integer(c, key), at,
		    "%s: at %zu: %s", name, at, reason(&run));
		if (at == 0)
			ATF_CHECK_EQ_MSG(MIX_DELIVER, run.peeled.verdict,
			    "%s", name);
		if (at == 0 && json_object_get(c, "payload") != NULL)
			ATF_CHECK_MSG(vectors_same_as_file(vectors_string(c,
			    "payload"), run.peeled.body, run.peeled.body_len),
			    "%s", name);
		ran++;
	}
	json_decref(manifest);
	return (ran);
}

ATF_TC_WITHOUT_HEAD(paths_end_as_the_manifest_says_with_repeat_check);
ATF_TC_BODY(paths_end_as_the_manifest_says_with_repeat_check, tc)
{
	ATF_CHECK_EQ(7, walk_all(1, "rejected_at_with_repeat_check"));
}

ATF_TC_WITHOUT_HEAD(paths_end_as_the_manifest_says_without_repeat_check);
ATF_TC_BODY(paths_end_as_the_manifest_says_without_repeat_check, tc)
{
	ATF_CHECK_EQ(7, walk_all(0, "rejected_at"));
}

/* What the keeper of the replay records does with a result. */
static void
apply_replay(struct replayset *set, struct run *run)
{
	if (strcmp(verdict_name(run), "reject") == 0)
		return;
	if (replayset_insert(set, run->peeled.digest, 1) == 1)
		return;
	run->peeled.verdict = MIX_DESTROY;
	run->peeled.reason = MIX_REASON_REPLAY;
}

ATF_TC_WITHOUT_HEAD(sequences_end_as_the_manifest_says);
ATF_TC_BODY(sequences_end_as_the_manifest_says, tc)
{
	json_t *manifest = vectors_manifest(), *c, *step;
	struct replayset *set;
	struct run run;
	size_t i, j;
	int ran = 0;

	rng = test_rng(&rng_state, 3);
	json_array_foreach(json_object_get(manifest, "cases"), i, c) {
		if (json_object_get(c, "sequence") == NULL)
			continue;
		ATF_REQUIRE((set = replayset_new(&rng)) != NULL);
		json_array_foreach(json_object_get(c, "sequence"), j, step) {
			run_step(step, vectors_integer(c, "now"), &run);
			apply_replay(set, &run);
			check(vectors_string(c, "name"),
			    json_object_get(step, "expect"), &run);
		}
		replayset_free(set);
		ran++;
	}
	ATF_CHECK_EQ(4, ran);
	json_decref(manifest);
}

/* Who joins them keeps them; the octets are here. */
ATF_TC_WITHOUT_HEAD(parts_of_a_set_make_its_payload);
ATF_TC_BODY(parts_of_a_set_make_its_payload, tc)
{
	json_t *manifest = vectors_manifest(), *c, *file, *step;
	uint8_t whole[2 * MIX_BODY_LEN];
	struct run run;
	size_t i, j, len, ran = 0;

	rng = test_rng(&rng_state, 4);
	json_array_foreach(json_object_get(manifest, "cases"), i, c) {
		if (json_object_get(c, "files") == NULL)
			continue;
		len = 0;
		json_array_foreach(json_object_get(c, "files"), j, file) {
			step = json_pack("{s:O,s:O,s:O}", "file", file,
			    "key", json_object_get(c, "key"), "mix",
			    json_object_get(c, "mix"));
			run_step(step, vectors_integer(c, "now"), &run);
			json_decref(step);
			ATF_REQUIRE_EQ(MIX_HOLD, run.peeled.verdict);
			ATF_CHECK_EQ(j + 1, run.peeled.part);
			memcpy(whole + len, run.peeled.body,
			    run.peeled.body_len);
			len += run.peeled.body_len;
		}
		ATF_CHECK(vectors_same_as_file(vectors_string(c, "payload"),
		    whole, len));
		ran++;
	}
	ATF_CHECK_EQ(1, ran);
	json_decref(manifest);
}

/* A destroyed message leaves nothing in the result but the reason. */
ATF_TC_WITHOUT_HEAD(destroyed_messages_leave_no_octet_behind);
ATF_TC_BODY(destroyed_messages_leave_no_octet_behind, tc)
{
	json_t *manifest = vectors_manifest(), *c, *expect;
	struct mix_peeled got;
	struct run run;
	size_t i;
	int ran = 0;

	rng = test_rng(&rng_state, 5);
	json_array_foreach(json_object_get(manifest, "cases"), i, c) {
		if ((expect = json_object_get(c, "expect")) == NULL ||
		    strcmp(vectors_string(expect, "verdict"), "reject") != 0)
			continue;
		run_step(c, vectors_integer(c, "now"), &run);
		got = run.peeled;
		got.reason = MIX_REASON_NONE;
		ATF_CHECK_MSG(memcmp(&got, &scratch, sizeof(got)) == 0, "%s",
		    vectors_string(c, "name"));
		ran++;
	}
	ATF_CHECK(ran > 30);
	json_decref(manifest);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, single_steps_end_as_the_manifest_says);
	ATF_TP_ADD_TC(tp, paths_end_as_the_manifest_says_with_repeat_check);
	ATF_TP_ADD_TC(tp, paths_end_as_the_manifest_says_without_repeat_check);
	ATF_TP_ADD_TC(tp, sequences_end_as_the_manifest_says);
	ATF_TP_ADD_TC(tp, parts_of_a_set_make_its_payload);
	ATF_TP_ADD_TC(tp, destroyed_messages_leave_no_octet_behind);
	return (atf_no_error());
}
