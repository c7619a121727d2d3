/*
 * A screen to test drawing on: real ncurses writes into a file in memory, its bytes go into our emulator, and
 * what that shows is compared with a picture in the test. One at a time, since ncurses has one screen.
 *
 *     struct screen *screen = screen_new(&(struct screen_setup){.rows = 3, .cols = 20});
 *     struct paint p = screen_begin(screen);
 *     gauge_draw(&p, 0, 0, 20, 0.5, ROLE_OK);
 *     screen_expect(screen, "##########..........\n");
 */
#pragma once

#include "client/base/cell.h"
#include "widgets/paint.h"

#include <stdbool.h>

struct screen;

/* Zeroes mean: 24x80, theme "default", UTF-8, with colours, TERM xterm-256color. */
struct screen_setup {
    int rows, cols;
    const char *theme;
    const char *term;
    bool ascii;
    bool no_color;
};

/* Fails the test when ncurses cannot start. */
struct screen *screen_new(const struct screen_setup *setup);

/* NULL is fine. */
void screen_free(struct screen *screen);

struct canvas *screen_canvas(struct screen *screen);

/* Changes the size of the terminal and of ncurses. */
void screen_resize(struct screen *screen, int rows, int cols);

/* Starts a frame; the paint is the whole screen. */
struct paint screen_begin(struct screen *screen);

/* Ends the frame: the emulator shows it. Returns the bytes that ncurses sent. */
size_t screen_end(struct screen *screen);

/* The bytes that ncurses sent for the last frame. Valid until the next screen_end. */
const char *screen_sent(const struct screen *screen, size_t *len);

/* What the terminal shows, as picture_text gives it. The caller frees it. */
char *screen_picture(const struct screen *screen);

/* Ends the frame if one was begun, and fails the test, showing both, unless the picture is this one. */
void screen_expect(struct screen *screen, const char *picture);

/* One cell as the terminal shows it. */
struct cell screen_cell(const struct screen *screen, int row, int col);

/* Cursor, modes. */
struct screen_state screen_get_state(const struct screen *screen);
