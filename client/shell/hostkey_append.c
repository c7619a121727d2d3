/* Remembering a host key: one line at the end of our own file, safely. */
#include "client/shell/hostkey.h"

#include "client/base/mem.h"
#include "client/file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        len -= (size_t)written;
    }
    return true;
}

/* "host type base64\n" */
static char *make_line(const struct hostkey_place *place, const char *type, const struct hostkey *key)
{
    char *encoded = mem_alloc(key->len / 3 * 4 + 8);
    EVP_EncodeBlock((unsigned char *)encoded, key->blob, (int)key->len);
    char *line = place->port == 22 ? mem_format("%s %s %s\n", place->host, type, encoded)
                                   : mem_format("[%s]:%d %s %s\n", place->host, place->port, type, encoded);
    free(encoded);
    return line;
}

static void make_folder(const char *file)
{
    char *folder = mem_dup(file);
    char *slash = strrchr(folder, '/');
    if (slash != NULL && slash != folder) {
        *slash = '\0';
        file_make_folder(folder, NULL); /* a failure shows when the file is opened */
    }
    free(folder);
}

/* A file that was cut in the middle of a line must not swallow ours. */
static bool end_last_line(int fd)
{
    struct stat status;
    char last = '\n';
    if (fstat(fd, &status) != 0)
        return false;
    if (status.st_size > 0 && pread(fd, &last, 1, status.st_size - 1) != 1)
        return false;
    return last == '\n' || write_all(fd, "\n", 1);
}

/* Another boxtop holds the lock for as long as one line takes to reach the disk. */
static bool lock_file(int fd)
{
    enum { TRIES = 20, PAUSE_MS = 5 };
    for (int i = 0; i < TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return false;
        poll(NULL, 0, PAUSE_MS);
    }
    return false;
}

/* A name that is safe as a field of the line. */
static bool is_plain_host(const char *host)
{
    return host[0] != '\0' && strpbrk(host, " \t\r\n,*?!|#@") == NULL;
}

bool hostkey_append(const char *file, const struct hostkey_place *place, const struct hostkey *key,
                    struct err *err)
{
    char type[HOSTKEY_TYPE_MAX];
    if (!hostkey_parse(key, type) || !is_plain_host(place->host))
        return err_set(err, ERR_PROTOCOL, 0, "The host key could not be remembered: it is not a plain key");
    make_folder(file);
    int fd = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    char *line = make_line(place, type, key);
    bool ok =
        fd >= 0 && lock_file(fd) && end_last_line(fd) && write_all(fd, line, strlen(line)) && fsync(fd) == 0;
    if (!ok)
        err_set(err, ERR_LOCAL, errno, "The host key could not be remembered in %s: %s", file,
                strerror(errno));
    free(line);
    if (fd >= 0)
        close(fd);
    return ok;
}
