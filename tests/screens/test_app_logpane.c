/* The place in a log is a line: against a naive model, through whatever may happen to the lines around it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/screens/console.h"

enum { SEEDS = 12, STEPS = 100, LINES_MAX = 4400, CALL = 11 };

/* Lines are numbered as they stand in the log; each says its number and a word that filters choose by. */
struct model {
    int first, end;                    /* the numbers that are held */
    bool folded;                       /* every tool call is folded ... */
    bool turned[LINES_MAX / CALL + 1]; /* ... but for these; or open, but for these */
    int filter;                        /* index of filters */
    bool errors;                       /* only lines of level error */
    bool following;
    int cursor; /* where the operator put it: perhaps a line that is left out now */
};

static const struct {
    const char *typed;
    int modulus, rest; /* shown when number % modulus == rest ... */
    bool out;          /* ... or left out */
} filters[] = {
    {"", 1, 0, false},
    {"mod3is0", 3, 0, false},
    {"!mod5is2", 5, 2, true},
    {"~mod7is[6]", 7, 6, false},
};
enum { FILTERS = sizeof filters / sizeof filters[0] };

/* Every 11th line is a tool call; what follows it belongs to it up to the next one, and up to the first line
 * held there is none. */
static bool is_call(int number)
{
    return number % CALL == 0;
}

static int call_of(const struct model *model, int number)
{
    int call = number - number % CALL;
    return call >= model->first ? call : number;
}

static bool is_under_fold(const struct model *model, int number)
{
    return model->folded != model->turned[number / CALL] && call_of(model, number) != number;
}

/* Whether it is hidden under its call: a filter opens every fold. */
static bool is_folded(const struct model *model, int number)
{
    return model->filter == 0 && !model->errors && is_under_fold(model, number);
}

/* Whether the filter lets it through. */
static bool is_let_through(const struct model *model, int number)
{
    bool matches = number % filters[model->filter].modulus == filters[model->filter].rest;
    return matches != filters[model->filter].out && (!model->errors || number % 2 == 0);
}

static bool is_shown(const struct model *model, int number)
{
    return is_let_through(model, number) && !is_folded(model, number);
}

/* The line the cursor stands on: its own, or the call it is folded under, else the next one shown, else the
 * last one; -1 for none. */
static int cursor_of(const struct model *model)
{
    if (!model->following && model->cursor >= model->first && is_folded(model, model->cursor))
        return call_of(model, model->cursor);
    for (int n = model->following ? model->end : model->cursor; n < model->end; n++)
        if (n >= model->first && is_shown(model, n))
            return n;
    for (int n = model->end - 1; n >= model->first; n--)
        if (is_shown(model, n))
            return n;
    return -1;
}

static int next_shown(const struct model *model, int from, int step)
{
    for (int n = from + step; n >= model->first && n < model->end; n += step)
        if (is_shown(model, n))
            return n;
    return from;
}

static struct log_line line_of(int number)
{
    char text[80];
    snprintf(text, sizeof text, "%sline %d mod3is%d mod5is%d mod7is%d.", is_call(number) ? "Bash: " : "",
             number, number % 3, number % 5, number % 7);
    return world_line(text, number % 2 == 0 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, 1000);
}

static void bring(struct console *c, enum log_join join, int from, int count)
{
    struct log_line lines[64];
    for (int i = 0; i < count; i++)
        lines[i] = line_of(from + i);
    console_event(c, world_logs("deep-fox-10002", join, lines, (size_t)count));
}

static void set_filter(struct console *c, struct model *model, int filter)
{
    model->filter = filter;
    console_keys(c, "& Ctrl-u");
    console_type(c, filters[filter].typed);
    console_keys(c, "Enter");
}

static void set_errors(struct console *c, struct model *model)
{
    console_keys(c, model->errors ? "W" : "W W"); /* all, warnings and errors, errors */
    model->errors = !model->errors;
}

static void move(struct console *c, struct model *model, int step)
{
    int at = cursor_of(model);
    console_keys(c, step > 0 ? "j" : "k");
    if (at < 0 || (model->following && step > 0))
        return;
    model->following = false;
    model->cursor = next_shown(model, at, step);
}

/* To the match at or before the cursor, else around to the last one. */
static void search(struct console *c, struct model *model)
{
    int digit = (int)(random() % 7), at = cursor_of(model);
    char text[16];
    snprintf(text, sizeof text, "mod7is%d.", digit);
    console_keys(c, "/");
    console_type(c, text);
    console_keys(c, "Enter");
    int count = model->end - model->first;
    for (int i = 0; at >= 0 && i < count; i++) {
        int n = at - i >= model->first ? at - i : at - i + count;
        if (n % 7 != digit || !is_let_through(model, n))
            continue;
        if (is_under_fold(model, n)) /* opened, even if a filter shows it now */
            model->turned[n / CALL] = !model->turned[n / CALL];
        model->following = false;
        model->cursor = n;
        break;
    }
    console_keys(c, "Escape");
}

/* The call under the cursor is folded, or opened. */
static void fold(struct console *c, struct model *model)
{
    int at = cursor_of(model), call = at - at % CALL;
    console_keys(c, "Enter");
    bool alone = call < model->first || call + 1 >= model->end;
    if (at < 0 || model->filter != 0 || model->errors || alone)
        return;
    model->turned[call / CALL] = !model->turned[call / CALL];
    model->following = false;
    model->cursor = call;
}

static void fold_all(struct console *c, struct model *model)
{
    console_keys(c, "F");
    int at = cursor_of(model);
    model->folded = !model->folded;
    memset(model->turned, 0, sizeof model->turned);
    if (at < 0 || model->following)
        return;
    model->cursor = at;
    model->cursor = cursor_of(model);
}

static void resize(struct console *c)
{
    static const int sizes[][2] = {{24, 80}, {40, 120}, {8, 60}, {12, 64}, {30, 200}};
    int at = (int)(random() % 5);
    console_resize(c, sizes[at][0], sizes[at][1]);
}

/* What goes on in the background, to its end. */
static void settle(struct console *c)
{
    int turns = 0;
    do {
        app_tick(&c->app);
        assert_true(++turns < 1000);
    } while (c->app.working);
    console_draw(c);
}

/* The number of the line in a row of the screen, -1 for none. */
static int line_in_row(struct console *c, int row)
{
    char *picture = screen_picture(c->screen), *at = picture;
    int number = -1;
    for (; row > 0 && at != NULL; row--) {
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    size_t len = at != NULL ? strcspn(at, "\n") : 0;
    char *found = at != NULL ? memmem(at, len, "line ", 5) : NULL;
    if (found != NULL)
        number = atoi(found + 5);
    free(picture);
    return number;
}

/* Lines come, above or below. Nothing moves on a screen that is full and does not follow. */
static void come(struct console *c, struct model *model, bool above)
{
    enum { TOP = 2, BELOW = 3 };
    int count = 1 + (int)(random() % 40), rows = c->app.rows;
    settle(c);
    int top = line_in_row(c, TOP), bottom = line_in_row(c, rows - BELOW);
    if (above ? model->first < count : model->end + count >= LINES_MAX)
        return;
    /* A cursor whose line is left out stands on the next one that is shown: that may come now. */
    bool stands = !model->following && cursor_of(model) == model->cursor && top >= 0 && bottom >= 0;
    bring(c, above ? LOG_JOIN_PREPEND : LOG_JOIN_APPEND, above ? model->first - count : model->end, count);
    model->first -= above ? count : 0;
    model->end += above ? 0 : count;
    settle(c);
    if (stands && !is_folded(model, top) && !is_folded(model, bottom)) {
        assert_int_equal(line_in_row(c, TOP), top);
        if (!model->folded)
            assert_int_equal(line_in_row(c, rows - BELOW), bottom);
    }
}

static void one_step(struct console *c, struct model *model)
{
    switch (random() % 12) {
    case 0:
    case 1:
        come(c, model, false);
        break;
    case 2:
        come(c, model, true);
        break;
    case 3:
        set_filter(c, model, (int)(random() % FILTERS));
        break;
    case 4:
        set_errors(c, model);
        break;
    case 5:
        resize(c);
        break;
    case 6:
        search(c, model);
        break;
    case 7:
    case 8:
        fold(c, model);
        break;
    case 9:
        fold_all(c, model);
        break;
    default:
        for (int n = (int)(random() % 12), step = random() % 3 == 0 ? 1 : -1; n > 0; n--)
            move(c, model, step);
        break;
    }
}

/* The cursor's mark stands before its line, or, while following, the newest line is the last one on screen.
 */
static void expect_place(struct console *c, const struct model *model)
{
    char want[40];
    int at = cursor_of(model);
    if (at < 0) {
        console_shows(c, "No line matches");
        return;
    }
    snprintf(want, sizeof want, "line %d mod3", at);
    console_shows(c, want);
    if (model->following)
        return;
    char row[64];
    snprintf(row, sizeof row, ">agent   %c %sline %d mod3", at % 2 == 0 ? 'E' : 'I',
             is_call(at) ? "Bash: " : "", at);
    console_shows(c, row);
}

static void test_the_place_is_a_line(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        srandom(seed);
        struct console *c = console_new(24, 80);
        console_fill(c);
        console_keys(c, "j");
        struct model model = {.first = 2000, .end = 2030, .following = true};
        bring(c, LOG_JOIN_RESET, model.first, model.end - model.first);
        console_keys(c, "l z t t t"); /* without times */
        for (int step = 0; step < STEPS; step++) {
            one_step(c, &model);
            console_wait(c, 60 * 1000); /* notes go, which may lie over a line */
            settle(c);
            expect_place(c, &model);
        }
        console_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_place_is_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
