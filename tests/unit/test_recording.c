/* Recordings of a shell, and the watch on its helper, against boxd's SSH server: the helper is this very
 * program. */
#include "client/shell/recording.h"
#include "client/shell/shell.h"

#include "client/base/clock.h"
#include "client/base/log.h"
#include "client/base/mem.h"
#include "client/shell/emulator.h"
#include "tests/support/gateway.h"
#include "tests/support/pane.h"
#include "tests/support/story.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char KEY[] = "box_canary_key_0123456789";

struct world {
    struct gateway *gateway;
    char *cast;
};

static int set_up(void **state)
{
    struct world *world = mem_zalloc(1, sizeof *world);
    world->gateway = gateway_new(KEY);
    world->cast = mem_format("%s/shell.cast", world->gateway->folder);
    log_hide_secret(KEY);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    gateway_free(world->gateway);
    free(world->cast);
    free(world);
    return 0;
}

/* ---- the file ---- */

/* Feeds a recording to a terminal as a player does. */
static struct emulator *replay(const char *cast, int *cols, int *rows)
{
    json_t *head = NULL;
    struct emulator *emulator = NULL;
    for (const char *line = cast; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        json_t *event = json_loadb(line, len, 0, NULL);
        if (event == NULL)
            fail_msg("not JSON: %.*s", (int)len, line);
        if (head == NULL) {
            head = event;
            assert_int_equal(json_integer_value(json_object_get(head, "version")), 2);
            *cols = (int)json_integer_value(json_object_get(head, "width"));
            *rows = (int)json_integer_value(json_object_get(head, "height"));
            emulator = emulator_new(*cols, *rows, 1000);
        } else {
            const char *code = json_string_value(json_array_get(event, 1));
            const char *data = json_string_value(json_array_get(event, 2));
            if (code[0] == 'o')
                emulator_write(emulator, data, strlen(data));
            else if (sscanf(data, "%dx%d", cols, rows) == 2)
                emulator_resize(emulator, *cols, *rows);
            json_decref(event);
        }
        line += len + (line[len] == '\n');
    }
    assert_non_null(emulator);
    json_decref(head);
    return emulator;
}

static bool same_cells(const struct cell *a, const struct cell *b)
{
    uint32_t left = a->ch != 0 ? a->ch : ' ', right = b->ch != 0 ? b->ch : ' ';
    return left == right && memcmp(a->marks, b->marks, sizeof a->marks) == 0 &&
           style_equal(a->style, b->style);
}

static void is_the_screen(const char *cast, const struct shell *shell)
{
    int cols = 0, rows = 0;
    struct emulator *emulator = replay(cast, &cols, &rows);
    const struct screen_state *state = shell_screen(shell);
    struct screen_state other;
    emulator_state(emulator, &other);
    assert_int_equal(cols, state->cols);
    assert_int_equal(rows, state->rows);
    assert_int_equal(other.cursor_row, state->cursor_row);
    assert_int_equal(other.cursor_col, state->cursor_col);
    assert_int_equal(other.alternate, state->alternate);
    struct cell *cells = mem_zalloc((size_t)cols, sizeof *cells);
    for (int row = 0; row < rows; row++) {
        emulator_row(emulator, row, cells);
        for (int col = 0; col < cols; col++)
            if (!same_cells(&cells[col], &shell_row(shell, row)[col]))
                fail_msg("row %d, column %d differs: %x, not %x", row, col, cells[col].ch,
                         shell_row(shell, row)[col].ch);
    }
    free(cells);
    emulator_free(emulator);
}

static void replays_to_the_same_screen(void **state)
{
    const struct world *world = *state;
    struct shell *shell = gateway_shell(world->gateway);
    struct err err;
    size_t len;
    pane_type(shell,
              "PS1='> '; printf '\\033[31;1mred\\033[m \\344 \\xe6\\xb0\\xb4 e\\xcc\\x81 end-%d\\n' 1\n");
    pane_wait_text(shell, "end-1");
    assert_true(shell_record(shell, world->cast, 0, &err));
    assert_false(shell_record(shell, world->cast, 0, &err));
    struct stat status;
    assert_int_equal(stat(world->cast, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    pane_type(shell, "printf '\\033[48;2;1;2;3mdeep\\033[m\\342\\224\\200 end-%d\\n' 2\n");
    pane_wait_text(shell, "end-2");
    shell_resize(shell, 60, 20);
    pane_type(shell, "stty size\n");
    pane_wait_text(shell, "20 60");
    pane_type(shell, "seq 300; printf '\\033[?1049hfull \\342\\234\\223 end-%d' 3; sleep 60\n");
    pane_wait_text(shell, "end-3");
    assert_true(shell_record_end(shell, &err));
    char *cast = story_read(world->cast, &len);
    is_the_screen(cast, shell);
    free(cast);
    shell_free(shell);
}

/* The key in any form the box may print it, in one piece, letter by letter, and cut off by the end. */
static void masks_the_key(void **state)
{
    const struct world *world = *state;
    struct shell *shell = gateway_shell(world->gateway);
    struct err err;
    size_t len;
    assert_true(shell_record(shell, world->cast, 0, &err));
    pane_type(shell, "PS1=; k=");
    pane_type(shell, KEY);
    pane_type(shell, "; clear; echo \"$k\" end-$((1))\n");
    pane_wait_text(shell, "end-1");
    pane_type(shell, "printf %s \"$k\" | base64; printf %s \"$k\" | od -An -tx1 | tr -d ' \\n'; "
                     "for i in $(seq ${#k}); do printf %s \"${k:i-1:1}\"; sleep 0.01; done; "
                     "echo; echo end-$((2))\n");
    pane_wait_text(shell, "end-2");
    pane_type(shell, "clear; echo end-$((3)); printf %s \"${k%9}\"; sleep 60\n");
    pane_wait_text(shell, "end-3");
    pane_wait_text(shell, "box_canary_key_012345678");
    assert_true(shell_record_end(shell, &err));
    char *cast = story_read(world->cast, &len);
    if (strstr(cast, "canary_key") != NULL)
        fail_msg("the key is in the recording:\n%s", cast);
    assert_null(strstr(cast, "Y2FuYXJ5X2tl")); /* base64 of its middle */
    assert_null(strstr(cast, "63616e6172795f"));
    assert_non_null(strstr(cast, "*** end-1"));
    assert_non_null(strstr(cast, "end-3"));
    free(cast);
    shell_free(shell);
}

/* ---- the file, by itself ---- */

/* The recording of an output that comes in pieces of `step` bytes. */
static char *recorded(const struct world *world, const char *bytes, size_t len, size_t step)
{
    struct err err = {0};
    size_t size;
    unlink(world->cast);
    struct recording *recording = recording_new(world->cast, "box", 80, 24, 0, 0, &err);
    assert_non_null(recording);
    for (size_t at = 0; at < len; at += step)
        assert_true(recording_add(recording, 80, 24, bytes + at, len - at < step ? len - at : step, 1, &err));
    assert_true(recording_close(recording, &err));
    return story_read(world->cast, &size);
}

/* The key is masked in pieces of every size, and whatever stands between its letters; what stands there is
 * kept. */
static void masks_a_key_in_disguise(void **state)
{
    static const char *const between[] = {
        "",       "\x1b[1m",         "\x1b[38;2;1;2;3m", "\r\n", "\x1b]0;title\a",
        "\x1b(B", "\x1b]8;;x\x1b\\", "\x1b[12;40H",      "\b"};
    const struct world *world = *state;
    for (size_t i = 0; i < sizeof between / sizeof between[0]; i++) {
        struct buf out;
        buf_init(&out, 1 << 16);
        buf_add_text(&out, "before ");
        for (const char *c = KEY; *c != '\0'; c++) {
            buf_add_byte(&out, *c);
            buf_add_text(&out, between[i]);
        }
        buf_add_text(&out, " behind");
        for (size_t step = 1; step <= out.len; step++) {
            char *cast = recorded(world, buf_text(&out), out.len, step);
            char *visible = mem_dup("");
            /* The letters of all output lines, less what JSON writes around and for control characters. */
            for (char *line = strchr(cast, '\n') + 1; *line != '\0'; line = strchr(line, '\n') + 1) {
                const char *text = strstr(line, "\"o\", \"") + 6;
                char *more = mem_format("%s%.*s", visible, (int)(strstr(text, "\"]\n") - text), text);
                free(visible);
                visible = more;
            }
            if (strncmp(visible, "before ***", 10) != 0 || strstr(visible, " behind") == NULL ||
                strstr(cast, "canary") != NULL)
                fail_msg("case %zu, pieces of %zu: %s", i, step, visible);
            free(visible);
            free(cast);
        }
        buf_done(&out);
    }
}

/* An escape sequence that never ends holds back no more than a little. */
static void does_not_wait_for_ever(void **state)
{
    const struct world *world = *state;
    struct err err = {0};
    static char title[100000];
    memset(title, 'x', sizeof title);
    memcpy(title, "\x1b]0;", 4);
    struct recording *recording = recording_new(world->cast, "box", 80, 24, 0, 0, &err);
    assert_true(recording_add(recording, 80, 24, title, sizeof title, 1, &err));
    assert_true(recording_size(recording) > sizeof title - (32 << 10));
    assert_true(recording_close(recording, &err));
}

/* Whatever has the name already stays as it is: a file, a link to nowhere. */
static void takes_the_place_of_nothing(void **state)
{
    const struct world *world = *state;
    struct err err = {0};
    assert_int_equal(symlink("/tmp/boxtop_recording_nowhere", world->cast), 0);
    assert_null(recording_new(world->cast, "box", 80, 24, 0, 0, &err));
    assert_non_null(strstr(err.text, "was not begun"));
    assert_int_equal(access("/tmp/boxtop_recording_nowhere", F_OK), -1);
    unlink(world->cast);
    free(recorded(world, "first", 5, 5));
    assert_null(recording_new(world->cast, "box", 80, 24, 0, 0, &err));
    size_t len;
    char *cast = story_read(world->cast, &len);
    assert_non_null(strstr(cast, "first"));
    free(cast);
}

/* A disk that is full ends the recording, and it is said. */
static void says_that_the_disk_is_full(void **state)
{
    const struct world *world = *state;
    struct err err = {0};
    struct rlimit before, small;
    static char bytes[4096];
    memset(bytes, 'x', sizeof bytes);
    struct recording *recording = recording_new(world->cast, "box", 80, 24, 0, 0, &err);
    assert_non_null(recording);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 20000, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int added = 0;
    while (added < 100 && recording_add(recording, 80, 24, bytes, sizeof bytes, 1, &err))
        added++;
    struct err last = {0};
    bool closed = recording_close(recording, &last);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(added > 0 && added < 100);
    assert_false(closed);
    assert_non_null(strstr(err.text, world->cast));
    assert_non_null(strstr(err.text, "what was written before stays"));
}

/* A flood is recorded whole or up to the cap, the file stays below it, and the shell lives on. */
static void ends_at_its_cap(void **state)
{
    enum { LIMIT = 4 << 20 };
    const struct world *world = *state;
    struct shell *shell = gateway_shell(world->gateway);
    struct err err;
    struct stat status;
    assert_true(shell_record(shell, world->cast, LIMIT, &err));
    pane_type(shell, "yes 0123456789012345678901234567890123456789 | head -c 16000000; echo end-$((1))\n");
    pane_wait_text(shell, "end-1");
    assert_null(shell_recording(shell));
    assert_true(shell_record_trouble(shell, &err));
    assert_non_null(strstr(err.text, "4 MiB"));
    assert_false(shell_record_trouble(shell, &err));
    assert_int_equal(stat(world->cast, &status), 0);
    assert_true(status.st_size <= LIMIT && status.st_size > LIMIT / 2);
    shell_free(shell);
}

/* ---- the watch ---- */

/* The helper is this process's only child that is this very program. */
static pid_t find_helper(void)
{
    DIR *proc = opendir("/proc");
    pid_t found = 0;
    for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        char *path = mem_format("/proc/%s/stat", entry->d_name);
        FILE *file = atoi(entry->d_name) > 0 ? fopen(path, "r") : NULL;
        int parent = 0;
        if (file != NULL && fscanf(file, "%*d (%*[^)]) %*c %d", &parent) == 1 && parent == getpid())
            found = atoi(entry->d_name);
        if (file != NULL)
            fclose(file);
        free(path);
    }
    closedir(proc);
    return found;
}

static bool is_silent(const struct shell *shell, const void *wanted)
{
    return (shell_silence(shell) > 0) == *(const bool *)wanted;
}

static void notices_a_helper_that_hangs(void **state)
{
    const struct world *world = *state;
    const bool yes = true, no = false;
    struct err err = {0};
    struct shell_options options = {.program = "/proc/self/exe",
                                    .box_id = GATEWAY_BOX,
                                    .host = "127.0.0.1",
                                    .port = world->gateway->port,
                                    .cols = 80,
                                    .rows = 24,
                                    .own_known_hosts = world->gateway->known_hosts,
                                    .limits = {.answer_ms = 300}};
    struct shell *shell = shell_new(&options, &err);
    assert_non_null(shell);
    pid_t helper = find_helper();
    assert_true(helper > 0);
    pane_open(shell, world->gateway->port, KEY);
    assert_int_equal(shell_silence(shell), 0);
    assert_int_equal(kill(helper, SIGSTOP), 0);
    pane_type(shell, "x");
    assert_true(pane_wait(shell, is_silent, &yes, PANE_LIMIT_MS));
    assert_int_equal(shell_phase(shell), SHELL_OPEN);
    assert_int_equal(kill(helper, SIGCONT), 0);
    assert_true(pane_wait(shell, is_silent, &no, PANE_LIMIT_MS));
    assert_int_equal(kill(helper, SIGSTOP), 0);
    int64_t before = clock_ms();
    shell_free(shell); /* ends it although it does not listen */
    assert_true(clock_ms() - before < 2000);
}

int main(int argc, char **argv)
{
    pane_helper(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replays_to_the_same_screen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(masks_the_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(masks_a_key_in_disguise, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_wait_for_ever, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_the_place_of_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_that_the_disk_is_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_at_its_cap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(notices_a_helper_that_hangs, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
