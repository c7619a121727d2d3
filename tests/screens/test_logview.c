/* The log view: follow, pause, anchors, wrapping, search hits; and that a million lines cost one frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/screen.h"
#include "widgets/logview.h"

enum { NOW_MS = 1700000000 };

/* Lines "line N" with id N, made when asked for; a filter shows those whose number is a multiple of `every`.
 */
struct lines {
    size_t first; /* ids below are gone */
    size_t end;   /* ids from here on are not there yet */
    size_t every;
    size_t asked;        /* how many lines were asked for */
    const char *special; /* the text of line `special_id` */
    uint64_t special_id;
    char text[4096];
    struct text made;
    const char *search;
};

static size_t count_of(const struct lines *lines)
{
    size_t first = (lines->first + lines->every - 1) / lines->every,
           end = (lines->end + lines->every - 1) / lines->every;
    return end > first ? end - first : 0;
}

static void line_at(void *ctx, size_t index, struct logview_line *out)
{
    struct lines *lines = ctx;
    size_t id = ((lines->first + lines->every - 1) / lines->every + index) * lines->every;
    lines->asked++;
    if (lines->special != NULL && id == lines->special_id)
        snprintf(lines->text, sizeof lines->text, "%s", lines->special);
    else
        snprintf(lines->text, sizeof lines->text, "line %zu", id);
    lines->made = (struct text){.bytes = lines->text, .len = (uint32_t)strlen(lines->text)};
    *out = (struct logview_line){
        .id = id,
        .time_ms = NOW_MS - 1000 * (int64_t)(1000 - id % 1000),
        .level = id % 10 == 9 ? 'E' : 'I',
        .role = ROLE_TEXT,
        .level_role = ROLE_LEVEL_INFO,
        .source_role = ROLE_SOURCE_AGENT,
        .source = "agent",
        .text = &lines->made,
        .gap = lines->special != NULL && id == lines->special_id && strncmp(lines->special, "link", 4) == 0,
    };
}

static size_t find_line(void *ctx, uint64_t id)
{
    struct lines *lines = ctx;
    if (id < lines->first)
        return 0;
    size_t index = (id + lines->every - 1) / lines->every - (lines->first + lines->every - 1) / lines->every;
    return index < count_of(lines) ? index : count_of(lines);
}

static size_t find_hits(void *ctx, const struct text *text, struct logview_hit *out, size_t room)
{
    struct lines *lines = ctx;
    size_t count = 0;
    const char *at = text->bytes;
    while (count < room && (at = strstr(at, lines->search)) != NULL) {
        out[count++] = (struct logview_hit){(uint32_t)(at - text->bytes), (uint32_t)strlen(lines->search)};
        at += strlen(lines->search);
    }
    return count;
}

struct fixture {
    struct screen *screen;
    struct lines lines;
    struct logview view;
};

static struct logview_source source_of(struct fixture *f)
{
    return (struct logview_source){
        .ctx = &f->lines,
        .count = count_of(&f->lines),
        .line = line_at,
        .find = find_line,
        .hits = f->lines.search != NULL ? find_hits : NULL,
        .source_cols = 5,
        .empty = "no lines yet",
    };
}

static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->screen = screen_new(&(struct screen_setup){.rows = 4, .cols = 40});
    f->lines = (struct lines){.end = 100, .every = 1};
    logview_init(&f->view);
    f->view.time = LOGVIEW_NO_TIME;
    *state = f;
    return 0;
}

static int stop(void **state)
{
    struct fixture *f = *state;
    screen_free(f->screen);
    free(f);
    return 0;
}

static void draw(struct fixture *f)
{
    struct paint p = screen_begin(f->screen);
    struct logview_source source = source_of(f);
    logview_draw(&f->view, &p, &source, NOW_MS, true);
    screen_end(f->screen);
}

static void expect(struct fixture *f, const char *picture)
{
    draw(f);
    screen_expect(f->screen, picture);
}

static void move(struct fixture *f, enum widget_move what)
{
    struct logview_source source = source_of(f);
    logview_move(&f->view, &source, what);
}

static void follows_the_end(void **state)
{
    struct fixture *f = *state;
    expect(f, " agent I line 96\n agent I line 97\n agent I line 98\n agent E line 99\n");
    f->lines.end = 102;
    expect(f, " agent I line 98\n agent E line 99\n agent I line 100\n agent I line 101\n");
}

static void says_when_there_is_nothing(void **state)
{
    struct fixture *f = *state;
    f->lines.end = 0;
    expect(f, " no lines yet\n");
    move(f, MOVE_UP);
    move(f, MOVE_LAST);
    expect(f, " no lines yet\n");
    f->lines.end = 1;
    expect(f, " agent I line 0\n");
}

static void stays_where_it_is_while_lines_come_and_go(void **state)
{
    struct fixture *f = *state;
    draw(f);
    move(f, MOVE_UP);
    const char *here = " agent I line 96\n agent I line 97\n>agent I line 98\n agent E line 99\n";
    expect(f, here);
    f->lines.end = 5000;
    expect(f, here);
    f->lines.first = 90;
    expect(f, here);
    /* What it showed is gone: the oldest there is. */
    f->lines.first = 300;
    expect(f, ">agent I line 300\n agent I line 301\n agent I line 302\n agent I line 303\n");
}

static void a_filter_keeps_the_place(void **state)
{
    struct fixture *f = *state;
    draw(f);
    struct logview_source source = source_of(f);
    logview_show(&f->view, &source, 50);
    expect(f, " agent E line 49\n>agent I line 50\n agent I line 51\n agent I line 52\n");
    f->lines.every = 7;
    expect(f, " agent E line 49\n>agent I line 56\n agent I line 63\n agent I line 70\n");
    f->lines.every = 1;
    expect(f, " agent E line 49\n>agent I line 50\n agent I line 51\n agent I line 52\n");
}

static void a_resize_keeps_the_place(void **state)
{
    struct fixture *f = *state;
    draw(f);
    struct logview_source source = source_of(f);
    logview_show(&f->view, &source, 50);
    draw(f);
    screen_resize(f->screen, 2, 16);
    expect(f, " E line 49\n>I line 50\n");
    screen_resize(f->screen, 4, 40);
    expect(f, " agent E line 49\n>agent I line 50\n agent I line 51\n agent I line 52\n");
}

/* With too few lines below its place a view is drawn further up. What is read there stands still when lines
 * come; when a filter goes, the place is what it was. */
static void what_is_read_does_not_move(void **state)
{
    struct fixture *f = *state;
    draw(f);
    struct logview_source source = source_of(f);
    logview_show(&f->view, &source, 50);
    draw(f);
    f->lines.every = 49;
    expect(f, " agent I line 0\n agent E line 49\n>agent I line 98\n");
    f->lines.every = 1;
    expect(f, " agent E line 49\n>agent I line 50\n agent I line 51\n agent I line 52\n");
    f->lines.end = 52;
    expect(f, " agent I line 48\n agent E line 49\n>agent I line 50\n agent I line 51\n");
    f->lines.end = 60;
    expect(f, " agent I line 48\n agent E line 49\n>agent I line 50\n agent I line 51\n");
}

static void moves_like_a_list(void **state)
{
    struct fixture *f = *state;
    draw(f);
    move(f, MOVE_FIRST);
    expect(f, ">agent I line 0\n agent I line 1\n agent I line 2\n agent I line 3\n");
    move(f, MOVE_DOWN);
    move(f, MOVE_PAGE_DOWN);
    expect(f, " agent I line 1\n agent I line 2\n agent I line 3\n>agent I line 4\n");
    move(f, MOVE_LAST);
    expect(f, " agent I line 96\n agent I line 97\n agent I line 98\n>agent E line 99\n");
    f->lines.end = 101;
    expect(f, " agent I line 96\n agent I line 97\n agent I line 98\n>agent E line 99\n");
    struct logview_source source = source_of(f);
    logview_set_follow(&f->view, &source, true);
    expect(f, " agent I line 97\n agent I line 98\n agent E line 99\n agent I line 100\n");
}

static void the_wheel_takes_the_cursor_along(void **state)
{
    struct fixture *f = *state;
    draw(f);
    struct logview_source source = source_of(f);
    logview_scroll(&f->view, &source, -10);
    expect(f, " agent I line 86\n agent I line 87\n agent I line 88\n>agent E line 89\n");
    logview_scroll(&f->view, &source, 2);
    expect(f, " agent I line 88\n>agent E line 89\n agent I line 90\n agent I line 91\n");
    logview_scroll(&f->view, &source, 1000);
    expect(f, ">agent I line 96\n agent I line 97\n agent I line 98\n agent E line 99\n");
    assert_int_equal(logview_line_at(&f->view, &source, 2), 98);
    assert_int_equal(logview_line_at(&f->view, &source, 4), 100);
}

static void wraps_long_lines(void **state)
{
    struct fixture *f = *state;
    f->lines.special = "0123456789日本語abcdefghijklmnopqrstuvwxyz0123456789";
    f->lines.special_id = 98;
    f->view.wrap = true;
    screen_resize(f->screen, 6, 30);
    expect(f, " agent I line 96\n"
              " agent I line 97\n"
              " agent I 0123456789日本語abcde\n"
              "         fghijklmnopqrstuvwxyz\n"
              "         0123456789\n"
              " agent E line 99\n");
    move(f, MOVE_UP);
    screen_resize(f->screen, 3, 30);
    expect(f, ">agent I 0123456789日本語abcde\n"
              "         fghijklmnopqrstuvwxyz\n"
              "         0123456789\n");
    struct logview_source source = source_of(f);
    logview_scroll(&f->view, &source, 1);
    expect(f, "         fghijklmnopqrstuvwxyz\n"
              "         0123456789\n"
              " agent E line 99\n");
    f->view.wrap = false;
    logview_sideways(&f->view, 11);
    expect(f, " agent I\n>agent I  本語abcdefghijklmnop\n agent E\n");
    logview_sideways(&f->view, -100);
    assert_int_equal(f->view.sideways, 0);
}

static void shows_a_jump_with_some_context(void **state)
{
    struct fixture *f = *state;
    f->lines.end = 1000000;
    draw(f);
    struct logview_source source = source_of(f);
    logview_show(&f->view, &source, 500000);
    expect(f, " agent E line 499999\n>agent I line 500000\n agent I line 500001\n agent I line 500002\n");
    assert_int_equal(logview_cursor(&f->view, &source), 500000);
}

static void marks_search_hits(void **state)
{
    struct fixture *f = *state;
    f->lines.search = "9";
    draw(f);
    assert_int_equal(screen_cell(f->screen, 3, 14).style.bg, color_index(3));
    assert_int_equal(screen_cell(f->screen, 3, 15).style.bg, color_index(3));
    assert_int_equal(screen_cell(f->screen, 3, 13).style.bg, COLOR_DEFAULT_VALUE);
    logview_sideways(&f->view, 5);
    draw(f);
    assert_int_equal(screen_cell(f->screen, 3, 9).style.bg, color_index(3));
    move(f, MOVE_UP);
    draw(f);
    assert_int_equal(screen_cell(f->screen, 2, 9).style.bg, color_index(2));
}

static void gaps_go_across(void **state)
{
    struct fixture *f = *state;
    f->lines.special = "link lost 18s";
    f->lines.special_id = 98;
    expect(
        f,
        " agent I line 96\n agent I line 97\n┈┈┈┈┈ link lost 18s ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈\n agent E line 99\n");
}

static void shows_times_in_three_ways(void **state)
{
    struct fixture *f = *state;
    f->view.time = LOGVIEW_RELATIVE;
    screen_resize(f->screen, 2, 70);
    expect(f, " -15m02 agent I line 98\n -15m01 agent E line 99\n");
    f->view.time = LOGVIEW_DELTA;
    expect(f, "  +1.000 agent I line 98\n  +1.000 agent E line 99\n");
    f->view.time = LOGVIEW_ABSOLUTE;
    f->view.utc = true;
    expect(f, " 15:58:18 agent I line 98\n 15:58:19 agent E line 99\n");
}

static void formats_every_age_in_six_columns(void **state)
{
    (void)state;
    struct logview view = {.time = LOGVIEW_RELATIVE};
    for (int64_t age = 0; age < INT64_C(400) * 86400; age = age * 9 / 8 + 1) {
        char out[16];
        logview_format_time(out, &view, 1000, 0, 1000 + age * 1000);
        assert_in_range(strlen(out), 3, 6);
    }
}

static void a_million_lines_cost_one_frame(void **state)
{
    struct fixture *f = *state;
    f->lines.end = 1000000;
    f->view.wrap = true;
    draw(f);
    f->lines.asked = 0;
    struct logview_source source = source_of(f);
    logview_show(&f->view, &source, 500000);
    draw(f);
    move(f, MOVE_FIRST);
    draw(f);
    move(f, MOVE_LAST);
    draw(f);
    logview_scroll(&f->view, &source, -5);
    draw(f);
    assert_in_range(f->lines.asked, 16, 500);
}

static void survives_the_smallest_panes(void **state)
{
    struct fixture *f = *state;
    f->lines.special = "日本語日本語";
    f->lines.special_id = 99;
    for (int cols = 2; cols < 14; cols++) {
        screen_resize(f->screen, 1, cols);
        f->view.wrap = !f->view.wrap;
        draw(f);
        move(f, MOVE_UP);
        draw(f);
        move(f, MOVE_LAST);
        draw(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(follows_the_end, start, stop),
        cmocka_unit_test_setup_teardown(says_when_there_is_nothing, start, stop),
        cmocka_unit_test_setup_teardown(stays_where_it_is_while_lines_come_and_go, start, stop),
        cmocka_unit_test_setup_teardown(a_filter_keeps_the_place, start, stop),
        cmocka_unit_test_setup_teardown(a_resize_keeps_the_place, start, stop),
        cmocka_unit_test_setup_teardown(what_is_read_does_not_move, start, stop),
        cmocka_unit_test_setup_teardown(moves_like_a_list, start, stop),
        cmocka_unit_test_setup_teardown(the_wheel_takes_the_cursor_along, start, stop),
        cmocka_unit_test_setup_teardown(wraps_long_lines, start, stop),
        cmocka_unit_test_setup_teardown(shows_a_jump_with_some_context, start, stop),
        cmocka_unit_test_setup_teardown(marks_search_hits, start, stop),
        cmocka_unit_test_setup_teardown(gaps_go_across, start, stop),
        cmocka_unit_test_setup_teardown(shows_times_in_three_ways, start, stop),
        cmocka_unit_test(formats_every_age_in_six_columns),
        cmocka_unit_test_setup_teardown(a_million_lines_cost_one_frame, start, stop),
        cmocka_unit_test_setup_teardown(survives_the_smallest_panes, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
