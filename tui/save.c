#include "tui/save.h"

#include "client/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct save {
    FILE *file;
    char *path;
};

struct save *save_open(const char *path, struct err *err)
{
    const char *home = getenv("HOME");
    char *full =
        strncmp(path, "~/", 2) == 0 && home != NULL ? mem_format("%s/%s", home, path + 2) : mem_dup(path);
    int fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        err_set(err, ERR_LOCAL, errno, "%.120s was not written: %s", path,
                errno == EEXIST ? "it exists already" : strerror(errno));
        if (fd >= 0)
            close(fd);
        free(full);
        return NULL;
    }
    struct save *save = mem_zalloc(1, sizeof *save);
    save->file = file;
    save->path = full;
    return save;
}

void save_text(struct save *save, const char *text)
{
    fputs(text, save->file);
}

void save_format(struct save *save, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(save->file, format, args);
    va_end(args);
}

bool save_close(struct save *save, struct err *err)
{
    bool good = !ferror(save->file);
    good = fclose(save->file) == 0 && good;
    if (!good)
        err_set(err, ERR_LOCAL, errno, "%.120s is not complete: %s", save->path, strerror(errno));
    free(save->path);
    free(save);
    return good;
}
