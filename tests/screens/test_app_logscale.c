/* A million lines, and more pouring in: what a key costs until its frame is drawn. The time of the processor
 * is measured, so that a busy machine does not count; each key has a frame's time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "tests/screens/console.h"

#ifdef __SANITIZE_ADDRESS__
enum { LINES = 100000, FRAME_US = 160 * 1000 };
#else
enum { LINES = 1000000, FRAME_US = 16 * 1000 };
#endif
enum { PAGE = 10000, POUR = 500, ROUNDS = 3, TURNS_MAX = 20000 };

static int64_t cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* A log as agents write it: calls and what they print, now and then an error, JSON, a long message. */
static struct log_line line_of(size_t number)
{
    char text[160];
    enum log_level level = number % 1000 == 7 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO;
    if (number % 20 == 0)
        snprintf(text, sizeof text, "Bash: npm test -- --shard %zu", number);
    else if (number % 50 == 3)
        snprintf(text, sizeof text, "{\"id\":%zu,\"ok\":true,\"path\":\"/orders\"}", number);
    else
        snprintf(text, sizeof text, "GET /orders/%zu 200 %zums %s", number, number % 97,
                 number % 10007 == 5 ? "needle" : "straw");
    return world_line(text, level, (int64_t)(2000000 - number) * 100);
}

static void bring(struct console *c, size_t from, size_t count)
{
    static struct log_line lines[PAGE];
    for (size_t i = 0; i < count; i++)
        lines[i] = line_of(from + i);
    console_event(c,
                  world_logs("deep-fox-10002", from == 0 ? LOG_JOIN_RESET : LOG_JOIN_APPEND, lines, count));
}

struct worst {
    int64_t us;
    char keys[32];
    int64_t turn_us; /* of what goes on in the background, between two frames */
};

/* The key, and its frame. */
static void press(struct console *c, const char *keys, struct worst *worst)
{
    int64_t start = cpu_us();
    console_keys(c, keys);
    int64_t took = cpu_us() - start;
    if (took > worst->us) {
        worst->us = took;
        snprintf(worst->keys, sizeof worst->keys, "%s", keys);
    }
}

/* What goes on in the background, to its end, with lines coming all the while. */
static void settle(struct console *c, size_t *number, bool pour, struct worst *worst)
{
    int turns = 0;
    do {
        assert_true(++turns < TURNS_MAX);
        if (pour && turns % 4 == 0) {
            bring(c, *number, POUR);
            *number += POUR;
        }
        int64_t start = cpu_us();
        app_tick(&c->app);
        int64_t took = cpu_us() - start;
        worst->turn_us = took > worst->turn_us ? took : worst->turn_us;
    } while (c->app.working);
}

static void round_of(struct console *c, size_t *number, bool pour, struct worst *worst)
{
    static const char *const keys[] = {
        "k", "PageUp",  "g",     "j",     "PageDown", "Ctrl-d", "G",     "k", "w", "k", "PageUp",
        "w", "t t t t", "Right", "$",     "0",        "Enter",  "Enter", "+", "g", "e", "e",
        "E", "F",       "k",     "Enter", "Enter",    "g",      "j",     "F", "m", "'", "'",
        "v", "PageUp",  "y",     "W",     "g",        "W",      "W",     "u", "u", "u", "u",
        "T", "T",       "T",     "T",     "*",        "Escape", "f",
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        press(c, keys[i], worst);
        while (c->app.overlays != NULL && strcmp(keys[i], "T") == 0)
            press(c, "Escape", worst);
        if (i % 3 == 0)
            settle(c, number, pour, worst);
    }
    press(c, "/", worst);
    console_type(c, "needle");
    press(c, "Enter", worst);
    for (int i = 0; i < 6; i++)
        press(c, i < 4 ? "N" : "n", worst);
    settle(c, number, pour, worst);
    for (int i = 0; i < 6; i++)
        press(c, i < 4 ? "N" : "n", worst);
    press(c, "&", worst);
    console_type(c, "~orders/\\d*77 ");
    press(c, "Enter", worst);
    press(c, "g", worst);
    press(c, "k", worst);
    settle(c, number, pour, worst);
    press(c, "G", worst);
    press(c, "k", worst);
    press(c, "Escape", worst);
    press(c, "Escape", worst);
    settle(c, number, pour, worst);
    press(c, "G", worst);
}

static void a_key_takes_no_longer_than_a_frame(void **state)
{
    (void)state;
    struct console *c = console_new(24, 80);
    console_fill(c);
    console_keys(c, "j");
    size_t number = 0;
    for (; number < LINES; number += PAGE)
        bring(c, number, PAGE);
    console_keys(c, "l z");
    for (int pour = 0; pour < 2; pour++) {
        struct worst worst = {0};
        for (int round = 0; round < ROUNDS; round++)
            round_of(c, &number, pour == 1, &worst);
        print_message(
            "%d lines%s: a key and its frame %lld us at most (%s), a turn of the background %lld us\n", LINES,
            pour ? " and more pouring in" : "", (long long)worst.us, worst.keys, (long long)worst.turn_us);
        assert_true(worst.us < FRAME_US);
        assert_true(worst.turn_us < FRAME_US);
    }
    console_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_takes_no_longer_than_a_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
