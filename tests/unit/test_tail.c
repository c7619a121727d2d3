/* The merged logs of a fleet: the order against a naive model, what is late, what goes, who joins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/base/mem.h"
#include "client/text/inert.h"
#include "tui/tail.h"

enum { NOW_S = 1700000000, BOXES = 6, MODEL_MAX = 20000 };

static void add_line(struct logbook *book, int64_t time_s, const char *text)
{
    struct log_line line = {.time = time_s * 1000,
                            .text = {.bytes = mem_dup(text), .len = (uint32_t)strlen(text)}};
    logbook_join(book, &line, 1, LOG_JOIN_APPEND, 0);
    log_line_done(&line);
}

static void expect_line(const struct tail *tail, size_t index, const char *text, bool late)
{
    struct logfeed feed = tail_feed((struct tail *)tail);
    struct logfeed_item item;
    feed.item(feed.ctx, index, &item);
    assert_non_null(item.line);
    assert_string_equal(item.line->text.bytes, text);
    assert_int_equal(item.source[1] == '~', late);
}

/* ---- against a naive model ---- */

struct model_line {
    int64_t key;
    size_t box;
    int64_t number;
    bool late;
};

struct model {
    struct model_line lines[MODEL_MAX];
    size_t count;
    int64_t natural[BOXES], placed[BOXES], next[BOXES];
};

/* One line after the other to its place: what the batches must come to. */
static void model_take(struct model *model, struct tail *tail, int64_t now_s)
{
    int64_t newest = model->count > 0 ? model->lines[model->count - 1].key : 0;
    for (size_t b = 0; b < BOXES; b++) {
        const struct logbook *book = tail->boxes[b].book;
        for (bool history = model->next[b] == 0; model->next[b] < logbook_end(book); model->next[b]++) {
            int64_t time = logbook_at(book, model->next[b])->line.time / 1000;
            if (time > now_s)
                time = now_s;
            if (time > model->natural[b])
                model->natural[b] = time;
            int64_t key = model->natural[b] > model->placed[b] ? model->natural[b] : model->placed[b];
            if (!history && key < newest - TAIL_LATE_S)
                key = newest;
            model->placed[b] = key;
            size_t at = model->count++;
            assert_true(model->count < MODEL_MAX);
            for (; at > 0 && model->lines[at - 1].key > key; at--)
                model->lines[at] = model->lines[at - 1];
            model->lines[at] = (struct model_line){key, b, model->next[b], key != model->natural[b]};
        }
    }
}

static void expect_same(const struct model *model, struct tail *tail)
{
    struct logfeed feed = tail_feed(tail);
    assert_int_equal(feed.count(feed.ctx), model->count);
    uint64_t previous = 0;
    for (size_t i = 0; i < model->count; i++) {
        size_t box;
        int64_t number;
        uint64_t id = feed.id(feed.ctx, i);
        assert_true(i == 0 || id > previous);
        previous = id;
        assert_int_equal(feed.find(feed.ctx, id), i);
        assert_true(tail_find(tail, id, &box, &number));
        assert_int_equal(box, model->lines[i].box);
        assert_int_equal(number, model->lines[i].number);
        struct logfeed_item item;
        feed.item(feed.ctx, i, &item);
        assert_int_equal(item.source[1] == '~', model->lines[i].late);
    }
}

/* Boxes log in bursts, some seconds behind each other, with stamps that jump now and then. Every id keeps its
 * line, and what changed is never below what the feed says. */
static void random_arrival(void **state)
{
    (void)state;
    uint64_t late = 0;
    for (unsigned seed = 1; seed <= 40; seed++) {
        srandom(seed);
        struct tail tail;
        static struct model model;
        struct logbook books[BOXES];
        model = (struct model){0};
        tail_init(&tail, TAIL_LINES);
        for (size_t b = 0; b < BOXES; b++) {
            char name[16];
            snprintf(name, sizeof name, "box-%zu", b);
            logbook_init(&books[b], LOGBOOK_BYTES);
            assert_int_equal(tail_box(&tail, name, name), b);
            tail_set_member(&tail, b, true, false, NOW_S);
            tail.boxes[b].book = &books[b];
        }
        struct logfeed feed = tail_feed(&tail);
        for (int turn = 0; turn < 60; turn++) {
            int64_t now = NOW_S + turn;
            for (size_t b = 0; b < BOXES; b++)
                for (long n = random() % (b % 2 == 0 ? 3 : 12) == 0 ? random() % 12 : 0; n > 0; n--) {
                    long behind = random() % 10 == 0 ? random() % 60 : random() % 3;
                    add_line(&books[b], now - behind + (random() % 30 == 0 ? 100 : 0), "x");
                }
            size_t before = feed.count(feed.ctx);
            static uint64_t ids[MODEL_MAX];
            for (size_t i = 0; i < before; i++)
                ids[i] = feed.id(feed.ctx, i);
            feed.changed(feed.ctx);
            tail_update(&tail, now, false);
            uint64_t changed = feed.changed(feed.ctx);
            for (size_t i = 0; i < before && ids[i] < changed; i++)
                assert_int_equal(feed.id(feed.ctx, i), ids[i]);
            for (size_t i = 0; i < before; i++)
                assert_int_equal(feed.id(feed.ctx, feed.find(feed.ctx, ids[i])), ids[i]);
            model_take(&model, &tail, now);
            expect_same(&model, &tail);
        }
        late += tail.late;
        tail_done(&tail);
        for (size_t b = 0; b < BOXES; b++)
            logbook_done(&books[b]);
    }
    assert_true(late > 0);
}

/* ---- one thing at a time ---- */

struct pair {
    struct tail tail;
    struct logbook a, b;
};

static void pair_init(struct pair *pair, size_t cap, size_t bytes)
{
    tail_init(&pair->tail, cap);
    logbook_init(&pair->a, bytes);
    logbook_init(&pair->b, bytes);
    tail_set_member(&pair->tail, tail_box(&pair->tail, "one", "one"), true, false, NOW_S);
    tail_set_member(&pair->tail, tail_box(&pair->tail, "two", "two"), true, false, NOW_S);
    pair->tail.boxes[0].book = &pair->a;
    pair->tail.boxes[1].book = &pair->b;
}

static void pair_done(struct pair *pair)
{
    tail_done(&pair->tail);
    logbook_done(&pair->a);
    logbook_done(&pair->b);
}

static void late_lines_go_to_the_end(void **state)
{
    (void)state;
    struct pair p;
    pair_init(&p, TAIL_LINES, LOGBOOK_BYTES);
    add_line(&p.a, NOW_S, "a0");
    add_line(&p.b, NOW_S - 100, "b0: the first page is history, however old");
    tail_update(&p.tail, NOW_S, false);
    expect_line(&p.tail, 0, "b0: the first page is history, however old", false);
    expect_line(&p.tail, 1, "a0", false);
    add_line(&p.b, NOW_S - TAIL_LATE_S, "b1: in its place");
    tail_update(&p.tail, NOW_S, false);
    expect_line(&p.tail, 1, "b1: in its place", false);
    add_line(&p.b, NOW_S - TAIL_LATE_S, "b2");
    add_line(&p.a, NOW_S + 1, "a1");
    tail_update(&p.tail, NOW_S + 1, false);
    add_line(&p.b, NOW_S - TAIL_LATE_S, "b3: late");
    add_line(&p.b, NOW_S, "b4: after b3, so late as well");
    add_line(&p.b, NOW_S + 1, "b5: on time again");
    tail_update(&p.tail, NOW_S + 1, false);
    expect_line(&p.tail, 4, "a1", false);
    expect_line(&p.tail, 5, "b3: late", true);
    expect_line(&p.tail, 6, "b4: after b3, so late as well", true);
    expect_line(&p.tail, 7, "b5: on time again", false);
    add_line(&p.b, NOW_S - 50, "b6: nobody was looking");
    add_line(&p.a, NOW_S + 90, "a2");
    tail_update(&p.tail, NOW_S + 90, true);
    expect_line(&p.tail, 8, "b6: nobody was looking", false);
    assert_int_equal(p.tail.late, 2);
    pair_done(&p);
}

static void add_older(struct logbook *book, const int64_t *times_s, const char *const *texts, size_t count)
{
    struct log_line lines[8] = {0};
    for (size_t i = 0; i < count; i++) {
        lines[i].time = times_s[i] * 1000;
        inert_line(&lines[i].text, texts[i], strlen(texts[i]));
    }
    logbook_join(book, lines, count, LOG_JOIN_PREPEND, 0);
}

static void older_lines_enter_in_their_place(void **state)
{
    (void)state;
    struct pair p;
    pair_init(&p, TAIL_LINES, LOGBOOK_BYTES);
    add_line(&p.a, NOW_S - 40, "a0");
    add_line(&p.a, NOW_S, "a1");
    add_line(&p.b, NOW_S - 10, "b0");
    tail_update(&p.tail, NOW_S, false);
    struct logfeed feed = tail_feed(&p.tail);
    uint64_t known = feed.id(feed.ctx, 1);
    /* The last one is of the same second as b0, which it precedes; the one before has a stamp that jumped. */
    add_older(&p.b, (int64_t[]){NOW_S - 60, NOW_S - 30, NOW_S + 50, NOW_S - 10},
              (const char *[]){"b-4", "b-3", "b-2", "b-1"}, 4);
    tail_update(&p.tail, NOW_S, false);
    static const char *const want[] = {"b-4", "a0", "b-3", "b-2", "b-1", "b0", "a1"};
    assert_int_equal(feed.count(feed.ctx), 7);
    for (size_t i = 0; i < 7; i++)
        expect_line(&p.tail, i, want[i], false);
    assert_int_equal(feed.find(feed.ctx, known), 5); /* b0 has kept its id */
    add_older(&p.b, (int64_t[]){NOW_S - 60}, (const char *[]){"b-5"}, 1);
    add_line(&p.b, NOW_S, "b1");
    tail_update(&p.tail, NOW_S, false);
    expect_line(&p.tail, 0, "b-5", false);
    expect_line(&p.tail, 1, "b-4", false);
    expect_line(&p.tail, 8, "b1", false);
    assert_int_equal(p.tail.late, 0);
    pair_done(&p);
}

static void the_oldest_go_past_the_cap(void **state)
{
    (void)state;
    enum { CAP = 800 };
    struct pair p;
    pair_init(&p, CAP, LOGBOOK_BYTES);
    struct logfeed feed = tail_feed(&p.tail);
    for (int i = 0; i < 5000; i++) {
        add_line(i % 2 == 0 ? &p.a : &p.b, NOW_S + i / 10, "x");
        tail_update(&p.tail, NOW_S + i / 10, false);
        assert_true(feed.count(feed.ctx) <= CAP);
    }
    assert_true(feed.count(feed.ctx) >= CAP - CAP / 8);
    assert_int_equal(p.tail.boxes[0].held + p.tail.boxes[1].held, feed.count(feed.ctx));
    assert_int_equal(p.tail.lines, 5000);
    pair_done(&p);
}

/* A book that drops its old lines, is replaced, or goes: the index lets go of them too. */
static void lines_that_are_not_held_go(void **state)
{
    (void)state;
    struct pair p;
    pair_init(&p, TAIL_LINES, 40000);
    struct logfeed feed = tail_feed(&p.tail);
    for (int i = 0; i < 20000; i++) {
        add_line(&p.a, NOW_S, "some text");
        if (i % 100 == 0)
            tail_update(&p.tail, NOW_S, false);
    }
    tail_update(&p.tail, NOW_S, false);
    assert_true(feed.count(feed.ctx) < p.a.count * 2 + 2000);
    for (size_t i = 0; i < feed.count(feed.ctx); i++) { /* also those that have just gone can be asked for */
        struct logfeed_item item;
        feed.item(feed.ctx, i, &item);
        assert_true(item.line != NULL || item.note != NULL);
    }
    add_line(&p.b, NOW_S, "b");
    tail_update(&p.tail, NOW_S, false);
    logbook_done(&p.a);
    p.a.first_number = 0;
    p.a.version = 0;
    add_line(&p.a, NOW_S, "another log of the same box");
    tail_update(&p.tail, NOW_S, false);
    assert_int_equal(feed.count(feed.ctx), 2);
    expect_line(&p.tail, 0, "b", false);
    expect_line(&p.tail, 1, "another log of the same box", false);
    p.tail.boxes[1].book = NULL;
    tail_update(&p.tail, NOW_S, false);
    assert_int_equal(feed.count(feed.ctx), 1);
    pair_done(&p);
}

static void boxes_join_and_leave(void **state)
{
    (void)state;
    struct pair p;
    pair_init(&p, TAIL_LINES, LOGBOOK_BYTES);
    struct logfeed feed = tail_feed(&p.tail);
    struct logfeed_item item;
    tail_set_member(&p.tail, 1, false, false, NOW_S);
    tail_set_member(&p.tail, 1, true, true, NOW_S);
    tail_set_member(&p.tail, 1, true, true, NOW_S);
    tail_update(&p.tail, NOW_S, false);
    assert_int_equal(feed.count(feed.ctx), 1);
    feed.item(feed.ctx, 0, &item);
    assert_null(item.line);
    assert_string_equal(item.note, "B two joined");
    size_t box;
    int64_t number;
    assert_false(tail_find(&p.tail, feed.id(feed.ctx, 0), &box, &number));
    tail_set_member(&p.tail, 1, false, true, NOW_S + 5);
    tail_update(&p.tail, NOW_S + 5, false);
    feed.item(feed.ctx, 1, &item);
    assert_string_equal(item.note, "B two left: it does not run any more");
    /* A box of which nothing is left gives its letter to the next one. */
    tail_set_member(&p.tail, 0, false, false, NOW_S + 5);
    assert_int_equal(tail_box(&p.tail, "three", "three"), 0);
    assert_int_equal(tail_box(&p.tail, "four", "four"), 0);
    tail_set_member(&p.tail, 0, true, false, NOW_S + 5);
    assert_int_equal(tail_box(&p.tail, "five", "five"), 2);
    pair_done(&p);
}

static void the_rate(void **state)
{
    (void)state;
    struct pair p;
    pair_init(&p, TAIL_LINES, LOGBOOK_BYTES);
    add_line(&p.a, NOW_S - 5, "history does not count");
    tail_update(&p.tail, NOW_S, false);
    for (int s = 1; s <= 30; s++) {
        for (int i = 0; i < 7; i++)
            add_line(&p.a, NOW_S + s, "x");
        tail_update(&p.tail, NOW_S + s, false);
    }
    assert_true(tail_rate(&p.tail, NOW_S + 31) > 6.0 && tail_rate(&p.tail, NOW_S + 31) <= 7.0);
    tail_update(&p.tail, NOW_S + 31, false);
    assert_true(tail_rate(&p.tail, NOW_S + 31) == 7.0);
    tail_update(&p.tail, NOW_S + 100, false);
    assert_true(tail_rate(&p.tail, NOW_S + 100) == 0.0);
    pair_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_arrival),
        cmocka_unit_test(late_lines_go_to_the_end),
        cmocka_unit_test(older_lines_enter_in_their_place),
        cmocka_unit_test(the_oldest_go_past_the_cap),
        cmocka_unit_test(lines_that_are_not_held_go),
        cmocka_unit_test(boxes_join_and_leave),
        cmocka_unit_test(the_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
