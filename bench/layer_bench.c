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
 * What layers cost beside the primitives that they can't do without: peeling
 * and sealing on one side, the same work of libcrypto alone on the other, in
 * alternating rounds of one process.  Prints a line for each pair, its parts
 * between tabs: what, how many a second, the peer, how many a second; then a
 * line for each primitive.
 *
 *	layer_bench [rounds]
 */

#define OPENSSL_API_COMPAT 0x10100000L

#include <sys/types.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "compat/rng_system.h"
#include "compat/x25519.h"
#include "lib/layers.h"
#include "mixtasy/layer.h"
#include "openpgp/rsa.h"

#define HOPS		4
#define ROUNDS		9
#define ROUNDS_MAX	101
#define ROUND_SECONDS	0.05

struct path {
	struct mix_hop	  hops[HOPS];
	struct mix_subkey secrets[HOPS];
	struct pgp_prepared prepared;		/* the first hop's */
	struct mix_peel_env env;
	uint8_t		  body[MIX_BODY_LEN];	/* for the first hop */
};

static struct path	 curve, rsa;
static EVP_PKEY		*derive_key;
static EVP_PKEY_CTX	*derive_ctx;
static RSA		*rsa_key;
static EVP_CIPHER_CTX	*cfb_encrypt, *cfb_decrypt, *ecb;
static uint8_t		 input[MIX_BODY_LEN], output[MIX_BODY_LEN + 32];

static void
seal_for(struct path *path)
{
	struct mix_final final;

	memset(&final, 0, sizeof(final));
	final.type = MIX_DUMMY;
	mix_id_new(&rng_system, final.id);
	if (mix_seal(&final, path->hops, HOPS, &rng_system, path->body) == -1)
		errx(1, "can't be sealed");
}

static void
peel_for(const struct path *path)
{
	static struct mix_peeled peeled;

	mix_peel(&path->env, path->body, &peeled);
	if (peeled.verdict != MIX_FORWARD)
		errx(1, "can't be peeled: %s", mix_reason_text(peeled.reason));
}

static void
run_peel_curve(void)
{
	peel_for(&curve);
}

static void
run_peel_rsa(void)
{
	peel_for(&rsa);
}

static void
run_seal_curve(void)
{
	seal_for(&curve);
}

static void
run_seal_rsa(void)
{
	seal_for(&rsa);
}

static void
run_x25519(void)
{
	size_t len = sizeof(output);

	if (EVP_PKEY_derive(derive_ctx, output, &len) != 1)
		errx(1, "X25519");
}

static void
run_rsa_private(void)
{
	if (RSA_private_decrypt(RSA_size(rsa_key), input, output, rsa_key,
	    RSA_NO_PADDING) == -1)
		errx(1, "RSA");
}

static void
run_rsa_public(void)
{
	if (RSA_public_encrypt(RSA_size(rsa_key), input, output, rsa_key,
	    RSA_NO_PADDING) == -1)
		errx(1, "RSA");
}

static void
run_cipher(EVP_CIPHER_CTX *ctx)
{
	int n;

	if (EVP_CipherUpdate(ctx, output, &n, input, sizeof(input)) != 1)
		errx(1, "AES");
}

static void
run_cfb_encrypt(void)
{
	run_cipher(cfb_encrypt);
}

static void
run_cfb_decrypt(void)
{
	run_cipher(cfb_decrypt);
}

static void
run_ecb(void)
{
	run_cipher(ecb);
}

static void
run_sha1(void)
{
	if (EVP_Digest(input, MIX_HASHED_LEN, output, NULL, EVP_sha1(),
	    NULL) != 1)
		errx(1, "SHA-1");
}

enum item {
	PEEL_CURVE, PEEL_RSA, SEAL_CURVE, SEAL_RSA, X25519, RSA_PRIVATE,
	RSA_PUBLIC, CFB_ENCRYPT, CFB_DECRYPT, ECB, DIGEST, NITEMS
};

static void	(*const runs[NITEMS])(void) = {
	[PEEL_CURVE] = run_peel_curve,
	[PEEL_RSA] = run_peel_rsa,
	[SEAL_CURVE] = run_seal_curve,
	[SEAL_RSA] = run_seal_rsa,
	[X25519] = run_x25519,
	[RSA_PRIVATE] = run_rsa_private,
	[RSA_PUBLIC] = run_rsa_public,
	[CFB_ENCRYPT] = run_cfb_encrypt,
	[CFB_DECRYPT] = run_cfb_decrypt,
	[ECB] = run_ecb,
	[DIGEST] = run_sha1
};

static double		 samples[NITEMS][ROUNDS_MAX];	/* seconds */
static double		 cost[NITEMS];

static void
make_path(struct path *path, uint8_t alg, const char *label)
{
	layers_hops(HOPS, alg, label, path->hops, path->secrets);
	layers_env(path->hops[0].address, path->secrets, 1, &rng_system,
	    &path->env);
	if (pgp_seckey_prepare(&path->secrets[0].key, &path->prepared) == -1)
		errx(1, "a key can't be prepared");
	path->env.prepared = &path->prepared;
	seal_for(path);
}

static EVP_CIPHER_CTX *
make_cipher(const EVP_CIPHER *cipher, int encrypt)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t key[32] = { 1 }, iv[16] = { 2 };

	if ((ctx = EVP_CIPHER_CTX_new()) == NULL ||
	    EVP_CipherInit_ex(ctx, cipher, NULL, key, iv, encrypt) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1)
		errx(1, "AES");
	return (ctx);
}

static void
make_primitives(void)
{
	const struct pgp_seckey *a = &curve.secrets[0].key;
	EVP_PKEY *peer;

	derive_key = compat_x25519_key(a->scalar, a->pub.point);
	peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL,
	    curve.secrets[1].key.pub.point, 32);
	if (derive_key == NULL || peer == NULL ||
	    (derive_ctx = EVP_PKEY_CTX_new(derive_key, NULL)) == NULL ||
	    EVP_PKEY_derive_init(derive_ctx) != 1 ||
	    EVP_PKEY_derive_set_peer(derive_ctx, peer) != 1)
		errx(1, "X25519");
	EVP_PKEY_free(peer);
	if ((rsa_key = pgp_rsa_private(&rsa.secrets[0].key)) == NULL)
		errx(1, "RSA");
	cfb_encrypt = make_cipher(EVP_aes_256_cfb128(), 1);
	cfb_decrypt = make_cipher(EVP_aes_256_cfb128(), 0);
	ecb = make_cipher(EVP_aes_256_ecb(), 1);
	rng_fill(&rng_system, input + 1, sizeof(input) - 1);
}

static double
cpu_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

/* Seconds for one. */
static double
measure(void (*run)(void))
{
	double start = cpu_now(), used;
	unsigned int n = 0;

	do {
		run();
		n++;
		used = cpu_now() - start;
	} while (used < ROUND_SECONDS);
	return (used / n);
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

static void
measure_all(unsigned int rounds)
{
	unsigned int i, item;

	for (i = 0; i < rounds; i++) {
		for (item = 0; item < NITEMS; item++)
			samples[item][i] = measure(runs[item]);
	}
	for (item = 0; item < NITEMS; item++) {
		qsort(samples[item], rounds, sizeof(double), compare);
		cost[item] = samples[item][rounds / 2];
	}
}

static void
print_row(const char *what, double ours, const char *peer, double its)
{
	printf("%s\t%.0f\t%s\t%.0f\n", what, 1 / ours, peer, 1 / its);
}

static void
print_primitive(const char *what, enum item item)
{
	printf("%s\t%.0f\n", what, 1 / cost[item]);
}

static void
print_all(void)
{
	double open_sed = cost[CFB_DECRYPT] + cost[DIGEST];
	double make_sed = cost[CFB_ENCRYPT] + cost[DIGEST];

	print_row("peel, Curve25519", cost[PEEL_CURVE],
	    "X25519, AES-256-CFB, SHA-1", cost[X25519] + open_sed);
	print_row("peel, RSA 2048", cost[PEEL_RSA],
	    "RSA private, AES-256-CFB, SHA-1", cost[RSA_PRIVATE] + open_sed);
	print_row("seal 4 hops, Curve25519", cost[SEAL_CURVE],
	    "4 x (2 X25519, AES-256-CFB, SHA-1)",
	    HOPS * (2 * cost[X25519] + make_sed));
	print_row("seal 4 hops, RSA 2048", cost[SEAL_RSA],
	    "4 x (RSA public, AES-256-CFB, SHA-1)",
	    HOPS * (cost[RSA_PUBLIC] + make_sed));
	print_primitive("X25519", X25519);
	print_primitive("RSA 2048 private", RSA_PRIVATE);
	print_primitive("AES-256-CFB, 30 KiB decrypted", CFB_DECRYPT);
	print_primitive("AES-256-ECB, 30 KiB", ECB);
	print_primitive("SHA-1, 20 KiB", DIGEST);
}

int
main(int argc, char *argv[])
{
	unsigned int rounds = ROUNDS;

	if (argc > 1)
		rounds = (unsigned int)strtoul(argv[1], NULL, 10);
	if (argc > 2 || rounds == 0 || rounds > ROUNDS_MAX)
		errx(2, "usage: layer_bench [rounds]");
	make_path(&curve, PGP_ALG_ECDH, "curve");
	make_path(&rsa, PGP_ALG_RSA, "rsa");
	make_primitives();
	measure_all(rounds);
	print_all();
	return (0);
}
