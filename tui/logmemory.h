/*
 * What the log viewer remembers over a restart, for one account: bookmarks, filters, and what was searched
 * for. A private file of JSON, written when something changed.
 *
 * A bookmark names its line by what it is (box, time, a digest of its text), not by where it stands: the
 * number of a line is different each time. Of equal lines within one second the first one is meant.
 */
#pragma once

#include "client/base/err.h"
#include "client/base/text.h"
#include "tui/logfilter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOGMEMORY_MARKS = 1000, LOGMEMORY_SEARCHES = 100, LOGMEMORY_TEXT = 120 };

/* The viewers, each of which has a filter of its own. */
enum logmemory_viewer { VIEWER_LOGS, VIEWER_FLEET, VIEWER_COMMAND, VIEWERS };

struct logmemory_mark {
    char *owner;     /* id of a box; with a '/' in it: of something that is gone after a restart */
    int64_t time_ms; /* of the line */
    uint64_t digest; /* of its text */
    char letter;     /* a..z, 0 for none */
    char *text;      /* its beginning, to be recognised by */
};

struct logmemory {
    char *path; /* NULL: nothing is kept */
    struct logmemory_mark *marks;
    size_t mark_count, mark_room;
    char *searches[LOGMEMORY_SEARCHES]; /* oldest first */
    size_t search_count;
    struct logmemory_filter {
        char *text; /* as typed: a term, with its '!' */
        bool off;
    } filters[VIEWERS][LOGFILTER_TERMS];
    size_t filter_count[VIEWERS];
};

/* Reads what logmemory_save wrote, and will write there. What cannot be understood is left out. */
void logmemory_load(struct logmemory *memory, const char *path);
void logmemory_done(struct logmemory *memory);

/* Writes it, 0600; a full disk costs nothing but the memory, and is told in the log. */
void logmemory_save(const struct logmemory *memory);

/* ---- bookmarks ---- */

uint64_t logmemory_digest(const struct text *text);

/* The index of the bookmark of a line; mark_count when it has none. */
size_t logmemory_find(const struct logmemory *memory, const char *owner, int64_t time_ms,
                      const struct text *text);

/* The index of the owner's bookmark with this letter; mark_count for none. */
size_t logmemory_find_letter(const struct logmemory *memory, const char *owner, char letter);

/* Sets a bookmark; `letter` 0: the first that the owner has free. A letter is taken from the line that had
 * it. Where there are too many the oldest goes. Returns its letter. */
char logmemory_set(struct logmemory *memory, const char *owner, int64_t time_ms, const struct text *text,
                   char letter);
void logmemory_remove(struct logmemory *memory, size_t index);

/* ---- searches and filters ---- */

/* The newest one; an older equal one goes. */
void logmemory_add_search(struct logmemory *memory, const char *text);

/* Notes the filter of a viewer; gives it back. */
void logmemory_put_filter(struct logmemory *memory, enum logmemory_viewer viewer,
                          const struct logfilter *filter);
void logmemory_get_filter(const struct logmemory *memory, enum logmemory_viewer viewer,
                          struct logfilter *filter);
