/* What is asked when, on a clock of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"
#include "client/poll/poll.h"

/* How often each thing was asked. */
struct tally {
    size_t list, deleted;
    size_t runs[64], logs[64]; /* by the number at the end of the id */
    size_t total;
};

struct fixture {
    struct poll *poll;
    int64_t now;
    struct tally tally;
    int64_t answer_ms; /* how long an answer takes */
};

static struct fixture begin(double rate)
{
    return (struct fixture){.poll = poll_new(rate, 42), .now = 1000000};
}

static void end(struct fixture *f)
{
    poll_free(f->poll);
}

static struct box make_box(int number, enum box_status status, uint64_t digest)
{
    return (struct box){.id = mem_format("box-%d", number), .status = status, .digest = digest};
}

/* A list of boxes whose statuses are the letters: r running, i idle, p paused. */
static void give_list(struct fixture *f, const char *letters, uint64_t digest)
{
    struct box boxes[64] = {0};
    size_t count = strlen(letters);
    for (size_t i = 0; i < count; i++)
        boxes[i] = make_box((int)i,
                            letters[i] == 'r'   ? BOX_STATUS_RUNNING
                            : letters[i] == 'i' ? BOX_STATUS_IDLE
                                                : BOX_STATUS_PAUSED,
                            digest + i);
    poll_boxes(f->poll, boxes, count, f->now);
    for (size_t i = 0; i < count; i++)
        free(boxes[i].id);
}

static void note(struct tally *tally, const struct poll_ask *ask)
{
    int number = ask->box_id[0] == '\0' ? 0 : atoi(ask->box_id + 4);
    tally->total++;
    tally->list += ask->kind == POLL_LIST;
    tally->deleted += ask->kind == POLL_DELETED;
    tally->runs[number] += ask->kind == POLL_RUNS;
    tally->logs[number] += ask->kind == POLL_LOGS;
}

/* Lets time pass, answering every ask well. Goes from wake-up to wake-up as the client does. */
static void pass(struct fixture *f, int64_t ms)
{
    int64_t until = f->now + ms;
    size_t turns = 0;
    while (f->now <= until) {
        struct poll_ask ask;
        assert_true(++turns < 100000); /* no spinning */
        while (poll_next(f->poll, f->now, &ask)) {
            note(&f->tally, &ask);
            poll_done(f->poll, &ask, POLL_GOOD, -1, f->now + f->answer_ms);
        }
        int64_t wake = poll_wake_ms(f->poll, f->now);
        if (wake > until)
            break;
        f->now = wake > f->now ? wake : f->now + 1;
    }
    f->now = until;
}

static struct poll_ask expect_ask(struct fixture *f, enum poll_kind kind)
{
    struct poll_ask ask;
    assert_true(poll_next(f->poll, f->now, &ask));
    assert_int_equal(ask.kind, kind);
    return ask;
}

static void expect_nothing(struct fixture *f)
{
    struct poll_ask ask;
    assert_false(poll_next(f->poll, f->now, &ask));
}

static void watch(struct fixture *f, const char *selected, const char *const *visible, size_t count)
{
    poll_watch(f->poll,
               &(struct watch){.selected = selected,
                               .selected_runs = selected != NULL,
                               .selected_logs = selected != NULL,
                               .visible = visible,
                               .visible_count = count},
               f->now);
}

static void test_nothing_before_the_start_then_the_list(void **state)
{
    (void)state;
    struct fixture f = begin(4);
    expect_nothing(&f);
    assert_int_equal(poll_wake_ms(f.poll, f.now), INT64_MAX);
    poll_start(f.poll, f.now);
    assert_int_equal(poll_wake_ms(f.poll, f.now), f.now);
    struct poll_ask ask = expect_ask(&f, POLL_LIST);
    expect_nothing(&f); /* one list at a time, and nothing else is known */
    poll_done(f.poll, &ask, POLL_GOOD, -1, f.now);
    assert_int_equal(poll_wake_ms(f.poll, f.now), f.now + POLL_LIST_MS);
    end(&f);
}

static void test_idle_boxes_that_nobody_sees_cost_nothing(void **state)
{
    (void)state;
    struct fixture f = begin(4);
    poll_start(f.poll, f.now);
    give_list(&f, "iiiiipppp", 1);
    pass(&f, 60000);
    assert_int_equal(f.tally.total, f.tally.list);
    assert_in_range(f.tally.list, 33, 35);
    end(&f);
}

static void test_the_rate_is_kept(void **state)
{
    (void)state;
    static const char *const visible[] = {"box-0", "box-1", "box-2", "box-3",
                                          "box-4", "box-5", "box-6", "box-7"};
    static const double rates[] = {1, 4, 10};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct fixture f = begin(rates[i]);
        poll_start(f.poll, f.now);
        give_list(&f, "rrrrrrrr", 1);
        watch(&f, "box-0", visible, 8);
        pass(&f, 60000);
        size_t most = (size_t)(60 * rates[i] + rates[i] + 1);
        assert_in_range(f.tally.total, 1, most);
        assert_true(f.tally.total >= most * 8 / 10 || f.tally.total > 400);
        end(&f);
    }
}

static void test_the_selected_box_comes_first_and_nobody_starves(void **state)
{
    (void)state;
    static const char *const visible[] = {"box-0", "box-1", "box-2", "box-3",
                                          "box-4", "box-5", "box-6", "box-7"};
    struct fixture f = begin(4);
    poll_start(f.poll, f.now);
    give_list(&f, "rrrrrrrr", 1);
    watch(&f, "box-3", visible, 8);
    pass(&f, 60000);
    assert_true(f.tally.list >= 28);
    assert_true(f.tally.logs[3] >= 40 && f.tally.runs[3] >= 40); /* every 1 to 1.5 s */
    for (int i = 0; i < 8; i++)
        assert_true(f.tally.logs[i] >= 2 && f.tally.runs[i] >= 2);
    end(&f);
}

static void test_a_new_selection_is_asked_at_once(void **state)
{
    (void)state;
    struct fixture f = begin(100);
    poll_start(f.poll, f.now);
    give_list(&f, "ii", 1);
    pass(&f, 10000);
    watch(&f, "box-1", NULL, 0);
    assert_int_equal(poll_wake_ms(f.poll, f.now), f.now);
    f.tally = (struct tally){0};
    pass(&f, 0);
    assert_int_equal(f.tally.runs[1], 1);
    assert_int_equal(f.tally.logs[1], 1);
    end(&f);
}

static void test_running_boxes_rotate_and_changed_ones_are_asked_once(void **state)
{
    (void)state;
    struct fixture f = begin(100);
    poll_start(f.poll, f.now);
    give_list(&f, "rii", 1);
    pass(&f, 100000);
    assert_in_range(f.tally.runs[0], 9, 11);
    assert_in_range(f.tally.logs[0], 9, 11);
    assert_int_equal(f.tally.runs[1] + f.tally.logs[1], 0);
    struct box box = make_box(1, BOX_STATUS_IDLE, 999);
    poll_box(f.poll, &box, f.now);
    free(box.id);
    pass(&f, 100000);
    assert_int_equal(f.tally.runs[1], 1);
    assert_int_equal(f.tally.logs[1], 1);
    end(&f);
}

static void test_visible_boxes_are_fresh_to_two_seconds_when_the_rate_allows(void **state)
{
    (void)state;
    static const char *const visible[] = {"box-0", "box-1", "box-2"};
    struct fixture f = begin(300);
    poll_start(f.poll, f.now);
    give_list(&f, "rip", 1);
    watch(&f, NULL, visible, 3);
    pass(&f, 20000);
    for (int i = 0; i < 2; i++)
        assert_in_range(f.tally.logs[i], 11, 12);
    assert_in_range(f.tally.logs[2], 2, 3); /* paused: it writes nothing */
    end(&f);
}

static void test_watched_boxes_need_no_list(void **state)
{
    (void)state;
    struct fixture f = begin(100);
    poll_start(f.poll, f.now);
    watch(&f, "box-9", NULL, 0);
    pass(&f, 1000);
    assert_true(f.tally.runs[9] >= 1 && f.tally.logs[9] >= 1);
    end(&f);
}

static void test_a_box_that_is_gone_is_left_alone(void **state)
{
    (void)state;
    struct fixture f = begin(100);
    poll_start(f.poll, f.now);
    watch(&f, "box-9", NULL, 0);
    struct poll_ask list = expect_ask(&f, POLL_LIST);
    poll_done(f.poll, &list, POLL_GOOD, -1, f.now);
    struct poll_ask ask;
    assert_true(poll_next(f.poll, f.now, &ask));
    poll_done(f.poll, &ask, POLL_GONE, -1, f.now);
    pass(&f, 10000);
    assert_int_equal(f.tally.runs[9] + f.tally.logs[9], 0);
    assert_true(f.tally.list >= 5);
    end(&f);
}

static void test_a_refused_key_stops_everything(void **state)
{
    (void)state;
    struct fixture f = begin(4);
    poll_start(f.poll, f.now);
    struct poll_ask ask = expect_ask(&f, POLL_LIST);
    poll_done(f.poll, &ask, POLL_REFUSED, -1, f.now);
    pass(&f, 3600000);
    assert_int_equal(f.tally.total, 0);
    assert_int_equal(poll_wake_ms(f.poll, f.now), INT64_MAX);
    poll_refresh(f.poll, f.now);
    expect_nothing(&f);
    poll_start(f.poll, f.now);
    expect_ask(&f, POLL_LIST);
    end(&f);
}

static void test_retry_after_holds_everything_back_even_a_refresh(void **state)
{
    (void)state;
    struct fixture f = begin(100);
    poll_start(f.poll, f.now);
    give_list(&f, "rr", 1);
    struct poll_ask list = expect_ask(&f, POLL_LIST);
    poll_done(f.poll, &list, POLL_GOOD, -1, f.now);
    struct poll_ask ask;
    assert_true(poll_next(f.poll, f.now, &ask));
    poll_done(f.poll, &ask, POLL_LIMITED, 7000, f.now);
    assert_int_equal(poll_paused_until_ms(f.poll), f.now + 7000);
    poll_refresh(f.poll, f.now);
    expect_nothing(&f);
    assert_int_equal(poll_wake_ms(f.poll, f.now), f.now + 7000);
    f.now += 6999;
    expect_nothing(&f);
    f.now += 1;
    expect_ask(&f, POLL_LIST);
    end(&f);
}

static void test_failures_back_off_with_jitter_and_a_refresh_cuts_it_short(void **state)
{
    (void)state;
    struct fixture f = begin(100);
    poll_start(f.poll, f.now);
    int64_t longest = 0;
    for (unsigned i = 0; i < 12; i++) {
        struct poll_ask ask = expect_ask(&f, POLL_LIST);
        poll_done(f.poll, &ask, POLL_DEAD, -1, f.now);
        int64_t wait = poll_wake_ms(f.poll, f.now) - f.now;
        int64_t most = i > 6 ? POLL_SLOW_MS : 500 << i > 30000 ? 30000 : 500 << i;
        assert_in_range(wait, 100, most);
        if (i > 6)
            assert_int_equal(wait, POLL_SLOW_MS);
        longest = wait > longest ? wait : longest;
        f.now += wait;
    }
    assert_int_equal(longest, POLL_SLOW_MS);
    struct poll_ask ask = expect_ask(&f, POLL_LIST);
    poll_done(f.poll, &ask, POLL_FAILED, -1, f.now);
    expect_nothing(&f);
    poll_refresh(f.poll, f.now);
    ask = expect_ask(&f, POLL_LIST);
    poll_done(f.poll, &ask, POLL_GOOD, -1, f.now);
    assert_int_equal(poll_wake_ms(f.poll, f.now), f.now + POLL_LIST_MS); /* as if nothing had been */
    end(&f);
}

static void test_while_the_list_fails_nothing_else_is_asked(void **state)
{
    (void)state;
    struct fixture f = begin(100);
    poll_start(f.poll, f.now);
    give_list(&f, "rrrr", 1);
    watch(&f, "box-0", NULL, 0);
    struct poll_ask ask = expect_ask(&f, POLL_LIST);
    poll_done(f.poll, &ask, POLL_DEAD, -1, f.now);
    for (int i = 0; i < 5; i++) {
        f.now = poll_wake_ms(f.poll, f.now);
        ask = expect_ask(&f, POLL_LIST);
        expect_nothing(&f);
        poll_done(f.poll, &ask, POLL_DEAD, -1, f.now);
    }
    end(&f);
}

static void test_one_failing_box_slows_only_itself(void **state)
{
    (void)state;
    struct fixture f = begin(100);
    static const char *const visible[] = {"box-0", "box-1"};
    poll_start(f.poll, f.now);
    give_list(&f, "rr", 1);
    watch(&f, NULL, visible, 2);
    size_t failed = 0, good = 0;
    int64_t until = f.now + 60000;
    while (f.now < until) {
        struct poll_ask ask;
        while (poll_next(f.poll, f.now, &ask)) {
            bool bad = strcmp(ask.box_id, "box-0") == 0 && ask.kind == POLL_LOGS;
            failed += bad;
            good += strcmp(ask.box_id, "box-1") == 0 && ask.kind == POLL_LOGS;
            poll_done(f.poll, &ask, bad ? POLL_FAILED : POLL_GOOD, -1, f.now);
        }
        int64_t wake = poll_wake_ms(f.poll, f.now);
        f.now = wake > f.now ? wake : f.now + 1;
    }
    assert_true(good >= 29);
    assert_in_range(failed, 3, 15);
    end(&f);
}

static void test_at_most_eight_under_way_and_one_of_each(void **state)
{
    (void)state;
    struct fixture f = begin(100);
    poll_start(f.poll, f.now);
    give_list(&f, "rrrrrrrrrr", 1);
    struct poll_ask asks[32];
    size_t count = 0;
    while (count < 32 && poll_next(f.poll, f.now, &asks[count]))
        count++;
    assert_int_equal(count, POLL_UNDER_WAY_MAX);
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            assert_false(asks[i].kind == asks[k].kind && strcmp(asks[i].box_id, asks[k].box_id) == 0);
    assert_int_equal(poll_wake_ms(f.poll, f.now), INT64_MAX);
    poll_done(f.poll, &asks[0], POLL_GOOD, -1, f.now);
    assert_int_equal(poll_wake_ms(f.poll, f.now), f.now);
    end(&f);
}

static void test_an_answer_for_a_box_that_left_is_harmless(void **state)
{
    (void)state;
    struct fixture f = begin(100);
    poll_start(f.poll, f.now);
    give_list(&f, "r", 1);
    struct poll_ask list = expect_ask(&f, POLL_LIST), ask;
    assert_true(poll_next(f.poll, f.now, &ask));
    poll_done(f.poll, &list, POLL_GOOD, -1, f.now);
    give_list(&f, "", 1);
    poll_done(f.poll, &ask, POLL_GOOD, -1, f.now);
    give_list(&f, "", 1);
    poll_done(f.poll, &ask, POLL_FAILED, -1, f.now);
    pass(&f, 10000);
    assert_int_equal(f.tally.total, f.tally.list);
    end(&f);
}

static void test_a_touch_while_under_way_asks_again(void **state)
{
    (void)state;
    struct fixture f = begin(100);
    poll_start(f.poll, f.now);
    struct poll_ask ask = expect_ask(&f, POLL_LIST);
    poll_touch_list(f.poll, f.now);
    expect_nothing(&f);
    poll_done(f.poll, &ask, POLL_GOOD, -1, f.now);
    expect_ask(&f, POLL_LIST);
    end(&f);
}

static void test_the_deleted_list_is_asked_only_when_on_screen(void **state)
{
    (void)state;
    struct fixture f = begin(100);
    poll_start(f.poll, f.now);
    pass(&f, 30000);
    assert_int_equal(f.tally.deleted, 0);
    poll_watch(f.poll, &(struct watch){.deleted_list = true}, f.now);
    pass(&f, 30000);
    assert_in_range(f.tally.deleted, 3, 4);
    end(&f);
}

/* A poller fed with anything in any order keeps its promises: no ask twice at a time, none above the rate. */
static void test_random_lives(void **state)
{
    (void)state;
    unsigned seed = 1;
    for (int life = 0; life < 50; life++) {
        struct fixture f = begin(20);
        struct poll_ask open[POLL_UNDER_WAY_MAX];
        size_t count = 0, asked = 0;
        int64_t began = f.now;
        poll_start(f.poll, f.now);
        for (int i = 0; i < 400; i++) {
            seed = seed * 1103515245 + 12345;
            unsigned dice = seed >> 16;
            char letters[13] = "";
            for (unsigned k = 0; k < dice % 12; k++)
                strcat(letters, (const char *const[]){"r", "i", "p"}[(dice >> k) % 3]);
            if (dice % 7 == 0)
                give_list(&f, letters, dice % 5);
            if (dice % 11 == 0)
                watch(&f, (const char *const[]){"box-0", "box-5", NULL}[dice % 3], NULL, 0);
            if (dice % 13 == 0)
                poll_start(f.poll, f.now);
            if (count < POLL_UNDER_WAY_MAX && poll_next(f.poll, f.now, &open[count])) {
                for (size_t k = 0; k < count; k++)
                    assert_false(open[k].kind == open[count].kind &&
                                 strcmp(open[k].box_id, open[count].box_id) == 0);
                count++;
                asked++;
            }
            if (count > 0 && dice % 3 != 0) {
                size_t which = dice % count;
                poll_done(f.poll, &open[which], dice % 7, dice % 5 == 0 ? 500 : -1, f.now);
                open[which] = open[--count];
            }
            f.now += dice % 100;
        }
        assert_true((double)asked <= (double)(f.now - began) * 20 / 1000 + 20 * 40);
        end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_before_the_start_then_the_list),
        cmocka_unit_test(test_idle_boxes_that_nobody_sees_cost_nothing),
        cmocka_unit_test(test_the_rate_is_kept),
        cmocka_unit_test(test_the_selected_box_comes_first_and_nobody_starves),
        cmocka_unit_test(test_a_new_selection_is_asked_at_once),
        cmocka_unit_test(test_running_boxes_rotate_and_changed_ones_are_asked_once),
        cmocka_unit_test(test_visible_boxes_are_fresh_to_two_seconds_when_the_rate_allows),
        cmocka_unit_test(test_watched_boxes_need_no_list),
        cmocka_unit_test(test_a_box_that_is_gone_is_left_alone),
        cmocka_unit_test(test_a_refused_key_stops_everything),
        cmocka_unit_test(test_retry_after_holds_everything_back_even_a_refresh),
        cmocka_unit_test(test_failures_back_off_with_jitter_and_a_refresh_cuts_it_short),
        cmocka_unit_test(test_while_the_list_fails_nothing_else_is_asked),
        cmocka_unit_test(test_one_failing_box_slows_only_itself),
        cmocka_unit_test(test_at_most_eight_under_way_and_one_of_each),
        cmocka_unit_test(test_an_answer_for_a_box_that_left_is_harmless),
        cmocka_unit_test(test_a_touch_while_under_way_asks_again),
        cmocka_unit_test(test_the_deleted_list_is_asked_only_when_on_screen),
        cmocka_unit_test(test_random_lives),
    };
    return cmocka_run_group_tests_name("poll", tests, NULL, NULL);
}
