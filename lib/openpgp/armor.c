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

#include <string.h>

#include "openpgp/armor.h"

#define LINE_OCTETS	48	/* 64 columns */
#define CHECKSUM_LEN	5	/* =XXXX */

struct line {
	const char	*p;
	size_t		 len;	/* without the end of line and white space */
};

/* The text that is left, read a line at a time. */
struct reader {
	const char	*p;
	size_t		 left;
};

static const char *
type_name(enum pgp_armor_type type)
{
	switch (type) {
	case PGP_ARMOR_PUBLIC_KEY:
		return ("PUBLIC KEY BLOCK");
	case PGP_ARMOR_PRIVATE_KEY:
		return ("PRIVATE KEY BLOCK");
	default:
		return ("MESSAGE");
	}
}

/* Base64 digits of len octets, padding included. */
static size_t
digits(size_t len)
{
	return ((len + 2) / 3 * 4);
}

size_t
pgp_armor_size(enum pgp_armor_type type, size_t len, int crlf)
{
	size_t lines = (len + LINE_OCTETS - 1) / LINE_OCTETS;
	size_t frame = 2 * (strlen("-----BEGIN PGP -----") +
	    strlen(type_name(type))) - strlen("BEGIN") + strlen("END");

	/* Besides the data: both frame lines, the empty one, the checksum. */
	return (frame + CHECKSUM_LEN + digits(len) +
	    (lines + 4) * (crlf ? 2 : 1));
}

static char *
put_string(char *p, const char *s)
{
	size_t len = strlen(s);

	memcpy(p, s, len);
	return (p + len);
}

static char *
put_frame(char *p, const char *which, enum pgp_armor_type type, const char *eol)
{
	p = put_string(p, "-----");
	p = put_string(p, which);
	p = put_string(p, " PGP ");
	p = put_string(p, type_name(type));
	p = put_string(p, "-----");
	return (put_string(p, eol));
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* All pairs of digits: twelve bits at a time take half the look-ups. */
#define ROW(a)								\
	{ a, 'A' }, { a, 'B' }, { a, 'C' }, { a, 'D' },	\
	{ a, 'E' }, { a, 'F' }, { a, 'G' }, { a, 'H' },	\
	{ a, 'I' }, { a, 'J' }, { a, 'K' }, { a, 'L' },	\
	{ a, 'M' }, { a, 'N' }, { a, 'O' }, { a, 'P' },	\
	{ a, 'Q' }, { a, 'R' }, { a, 'S' }, { a, 'T' },	\
	{ a, 'U' }, { a, 'V' }, { a, 'W' }, { a, 'X' },	\
	{ a, 'Y' }, { a, 'Z' }, { a, 'a' }, { a, 'b' },	\
	{ a, 'c' }, { a, 'd' }, { a, 'e' }, { a, 'f' },	\
	{ a, 'g' }, { a, 'h' }, { a, 'i' }, { a, 'j' },	\
	{ a, 'k' }, { a, 'l' }, { a, 'm' }, { a, 'n' },	\
	{ a, 'o' }, { a, 'p' }, { a, 'q' }, { a, 'r' },	\
	{ a, 's' }, { a, 't' }, { a, 'u' }, { a, 'v' },	\
	{ a, 'w' }, { a, 'x' }, { a, 'y' }, { a, 'z' },	\
	{ a, '0' }, { a, '1' }, { a, '2' }, { a, '3' },	\
	{ a, '4' }, { a, '5' }, { a, '6' }, { a, '7' },	\
	{ a, '8' }, { a, '9' }, { a, '+' }, { a, '/' },

static const char pairs[4096][2] = {
	ROW('A') ROW('B') ROW('C') ROW('D')
	ROW('E') ROW('F') ROW('G') ROW('H')
	ROW('I') ROW('J') ROW('K') ROW('L')
	ROW('M') ROW('N') ROW('O') ROW('P')
	ROW('Q') ROW('R') ROW('S') ROW('T')
	ROW('U') ROW('V') ROW('W') ROW('X')
	ROW('Y') ROW('Z') ROW('a') ROW('b')
	ROW('c') ROW('d') ROW('e') ROW('f')
	ROW('g') ROW('h') ROW('i') ROW('j')
	ROW('k') ROW('l') ROW('m') ROW('n')
	ROW('o') ROW('p') ROW('q') ROW('r')
	ROW('s') ROW('t') ROW('u') ROW('v')
	ROW('w') ROW('x') ROW('y') ROW('z')
	ROW('0') ROW('1') ROW('2') ROW('3')
	ROW('4') ROW('5') ROW('6') ROW('7')
	ROW('8') ROW('9') ROW('+') ROW('/')
};
#undef ROW

static char *
put_base64(char *p, const uint8_t *buf, size_t len)
{
	uint32_t v;

	for (; len >= 3; buf += 3, len -= 3) {
		v = (uint32_t)buf[0] << 16 | (uint32_t)buf[1] << 8 | buf[2];
		memcpy(p, pairs[v >> 12], 2);
		memcpy(p + 2, pairs[v & 0xfff], 2);
		p += 4;
	}
	if (len > 0) {
		v = (uint32_t)buf[0] << 16;
		if (len == 2)
			v |= (uint32_t)buf[1] << 8;
		*p++ = alphabet[v >> 18];
		*p++ = alphabet[v >> 12 & 0x3f];
		*p++ = len == 2 ? alphabet[v >> 6 & 0x3f] : '=';
		*p++ = '=';
	}
	return (p);
}

size_t
pgp_armor_encode(enum pgp_armor_type type, const uint8_t *buf, size_t len,
    int crlf, char *out)
{
	const char *eol = crlf ? "\r\n" : "\n";
	uint32_t crc = pgp_crc24(buf, len);
	uint8_t sum[3];
	char *p;
	size_t n;

	p = put_frame(out, "BEGIN", type, eol);
	p = put_string(p, eol);
	for (; len > 0; buf += n, len -= n) {
		n = len < LINE_OCTETS ? len : LINE_OCTETS;
		p = put_base64(p, buf, n);
		p = put_string(p, eol);
	}
	sum[0] = (uint8_t)(crc >> 16);
	sum[1] = (uint8_t)(crc >> 8);
	sum[2] = (uint8_t)crc;
	*p++ = '=';
	p = put_base64(p, sum, sizeof(sum));
	p = put_string(p, eol);
	p = put_frame(p, "END", type, eol);
	return ((size_t)(p - out));
}

/* The next line, white space at its end dropped.  -1 at the end. */
static int
next_line(struct reader *r, struct line *line)
{
	const char *eol;
	size_t len, used;

	if (r->left == 0)
		return (-1);
	if ((eol = memchr(r->p, '\n', r->left)) != NULL) {
		len = (size_t)(eol - r->p);
		used = len + 1;
	} else
		len = used = r->left;
	line->p = r->p;
	r->p += used;
	r->left -= used;

	while (len > 0 && (line->p[len - 1] == ' ' ||
	    line->p[len - 1] == '\t' || line->p[len - 1] == '\r'))
		len--;
	line->len = len;
	return (0);
}

/* Takes prefix off the line's front if it is there. */
static int
skip_prefix(struct line *line, const char *prefix)
{
	size_t len = strlen(prefix);

	if (line->len < len || memcmp(line->p, prefix, len) != 0)
		return (0);
	line->p += len;
	line->len -= len;
	return (1);
}

static int
is_frame(struct line line, const char *which, const char *name)
{
	return (skip_prefix(&line, "-----") && skip_prefix(&line, which) &&
	    skip_prefix(&line, " PGP ") && skip_prefix(&line, name) &&
	    skip_prefix(&line, "-----") && line.len == 0);
}

/*
 * Goes behind the line that begins a block of the type.  Returns the name in
 * it, which has to come again at the end, or NULL.
 */
static const char *
find_begin(struct reader *r, enum pgp_armor_type type)
{
	struct line line;

	while (next_line(r, &line) == 0) {
		if (is_frame(line, "BEGIN", type_name(type)))
			return (type_name(type));
		if (type == PGP_ARMOR_MESSAGE &&
		    is_frame(line, "BEGIN", "ARMORED FILE"))
			return ("ARMORED FILE");
	}
	return (NULL);
}

/* Armor headers, "Name: value", up to the empty line. */
static int
skip_headers(struct reader *r)
{
	struct line line;

	while (next_line(r, &line) == 0) {
		if (line.len == 0)
			return (0);
		if (memchr(line.p, ':', line.len) == NULL)
			return (-1);
	}
	return (-1);
}

/*
 * What a digit says at each of the four places of a group: its six bits,
 * shifted there, and a bit above them that is the place's, so that one
 * comparison tells four good ones.
 */
#define D(x, n)		((uint32_t)(x) << (18 - 6 * (n)) | 1U << (24 + (n)))
#define PLACE(n)	{					\
	['A'] = D(0, n), ['B'] = D(1, n), ['C'] = D(2, n),	\
	['D'] = D(3, n), ['E'] = D(4, n), ['F'] = D(5, n),	\
	['G'] = D(6, n), ['H'] = D(7, n), ['I'] = D(8, n),	\
	['J'] = D(9, n), ['K'] = D(10, n), ['L'] = D(11, n),	\
	['M'] = D(12, n), ['N'] = D(13, n), ['O'] = D(14, n),	\
	['P'] = D(15, n), ['Q'] = D(16, n), ['R'] = D(17, n),	\
	['S'] = D(18, n), ['T'] = D(19, n), ['U'] = D(20, n),	\
	['V'] = D(21, n), ['W'] = D(22, n), ['X'] = D(23, n),	\
	['Y'] = D(24, n), ['Z'] = D(25, n), ['a'] = D(26, n),	\
	['b'] = D(27, n), ['c'] = D(28, n), ['d'] = D(29, n),	\
	['e'] = D(30, n), ['f'] = D(31, n), ['g'] = D(32, n),	\
	['h'] = D(33, n), ['i'] = D(34, n), ['j'] = D(35, n),	\
	['k'] = D(36, n), ['l'] = D(37, n), ['m'] = D(38, n),	\
	['n'] = D(39, n), ['o'] = D(40, n), ['p'] = D(41, n),	\
	['q'] = D(42, n), ['r'] = D(43, n), ['s'] = D(44, n),	\
	['t'] = D(45, n), ['u'] = D(46, n), ['v'] = D(47, n),	\
	['w'] = D(48, n), ['x'] = D(49, n), ['y'] = D(50, n),	\
	['z'] = D(51, n), ['0'] = D(52, n), ['1'] = D(53, n),	\
	['2'] = D(54, n), ['3'] = D(55, n), ['4'] = D(56, n),	\
	['5'] = D(57, n), ['6'] = D(58, n), ['7'] = D(59, n),	\
	['8'] = D(60, n), ['9'] = D(61, n), ['+'] = D(62, n),	\
	['/'] = D(63, n) }
static const uint32_t digit_at[4][256] = {
	PLACE(0), PLACE(1), PLACE(2), PLACE(3)
};
#define GOOD_GROUP	0xf
#undef PLACE
#undef D

/* A base64 decoder that takes its digits in pieces. */
struct decoder {
	uint8_t		*out;
	size_t		 left;
	uint32_t	 bits;		/* digits not yet written */
	unsigned int	 ndigits;	/* 0-3 of them */
	unsigned int	 npad;
};

/* Whole groups of four digits; stops at the first that isn't one. */
static size_t
decode_groups(struct decoder *d, const uint8_t *p, size_t len)
{
	const uint8_t *start = p;
	uint8_t *out = d->out;
	uint32_t v;

	for (; len >= 4 && d->left >= 3; p += 4, len -= 4) {
		v = digit_at[0][p[0]] | digit_at[1][p[1]] | digit_at[2][p[2]] |
		    digit_at[3][p[3]];
		if (v >> 24 != GOOD_GROUP)
			break;
		*out++ = (uint8_t)(v >> 16);
		*out++ = (uint8_t)(v >> 8);
		*out++ = (uint8_t)v;
		d->left -= 3;
	}
	d->out = out;
	return ((size_t)(p - start));
}

/* Writes the 1 to 3 octets that a full group of digits stands for. */
static int
decode_flush(struct decoder *d)
{
	unsigned int i, n = 3 - d->npad;

	if (n > d->left)
		return (-1);
	for (i = 0; i < n; i++)
		*d->out++ = (uint8_t)(d->bits >> (16 - 8 * i));
	d->left -= n;
	/* The bits that padding leaves over have to be zero. */
	if ((d->bits & ((1U << 8 * d->npad) - 1)) != 0)
		return (-1);
	d->bits = 0;
	d->ndigits = 0;
	return (0);
}

static int
decode_octet(struct decoder *d, uint8_t c)
{
	if (c == '=') {
		/* Padding comes third or fourth in a group. */
		if (d->ndigits < 2)
			return (-1);
		d->npad++;
		d->bits <<= 6;
	} else {
		if (digit_at[3][c] == 0 || d->npad > 0)
			return (-1);
		d->bits = d->bits << 6 | (digit_at[3][c] & 0x3f);
	}
	if (++d->ndigits == 4)
		return (decode_flush(d));
	return (0);
}

static int
decode_line(struct decoder *d, const struct line *line)
{
	const uint8_t *p = (const uint8_t *)line->p;
	size_t i = 0;

	if (d->npad > 0)
		return (-1);
	if (d->ndigits == 0)
		i = decode_groups(d, p, line->len);
	for (; i < line->len; i++) {
		if (d->npad > 0 && d->ndigits == 0)
			return (-1);
		if (decode_octet(d, p[i]) == -1)
			return (-1);
	}
	/* A group may go on in the next line, but not once it was padded. */
	return (d->npad > 0 && d->ndigits != 0 ? -1 : 0);
}

/* "=" and four digits. */
static int
decode_checksum(const struct line *line, uint32_t *crc)
{
	uint8_t sum[3];
	struct decoder d = { sum, sizeof(sum), 0, 0, 0 };
	struct line four;

	if (line->len != CHECKSUM_LEN)
		return (-1);
	four.p = line->p + 1;
	four.len = 4;
	if (decode_line(&d, &four) == -1 || d.left != 0)
		return (-1);
	*crc = (uint32_t)sum[0] << 16 | (uint32_t)sum[1] << 8 | sum[2];
	return (0);
}

ssize_t
pgp_armor_decode(enum pgp_armor_type type, const char *text, size_t len,
    uint8_t *out, size_t outmax, size_t *consumed)
{
	struct decoder d = { out, outmax, 0, 0, 0 };
	struct reader r = { text, len };
	struct line line;
	const char *name;
	uint32_t crc = 0;
	int have_crc = 0;

	if ((name = find_begin(&r, type)) == NULL || skip_headers(&r) == -1)
		return (-1);
	for (;;) {
		if (next_line(&r, &line) == -1)
			return (-1);
		if (is_frame(line, "END", name))
			break;
		if (line.len == 0)
			continue;
		if (have_crc)
			return (-1);
		if (line.p[0] == '=') {
			if (decode_checksum(&line, &crc) == -1)
				return (-1);
			have_crc = 1;
		} else if (decode_line(&d, &line) == -1)
			return (-1);
	}
	if (d.ndigits != 0)
		return (-1);
	if (have_crc && crc != pgp_crc24(out, outmax - d.left))
		return (-1);
	if (consumed != NULL)
		*consumed = len - r.left;
	return ((ssize_t)(outmax - d.left));
}
