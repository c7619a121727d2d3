#include "tests/boxd/routes.h"

#include <stdlib.h>

#include "client/base/mem.h"
#include "tests/boxd/history.h"

enum { PAGE = 100, PAGE_MAX = 1000 };

/* A page of a log, counted from the end the faults say. */
static void write_page(struct wire *wire, const struct boxlog *log, size_t offset, size_t limit)
{
    const struct fault_hits *hits = wire->hits;
    size_t kept = log->count;
    if (hits->on[FAULT_LOGS_RETENTION] && (size_t)hits->what[FAULT_LOGS_RETENTION].number < kept) {
        kept = (size_t)hits->what[FAULT_LOGS_RETENTION].number;
    }
    size_t first = log->count - kept;
    size_t count = offset >= kept ? 0 : kept - offset < limit ? kept - offset : limit;
    for (size_t i = 0; i < count; i++) {
        size_t place = offset + i;
        size_t at = hits->on[FAULT_LOGS_NEWEST_FIRST] ? log->count - 1 - place : first + place;
        wire_log_line(wire, boxlog_at(log, at), NULL, i, count);
    }
}

static size_t limit_of(const struct request *rq)
{
    long limit = request_query_number(rq, "limit", PAGE);
    return limit == 0 ? PAGE : limit > PAGE_MAX ? PAGE_MAX : (size_t)limit;
}

static void begin(struct request *rq, struct wire *wire)
{
    reply_begin(rq, wire);
    jsonw_open(&wire->w, '{');
    jsonw_key(&wire->w, "logs");
}

void logs_of_box(struct request *rq)
{
    struct box *box = routes_box(rq);
    if (box == NULL) {
        return;
    }
    history_fill(rq->boxd, box);
    struct wire wire;
    begin(rq, &wire);
    if (wire_open_list(&wire)) {
        write_page(&wire, &box->log, (size_t)request_query_number(rq, "offset", 0), limit_of(rq));
        jsonw_close(&wire.w, ']');
    }
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

struct entry {
    const struct box *box;
    const struct boxlog_line *line;
    size_t at;
};

/* Oldest first; lines of one box keep their order. */
static int compare(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    if (a->line->at_ms != b->line->at_ms) {
        return a->line->at_ms < b->line->at_ms ? -1 : 1;
    }
    return a->at < b->at ? -1 : a->at > b->at;
}

/* The newest lines of all boxes, oldest first. */
void logs_of_account(struct request *rq)
{
    struct store *store = &rq->boxd->store;
    size_t limit = limit_of(rq);
    struct entry *entries = NULL;
    size_t count = 0;
    size_t room = 0;
    for (size_t i = 0; i < store->count; i++) {
        const struct box *box = store->boxes[i];
        size_t take = box->log.count < limit ? box->log.count : limit;
        entries = mem_grow(entries, &room, count + take, sizeof *entries);
        for (size_t k = box->log.count - take; k < box->log.count; k++) {
            entries[count] = (struct entry){box, boxlog_at(&box->log, k), count};
            count++;
        }
    }
    if (count > 0) {
        qsort(entries, count, sizeof *entries, compare);
    }
    size_t first = count > limit ? count - limit : 0;
    struct wire wire;
    begin(rq, &wire);
    if (wire_open_list(&wire)) {
        for (size_t i = first; i < count; i++) {
            wire_log_line(&wire, entries[i].line, entries[i].box->id, i - first, count - first);
        }
        jsonw_close(&wire.w, ']');
    }
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
    free(entries);
}
