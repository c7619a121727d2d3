#include "tui/logroom.h"

#include "client/base/mem.h"
#include "client/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const size_t MEMORY = 64 << 20, MEMORY_MIN = 1 << 20;
static const uint64_t DISK = (uint64_t)2 << 30, SIZE_MOST = (uint64_t)1 << 46;

void logroom_init(struct linepool_options *room)
{
    *room = (struct linepool_options){
        .memory = MEMORY, .disk = DISK, .folder = file_user_path("XDG_CACHE_HOME", ".cache", "lines")};
}

void logroom_done(struct linepool_options *room)
{
    free((char *)room->folder);
    room->folder = NULL;
}

/* "64M": a number, and K, M, G or T. */
static bool read_size(const char *text, uint64_t *size)
{
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    const char *unit = *end != '\0' ? strchr(units, *end & ~0x20) : NULL;
    if (text[0] < '0' || text[0] > '9' || errno != 0 || unit == NULL || end[1] != '\0')
        return false;
    unsigned shift = 10 * (unsigned)(unit - units + 1);
    *size = (uint64_t)number << shift;
    return number <= SIZE_MOST >> shift;
}

static bool set_folder(struct linepool_options *room, const char *value, struct err *err)
{
    const char *home = getenv("HOME");
    bool below_home = strncmp(value, "~/", 2) == 0 && home != NULL;
    if (value[0] != '/' && !below_home)
        return err_set(err, ERR_USAGE, 0, "the folder \"%.80s\" must begin with / or ~/", value);
    free((char *)room->folder);
    room->folder = below_home ? mem_format("%s%s", home, value + 1) : mem_dup(value);
    return true;
}

bool logroom_set(struct linepool_options *room, const char *name, const char *value, struct err *err)
{
    bool memory = strcmp(name, "memory") == 0, disk = strcmp(name, "disk") == 0;
    uint64_t size = 0;
    if (strcmp(name, "folder") == 0)
        return set_folder(room, value, err);
    if (!memory && !disk)
        return err_set(err, ERR_USAGE, 0, "\"%.40s\" is not a setting of [logs]: memory, disk, folder", name);
    bool off = disk && strcmp(value, "off") == 0;
    if (!off && !read_size(value, &size))
        return err_set(err, ERR_USAGE, 0, "%s = %.40s: a size is written as 512K, 64M or 2G", name, value);
    if (disk)
        room->disk = size;
    else if (size < MEMORY_MIN)
        return err_set(err, ERR_USAGE, 0, "memory = %.40s: log lines need 1M at least", value);
    else
        room->memory = (size_t)size;
    return true;
}
