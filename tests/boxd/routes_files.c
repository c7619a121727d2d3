/*
 * Files of a box (box-api.md 2.7).
 */
#include "tests/boxd/routes.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/base/mem.h"
#include "tests/boxd/base64.h"
#include "tests/boxd/files.h"
#include "tests/boxd/lifecycle.h"
#include "tests/boxd/multipart.h"
#include "tests/boxd/paths.h"
#include "tests/boxd/work.h"

enum { RANGE_MAX = 8 << 20 };

static void reply_errno(struct request *rq, int error)
{
    if (error == ENOENT || error == ENOTDIR) {
        reply_error(rq, 404, "file not found");
    } else {
        reply_error(rq, 400, "%s", strerror(error));
    }
}

/* The box awake, and the path of a parameter on this machine, which the caller frees. NULL after replying. */
static struct box *box_and_path(struct request *rq, const char *path, const char *name, char **host)
{
    struct box *box = work_box(rq);
    if (box == NULL) {
        return NULL;
    }
    if (path == NULL || path[0] == '\0') {
        reply_error(rq, 400, "bad request: %s is missing", name);
        return NULL;
    }
    *host = paths_host(rq->boxd, box, path);
    return box;
}

static void reply_content(struct request *rq, const struct buf *content)
{
    const char *encoding = request_query(rq, "encoding");
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_key(&wire.w, "content");
    if (encoding != NULL && strcmp(encoding, "base64") == 0) {
        struct buf text;
        buf_init(&text, (size_t)REQUEST_BODY_MAX * 2);
        base64_encode(buf_text(content), content->len, &text);
        jsonw_bytes(&wire.w, buf_text(&text), text.len);
        buf_done(&text);
    } else {
        jsonw_bytes(&wire.w, buf_text(content), content->len);
    }
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

void files_get(struct request *rq)
{
    char *path;
    if (box_and_path(rq, request_query(rq, "path"), "path", &path) == NULL) {
        return;
    }
    struct err err;
    struct buf content;
    long length = request_query_number(rq, "length", -1);
    buf_init(&content, REQUEST_BODY_MAX);
    if (length > RANGE_MAX) {
        reply_error(rq, 400, "length is at most %d", RANGE_MAX);
    } else if (files_read(path, request_query_number(rq, "offset", 0), length < 0 ? INT64_MAX : length,
                          &content, &err)) {
        reply_content(rq, &content);
    } else {
        reply_error(rq, err.code, "%s", err.text);
    }
    buf_done(&content);
    free(path);
}

void files_put(struct request *rq)
{
    char *path;
    if (request_json(rq) == NULL || box_and_path(rq, request_text(rq, "path"), "path", &path) == NULL) {
        return;
    }
    json_t *content = json_object_get(rq->json, "content");
    const char *encoding = request_text(rq, "encoding");
    struct buf bytes;
    struct err err;
    buf_init(&bytes, REQUEST_BODY_MAX);
    bool ok = json_is_string(content);
    if (ok && encoding != NULL && strcmp(encoding, "base64") == 0) {
        ok = base64_decode(json_string_value(content), json_string_length(content), &bytes);
    } else if (ok) {
        buf_add(&bytes, json_string_value(content), json_string_length(content));
    }
    if (!ok) {
        reply_error(rq, 400, "bad request: content is missing or does not decode");
    } else if (files_write(path, buf_text(&bytes), bytes.len, &err)) {
        reply_empty(rq);
    } else {
        reply_error(rq, err.code, "%s", err.text);
    }
    buf_done(&bytes);
    free(path);
}

static void write_entry(struct wire *wire, const char *host, const char *inside, const char *name)
{
    struct stat info;
    char stamp[32] = "";
    char *path = mem_format("%s/%s", host, name);
    char *shown = mem_format("%s/%s", strcmp(inside, "/") == 0 ? "" : inside, name);
    if (stat(path, &info) < 0 && lstat(path, &info) < 0) {
        info = (struct stat){.st_mode = S_IFREG};
    } else {
        struct tm tm;
        gmtime_r(&info.st_mtime, &tm);
        strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &tm);
    }
    jsonw_open(&wire->w, '{');
    jsonw_text_field(&wire->w, "name", name);
    jsonw_text_field(&wire->w, "path", shown);
    jsonw_int_field(&wire->w, "size", info.st_size);
    jsonw_bool_field(&wire->w, "is_dir", S_ISDIR(info.st_mode));
    jsonw_text_field(&wire->w, "mod_time", stamp);
    jsonw_close(&wire->w, '}');
    free(shown);
    free(path);
}

static int visible(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* An empty folder gives null, as the service does. */
void files_list(struct request *rq)
{
    struct box *box = work_box(rq);
    if (box == NULL) {
        return;
    }
    const char *folder = request_query(rq, "folder");
    char *inside = paths_inside(folder);
    char *host = paths_host(rq->boxd, box, folder);
    struct dirent **entries;
    int count = scandir(host, &entries, visible, alphasort);
    if (count < 0) {
        reply_errno(rq, errno);
    } else {
        struct wire wire;
        reply_begin(rq, &wire);
        jsonw_open(&wire.w, '{');
        jsonw_key(&wire.w, "files");
        if (count == 0) {
            jsonw_null(&wire.w);
        } else if (wire_open_list(&wire)) {
            for (int i = 0; i < count; i++) {
                write_entry(&wire, host, inside, entries[i]->d_name);
            }
            jsonw_close(&wire.w, ']');
        }
        jsonw_close(&wire.w, '}');
        reply_end(rq, &wire, 200);
        for (int i = 0; i < count; i++) {
            free(entries[i]);
        }
        free(entries);
    }
    free(host);
    free(inside);
}

/* Parts come in pairs, `paths` then `files`, and are matched by order. */
void files_upload(struct request *rq)
{
    struct box *box = work_box(rq);
    struct multipart form;
    if (box == NULL) {
        return;
    }
    bool ok = multipart_is(rq) && multipart_read(rq, &form);
    if (!ok) {
        reply_error(rq, 400, "bad request: a multipart form is needed");
        return;
    }
    const char *target = NULL;
    struct err err = {.code = 400, .text = "bad request: a file without its path"};
    for (size_t i = 0; ok && i < form.count; i++) {
        const struct part *part = &form.parts[i];
        if (strcmp(part->name, "paths") == 0) {
            target = buf_text(&part->data);
        } else if (strcmp(part->name, "files") == 0) {
            char *path = target == NULL ? NULL : paths_host(rq->boxd, box, target);
            ok = path != NULL && files_write(path, buf_text(&part->data), part->data.len, &err);
            free(path);
            target = NULL;
        }
    }
    multipart_done(&form);
    if (ok) {
        reply_empty(rq);
    } else {
        reply_error(rq, err.code, "%s", err.text);
    }
}

void files_download(struct request *rq)
{
    char *path;
    if (box_and_path(rq, request_query(rq, "folder"), "folder", &path) == NULL) {
        return;
    }
    struct err err;
    buf_init(&rq->reply.body, REQUEST_BODY_MAX);
    if (files_read(path, 0, INT64_MAX, &rq->reply.body, &err)) {
        rq->reply.status = 200;
        rq->reply.content_type = "application/octet-stream";
    } else {
        reply_error(rq, err.code, "%s", err.text);
    }
    free(path);
}

static const char *type_word(mode_t mode)
{
    return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "directory" : S_ISLNK(mode) ? "symlink" : "other";
}

void files_stat(struct request *rq)
{
    char *path;
    if (box_and_path(rq, request_query(rq, "path"), "path", &path) == NULL) {
        return;
    }
    const char *follow = request_query(rq, "follow");
    bool through = follow != NULL && strcmp(follow, "true") == 0;
    struct stat info;
    if ((through ? stat(path, &info) : lstat(path, &info)) < 0) {
        reply_errno(rq, errno);
    } else {
        char *version = mem_format("%lld-%lld-%lld", (long long)info.st_ino, (long long)info.st_size,
                                   (long long)info.st_mtime);
        struct wire wire;
        reply_begin(rq, &wire);
        jsonw_open(&wire.w, '{');
        jsonw_text_field(&wire.w, "type", type_word(info.st_mode));
        jsonw_int_field(&wire.w, "size", info.st_size);
        jsonw_int_field(&wire.w, "mtime", info.st_mtime);
        jsonw_int_field(&wire.w, "inode", (int64_t)info.st_ino);
        jsonw_text_field(&wire.w, "version", version);
        jsonw_close(&wire.w, '}');
        reply_end(rq, &wire, 200);
        free(version);
    }
    free(path);
}

static void reply_done(struct request *rq, bool ok)
{
    if (ok) {
        reply_empty(rq);
    } else {
        reply_errno(rq, errno);
    }
}

void files_mkdir(struct request *rq)
{
    char *path;
    if (request_json(rq) == NULL || box_and_path(rq, request_text(rq, "path"), "path", &path) == NULL) {
        return;
    }
    struct err err;
    bool parents = json_is_true(json_object_get(rq->json, "parents"));
    bool there = parents && access(path, F_OK) == 0;
    reply_done(rq, there || ((!parents || paths_make_parents(path, &err)) && mkdir(path, 0755) == 0));
    free(path);
}

void files_rename(struct request *rq)
{
    char *from;
    struct box *box =
        request_json(rq) == NULL ? NULL : box_and_path(rq, request_text(rq, "from"), "from", &from);
    if (box == NULL) {
        return;
    }
    const char *to = request_text(rq, "to");
    if (to == NULL || to[0] == '\0') {
        reply_error(rq, 400, "bad request: to is missing");
    } else {
        char *target = paths_host(rq->boxd, box, to);
        reply_done(rq, rename(from, target) == 0);
        free(target);
    }
    free(from);
}

void files_remove(struct request *rq)
{
    char *path;
    struct stat info;
    if (request_json(rq) == NULL || box_and_path(rq, request_text(rq, "path"), "path", &path) == NULL) {
        return;
    }
    if (lstat(path, &info) < 0) {
        reply_errno(rq, errno);
    } else if (!S_ISDIR(info.st_mode)) {
        reply_done(rq, unlink(path) == 0);
    } else if (json_is_true(json_object_get(rq->json, "recursive"))) {
        lifecycle_remove_folder(path);
        reply_empty(rq);
    } else {
        reply_error(rq, 400, "a directory needs recursive");
    }
    free(path);
}
