/*
 * The whole console for tests: the app on a client that only writes down what it is asked, drawn by real
 * ncurses. Keys go in by name, events as the client would send them, time stands still unless moved. Every
 * frame's bytes are judged by ttycheck.
 *
 *     struct console *c = console_new(24, 80);
 *     console_event(c, world_list(boxes, 2));
 *     console_keys(c, "j Enter");
 *     console_expect(c, "...");
 *     console_asked(c, "exec box-1: ls");
 */
#pragma once

#include "tests/support/screen.h"
#include "tests/support/world.h"
#include "tui/app.h"

#include <stdbool.h>

struct console {
    struct app app;
    struct screen *screen;
    struct client *client;
    char copied[256]; /* what was copied last */
    char key[64];     /* the API key that was typed last */
    bool key_kept;
};

/* `bare`: without a client, as app_options has it for tests of views. */
struct console *console_new(int rows, int cols);
struct console *console_bare(int rows, int cols);
void console_free(struct console *console);

/* As the loop would. */
void console_event(struct console *console, struct event *event);
void console_resize(struct console *console, int rows, int cols);
void console_wait(struct console *console, int64_t ms);

/* Keys by name, separated by blanks, with a frame after each; text, a key for each character. */
void console_keys(struct console *console, const char *names);
void console_type(struct console *console, const char *text);

/* Draws a frame. Fails the test on a byte that a terminal must not see. */
void console_draw(struct console *console);

/* Draws, and fails the test unless the screen is this picture. */
void console_expect(struct console *console, const char *picture);

/* Draws, and fails the test unless the screen holds this text in one row; or does not hold it. */
void console_shows(struct console *console, const char *text);
void console_hides(struct console *console, const char *text);

/* Fails the test unless these requests were asked since the last call: "pause box-1; exec box-1: ls". */
void console_asked(struct console *console, const char *requests);

/* The id of the newest request, 0 when there was none; of the newest that was given up. */
uint64_t console_newest(const struct console *console);
uint64_t console_cancelled(const struct console *console);

/* What the app watches now. */
const struct watch *console_watch(struct console *console);

/* A dozen boxes of every kind, with runs, logs and snapshots; the link is fine. */
void console_fill(struct console *console);

/* One box with an agent: a run that works, one that failed, one that went well, a command; the log of the
 * first three. */
void console_fill_runs(struct console *console);

/* A new console that is filled by `fill`, after these keys; the same, and what it then shows. */
struct console *console_filled(void (*fill)(struct console *), int rows, int cols, const char *keys);
void console_filled_shows(void (*fill)(struct console *), int rows, int cols, const char *keys,
                          const char *picture);
