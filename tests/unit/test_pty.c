/* Driving real programs in a pty: the fixture of the stories. */
#include "tests/support/pty.h"

#include "client/base/mem.h"
#include "tests/support/ttycheck.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <cmocka.h>

/* A shell with a prompt that cannot be mistaken, that runs `script` first. */
static struct pty *shell(const char *script, const char *const *env)
{
    struct err err = {0};
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    struct pty *pty =
        pty_start(&(struct pty_options){.argv = argv, .env = env, .rows = 12, .cols = 60}, &err);
    if (pty == NULL)
        fail_msg("%s", err.text);
    return pty;
}

static void output_appears_on_the_screen(void **state)
{
    (void)state;
    struct pty *pty = shell("printf 'one\\n\\033[31mtwo\\033[m three\\n'; exit 7", NULL);
    int status = -1;
    assert_true(pty_wait_exit(pty, &status, PTY_LIMIT_MS));
    assert_int_equal(status, 7);
    char *screen = pty_screen(pty);
    assert_string_equal(screen, "one\ntwo three\n");
    free(screen);
    size_t len;
    assert_string_equal(pty_bytes(pty, &len), "one\r\n\x1b[31mtwo\x1b[m three\r\n");
    assert_int_equal(len, 24);
    assert_true(pty_is_clean(pty, NULL));
    assert_int_equal(pty_stop(pty), 7);
}

static void typed_lines_arrive(void **state)
{
    (void)state;
    struct pty *pty = shell("echo ready; read line; echo \"got <$line>\"", NULL);
    assert_true(pty_wait_text(pty, "ready", PTY_LIMIT_MS));
    pty_type(pty, "hello\r");
    assert_true(pty_wait_text(pty, "got <hello>", PTY_LIMIT_MS));
    assert_true(pty_wait_exit(pty, NULL, PTY_LIMIT_MS));
    assert_int_equal(pty_stop(pty), 0);
}

static void keys_follow_the_modes(void **state)
{
    (void)state;
    struct pty *pty =
        shell("stty -icanon -echo min 1; echo ready; dd bs=1 count=3 2>/dev/null | od -An -c;"
              "printf '\\033[?1h'; echo again; dd bs=1 count=3 2>/dev/null | od -An -c; echo over",
              NULL);
    assert_true(pty_wait_text(pty, "ready", PTY_LIMIT_MS));
    pty_key(pty, (struct key){.code = KEY_NAME_UP});
    assert_true(pty_wait_text(pty, "033   [   A", PTY_LIMIT_MS));
    assert_true(pty_wait_text(pty, "again", PTY_LIMIT_MS));
    pty_key(pty, (struct key){.code = KEY_NAME_UP});
    assert_true(pty_wait_text(pty, "033   O   A", PTY_LIMIT_MS));
    pty_stop(pty);
}

static void the_terminal_answers_queries(void **state)
{
    (void)state;
    struct pty *pty =
        shell("stty -icanon -echo min 1; printf 'abc\\033[6n'; dd bs=1 count=6 2>/dev/null | od -An -c;"
              "echo over",
              NULL);
    assert_true(pty_wait_text(pty, "over", PTY_LIMIT_MS));
    assert_true(pty_shows(pty, "033   [   1   ;   4   R"));
    pty_stop(pty);
}

static void a_resize_reaches_the_program(void **state)
{
    (void)state;
    struct pty *pty =
        shell("trap 'echo size $(stty size)' WINCH; echo ready; while :; do read line; done", NULL);
    assert_true(pty_wait_text(pty, "ready", PTY_LIMIT_MS));
    pty_resize(pty, 33, 101);
    assert_true(pty_wait_text(pty, "size 33 101", PTY_LIMIT_MS));
    struct screen_state screen;
    emulator_state(pty_emulator(pty), &screen);
    assert_int_equal(screen.rows, 33);
    assert_int_equal(screen.cols, 101);
    pty_stop(pty);
}

static void the_environment_is_small_and_known(void **state)
{
    (void)state;
    const char *env[] = {"WORD=given", "LANG", NULL};
    setenv("UPSTASH_BOX_API_KEY", "box_secret", 1);
    struct pty *pty = shell("echo \"$WORD $TERM <$LANG> <$UPSTASH_BOX_API_KEY>\"", env);
    unsetenv("UPSTASH_BOX_API_KEY");
    assert_true(pty_wait_text(pty, "given xterm-256color <> <>", PTY_LIMIT_MS));
    pty_stop(pty);
}

static void a_terminal_that_is_not_handed_back_is_noticed(void **state)
{
    (void)state;
    static const struct {
        const char *script, *difference;
    } samples[] = {{"stty raw", "the tty's modes"},
                   {"stty intr x", "the tty's special characters"},
                   {"printf '\\033[?1049h'", "the alternate screen is shown"},
                   {"printf '\\033[?25l'", "the cursor is hidden"},
                   {"printf '\\033[?1002h'", "the mouse is reported"},
                   {"printf '\\033[?2004h'", "pastes are bracketed"},
                   {"printf '\\033[?1004h'", "the focus is reported"}};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const char *what = NULL;
        struct pty *pty = shell(samples[i].script, NULL);
        assert_true(pty_wait_exit(pty, NULL, PTY_LIMIT_MS));
        assert_false(pty_is_clean(pty, &what));
        assert_string_equal(what, samples[i].difference);
        pty_stop(pty);
    }
}

static void a_wait_that_cannot_succeed_ends(void **state)
{
    (void)state;
    struct pty *pty = shell("echo something else", NULL);
    assert_false(pty_wait_text(pty, "never", PTY_LIMIT_MS)); /* by the program's end, not by time */
    pty_stop(pty);
    pty = shell("read line", NULL);
    assert_false(pty_wait_text(pty, "never", 50));
    pty_stop(pty);
}

static void a_hang_up_is_felt(void **state)
{
    (void)state;
    struct pty *pty = shell("echo ready; read line; sleep 300", NULL);
    int status = 0;
    assert_true(pty_wait_text(pty, "ready", PTY_LIMIT_MS));
    pty_hang_up(pty);
    assert_true(pty_wait_exit(pty, &status, PTY_LIMIT_MS));
    assert_int_equal(status, 128 + SIGHUP);
    pty_stop(pty);
}

static void a_stubborn_program_is_ended(void **state)
{
    (void)state;
    struct pty *pty = shell("trap '' HUP TERM; echo ready; while :; do sleep 0.1; done", NULL);
    assert_true(pty_wait_text(pty, "ready", PTY_LIMIT_MS));
    pid_t pid = pty_pid(pty);
    assert_int_equal(pty_stop(pty), 128 + SIGKILL);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

/* A slow terminal: the tty fills up, and nothing is lost. */
static void a_held_terminal_blocks_the_program(void **state)
{
    (void)state;
    struct pty *pty = shell("echo ready; read line; seq 1 20000; echo over", NULL);
    assert_true(pty_wait_text(pty, "ready", PTY_LIMIT_MS));
    pty_hold(pty, true);
    pty_type(pty, "\r");
    size_t before, after;
    pty_bytes(pty, &before);
    int status;
    assert_false(pty_wait_exit(pty, &status, 200));
    pty_bytes(pty, &after);
    assert_int_equal(before, after);
    pty_hold(pty, false);
    assert_true(pty_wait_text(pty, "over", PTY_LIMIT_MS));
    assert_non_null(strstr(pty_bytes(pty, &after), "\r\n19999\r\n20000\r\n"));
    pty_stop(pty);
}

/* ncurses misses a SIGWINCH that comes just before it reads: it is asked at each of getch's time-outs. */
static bool resize_if_needed(void)
{
    struct winsize size;
    if (ioctl(0, TIOCGWINSZ, &size) < 0 || !is_term_resized(size.ws_row, size.ws_col))
        return false;
    return resizeterm(size.ws_row, size.ws_col) == OK;
}

/* The program that the next test runs: all that a console asks of ncurses. */
static int curses_program(void)
{
    setlocale(LC_ALL, "");
    initscr();
    raw();
    noecho();
    keypad(stdscr, TRUE);
    start_color();
    use_default_colors();
    init_pair(1, COLOR_RED, -1);
    mousemask(ALL_MOUSE_EVENTS, NULL);
    scrollok(stdscr, TRUE);
    timeout(20);
    for (int step = 0, key = 0; key != 'q'; step++) {
        erase();
        box(stdscr, 0, 0);
        curs_set(step % 2);
        attron(COLOR_PAIR(1) | A_BOLD | A_UNDERLINE | A_REVERSE | A_DIM | A_ITALIC);
        mvprintw(1, 2, "step %d of \xe4\xb8\x96\xc3\xa9", step);
        attrset(A_NORMAL);
        mvhline(3, 2, '-', 50);
        mvprintw(LINES - 2, 2, "%dx%d", LINES, COLS);
        if (step > 2)
            scrl(2);
        refresh();
        do {
            key = getch();
        } while (key == ERR && !resize_if_needed());
    }
    endwin();
    return 0;
}

static void the_output_of_ncurses_is_what_the_checker_knows(void **state)
{
    (void)state;
    static const char *const terms[] = {"xterm-256color", "screen-256color", "tmux-256color",
                                        "linux",          "xterm",           "vt100"};
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        struct err err = {0};
        struct ttycheck_finding finding = {0};
        char *term = mem_format("TERM=%s", terms[i]);
        const char *env[] = {term, NULL};
        const char *argv[] = {"/proc/self/exe", "curses", NULL};
        struct pty *pty = pty_start(&(struct pty_options){.argv = argv, .env = env}, &err);
        assert_non_null(pty);
        assert_true(pty_wait_text(pty, "step 0 of", PTY_LIMIT_MS));
        pty_type(pty, "x");
        assert_true(pty_wait_text(pty, "step 1 of", PTY_LIMIT_MS));
        pty_resize(pty, 30, 100);
        assert_true(pty_wait_text(pty, "30x100", PTY_LIMIT_MS));
        pty_key(pty, (struct key){.code = KEY_NAME_DOWN});
        pty_type(pty, "yzq");
        assert_true(pty_wait_exit(pty, NULL, PTY_LIMIT_MS));
        assert_true(pty_is_clean(pty, NULL));
        size_t len;
        const char *bytes = pty_bytes(pty, &len);
        if (!ttycheck_bytes(&(struct ttycheck){.term = terms[i]}, bytes, len, &finding))
            fail_msg("%s: %s", terms[i], finding.text);
        assert_int_equal(pty_stop(pty), 0);
        free(term);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "curses") == 0)
        return curses_program();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_appears_on_the_screen),
        cmocka_unit_test(typed_lines_arrive),
        cmocka_unit_test(keys_follow_the_modes),
        cmocka_unit_test(the_terminal_answers_queries),
        cmocka_unit_test(a_resize_reaches_the_program),
        cmocka_unit_test(the_environment_is_small_and_known),
        cmocka_unit_test(a_terminal_that_is_not_handed_back_is_noticed),
        cmocka_unit_test(a_wait_that_cannot_succeed_ends),
        cmocka_unit_test(a_hang_up_is_felt),
        cmocka_unit_test(a_stubborn_program_is_ended),
        cmocka_unit_test(a_held_terminal_blocks_the_program),
        cmocka_unit_test(the_output_of_ncurses_is_what_the_checker_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
