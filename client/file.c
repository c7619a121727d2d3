#include "client/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/base/mem.h"

bool file_make_folder(const char *path, struct err *err)
{
    char *copy = mem_dup(path);
    bool ok = true;
    for (char *slash = copy + 1; ok; slash++) {
        slash += strcspn(slash, "/");
        char kept = *slash;
        *slash = '\0';
        ok = mkdir(copy, 0700) == 0 || errno == EEXIST || errno == EISDIR;
        *slash = kept;
        if (kept == '\0')
            break;
    }
    if (!ok)
        err_set(err, ERR_LOCAL, errno, "cannot make the folder %s: %s", path, strerror(errno));
    free(copy);
    return ok;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, bytes, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        bytes += done;
        len -= (size_t)done;
    }
    return true;
}

bool file_write_private(const char *path, const void *bytes, size_t len, enum file_care care, struct err *err)
{
    const char *slash = strrchr(path, '/');
    if (slash != NULL && slash != path) {
        char *folder = mem_dup_bytes(path, (size_t)(slash - path));
        bool made = file_make_folder(folder, err);
        free(folder);
        if (!made)
            return false;
    }
    char *temporary = mem_format("%s.XXXXXX", path);
    int fd = mkostemp(temporary, O_CLOEXEC); /* makes it 0600 */
    bool ok = fd >= 0 && write_all(fd, bytes, len) && (care == FILE_QUICK || fsync(fd) == 0);
    int failed = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        ok = false;
        failed = errno;
    }
    if (ok && rename(temporary, path) != 0) {
        ok = false;
        failed = errno;
    }
    if (!ok) {
        if (fd >= 0)
            unlink(temporary);
        err_set(err, ERR_LOCAL, failed, "cannot write %s: %s", path, strerror(failed));
    }
    free(temporary);
    return ok;
}

char *file_read(const char *path, size_t cap, size_t *len, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        err_set(err, ERR_LOCAL, errno, "cannot read %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    if (!S_ISREG(info.st_mode) || info.st_size < 0 || (uint64_t)info.st_size > cap) {
        err_set(err, ERR_LOCAL, 0, "cannot read %s: %s", path,
                S_ISREG(info.st_mode) ? "it is too large" : "not an ordinary file");
        close(fd);
        return NULL;
    }
    char *bytes = mem_alloc((size_t)info.st_size + 1);
    size_t got = 0;
    while (got < (size_t)info.st_size) {
        ssize_t more = read(fd, bytes + got, (size_t)info.st_size - got);
        if (more <= 0 && !(more < 0 && errno == EINTR))
            break;
        got += more > 0 ? (size_t)more : 0;
    }
    close(fd);
    bytes[got] = '\0';
    *len = got;
    return bytes;
}

char *file_user_path(const char *variable, const char *fallback, const char *name)
{
    const char *base = getenv(variable);
    if (base != NULL && base[0] == '/')
        return mem_format("%s/boxtop/%s", base, name);
    const char *home = getenv("HOME");
    if (home == NULL || home[0] != '/')
        return NULL;
    return mem_format("%s/%s/boxtop/%s", home, fallback, name);
}
