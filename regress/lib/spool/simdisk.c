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

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "lib/spool/simdisk.h"
#include "lib/spool/simfile.h"

#define NAME_MAX_LEN	64
#define MAX_FILES	32
#define MAX_CHANGES	64

/* A directory: names and the file each stands for, -1 for no entry. */
struct dir {
	char	names[MAX_FILES][NAME_MAX_LEN];
	int	file[MAX_FILES];
};

struct change {
	char	remove[NAME_MAX_LEN];	/* "": nothing */
	char	add[NAME_MAX_LEN];
	int	file;
};

struct simdisk {
	struct rng	 rng;
	struct simfile	 files[MAX_FILES];
	int		 nfiles;
	struct dir	 dir;
	struct dir	 durable_dir;
	struct change	 changes[MAX_CHANGES];
	int		 nchanges;
	void		(*hook)(void *);
	void		*hook_arg;
	enum simdisk_op	 fail_op;
	unsigned int	 fail_after;
	int		 fail_errno;
	off_t		 bad_sector;
	unsigned long	 counts[SIMDISK_RENAME + 1];
};

static void *
must(void *p)
{
	if (p == NULL)
		err(1, "simdisk");
	return (p);
}

static int
chance(struct simdisk *sim, uint32_t percent)
{
	return (rng_uniform(&sim->rng, 100) < percent);
}

/* Counts an operation, shows it to the hook, and says whether it fails. */
static int
begin(struct simdisk *sim, enum simdisk_op op)
{
	sim->counts[op]++;
	if (op != SIMDISK_READ && sim->hook != NULL)
		sim->hook(sim->hook_arg);
	if (sim->fail_op != op &&
	    (sim->fail_op != SIMDISK_ANY || op == SIMDISK_READ))
		return (0);
	if (sim->fail_after-- > 0)
		return (0);
	sim->fail_op = SIMDISK_NONE;
	errno = sim->fail_errno;
	return (1);
}

/*
 * The directory.
 */
static int
dir_find(const struct dir *d, const char *name)
{
	int i;

	for (i = 0; i < MAX_FILES; i++)
		if (d->file[i] != -1 && strcmp(d->names[i], name) == 0)
			return (i);
	return (-1);
}

static void
dir_remove(struct dir *d, const char *name)
{
	int i;

	if ((i = dir_find(d, name)) != -1)
		d->file[i] = -1;
}

static void
dir_add(struct dir *d, const char *name, int file)
{
	int i;

	dir_remove(d, name);
	for (i = 0; i < MAX_FILES; i++) {
		if (d->file[i] != -1)
			continue;
		strlcpy(d->names[i], name, NAME_MAX_LEN);
		d->file[i] = file;
		return;
	}
	errx(1, "simdisk: too many names");
}

static void
dir_apply(struct dir *d, const struct change *c)
{
	if (c->remove[0] != '\0')
		dir_remove(d, c->remove);
	if (c->add[0] != '\0')
		dir_add(d, c->add, c->file);
}

static void
change_dir(struct simdisk *sim, const char *remove, const char *add, int file)
{
	struct change *c;

	if (sim->nchanges == MAX_CHANGES)
		errx(1, "simdisk: too many changes of the directory");
	c = &sim->changes[sim->nchanges++];
	strlcpy(c->remove, remove, sizeof(c->remove));
	strlcpy(c->add, add, sizeof(c->add));
	c->file = file;
	dir_apply(&sim->dir, c);
}

static int
new_file(struct simdisk *sim)
{
	if (sim->nfiles == MAX_FILES)
		errx(1, "simdisk: too many files");
	return (sim->nfiles++);
}

/*
 * The operations of struct disk.
 */
static int
sim_open(void *ctx, const char *name, int create)
{
	struct simdisk *sim = ctx;
	int i, handle;

	if (begin(sim, SIMDISK_OPEN))
		return (-1);
	if ((i = dir_find(&sim->dir, name)) != -1)
		handle = sim->dir.file[i];
	else if (create) {
		handle = new_file(sim);
		change_dir(sim, "", name, handle);
	} else {
		errno = ENOENT;
		return (-1);
	}
	simfile_settle(&sim->files[handle], &sim->rng, 100);
	simfile_show_durable(&sim->files[handle]);
	return (handle);
}

static int
sim_close(void *ctx, int handle)
{
	(void)ctx;
	(void)handle;
	return (0);
}

static ssize_t
sim_pread(void *ctx, int handle, void *buf, size_t len, off_t off)
{
	struct simdisk *sim = ctx;
	struct simfile *f = &sim->files[handle];

	if (begin(sim, SIMDISK_READ))
		return (-1);
	if (off >= f->size)
		return (0);
	if ((off_t)len > f->size - off)
		len = (size_t)(f->size - off);
	if (sim->bad_sector >= off && sim->bad_sector < off + (off_t)len) {
		errno = EIO;
		return (-1);
	}
	simfile_read(f, buf, len, off);
	return ((ssize_t)len);
}

static ssize_t
sim_pwrite(void *ctx, int handle, const void *buf, size_t len, off_t off)
{
	struct simdisk *sim = ctx;
	struct simfile *f = &sim->files[handle];
	size_t some;

	if (begin(sim, SIMDISK_WRITE)) {
		/* The first sectors are there, or all that fits in one. */
		some = len;
		if (chance(sim, 50))
			some = rng_uniform(&sim->rng, (uint32_t)len) /
			    SIMFILE_SECTOR * SIMFILE_SECTOR;
		simfile_write(f, buf, some, off);
		return (-1);
	}
	simfile_write(f, buf, len, off);
	return ((ssize_t)len);
}

static int
sim_allocate(void *ctx, int handle, off_t off, off_t len)
{
	struct simdisk *sim = ctx;
	struct simfile *f = &sim->files[handle];
	int failed;

	failed = begin(sim, SIMDISK_ALLOCATE);
	if (failed)
		len /= 2;
	simfile_allocate(f, off, len);
	return (failed ? -1 : 0);
}

static int
sim_truncate(void *ctx, int handle, off_t size)
{
	struct simdisk *sim = ctx;

	if (begin(sim, SIMDISK_TRUNCATE))
		return (-1);
	simfile_truncate(&sim->files[handle], size);
	return (0);
}

static off_t
sim_size(void *ctx, int handle)
{
	struct simdisk *sim = ctx;

	return (sim->files[handle].size);
}

static int
sim_sync(void *ctx, int handle)
{
	struct simdisk *sim = ctx;

	if (begin(sim, SIMDISK_SYNC)) {
		simfile_settle(&sim->files[handle], &sim->rng, 50);
		return (-1);
	}
	simfile_settle(&sim->files[handle], &sim->rng, 100);
	return (0);
}

static int
sim_sync_dir(void *ctx)
{
	struct simdisk *sim = ctx;

	if (begin(sim, SIMDISK_SYNC_DIR))
		return (-1);
	sim->durable_dir = sim->dir;
	sim->nchanges = 0;
	return (0);
}

static int
sim_unlink(void *ctx, const char *name)
{
	struct simdisk *sim = ctx;

	if (begin(sim, SIMDISK_UNLINK))
		return (-1);
	if (dir_find(&sim->dir, name) == -1) {
		errno = ENOENT;
		return (-1);
	}
	change_dir(sim, name, "", -1);
	return (0);
}

static int
sim_rename(void *ctx, const char *from, const char *to)
{
	struct simdisk *sim = ctx;
	int i;

	if (begin(sim, SIMDISK_RENAME))
		return (-1);
	if ((i = dir_find(&sim->dir, from)) == -1) {
		errno = ENOENT;
		return (-1);
	}
	change_dir(sim, from, to, sim->dir.file[i]);
	return (0);
}

static int
sim_list(void *ctx, void (*fn)(void *, const char *), void *arg)
{
	struct simdisk *sim = ctx;
	int i;

	for (i = 0; i < MAX_FILES; i++)
		if (sim->dir.file[i] != -1 && sim->dir.names[i][0] != '.')
			fn(arg, sim->dir.names[i]);
	return (0);
}

void
simdisk_table(struct simdisk *sim, struct disk *disk)
{
	disk->open = sim_open;
	disk->close = sim_close;
	disk->pread = sim_pread;
	disk->pwrite = sim_pwrite;
	disk->allocate = sim_allocate;
	disk->truncate = sim_truncate;
	disk->size = sim_size;
	disk->sync = sim_sync;
	disk->sync_dir = sim_sync_dir;
	disk->unlink = sim_unlink;
	disk->rename = sim_rename;
	disk->list = sim_list;
	disk->ctx = sim;
}

/*
 * For the tests.
 */
struct simdisk *
simdisk_new(const struct rng *rng)
{
	struct simdisk *sim;
	int i;

	sim = must(calloc(1, sizeof(*sim)));
	sim->rng = *rng;
	sim->bad_sector = -1;
	for (i = 0; i < MAX_FILES; i++)
		sim->dir.file[i] = sim->durable_dir.file[i] = -1;
	return (sim);
}

void
simdisk_free(struct simdisk *sim)
{
	int i;

	for (i = 0; i < sim->nfiles; i++)
		simfile_clear(&sim->files[i]);
	free(sim);
}

void
simdisk_power_failure(struct simdisk *sim)
{
	static const uint32_t percents[] = { 0, 10, 50, 90, 99 };
	uint32_t percent;
	int i;

	for (i = 0; i < sim->nfiles; i++) {
		percent = percents[rng_uniform(&sim->rng, 5)];
		simfile_settle(&sim->files[i], &sim->rng, percent);
		simfile_show_durable(&sim->files[i]);
	}
	for (i = 0; i < sim->nchanges; i++)
		if (chance(sim, 50))
			dir_apply(&sim->durable_dir, &sim->changes[i]);
	sim->dir = sim->durable_dir;
	sim->nchanges = 0;
}

void
simdisk_hook(struct simdisk *sim, void (*hook)(void *), void *arg)
{
	sim->hook = hook;
	sim->hook_arg = arg;
}

void
simdisk_fail(struct simdisk *sim, enum simdisk_op op, unsigned int n, int e)
{
	sim->fail_op = op;
	sim->fail_after = n;
	sim->fail_errno = e;
}

unsigned long
simdisk_count(const struct simdisk *sim, enum simdisk_op op)
{
	return (sim->counts[op]);
}

static struct simfile *
file_named(struct simdisk *sim, const char *name)
{
	int i;

	if ((i = dir_find(&sim->dir, name)) == -1)
		return (NULL);
	return (&sim->files[sim->dir.file[i]]);
}

static void
make_durable(struct simdisk *sim, struct simfile *f)
{
	simfile_settle(f, &sim->rng, 100);
	sim->durable_dir = sim->dir;
	sim->nchanges = 0;
}

void
simdisk_set(struct simdisk *sim, const char *name, const void *data,
    size_t len)
{
	struct simfile *f;

	if ((f = file_named(sim, name)) == NULL) {
		change_dir(sim, "", name, new_file(sim));
		f = file_named(sim, name);
	}
	simfile_truncate(f, 0);
	simfile_write(f, data, len, 0);
	make_durable(sim, f);
	simfile_show_durable(f);
}

void
simdisk_peek(struct simdisk *sim, const char *name, off_t off, void *data,
    size_t len)
{
	struct simfile *f = must(file_named(sim, name));

	if (off + (off_t)len > f->size)
		errx(1, "simdisk: peek beyond the end");
	simfile_read(f, data, len, off);
}

off_t
simdisk_size(struct simdisk *sim, const char *name)
{
	struct simfile *f = file_named(sim, name);

	return (f == NULL ? -1 : f->size);
}

void
simdisk_bad_sector(struct simdisk *sim, off_t off)
{
	sim->bad_sector = off;
}

void
simdisk_damage(struct simdisk *sim, const char *name, off_t off, size_t len)
{
	struct simfile *f = must(file_named(sim, name));
	uint8_t *data = must(malloc(len));
	size_t i;

	simdisk_peek(sim, name, off, data, len);
	for (i = 0; i < len; i++)
		data[i] ^= 0xff;
	simfile_write(f, data, len, off);
	make_durable(sim, f);
	free(data);
}
