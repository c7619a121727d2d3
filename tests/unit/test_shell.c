/* A shell against boxd's SSH server: the helper is this very program. */
#include "client/shell/shell.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/shell/transcript.h"
#include "tests/support/gateway.h"
#include "tests/support/pane.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char KEY[] = "box_test_key_0123456789";
static const char BOX[] = GATEWAY_BOX;

static int set_up(void **state)
{
    *state = gateway_new(KEY);
    return 0;
}

static int tear_down(void **state)
{
    gateway_free(*state);
    return 0;
}

static void types_and_ends(void **state)
{
    struct shell *shell = gateway_shell(*state);
    pane_type(shell, "echo $((6 * 7))-$TERM-$COLORTERM\n");
    pane_wait_text(shell, "42-xterm-256color-truecolor");
    pane_type(shell, "exit 7\n");
    pane_wait_phase(shell, SHELL_CLOSED);
    const char *signal;
    assert_int_equal(shell_exit_code(shell, &signal), 7);
    assert_string_equal(signal, "");
    assert_string_equal(shell_status(shell), "The shell ended with exit code 7");
    shell_free(shell);
}

static void says_the_signal(void **state)
{
    struct shell *shell = gateway_shell(*state);
    pane_type(shell, "kill -KILL $$\n");
    pane_wait_phase(shell, SHELL_CLOSED);
    const char *signal;
    assert_int_equal(shell_exit_code(shell, &signal), -1);
    assert_string_equal(signal, "KILL");
    assert_string_equal(shell_status(shell), "The shell was ended by signal KILL");
    shell_free(shell);
}

static void tells_the_box_its_size(void **state)
{
    struct shell *shell = gateway_shell(*state);
    pane_type(shell, "stty size\n");
    pane_wait_text(shell, "24 80");
    shell_resize(shell, 100, 30);
    shell_resize(shell, 101, 31);
    pane_type(shell, "stty size\n");
    pane_wait_text(shell, "31 101");
    assert_int_equal(shell_screen(shell)->rows, 31);
    assert_int_equal(shell_screen(shell)->cols, 101);
    shell_free(shell);
}

static void opens_again_with_its_picture(void **state)
{
    const struct gateway *gateway = *state;
    struct shell *shell = gateway_shell(gateway);
    pane_type(shell, "echo first\\ life; exit\n");
    pane_wait_phase(shell, SHELL_CLOSED);
    pane_connect(shell, gateway->port, KEY);
    pane_wait_phase(shell, SHELL_OPEN);
    pane_type(shell, "echo second\\ life\n");
    pane_wait_text(shell, "second life");
    pane_wait_text(shell, "first life");
    shell_free(shell);
}

/* How often a text stands in what a process may read of its memory. */
static int count_in_memory(pid_t pid, const char *text)
{
    char *maps_path = mem_format("/proc/%d/maps", (int)pid), *mem_path = mem_format("/proc/%d/mem", (int)pid);
    FILE *maps = fopen(maps_path, "re"), *memory = fopen(mem_path, "re");
    char line[512], *bytes = mem_alloc(64 << 20);
    unsigned long from, to;
    int count = 0;
    if (maps == NULL || memory == NULL)
        fail_msg("the helper's memory cannot be read");
    setvbuf(memory, NULL, _IONBF, 0);
    while (fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%lx-%lx rw", &from, &to) != 2 || strstr(line, " rw") == NULL ||
            to - from > 64 << 20 || fseek(memory, (long)from, SEEK_SET) != 0)
            continue;
        size_t len = fread(bytes, 1, to - from, memory);
        for (const char *at = bytes;
             (at = memmem(at, (size_t)(bytes + len - at), text, strlen(text))) != NULL; at++)
            count++;
    }
    fclose(maps);
    fclose(memory);
    free(bytes);
    free(maps_path);
    free(mem_path);
    return count;
}

/* The pid of our only child. */
static pid_t helper_pid(void)
{
    char *path = mem_format("/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "re");
    int pid = 0;
    if (file == NULL || fscanf(file, "%d", &pid) != 1)
        fail_msg("there is no helper");
    fclose(file);
    free(path);
    return pid;
}

/* Once it has logged in, the helper has no copy of the key left; the box's id shows that the search works. */
static void forgets_the_key_after_the_login(void **state)
{
    static const char secret[] = "box_secret_9f8e7d6c5b4a3210";
    const struct gateway *gateway = *state;
    if (getuid() != 0)
        skip(); /* only root may look into a process that is not dumpable */
    struct shell *shell = gateway_shell(gateway);
    assert_true(count_in_memory(helper_pid(), BOX) > 0);
    assert_int_equal(count_in_memory(helper_pid(), KEY), 0);
    pane_type(shell, "exit\n");
    pane_wait_phase(shell, SHELL_CLOSED);
    pane_connect(shell, gateway->port, secret); /* a refused one leaves none either */
    pane_wait_phase(shell, SHELL_FAILED);
    assert_int_equal(count_in_memory(helper_pid(), secret), 0);
    shell_free(shell);
}

static void pastes_much(void **state)
{
    enum { LEN = 1 << 20 };
    struct shell *shell = gateway_shell(*state);
    pane_type(shell, "stty raw -echo; echo rea''dy; head -c 1048576 | md5sum; stty sane\n");
    pane_wait_text(shell, "ready");
    char *text = mem_alloc(LEN);
    for (size_t i = 0; i < LEN; i++)
        text[i] = (char)('a' + i % 23);
    assert_true(shell_paste(shell, text, LEN));
    free(text);
    pane_wait_text(shell, "533a48f35353adab3e38debd0f73ed56");
    shell_free(shell);
}

/* ---- transcripts ---- */

static bool has_transcript(const struct shell *shell, const void *data)
{
    (void)data;
    return transcript_complete(shell_transcript(shell));
}

/* The line's text, ASCII only. */
static char *line_text(const struct transcript *transcript, uint64_t line, bool *continued)
{
    struct cell cells[WIRE_COLS_MAX];
    int used = transcript_read(transcript, line, cells, continued);
    char *text = mem_zalloc((size_t)used + 1, 1);
    for (int col = 0; col < used; col++)
        text[col] = cells[col].ch == 0 ? ' ' : (char)cells[col].ch;
    return text;
}

/* Several answers long; what comes meanwhile is not in it. */
static void transcribes_all_lines(void **state)
{
    struct shell *shell = gateway_shell(*state);
    pane_type(shell, "seq -f 'line %05g 0123456789 0123456789 0123456789 0123456789' 9000; echo en\\d\n");
    pane_wait_text(shell, "end");
    shell_transcribe(shell);
    pane_type(shell, "seq 100; echo la\\ter\n");
    assert_true(pane_wait(shell, has_transcript, NULL, PANE_LIMIT_MS));
    pane_wait_text(shell, "later");
    const struct transcript *transcript = shell_transcript(shell);
    assert_int_equal(transcript_cols(transcript), 80);
    unsigned expected = 1;
    for (uint64_t line = transcript_first(transcript); line < transcript_stop(transcript); line++) {
        unsigned number;
        char *text = line_text(transcript, line, NULL);
        if (sscanf(text, "line %u 0", &number) == 1)
            assert_int_equal(number, expected++);
        assert_null(strstr(text, "later"));
        free(text);
    }
    assert_int_equal(expected, 9001);
    shell_free(shell);
}

static uint64_t lines_of(const struct transcript *transcript)
{
    return transcript_stop(transcript) - transcript_first(transcript);
}

static bool has_more_lines(const struct shell *shell, const void *data)
{
    const struct transcript *transcript = shell_transcript(shell);
    return transcript_complete(transcript) || lines_of(transcript) > *(const uint64_t *)data;
}

/* The shell changes its width between each two answers: no line is lost, cut or there twice. */
static void transcribes_through_resizes(void **state)
{
    struct shell *shell = gateway_shell(*state);
    pane_type(shell, "seq -f 'line %05g 0123456789 0123456789 0123456789 0123456789' 9000; echo en\\d\n");
    pane_wait_text(shell, "end");
    shell_transcribe(shell);
    const struct transcript *transcript = shell_transcript(shell);
    assert_true(pane_wait(shell, has_more_lines, &(uint64_t){0}, PANE_LIMIT_MS));
    static const int widths[] = {33, 120, 2, 80, 57};
    size_t resizes = 0;
    while (!transcript_complete(transcript)) {
        uint64_t lines = lines_of(transcript);
        shell_resize(shell, widths[resizes++ % (sizeof widths / sizeof widths[0])], 24);
        assert_true(pane_wait(shell, has_more_lines, &lines, PANE_LIMIT_MS));
    }
    assert_true(resizes > 2);
    unsigned expected = 1;
    struct buf line;
    buf_init(&line, 1 << 20);
    for (uint64_t at = transcript_first(transcript); at < transcript_stop(transcript); at++) {
        bool continued;
        char *text = line_text(transcript, at, &continued);
        unsigned number;
        if (!continued) {
            if (sscanf(buf_text(&line), "line %u 0", &number) == 1) {
                assert_int_equal(number, expected++);
                assert_int_equal(line.len, strlen("line 00001 0123456789 0123456789 0123456789 0123456789"));
            }
            buf_clear(&line);
        }
        buf_add_text(&line, text);
        free(text);
    }
    assert_int_equal(expected, 9001);
    buf_done(&line);
    shell_free(shell);
}

static void transcribes_soft_wraps(void **state)
{
    struct shell *shell = gateway_shell(*state);
    pane_type(shell, "printf '%0100d\\n' 7; echo en\\d\n");
    pane_wait_text(shell, "end");
    shell_transcribe(shell);
    assert_true(pane_wait(shell, has_transcript, NULL, PANE_LIMIT_MS));
    const struct transcript *transcript = shell_transcript(shell);
    bool found = false;
    for (uint64_t line = transcript_first(transcript); line < transcript_stop(transcript); line++) {
        bool continued;
        char *text = line_text(transcript, line, &continued);
        if (strcmp(text, "00000000000000000007") == 0) {
            assert_true(continued);
            found = true;
        } else {
            assert_false(continued && strncmp(text, "end", 3) == 0);
        }
        free(text);
    }
    assert_true(found);
    shell_free(shell);
}

/* A transcript that is forgotten while its answers are on the way disturbs neither the shell nor the next. */
static void forgets_a_transcript(void **state)
{
    struct shell *shell = gateway_shell(*state);
    pane_type(shell, "seq 5000; echo en\\d\n");
    pane_wait_text(shell, "end");
    for (int i = 0; i < 5; i++)
        shell_transcribe(shell);
    shell_forget_transcript(shell);
    assert_null(shell_transcript(shell));
    pane_type(shell, "echo al\\ive\n");
    pane_wait_text(shell, "alive");
    shell_transcribe(shell);
    assert_true(pane_wait(shell, has_transcript, NULL, PANE_LIMIT_MS));
    assert_int_equal(shell_phase(shell), SHELL_OPEN);
    shell_free(shell);
}

int main(int argc, char **argv)
{
    pane_helper(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(types_and_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_the_signal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_the_box_its_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(opens_again_with_its_picture, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forgets_the_key_after_the_login, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pastes_much, set_up, tear_down),
        cmocka_unit_test_setup_teardown(transcribes_all_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(transcribes_through_resizes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(transcribes_soft_wraps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forgets_a_transcript, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
