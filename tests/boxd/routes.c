#include "tests/boxd/routes.h"

#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"

static const struct route table[] = {
    {"POST", "/_boxd/faults", control_faults},
    {"GET", "/_boxd/counters", control_counters},
    {"POST", "/_boxd/log", control_log},
    {"POST", "/_boxd/box", control_box},
    {"GET", "/v2/box", boxes_list},
    {"POST", "/v2/box", boxes_create},
    {"DELETE", "/v2/box", boxes_delete_many},
    {"GET", "/v2/box/logs", logs_of_account},
    {"GET", "/v2/box/apikeys", apikeys_list},
    {"GET", "/v2/box/settings/env", env_list},
    {"PUT", "/v2/box/settings/env", env_replace},
    {"PUT", "/v2/box/settings/env/{}", env_set},
    {"DELETE", "/v2/box/settings/env/{}", env_delete},
    {"GET", "/v2/box/snapshots", snapshots_of_account},
    {"DELETE", "/v2/box/snapshots", snapshots_delete_many},
    {"POST", "/v2/box/from-snapshot", snapshots_restore},
    {"GET", "/v2/box/{}", boxes_get},
    {"DELETE", "/v2/box/{}", boxes_delete},
    {"GET", "/v2/box/{}/status", boxes_status},
    {"POST", "/v2/box/{}/pause", boxes_pause},
    {"POST", "/v2/box/{}/resume", boxes_resume},
    {"GET", "/v2/box/{}/runs", runs_list},
    {"GET", "/v2/box/{}/runs/{}", runs_get},
    {"POST", "/v2/box/{}/runs/{}/cancel", runs_cancel},
    {"GET", "/v2/box/{}/logs", logs_of_box},
    {"POST", "/v2/box/{}/exec", exec_run},
    {"POST", "/v2/box/{}/exec-stream", exec_stream},
    {"POST", "/v2/box/{}/code", code_run},
    {"POST", "/v2/box/{}/code-stream", code_stream},
    {"POST", "/v2/box/{}/run", agent_run},
    {"POST", "/v2/box/{}/run/stream", agent_stream},
    {"GET", "/v2/box/{}/files/read", files_get},
    {"POST", "/v2/box/{}/files/write", files_put},
    {"GET", "/v2/box/{}/files/list", files_list},
    {"POST", "/v2/box/{}/files/upload", files_upload},
    {"GET", "/v2/box/{}/files/download", files_download},
    {"GET", "/v2/box/{}/files/stat", files_stat},
    {"POST", "/v2/box/{}/files/mkdir", files_mkdir},
    {"POST", "/v2/box/{}/files/rename", files_rename},
    {"POST", "/v2/box/{}/files/remove", files_remove},
    {"GET", "/v2/box/{}/snapshots", snapshots_of_box},
    {"POST", "/v2/box/{}/snapshots", snapshots_create},
    {"DELETE", "/v2/box/{}/snapshots/{}", snapshots_delete},
    {"GET", "/v2/box/{}/schedules", schedules_list},
    {"POST", "/v2/box/{}/schedules", schedules_create},
    {"GET", "/v2/box/{}/schedules/{}", schedules_get},
    {"PATCH", "/v2/box/{}/schedules/{}", schedules_update},
    {"DELETE", "/v2/box/{}/schedules/{}", schedules_delete},
    {"POST", "/v2/box/{}/schedules/{}/pause", schedules_pause},
    {"POST", "/v2/box/{}/schedules/{}/resume", schedules_resume},
    {"POST", "/v2/box/{}/git/clone", git_clone},
    {"GET", "/v2/box/{}/git/diff", git_diff},
    {"GET", "/v2/box/{}/git/status", git_status},
    {"POST", "/v2/box/{}/git/commit", git_commit},
    {"POST", "/v2/box/{}/git/push", git_push},
    {"POST", "/v2/box/{}/git/create-pr", git_create_pr},
    {"POST", "/v2/box/{}/git/exec", git_exec},
    {"POST", "/v2/box/{}/git/checkout", git_checkout},
    {"PUT", "/v2/box/{}/git-config", git_config},
    {"PUT", "/v2/box/{}/config/model", config_model},
    {"PUT", "/v2/box/{}/config/custom-runner", config_custom_runner},
    {"PUT", "/v2/box/{}/config/network-policy", config_network_policy},
    {"POST", "/v2/box/{}/config/skills", config_add_skill},
    {"DELETE", "/v2/box/{}/config/skills/{}/{}/{}", config_remove_skill},
    {"POST", "/v2/box/{}/config/labels", config_add_label},
    {"DELETE", "/v2/box/{}/config/labels/{}", config_remove_label},
    {"GET", "/v2/box/{}/startup", startup_get},
    {"PUT", "/v2/box/{}/startup", startup_set},
    {"DELETE", "/v2/box/{}/startup", startup_delete},
    {"GET", "/v2/box/{}/preview", preview_list},
    {"POST", "/v2/box/{}/preview", preview_create},
    {"DELETE", "/v2/box/{}/preview/{}", preview_delete},
};

enum { TABLE = sizeof table / sizeof *table };
_Static_assert((int)TABLE <= (int)ROUTES_MAX, "the counters have room for every route");

const struct route *routes_table(size_t *count)
{
    *count = TABLE;
    return table;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A decoded copy of a path segment; NULL when an escape is malformed or makes a NUL. */
static char *decode(const char *segment, size_t len)
{
    char *out = mem_alloc(len + 1);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        char c = segment[i];
        if (c == '%') {
            int high = i + 2 < len ? hex_value(segment[i + 1]) : -1;
            int low = i + 2 < len ? hex_value(segment[i + 2]) : -1;
            if (high < 0 || low < 0 || (high | low) == 0) {
                free(out);
                return NULL;
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        out[used++] = c;
    }
    out[used] = '\0';
    return out;
}

/* Whether the path has the pattern's shape. The segments of its `{}` are put into `args`. */
static bool match(const char *pattern, const char *path, const char **args, size_t *lens, int *count)
{
    *count = 0;
    while (*pattern != '\0') {
        if (pattern[0] == '{' && pattern[1] == '}') {
            size_t len = strcspn(path, "/");
            if (len == 0) {
                return false;
            }
            args[*count] = path;
            lens[(*count)++] = len;
            pattern += 2;
            path += len;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

static bool take_args(struct request *rq, const char **args, const size_t *lens, int count)
{
    for (int i = 0; i < count; i++) {
        rq->args[i] = decode(args[i], lens[i]);
        rq->arg_count = i + 1;
        if (rq->args[i] == NULL) {
            return false;
        }
    }
    return true;
}

const struct route *routes_find(struct request *rq, size_t *index)
{
    bool path_known = false;
    for (size_t i = 0; i < TABLE; i++) {
        const char *args[REQUEST_ARGS];
        size_t lens[REQUEST_ARGS];
        int count;
        if (!match(table[i].pattern, rq->path, args, lens, &count)) {
            continue;
        }
        path_known = true;
        if (strcmp(table[i].method, rq->method) != 0) {
            continue;
        }
        if (!take_args(rq, args, lens, count)) {
            reply_error(rq, 400, "bad request: the path has a malformed escape");
            return NULL;
        }
        *index = i;
        return &table[i];
    }
    reply_error(rq, path_known ? 405 : 404, path_known ? "method not allowed" : "not found");
    return NULL;
}

struct box *routes_box(struct request *rq)
{
    struct box *box = store_find(&rq->boxd->store, rq->args[0], false);
    if (box == NULL) {
        reply_error(rq, 404, "box not found");
    }
    return box;
}
