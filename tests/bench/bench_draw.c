/*
 * What one frame of a flooded shell costs the console, in CPU time: the helper's rows decoded, drawn into the
 * canvas, and written by ncurses. Each frame differs from the last one in nearly every cell. The peer is
 * ncurses told every cell of every frame, as a program without a frame of its own would; both write to a file
 * in memory.
 *
 *   build/tests/bench/bench_draw [PAYLOAD]...
 */
#include "client/base/mem.h"
#include "client/shell/emulator.h"
#include "client/shell/wire.h"
#include "tests/support/bench.h"
#include "tests/support/play.h"
#include "widgets/canvas.h"
#include "widgets/paint.h"
#include "widgets/terminal.h"

#include <curses.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

enum { FRAMES = 240, STEP = 16384, PAYLOAD = 4 << 20, FRAMES_A_SECOND = 60, LIMIT = 8 };

struct scene {
    char *bytes; /* the payload */
    size_t len, at;
    struct emulator *emulator;
    struct screen_state state;
    struct buf frame; /* what a helper would send */
    struct wire_picture picture;
    struct cell cells[PLAY_COLS];
    FILE *memory;
    struct canvas *canvas;
};

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Lets the payload run on and packs the screen as the helper does. */
static void next_frame(struct scene *scene)
{
    struct wire_writer writer;
    if (scene->at + STEP > scene->len)
        scene->at = 0;
    emulator_write(scene->emulator, scene->bytes + scene->at, STEP);
    scene->at += STEP;
    buf_clear(&scene->frame);
    emulator_state(scene->emulator, &scene->state);
    wire_rows_begin(&writer, &scene->frame, &scene->state);
    for (int row = 0; row < PLAY_ROWS; row++) {
        emulator_row(scene->emulator, row, scene->cells);
        wire_rows_add(&writer, row, scene->cells, PLAY_COLS);
    }
    wire_finish(&writer);
}

static const struct cell *row_of(void *ctx, int row)
{
    const struct scene *scene = ctx;
    return scene->picture.cells + (size_t)row * PLAY_COLS;
}

static void take_frame(struct scene *scene)
{
    struct wire_frame frame;
    size_t at = 0;
    wire_take(&scene->frame, &at, &frame);
    wire_get_rows(&frame, &scene->picture);
}

static void draw_ours(struct scene *scene)
{
    struct terminal_source source = {.ctx = scene, .state = &scene->picture.state, .row = row_of};
    struct paint paint = paint_again(scene->canvas);
    terminal_draw(&paint, &source, true);
    canvas_flush(scene->canvas);
}

/* Every cell, one after the other, with a pair that ncurses looks up. */
static void draw_plainly(struct scene *scene)
{
    erase();
    for (int row = 0; row < PLAY_ROWS; row++) {
        for (int col = 0; col < PLAY_COLS; col++) {
            const struct cell *cell = row_of(scene, row) + col;
            wchar_t text[2] = {cell->ch == 0 ? L' ' : (wchar_t)cell->ch, 0};
            int pair = alloc_pair(color_is_index(cell->style.fg) ? (int)(cell->style.fg & 0xFF) : -1,
                                  color_is_index(cell->style.bg) ? (int)(cell->style.bg & 0xFF) : -1);
            cchar_t packed;
            if (cell->ch == CELL_WIDE_TAIL)
                continue;
            setcchar(&packed, text, (cell->style.attr & STYLE_BOLD) != 0 ? A_BOLD : 0, 0, &pair);
            mvadd_wch(row, col, &packed);
        }
    }
    refresh();
}

static void forget_output(const struct scene *scene)
{
    lseek(fileno(scene->memory), 0, SEEK_SET);
}

/* Microseconds of CPU for a frame, in the median. */
static double measure(struct scene *scene, void (*draw)(struct scene *))
{
    static double took[FRAMES];
    for (int i = 0; i < FRAMES; i++) {
        next_frame(scene);
        double start = cpu_us();
        take_frame(scene);
        draw(scene);
        took[i] = cpu_us() - start;
        forget_output(scene);
    }
    return bench_quantile(took, FRAMES, 0.5);
}

static SCREEN *start_screen(struct scene *scene)
{
    scene->memory = fdopen(memfd_create("bench", MFD_CLOEXEC), "w+");
    char rows[8], cols[8];
    snprintf(rows, sizeof rows, "%d", PLAY_ROWS);
    snprintf(cols, sizeof cols, "%d", PLAY_COLS);
    setenv("LINES", rows, 1);
    setenv("COLUMNS", cols, 1);
    return scene->memory != NULL ? newterm("xterm-256color", scene->memory, stdin) : NULL;
}

static bool bench(int payload)
{
    struct scene scene = {0};
    char path[] = "/tmp/bench-draw-XXXXXX", name[64];
    int file = mkstemp(path);
    scene.len = play_make(payload, PAYLOAD, path);
    scene.bytes = mem_alloc(scene.len);
    bool good = file >= 0 && read(file, scene.bytes, scene.len) == (ssize_t)scene.len;
    unlink(path);
    close(file);
    scene.emulator = emulator_new(PLAY_COLS, PLAY_ROWS, 1000);
    buf_init(&scene.frame, 2 << 20);
    SCREEN *screen = start_screen(&scene);
    if (good && screen != NULL) {
        scene.canvas = canvas_new(theme_by_name("default"), false, false);
        double ours = measure(&scene, draw_ours);
        double theirs = measure(&scene, draw_plainly);
        canvas_free(scene.canvas);
        endwin();
        delscreen(screen);
        snprintf(name, sizeof name, "console's frame: %s", play_name(payload));
        bench_compare(name, "us CPU", ours, "ncurses, each cell", theirs);
        snprintf(name, sizeof name, "console at 60 frames: %s", play_name(payload));
        bench_at_most(name, "%", ours * FRAMES_A_SECOND / 1e4, LIMIT);
    }
    fclose(scene.memory);
    emulator_free(scene.emulator);
    wire_picture_done(&scene.picture);
    buf_done(&scene.frame);
    free(scene.bytes);
    return good && screen != NULL;
}

int main(int argc, char **argv)
{
    bool good = setlocale(LC_ALL, "C.UTF-8") != NULL;
    for (int i = 0; i < PLAYS; i++) {
        bool wanted = argc == 1;
        for (int arg = 1; arg < argc; arg++)
            wanted = wanted || strcmp(argv[arg], play_name(i)) == 0;
        if (wanted)
            good = bench(i) && good;
    }
    return good ? 0 : 1;
}
