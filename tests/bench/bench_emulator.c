/*
 * How many MB/s a terminal takes, 120x40, ours against tmux in turns, both behind a local pty. Detached:
 * nobody draws. Attached: the picture is drawn with ncurses at 60 frames a second on another pty, as the
 * console does it. And the emulator alone, fed from memory.
 *
 *   build/tests/bench/bench_emulator [PAYLOAD]...
 */
#include "client/base/buf.h"
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/shell/emulator.h"
#include "tests/support/bench.h"
#include "tests/support/play.h"
#include "tests/support/pty.h"
#include "widgets/canvas.h"
#include "widgets/terminal.h"

#include <curses.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAYLOAD = 4 << 20, ROUNDS = 3, SCROLLBACK = 10000, FRAME_MS = 16, SLICE_MS = 20 };

struct place {
    char folder[64];
    char payload[96], result[96], socket[96];
    const char *program;
};

/* ---- ours ---- */

/* The drawing side; all NULL for none. */
struct drawing {
    struct canvas *canvas;
    struct emulator *emulator;
    struct screen_state state;
    struct cell cells[PLAY_COLS];
};

static const struct cell *drawn_row(void *ctx, int row)
{
    struct drawing *drawing = ctx;
    emulator_row(drawing->emulator, row, drawing->cells);
    return drawing->cells;
}

static void draw(struct drawing *drawing)
{
    emulator_state(drawing->emulator, &drawing->state);
    struct terminal_source source = {.ctx = drawing, .state = &drawing->state, .row = drawn_row};
    struct paint paint = paint_screen(drawing->canvas);
    terminal_draw(&paint, &source, true);
    canvas_flush(drawing->canvas);
    emulator_clean(drawing->emulator);
}

/* The emulator as the terminal of a player, until that ends. */
static void serve_player(const char *program, const char *payload, const char *result,
                         struct drawing *drawing)
{
    struct winsize size = {.ws_row = PLAY_ROWS, .ws_col = PLAY_COLS};
    int master;
    pid_t child = forkpty(&master, NULL, NULL, &size);
    if (child == 0) {
        execl(program, program, "--play", payload, result, (char *)NULL);
        _exit(127);
    }
    struct emulator *emulator = emulator_new(PLAY_COLS, PLAY_ROWS, SCROLLBACK);
    struct buf out;
    int64_t drawn_ms = 0;
    buf_init(&out, 1 << 20);
    drawing->emulator = emulator;
    static char bytes[65536];
    for (ssize_t got; (got = read(master, bytes, sizeof bytes)) > 0;) {
        emulator_write(emulator, bytes, (size_t)got);
        emulator_take_output(emulator, &out, clock_ms());
        if (out.len > 0 && write(master, out.data, out.len) > 0)
            buf_clear(&out);
        if (drawing->canvas != NULL && clock_ms() - drawn_ms >= FRAME_MS) {
            draw(drawing);
            drawn_ms = clock_ms();
        }
    }
    close(master);
    waitpid(child, NULL, 0);
    buf_done(&out);
    emulator_free(emulator);
}

/* "PROGRAM --console PAYLOAD RESULT": a console with nothing but a terminal in it. */
static int console_main(const char *program, const char *payload, const char *result)
{
    struct drawing drawing = {0};
    setlocale(LC_ALL, "C.UTF-8");
    SCREEN *screen = newterm("xterm-256color", stdout, stdin);
    if (screen == NULL)
        return 1;
    drawing.canvas = canvas_new(theme_by_name("default"), false, false);
    serve_player(program, payload, result, &drawing);
    canvas_free(drawing.canvas);
    endwin();
    delscreen(screen);
    return 0;
}

static double ours_detached(const struct place *place)
{
    struct drawing none = {0};
    serve_player(place->program, place->payload, place->result, &none);
    return play_result(place->result);
}

static double ours_from_memory(const char *bytes, size_t len)
{
    struct emulator *emulator = emulator_new(PLAY_COLS, PLAY_ROWS, SCROLLBACK);
    int64_t start = clock_us();
    for (size_t at = 0; at < len; at += 32768)
        emulator_write(emulator, bytes + at, len - at < 32768 ? len - at : 32768);
    double seconds = (double)(clock_us() - start) / 1e6;
    emulator_free(emulator);
    return seconds;
}

/* ---- tmux ---- */

static void run(const char *command)
{
    if (system(command) != 0)
        fprintf(stderr, "failed: %s\n", command);
}

/* Its own server, gone when the player is. */
static double tmux_detached(const struct place *place)
{
    char command[1024];
    double seconds = 0;
    snprintf(command, sizeof command,
             "tmux -S %s -f /dev/null new-session -d -x %d -y %d \"exec '%s' --play %s %s\"", place->socket,
             PLAY_COLS, PLAY_ROWS, place->program, place->payload, place->result);
    run(command);
    int64_t deadline = clock_ms() + PLAY_PATIENCE_S * 1000;
    while ((seconds = play_result(place->result)) <= 0 && clock_ms() < deadline)
        poll(NULL, 0, 5);
    snprintf(command, sizeof command, "tmux -S %s kill-server 2>/dev/null; true", place->socket);
    run(command);
    return seconds;
}

/* ---- in a pty whose output is dropped ---- */

static double attached(const struct place *place, const char *const *argv, int rows)
{
    struct err err = {0};
    struct pty *pty = pty_start(&(struct pty_options){.argv = argv, .rows = rows, .cols = PLAY_COLS}, &err);
    double seconds = 0;
    if (pty == NULL)
        return 0;
    int64_t deadline = clock_ms() + PLAY_PATIENCE_S * 1000;
    pty_blind(pty, true);
    while ((seconds = play_result(place->result)) <= 0 && clock_ms() < deadline)
        bench_serve(pty, SLICE_MS);
    pty_stop(pty);
    return seconds;
}

static double ours_attached(const struct place *place)
{
    const char *argv[] = {place->program, "--console", place->payload, place->result, NULL};
    return attached(place, argv, PLAY_ROWS);
}

static double tmux_attached(const struct place *place)
{
    char *command = mem_format("exec '%s' --play %s %s", place->program, place->payload, place->result);
    const char *argv[] = {"tmux", "-S", place->socket, "-f", "/dev/null", "new-session", command, NULL};
    double seconds = attached(place, argv, PLAY_ROWS + 1); /* its status line */
    free(command);
    return seconds;
}

/* ---- turns ---- */

static char *read_all(const char *path, size_t len)
{
    char *bytes = mem_alloc(len);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || read(file, bytes, len) != (ssize_t)len) {
        free(bytes);
        bytes = NULL;
    }
    if (file >= 0)
        close(file);
    return bytes;
}

static bool measure(int payload, const struct place *place)
{
    size_t len = play_make(payload, PAYLOAD, place->payload);
    char *bytes = read_all(place->payload, len), name[64];
    double ours[4][ROUNDS], theirs[4][ROUNDS];
    bool good = bytes != NULL;
    for (int i = 0; i < ROUNDS && good; i++) {
        ours[0][i] = ours_attached(place);
        theirs[0][i] = tmux_attached(place);
        ours[1][i] = ours_detached(place);
        theirs[1][i] = tmux_detached(place);
        ours[2][i] = ours_from_memory(bytes, len);
        good = ours[0][i] > 0 && theirs[0][i] > 0 && ours[1][i] > 0 && theirs[1][i] > 0;
    }
    if (good) {
        double megabytes = (double)len / 1e6;
        snprintf(name, sizeof name, "local pty, attached: %s", play_name(payload));
        bench_turns(name, "MB/s", megabytes, ours[0], "tmux, attached", theirs[0], ROUNDS);
        snprintf(name, sizeof name, "local pty, not drawn: %s", play_name(payload));
        bench_turns(name, "MB/s", megabytes, ours[1], "tmux, detached", theirs[1], ROUNDS);
        snprintf(name, sizeof name, "emulator from memory: %s", play_name(payload));
        bench_value(name, "MB/s", megabytes / bench_quantile(ours[2], ROUNDS, 0.5));
    } else {
        fprintf(stderr, "%s: a player came to no end\n", play_name(payload));
    }
    free(bytes);
    unlink(place->payload);
    return good;
}

int main(int argc, char **argv)
{
    play_main(argc, argv);
    if (argc == 4 && strcmp(argv[1], "--console") == 0)
        return console_main("/proc/self/exe", argv[2], argv[3]);
    struct place place = {.folder = "/tmp/bench-emulator-XXXXXX"};
    char *program = realpath("/proc/self/exe", NULL);
    if (program == NULL || mkdtemp(place.folder) == NULL)
        return 1;
    place.program = program;
    snprintf(place.payload, sizeof place.payload, "%s/payload", place.folder);
    snprintf(place.result, sizeof place.result, "%s/result", place.folder);
    snprintf(place.socket, sizeof place.socket, "%s/tmux", place.folder);
    bool good = true;
    for (int i = 0; i < PLAYS; i++) {
        bool wanted = argc == 1;
        for (int arg = 1; arg < argc; arg++)
            wanted = wanted || strcmp(argv[arg], play_name(i)) == 0;
        if (wanted)
            good = measure(i, &place) && good;
    }
    unlink(place.socket);
    rmdir(place.folder);
    free(program);
    return good ? 0 : 1;
}
