#include "tui/logmemory.h"

#include "client/base/log.h"
#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "client/file.h"
#include "client/json.h"
#include "client/text/inert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_CAP = 4 << 20, VERSION = 1, SEARCH_MAX = 4096 };

static const char *const viewer_names[VIEWERS] = {
    [VIEWER_LOGS] = "logs", [VIEWER_FLEET] = "fleet", [VIEWER_COMMAND] = "command"};

static void drop_filters(struct logmemory *memory, enum logmemory_viewer viewer)
{
    for (size_t i = 0; i < memory->filter_count[viewer]; i++)
        free(memory->filters[viewer][i].text);
    memory->filter_count[viewer] = 0;
}

void logmemory_done(struct logmemory *memory)
{
    while (memory->mark_count > 0)
        logmemory_remove(memory, memory->mark_count - 1);
    free(memory->marks);
    for (size_t i = 0; i < memory->search_count; i++)
        free(memory->searches[i]);
    for (enum logmemory_viewer viewer = 0; viewer < VIEWERS; viewer++)
        drop_filters(memory, viewer);
    free(memory->path);
    *memory = (struct logmemory){0};
}

/* ---- bookmarks ---- */

uint64_t logmemory_digest(const struct text *text)
{
    return text->bytes != NULL ? json_digest(text->bytes, text->len) : 0;
}

size_t logmemory_find(const struct logmemory *memory, const char *owner, int64_t time_ms,
                      const struct text *text)
{
    uint64_t digest = 0;
    bool known = false;
    for (size_t i = 0; i < memory->mark_count; i++) {
        const struct logmemory_mark *mark = &memory->marks[i];
        if (mark->time_ms != time_ms || strcmp(mark->owner, owner) != 0)
            continue;
        if (!known)
            digest = logmemory_digest(text);
        known = true;
        if (mark->digest == digest)
            return i;
    }
    return memory->mark_count;
}

size_t logmemory_find_letter(const struct logmemory *memory, const char *owner, char letter)
{
    size_t at = 0;
    while (at < memory->mark_count &&
           (memory->marks[at].letter != letter || strcmp(memory->marks[at].owner, owner) != 0))
        at++;
    return at;
}

static char free_letter(const struct logmemory *memory, const char *owner)
{
    for (char letter = 'a'; letter <= 'z'; letter++)
        if (logmemory_find_letter(memory, owner, letter) == memory->mark_count)
            return letter;
    return 0;
}

static void add_mark(struct logmemory *memory, struct logmemory_mark mark)
{
    if (memory->mark_count == LOGMEMORY_MARKS)
        logmemory_remove(memory, 0);
    memory->marks =
        mem_grow(memory->marks, &memory->mark_room, memory->mark_count + 1, sizeof *memory->marks);
    memory->marks[memory->mark_count++] = mark;
}

char logmemory_set(struct logmemory *memory, const char *owner, int64_t time_ms, const struct text *text,
                   char letter)
{
    size_t old = logmemory_find(memory, owner, time_ms, text);
    if (old < memory->mark_count)
        logmemory_remove(memory, old);
    size_t other = letter != 0 ? logmemory_find_letter(memory, owner, letter) : memory->mark_count;
    if (other < memory->mark_count)
        memory->marks[other].letter = 0;
    if (letter == 0)
        letter = free_letter(memory, owner);
    size_t len = text->bytes != NULL ? utf8_cut(text->bytes, text->len, LOGMEMORY_TEXT) : 0;
    add_mark(memory, (struct logmemory_mark){.owner = mem_dup(owner),
                                             .time_ms = time_ms,
                                             .digest = logmemory_digest(text),
                                             .letter = letter,
                                             .text = mem_dup_bytes(len > 0 ? text->bytes : "", len)});
    return letter;
}

void logmemory_remove(struct logmemory *memory, size_t index)
{
    struct logmemory_mark *mark = &memory->marks[index];
    free(mark->owner);
    free(mark->text);
    memory->mark_count--;
    memmove(mark, mark + 1, (memory->mark_count - index) * sizeof *mark);
}

/* ---- searches and filters ---- */

void logmemory_add_search(struct logmemory *memory, const char *text)
{
    size_t at = 0;
    while (at < memory->search_count && strcmp(memory->searches[at], text) != 0)
        at++;
    if (at == memory->search_count && at < LOGMEMORY_SEARCHES)
        memory->searches[memory->search_count++] = NULL;
    else if (at == LOGMEMORY_SEARCHES)
        at = 0;
    free(memory->searches[at]);
    memmove(&memory->searches[at], &memory->searches[at + 1],
            (memory->search_count - at - 1) * sizeof memory->searches[0]);
    memory->searches[memory->search_count - 1] = mem_dup(text);
}

void logmemory_put_filter(struct logmemory *memory, enum logmemory_viewer viewer,
                          const struct logfilter *filter)
{
    drop_filters(memory, viewer);
    for (size_t i = 0; i < filter->term_count; i++)
        memory->filters[viewer][memory->filter_count[viewer]++] =
            (struct logmemory_filter){logfilter_term_text(filter, i), filter->terms[i].off};
}

void logmemory_get_filter(const struct logmemory *memory, enum logmemory_viewer viewer,
                          struct logfilter *filter)
{
    for (size_t i = 0; i < memory->filter_count[viewer]; i++) {
        struct err err;
        size_t before = filter->term_count;
        if (logfilter_add(filter, memory->filters[viewer][i].text, &err) && filter->term_count > before)
            filter->terms[filter->term_count - 1].off = memory->filters[viewer][i].off;
    }
}

/* ---- the file ---- */

static void load_mark(struct logmemory *memory, const json_t *entry)
{
    size_t owner_len = 0, text_len = 0;
    const char *owner = json_text(entry, "box", &owner_len), *text = json_text(entry, "text", &text_len);
    const char *digest = json_text(entry, "digest", NULL), *letter = json_text(entry, "letter", NULL);
    int64_t time_ms = json_int64(entry, "time", 0);
    if (owner == NULL || owner_len == 0 || digest == NULL || memory->mark_count == LOGMEMORY_MARKS)
        return;
    bool lettered = letter != NULL && letter[0] >= 'a' && letter[0] <= 'z';
    char *label = inert_label(text != NULL ? text : "", text_len);
    label[utf8_cut(label, strlen(label), LOGMEMORY_TEXT)] = '\0';
    add_mark(memory, (struct logmemory_mark){.owner = inert_label(owner, owner_len),
                                             .time_ms = time_ms,
                                             .digest = strtoull(digest, NULL, 16),
                                             .letter = lettered ? letter[0] : '\0',
                                             .text = label});
}

static void load_filters(struct logmemory *memory, enum logmemory_viewer viewer, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list) && memory->filter_count[viewer] < LOGFILTER_TERMS; i++) {
        const json_t *entry = json_array_get(list, i);
        size_t len = 0;
        const char *text = json_text(entry, "text", &len);
        if (text != NULL && len > 0 && len < SEARCH_MAX && strlen(text) == len)
            memory->filters[viewer][memory->filter_count[viewer]++] = (struct logmemory_filter){
                inert_label(text, len), json_is_true(json_object_get(entry, "off"))};
    }
}

void logmemory_load(struct logmemory *memory, const char *path)
{
    size_t len = 0;
    struct err err;
    logmemory_done(memory);
    memory->path = mem_dup(path);
    char *bytes = path != NULL ? file_read(path, FILE_CAP, &len, &err) : NULL;
    json_t *root = bytes != NULL ? json_load_tolerant(bytes, len, &err) : NULL;
    if (json_int64(root, "boxtop_viewer", 0) == VERSION) {
        const json_t *marks = json_object_get(root, "bookmarks"),
                     *searches = json_object_get(root, "searches");
        for (size_t i = 0; i < json_array_size(marks); i++)
            load_mark(memory, json_array_get(marks, i));
        for (size_t i = 0; i < json_array_size(searches); i++) {
            const char *text = json_string_value(json_array_get(searches, i));
            if (text == NULL || text[0] == '\0' || strlen(text) > SEARCH_MAX)
                continue;
            char *label = inert_label(text, strlen(text));
            logmemory_add_search(memory, label);
            free(label);
        }
        for (enum logmemory_viewer viewer = 0; viewer < VIEWERS; viewer++)
            load_filters(memory, viewer,
                         json_object_get(json_object_get(root, "filters"), viewer_names[viewer]));
    }
    json_decref(root);
    free(bytes);
}

static json_t *marks_json(const struct logmemory *memory)
{
    json_t *list = json_array();
    for (size_t i = 0; i < memory->mark_count; i++) {
        const struct logmemory_mark *mark = &memory->marks[i];
        char digest[24], letter[2] = {mark->letter, '\0'};
        snprintf(digest, sizeof digest, "%016llx", (unsigned long long)mark->digest);
        if (strchr(mark->owner, '/') == NULL)
            json_array_append_new(list, json_pack("{s:s, s:I, s:s, s:s, s:s}", "box", mark->owner, "time",
                                                  (json_int_t)mark->time_ms, "digest", digest, "letter",
                                                  letter, "text", mark->text));
    }
    return list;
}

static json_t *filters_json(const struct logmemory *memory)
{
    json_t *all = json_object();
    for (enum logmemory_viewer viewer = 0; viewer < VIEWERS; viewer++) {
        json_t *list = json_array();
        for (size_t i = 0; i < memory->filter_count[viewer]; i++)
            json_array_append_new(list, json_pack("{s:s, s:b}", "text", memory->filters[viewer][i].text,
                                                  "off", (int)memory->filters[viewer][i].off));
        json_object_set_new(all, viewer_names[viewer], list);
    }
    return all;
}

void logmemory_save(const struct logmemory *memory)
{
    struct err err;
    if (memory->path == NULL)
        return;
    json_t *searches = json_array();
    for (size_t i = 0; i < memory->search_count; i++)
        json_array_append_new(searches, json_string(memory->searches[i]));
    json_t *root = json_pack("{s:i, s:o, s:o, s:o}", "boxtop_viewer", VERSION, "bookmarks",
                             marks_json(memory), "filters", filters_json(memory), "searches", searches);
    char *text = json_dumps(root, JSON_INDENT(1));
    if (text == NULL || !file_write_private(memory->path, text, strlen(text), FILE_QUICK, &err))
        log_line("viewer", "bookmarks and filters were not kept: %s", text != NULL ? err.text : "no memory");
    free(text);
    json_decref(root);
}
