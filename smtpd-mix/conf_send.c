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
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "conf_resolver.h"
#include "conf_auth.h"
#include "conf_send.h"
#include "log.h"
#include "recipients.h"

#define CA_MAX_LEN	(4 * 1024 * 1024)
#define ANCHOR_MAX_LEN	(64 * 1024)
/* Strangers write certificates: seal verifies all of what is in them. */
#define CERT_MAX_LEN	(256 * 1024)
#define CERTS_MAX_LEN	(64 * 1024 * 1024)
#define CERTS_MAX	10000

/*
 * Reads a regular file of at most max octets.  0; -1 with errno.
 */
static int
read_file(const char *path, off_t max, uint8_t **data, size_t *len)
{
	struct stat st;
	ssize_t n;
	int fd, saved;

	*data = NULL;
	*len = 0;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return (-1);
	if (fstat(fd, &st) == -1)
		goto fail;
	if (!S_ISREG(st.st_mode) || st.st_size > max) {
		errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
		goto fail;
	}
	if ((*data = malloc((size_t)st.st_size + 1)) == NULL)
		goto fail;
	while (*len < (size_t)st.st_size) {
		n = read(fd, *data + *len, (size_t)st.st_size - *len);
		if (n == -1)
			goto fail;
		if (n == 0)
			break;
		*len += (size_t)n;
	}
	close(fd);

	return (0);
fail:
	saved = errno;
	free(*data);
	*data = NULL;
	close(fd);
	errno = saved;

	return (-1);
}

static int
add_cert(struct conf_certs *certs, const char *what, const char *path)
{
	struct role_file file, *next;

	if (read_file(path, CERT_MAX_LEN, &file.data, &file.len) == -1) {
		log_warn("%s: %s", what, path);
		return (0);
	}
	next = reallocarray(certs->list, certs->n + 1, sizeof(*next));
	if (next == NULL) {
		free(file.data);
		return (-1);
	}
	certs->list = next;
	certs->list[certs->n++] = file;
	certs->len += file.len;

	return (0);
}

/* A directory that is not there yet is empty: the mix still serves others. */
static int
read_certs(struct conf_certs *certs, const char *what, const char *name)
{
	char path[PATH_MAX];
	struct dirent *de;
	DIR *dir;
	int error = 0;

	if ((dir = opendir(name)) == NULL) {
		if (errno == ENOENT)
			return (0);
		return (-1);
	}
	while (!error && (de = readdir(dir)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		if (certs->n == CERTS_MAX || certs->len >= CERTS_MAX_LEN) {
			log_warnx("%s: %s: more than %d files or %d MB; "
			    "the rest is left out", what, name, CERTS_MAX,
			    CERTS_MAX_LEN / (1024 * 1024));
			break;
		}
		if (snprintf(path, sizeof(path), "%s/%s", name,
		    de->d_name) < (int)sizeof(path))
			error = add_cert(certs, what, path);
	}
	closedir(dir);

	return (error);
}

static int
needs_ca(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->nroutes; i++)
		if (conf->routes[i].tls == CONF_TLS_VERIFY ||
		    conf->routes[i].tls == CONF_TLS_IMPLICIT)
			return (1);
	for (i = 0; i < conf->nkeyservers; i++)
		if (strncmp(conf->keyservers[i].server, "hkps:", 5) == 0)
			return (1);

	return (0);
}

/* Policies of mail domains are fetched with it; without, there are none. */
static int
read_ca(struct conf_files *files, const struct conf *conf)
{
	if (conf->ca_file[0] == '\0' || read_file(conf->ca_file, CA_MAX_LEN,
	    &files->ca, &files->ca_len) == 0)
		return (0);
	if (needs_ca(conf))
		return (-1);
	log_warn("ca file: %s", conf->ca_file);

	return (0);
}

static int
complain(const char *what, const char *path, char *errbuf, size_t errlen)
{
	(void)snprintf(errbuf, errlen, "%s: %s: %s", what, path,
	    strerror(errno));

	return (-1);
}

/* An empty file must not pass for none. */
static int
read_anchor(const struct conf *conf, struct conf_files *files, char *errbuf,
    size_t errlen)
{
	if (conf->anchor_file[0] == '\0')
		return (0);
	if (read_file(conf->anchor_file, ANCHOR_MAX_LEN, &files->anchor,
	    &files->anchor_len) == -1)
		return (complain("resolver trust anchor", conf->anchor_file,
		    errbuf, errlen));
	if (files->anchor_len > 0)
		return (0);
	(void)snprintf(errbuf, errlen, "resolver trust anchor: %s: is empty",
	    conf->anchor_file);

	return (-1);
}

int
conf_files_open(struct conf_files *files, const struct conf *conf,
    char *errbuf, size_t errlen)
{
	memset(files, 0, sizeof(*files));
	files->tls_cert_fd = files->tls_key_fd = -1;
	if (read_certs(&files->roster, "roster", conf->roster_dir) == -1) {
		complain("roster", conf->roster_dir, errbuf, errlen);
		goto fail;
	}
	if (read_certs(&files->trust, "trust", conf->trust_dir) == -1) {
		complain("trust", conf->trust_dir, errbuf, errlen);
		goto fail;
	}
	if (read_ca(files, conf) == -1) {
		complain("ca file", conf->ca_file, errbuf, errlen);
		goto fail;
	}
	if (conf_auth_read(conf, &files->auths, &files->nauths, errbuf,
	    errlen) == -1)
		goto fail;
	if (recipients_read(conf, &files->recipients, &files->recipients_len,
	    errbuf, errlen) == -1)
		goto fail;
	if (read_anchor(conf, files, errbuf, errlen) == -1)
		goto fail;
	if (conf->tls_cert[0] == '\0')
		return (0);
	files->tls_cert_fd = open(conf->tls_cert, O_RDONLY | O_CLOEXEC);
	if (files->tls_cert_fd == -1) {
		complain("tls certificate", conf->tls_cert, errbuf, errlen);
		goto fail;
	}
	files->tls_key_fd = open(conf->tls_key, O_RDONLY | O_CLOEXEC);
	if (files->tls_key_fd == -1) {
		complain("tls key", conf->tls_key, errbuf, errlen);
		goto fail;
	}

	return (0);
fail:
	conf_files_close(files);

	return (-1);
}

static void
free_certs(struct conf_certs *certs)
{
	size_t i;

	for (i = 0; i < certs->n; i++)
		free(certs->list[i].data);
	free(certs->list);
}

void
conf_files_close(struct conf_files *files)
{
	free_certs(&files->roster);
	free_certs(&files->trust);
	free(files->ca);
	freezero(files->auths, files->nauths * sizeof(files->auths[0]));
	free(files->anchor);
	free(files->recipients);
	if (files->tls_cert_fd != -1)
		close(files->tls_cert_fd);
	if (files->tls_key_fd != -1)
		close(files->tls_key_fd);
	memset(files, 0, sizeof(*files));
	files->tls_cert_fd = files->tls_key_fd = -1;
}

static void
send_row(struct channel *ch, uint32_t type, const void *row, size_t len,
    int fd)
{
	struct iovec iov;

	memcpy(&iov.iov_base, &row, sizeof(row));
	iov.iov_len = len;
	channel_send(ch, type, &iov, len == 0 ? 0 : 1, fd);
}

static void
send_blob(struct channel *ch, uint32_t kind, uint8_t *data, size_t len)
{
	struct proto_conf_blob row;
	struct iovec iov[2];
	size_t pos = 0;

	if (len == 0)
		return;
	while (pos < len) {
		memset(&row, 0, sizeof(row));
		row.n = (uint32_t)(len - pos < PROTO_BLOB_PIECE ? len - pos :
		    PROTO_BLOB_PIECE);
		row.kind = kind;
		row.last = pos + row.n == len;
		iov[0].iov_base = &row;
		iov[0].iov_len = sizeof(row);
		iov[1].iov_base = data + pos;
		iov[1].iov_len = row.n;
		channel_send(ch, PROTO_CONF_BLOB, iov, 2, -1);
		pos += row.n;
	}
}

/* The receiver gets a descriptor of its own; ours stays for the next. */
static void
send_fd(struct channel *ch, uint32_t type, const void *row, size_t len, int fd)
{
	int copy;

	if ((copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1)
		fatal("dup");
	send_row(ch, type, row, len, copy);
}

static void
send_listens(struct channel *ch, const struct listeners *listeners)
{
	const struct listener *l;
	size_t i;

	for (i = 0; i < listeners->n; i++) {
		l = &listeners->list[i];
		send_fd(ch, PROTO_CONF_LISTEN, &l->row, sizeof(l->row), l->fd);
	}
}

static void
send_control(struct channel *ch, int fd)
{
	struct proto_conf_listen row;

	memset(&row, 0, sizeof(row));
	strlcpy(row.address, "control", sizeof(row.address));
	send_fd(ch, PROTO_CONF_LISTEN, &row, sizeof(row), fd);
}

static void
send_domains(struct channel *ch, const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->ndomains; i++)
		send_row(ch, PROTO_CONF_DOMAIN, &conf->domains[i],
		    sizeof(conf->domains[i]), -1);
}

static void
send_relay(struct channel *ch, const struct conf *conf,
    const struct conf_files *files)
{
	size_t i;

	for (i = 0; i < conf->nroutes; i++)
		send_row(ch, PROTO_CONF_ROUTE, &conf->routes[i],
		    sizeof(conf->routes[i]), -1);
	for (i = 0; i < files->nauths; i++)
		send_row(ch, PROTO_CONF_AUTH, &files->auths[i],
		    sizeof(files->auths[i]), -1);
	send_domains(ch, conf);
	send_blob(ch, PROTO_BLOB_CA, files->ca, files->ca_len);
}

static void
send_tls(struct channel *ch, const struct conf_files *files)
{
	struct proto_conf_tls row;

	if (files->tls_cert_fd == -1)
		return;
	memset(&row, 0, sizeof(row));
	/* Read from the start each time: descriptors share their offset. */
	(void)lseek(files->tls_cert_fd, 0, SEEK_SET);
	(void)lseek(files->tls_key_fd, 0, SEEK_SET);
	send_fd(ch, PROTO_CONF_TLS, &row, sizeof(row), files->tls_cert_fd);
	row.is_key = 1;
	send_fd(ch, PROTO_CONF_TLS, &row, sizeof(row), files->tls_key_fd);
}

static void
send_certs(struct channel *ch, const struct conf_files *files)
{
	size_t i;

	/* Whoever ranks mixes has to know by whom before he sees them. */
	for (i = 0; i < files->trust.n; i++)
		send_blob(ch, PROTO_BLOB_TRUST, files->trust.list[i].data,
		    files->trust.list[i].len);
	for (i = 0; i < files->roster.n; i++)
		send_blob(ch, PROTO_BLOB_ROSTER, files->roster.list[i].data,
		    files->roster.list[i].len);
}

static void
send_directory(struct channel *ch, const struct conf *conf,
    const struct conf_files *files)
{
	size_t i;

	for (i = 0; i < conf->nkeyservers; i++)
		send_row(ch, PROTO_CONF_KEYSERVER, &conf->keyservers[i],
		    sizeof(conf->keyservers[i]), -1);
	send_certs(ch, files);
	send_blob(ch, PROTO_BLOB_CA, files->ca, files->ca_len);
}

static void
send_resolver(struct channel *ch, const struct conf *conf,
    const struct conf_files *files, const struct listeners *listeners)
{
	struct proto_conf_self own[CONF_OWN_MAX];
	size_t i, n;

	for (i = 0; i < conf->nforwards; i++)
		send_row(ch, PROTO_CONF_FORWARD, &conf->forwards[i],
		    sizeof(conf->forwards[i]), -1);
	n = conf_own_addresses(listeners, own, nitems(own));
	for (i = 0; i < n; i++)
		send_row(ch, PROTO_CONF_SELF, &own[i], sizeof(own[i]), -1);
	send_blob(ch, PROTO_BLOB_ANCHOR, files->anchor, files->anchor_len);
}

void
conf_send(struct channel *ch, uint64_t generation, const struct conf *conf,
    const struct conf_files *files, const struct listeners *listeners,
    int control_fd)
{
	struct proto_conf_begin begin = { generation };

	send_row(ch, PROTO_CONF_BEGIN, &begin, sizeof(begin), -1);
	send_row(ch, PROTO_CONF_GLOBAL, &conf->global, sizeof(conf->global),
	    -1);
	switch (ch->peer) {
	case ROLE_SMTP:
		send_listens(ch, listeners);
		break;
	case ROLE_CONTROL:
		send_control(ch, control_fd);
		break;
	case ROLE_CRYPTO:
		send_domains(ch, conf);
		send_blob(ch, PROTO_BLOB_RECIPIENTS, files->recipients,
		    files->recipients_len);
		break;
	case ROLE_DELIVER:
		send_domains(ch, conf);
		break;
	case ROLE_RELAY:
		send_relay(ch, conf, files);
		break;
	case ROLE_SEAL:
		send_certs(ch, files);
		break;
	case ROLE_DIRECTORY:
		send_directory(ch, conf, files);
		break;
	case ROLE_RESOLVER:
		send_resolver(ch, conf, files, listeners);
		break;
	case ROLE_KEYS:
		send_tls(ch, files);
		break;
	default:
		break;
	}
	send_row(ch, PROTO_CONF_END, NULL, 0, -1);
}
