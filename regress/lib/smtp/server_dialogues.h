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

#ifndef SERVER_DIALOGUES_H
#define SERVER_DIALOGUES_H

#include <stddef.h>

/*
 * What clients say and what the server must make of it.
 *
 * in: \1 is where TLS comes up, if STARTTLS was accepted; \2 stands for 100
 * times the letter x.  from tells what was said before in good order.
 * out: each reply as its code and status, each event by its name.  The server
 * under test takes 500 octets a text, 12 commands, 5 errors, 3 recipients and 2
 * mails a connection; it knows mixtasy@mix.example and postmaster, answers 451
 * for later@, 421 for bye@ and defers DATA after busy@.
 */
enum dialogue_start { FRESH, HELLO, MAIL, RCPT, TEXT };

struct dialogue {
	const char		*name;
	enum dialogue_start	 from;
	const char		*in;
	size_t			 len;
	const char		*out;
};

#define D(name, from, in, out)	{ name, from, in, sizeof(in) - 1, out }
#define OK_TEXT	"250/2.0.0"
#define X500	"\2\2\2\2\2"
#define X1000	X500 X500

static const struct dialogue good_dialogues[] = {
	D("a whole mail", FRESH, "EHLO c.example\r\nMAIL FROM:<a@b.example> "
	    "SIZE=10 BODY=8BITMIME\r\nRCPT TO:<mixtasy@mix.example>\r\n"
	    "DATA\r\nA: b\r\n\r\n..x\r\n.\r\nQUIT\r\n",
	    "250 250/2.1.0 rcpt 250/2.1.5 data 354 text text text done "
	    OK_TEXT " 221/2.0.0 close"),
	D("HELO", FRESH, "helo c\r\nmail from:<>\r\nrcpt to:<PostMaster>\r\n"
	    "data\r\n.\r\n", "250 250/2.1.0 rcpt 250/2.1.5 data 354 done "
	    OK_TEXT),
	D("two mails", MAIL, "RCPT TO:<mixtasy@MIX.example>\r\nDATA\r\nx\r\n"
	    ".\r\nMAIL FROM:<>\r\nRCPT TO:<mixtasy@mix.example>\r\nDATA\r\n"
	    ".\r\n", "rcpt 250/2.1.5 data 354 text done " OK_TEXT
	    " 250/2.1.0 rcpt 250/2.1.5 data 354 done " OK_TEXT),
	D("space after the colon", HELLO, "MAIL FROM: <a@b.example>  \r\n"
	    "RCPT TO: <mixtasy@mix.example> \r\n",
	    "250/2.1.0 rcpt 250/2.1.5"),
	D("quoted sender", HELLO, "MAIL FROM:<\"a>b c\"@d.example> SIZE=1\r\n",
	    "250/2.1.0"),
	D("parameters in other cases", HELLO,
	    "MAIL FROM:<> body=7bit size=00000000000000000500\r\n",
	    "250/2.1.0"),
	D("RSET drops a mail", RCPT, "RSET\r\nRSET\r\nDATA\r\n",
	    "250/2.0.0 reset 250/2.0.0 503/5.5.1"),
	D("EHLO drops a mail", RCPT, "EHLO c\r\nRCPT TO:<postmaster>\r\n",
	    "250 reset 503/5.5.1"),
	D("small commands", HELLO, "NOOP\r\nNOOP x y\r\nHELP\r\nHELP MAIL\r\n"
	    "VRFY x\r\nrset \r\n", "250/2.0.0 250/2.0.0 214/2.0.0 214/2.0.0 "
	    "252/2.5.2 250/2.0.0"),
	D("empty text", TEXT, ".\r\n", "done " OK_TEXT),
	D("text of dots", TEXT, "..\r\n...\r\n. \r\n.\r\n",
	    "text text text done " OK_TEXT),
	D("TLS", HELLO, "STARTTLS\r\n\1EHLO c\r\nMAIL FROM:<>\r\n",
	    "220/2.0.0 tls 250 250/2.1.0"),
	D("DATA deferred", MAIL, "RCPT TO:<busy@mix.example>\r\nDATA\r\n"
	    "RSET\r\n", "rcpt 250/2.1.5 data 452/4.3.1 250/2.0.0 reset"),
	D("a refused recipient among others", MAIL, "RCPT TO:<x@y.example>\r\n"
	    "RCPT TO:<later@mix.example>\r\nRCPT TO:<mixtasy@mix.example>\r\n"
	    "DATA\r\n.\r\n", "rcpt 550/5.1.1 rcpt 451/4.2.0 rcpt 250/2.1.5 "
	    "data 354 done " OK_TEXT),
	D("longest command", HELLO, "NOOP " X500 "xxxxx\r\n", "250/2.0.0"),
	D("longest text line", TEXT, ".\2\2\2\2xxxx\r\n.\r\n",
	    "text done " OK_TEXT)
};

static const struct dialogue bad_dialogues[] = {
	/* The order of commands. */
	D("MAIL first", FRESH, "MAIL FROM:<>\r\n", "503/5.5.1"),
	D("RCPT first", FRESH, "RCPT TO:<postmaster>\r\n", "503/5.5.1"),
	D("DATA first", FRESH, "DATA\r\n", "503/5.5.1"),
	D("STARTTLS first", FRESH, "STARTTLS\r\n\1NOOP\r\n",
	    "503/5.5.1 250/2.0.0"),
	D("RCPT without MAIL", HELLO, "RCPT TO:<postmaster>\r\n",
	    "503/5.5.1"),
	D("DATA without MAIL", HELLO, "DATA\r\n", "503/5.5.1"),
	D("DATA without RCPT", MAIL, "DATA\r\n.\r\n", "554/5.5.1 500/5.5.1"),
	D("DATA after refused RCPT", MAIL, "RCPT TO:<x@y.example>\r\nDATA\r\n",
	    "rcpt 550/5.1.1 554/5.5.1"),
	D("MAIL twice", RCPT, "MAIL FROM:<>\r\nDATA\r\n.\r\n",
	    "503/5.5.1 data 354 done " OK_TEXT),
	D("STARTTLS in a mail", MAIL, "STARTTLS\r\n\1NOOP\r\n",
	    "503/5.5.1 250/2.0.0"),
	D("STARTTLS after HELO", FRESH, "HELO c\r\nSTARTTLS\r\n",
	    "250 503/5.5.1"),
	D("after QUIT", HELLO, "QUIT\r\nMAIL FROM:<>\r\n",
	    "221/2.0.0 close"),
	D("QUIT in a mail", RCPT, "QUIT\r\n", "221/2.0.0 close"),
	/* The form of commands. */
	D("empty line", HELLO, "\r\n", "500/5.5.2"),
	D("blank line", HELLO, "   \r\n", "500/5.5.2"),
	D("leading space", HELLO, " NOOP\r\n", "500/5.5.2"),
	D("unknown command", HELLO, "XYZZY\r\n", "500/5.5.1"),
	D("half a command", HELLO, "NOO\r\nNOOPE\r\n",
	    "500/5.5.1 500/5.5.1"),
	D("NUL", HELLO, "NOOP\0\r\n\0\r\n", "500/5.5.2 500/5.5.2"),
	D("control character", HELLO, "NOOP \x1b[m\r\nNOOP\t\r\n\x7f\r\n",
	    "500/5.5.2 500/5.5.2 500/5.5.2"),
	D("8-bit command", HELLO, "\xc3\xa4\xff\r\n", "500/5.5.1"),
	D("TLS hello in the clear", FRESH,
	    "\x16\x03\x01\x02\r\n", "500/5.5.2"),
	D("AUTH", HELLO, "AUTH PLAIN AGEAYg==\r\n", "502/5.5.1"),
	D("BDAT", RCPT, "BDAT 5 LAST\r\n", "502/5.5.1"),
	D("EXPN, TURN, SEND", HELLO, "EXPN x\r\nTURN\r\nSEND FROM:<>\r\n",
	    "502/5.5.1 502/5.5.1 502/5.5.1"),
	D("HTTP", FRESH, "POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO c\r\n",
	    "500/5.5.1 close"),
	D("parameters where none are", RCPT, "RSET x\r\nDATA x\r\nQUIT x\r\n"
	    "STARTTLS x\r\n", "501/5.5.4 501/5.5.4 501/5.5.4 501/5.5.4"),
	D("no parameters where some are", FRESH, "EHLO\r\nHELO \r\nVRFY\r\n",
	    "501/5.5.4 501/5.5.4 501/5.5.4"),
	D("EHLO of two words", FRESH, "EHLO a b\r\n", "501/5.5.4"),
	D("EHLO in 8 bits", FRESH, "EHLO \xc3\xa4\r\n", "501/5.5.4"),
	D("EHLO too long", FRESH, "EHLO \2\2\2\r\n", "501/5.5.4"),
	D("EHLO, wrong, keeps the mail", RCPT, "EHLO\r\nDATA\r\n.\r\n",
	    "501/5.5.4 data 354 done " OK_TEXT),
	D("command too long", HELLO, "NOOP " X500 "xxxxxx\r\nNOOP\r\n",
	    "500/5.5.2 250/2.0.0"),
	D("command much too long", HELLO, X1000 X1000 X1000 "\r\nNOOP\r\n",
	    "500/5.5.2 250/2.0.0"),
	D("bare LF", HELLO, "NOOP\nNOOP\r\n", "500/5.5.2 close"),
	D("bare LF alone", FRESH, "\n", "500/5.5.2 close"),
	D("bare CR", HELLO, "NOOP\rNOOP\r\n", "500/5.5.2 close"),
	D("two CRs", HELLO, "NOOP\r\r\n", "500/5.5.2 close"),
	D("bare LF in a line too long", HELLO, X1000 "\nMAIL FROM:<>\r\n",
	    "500/5.5.2 close"),
	D("bare CR in a line too long", HELLO, X1000 "\rMAIL FROM:<>\r\n",
	    "500/5.5.2 close"),
	/* Addresses and parameters. */
	D("MAIL of nothing", HELLO, "MAIL\r\nMAIL \r\nMAIL FROM\r\n"
	    "MAIL FROM:\r\n", "501/5.5.4 501/5.5.4 501/5.5.4 501/5.5.4"),
	D("MAIL TO", HELLO, "MAIL TO:<a@b.example>\r\n", "501/5.5.4"),
	D("no brackets", HELLO, "MAIL FROM:a@b.example\r\n", "501/5.5.4"),
	D("open bracket", HELLO, "MAIL FROM:<a@b.example\r\n", "501/5.5.4"),
	D("two brackets", HELLO, "MAIL FROM:<<a@b.example>>\r\n",
	    "501/5.5.4"),
	D("something behind the bracket", HELLO,
	    "MAIL FROM:<a@b.example>SIZE=1\r\n", "501/5.5.4"),
	D("sender is no mailbox", HELLO, "MAIL FROM:<a>\r\n"
	    "MAIL FROM:<@>\r\nMAIL FROM:<a@b@c>\r\nMAIL FROM:< >\r\n",
	    "501/5.1.7 550/5.1.7 501/5.1.7 501/5.1.7"),
	D("sender with a literal", HELLO, "MAIL FROM:<a@[127.0.0.1]>\r\n",
	    "501/5.1.7"),
	D("sender in 8 bits", HELLO, "MAIL FROM:<\xc3\xa4@b.example>\r\n",
	    "501/5.1.7"),
	D("sender too long", HELLO, "MAIL FROM:<\2@b.example>\r\n",
	    "501/5.1.7"),
	D("unclosed quote", HELLO, "MAIL FROM:<\"a@b.example>\r\n"
	    "MAIL FROM:<\"a\\\r\n", "501/5.5.4 501/5.5.4"),
	D("source route", MAIL, "RCPT TO:<@r.example:mixtasy@mix.example>\r\n",
	    "550/5.1.3"),
	D("source route of the sender", HELLO,
	    "MAIL FROM:<@r.example:a@b.example>\r\n", "550/5.1.7"),
	D("null recipient", MAIL, "RCPT TO:<>\r\n", "501/5.1.3"),
	D("recipient is no mailbox", MAIL, "RCPT TO:<mixtasy>\r\n"
	    "RCPT TO:<postmaster@>\r\nRCPT TO:<a%b@>\r\n",
	    "501/5.1.3 501/5.1.3 501/5.1.3"),
	D("recipient elsewhere", MAIL, "RCPT TO:<a@b.example>\r\n"
	    "RCPT TO:<a%b.example@mix.example>\r\n",
	    "rcpt 550/5.1.1 rcpt 550/5.1.1"),
	D("parameters of RCPT", MAIL,
	    "RCPT TO:<postmaster> NOTIFY=NEVER\r\n", "555/5.5.4"),
	D("unknown parameters", HELLO, "MAIL FROM:<> AUTH=<>\r\n"
	    "MAIL FROM:<> SMTPUTF8\r\nMAIL FROM:<> SIZE=1 X\r\n",
	    "555/5.5.4 555/5.5.4 555/5.5.4"),
	D("wrong values", HELLO, "MAIL FROM:<> SIZE\r\nMAIL FROM:<> SIZE=-1\r\n"
	    "MAIL FROM:<> BODY=BINARYMIME\r\nMAIL FROM:<> BODY\r\n",
	    "501/5.5.4 501/5.5.4 501/5.5.4 501/5.5.4"),
	D("more wrong values", HELLO, "MAIL FROM:<> =1\r\n"
	    "MAIL FROM:<> SIZE=1 SIZE=1\r\nMAIL FROM:<> BODY=7BIT BODY=7BIT\r\n"
	    "MAIL FROM:<> SIZE=000000000000000000001\r\n",
	    "501/5.5.4 501/5.5.4 501/5.5.4 501/5.5.4"),
	D("parameters after HELO", FRESH, "HELO c\r\nMAIL FROM:<> SIZE=1\r\n",
	    "250 555/5.5.4"),
	D("declared too large", HELLO, "MAIL FROM:<> SIZE=501\r\n",
	    "552/5.3.4"),
	D("declared far too large", HELLO,
	    "MAIL FROM:<> SIZE=99999999999999999999\r\n", "552/5.3.4"),
	/* Limits. */
	D("too many recipients", RCPT, "RCPT TO:<postmaster>\r\n"
	    "RCPT TO:<postmaster>\r\nRCPT TO:<postmaster>\r\nDATA\r\n.\r\n",
	    "rcpt 250/2.1.5 rcpt 250/2.1.5 452/4.5.3 data 354 done " OK_TEXT),
	D("too many errors", HELLO, "x\r\nx\r\nx\r\nx\r\nx\r\nNOOP\r\n",
	    "500/5.5.1 500/5.5.1 500/5.5.1 500/5.5.1 500/5.5.1 421/4.7.0 "
	    "close"),
	D("too many refused recipients", MAIL, "RCPT TO:<a@b.c>\r\n"
	    "RCPT TO:<a@b.c>\r\nRCPT TO:<a@b.c>\r\nRCPT TO:<a@b.c>\r\n"
	    "RCPT TO:<a@b.c>\r\nRCPT TO:<postmaster>\r\n",
	    "rcpt 550/5.1.1 rcpt 550/5.1.1 rcpt 550/5.1.1 rcpt 550/5.1.1 "
	    "rcpt 550/5.1.1 421/4.7.0 close"),
	D("too many commands", FRESH, "NOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\n"
	    "NOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\n"
	    "NOOP\r\n", "250/2.0.0 250/2.0.0 250/2.0.0 250/2.0.0 250/2.0.0 "
	    "250/2.0.0 250/2.0.0 250/2.0.0 250/2.0.0 250/2.0.0 250/2.0.0 "
	    "250/2.0.0 421/4.7.0 close"),
	D("too many mails", TEXT, ".\r\nMAIL FROM:<>\r\nRSET\r\n"
	    "MAIL FROM:<>\r\nNOOP\r\n", "done " OK_TEXT " 250/2.1.0 "
	    "250/2.0.0 reset 421/4.7.0 close"),
	D("the caller says 421", MAIL, "RCPT TO:<bye@mix.example>\r\nNOOP\r\n",
	    "rcpt 421/4.3.2 close"),
	/* The text. */
	D("text too large", TEXT, X500 "\r\n.\r\nNOOP\r\n",
	    "done 552/5.3.4 250/2.0.0"),
	D("text too large by lines", TEXT,
	    "\2\2\r\n\2\2\r\n\2\r\n.\r\nNOOP\r\n",
	    "text text done 552/5.3.4 250/2.0.0"),
	D("line too long beats nothing", TEXT, X1000 "\r\n.\r\n",
	    "done 552/5.3.4"),
	/* STARTTLS. */
	D("injected behind STARTTLS", HELLO, "STARTTLS\r\nMAIL FROM:<>\r\n"
	    "RCPT TO:<postmaster>\r\n\1RCPT TO:<postmaster>\r\n",
	    "220/2.0.0 tls 503/5.5.1"),
	D("injected half a command", HELLO, "STARTTLS\r\nNO\1OP\r\nNOOP\r\n",
	    "220/2.0.0 tls 500/5.5.1 250/2.0.0"),
	D("injected a bare CR", HELLO, "STARTTLS\r\n\r\1NOOP\r\n",
	    "220/2.0.0 tls 250/2.0.0"),
	D("STARTTLS twice", HELLO, "STARTTLS\r\n\1EHLO c\r\nSTARTTLS\r\n\1"
	    "NOOP\r\n", "220/2.0.0 tls 250 503/5.5.1 250/2.0.0"),
	D("EHLO is forgotten under TLS", HELLO,
	    "STARTTLS\r\n\1MAIL FROM:<>\r\n",
	    "220/2.0.0 tls 503/5.5.1")
};

/*
 * What was published to smuggle a second mail through the text of a first:
 * each is followed by commands which must stay text.
 */
#define SMUGGLED	"MAIL FROM:<e@f.g>\r\nRCPT TO:<postmaster>\r\nDATA\r\n"
#define S(sequence, seen)						\
	D("smuggling", TEXT, "a\r\n" "b" sequence SMUGGLED "x\r\n.\r\n"	\
	    "NOOP\r\n", seen " done 550/5.6.0 250/2.0.0")

/* The lines before the first bare CR or LF are told. */
static const struct dialogue smuggling_dialogues[] = {
	S("\n.\n", "text"),
	S("\n.\r\n", "text"),
	S("\r.\r", "text"),
	S("\r.\r\n", "text"),
	S("\n.\r", "text"),
	S("\r.\n", "text"),
	S("\r\n.\n", "text text"),
	S("\r\n.\r", "text text"),
	S("\r\n.\r\r\n", "text text"),
	S("\r\r\n.\r\r\n", "text"),
	S("\r\n.\n\r\n", "text text"),
	S("\n\n.\r\n", "text"),
	S("\r\n\n.\r\n", "text text"),
	S("\n\r\n.\r", "text"),
	S("\r\n\r.\r\n", "text text"),
	S("\r\0.\r\n", "text"),
	S("\n.\0\r\n", "text"),
	S("\r\n\r\n.\n", "text text text"),
	S("\n\r.\r\n", "text"),
	S("\r\r.\r\n", "text"),
	S("\r.\n\r\n", "text"),
	S("\n.\r\r\n", "text"),
	S("\r\n.\r\r", "text text"),
	S("\r\n.\n\n", "text text"),
	S("\n\r.\n\r", "text"),
	S("\r\n\0\n.\r\n", "text text"),
	S("\n\0.\r\n", "text"),
	S("\r\n.\0\n", "text text")
};

/*
 * Nothing is bare here, but other servers have taken it for the end: dots with
 * a NUL, white space or a line end of another character set.
 */
#define U(sequence, lines)						\
	D("no end", TEXT, "a\r\n" "b" sequence SMUGGLED "x\r\n.\r\n"	\
	    "NOOP\r\n", lines " done 250/2.0.0 250/2.0.0")

#define TEXTS5	"text text text text text"
#define TEXTS7	TEXTS5 " text text"

static const struct dialogue unended_dialogues[] = {
	U("\r\n\0.\r\n", TEXTS7),
	U("\r\n.\0\r\n", TEXTS7),
	U("\r\n\0\r\n.\0\r\n", TEXTS7 " text"),
	U("\r\n .\r\n", TEXTS7),
	U("\r\n. \r\n", TEXTS7),
	U("\r\n.\t\r\n", TEXTS7),
	U("\r\n..\r\n", TEXTS7),
	U("\r\n.\x1a\r\n", TEXTS7),
	U("\r\n\x08.\r\n", TEXTS7),
	U("\x85.\x85", TEXTS5),
	U("\xc2\x85.\xc2\x85", TEXTS5),
	U("\xe2\x80\xa8.\xe2\x80\xa8", TEXTS5),
	U("\f.\f", TEXTS5),
	U("\v.\v", TEXTS5),
	U("\x8d\x8a.\x8d\x8a", TEXTS5)
};

#undef U

#undef S
#undef D

#endif
