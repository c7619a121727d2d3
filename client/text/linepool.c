#include "client/text/linepool.h"

#include "client/base/log.h"
#include "client/base/mem.h"
#include "client/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COPIES = 8, BLOCK = 4096 };

/* Bytes that were read back last. */
struct copy {
    char *bytes;
    size_t room, len;
    int64_t at; /* -1: nothing */
    uint64_t used;
};

struct linepool {
    size_t memory_cap;
    uint64_t disk_cap;
    char *folder;
    struct linepool_user *users;
    size_t memory;
    uint64_t disk;
    int fd;       /* -1 until it is needed */
    int64_t end;  /* of the file; what is freed becomes a hole, and its place is not used again */
    bool no_hole; /* the file system makes none: only an empty file gives its bytes back */
    struct err trouble;
    struct copy copies[COPIES];
    uint64_t reads;
};

struct linepool *linepool_new(const struct linepool_options *options)
{
    struct linepool *pool = mem_zalloc(1, sizeof *pool);
    pool->memory_cap = options->memory;
    pool->disk_cap = options->folder != NULL ? options->disk : 0;
    pool->folder = mem_dup(options->folder);
    pool->fd = -1;
    for (size_t i = 0; i < COPIES; i++)
        pool->copies[i].at = -1;
    return pool;
}

void linepool_free_all(struct linepool *pool)
{
    if (pool == NULL)
        return;
    assert(pool->users == NULL);
    for (size_t i = 0; i < COPIES; i++)
        free(pool->copies[i].bytes);
    if (pool->fd >= 0)
        close(pool->fd);
    free(pool->folder);
    free(pool);
}

/* ---- who takes how much ---- */

void linepool_join(struct linepool *pool, struct linepool_user *user)
{
    user->previous = NULL;
    user->next = pool->users;
    if (pool->users != NULL)
        pool->users->previous = user;
    pool->users = user;
    user->memory = 0;
    user->disk = 0;
}

void linepool_leave(struct linepool *pool, struct linepool_user *user)
{
    linepool_use(pool, user, 0, 0);
    if (user->previous != NULL)
        user->previous->next = user->next;
    else
        pool->users = user->next;
    if (user->next != NULL)
        user->next->previous = user->previous;
    user->next = user->previous = NULL;
}

void linepool_use(struct linepool *pool, struct linepool_user *user, size_t memory, uint64_t disk)
{
    pool->memory += memory - user->memory;
    pool->disk += disk - user->disk;
    user->memory = memory;
    user->disk = disk;
}

/* The largest log gives first, so that one that floods does not cost the others their lines. */
static bool shrink_largest(struct linepool *pool, enum linepool_shrink how)
{
    struct linepool_user *largest = NULL;
    uint64_t most = 0;
    for (struct linepool_user *user = pool->users; user != NULL; user = user->next) {
        uint64_t size = user->memory + (how == LINEPOOL_DROP ? user->disk : 0);
        if (size > most) {
            most = size;
            largest = user;
        }
    }
    return largest != NULL && largest->shrink(largest->ctx, how);
}

void linepool_settle(struct linepool *pool)
{
    while (pool->memory > pool->memory_cap)
        if (!shrink_largest(pool, LINEPOOL_WRITE) && !shrink_largest(pool, LINEPOOL_DROP))
            return;
}

bool linepool_has_room(const struct linepool *pool, size_t bytes)
{
    uint64_t disk = pool->trouble.kind == ERR_NONE ? pool->disk_cap : pool->disk;
    return pool->memory + pool->disk + bytes <= pool->memory_cap + disk;
}

size_t linepool_memory(const struct linepool *pool)
{
    return pool->memory;
}

uint64_t linepool_disk(const struct linepool *pool)
{
    return pool->disk;
}

const char *linepool_trouble(const struct linepool *pool)
{
    return pool->trouble.kind != ERR_NONE ? pool->trouble.text : "";
}

/* ---- the file ---- */

static void complain(struct linepool *pool, int code, const char *what)
{
    bool known = pool->trouble.kind != ERR_NONE && pool->trouble.code == code;
    err_set(&pool->trouble, ERR_LOCAL, code, "%s %s: %s", what, pool->folder, strerror(code));
    if (!known)
        log_line("lines", "%s", pool->trouble.text);
}

static bool open_file(struct linepool *pool)
{
    if (pool->fd >= 0)
        return true;
    struct err err = {0};
    if (!file_make_folder(pool->folder, &err)) {
        pool->trouble = err;
        return false;
    }
#ifdef O_TMPFILE
    pool->fd = open(pool->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
#endif
    if (pool->fd < 0) { /* not every file system knows files without a name */
        char *path = mem_format("%s/lines.XXXXXX", pool->folder);
        pool->fd = mkostemp(path, O_CLOEXEC); /* makes it 0600 */
        if (pool->fd >= 0)
            unlink(path);
        free(path);
    }
    if (pool->fd < 0)
        complain(pool, errno, "cannot make a file for log lines in");
    return pool->fd >= 0;
}

static bool write_at(int fd, const char *bytes, size_t len, int64_t at)
{
    while (len > 0) {
        ssize_t done = pwrite(fd, bytes, len, at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done == 0 ? ENOSPC : errno;
            return false;
        }
        bytes += done;
        at += done;
        len -= (size_t)done;
    }
    return true;
}

static uint64_t in_blocks(size_t len)
{
    return (len + BLOCK - 1) / BLOCK * BLOCK;
}

int64_t linepool_write(struct linepool *pool, const char *bytes, size_t len)
{
    uint64_t taken = pool->no_hole ? (uint64_t)pool->end : pool->disk;
    if (taken + in_blocks(len) > pool->disk_cap || !open_file(pool))
        return -1;
    int64_t at = pool->end;
    if (!write_at(pool->fd, bytes, len, at)) {
        complain(pool, errno, "cannot write log lines to");
        linepool_free(pool, at, len);
        return -1;
    }
    pool->end = at + (int64_t)in_blocks(len);
    err_clear(&pool->trouble);
    return at;
}

void linepool_free(struct linepool *pool, int64_t at, size_t len)
{
    for (size_t i = 0; i < COPIES; i++)
        if (pool->copies[i].at == at)
            pool->copies[i].at = -1;
#ifdef FALLOC_FL_PUNCH_HOLE
    if (fallocate(pool->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, (off_t)in_blocks(len)) == 0)
        return;
#else
    (void)len;
#endif
    pool->no_hole = true;
}

const char *linepool_read(struct linepool *pool, int64_t at, size_t len)
{
    struct copy *oldest = &pool->copies[0];
    for (size_t i = 0; i < COPIES; i++) {
        struct copy *copy = &pool->copies[i];
        if (copy->at == at && copy->len == len) {
            copy->used = ++pool->reads;
            return copy->bytes;
        }
        if (copy->used < oldest->used)
            oldest = copy;
    }
    oldest->at = -1;
    oldest->bytes = mem_grow(oldest->bytes, &oldest->room, len, 1);
    for (size_t got = 0; got < len;) {
        ssize_t more = pread(pool->fd, oldest->bytes + got, len - got, at + (int64_t)got);
        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0) {
            log_line("lines", "cannot read log lines back from %s: %s", pool->folder,
                     more < 0 ? strerror(errno) : "they are not there");
            return NULL;
        }
        got += (size_t)more;
    }
    oldest->at = at;
    oldest->len = len;
    oldest->used = ++pool->reads;
    return oldest->bytes;
}
