#include "tests/boxd/files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/boxd/paths.h"

static int status_of(int error)
{
    return error == ENOENT || error == ENOTDIR ? 404 : error == EACCES ? 403 : 400;
}

bool files_read(const char *path, int64_t offset, int64_t length, struct buf *out, struct err *err)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode)) {
        int error = fd < 0 ? errno : S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
        if (fd >= 0) {
            close(fd);
        }
        return error == ENOENT
                   ? err_set(err, ERR_NOT_FOUND, 404, "file not found")
                   : err_set(err, ERR_LOCAL, status_of(error), "cannot read: %s", strerror(error));
    }
    bool ok = true;
    char block[64 << 10];
    while (ok && length > 0) {
        size_t want = length < (int64_t)sizeof block ? (size_t)length : sizeof block;
        ssize_t got = pread(fd, block, want, offset);
        if (got <= 0) {
            break;
        }
        ok = buf_add(out, block, (size_t)got) || err_set(err, ERR_LOCAL, 413, "the file is too large");
        offset += got;
        length -= got;
    }
    close(fd);
    return ok;
}

bool files_write(const char *path, const void *bytes, size_t len, struct err *err)
{
    if (!paths_make_parents(path, err)) {
        return false;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        return err_set(err, ERR_LOCAL, status_of(errno), "cannot write: %s", strerror(errno));
    }
    const char *at = bytes;
    bool ok = true;
    while (ok && len > 0) {
        ssize_t put = write(fd, at, len);
        if (put > 0) {
            at += put;
            len -= (size_t)put;
        } else if (errno != EINTR) {
            ok = err_set(err, ERR_LOCAL, 500, "cannot write: %s", strerror(errno));
        }
    }
    if (close(fd) < 0 && ok) {
        ok = err_set(err, ERR_LOCAL, 500, "cannot write: %s", strerror(errno));
    }
    return ok;
}

/* nftw has no argument for its caller, so the sum is the thread's. */
static _Thread_local int64_t sum;

static int add_size(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)path;
    (void)ftw;
    sum += type == FTW_F ? info->st_size : 0;
    return 0;
}

int64_t files_size(const char *path)
{
    sum = 0;
    nftw(path, add_size, 16, FTW_PHYS);
    return sum;
}
