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


#ifndef SMTPD_MIX_CONF_LEX_H
#define SMTPD_MIX_CONF_LEX_H

#include <sys/types.h>

#include <stddef.h>
#include <stdio.h>

/*
 * The words of a configuration file: quoting, comments, continued lines, macros
 * and included files, as smtpd-mix.conf(5) says.  Used for mixmail.conf(5) too.
 */
#define CONF_FILE_SIZE_MAX	(4 * 1024 * 1024)
#define CONF_INCLUDE_MAX	16	/* files open at once */
#define CONF_INCLUDES_MAX	1024	/* in all */
#define CONF_WORD_MAX		1024

enum conf_token {
	CONF_TOK_END,
	CONF_TOK_LINE,		/* end of a line */
	CONF_TOK_WORD,
	CONF_TOK_QUOTED,
	CONF_TOK_EQUALS,
	CONF_TOK_BAD		/* error says why */
};

struct conf_source;
struct conf_macro;
struct conf_text;

struct conf_lex {
	const char	*file;		/* of the last token */
	int		 line;
	char		 error[256];
	/* private */
	unsigned int	 nincludes;
	struct conf_source *top;
	struct conf_macro *macros;
	struct conf_text *texts;
};

/*
 * Begins with the file; release with conf_lex_close() in any case.  0; -1 with
 * error set.
 */
int	conf_lex_open(struct conf_lex *, const char *path);
void	conf_lex_close(struct conf_lex *);

/*
 * The next token.  *text is that of a word, or "" (it stays until
 * conf_lex_close()).  After CONF_TOK_BAD the rest of the line is passed over.
 */
enum conf_token
	conf_lex_next(struct conf_lex *, const char **text);

/*
 * Reads the file next, up to its end, then goes on with the present one.  A
 * path that isn't absolute begins at the directory of the present file.  0; -1
 * with error set.
 */
int	conf_lex_include(struct conf_lex *, const char *path);

/* Sets the macro; an older value is replaced.  0; -1 with error set. */
int	conf_lex_define(struct conf_lex *, const char *name,
	    const char *value);

/*
 * Prints a word in a form that is read as that word: between quotes, with
 * backslashes before quotes and backslashes.
 */
void	conf_quote(FILE *, const char *word);

#endif
