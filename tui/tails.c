#include "tui/tails.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/log.h"
#include "client/base/mem.h"
#include "client/cache_tails.h"
#include "client/file.h"

/* What the thread works on; it touches nothing else. */
struct writing {
    pthread_t thread;
    bool started;
    atomic_bool over;
    char *path;
    struct buf bytes;
};

struct tails {
    char *path;
    struct cache_tails found;
    size_t next; /* of the boxes found: not read yet */
    bool loaded;
    struct writing writing;
    uint64_t saved_version; /* of the store's logs */
    int64_t saved_ms;
};

struct tails *tails_new(const char *path)
{
    struct tails *tails = mem_zalloc(1, sizeof *tails);
    tails->path = mem_dup(path);
    return tails;
}

static void finish_writing(struct tails *tails)
{
    if (tails->writing.started)
        pthread_join(tails->writing.thread, NULL);
    buf_done(&tails->writing.bytes);
    tails->writing.started = false;
    atomic_store(&tails->writing.over, false);
}

void tails_free(struct tails *tails)
{
    if (tails == NULL)
        return;
    finish_writing(tails);
    cache_tails_done(&tails->found);
    free(tails->path);
    free(tails);
}

/* ---- loading ---- */

static void load_at(struct tails *tails, struct store *store, struct client *client, size_t index)
{
    const struct cache_tails_place *place = &tails->found.boxes[index];
    const struct store_box *box = store_find(store, place->box_id);
    struct cache_tail tail;
    if (box == NULL || box->logs_ms != 0 || box->log.count > 0 ||
        !cache_tails_take(&tails->found, index, &tail))
        return;
    bool taken = store_load_log(store, place->box_id, tail.lines, tail.count, &tail.resume, tail.read_at);
    if (taken && client != NULL)
        client_resume_logs(client, place->box_id, &tail.resume);
    log_lines_free(tail.lines, tail.count);
    free(tail.resume.digests);
}

void tails_load(struct tails *tails, struct store *store, struct client *client, const char *box_id)
{
    if (tails->path == NULL || !cache_tails_load(&tails->found, tails->path, NULL))
        return;
    size_t at = 0;
    while (box_id != NULL && at < tails->found.count && strcmp(tails->found.boxes[at].box_id, box_id) != 0)
        at++;
    if (at < tails->found.count)
        load_at(tails, store, client, at);
}

bool tails_load_next(struct tails *tails, struct store *store, struct client *client)
{
    if (tails->next < tails->found.count)
        load_at(tails, store, client, tails->next++);
    if (tails->next < tails->found.count)
        return true;
    cache_tails_done(&tails->found);
    tails->next = 0;
    return false;
}

/* ---- saving ---- */

static int by_watched(const void *left, const void *right)
{
    const struct store_box *a = *(const struct store_box *const *)left;
    const struct store_box *b = *(const struct store_box *const *)right;
    return a->watched_ms != b->watched_ms ? (a->watched_ms < b->watched_ms ? 1 : -1)
                                          : strcmp(a->box.id, b->box.id);
}

/* The boxes whose logs were looked at last, the newest first. */
static size_t choose_boxes(const struct store *store, const struct store_box **chosen)
{
    const struct store_box **all = mem_zalloc(store->box_count, sizeof *all);
    size_t count = 0;
    for (size_t i = 0; i < store->box_count; i++) {
        const struct store_box *box = store->boxes[i];
        if (!box->gone && !box->box.unreadable && box->tail.count > 0 &&
            (box->watched_ms != 0 || box->logs_cached_at != 0))
            all[count++] = box;
    }
    qsort(all, count, sizeof *all, by_watched);
    count = count < TAILS_BOXES ? count : TAILS_BOXES;
    memcpy(chosen, all, count * sizeof *all);
    free(all);
    return count;
}

/* Where the newest messages begin that are kept: not more than there are digests, and bytes. */
static int64_t first_kept(const struct store_box *box, size_t *messages, size_t *bytes)
{
    const struct logbook *book = &box->log;
    int64_t first = logbook_end(book);
    size_t held = 0;
    *messages = *bytes = 0;
    for (int64_t at = first - 1; at >= book->first_number && *messages < box->tail.count; at--) {
        const struct line_entry *entry = logbook_at(book, at);
        held += entry->line.text.len;
        if (entry->gap || held > TAILS_BYTES)
            break;
        if (entry->continued)
            continue;
        first = at;
        *bytes = held;
        (*messages)++;
    }
    return first;
}

/* False when there is no room for it. */
static bool add_box(struct buf *out, const struct store_box *box, int64_t read_at)
{
    size_t messages, bytes;
    int64_t first = first_kept(box, &messages, &bytes), end = logbook_end(&box->log);
    if (messages == 0)
        return true;
    if (out->len + bytes * 2 + (size_t)(end - first) * 256 + 1024 > CACHE_TAILS_MAX)
        return false;
    bool at_start = box->log.at_start && first == box->log.first_number;
    const uint64_t *digests = box->tail.digests + box->tail.first + (box->tail.count - messages);
    cache_tails_add_box(out, box->box.id, read_at, &box->tail.place, at_start, messages);
    for (int64_t at = first; at < end; at++) {
        const struct line_entry *entry = logbook_at(&box->log, at);
        if (entry->continued) {
            cache_tails_add_rest(out, &entry->line.text);
            continue;
        }
        if (at > first)
            cache_tails_end_line(out);
        cache_tails_add_line(out, &entry->line, *digests++);
    }
    cache_tails_end_line(out);
    return true;
}

static void *write_file(void *user)
{
    struct writing *writing = user;
    struct err err; /* a cache that cannot be written costs nothing else */
    if (!file_write_private(writing->path, writing->bytes.data, writing->bytes.len, FILE_QUICK, &err))
        log_line("cache", "%s", err.text);
    atomic_store(&writing->over, true);
    return NULL;
}

/* All signals are the console's. */
static void start_writing(struct tails *tails)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    tails->writing.path = tails->path;
    tails->writing.started = pthread_create(&tails->writing.thread, NULL, write_file, &tails->writing) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void save(struct tails *tails, const struct store *store, int64_t now_ms, int64_t wall_ms)
{
    const struct store_box *boxes[TAILS_BOXES];
    size_t count = choose_boxes(store, boxes);
    finish_writing(tails);
    tails->saved_version = store->logs_version;
    tails->saved_ms = now_ms;
    if (count == 0)
        return;
    struct buf *out = &tails->writing.bytes;
    buf_init(out, CACHE_TAILS_MAX);
    cache_tails_begin(out, wall_ms);
    for (size_t i = 0; i < count; i++) {
        int64_t read_at = boxes[i]->logs_cached_at;
        if (read_at == 0)
            read_at = wall_ms - (now_ms - boxes[i]->logs_ms);
        if (!add_box(out, boxes[i], read_at))
            break;
    }
    start_writing(tails);
}

void tails_step(struct tails *tails, const struct store *store, int64_t now_ms, int64_t wall_ms)
{
    if (tails->path == NULL || store->logs_version == tails->saved_version)
        return;
    if (tails->saved_ms == 0)
        tails->saved_ms = now_ms; /* the first lines have just come: there will be more */
    bool busy = tails->writing.started && !atomic_load(&tails->writing.over); /* a disk that hangs */
    if (now_ms - tails->saved_ms >= TAILS_EVERY_MS && !busy)
        save(tails, store, now_ms, wall_ms);
}

void tails_save(struct tails *tails, const struct store *store, int64_t now_ms, int64_t wall_ms)
{
    if (tails->path == NULL || store->list_ms == 0)
        return;
    save(tails, store, now_ms, wall_ms);
    finish_writing(tails);
}
