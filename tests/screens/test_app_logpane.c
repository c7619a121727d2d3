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

enum { SEEDS = 12, STEPS = 80, LINES_MAX = 4000 };

/* Lines are numbered as they stand in the log; each says its number and a word that filters choose by. */
struct model {
    int first, end; /* the numbers that are held */
    int filter;     /* index of filters */
    bool errors;    /* only lines of level error */
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

static bool is_shown(const struct model *model, int number)
{
    bool matches = number % filters[model->filter].modulus == filters[model->filter].rest;
    return matches != filters[model->filter].out && (!model->errors || number % 2 == 0);
}

/* The line the cursor stands on: its own, else the next one shown, else the last one; -1 for none. */
static int cursor_of(const struct model *model)
{
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
    snprintf(text, sizeof text, "line %d mod3is%d mod5is%d mod7is%d.", number, number % 3, number % 5,
             number % 7);
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
        if (n % 7 != digit || !is_shown(model, n))
            continue;
        model->following = false;
        model->cursor = n;
        break;
    }
    console_keys(c, "Escape");
}

static void resize(struct console *c)
{
    static const int sizes[][2] = {{24, 80}, {40, 120}, {8, 60}, {12, 64}, {30, 200}};
    int at = (int)(random() % 5);
    console_resize(c, sizes[at][0], sizes[at][1]);
}

static void one_step(struct console *c, struct model *model)
{
    int count = 1 + (int)(random() % 40);
    switch (random() % 9) {
    case 0:
    case 1:
        if (model->end + count < LINES_MAX)
            bring(c, LOG_JOIN_APPEND, model->end, count);
        model->end += model->end + count < LINES_MAX ? count : 0;
        break;
    case 2:
        if (model->first - count >= 0)
            bring(c, LOG_JOIN_PREPEND, model->first - count, count);
        model->first -= model->first - count >= 0 ? count : 0;
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
    snprintf(want, sizeof want, "%c line %d mod3", at % 2 == 0 ? 'E' : 'I', at);
    char row[64];
    snprintf(row, sizeof row, ">agent   %s", want);
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
            console_draw(c);
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
