/*
 * The operator's terminal, in a pty: taken over, resized, slow, suspended, gone; handed back clean on every
 * way out. The test program itself, started with an argument, is the console: it shows the size, the last
 * event and what it was told to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/base/clock.h"
#include "tests/support/pty.h"
#include "tests/support/ttycheck.h"
#include "tui/clipboard.h"
#include "tui/input.h"
#include "tui/keyname.h"
#include "tui/term.h"
#include "widgets/paint.h"

/* ---- the console ---- */

struct console {
    struct term *term;
    struct canvas *canvas;
    struct input *input;
    char last[64];
    int events;
    bool dirty, quit;
};

static void act(struct console *c, struct key key)
{
    static const struct {
        uint32_t code;
        int number;
    } deaths[] = {{'1', SIGSEGV}, {'2', SIGBUS}, {'3', SIGFPE}, {'4', SIGILL}, {'5', SIGABRT}};
    for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
        if (key_equal(key, (struct key){deaths[i].code, 0}))
            raise(deaths[i].number);
    }
    if (key_equal(key, (struct key){'q', 0}))
        c->quit = true;
    if (key_equal(key, (struct key){'z', KEY_CTRL}))
        term_suspend(c->term);
    if (key_equal(key, (struct key){'b', 0})) {
        term_alert(c->term, true, true);
        snprintf(c->last, sizeof c->last, "called");
    }
    if (key_equal(key, (struct key){'c', 0})) {
        char *long_text = calloc(1, TERM_COPY_MAX + 2);
        memset(long_text, 'x', TERM_COPY_MAX + 1);
        struct err err = {0};
        if (term_copy(c->term, "hello", 5, &err) && !term_copy(c->term, long_text, TERM_COPY_MAX + 1, &err))
            snprintf(c->last, sizeof c->last, "%.40s", err.text);
        free(long_text);
    }
}

static void on_event(void *ctx, const struct input_event *event)
{
    struct console *c = ctx;
    if (event->kind == INPUT_REPLY) {
        term_take_reply(c->term, event->reply);
        term_flush(c->term);
        return;
    }
    c->events++;
    c->dirty = true;
    switch (event->kind) {
    case INPUT_KEY:
        key_format(event->key, c->last);
        act(c, event->key);
        break;
    case INPUT_MOUSE:
        snprintf(c->last, sizeof c->last, "mouse %d at %d,%d", event->mouse.kind, event->mouse.row,
                 event->mouse.col);
        break;
    case INPUT_PASTE:
        snprintf(c->last, sizeof c->last, "paste %zu", event->paste_len);
        break;
    default:
        snprintf(c->last, sizeof c->last, "%s", event->kind == INPUT_FOCUS_IN ? "focus in" : "focus out");
    }
}

static void draw(struct console *c)
{
    struct paint p = paint_screen(c->canvas);
    struct frame frame = {.title = "console", .focused = true};
    struct paint in = paint_frame(&p, (struct rect){0, 0, p.rows, p.cols}, &frame);
    paint_format(&in, 0, 0, in.cols, ROLE_STRONG, "%dx%d %d colours", p.rows, p.cols,
                 canvas_colors(c->canvas));
    paint_format(&in, 1, 0, in.cols, ROLE_OK, "last: %s", c->last);
    paint_format(&in, 2, 0, in.cols, ROLE_OK, "events: %d", c->events);
    static const uint16_t styles[] = {STYLE_STRIKE, STYLE_UNDERLINE | STYLE_UNDERLINE_DOUBLE,
                                      STYLE_UNDERLINE | STYLE_UNDERLINE_CURLY, STYLE_CONCEAL};
    for (int i = 0; i < 4; i++)
        paint_styled(&in, 3, 2 * i, 1,
                     (struct style){.attr = styles[i], .fg = color_rgb(1, 2, (uint8_t)(3 + i))}, "s", 1);
    for (int row = 4; row < in.rows; row++)
        paint_repeat(&in, row, 0, in.cols, row % 2 != 0 ? ROLE_ERROR : ROLE_OK,
                     (uint32_t)('a' + c->events % 26));
    paint_cursor(&in, 0, 0);
    canvas_flush(c->canvas);
    term_flush(c->term);
    c->dirty = false;
}

static void resize(struct console *c)
{
    int rows, cols;
    term_size(c->term, &rows, &cols);
    canvas_resize(c->canvas, rows, cols);
    c->dirty = true;
}

static void serve_signals(struct console *c)
{
    unsigned events = term_signals(c->term);
    if ((events & (TERM_QUIT | TERM_GONE)) != 0)
        c->quit = true;
    if ((events & (TERM_RESIZED | TERM_CONTINUED)) != 0)
        resize(c);
}

static void step(struct console *c)
{
    struct pollfd fds[2] = {{.fd = term_tty_fd(c->term), .events = POLLIN},
                            {.fd = term_signal_fd(c->term), .events = POLLIN}};
    if (term_busy(c->term))
        fds[0].events |= POLLOUT;
    int64_t deadline = input_deadline(c->input), now = clock_ms();
    poll(fds, 2, deadline < 0 ? 5000 : deadline > now ? (int)(deadline - now) : 0);
    if (fds[1].revents != 0)
        serve_signals(c);
    if ((fds[0].revents & POLLOUT) != 0)
        term_flush(c->term);
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) == 0) {
        input_tick(c->input, clock_ms());
        return;
    }
    char bytes[4096];
    ssize_t got = term_read(c->term, bytes, sizeof bytes);
    if (got < 0)
        c->quit = true;
    else
        input_feed(c->input, bytes, (size_t)got, clock_ms());
}

static int console_main(void)
{
    setlocale(LC_ALL, "");
    struct err err = {0};
    struct console c = {.dirty = true};
    c.term = term_new(&err);
    if (c.term == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return err.kind == ERR_USAGE ? 2 : 1;
    }
    c.canvas = canvas_new(theme_by_name("dark"), term_is_ascii(c.term), false);
    canvas_set_styles(c.canvas, term_styles(c.term));
    c.input = input_new(on_event, &c);
    term_set_mouse(c.term, TERM_MOUSE_FULL);
    while (!c.quit) {
        if (c.dirty && !term_busy(c.term))
            draw(&c);
        step(&c);
    }
    input_free(c.input);
    canvas_free(c.canvas);
    term_free(c.term);
    return 0;
}

/* ---- the tests ---- */

static const char *self;

static struct pty *start_with(const char *const *env)
{
    const char *argv[] = {self, "console", NULL};
    struct err err = {0};
    struct pty *pty = pty_start(&(struct pty_options){.argv = argv, .env = env}, &err);
    assert_non_null(pty);
    return pty;
}

static bool tells_keys_apart(struct pty *pty, void *data)
{
    (void)data;
    return emulator_has_other_keys(pty_emulator(pty));
}

/* With its first frame, and the keyboard as it wants it: what there is to hand back. */
static struct pty *start(void)
{
    struct pty *pty = start_with(NULL);
    assert_true(pty_wait_text(pty, "events: 0", PTY_LIMIT_MS));
    assert_true(pty_wait(pty, tells_keys_apart, NULL, PTY_LIMIT_MS));
    return pty;
}

/* The program has ended with this status, the terminal is as it was, and got nothing that the check forbids.
 */
static void expect_end_as(struct pty *pty, int want, const struct ttycheck *check)
{
    int status;
    const char *what = "";
    assert_true(pty_wait_exit(pty, &status, PTY_LIMIT_MS));
    assert_int_equal(status, want);
    if (!pty_is_clean(pty, &what))
        fail_msg("not handed back: %s", what);
    size_t len;
    struct ttycheck_finding finding = {0};
    const char *bytes = pty_bytes(pty, &len);
    if (!ttycheck_bytes(check, bytes, len, &finding))
        fail_msg("%s", finding.text);
    pty_stop(pty);
}

static void expect_end(struct pty *pty, int want)
{
    expect_end_as(pty, want, &(struct ttycheck){.may_copy = true});
}

static void draws_and_reads_and_quits(void **state)
{
    (void)state;
    struct pty *pty = start();
    assert_true(pty_shows(pty, "24x80 256 colours"));
    pty_key(pty, (struct key){KEY_NAME_LEFT, KEY_CTRL});
    assert_true(pty_wait_text(pty, "last: Ctrl-Left", PTY_LIMIT_MS));
    pty_mouse(pty, &(struct mouse){.kind = MOUSE_PRESS, .button = 1, .row = 3, .col = 7});
    assert_true(pty_wait_text(pty, "mouse 0 at 3,7", PTY_LIMIT_MS));
    pty_paste(pty, "hello\nyou");
    assert_true(pty_wait_text(pty, "last: paste 9", PTY_LIMIT_MS));
    pty_focus(pty, false);
    assert_true(pty_wait_text(pty, "last: focus out", PTY_LIMIT_MS));
    pty_type(pty, "\033");
    assert_true(pty_wait_text(pty, "last: Esc", PTY_LIMIT_MS));
    pty_type(pty, "q");
    expect_end(pty, 0);
}

static void is_clean_after_every_crash(void **state)
{
    (void)state;
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (int i = 0; i < 5; i++) {
        struct pty *pty = start();
        char key[2] = {(char)('1' + i), '\0'};
        pty_type(pty, key);
        expect_end(pty, 128 + numbers[i]);
    }
}

static void is_clean_after_a_signal(void **state)
{
    (void)state;
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct pty *pty = start();
        kill(pty_pid(pty), numbers[i]);
        expect_end(pty, 0);
    }
}

static void follows_the_size(void **state)
{
    (void)state;
    struct pty *pty = start();
    pty_resize(pty, 10, 40);
    assert_true(pty_wait_text(pty, "10x40", PTY_LIMIT_MS));
    pty_resize(pty, 50, 160);
    assert_true(pty_wait_text(pty, "50x160", PTY_LIMIT_MS));
    for (int rows = 1; rows <= 30; rows++)
        pty_resize(pty, rows, 100 - rows);
    assert_true(pty_wait_text(pty, "30x70", PTY_LIMIT_MS));
    pty_type(pty, "q");
    expect_end(pty, 0);
}

/* A test's console has no shell above it, so the stop itself is ignored by the kernel (POSIX: orphaned
 * process groups). What is before and after it is what we test. */
static void comes_back_after_a_suspend(void **state)
{
    (void)state;
    struct pty *pty = start();
    pty_type(pty, "\032");
    assert_true(pty_wait_text(pty, "last: Ctrl-z", PTY_LIMIT_MS));
    size_t len;
    const char *bytes = pty_bytes(pty, &len);
    assert_non_null(strstr(bytes, "\033[?1049l"));
    assert_non_null(strstr(strstr(bytes, "\033[?1049l"), "\033[?1049h"));
    pty_key(pty, (struct key){KEY_NAME_UP, 0});
    assert_true(pty_wait_text(pty, "last: Up", PTY_LIMIT_MS));
    pty_type(pty, "q");
    expect_end(pty, 0);
}

/* ---- the keyboard ---- */

static size_t count_of(struct pty *pty, const char *word)
{
    size_t len, count = 0;
    const char *bytes = pty_bytes(pty, &len);
    for (const char *at = bytes; (at = strstr(at, word)) != NULL; at++)
        count++;
    return count;
}

/* A terminal that answers to kitty's protocol tells Ctrl-i from Tab, and Escape at once; what was pushed on
 * the alternate screen is popped before it goes, also around a stop. */
static void asks_for_kitty_keys(void **state)
{
    (void)state;
    struct pty *pty = start();
    pty_key(pty, (struct key){'i', KEY_CTRL});
    assert_true(pty_wait_text(pty, "last: Ctrl-i", PTY_LIMIT_MS));
    pty_key(pty, (struct key){KEY_NAME_ENTER, KEY_SHIFT});
    assert_true(pty_wait_text(pty, "last: Shift-Enter", PTY_LIMIT_MS));
    pty_key(pty, (struct key){'a', KEY_CTRL | KEY_SHIFT});
    assert_true(pty_wait_text(pty, "last: Ctrl-Shift-a", PTY_LIMIT_MS));
    pty_key(pty, (struct key){KEY_NAME_ESCAPE, 0});
    assert_true(pty_wait_text(pty, "last: Esc", PTY_LIMIT_MS));
    pty_key(pty, (struct key){'z', KEY_CTRL});
    assert_true(pty_wait_text(pty, "last: Ctrl-z", PTY_LIMIT_MS));
    assert_true(pty_wait(pty, tells_keys_apart, NULL, PTY_LIMIT_MS));
    assert_int_equal(count_of(pty, "\033[?u"), 1); /* it is asked once */
    pty_type(pty, "q");
    assert_true(pty_wait_exit(pty, NULL, PTY_LIMIT_MS));
    assert_int_equal(count_of(pty, "\033[>5u"), 2);
    assert_int_equal(count_of(pty, "\033[<u\033[?1002l"), 2);
    const char *bytes = pty_bytes(pty, &(size_t){0});
    assert_true(strstr(bytes, "\033[?1049h") < strstr(bytes, "\033[>5u"));
    expect_end(pty, 0);
}

static const char *const no_kitty[] = {"\033[?u", NULL}, *const no_keys[] = {"\033[?u", "\033[?4m", NULL};

static struct pty *start_deaf(const char *const *deaf, const char *const *env)
{
    const char *argv[] = {self, "console", NULL};
    struct err err = {0};
    struct pty *pty = pty_start(&(struct pty_options){.argv = argv, .env = env, .deaf = deaf}, &err);
    assert_non_null(pty);
    assert_true(pty_wait_text(pty, "events: 0", PTY_LIMIT_MS));
    return pty;
}

static void asks_for_xterms_other_keys(void **state)
{
    (void)state;
    struct pty *pty = start_deaf(no_kitty, NULL);
    assert_true(pty_wait(pty, tells_keys_apart, NULL, PTY_LIMIT_MS));
    pty_key(pty, (struct key){'i', KEY_CTRL});
    assert_true(pty_wait_text(pty, "last: Ctrl-i", PTY_LIMIT_MS));
    pty_key(pty, (struct key){'a', KEY_CTRL | KEY_SHIFT});
    assert_true(pty_wait_text(pty, "last: Ctrl-Shift-a", PTY_LIMIT_MS));
    pty_key(pty, (struct key){KEY_NAME_ESCAPE, 0});
    assert_true(pty_wait_text(pty, "last: Esc", PTY_LIMIT_MS));
    pty_type(pty, "1"); /* it crashes */
    assert_true(pty_wait_exit(pty, NULL, PTY_LIMIT_MS));
    assert_int_equal(count_of(pty, "\033[>4;2m"), 1);
    assert_int_equal(count_of(pty, "\033[>4m"), 1);
    assert_int_equal(count_of(pty, "\033[>5u"), 0);
    expect_end(pty, 128 + SIGSEGV);
}

/* One that answers to neither is left as it is; so is the linux console, which is not even asked. tmux has no
 * answer but knows the request. */
static void leaves_other_terminals_alone(void **state)
{
    (void)state;
    static const struct {
        const char *const *deaf;
        const char *env[3];
        size_t questions, requests;
    } cases[] = {
        {no_keys, {NULL}, 1, 0},
        {no_keys, {"TERM=linux", NULL}, 0, 0},
        {no_keys, {"TERM=screen-256color", "TMUX", NULL}, 0, 0},
        {no_keys, {"TERM=tmux-256color", "TMUX=/tmp/tmux-0/default,1,0", NULL}, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pty *pty = start_deaf(cases[i].deaf, cases[i].env);
        pty_key(pty, (struct key){'a', KEY_CTRL});
        assert_true(pty_wait_text(pty, "last: Ctrl-a", PTY_LIMIT_MS));
        assert_int_equal(count_of(pty, "\033[?u"), cases[i].questions);
        assert_int_equal(count_of(pty, "\033[>4;2m"), cases[i].requests);
        assert_int_equal(count_of(pty, "\033[>5u"), 0);
        pty_type(pty, "q");
        const char *term = cases[i].env[0] != NULL ? cases[i].env[0] + 5 : NULL;
        expect_end_as(pty, 0, &(struct ttycheck){.term = term});
    }
}

/* ---- output ---- */

static void a_slow_terminal_gets_the_newest_frame(void **state)
{
    (void)state;
    struct pty *pty = start();
    pty_hold(pty, true);
    for (int i = 0; i < 3000; i++)
        pty_type(pty, "x");
    pty_hold(pty, false);
    assert_true(pty_wait_text(pty, "events: 3000", PTY_LIMIT_MS));
    size_t len;
    pty_bytes(pty, &len);
    /* 3000 frames would be about 6 MB. */
    assert_true(len < 1500000);
    pty_type(pty, "q");
    expect_end(pty, 0);
}

static void ends_when_the_terminal_is_gone(void **state)
{
    (void)state;
    struct pty *pty = start();
    int status;
    pty_hang_up(pty);
    assert_true(pty_wait_exit(pty, &status, PTY_LIMIT_MS));
    assert_int_equal(status, 0);
    pty_stop(pty);
}

static void copies_by_osc_52(void **state)
{
    (void)state;
    struct pty *pty = start();
    pty_type(pty, "c");
    assert_true(pty_wait_text(pty, "100 KiB are too much", PTY_LIMIT_MS));
    size_t len;
    assert_non_null(strstr(pty_bytes(pty, &len), "\033]52;c;aGVsbG8=\a"));
    pty_type(pty, "q");
    expect_end(pty, 0);
}

/* Fixed words, and the bell; nothing of what a box says. */
static void calls_the_operator(void **state)
{
    (void)state;
    struct pty *pty = start();
    pty_type(pty, "b");
    assert_true(pty_wait_text(pty, "called", PTY_LIMIT_MS));
    size_t len;
    assert_non_null(strstr(pty_bytes(pty, &len), "\033]9;boxtop: something needs attention\a\a"));
    pty_type(pty, "q");
    expect_end_as(pty, 0, &(struct ttycheck){.may_ring = true});
}

static void refuses_what_is_no_terminal(void **state)
{
    (void)state;
    static const char *const envs[][2] = {{"TERM=dumb", NULL}, {"TERM", NULL}, {"TERM=nonesuch-9", NULL}};
    static const char *const sentences[] = {"TERM is dumb", "TERM is not set",
                                            "no usable entry for TERM=nonesuch-9"};
    for (int i = 0; i < 3; i++) {
        struct pty *pty = start_with(envs[i]);
        int status;
        assert_true(pty_wait_exit(pty, &status, PTY_LIMIT_MS));
        assert_int_equal(status, 2);
        assert_true(pty_shows(pty, sentences[i]));
        pty_stop(pty);
    }
}

static void knows_kin_of_xterm(void **state)
{
    (void)state;
    static const char *const env[] = {"TERM=xterm-kitty", NULL};
    struct pty *pty = start_with(env);
    assert_true(pty_wait_text(pty, "256 colours", PTY_LIMIT_MS));
    pty_type(pty, "q");
    expect_end(pty, 0);
}

/* What the terminal shows in the row of styles, and nothing of it blinks or relies on the terminal to hide
 * it. */
static void expect_styles(struct pty *pty, const uint16_t styles[4], color first)
{
    struct screen_state screen;
    emulator_state(pty_emulator(pty), &screen);
    struct cell cells[80];
    assert_int_equal(screen.cols, sizeof cells / sizeof cells[0]);
    emulator_row(pty_emulator(pty), 4, cells);
    for (int i = 0; i < 4; i++) {
        const struct cell *cell = &cells[1 + 2 * i];
        assert_int_equal(cell->ch, i < 3 ? 's' : ' ');
        assert_int_equal(cell->style.attr, styles[i]);
    }
    assert_int_equal(cells[1].style.fg, first);
}

static void styles_and_colours_reach_the_terminals_that_have_them(void **state)
{
    (void)state;
    enum {
        DOUBLE = STYLE_UNDERLINE | STYLE_UNDERLINE_DOUBLE,
        CURLY = STYLE_UNDERLINE | STYLE_UNDERLINE_CURLY
    };
    static const struct {
        const char *env[4];
        const char *colours;
        uint16_t styles[4];
        color first;
    } cases[] = {
        {{"TERM=xterm-256color", "COLORTERM=truecolor"},
         "16777216 colours",
         {STYLE_STRIKE, STYLE_UNDERLINE, STYLE_UNDERLINE, 0},
         COLOR_RGB_TAG | 0x010203},
        {{"TERM=xterm-256color", "COLORTERM"},
         "256 colours",
         {STYLE_STRIKE, STYLE_UNDERLINE, STYLE_UNDERLINE, 0},
         COLOR_INDEX_TAG | 16},
        {{"TERM=tmux-256color", "COLORTERM=24bit"},
         "16777216 colours",
         {STYLE_STRIKE, DOUBLE, CURLY, 0},
         COLOR_RGB_TAG | 0x010203},
        /* GNU screen hands on its terminal's COLORTERM and knows none of these. */
        {{"TERM=screen-256color", "COLORTERM=truecolor", "TMUX"},
         "256 colours",
         {0, STYLE_UNDERLINE, STYLE_UNDERLINE, 0},
         COLOR_INDEX_TAG | 16},
        {{"TERM=screen-256color", "COLORTERM=truecolor", "TMUX=/tmp/tmux-0/default,1,0"},
         "16777216 colours",
         {0, STYLE_UNDERLINE, STYLE_UNDERLINE, 0},
         COLOR_RGB_TAG | 0x010203},
        /* Its entry says (ncv) that underlines and colours do not go together. */
        {{"TERM=linux", "COLORTERM"}, "8 colours", {0, 0, 0, 0}, COLOR_INDEX_TAG | 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pty *pty = start_with(cases[i].env);
        assert_true(pty_wait_text(pty, "aaaaaaaa", PTY_LIMIT_MS));
        assert_true(pty_shows(pty, cases[i].colours));
        expect_styles(pty, cases[i].styles, cases[i].first);
        pty_type(pty, "q");
        /* After "TERM=". */
        expect_end_as(pty, 0, &(struct ttycheck){.term = cases[i].env[0] + 5});
    }
}

static void draws_ascii_without_utf8(void **state)
{
    (void)state;
    static const char *const env[] = {"LC_ALL=C", NULL};
    struct pty *pty = start_with(env);
    assert_true(pty_wait_text(pty, "+= console ==", PTY_LIMIT_MS));
    pty_type(pty, "q");
    expect_end(pty, 0);
}

/* ---- the clipboard's sequences ---- */

static void expect_copy(const char *text, enum clipboard_wrap wrap, const char *want)
{
    struct buf out;
    buf_init(&out, 4096);
    assert_true(clipboard_encode(&out, text, strlen(text), wrap));
    assert_string_equal(buf_text(&out), want);
    buf_done(&out);
}

static void wraps_copies_for_tmux_and_screen(void **state)
{
    (void)state;
    expect_copy("", CLIPBOARD_PLAIN, "\033]52;c;\a");
    expect_copy("a", CLIPBOARD_PLAIN, "\033]52;c;YQ==\a");
    expect_copy("ab", CLIPBOARD_PLAIN, "\033]52;c;YWI=\a");
    expect_copy("abc", CLIPBOARD_TMUX, "\033Ptmux;\033\033]52;c;YWJj\a\033\\");
    expect_copy("abc", CLIPBOARD_SCREEN, "\033P\033]52;c;YWJj\a\033\\");
    assert_int_equal(clipboard_wrap_for("/tmp/tmux", "screen-256color"), CLIPBOARD_TMUX);
    assert_int_equal(clipboard_wrap_for(NULL, "screen-256color"), CLIPBOARD_SCREEN);
    assert_int_equal(clipboard_wrap_for("", "xterm"), CLIPBOARD_PLAIN);
    struct buf tight;
    buf_init(&tight, 10);
    buf_add_text(&tight, "keep");
    assert_false(clipboard_encode(&tight, "abcdefgh", 8, CLIPBOARD_PLAIN));
    assert_string_equal(buf_text(&tight), "keep");
    buf_done(&tight);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return console_main();
    self = realpath(argv[0], NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_and_reads_and_quits),
        cmocka_unit_test(is_clean_after_every_crash),
        cmocka_unit_test(is_clean_after_a_signal),
        cmocka_unit_test(follows_the_size),
        cmocka_unit_test(comes_back_after_a_suspend),
        cmocka_unit_test(asks_for_kitty_keys),
        cmocka_unit_test(asks_for_xterms_other_keys),
        cmocka_unit_test(leaves_other_terminals_alone),
        cmocka_unit_test(a_slow_terminal_gets_the_newest_frame),
        cmocka_unit_test(ends_when_the_terminal_is_gone),
        cmocka_unit_test(copies_by_osc_52),
        cmocka_unit_test(calls_the_operator),
        cmocka_unit_test(refuses_what_is_no_terminal),
        cmocka_unit_test(knows_kin_of_xterm),
        cmocka_unit_test(styles_and_colours_reach_the_terminals_that_have_them),
        cmocka_unit_test(draws_ascii_without_utf8),
        cmocka_unit_test(wraps_copies_for_tmux_and_screen),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free((char *)(uintptr_t)self);
    return failed;
}
