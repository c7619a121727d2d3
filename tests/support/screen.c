#include "tests/support/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <curses.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/base/mem.h"
#include "client/shell/emulator.h"
#include "tests/support/picture.h"

struct screen {
    SCREEN *curses;
    FILE *memory;
    struct canvas *canvas;
    struct emulator *emulator;
    bool drawing; /* between begin and end */
    char *sent;   /* bytes of the last frame */
    size_t sent_len;
};

struct screen *screen_new(const struct screen_setup *setup)
{
    int rows = setup->rows > 0 ? setup->rows : 24, cols = setup->cols > 0 ? setup->cols : 80;
    struct screen *screen = mem_zalloc(1, sizeof *screen);
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    screen->memory = fdopen(memfd_create("screen", MFD_CLOEXEC), "w+");
    assert_non_null(screen->memory);
    use_env(FALSE);
    screen->curses = newterm(setup->term != NULL ? setup->term : "xterm-256color", screen->memory, stdin);
    assert_non_null(screen->curses);
    const struct theme *theme = theme_by_name(setup->theme != NULL ? setup->theme : "default");
    assert_non_null(theme);
    screen->canvas = canvas_new(theme, setup->ascii, setup->no_color);
    screen->emulator = emulator_new(cols, rows, 0);
    canvas_resize(screen->canvas, rows, cols);
    return screen;
}

void screen_free(struct screen *screen)
{
    if (screen == NULL)
        return;
    canvas_free(screen->canvas);
    endwin();
    delscreen(screen->curses);
    fclose(screen->memory);
    emulator_free(screen->emulator);
    free(screen->sent);
    free(screen);
}

struct canvas *screen_canvas(struct screen *screen)
{
    return screen->canvas;
}

void screen_resize(struct screen *screen, int rows, int cols)
{
    emulator_resize(screen->emulator, cols, rows);
    canvas_resize(screen->canvas, rows, cols);
}

struct paint screen_begin(struct screen *screen)
{
    screen->drawing = true;
    return paint_screen(screen->canvas);
}

size_t screen_end(struct screen *screen)
{
    canvas_flush(screen->canvas);
    screen->drawing = false;
    int fd = fileno(screen->memory);
    off_t size = lseek(fd, 0, SEEK_CUR);
    char *bytes = mem_alloc((size_t)size);
    assert_int_equal(pread(fd, bytes, (size_t)size, 0), size);
    emulator_write(screen->emulator, bytes, (size_t)size);
    free(screen->sent);
    screen->sent = bytes;
    screen->sent_len = (size_t)size;
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(ftruncate(fd, 0), 0);
    return (size_t)size;
}

const char *screen_sent(const struct screen *screen, size_t *len)
{
    *len = screen->sent_len;
    return screen->sent;
}

char *screen_picture(const struct screen *screen)
{
    return picture_text(screen->emulator);
}

void screen_expect(struct screen *screen, const char *picture)
{
    if (screen->drawing)
        screen_end(screen);
    char *shown = screen_picture(screen);
    bool same = picture_equal(shown, picture);
    free(shown);
    assert_true(same);
}

struct cell screen_cell(const struct screen *screen, int row, int col)
{
    struct screen_state state = screen_get_state(screen);
    assert_true(row >= 0 && row < state.rows && col >= 0 && col < state.cols);
    struct cell *cells = mem_zalloc((size_t)state.cols, sizeof *cells);
    emulator_row(screen->emulator, row, cells);
    struct cell cell = cells[col];
    free(cells);
    return cell;
}

struct screen_state screen_get_state(const struct screen *screen)
{
    struct screen_state state;
    emulator_state(screen->emulator, &state);
    return state;
}
