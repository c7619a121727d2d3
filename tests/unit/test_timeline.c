/* What a run did as steps in time: from a stream, from log lines, two of them side by side. */
#include "client/base/mem.h"
#include "tests/support/world.h"
#include "tui/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND };

/* ---- from a stream ---- */

static void feed_at(struct timeline *timeline, int64_t at, enum run_item_kind kind, const char *name,
                    const char *tool_id, const char *text)
{
    struct run_item item;
    run_item_init(&item, kind);
    item.at = at;
    item.name = mem_dup(name);
    item.tool_id = mem_dup(tool_id);
    item.summary = kind == RUN_ITEM_TOOL ? mem_dup(text) : NULL;
    item.text = kind == RUN_ITEM_TOOL ? NULL : mem_dup(text);
    timeline_add(timeline, &item);
    run_item_done(&item);
}

/* "thinking 0+4 Let me look | Bash 4+10 npm test", the open ones with '?'. */
static void expect(const struct timeline *timeline, const char *want)
{
    static const char *const words[] = {"thinking", "text", "", "error"};
    char have[2000] = "";
    size_t used = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct step *step = &timeline->steps[i];
        used += (size_t)snprintf(have + used, sizeof have - used, "%s%s %lld+", i > 0 ? " | " : "",
                                 step->kind == STEP_TOOL ? step->name : words[step->kind],
                                 (long long)step->start);
        if (step->end == 0)
            used += (size_t)snprintf(have + used, sizeof have - used, "?");
        else
            used +=
                (size_t)snprintf(have + used, sizeof have - used, "%lld", (long long)timeline_took(step, 0));
        if (step->summary != NULL)
            used += (size_t)snprintf(have + used, sizeof have - used, " %s", step->summary);
    }
    assert_string_equal(have, want);
}

static void deltas_of_one_kind_make_one_step(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    feed_at(&timeline, 100, RUN_ITEM_START, NULL, NULL, NULL);
    feed_at(&timeline, 100, RUN_ITEM_THINKING, NULL, NULL, "Let me");
    feed_at(&timeline, 150, RUN_ITEM_THINKING, NULL, NULL, " look\nat it");
    feed_at(&timeline, 190, RUN_ITEM_TEXT, NULL, NULL, "\nI see");
    feed_at(&timeline, 220, RUN_ITEM_TOOL, "Bash", "t1", "npm test");
    expect(&timeline, "thinking 100+90 Let me look | text 190+30 I see | Bash 220+? npm test");
    assert_ptr_equal(timeline_open_tool(&timeline), &timeline.steps[2]);
    assert_int_equal(timeline_took(&timeline.steps[2], 1220), 1000);
    feed_at(&timeline, 300, RUN_ITEM_TOOL_RESULT, NULL, "t1", "ok\nok\n");
    feed_at(&timeline, 310, RUN_ITEM_DONE, NULL, NULL, NULL);
    expect(&timeline, "thinking 100+90 Let me look | text 190+30 I see | Bash 220+80 npm test");
    assert_null(timeline_open_tool(&timeline));
    timeline_done(&timeline);
}

/* Calls side by side: each answer ends its own call; one without a name ends the call that waits longest. */
static void answers_end_their_calls(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    feed_at(&timeline, 10, RUN_ITEM_TOOL, "Read", "a", "x.c");
    feed_at(&timeline, 20, RUN_ITEM_TOOL, "Read", "b", "y.c");
    feed_at(&timeline, 30, RUN_ITEM_TOOL, "Grep", NULL, "main");
    feed_at(&timeline, 40, RUN_ITEM_TOOL_RESULT, NULL, "b", "y");
    expect(&timeline, "Read 10+? x.c | Read 20+20 y.c | Grep 30+? main");
    feed_at(&timeline, 50, RUN_ITEM_TOOL_RESULT, NULL, NULL, "x");
    expect(&timeline, "Read 10+40 x.c | Read 20+20 y.c | Grep 30+? main");
    feed_at(&timeline, 60, RUN_ITEM_TOOL_RESULT, NULL, "unheard-of", "g");
    feed_at(&timeline, 70, RUN_ITEM_TOOL_RESULT, NULL, NULL, "nobody asked");
    expect(&timeline, "Read 10+40 x.c | Read 20+20 y.c | Grep 30+30 main");
    timeline_done(&timeline);
}

/* An agent that speaks again waits for nothing: notes to itself are never answered. */
static void calls_without_an_answer_end_when_the_agent_goes_on(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    feed_at(&timeline, 10, RUN_ITEM_TOOL, "TodoWrite", NULL, "3 todos");
    feed_at(&timeline, 20, RUN_ITEM_TOOL, "Bash", "b", "make");
    feed_at(&timeline, 40, RUN_ITEM_TOOL_RESULT, NULL, "b", "ok");
    expect(&timeline, "TodoWrite 10+? 3 todos | Bash 20+20 make");
    feed_at(&timeline, 50, RUN_ITEM_TEXT, NULL, NULL, "Done");
    expect(&timeline, "TodoWrite 10+10 3 todos | Bash 20+20 make | text 50+? Done");
    assert_true(timeline.steps[0].assumed && !timeline.steps[1].assumed);
    timeline_done(&timeline);
}

static void an_error_ends_everything(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    feed_at(&timeline, 10, RUN_ITEM_TOOL, "Bash", "a", "make");
    feed_at(&timeline, 30, RUN_ITEM_ERROR, NULL, NULL, "out of credit");
    expect(&timeline, "Bash 10+20 make | error 30+0 out of credit");
    timeline_done(&timeline);
}

static void the_oldest_steps_go_when_there_are_too_many(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    for (int i = 1; i <= TIMELINE_STEPS + 1; i++)
        feed_at(&timeline, i, RUN_ITEM_TOOL, "Bash", NULL, "true");
    assert_int_equal(timeline.dropped + timeline.count, TIMELINE_STEPS + 1);
    assert_int_equal(timeline.steps[timeline.count - 1].start, TIMELINE_STEPS + 1);
    assert_int_equal(timeline.steps[0].start, (int64_t)timeline.dropped + 1);
    timeline_done(&timeline);
}

static void a_summary_is_one_line_of_whole_characters(void **state)
{
    (void)state;
    struct timeline timeline = {0};
    for (int i = 0; i < 200; i++)
        feed_at(&timeline, 1, RUN_ITEM_TEXT, NULL, NULL, "日本");
    size_t len = strlen(timeline.steps[0].summary);
    assert_true(len <= TIMELINE_SUMMARY && len > TIMELINE_SUMMARY - 8 && len % 3 == 0);
    timeline_done(&timeline);
}

/* ---- from the log ---- */

struct said {
    int64_t ago;
    const char *text;
    enum log_level level;
};

static void book_of(struct logbook *book, const struct said *said, size_t count)
{
    logbook_init(book, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        struct log_line line = world_line(said[i].text, said[i].level, said[i].ago);
        logbook_append(book, &line);
    }
}

static void lines_belong_to_a_run_by_their_time(void **state)
{
    (void)state;
    static const struct said said[] = {{90 * SECOND, "before", 0},
                                       {60 * SECOND, "first", 0},
                                       {50 * SECOND, "in it", 0},
                                       {40 * SECOND, "last", 0},
                                       {30 * SECOND, "after", 0}};
    struct logbook book;
    book_of(&book, said, 5);
    /* The run began within the second of its first line: stamps of lines carry whole seconds. */
    struct timeline_lines lines =
        timeline_find_lines(&book, WORLD_WALL - 60 * SECOND + 700, WORLD_WALL - 40 * SECOND + 300);
    assert_int_equal(lines.end - lines.first, 3);
    assert_string_equal(logbook_at(&book, lines.first)->line.text.bytes, "first");
    assert_true(lines.whole);
    lines = timeline_find_lines(&book, WORLD_WALL - 100 * SECOND, 0);
    assert_int_equal(lines.end - lines.first, 5);
    assert_false(lines.whole); /* older ones may exist */
    book.at_start = true;
    assert_true(timeline_find_lines(&book, WORLD_WALL - 100 * SECOND, 0).whole);
    lines = timeline_find_lines(&book, WORLD_WALL - 20 * SECOND, 0);
    assert_int_equal(lines.end - lines.first, 0);
    logbook_done(&book);
}

static void infer(const struct said *said, size_t count, int64_t to, struct timeline *timeline)
{
    struct logbook book;
    book_of(&book, said, count);
    struct timeline_lines lines = timeline_find_lines(&book, WORLD_WALL - MINUTE, to);
    timeline_infer(timeline, &book, &lines, to);
    for (size_t i = 0; i < timeline->count; i++) { /* seconds since the start read better */
        timeline->steps[i].start = (timeline->steps[i].start - WORLD_WALL + MINUTE) / SECOND;
        if (timeline->steps[i].end != 0)
            timeline->steps[i].end = (timeline->steps[i].end - WORLD_WALL + MINUTE) / SECOND;
    }
    logbook_done(&book);
}

static void log_lines_become_steps(void **state)
{
    (void)state;
    static const struct said said[] = {
        {60 * SECOND, "I will run the tests", 0},
        {58 * SECOND, "Bash: npm test", 0},
        {50 * SECOND, "ok 1", 0},
        {48 * SECOND, "not ok 2", LOG_LEVEL_ERROR},
        {40 * SECOND, "Edit: src/cache.ts", 0},
    };
    struct timeline timeline = {0};
    infer(said, 5, WORLD_WALL - 30 * SECOND, &timeline);
    expect(&timeline, "text 0+2 I will run the tests | Bash 2+18 npm test | Edit 20+10 src/cache.ts");
    assert_int_equal(timeline.steps[1].lines, 2);
    assert_int_equal(timeline.steps[1].errors, 1);
    infer(said, 5, 0, &timeline);
    assert_string_equal(timeline_open_tool(&timeline)->name, "Edit");
    timeline_done(&timeline);
}

/* The newest call alone, without reading the rest: the same answer as from all of it. */
static void the_last_call_is_found_from_the_end(void **state)
{
    (void)state;
    enum { LINES = 700 };
    struct said said[LINES];
    for (size_t i = 0; i < LINES; i++)
        said[i] = (struct said){60 * SECOND - (int64_t)i * 50, i == 300 ? "Bash: make" : "  | ok", 0};
    struct logbook book;
    struct timeline timeline = {0};
    book_of(&book, said, LINES);
    timeline_infer_last(&timeline, &book, WORLD_WALL - MINUTE);
    assert_string_equal(timeline_open_tool(&timeline)->name, "Bash");
    timeline_infer_last(&timeline, &book, WORLD_WALL - 40 * SECOND); /* of a run that began after it */
    assert_null(timeline_open_tool(&timeline));
    logbook_done(&book);
    said[LINES - 1].text = "All is made";
    book_of(&book, said, LINES);
    timeline_infer_last(&timeline, &book, WORLD_WALL - MINUTE);
    assert_null(timeline_open_tool(&timeline));
    logbook_done(&book);
    timeline_done(&timeline);
}

/* What the stream told, and from where it broke on what the log tells; nothing twice. */
static void a_broken_stream_goes_on_in_the_log(void **state)
{
    (void)state;
    static const struct said said[] = {
        {60 * SECOND, "Read: src/a.c", 0}, /* the stream told that */
        {50 * SECOND, "Bash: make", 0},    /* and that, in the second in which it broke */
        {50 * SECOND, "Edit: src/a.c", 0}, /* but not that */
        {45 * SECOND, "  | changed", 0},   {40 * SECOND, "I think it is done", 0},
    };
    struct logbook book;
    struct timeline stream = {0}, inferred = {0}, both = {0};
    int64_t began = WORLD_WALL - MINUTE, broke = began + 10 * SECOND + 400, end = began + 30 * SECOND;
    feed_at(&stream, began + 100, RUN_ITEM_TOOL, "Read", "1", "src/a.c");
    feed_at(&stream, began + 900, RUN_ITEM_TOOL_RESULT, NULL, "1", "int a;");
    feed_at(&stream, began + 9900, RUN_ITEM_TOOL, "Bash", "2", "make");
    book_of(&book, said, 5);
    struct timeline_lines lines = timeline_find_lines(&book, began, end);
    timeline_infer(&inferred, &book, &lines, end);
    timeline_continue(&both, &stream, &inferred, broke, end);
    for (size_t i = 0; i < both.count; i++) {
        both.steps[i].start -= began;
        both.steps[i].end -= began;
    }
    expect(&both, "Read 100+800 src/a.c | Bash 9900+100 make | Edit 10000+10000 src/a.c | "
                  "text 20000+10000 I think it is done");
    assert_false(both.steps[1].assumed);
    assert_true(both.steps[2].assumed && both.steps[3].assumed);
    timeline_continue(&both, &stream, &(struct timeline){0}, broke, 0); /* the log is not known yet */
    assert_string_equal(timeline_open_tool(&both)->name, "Bash");
    timeline_done(&stream);
    timeline_done(&inferred);
    timeline_done(&both);
    logbook_done(&book);
}

/* Where a service draws a bar before a tool's answer, a line without one is text. */
static void bars_tell_answers_from_text(void **state)
{
    (void)state;
    static const struct said said[] = {{60 * SECOND, "> Bash  npm test", 0},
                                       {55 * SECOND, "  | PASS", 0},
                                       {50 * SECOND, "All tests pass", 0},
                                       {49 * SECOND, "> Custom", 0}};
    struct timeline timeline = {0};
    infer(said, 4, WORLD_WALL - 40 * SECOND, &timeline);
    expect(&timeline, "Bash 0+10 npm test | text 10+1 All tests pass | Custom 11+9");
    timeline_done(&timeline);
}

static void tool_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *rest;
    } cases[] = {
        {"Bash: npm test", "Bash", "npm test"},
        {"Bash:", "Bash", ""},
        {"> Read  src/x.c", "Read", "src/x.c"},
        {"> Anything", "Anything", ""},
        {"mcp__github__search(q)", "mcp__github__search", "(q)"},
        {"Read src/x.c", "Read", "src/x.c"},
        {"Read on.", NULL, NULL},
        {"Read the manual of src/x.c", NULL, NULL},
        {"Note: this is text", NULL, NULL},
        {"Bash is a shell", NULL, NULL},
        {"> and so he said", NULL, NULL},
        {": nothing", NULL, NULL},
        {"", NULL, NULL},
        {">", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[TIMELINE_NAME];
        const char *rest = NULL;
        bool tool = timeline_tool_line(cases[i].text, name, &rest);
        assert_int_equal(tool, cases[i].name != NULL);
        if (tool) {
            assert_string_equal(name, cases[i].name);
            assert_string_equal(rest, cases[i].rest);
        }
    }
}

/* ---- side by side ---- */

static void calls_of(struct timeline *timeline, const char *calls)
{
    int64_t at = 1;
    char name[2] = "", summary[2] = "";
    for (; calls[0] != '\0'; calls += 2 + (calls[2] == ' ')) {
        name[0] = calls[0];
        summary[0] = calls[1];
        feed_at(timeline, at++, RUN_ITEM_TEXT, NULL, NULL, "words between calls do not count");
        feed_at(timeline, at++, RUN_ITEM_TOOL, name, NULL, summary);
    }
}

/* "Ba=Ba Ec- +Rd Bx~By": the same, only left, only right, same name. */
static void align(const char *left, const char *right, const char *want)
{
    struct timeline a = {0}, b = {0};
    calls_of(&a, left);
    calls_of(&b, right);
    struct timeline_pair *pairs;
    size_t count = timeline_align(&a, &b, &pairs);
    char have[400] = "";
    for (size_t i = 0; i < count; i++) {
        const struct step *l = pairs[i].left >= 0 ? &a.steps[pairs[i].left] : NULL;
        const struct step *r = pairs[i].right >= 0 ? &b.steps[pairs[i].right] : NULL;
        size_t used = strlen(have);
        if (l != NULL && r != NULL)
            snprintf(have + used, sizeof have - used, "%s%s%s%s%s%s", i > 0 ? " " : "", l->name, l->summary,
                     strcmp(l->summary, r->summary) == 0 ? "=" : "~", r->name, r->summary);
        else
            snprintf(have + used, sizeof have - used, "%s%s%s%s%s", i > 0 ? " " : "", l == NULL ? "+" : "",
                     l != NULL ? l->name : r->name, l != NULL ? l->summary : r->summary,
                     l != NULL ? "-" : "");
    }
    assert_string_equal(have, want);
    free(pairs);
    timeline_done(&a);
    timeline_done(&b);
}

static void calls_are_lined_up(void **state)
{
    (void)state;
    align("", "", "");
    align("Ba", "", "Ba-");
    align("", "Ba", "+Ba");
    align("Ba Rb Ec", "Ba Rb Ec", "Ba=Ba Rb=Rb Ec=Ec");
    align("Ba Rb Ec", "Ba Ec", "Ba=Ba Rb- Ec=Ec");
    align("Ba Ec", "Ba Rb Ec", "Ba=Ba +Rb Ec=Ec");
    align("Ba Bb Bc", "Bb Bc", "Ba- Bb=Bb Bc=Bc"); /* the name fits all, the summary decides */
    align("Ba", "Bx", "Ba~Bx");
    align("Ra Wb", "Wb Ra", "Ra- Wb=Wb +Ra");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deltas_of_one_kind_make_one_step),
        cmocka_unit_test(answers_end_their_calls),
        cmocka_unit_test(calls_without_an_answer_end_when_the_agent_goes_on),
        cmocka_unit_test(an_error_ends_everything),
        cmocka_unit_test(the_oldest_steps_go_when_there_are_too_many),
        cmocka_unit_test(a_summary_is_one_line_of_whole_characters),
        cmocka_unit_test(lines_belong_to_a_run_by_their_time),
        cmocka_unit_test(log_lines_become_steps),
        cmocka_unit_test(the_last_call_is_found_from_the_end),
        cmocka_unit_test(a_broken_stream_goes_on_in_the_log),
        cmocka_unit_test(bars_tell_answers_from_text),
        cmocka_unit_test(tool_lines),
        cmocka_unit_test(calls_are_lined_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
