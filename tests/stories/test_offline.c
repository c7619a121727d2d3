/* The service fails in every way boxd knows, and comes back: boxtop says so, keeps what it knows, goes on. */
#include "tests/support/relay.h"
#include "tests/support/story.h"

#include "client/base/clock.h"
#include "client/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__ /* it has a memory of its own */
enum { PEAK_KIB_MAX = 1024 * 1024 };
#else
enum { PEAK_KIB_MAX = 64 * 1024 };
#endif

static int set_up(void **state)
{
    *state = story_new_calm();
    return 0;
}

static int tear_down(void **state)
{
    story_free(*state);
    return 0;
}

/* The service recovers: boxtop's next call finds out by itself, and what happened meanwhile is shown. */
static void recovers(struct story *story, const char *name)
{
    story_makes_box(story, "late-lemur-10003", name, "idle");
    int64_t before = clock_ms();
    story_sees(story, name);
    story_sees(story, "ok now");
    print_message("back after %d ms\n", (int)(clock_ms() - before));
}

static void the_network_goes_and_comes_back(void **state)
{
    struct story *story = *state;
    struct err err = {0};
    struct relay *relay = relay_new(story_port(story->service.url), NULL, &err);
    assert_non_null(relay);
    char *url = mem_format("http://127.0.0.1:%u", relay_port(relay));
    story_start(story, &(struct story_start){.url = url});
    story_sees(story, "2 boxes:");
    static const struct relay_plan dead = {.refuse = true}, alive = {.refuse = false};
    for (int i = 0; i < 2; i++) {
        relay_set_plan(relay, &dead);
        relay_cut(relay);
        story_sees(story, "OFFLINE");
        story_sees(story, "calm"); /* what was known stays */
        story_sees(story, "2 boxes:");
        story_type(story, "?"); /* and keys work */
        story_sees(story, "Esc closes");
        story_type(story, "q");
        relay_set_plan(relay, &alive);
        story_sees_gone(story, "OFFLINE");
        story_sees(story, "ok now");
    }
    relay_set_plan(relay, &dead);
    relay_cut(relay);
    story_sees(story, "OFFLINE");
    relay_set_plan(relay, &alive);
    recovers(story, "lemur-1");
    story_quit(story);
    relay_free(relay);
    free(url);
}

/* Nothing answers at the first start: the console is there all the same. */
static void a_start_without_a_service(void **state)
{
    struct story *story = *state;
    struct err err = {0};
    static const struct relay_plan dead = {.refuse = true}, alive = {.refuse = false};
    struct relay *relay = relay_new(story_port(story->service.url), &dead, &err);
    assert_non_null(relay);
    char *url = mem_format("http://127.0.0.1:%u", relay_port(relay));
    story_start(story, &(struct story_start){.url = url});
    story_sees(story, "OFFLINE");
    relay_set_plan(relay, &alive);
    story_sees(story, "2 boxes:");
    story_quit(story);
    relay_free(relay);
    free(url);
}

/* The most memory boxtop ever used, in KiB. */
static long peak_kib(const struct story *story)
{
    char *path = mem_format("/proc/%d/status", (int)pty_pid(story->pty)), *status = story_read(path, NULL);
    assert_non_null(status);
    const char *line = strstr(status, "VmHWM:");
    long peak = line != NULL ? atol(line + 6) : 0;
    free(status);
    free(path);
    return peak;
}

/* Each fault is said in the header, and is over when it is over. */
static void every_fault_passes(void **state)
{
    struct story *story = *state;
    static const struct {
        const char *spec, *header;
    } faults[] = {
        {"429@/v2/*", "RATE LIMITED"}, {"500@/v2/*", "FAILING"},       {"503@/v2/*", "FAILING"},
        {"html@/v2/*", "FAILING"},     {"truncate@/v2/*", ""},         {"reset@/v2/*", ""},
        {"empty@/v2/*", ""},           {"chunk-garbage@/v2/*", ""},    {"wrong-length@/v2/*", ""},
        {"null-lists@/v2/*", NULL},    {"unknown-status@/v2/*", NULL}, {"many-headers@/v2/*", ""},
        {"millis@/v2/*", NULL},        {"gzip-bomb=100@/v2/*", ""},    {"huge-body=100@/v2/*", ""},
    };
    story_start(story, &(struct story_start){0});
    story_sees(story, "2 boxes:");
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        story_fault(story, faults[i].spec);
        story_type(story, "\x12"); /* Ctrl-r: now */
        if (faults[i].header == NULL) {
            story_waits_for(story, "GET /v2/box", story_count(story, "GET /v2/box") + 1);
        } else {
            print_message("%s\n", faults[i].spec);
            story_sees_gone(story, "  ok ");
            story_sees(story, faults[i].header);
            story_sees(story, "calm");
        }
        story_fault(story, NULL);
        story_type(story, "\x12");
        story_sees(story, "ok now");
    }
    recovers(story, "lemur-2");
    print_message("at most %ld KiB\n", peak_kib(story));
    assert_in_range(peak_kib(story), 1, PEAK_KIB_MAX);
    story_quit(story);
}

/* A service that says nothing is slow, then offline; a key still works at once. */
static void a_service_that_stalls(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_sees(story, "2 boxes:");
    story_fault(story, "stall@/v2/*");
    story_sees(story, "SLOW");
    story_type(story, "?");
    assert_true(story_sees_soon(story, "Esc closes", 1000));
    story_type(story, "q");
    story_sees_gone(story, "Esc closes");
    int64_t before = clock_ms();
    story_quit(story);
    assert_true(clock_ms() - before < 1000);
}

/* What can be made out of a broken item is shown; one that tells nothing costs one row, which is marked. */
static void a_broken_item_is_one_row(void **state)
{
    struct story *story = *state;
    static const struct {
        const char *kind, *row;
    } items[] = {{"surrogate", "> i calm"},    {"utf8", "> i calm"}, {"real", "> i calm"},
                 {"int", "> i calm"},          {"nul", "> i calm"},  {"twice", "!E paused"},
                 {"types", "Unreadable box #"}};
    story_makes_box(story, "third-thrush-10004", "thrush", "idle");
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        char *spec = mem_format("broken-item=%s@/v2/box", items[i].kind);
        print_message("%s\n", spec);
        story_fault(story, spec);
        free(spec);
        story_start(story, &(struct story_start){0});
        story_sees(story, "3 boxes:");
        story_sees(story, "ok now");
        story_sees(story, items[i].row);
        story_sees(story, "thrush");
        story_quit(story);
    }
    story_fault(story, NULL);
    static const char *const raws[] = {
        "eyJpZCI6", "W10=", "NDI=", "bnVsbA==", "IntcIiI="}; /* {"id":  []  42  null  "{\" */
    for (size_t i = 0; i < sizeof raws / sizeof *raws; i++) {
        json_decref(story_asks(story, "POST", "/_boxd/box",
                               json_pack("{ss,ss}", "id", "third-thrush-10004", "raw", raws[i])));
        story_start(story, &(struct story_start){0});
        story_sees(story, "ok now");
        story_sees(story, "Unreadable box #");
        story_quit(story);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_network_goes_and_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_start_without_a_service, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_fault_passes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_service_that_stalls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_item_is_one_row, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("offline", tests, NULL, NULL);
}
