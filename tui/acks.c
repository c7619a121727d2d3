#include "tui/acks.h"

#include "client/base/mem.h"
#include "client/file.h"
#include "client/json.h"
#include "tui/rules.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_CAP = 4 << 20, VERSION = 1 };

static const int64_t KEEP_MS = (int64_t)60 * 24 * 60 * 60 * 1000;

static uint64_t digest_of(const char *key)
{
    return json_digest(key, strlen(key));
}

void acks_done(struct acks *acks)
{
    for (size_t i = 0; i < acks->count; i++)
        free(acks->items[i].key);
    free(acks->items);
    *acks = (struct acks){0};
}

static size_t find(const struct acks *acks, const char *key)
{
    uint64_t digest = digest_of(key);
    size_t at = 0;
    while (at < acks->count && (acks->items[at].digest != digest || strcmp(acks->items[at].key, key) != 0))
        at++;
    return at;
}

static void remove_at(struct acks *acks, size_t at)
{
    free(acks->items[at].key);
    acks->count--;
    memmove(acks->items + at, acks->items + at + 1, (acks->count - at) * sizeof *acks->items);
}

void acks_remove(struct acks *acks, const char *key)
{
    size_t at = find(acks, key);
    if (at == acks->count)
        return;
    remove_at(acks, at);
    acks->changed = true;
}

void acks_set(struct acks *acks, const char *key, int64_t until, int64_t wall_ms)
{
    acks_remove(acks, key);
    if (acks->count == ACKS_MAX)
        remove_at(acks, 0);
    acks->items = mem_grow(acks->items, &acks->room, acks->count + 1, sizeof *acks->items);
    acks->items[acks->count++] =
        (struct ack){.key = mem_dup(key), .digest = digest_of(key), .at = wall_ms, .until = until};
    acks->changed = true;
}

enum ack_state acks_state(const struct acks *acks, const char *key, int64_t wall_ms)
{
    size_t at = find(acks, key);
    if (at == acks->count)
        return ACK_NONE;
    if (acks->items[at].until == 0)
        return ACK_SEEN;
    return wall_ms < acks->items[at].until ? ACK_SNOOZED : ACK_NONE;
}

static void load_one(struct acks *acks, const json_t *entry, int64_t wall_ms)
{
    size_t len = 0;
    const char *key = json_text(entry, "key", &len);
    int64_t at = json_int64(entry, "at", 0);
    if (key == NULL || len == 0 || len >= NOTICE_KEY || strlen(key) != len || wall_ms - at > KEEP_MS)
        return;
    acks_set(acks, key, json_int64(entry, "until", 0), at);
}

void acks_load(struct acks *acks, const char *path, int64_t wall_ms)
{
    size_t len = 0;
    struct err err;
    acks_done(acks);
    char *bytes = file_read(path, FILE_CAP, &len, &err);
    json_t *root = bytes != NULL ? json_load_tolerant(bytes, len, &err) : NULL;
    const json_t *list =
        json_int64(root, "boxtop_attention", 0) == VERSION ? json_object_get(root, "seen") : NULL;
    for (size_t i = 0; i < json_array_size(list); i++)
        load_one(acks, json_array_get(list, i), wall_ms);
    json_decref(root);
    free(bytes);
    acks->changed = false;
}

bool acks_save(struct acks *acks, const char *path, struct err *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < acks->count; i++)
        json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "key", acks->items[i].key, "at",
                                              (json_int_t)acks->items[i].at, "until",
                                              (json_int_t)acks->items[i].until));
    json_t *root = json_pack("{s:i, s:o}", "boxtop_attention", VERSION, "seen", list);
    char *text = json_dumps(root, JSON_INDENT(1));
    bool done = text != NULL && file_write_private(path, text, strlen(text), FILE_QUICK, err);
    free(text);
    json_decref(root);
    acks->changed = acks->changed && !done;
    return done;
}
