/*
 * The log stitcher against a service that is a plain array: whatever the service does between two pages, the
 * lines shown are the service's lines, once each and in order, and a gap is shown only where lines were out
 * of reach.
 */
#include "client/base/mem.h"
#include "client/poll/stitch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* All lines there ever were, by number, and the window of them that the service still has. */
struct service {
    uint64_t *digests;
    int64_t *times;
    size_t count, room;
    size_t first;     /* the oldest line that is kept */
    size_t retention; /* the most that are kept, 0 for all */
    bool newest_first;
    unsigned alphabet; /* different messages; 0: every line is different */
    unsigned per_second;
};

/* What the console shows: numbers of lines. */
struct shown {
    size_t *lines;
    bool *gap_before;
    size_t count, room;
    unsigned gaps, resets;
};

static uint64_t seed;

/* splitmix64: unlike simpler ones it has no short period in any bit, which would make lines repeat. */
static unsigned random_below(unsigned limit)
{
    seed += 0x9E3779B97F4A7C15u;
    uint64_t mixed = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    return (unsigned)((mixed ^ mixed >> 31) % limit);
}

static void service_add(struct service *service, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (service->count == service->room) {
            service->room = service->room * 2 + 1024;
            service->digests = mem_resize(service->digests, service->room, sizeof *service->digests);
            service->times = mem_resize(service->times, service->room, sizeof *service->times);
        }
        size_t number = service->count++;
        service->times[number] = 1000000000 + (int64_t)(number / service->per_second) * 1000;
        service->digests[number] = service->alphabet > 0 ? random_below(service->alphabet) : number + 1000;
    }
    if (service->retention > 0 && service->count - service->first > service->retention)
        service->first = service->count - service->retention;
}

static void service_clear(struct service *service)
{
    service->first = service->count;
}

/* A page; the line's number travels in a field that the stitcher does not read. */
static struct log_line *service_page(const struct service *service, struct stitch_ask ask, size_t *count)
{
    size_t have = service->count - service->first;
    assert_in_range(ask.limit, 1, STITCH_LIMIT_MAX);
    *count = ask.offset >= have ? 0 : have - ask.offset < ask.limit ? have - ask.offset : ask.limit;
    if (*count == 0)
        return NULL;
    struct log_line *lines = mem_zalloc(*count, sizeof *lines);
    for (size_t i = 0; i < *count; i++) {
        size_t place = ask.offset + i;
        size_t number = service->newest_first ? service->count - 1 - place : service->first + place;
        lines[i].time = service->times[number];
        lines[i].digest = service->digests[number];
        lines[i].text.cut = (uint32_t)number;
    }
    return lines;
}

static void service_done(struct service *service)
{
    free(service->digests);
    free(service->times);
}

static void show(struct shown *shown, const struct stitch_batch *batch)
{
    if (batch->join == LOG_JOIN_RESET) {
        shown->count = 0;
        shown->resets++;
    }
    if (batch->join == LOG_JOIN_GAP)
        shown->gaps++;
    size_t need = shown->count + batch->count;
    if (need > shown->room) {
        shown->room = need * 2;
        shown->lines = mem_resize(shown->lines, shown->room, sizeof *shown->lines);
        shown->gap_before = mem_resize(shown->gap_before, shown->room, sizeof *shown->gap_before);
    }
    size_t at = shown->count;
    if (batch->join == LOG_JOIN_PREPEND) {
        memmove(shown->lines + batch->count, shown->lines, shown->count * sizeof *shown->lines);
        memmove(shown->gap_before + batch->count, shown->gap_before,
                shown->count * sizeof *shown->gap_before);
        at = 0;
    }
    for (size_t i = 0; i < batch->count; i++) {
        shown->lines[at + i] = batch->items[i].text.cut;
        shown->gap_before[at + i] = i == 0 && batch->join == LOG_JOIN_GAP;
    }
    shown->count = need;
}

static void shown_done(struct shown *shown)
{
    free(shown->lines);
    free(shown->gap_before);
}

/* Runs an operation to its end; up to `meanwhile` lines arrive between two pages. Returns the pages it took.
 */
static unsigned finish(struct stitch *stitch, struct stitch_ask ask, struct service *service,
                       struct shown *shown, unsigned meanwhile)
{
    unsigned pages = 0;
    enum stitch_step step;
    do {
        size_t count;
        struct log_line *lines = service_page(service, ask, &count);
        struct stitch_batch batch;
        step = stitch_page(stitch, lines, count, &batch, &ask);
        if (batch.count > 0)
            show(shown, &batch);
        log_lines_free(batch.items, batch.count);
        if (meanwhile > 0)
            service_add(service, random_below(meanwhile + 1));
        assert_true(++pages < 100);
    } while (step == STITCH_ASK);
    return pages;
}

static unsigned look(struct stitch *stitch, struct service *service, struct shown *shown, unsigned meanwhile)
{
    struct stitch_ask ask;
    stitch_start_tail(stitch, &ask);
    return finish(stitch, ask, service, shown, meanwhile);
}

static bool look_back(struct stitch *stitch, struct service *service, struct shown *shown, unsigned meanwhile)
{
    struct stitch_ask ask;
    if (!stitch_start_older(stitch, &ask))
        return false;
    finish(stitch, ask, service, shown, meanwhile);
    return true;
}

/* Lines follow one another but at gaps, where numbers grow. With equal lines the number may be another one's:
 * then the message must be right. */
static void assert_in_order(const struct shown *shown, const struct service *service)
{
    size_t number = 0;
    for (size_t i = 0; i < shown->count; i++) {
        size_t line = shown->lines[i];
        if (i == 0 || shown->gap_before[i]) {
            assert_true(i == 0 || service->alphabet > 0 || line > number);
            number = line;
        } else {
            number++;
        }
        assert_true(number < service->count);
        assert_true(service->digests[line] == service->digests[number]);
        if (service->alphabet == 0)
            assert_int_equal(line, number);
    }
}

static void assert_up_to_date(const struct shown *shown, const struct service *service)
{
    if (service->count == service->first)
        return;
    assert_true(shown->count > 0);
    assert_true(service->digests[shown->lines[shown->count - 1]] == service->digests[service->count - 1]);
}

static void a_short_log_is_read_whole(void **state)
{
    (void)state;
    for (int newest_first = 0; newest_first < 2; newest_first++) {
        struct service service = {.newest_first = newest_first, .per_second = 3};
        struct stitch stitch;
        struct shown shown = {0};
        stitch_init(&stitch);
        assert_int_equal(look(&stitch, &service, &shown, 0), 1);
        assert_int_equal(shown.count, 0);
        service_add(&service, 7);
        assert_int_equal(look(&stitch, &service, &shown, 0), 1);
        assert_int_equal(shown.count, 7);
        assert_in_order(&shown, &service);
        assert_true(stitch.at_start);
        assert_int_equal(stitch.order, newest_first ? STITCH_NEWEST_FIRST : STITCH_OLDEST_FIRST);
        struct stitch_ask ask;
        assert_false(stitch_start_older(&stitch, &ask));
        assert_int_equal(look(&stitch, &service, &shown, 0), 1);
        assert_int_equal(shown.count, 7);
        service_add(&service, 1);
        assert_int_equal(look(&stitch, &service, &shown, 0), 1);
        assert_int_equal(shown.count, 8);
        assert_in_order(&shown, &service);
        assert_int_equal(shown.gaps, 0);
        assert_int_equal(shown.resets, 1);
        stitch_done(&stitch);
        service_done(&service);
        shown_done(&shown);
    }
}

/* With one line, or lines of one second, nothing tells the order until more come. */
static void the_order_is_found_late(void **state)
{
    (void)state;
    for (int newest_first = 0; newest_first < 2; newest_first++)
        for (size_t lines = 1; lines < 50; lines++) {
            struct service service = {.newest_first = newest_first, .per_second = 1000};
            struct stitch stitch;
            struct shown shown = {0};
            stitch_init(&stitch);
            service_add(&service, lines);
            look(&stitch, &service, &shown, 0);
            assert_int_equal(shown.count, lines);
            service_add(&service, 3);
            look(&stitch, &service, &shown, 0);
            assert_int_equal(shown.count, lines + 3);
            assert_in_order(&shown, &service);
            assert_int_equal(shown.gaps, 0);
            stitch_done(&stitch);
            service_done(&service);
            shown_done(&shown);
        }
}

static void a_long_log_starts_at_its_newest_lines(void **state)
{
    (void)state;
    static const size_t sizes[] = {199, 200, 201, 400, 999, 1000, 1001, 5000, 100000};
    for (int newest_first = 0; newest_first < 2; newest_first++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            struct service service = {.newest_first = newest_first, .per_second = 30};
            struct stitch stitch;
            struct shown shown = {0};
            stitch_init(&stitch);
            service_add(&service, sizes[i]);
            assert_true(look(&stitch, &service, &shown, 0) < 30);
            assert_in_order(&shown, &service);
            assert_up_to_date(&shown, &service);
            assert_true(shown.count <= 1000);
            while (look_back(&stitch, &service, &shown, 0))
                assert_in_order(&shown, &service);
            assert_int_equal(shown.count, sizes[i]);
            assert_int_equal(shown.gaps, 0);
            assert_int_equal(shown.resets, 1);
            stitch_done(&stitch);
            service_done(&service);
            shown_done(&shown);
        }
}

static void equal_lines_are_counted(void **state)
{
    (void)state;
    for (int newest_first = 0; newest_first < 2; newest_first++) {
        struct service service = {.newest_first = newest_first, .per_second = 1000000, .alphabet = 1};
        struct stitch stitch;
        struct shown shown = {0};
        stitch_init(&stitch);
        size_t lines = 0;
        for (int i = 0; i < 15; i++) {
            service_add(&service, 10);
            lines += 10;
            look(&stitch, &service, &shown, 0);
            assert_int_equal(shown.count, lines);
        }
        assert_int_equal(shown.gaps, 0);
        stitch_done(&stitch);
        service_done(&service);
        shown_done(&shown);
    }
}

static void a_cleared_log_leaves_a_gap(void **state)
{
    (void)state;
    for (int newest_first = 0; newest_first < 2; newest_first++) {
        struct service service = {.newest_first = newest_first, .per_second = 1};
        struct stitch stitch;
        struct shown shown = {0};
        stitch_init(&stitch);
        service_add(&service, 50);
        look(&stitch, &service, &shown, 0);
        service_clear(&service);
        look(&stitch, &service, &shown, 0);
        assert_int_equal(shown.count, 50);
        service_add(&service, 10);
        service.first += 2; /* two came and went unseen */
        struct stitch_ask ask;
        stitch_start_tail(&stitch, &ask);
        size_t count;
        struct log_line *lines = service_page(&service, ask, &count);
        struct stitch_batch batch;
        assert_int_equal(stitch_page(&stitch, lines, count, &batch, &ask), STITCH_DONE);
        assert_int_equal(batch.join, LOG_JOIN_GAP);
        assert_int_equal(batch.count, 8);
        assert_int_equal(batch.gap_ms, 3000);
        show(&shown, &batch);
        log_lines_free(batch.items, batch.count);
        assert_in_order(&shown, &service);
        assert_true(stitch.at_start);
        service_add(&service, 5);
        look(&stitch, &service, &shown, 0);
        assert_int_equal(shown.count, 63);
        assert_int_equal(shown.gaps, 1);
        stitch_done(&stitch);
        service_done(&service);
        shown_done(&shown);
    }
}

static void time_that_runs_backwards_replaces_all(void **state)
{
    (void)state;
    struct service service = {.per_second = 1};
    struct service other = {.per_second = 1};
    struct stitch stitch;
    struct shown shown = {0};
    stitch_init(&stitch);
    service_add(&service, 100);
    look(&stitch, &service, &shown, 0);
    service_add(&other, 30);
    for (size_t i = 0; i < 30; i++)
        other.digests[i] += 500000;
    look(&stitch, &other, &shown, 0);
    assert_int_equal(shown.count, 30);
    assert_int_equal(shown.resets, 2);
    stitch_done(&stitch);
    service_done(&service);
    service_done(&other);
    shown_done(&shown);
}

static void giving_up_loses_nothing(void **state)
{
    (void)state;
    for (int newest_first = 0; newest_first < 2; newest_first++) {
        struct service service = {.newest_first = newest_first, .per_second = 5};
        struct stitch stitch;
        struct shown shown = {0};
        stitch_init(&stitch);
        service_add(&service, 3000);
        look(&stitch, &service, &shown, 0);
        service_add(&service, 2500);
        for (int pages = 0; pages < 3; pages++) {
            struct stitch_ask ask;
            stitch_start_tail(&stitch, &ask);
            for (int page = 0; page < pages; page++) {
                size_t count;
                struct log_line *lines = service_page(&service, ask, &count);
                struct stitch_batch batch;
                enum stitch_step step = stitch_page(&stitch, lines, count, &batch, &ask);
                if (batch.count > 0)
                    show(&shown, &batch);
                log_lines_free(batch.items, batch.count);
                if (step == STITCH_DONE)
                    break;
            }
            stitch_abort(&stitch);
        }
        look(&stitch, &service, &shown, 0);
        assert_in_order(&shown, &service);
        assert_up_to_date(&shown, &service);
        assert_int_equal(shown.gaps, 0);
        stitch_done(&stitch);
        service_done(&service);
        shown_done(&shown);
    }
}

/* More lines than one operation reads: newest first, the newest ones matter; oldest first, all can be had. */
static void a_flood_is_caught_up_with(void **state)
{
    (void)state;
    for (int newest_first = 0; newest_first < 2; newest_first++) {
        struct service service = {.newest_first = newest_first, .per_second = 50};
        struct stitch stitch;
        struct shown shown = {0};
        stitch_init(&stitch);
        service_add(&service, 300);
        look(&stitch, &service, &shown, 0);
        service_add(&service, 25000);
        for (int i = 0; i < 4; i++)
            assert_true(look(&stitch, &service, &shown, 0) <= STITCH_PAGES_MAX);
        assert_in_order(&shown, &service);
        assert_up_to_date(&shown, &service);
        assert_int_equal(shown.gaps, newest_first ? 1 : 0);
        stitch_done(&stitch);
        service_done(&service);
        shown_done(&shown);
    }
}

/* Oldest first, every line that the service drops moves all others: they are found again wherever they are
 * now. */
static void a_log_that_moved_far_is_found_again(void **state)
{
    (void)state;
    static const size_t jumps[] = {500, 3000, 9000, 11000, 15000, 19000, 19900};
    for (unsigned i = 0; i < 60; i++) {
        seed = i;
        struct service service = {.per_second = 20 + random_below(900), .retention = 20000};
        struct stitch stitch;
        struct shown shown = {0};
        stitch_init(&stitch);
        service_add(&service, 20000 + random_below(2000));
        look(&stitch, &service, &shown, 0);
        for (int turn = 0; turn < 4; turn++) {
            service_add(&service, jumps[random_below(7)]);
            for (int k = 0; k < 4; k++)
                look(&stitch, &service, &shown, 0);
            assert_in_order(&shown, &service);
            assert_up_to_date(&shown, &service);
        }
        assert_int_equal(shown.gaps, 0);
        assert_int_equal(shown.resets, 1);
        stitch_done(&stitch);
        service_done(&service);
        shown_done(&shown);
    }
}

struct plan {
    bool newest_first;
    unsigned alphabet;
    unsigned per_second;
    size_t retention;
    size_t before;      /* lines before the first look */
    unsigned growth;    /* the most lines between two looks */
    unsigned meanwhile; /* the most lines between two pages */
    bool clears;
};

/* While all stamps are (nearly) equal and nothing grew, the order is a guess that a service may prove wrong.
 */
static void assert_follows(const struct stitch *stitch, const struct shown *shown,
                           const struct service *service)
{
    if (stitch->order_sure || !service->newest_first)
        assert_in_order(shown, service);
}

static void run_plan(const struct plan *plan, unsigned rounds)
{
    struct service service = {.newest_first = plan->newest_first,
                              .alphabet = plan->alphabet,
                              .per_second = plan->per_second,
                              .retention = plan->retention};
    struct stitch stitch;
    struct shown shown = {0};
    stitch_init(&stitch);
    service_add(&service, plan->before);
    for (unsigned i = 0; i < rounds; i++) {
        if (random_below(4) == 0)
            look_back(&stitch, &service, &shown, plan->meanwhile);
        else
            look(&stitch, &service, &shown, plan->meanwhile);
        assert_follows(&stitch, &shown, &service);
        if (plan->clears && random_below(8) == 0)
            service_clear(&service);
        if (random_below(3) > 0)
            service_add(&service, random_below(plan->growth + 1));
    }
    for (int i = 0; i < 8; i++) /* nothing more comes: it catches up */
        look(&stitch, &service, &shown, 0);
    assert_follows(&stitch, &shown, &service);
    if (stitch.order_sure || !plan->newest_first)
        assert_up_to_date(&shown, &service);
    if (plan->retention == 0 && !plan->clears) {
        assert_int_equal(shown.gaps, 0);
        for (int i = 0; i < 1000 && look_back(&stitch, &service, &shown, 0); i++)
            continue;
        assert_follows(&stitch, &shown, &service);
        assert_int_equal(shown.count, service.count);
    }
    stitch_done(&stitch);
    service_done(&service);
    shown_done(&shown);
}

static void random_services_are_followed(void **state)
{
    (void)state;
    static const unsigned growths[] = {1, 15, 150, 1500};
    static const size_t befores[] = {0, 1, 30, 250, 3000};
    static const size_t retentions[] = {0, 30, 300, 1500};
    static const unsigned rates[] = {1, 10, 500};
    for (unsigned i = 0; i < 1500; i++) {
        seed = i;
        struct plan plan = {
            .newest_first = random_below(2),
            .alphabet = 0,
            .per_second = rates[random_below(3)],
            .retention = retentions[random_below(4)],
            .before = befores[random_below(5)],
            .growth = growths[random_below(4)],
            .meanwhile = random_below(2) ? 0 : 60,
            .clears = random_below(4) == 0,
        };
        run_plan(&plan, 25);
    }
}

static void repeated_lines_are_followed(void **state)
{
    (void)state;
    static const unsigned growths[] = {1, 15, 150, 700};
    for (unsigned i = 0; i < 600; i++) {
        seed = i;
        struct plan plan = {
            .newest_first = random_below(2),
            .alphabet = 3 + random_below(5),
            .per_second = 1 + random_below(50),
            .before = random_below(800),
            .growth = growths[random_below(4)],
            .meanwhile = random_below(2) ? 0 : 40,
        };
        run_plan(&plan, 25);
    }
}

/* An earlier boxtop knew the newest lines: this one goes on from them, or says what is missing. */
static void lines_of_an_earlier_run_are_joined(void **state)
{
    (void)state;
    static const size_t befores[] = {1, 30, 250, 3000}, fresh[] = {0, 1, 100, 1500, 8000, 40000};
    for (unsigned i = 0; i < 120; i++) {
        seed = i;
        struct service service = {.newest_first = random_below(2),
                                  .per_second = 1 + random_below(50),
                                  .retention = random_below(3) == 0 ? 100 + random_below(4000) : 0};
        struct stitch before, after;
        struct shown shown = {0};
        stitch_init(&before);
        service_add(&service, befores[random_below(4)]);
        look(&before, &service, &shown, 0);
        struct log_place place = stitch_place(&before);
        stitch_done(&before);
        if (!place.known) { /* all of one second: nothing to go on from */
            service_done(&service);
            shown_done(&shown);
            continue;
        }
        /* The cache keeps the last of them. */
        size_t kept = 1 + random_below((unsigned)shown.count), known = shown.count - kept;
        uint64_t digests[STITCH_LIMIT_MAX];
        for (size_t k = 0; k < kept; k++) {
            shown.lines[k] = shown.lines[known + k];
            digests[k] = service.digests[shown.lines[k]];
        }
        shown.count = kept;
        size_t last = shown.lines[kept - 1];
        service_add(&service, fresh[random_below(6)]);
        stitch_init(&after);
        stitch_resume(&after, &(struct log_resume){.place = place,
                                                   .digests = digests,
                                                   .count = kept,
                                                   .newest_time = service.times[last],
                                                   .at_start = known == 0 && shown.lines[0] == 0});
        for (int looks = 0; looks < 8; looks++)
            look(&after, &service, &shown, 0);
        assert_in_order(&shown, &service);
        assert_up_to_date(&shown, &service);
        bool in_reach = service.first <= last && service.count - last < 9000;
        assert_int_equal(shown.resets, 1);
        assert_true(!in_reach || shown.gaps == 0);
        for (int k = 0; k < 200 && look_back(&after, &service, &shown, 0); k++)
            assert_in_order(&shown, &service);
        stitch_done(&after);
        service_done(&service);
        shown_done(&shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_log_is_read_whole),
        cmocka_unit_test(the_order_is_found_late),
        cmocka_unit_test(a_long_log_starts_at_its_newest_lines),
        cmocka_unit_test(equal_lines_are_counted),
        cmocka_unit_test(a_cleared_log_leaves_a_gap),
        cmocka_unit_test(time_that_runs_backwards_replaces_all),
        cmocka_unit_test(giving_up_loses_nothing),
        cmocka_unit_test(a_flood_is_caught_up_with),
        cmocka_unit_test(a_log_that_moved_far_is_found_again),
        cmocka_unit_test(random_services_are_followed),
        cmocka_unit_test(lines_of_an_earlier_run_are_joined),
        cmocka_unit_test(repeated_lines_are_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
