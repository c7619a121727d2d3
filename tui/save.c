#include "tui/save.h"

#include "client/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct save {
    FILE *file;
    char *path;
    char *beside; /* what it is called until it is whole */
    bool replace;
};

static char *full_path(const char *path)
{
    const char *home = getenv("HOME");
    return strncmp(path, "~/", 2) == 0 && home != NULL ? mem_format("%s/%s", home, path + 2) : mem_dup(path);
}

bool save_exists(const char *path)
{
    char *full = full_path(path);
    struct stat info;
    bool there = lstat(full, &info) == 0;
    free(full);
    return there;
}

static bool say_not_written(struct err *err, const char *path, int why)
{
    return err_set(err, ERR_LOCAL, why, "%.120s was not written: %s", path,
                   why == EEXIST ? "it exists already" : strerror(why));
}

static void free_save(struct save *save)
{
    free(save->path);
    free(save->beside);
    free(save);
}

struct save *save_open(const char *path, bool replace, struct err *err)
{
    struct save *save = mem_zalloc(1, sizeof *save);
    save->path = full_path(path);
    save->beside = mem_format("%s.%ld.part", save->path, (long)getpid());
    save->replace = replace;
    if (!replace && save_exists(path)) {
        say_not_written(err, path, EEXIST);
        free_save(save);
        return NULL;
    }
    errno = ENOENT; /* no name at all */
    int fd = path[0] != '\0' ? open(save->beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    save->file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (save->file == NULL) {
        say_not_written(err, path, errno);
        if (fd >= 0)
            close(fd);
        free_save(save);
        return NULL;
    }
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

/* Not over what came up meanwhile, unless it may be replaced. A file system without hard links has no other
 * way than to look and rename. */
static bool give_name(const struct save *save)
{
    if (save->replace)
        return rename(save->beside, save->path) == 0;
    if (link(save->beside, save->path) == 0) {
        unlink(save->beside);
        return true;
    }
    if (errno == EEXIST || save_exists(save->path))
        return false;
    return rename(save->beside, save->path) == 0;
}

bool save_close(struct save *save, struct err *err)
{
    errno = 0;
    bool good = !ferror(save->file);
    good = fclose(save->file) == 0 && good;
    save->file = NULL;
    good = good && give_name(save);
    if (!good)
        say_not_written(err, save->path, errno != 0 ? errno : EIO);
    if (good)
        free_save(save);
    else
        save_drop(save);
    return good;
}

void save_drop(struct save *save)
{
    if (save == NULL)
        return;
    if (save->file != NULL)
        fclose(save->file);
    unlink(save->beside);
    free_save(save);
}
