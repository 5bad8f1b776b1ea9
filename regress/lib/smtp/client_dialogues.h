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

#ifndef CLIENT_DIALOGUES_H
#define CLIENT_DIALOGUES_H

#include <stddef.h>

#include "smtp/client.h"

/*
 * What servers say and what the client must make of it.
 *
 * in: what the server says in one go, \1 between one go and the next: the next
 * begins when the client wants to read.  \2 stands for 100 times the letter x.
 * out: the first word of each line that the client sends, tls where it begins
 * TLS, text where it sends the text; of each mail the outcome (ok, temp, perm)
 * with the code; at the end "closed", with the code if no mail had a result.
 * mails: how many the client has; each has 20 octets.
 */
struct dialogue {
	const char		*name;
	enum smtp_tls_wish	 wish;
	unsigned int		 mails;
	const char		*in;
	size_t			 len;
	const char		*out;
};

#define D(name, wish, mails, in, out)					\
	{ name, wish, mails, in, sizeof(in) - 1, out }
#define OFF	SMTP_TLS_OFF
#define MAY	SMTP_TLS_OPPORTUNISTIC
#define MUST	SMTP_TLS_REQUIRE

/* As far as a server gets without fault; P: with pipelining. */
#define HI	"220 hi\r\n\1"
#define READY	HI "250 s\r\n\1"
#define P_READY	HI "250-s\r\n250-SIZE 1000\r\n250 PIPELINING\r\n\1"
#define OK	"250 ok\r\n\1"
#define AT_DATA	READY OK OK
#define AT_END	AT_DATA "354 go\r\n\1"
#define P_OK	"250 ok\r\n250 ok\r\n354 go\r\n\1"
#define P_END	P_READY P_OK
#define BYE	"221 bye\r\n"

#define SAID	"EHLO MAIL RCPT DATA text . "
#define P_SAID	SAID

static const struct dialogue good_dialogues[] = {
	D("a mail", OFF, 1, AT_END OK BYE, SAID "ok/250 QUIT closed"),
	D("a mail, pipelined", OFF, 1, P_END OK BYE,
	    P_SAID "ok/250 QUIT closed"),
	D("two mails", OFF, 2, AT_END OK OK OK "354 \r\n\1" OK BYE, SAID
	    "ok/250 MAIL RCPT DATA text . ok/250 QUIT closed"),
	D("two mails, pipelined", OFF, 2, P_END OK P_OK OK BYE, P_SAID
	    "ok/250 MAIL RCPT DATA text . ok/250 QUIT closed"),
	D("replies one by one to pipelined commands", OFF, 1, P_READY OK OK
	    "354 go\r\n\1" OK BYE, P_SAID "ok/250 QUIT closed"),
	D("no mail", OFF, 0, READY BYE, "EHLO QUIT closed/0"),
	D("replies of many lines", OFF, 1, "220-hi\r\n220-\r\n220\r\n\1"
	    "250-s\r\n250\r\n\1" "250-a\r\n250-b\r\n250 c\r\n\1" OK
	    "354-go\r\n354 on\r\n\1" "250-\r\n250 \r\n\1" BYE,
	    SAID "ok/250 QUIT closed"),
	D("251 for the recipient", OFF, 1, READY OK "251 on\r\n\1"
	    "354 go\r\n\1" OK BYE, SAID "ok/250 QUIT closed"),
	D("HELO", OFF, 1, HI "500 what\r\n\1" OK OK OK "354 go\r\n\1" OK BYE,
	    "EHLO HELO MAIL RCPT DATA text . ok/250 QUIT closed"),
	D("TLS", MUST, 1, HI "250-s\r\n250 STARTTLS\r\n\1" "220 go\r\n\1"
	    "250 s\r\n\1" OK OK "354 go\r\n\1" OK BYE, "EHLO STARTTLS tls "
	    SAID "ok/250 QUIT closed"),
	D("TLS not wished", OFF, 0, HI "250-s\r\n250 STARTTLS\r\n\1" BYE,
	    "EHLO QUIT closed/0"),
	D("TLS not offered", MAY, 0, READY BYE, "EHLO QUIT closed/0"),
	D("TLS refused", MAY, 0, HI "250-s\r\n250 starttls\r\n\1"
	    "454 no\r\n\1" BYE, "EHLO STARTTLS QUIT closed/0"),
	D("what was said before TLS is forgotten", MAY, 1,
	    HI "250-s\r\n250-PIPELINING\r\n250 STARTTLS\r\n\1" "220 go\r\n\1"
	    "250-s\r\n250 STARTTLS\r\n\1" OK "550 no\r\n\1" OK BYE,
	    "EHLO STARTTLS tls EHLO MAIL RCPT perm/550 RSET QUIT closed")
};

static const struct dialogue bad_dialogues[] = {
	/* Before any mail. */
	D("greeted with 554", OFF, 1, "554 no\r\n", "closed/554"),
	D("greeted with 421", OFF, 1, "421 busy\r\n", "closed/421"),
	D("greeted with 450", OFF, 1, "450 busy\r\n", "closed/450"),
	D("greeted with 250", OFF, 1, "250 hi\r\n", "closed/250"),
	D("no greeting", OFF, 1, "", "closed/0"),
	D("greeted by HTTP", OFF, 1, "HTTP/1.1 400 Bad Request\r\n",
	    "closed/0"),
	D("greeted by SSH", OFF, 1, "SSH-2.0-OpenSSH_9.2\r\n", "closed/0"),
	D("EHLO 421", OFF, 1, HI "421 no\r\n", "EHLO closed/421"),
	D("EHLO 451", OFF, 1, HI "451 no\r\n", "EHLO closed/451"),
	D("EHLO 354", OFF, 1, HI "354 no\r\n", "EHLO closed/354"),
	D("EHLO and HELO refused", OFF, 1, HI "502 no\r\n\1" "550 no\r\n",
	    "EHLO HELO closed/550"),
	D("hung up after EHLO", OFF, 1, HI "250-s\r\n250-SIZE\r\n",
	    "EHLO closed/0"),
	D("TLS required, not offered", MUST, 1, READY, "EHLO closed/0"),
	D("TLS required, HELO", MUST, 1, HI "500 no\r\n\1" OK,
	    "EHLO HELO closed/0"),
	D("TLS required, refused", MUST, 1,
	    HI "250-s\r\n250 STARTTLS\r\n\1" "454 no\r\n",
	    "EHLO STARTTLS closed/454"),
	D("TLS answered 250", MAY, 1, HI "250-s\r\n250 STARTTLS\r\n\1"
	    "250 go\r\n", "EHLO STARTTLS closed/250"),
	D("injected before TLS", MAY, 1, HI "250-s\r\n250 STARTTLS\r\n\1"
	    "220 go\r\n250-s\r\n250-PIPELINING\r\n250 ok\r\n2\1"
	    "250 s\r\n\1" "550 no\r\n\1" BYE,
	    "EHLO STARTTLS tls EHLO MAIL perm/550 QUIT closed"),
	D("STARTTLS in the first line alone", MUST, 1,
	    HI "250 STARTTLS\r\n", "EHLO closed/0"),
	/* The form of replies. */
	D("bare LF", OFF, 1, "220 hi\n", "closed/0"),
	D("bare CR", OFF, 1, "220 hi\r220 x\r\n", "closed/0"),
	D("two CRs", OFF, 1, "220 hi\r\r\n", "closed/0"),
	D("NUL", OFF, 1, "220 h\0i\r\n", "closed/0"),
	D("empty line", OFF, 1, "\r\n", "closed/0"),
	D("two digits", OFF, 1, "22 hi\r\n", "closed/0"),
	D("four digits", OFF, 1, "2200 hi\r\n", "closed/0"),
	D("code out of range", OFF, 1, "620 hi\r\n", "closed/0"),
	D("preliminary reply", OFF, 1, "120 soon\r\n220 hi\r\n", "closed/0"),
	D("no space", OFF, 1, "220hi\r\n", "closed/0"),
	D("plus", OFF, 1, "220+hi\r\n", "closed/0"),
	D("space in front", OFF, 1, " 220 hi\r\n", "closed/0"),
	D("codes differ", OFF, 1, AT_DATA "354-go\r\n250 ok\r\n",
	    "EHLO MAIL RCPT DATA temp/0 closed"),
	D("codes differ in EHLO", OFF, 1, HI "250-s\r\n220 x\r\n",
	    "EHLO closed/0"),
	D("garbage in a reply", OFF, 1, READY "250-ok\r\ngarbage\r\n250 ok\r\n",
	    "EHLO MAIL temp/0 closed"),
	D("line too long", OFF, 1, "220 \2\2\2\2\2\2\2\2\2\2\2 hi\r\n",
	    "closed/0"),
	D("line without end", OFF, 1, "220 \2\2\2\2\2\2\2\2\2\2\2\2\2\2\2",
	    "closed/0"),
	/* MAIL, RCPT, DATA, the text. */
	D("MAIL 5xx", OFF, 1, READY "550 no\r\n\1" BYE,
	    "EHLO MAIL perm/550 QUIT closed"),
	D("MAIL 4xx, then another", OFF, 2, READY "451 no\r\n\1" "250 ok\r\n\1"
	    OK "354 go\r\n\1" OK BYE, "EHLO MAIL temp/451 "
	    "MAIL RCPT DATA text . ok/250 QUIT closed"),
	D("MAIL 421", OFF, 1, READY "421 no\r\n", "EHLO MAIL temp/421 closed"),
	D("MAIL 354", OFF, 1, READY "354 go\r\n", "EHLO MAIL temp/0 closed"),
	D("RCPT 5xx, then another", OFF, 2, READY OK "550 no\r\n\1" OK OK OK
	    "354 go\r\n\1" OK BYE, "EHLO MAIL RCPT perm/550 RSET "
	    "MAIL RCPT DATA text . ok/250 QUIT closed"),
	D("RCPT 4xx", OFF, 1, READY OK "450 no\r\n\1" OK BYE,
	    "EHLO MAIL RCPT temp/450 RSET QUIT closed"),
	D("RCPT 421", OFF, 1, READY OK "421 no\r\n",
	    "EHLO MAIL RCPT temp/421 closed"),
	D("RCPT 354", OFF, 1, READY OK "354 go\r\n",
	    "EHLO MAIL RCPT temp/0 closed"),
	D("DATA 5xx", OFF, 1, AT_DATA "554 no\r\n\1" OK BYE,
	    "EHLO MAIL RCPT DATA perm/554 RSET QUIT closed"),
	D("DATA 4xx", OFF, 1, AT_DATA "452 no\r\n\1" OK BYE,
	    "EHLO MAIL RCPT DATA temp/452 RSET QUIT closed"),
	D("DATA 250", OFF, 1, AT_DATA "250 ok\r\n",
	    "EHLO MAIL RCPT DATA temp/0 closed"),
	D("DATA 421", OFF, 1, AT_DATA "421 no\r\n",
	    "EHLO MAIL RCPT DATA temp/421 closed"),
	D("text 5xx, then another", OFF, 2, AT_END "550 no\r\n\1" OK OK
	    "354 go\r\n\1" OK BYE, SAID "perm/550 MAIL RCPT DATA text . "
	    "ok/250 QUIT closed"),
	D("text 4xx", OFF, 1, AT_END "451 no\r\n\1" BYE,
	    SAID "temp/451 QUIT closed"),
	D("text 421", OFF, 1, AT_END "421 no\r\n", SAID "temp/421 closed"),
	D("text 354", OFF, 1, AT_END "354 more\r\n", SAID "temp/0 closed"),
	D("text unanswered", OFF, 1, AT_END, SAID "temp/0 closed"),
	D("text half answered", OFF, 1, AT_END "250-ok\r\n250",
	    SAID "temp/0 closed"),
	D("RSET refused", OFF, 2, READY OK "550 no\r\n\1" "500 no\r\n",
	    "EHLO MAIL RCPT perm/550 RSET closed"),
	D("QUIT 500", OFF, 1, AT_END OK "500 no\r\n",
	    SAID "ok/250 QUIT closed"),
	D("QUIT unanswered", OFF, 1, AT_END OK, SAID "ok/250 QUIT closed"),
	/* Pipelined, refused in part. */
	D("all refused", OFF, 2, P_READY "550 a\r\n503 b\r\n503 c\r\n\1" P_OK
	    OK BYE, "EHLO MAIL RCPT DATA perm/550 MAIL RCPT DATA text . "
	    "ok/250 QUIT closed"),
	D("RCPT and DATA refused", OFF, 2, P_READY
	    "250 a\r\n450 b\r\n554 c\r\n\1" OK P_OK OK BYE,
	    "EHLO MAIL RCPT DATA temp/450 RSET MAIL RCPT DATA text . "
	    "ok/250 QUIT closed"),
	D("RCPT refused, DATA accepted", OFF, 2, P_READY
	    "250 a\r\n550 b\r\n354 c\r\n\1" "554 d\r\n\1" P_OK OK BYE,
	    "EHLO MAIL RCPT DATA . perm/550 MAIL RCPT DATA text . "
	    "ok/250 QUIT closed"),
	D("RCPT refused, empty text accepted", OFF, 1, P_READY
	    "250 a\r\n550 b\r\n354 c\r\n\1" "250 d\r\n\1" BYE,
	    "EHLO MAIL RCPT DATA . perm/550 QUIT closed"),
	D("MAIL refused, RCPT and DATA accepted", OFF, 1, P_READY
	    "451 a\r\n250 b\r\n354 c\r\n\1" "250 d\r\n\1" BYE,
	    "EHLO MAIL RCPT DATA . temp/451 QUIT closed"),
	D("RCPT refused, empty text 421", OFF, 1, P_READY
	    "250 a\r\n550 b\r\n354 c\r\n\1" "421 d\r\n",
	    "EHLO MAIL RCPT DATA . perm/550 closed"),
	D("only DATA refused", OFF, 1, P_READY
	    "250 a\r\n250 b\r\n451 c\r\n\1" OK BYE,
	    "EHLO MAIL RCPT DATA temp/451 RSET QUIT closed"),
	D("421 in the midst", OFF, 1, P_READY "250 a\r\n421 b\r\n354 c\r\n",
	    "EHLO MAIL RCPT DATA temp/421 closed"),
	D("MAIL 354, pipelined", OFF, 1, P_READY
	    "354 a\r\n250 b\r\n250 c\r\n", "EHLO MAIL RCPT DATA temp/0 closed"),
	D("DATA 250, pipelined", OFF, 1, P_READY
	    "250 a\r\n250 b\r\n250 c\r\n", "EHLO MAIL RCPT DATA temp/0 closed"),
	D("hung up after two of three", OFF, 1, P_READY
	    "250 a\r\n250 b\r\n", "EHLO MAIL RCPT DATA temp/0 closed"),
	D("hung up after refusing one", OFF, 1, P_READY
	    "250 a\r\n550 b\r\n", "EHLO MAIL RCPT DATA perm/550 closed"),
	/* Out of turn. */
	D("talks after EHLO", OFF, 1, HI "250 s\r\n250 ok\r\n",
	    "EHLO closed/0"),
	D("half a line after EHLO", OFF, 1, HI "250 s\r\n2", "EHLO closed/0"),
	D("answers the text before it", OFF, 1, AT_DATA
	    "354 go\r\n250 ok\r\n", "EHLO MAIL RCPT DATA temp/0 closed"),
	D("answers the text before it, pipelined", OFF, 1, P_READY
	    "250 a\r\n250 b\r\n354 c\r\n250 d\r\n",
	    "EHLO MAIL RCPT DATA temp/0 closed"),
	D("talks after a delivery", OFF, 2, AT_END "250 ok\r\n250 ok\r\n",
	    SAID "ok/250 closed"),
	D("refuses twice", OFF, 2, AT_END "550 no\r\n550 no\r\n",
	    SAID "perm/550 closed"),
	D("421 after a delivery", OFF, 2, AT_END "250 ok\r\n421 bye\r\n",
	    SAID "ok/250 closed")
};

/* More of them: each state, answered by what doesn't belong to it. */
static const struct dialogue worse_dialogues[] = {
	D("greeted with 220 in one line and 554 in the next", OFF, 1,
	    "220-hi\r\n554 no\r\n", "closed/0"),
	D("greeted with 221", OFF, 1, "221 bye\r\n", "closed/221"),
	D("greeted with 334", OFF, 1, "334 VXNlcm5hbWU6\r\n", "closed/334"),
	D("greeted with 999", OFF, 1, "999 hi\r\n", "closed/0"),
	D("greeted with 000", OFF, 1, "000 hi\r\n", "closed/0"),
	D("greeted with signs", OFF, 1, "+20 hi\r\n", "closed/0"),
	D("greeted in hexadecimal", OFF, 1, "0x2 hi\r\n", "closed/0"),
	D("greeted by TLS", OFF, 1, "\x15\x03\x01\r\n", "closed/0"),
	D("greeted by IMAP", OFF, 1, "* OK hi\r\n", "closed/0"),
	D("greeted by POP3", OFF, 1, "+OK hi\r\n", "closed/0"),
	D("greeted by FTP, which looks the same", OFF, 1,
	    HI "530 log in\r\n\1" "530 log in\r\n", "EHLO HELO closed/530"),
	D("greeted in full-width digits", OFF, 1,
	    "\xef\xbc\x92\xef\xbc\x92\xef\xbc\x90 hi\r\n", "closed/0"),
	D("a code and a tab", OFF, 1, "220\thi\r\n", "closed/0"),
	D("a code and NUL", OFF, 1, "220\0hi\r\n", "closed/0"),
	D("LF CR", OFF, 1, "220 hi\n\r", "closed/0"),
	D("CR at the end of a line, LF in the next", OFF, 1,
	    "220-hi\r\n220 x\r\r\n", "closed/0"),
	D("continued for good", OFF, 1, "220-hi\r\n220-hi\r\n220-hi\r\n",
	    "closed/0"),
	D("EHLO 220", OFF, 1, HI "120 s\r\n", "EHLO closed/0"),
	D("EHLO 334", OFF, 1, HI "334 s\r\n", "EHLO closed/334"),
	D("HELO 354", OFF, 1, HI "500 s\r\n\1" "354 x\r\n",
	    "EHLO HELO closed/354"),
	D("HELO 421", OFF, 1, HI "500 s\r\n\1" "421 x\r\n",
	    "EHLO HELO closed/421"),
	D("HELO unanswered", OFF, 1, HI "500 s\r\n\1",
	    "EHLO HELO closed/0"),
	D("STARTTLS 421", MAY, 1, HI "250-s\r\n250 STARTTLS\r\n\1"
	    "421 bye\r\n", "EHLO STARTTLS closed/421"),
	D("STARTTLS 334", MAY, 1, HI "250-s\r\n250 STARTTLS\r\n\1"
	    "334 go\r\n", "EHLO STARTTLS closed/334"),
	D("STARTTLS unanswered", MAY, 1, HI "250-s\r\n250 STARTTLS\r\n\1",
	    "EHLO STARTTLS closed/0"),
	D("STARTTLS half answered", MAY, 1, HI "250-s\r\n250 STARTTLS\r\n\1"
	    "220", "EHLO STARTTLS closed/0"),
	D("STARTTLS answered in two lines of two codes", MAY, 1,
	    HI "250-s\r\n250 STARTTLS\r\n\1" "220-go\r\n454 no\r\n",
	    "EHLO STARTTLS closed/0"),
	D("TLS refused for good and required", MUST, 1,
	    HI "250-s\r\n250 STARTTLS\r\n\1" "502 no\r\n",
	    "EHLO STARTTLS closed/502"),
	D("a whole session injected before TLS", MUST, 1,
	    HI "250-s\r\n250 STARTTLS\r\n\1"
	    "220 go\r\n250 s\r\n250 ok\r\n250 ok\r\n354 go\r\n"
	    "250 taken\r\n\1" "250 s\r\n\1" "451 no\r\n\1" BYE,
	    "EHLO STARTTLS tls EHLO MAIL temp/451 QUIT closed"),
	D("EHLO refused in TLS", MUST, 1, HI "250-s\r\n250 STARTTLS\r\n\1"
	    "220 go\r\n\1" "554 no\r\n\1" "554 no\r\n",
	    "EHLO STARTTLS tls EHLO HELO closed/554"),
	D("greeted again in TLS", MUST, 1, HI "250-s\r\n250 STARTTLS\r\n\1"
	    "220 go\r\n\1" "220 hi\r\n250 s\r\n",
	    "EHLO STARTTLS tls EHLO closed/0"),
	D("hung up in TLS", MUST, 1, HI "250-s\r\n250 STARTTLS\r\n\1"
	    "220 go\r\n\1", "EHLO STARTTLS tls EHLO closed/0"),
	D("MAIL 221", OFF, 1, READY "221 bye\r\n\1" "550 x\r\n\1" OK BYE,
	    "EHLO MAIL RCPT perm/550 RSET QUIT closed"),
	D("MAIL 334", OFF, 1, READY "334 x\r\n", "EHLO MAIL temp/0 closed"),
	D("MAIL half answered", OFF, 1, READY "250-ok\r\n",
	    "EHLO MAIL temp/0 closed"),
	D("RCPT 334", OFF, 1, READY OK "334 x\r\n",
	    "EHLO MAIL RCPT temp/0 closed"),
	D("RCPT half answered", OFF, 1, READY OK "25",
	    "EHLO MAIL RCPT temp/0 closed"),
	D("RCPT unanswered", OFF, 1, READY OK, "EHLO MAIL RCPT temp/0 closed"),
	D("DATA 334", OFF, 1, AT_DATA "334 x\r\n",
	    "EHLO MAIL RCPT DATA temp/0 closed"),
	D("DATA 235", OFF, 1, AT_DATA "235 x\r\n",
	    "EHLO MAIL RCPT DATA temp/0 closed"),
	D("DATA unanswered", OFF, 1, AT_DATA,
	    "EHLO MAIL RCPT DATA temp/0 closed"),
	D("DATA 354 after 250 in one reply", OFF, 1, AT_DATA
	    "354-go\r\n354-on\r\n550 no\r\n",
	    "EHLO MAIL RCPT DATA temp/0 closed"),
	D("text 334", OFF, 1, AT_END "334 x\r\n", SAID "temp/0 closed"),
	D("text answered without a code", OFF, 1, AT_END "ok\r\n",
	    SAID "temp/0 closed"),
	D("text answered by two codes", OFF, 1, AT_END
	    "250-ok\r\n451 no\r\n", SAID "temp/0 closed"),
	D("text answered in a line too long", OFF, 1, AT_END
	    "250 \2\2\2\2\2\2\2\2\2\2\2\r\n", SAID "temp/0 closed"),
	D("text 4xx each time", OFF, 3, AT_END "451 no\r\n\1" OK OK
	    "354 go\r\n\1" "451 no\r\n\1" OK OK "354 go\r\n\1"
	    "451 no\r\n\1" BYE, SAID "temp/451 MAIL RCPT DATA text . "
	    "temp/451 MAIL RCPT DATA text . temp/451 QUIT closed"),
	D("RSET unanswered", OFF, 1, READY OK "550 no\r\n\1",
	    "EHLO MAIL RCPT perm/550 RSET closed"),
	D("RSET 421", OFF, 2, READY OK "550 no\r\n\1" "421 no\r\n",
	    "EHLO MAIL RCPT perm/550 RSET closed"),
	D("one reply to three commands", OFF, 1, P_READY "250 a\r\n",
	    "EHLO MAIL RCPT DATA temp/0 closed"),
	D("replies in another order", OFF, 1, P_READY
	    "354 a\r\n250 b\r\n250 c\r\n",
	    "EHLO MAIL RCPT DATA temp/0 closed"),
	D("garbage between pipelined replies", OFF, 1, P_READY
	    "250 a\r\nhello\r\n354 c\r\n",
	    "EHLO MAIL RCPT DATA temp/0 closed"),
	D("an empty line between pipelined replies", OFF, 1, P_READY
	    "250 a\r\n\r\n250 b\r\n354 c\r\n",
	    "EHLO MAIL RCPT DATA temp/0 closed")
};

/*
 * With a user and a password, "user" and "secret".  Beyond the first word of
 * AUTH nothing of them is in out, but for LOGIN's lines.
 */
#define IN_TLS	HI "250-s\r\n250 STARTTLS\r\n\1" "220 go\r\n\1"
#define PLAIN	IN_TLS "250-s\r\n250 AUTH LOGIN PLAIN\r\n\1"
#define LOGIN	IN_TLS "250-s\r\n250 AUTH LOGIN CRAM-MD5\r\n\1"
#define TLS_SAID "EHLO STARTTLS tls EHLO "
#define LOGGED	"AUTH dXNlcg== c2VjcmV0 "

static const struct dialogue auth_dialogues[] = {
	D("PLAIN", MUST, 1, PLAIN "235 ok\r\n\1" OK OK "354 go\r\n\1" OK
	    BYE, TLS_SAID "AUTH MAIL RCPT DATA text . ok/250 QUIT closed"),
	D("LOGIN", MUST, 0, LOGIN "334 VXNlcm5hbWU6\r\n\1"
	    "334 UGFzc3dvcmQ6\r\n\1" "235 ok\r\n\1" BYE,
	    TLS_SAID LOGGED "QUIT closed/0"),
	D("PLAIN in any case", MUST, 0, IN_TLS
	    "250-s\r\n250 auth plain\r\n\1" "235 ok\r\n\1" BYE,
	    TLS_SAID "AUTH QUIT closed/0"),
	D("PLAIN, wrong password", MUST, 1, PLAIN "535 5.7.8 no\r\n",
	    TLS_SAID "AUTH closed/535"),
	D("PLAIN, not now", MUST, 1, PLAIN "454 4.7.0 no\r\n",
	    TLS_SAID "AUTH closed/454"),
	D("PLAIN, closing", MUST, 1, PLAIN "421 4.7.0 no\r\n",
	    TLS_SAID "AUTH closed/421"),
	D("PLAIN answered 334", MUST, 1, PLAIN "334 \r\n",
	    TLS_SAID "AUTH closed/334"),
	D("PLAIN answered 250", MUST, 1, PLAIN "250 ok\r\n",
	    TLS_SAID "AUTH closed/250"),
	D("PLAIN answered, and more", MUST, 1, PLAIN "235 ok\r\n250 x\r\n",
	    TLS_SAID "AUTH closed/0"),
	D("PLAIN unanswered", MUST, 1, PLAIN, TLS_SAID "AUTH closed/0"),
	D("LOGIN refused at once", MUST, 1, LOGIN "504 no\r\n",
	    TLS_SAID "AUTH closed/504"),
	D("LOGIN answered 235 at once", MUST, 1, LOGIN "235 ok\r\n",
	    TLS_SAID "AUTH closed/235"),
	D("LOGIN, unknown user", MUST, 1, LOGIN "334 a\r\n\1"
	    "535 no\r\n", TLS_SAID "AUTH dXNlcg== closed/535"),
	D("LOGIN, wrong password", MUST, 1, LOGIN "334 a\r\n\1"
	    "334 b\r\n\1" "535 no\r\n", TLS_SAID LOGGED "closed/535"),
	D("LOGIN, asked for ever", MUST, 1, LOGIN "334 a\r\n\1"
	    "334 b\r\n\1" "334 c\r\n", TLS_SAID LOGGED "closed/334"),
	D("no mechanism that we have", MUST, 1, IN_TLS
	    "250-s\r\n250 AUTH CRAM-MD5 PLAINER\r\n",
	    TLS_SAID "closed/0"),
	D("no AUTH in TLS", MUST, 1, HI "250-s\r\n250-AUTH PLAIN\r\n"
	    "250 STARTTLS\r\n\1" "220 go\r\n\1" "250 s\r\n",
	    TLS_SAID "closed/0"),
	D("AUTH without TLS", MAY, 1, HI "250-s\r\n250 AUTH PLAIN\r\n",
	    "EHLO closed/0"),
	D("AUTH, TLS refused", MAY, 1, HI "250-s\r\n250-AUTH PLAIN\r\n"
	    "250 STARTTLS\r\n\1" "454 no\r\n", "EHLO STARTTLS closed/0"),
	D("AUTH, TLS not wished", OFF, 1, HI "250-s\r\n250 AUTH PLAIN\r\n",
	    "EHLO closed/0")
};

/* What a server smaller than the mail says. */
static const struct dialogue size_dialogues[] = {
	D("SIZE too small", OFF, 1, HI "250-s\r\n250 SIZE 19\r\n\1" BYE,
	    "EHLO perm/552 QUIT closed"),
	D("SIZE that fits", OFF, 1, HI "250-s\r\n250 SIZE 20\r\n\1"
	    "550 no\r\n\1" BYE, "EHLO MAIL perm/550 QUIT closed"),
	D("SIZE without limit", OFF, 1, HI "250-s\r\n250 SIZE 0\r\n\1"
	    "550 no\r\n\1" BYE, "EHLO MAIL perm/550 QUIT closed"),
	D("SIZE of nonsense", OFF, 1, HI "250-s\r\n250 SIZE x\r\n\1"
	    "550 no\r\n\1" BYE, "EHLO MAIL perm/550 QUIT closed"),
	D("SIZE beyond all", OFF, 1,
	    HI "250-s\r\n250 SIZE 99999999999999999999999999\r\n\1"
	    "550 no\r\n\1" BYE, "EHLO MAIL perm/550 QUIT closed")
};

#undef D

#endif
