/* The console's copy of the world: every event, in every order a service can send them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/world.h"
#include "tui/store.h"

static void apply(struct store *store, struct event *event)
{
    uint64_t version = store->version;
    store_apply(store, event);
    assert_true(store->version > version);
    event_free(event);
}

/* A list of boxes "a", "b", ...: one letter a box, upper case for one in error. */
static struct event *list_of(const char *letters)
{
    struct box boxes[32];
    size_t count = strlen(letters);
    assert_true(count <= 32);
    for (size_t i = 0; i < count; i++) {
        char id[2] = {(char)(letters[i] | 0x20), '\0'};
        boxes[i] = world_box(id, NULL, letters[i] >= 'a' ? BOX_STATUS_IDLE : BOX_STATUS_ERROR);
        boxes[i].digest = (uint64_t)letters[i];
    }
    return world_list(boxes, count);
}

static void expect_order(const struct store *store, const char *letters)
{
    assert_int_equal(store->box_count, strlen(letters));
    for (size_t i = 0; i < store->box_count; i++)
        assert_int_equal(store->boxes[i]->box.id[0], letters[i]);
}

static struct event *line_for(const char *box_id, enum log_join join, const char *text)
{
    struct log_line line = world_line(text, LOG_LEVEL_INFO, 0);
    return world_logs(box_id, join, &line, 1);
}

static void test_lists(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    assert_null(store_find(&store, "a"));
    assert_null(store_find(&store, NULL));
    apply(&store, list_of("abc"));
    expect_order(&store, "abc");
    assert_int_equal(store.list_ms, WORLD_NOW);
    uint64_t version = store.list_version;
    apply(&store, list_of("abc"));
    assert_int_equal(store.list_version, version); /* nothing new: no row is drawn again */
    apply(&store, list_of("cab"));
    expect_order(&store, "cab");
    apply(&store, list_of("cAb"));
    assert_true(store.list_version > version);
    assert_int_equal(store_find(&store, "a")->box.status, BOX_STATUS_ERROR);
    apply(&store, list_of("c"));
    expect_order(&store, "c");
    assert_null(store_find(&store, "a"));
    apply(&store, list_of(""));
    expect_order(&store, "");
    store_done(&store);
    store_done(&store);
}

/* A box somebody may be looking at stays when it leaves the list, and comes back to life with it. */
static void test_a_box_that_goes(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    apply(&store, list_of("ab"));
    apply(&store, line_for("a", LOG_JOIN_RESET, "kept"));
    apply(&store, list_of("b"));
    expect_order(&store, "ba");
    struct store_box *gone = store_find(&store, "a");
    assert_true(gone->gone);
    assert_int_equal(gone->log.count, 1);
    struct store_totals totals;
    store_totals(&store, &totals);
    assert_int_equal(totals.count, 1);
    uint64_t version = store.list_version;
    apply(&store, list_of("b"));
    assert_int_equal(store.list_version, version);
    apply(&store, list_of("ba"));
    assert_false(store_find(&store, "a")->gone);
    assert_int_equal(store_find(&store, "a")->log.count, 1);
    /* The service's 404. */
    apply(&store, world_gone("b"));
    assert_true(store_find(&store, "b")->gone);
    apply(&store, world_gone("b"));
    apply(&store, world_gone("stranger"));
    assert_int_equal(store.box_count, 2);
    apply(&store, world_one(world_box("b", "back", BOX_STATUS_IDLE)));
    assert_false(store_find(&store, "b")->gone);
    assert_string_equal(store_find(&store, "b")->box.name, "back");
    store_done(&store);
}

static void test_one_box(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    apply(&store, world_one(world_box("new", "made here", BOX_STATUS_CREATING)));
    assert_int_equal(store.box_count, 1);
    assert_int_equal(store_find(&store, "new")->box.status, BOX_STATUS_CREATING);
    apply(&store, world_one(world_box("new", "made here", BOX_STATUS_IDLE)));
    assert_int_equal(store.box_count, 1);
    assert_int_equal(store_find(&store, "new")->box.status, BOX_STATUS_IDLE);
    apply(&store, world_one(world_unreadable("an answer that is no box")));
    assert_int_equal(store.box_count, 1);
    store_done(&store);
}

static void test_the_same_id_twice(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    apply(&store, list_of("abAab"));
    expect_order(&store, "ab");
    assert_int_equal(store_find(&store, "a")->box.status, BOX_STATUS_IDLE);
    apply(&store, list_of("bAab"));
    expect_order(&store, "ba");
    assert_int_equal(store_find(&store, "a")->box.status, BOX_STATUS_ERROR);
    store_done(&store);
}

static void test_items_that_cannot_be_read(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    for (int round = 0; round < 3; round++) {
        struct box boxes[] = {world_unreadable("box 1: no id"), world_box("a", NULL, BOX_STATUS_IDLE),
                              world_unreadable("box 3: not an object")};
        apply(&store, world_list(boxes, 3));
        assert_int_equal(store.box_count, 3);
        assert_null(store_find(&store, ""));
        assert_non_null(store_find(&store, "a"));
    }
    assert_null(store_find_named(&store, "box 1: no id"));
    store_done(&store);
}

static void test_names(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    struct box boxes[] = {world_box("id-1", "web", BOX_STATUS_IDLE), world_box("id-2", "db", BOX_STATUS_IDLE),
                          world_box("id-3", "db", BOX_STATUS_IDLE),
                          world_box("db2", "id-1", BOX_STATUS_IDLE)};
    apply(&store, world_list(boxes, 4));
    assert_string_equal(store_find_named(&store, "web")->box.id, "id-1");
    assert_string_equal(store_find_named(&store, "id-1")->box.id, "id-1"); /* an id goes before a name */
    assert_null(store_find_named(&store, "db"));
    assert_null(store_find_named(&store, "nobody"));
    store_done(&store);
}

static void test_cached_then_fresh(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    struct box cached[] = {world_box("a", "old", BOX_STATUS_PAUSED),
                           world_box("z", "gone since", BOX_STATUS_IDLE)};
    store_load(&store, cached, 2, WORLD_WALL - 60000);
    assert_null(cached[0].id);
    assert_int_equal(store.cached_at, WORLD_WALL - 60000);
    assert_int_equal(store_find(&store, "a")->seen_ms, 0);
    uint64_t version = store.list_version;
    apply(&store, list_of("ab"));
    assert_true(store.list_version > version);
    assert_int_equal(store.cached_at, 0);
    expect_order(&store, "ab");
    assert_int_equal(store_find(&store, "a")->box.status, BOX_STATUS_IDLE);
    assert_int_equal(store_find(&store, "a")->seen_ms, WORLD_NOW);
    store_done(&store);

    store_init(&store);
    store_load(&store, NULL, 0, WORLD_WALL);
    assert_int_equal(store.cached_at, 0);
    store_done(&store);
}

static void test_deleted_list(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    apply(&store, list_of("a"));
    struct box deleted[] = {world_box("x", NULL, BOX_STATUS_DELETED),
                            world_box("y", NULL, BOX_STATUS_DELETED)};
    apply(&store, world_deleted(deleted, 2));
    assert_int_equal(store.deleted_count, 2);
    assert_int_equal(store.box_count, 1);
    assert_null(store_find(&store, "x"));
    apply(&store, world_deleted(NULL, 0));
    assert_int_equal(store.deleted_count, 0);
    assert_int_equal(store.deleted_ms, WORLD_NOW);
    store_done(&store);
}

static void test_around_a_box(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    apply(&store, list_of("a"));
    struct run runs[] = {world_run("r2", RUN_STATUS_RUNNING, "go", 1000),
                         world_run(NULL, RUN_STATUS_UNKNOWN, NULL, 0),
                         world_run("r1", RUN_STATUS_FAILED, "went", 100000)};
    apply(&store, world_runs("a", runs, 3));
    const struct store_box *box = store_find(&store, "a");
    assert_int_equal(box->run_count, 3);
    assert_string_equal(store_find_run(box, "r1")->prompt, "went");
    assert_null(store_find_run(box, "r9"));
    assert_null(store_find_run(box, NULL));
    apply(&store, world_runs("a", NULL, 0));
    assert_int_equal(box->run_count, 0);
    apply(&store, world_snapshot("a", "s1", "before"));
    apply(&store, world_snapshot("a", "s2", "after"));
    assert_int_equal(box->snapshot_count, 1);
    assert_string_equal(box->snapshots[0].name, "after");
    apply(&store, line_for("a", LOG_JOIN_RESET, "b"));
    apply(&store, line_for("a", LOG_JOIN_APPEND, "c"));
    struct event *older = line_for("a", LOG_JOIN_PREPEND, "a");
    older->logs.at_start = true;
    apply(&store, older);
    assert_int_equal(box->log.count, 3);
    assert_true(box->log.at_start);
    /* Of a box that is not known nothing is kept. */
    struct run stray = world_run("r", RUN_STATUS_RUNNING, "stray", 0);
    apply(&store, world_runs("stranger", &stray, 1));
    apply(&store, world_snapshot("stranger", "s", NULL));
    apply(&store, line_for("stranger", LOG_JOIN_RESET, "stray"));
    assert_int_equal(store.box_count, 1);
    store_done(&store);
}

static void test_requests(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    for (uint64_t id = 1; id <= 40; id++)
        store_expect(&store, id, id % 2 ? REQUEST_BOX_PAUSE : REQUEST_REFRESH, id % 2 ? "a" : NULL,
                     WORLD_NOW);
    assert_int_equal(store_request_of(&store, REQUEST_BOX_PAUSE, "a")->id, 1);
    assert_null(store_request_of(&store, REQUEST_BOX_PAUSE, "b"));
    assert_null(store_request_of(&store, REQUEST_REFRESH, "a"));
    apply(&store, world_progress(3, "pausing"));
    apply(&store, world_progress(3, "still pausing"));
    apply(&store, world_progress(99, "whose?"));
    assert_string_equal(store_request(&store, 3)->progress, "still pausing");
    apply(&store, world_reply(3, REQUEST_BOX_PAUSE, "a"));
    assert_null(store_request(&store, 3));
    apply(&store, world_reply(3, REQUEST_BOX_PAUSE, "a"));
    assert_int_equal(store.request_count, 39);
    for (uint64_t id = 40; id >= 1; id--)
        apply(&store, world_reply(id, REQUEST_REFRESH, NULL));
    assert_int_equal(store.request_count, 0);
    store_done(&store);
}

static void test_totals(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    struct store_totals totals;
    store_totals(&store, &totals);
    assert_int_equal(totals.count, 0);
    assert_int_equal(totals.tokens, -1);
    struct box boxes[] = {world_box("a", NULL, BOX_STATUS_RUNNING), world_box("b", NULL, BOX_STATUS_RUNNING),
                          world_box("c", NULL, BOX_STATUS_PAUSED)};
    boxes[0].input_tokens = 10;
    boxes[1].output_tokens = 5;
    boxes[1].compute_cost_usd = 0.25;
    boxes[2].cpu_ns = 7;
    apply(&store, world_list(boxes, 3));
    store_totals(&store, &totals);
    assert_int_equal(totals.by_status[BOX_STATUS_RUNNING], 2);
    assert_int_equal(totals.by_status[BOX_STATUS_PAUSED], 1);
    assert_int_equal(totals.tokens, 15);
    assert_int_equal(totals.cpu_ns, 7);
    assert_true(totals.cost_usd > 0.24 && totals.cost_usd < 0.26);
    store_done(&store);
}

static void test_the_link(void **state)
{
    (void)state;
    struct store store;
    store_init(&store);
    assert_int_equal(store.link.state, LINK_STARTING);
    apply(&store, world_link(LINK_OFFLINE, "no route"));
    assert_int_equal(store.link.state, LINK_OFFLINE);
    assert_string_equal(store.link.err.text, "no route");
    store_done(&store);
}

enum { MANY = 10000 };

static struct event *many(int salt)
{
    struct box *boxes = mem_zalloc(MANY, sizeof *boxes);
    for (int i = 0; i < MANY; i++) {
        char id[32];
        snprintf(id, sizeof id, "box-%d", (i * 7919 + salt) % MANY);
        boxes[i] = world_box(id, NULL, BOX_STATUS_IDLE);
        boxes[i].digest = (uint64_t)((i * 7919 + salt) % MANY) + 1;
    }
    struct event *event = world_list(boxes, MANY);
    free(boxes);
    return event;
}

/* Ten thousand boxes are found at once, however the list is ordered. */
static void test_many_boxes(void **state)
{
    (void)state;
    enum { LIMIT_MS = 3000 };
    struct store store;
    store_init(&store);
    int64_t began = clock_ms();
    for (int round = 0; round < 5; round++) {
        apply(&store, many(round * 31));
        assert_int_equal(store.box_count, MANY);
        for (int i = 0; i < MANY; i++) {
            char id[32];
            snprintf(id, sizeof id, "box-%d", i);
            struct store_box *box = store_find(&store, id);
            assert_non_null(box);
            assert_string_equal(box->box.id, id);
        }
        assert_null(store_find(&store, "box-10000"));
    }
    assert_true(clock_ms() - began < LIMIT_MS);
    apply(&store, list_of("a"));
    assert_int_equal(store.box_count, 1);
    store_done(&store);
}

/* All logs together have a cap: the largest gives way, and says so. */
static void test_logs_share_their_room(void **state)
{
    (void)state;
    enum { MEMORY = 1 << 20, LINES = 500 };
    struct store store;
    store_init(&store);
    store_limit_logs(&store, &(struct linepool_options){.memory = MEMORY});
    apply(&store, list_of("ab"));
    apply(&store, line_for("a", LOG_JOIN_RESET, "quiet"));
    for (int batch = 0; batch < 100; batch++) {
        struct log_line lines[LINES];
        for (size_t i = 0; i < LINES; i++)
            lines[i] = world_line("one of many lines of a box that has much to say", LOG_LEVEL_INFO, 0);
        apply(&store, world_logs("b", LOG_JOIN_APPEND, lines, LINES));
        assert_true(linepool_memory(store.lines) <= MEMORY);
    }
    const struct logbook *quiet = &store_find(&store, "a")->log, *flood = &store_find(&store, "b")->log;
    assert_int_equal(quiet->count, 1);
    assert_false(quiet->trimmed);
    assert_true(flood->trimmed);
    assert_true(logbook_at(flood, flood->first_number)->gap);
    assert_int_equal(logbook_end(flood), 100 * LINES);
    store_done(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_a_box_that_goes),
        cmocka_unit_test(test_one_box),
        cmocka_unit_test(test_the_same_id_twice),
        cmocka_unit_test(test_items_that_cannot_be_read),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_cached_then_fresh),
        cmocka_unit_test(test_deleted_list),
        cmocka_unit_test(test_around_a_box),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_totals),
        cmocka_unit_test(test_the_link),
        cmocka_unit_test(test_many_boxes),
        cmocka_unit_test(test_logs_share_their_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
