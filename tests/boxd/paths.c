#include "tests/boxd/paths.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "tests/boxd/lifecycle.h"

static const char home[] = "/workspace/home";
enum { HOME = sizeof home - 1, TEXT_MAX = 16 << 20 };

/* Appends one segment to a path: nothing for ".", one less for "..". */
static void add_segment(struct buf *path, const char *segment, size_t len)
{
    if (len == 0 || (len == 1 && segment[0] == '.')) {
        return;
    }
    if (len == 2 && segment[0] == '.' && segment[1] == '.') {
        while (path->len > 0 && path->data[--path->len] != '/') {
        }
        return;
    }
    buf_add_byte(path, '/');
    buf_add(path, segment, len);
}

static void add_segments(struct buf *path, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "/");
        add_segment(path, text, len);
        text += len;
        text += *text == '/' ? 1 : 0;
    }
}

char *paths_inside(const char *path)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    if (path == NULL || path[0] != '/') {
        add_segments(&out, home);
    }
    add_segments(&out, path == NULL ? "" : path);
    if (out.len == 0) {
        buf_add_byte(&out, '/');
    }
    char *inside = mem_dup_bytes(out.data, out.len);
    buf_done(&out);
    return inside;
}

char *paths_host(const struct boxd *boxd, const struct box *box, const char *path)
{
    char *inside = paths_inside(path);
    char *folder = lifecycle_folder(boxd, box);
    bool in_home = strncmp(inside, home, HOME) == 0 && (inside[HOME] == '/' || inside[HOME] == '\0');
    char *host = mem_format("%s/%s%s", folder, in_home ? "home" : "root", in_home ? inside + HOME : inside);
    free(folder);
    free(inside);
    return host;
}

char *paths_translate(const struct boxd *boxd, const struct box *box, const char *text)
{
    char *host = paths_host(boxd, box, NULL);
    struct buf out;
    buf_init(&out, TEXT_MAX);
    for (const char *at = text;;) {
        const char *found = strstr(at, home);
        if (found == NULL) {
            buf_add_text(&out, at);
            break;
        }
        bool whole = !isalnum((unsigned char)found[HOME]) && found[HOME] != '_' && found[HOME] != '-';
        buf_add(&out, at, (size_t)(found - at));
        buf_add_text(&out, whole ? host : home);
        at = found + HOME;
    }
    char *translated = mem_dup_bytes(out.data, out.len);
    buf_done(&out);
    free(host);
    return translated;
}

bool paths_make_parents(const char *host_path, struct err *err)
{
    char *path = mem_dup(host_path);
    bool ok = true;
    for (char *slash = strchr(path + 1, '/'); ok && slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0755) < 0 && errno != EEXIST) {
            ok = err_set(err, ERR_LOCAL, errno, "cannot make a folder: %s", strerror(errno));
        }
        *slash = '/';
    }
    free(path);
    return ok;
}
