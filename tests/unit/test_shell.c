/* A shell against boxd's SSH server: the helper is this very program. */
#include "client/shell/shell.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/shell/transcript.h"
#include "tests/boxd/ssh.h"
#include "tests/support/pane.h"
#include "tests/support/run.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char KEY[] = "box_test_key_0123456789";
static const char BOX[] = "current-wasp-05510";

struct world {
    struct ssh_server *server;
    char *folder;
    char *box_folder;
    char *known_hosts;
    uint16_t port;
};

static bool resolve(void *data, const char *box_id, struct ssh_box *out, struct err *err)
{
    struct world *world = data;
    if (strcmp(box_id, BOX) != 0)
        return err_set(err, ERR_NOT_FOUND, 0, "There is no box %s", box_id);
    out->folder = mem_dup(world->box_folder);
    return true;
}

static int set_up(void **state)
{
    struct world *world = mem_zalloc(1, sizeof *world);
    world->folder = mem_dup("/tmp/boxtop_shell_XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    world->box_folder = mem_format("%s/box", world->folder);
    world->known_hosts = mem_format("%s/known_hosts", world->folder);
    assert_int_equal(mkdir(world->box_folder, 0700), 0);
    struct ssh_server_options options = {
        .address = "127.0.0.1", .api_key = KEY, .key_dir = world->folder, .data = world, .resolve = resolve};
    struct err err = {0};
    world->server = ssh_server_new(&options, &err);
    if (world->server == NULL)
        fail_msg("%s", err.text);
    world->port = ssh_server_port(world->server);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    ssh_server_free(world->server);
    struct run_result result;
    const char *argv[] = {"rm", "-r", world->folder, NULL};
    run_program(&(struct program){.argv = argv, .timeout_ms = PANE_LIMIT_MS}, &result);
    run_result_done(&result);
    free(world->known_hosts);
    free(world->box_folder);
    free(world->folder);
    free(world);
    return 0;
}

static struct shell *opened(const struct world *world)
{
    struct shell *shell = pane_new(BOX, world->port, world->known_hosts);
    pane_open(shell, world->port, KEY);
    return shell;
}

static struct ssh_counters counters(const struct world *world)
{
    struct ssh_counters counters;
    ssh_server_counters(world->server, &counters);
    return counters;
}

/* Life. */

static void types_and_ends(void **state)
{
    struct shell *shell = opened(*state);
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
    struct shell *shell = opened(*state);
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
    struct shell *shell = opened(*state);
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
    const struct world *world = *state;
    struct shell *shell = opened(world);
    pane_type(shell, "echo first\\ life; exit\n");
    pane_wait_phase(shell, SHELL_CLOSED);
    pane_connect(shell, world->port, KEY);
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
    const struct world *world = *state;
    if (getuid() != 0)
        skip(); /* only root may look into a process that is not dumpable */
    struct shell *shell = opened(world);
    assert_true(count_in_memory(helper_pid(), BOX) > 0);
    assert_int_equal(count_in_memory(helper_pid(), KEY), 0);
    pane_type(shell, "exit\n");
    pane_wait_phase(shell, SHELL_CLOSED);
    pane_connect(shell, world->port, secret); /* a refused one leaves none either */
    pane_wait_phase(shell, SHELL_FAILED);
    assert_int_equal(count_in_memory(helper_pid(), secret), 0);
    shell_free(shell);
}

static void pastes_much(void **state)
{
    enum { LEN = 1 << 20 };
    struct shell *shell = opened(*state);
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
    struct shell *shell = opened(*state);
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
    struct shell *shell = opened(*state);
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
    struct shell *shell = opened(*state);
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
    struct shell *shell = opened(*state);
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

/* Trust. */

static void asks_for_an_unknown_key(void **state)
{
    const struct world *world = *state;
    struct shell *shell = pane_new(BOX, world->port, world->known_hosts);
    pane_connect(shell, world->port, KEY);
    pane_wait_phase(shell, SHELL_HOST_KEY);
    const struct host_key_question *question = shell_question(shell);
    char *fingerprint = ssh_server_fingerprint(world->server, "ssh-ed25519");
    assert_string_equal(question->type, "ssh-ed25519");
    assert_string_equal(question->fingerprint, fingerprint);
    assert_string_equal(question->host, "127.0.0.1");
    free(fingerprint);
    shell_answer_host_key(shell, false);
    pane_wait_phase(shell, SHELL_FAILED);
    assert_int_equal(shell_error(shell)->kind, ERR_HOST_KEY);
    shell_free(shell);
    assert_int_equal(counters(world).auth_requests, 0);
    assert_int_equal(counters(world).passwords, 0);
    assert_int_equal(access(world->known_hosts, F_OK), -1);
}

/* The last step was long ago when the operator decides: the limits of the login start then. */
static void gives_the_operator_time(void **state)
{
    const struct world *world = *state;
    struct shell *shell = pane_new(BOX, world->port, world->known_hosts);
    pane_connect(shell, world->port, KEY);
    pane_wait_phase(shell, SHELL_HOST_KEY);
    shell_step(shell, clock_ms() - 60000);
    shell_answer_host_key(shell, true);
    pane_wait_phase(shell, SHELL_OPEN);
    shell_free(shell);
}

static void remembers_an_accepted_key(void **state)
{
    const struct world *world = *state;
    shell_free(opened(world));
    struct stat status;
    assert_int_equal(stat(world->known_hosts, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    struct shell *shell = pane_new(BOX, world->port, world->known_hosts);
    pane_connect(shell, world->port, KEY);
    pane_wait_phase(shell, SHELL_OPEN);
    shell_free(shell);
}

static void refuses_a_changed_key(void **state)
{
    const struct world *world = *state;
    FILE *file = fopen(world->known_hosts, "w");
    fprintf(file,
            "# mine\n[127.0.0.1]:%d ssh-ed25519 "
            "AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS\n",
            world->port);
    fclose(file);
    struct shell *shell = pane_new(BOX, world->port, world->known_hosts);
    pane_connect(shell, world->port, KEY);
    pane_wait_phase(shell, SHELL_FAILED);
    const struct err *err = shell_error(shell);
    char *fingerprint = ssh_server_fingerprint(world->server, "ssh-ed25519");
    char *place = mem_format("%s:2 ", world->known_hosts);
    assert_int_equal(err->kind, ERR_HOST_KEY);
    assert_non_null(strstr(err->text, fingerprint));
    assert_non_null(strstr(err->text, place));
    shell_answer_host_key(shell, true);
    assert_int_equal(shell_phase(shell), SHELL_FAILED);
    free(place);
    free(fingerprint);
    shell_free(shell);
    assert_int_equal(counters(world).auth_requests, 0);
}

/* Refusals. */

static void stops_after_three_wrong_keys(void **state)
{
    const struct world *world = *state;
    shell_free(opened(world));
    struct shell *shell = pane_new(BOX, world->port, world->known_hosts);
    for (int i = 0; i < 3; i++) {
        pane_connect(shell, world->port, "box_wrong_key_9876543210");
        pane_wait_phase(shell, SHELL_FAILED);
        assert_int_equal(shell_error(shell)->kind, ERR_AUTH);
    }
    struct err err;
    assert_false(shell_connected(shell, dup(0), "box_wrong_key_9876543210", &err));
    assert_int_equal(err.kind, ERR_AUTH);
    shell_free(shell);
    assert_int_equal(counters(world).refused, 3);
}

static void fails_with(const struct world *world, const struct ssh_faults *faults, enum err_kind kind,
                       const char *words)
{
    ssh_server_set_faults(world->server, faults);
    struct err err = {0};
    struct shell_options options = {
        .program = "/proc/self/exe",
        .box_id = BOX,
        .host = "127.0.0.1",
        .port = world->port,
        .cols = 80,
        .rows = 24,
        .own_known_hosts = world->known_hosts,
        .limits = {.banner_ms = 500, .login_ms = 1500},
    };
    struct shell *shell = shell_new(&options, &err);
    assert_non_null(shell);
    pane_connect(shell, world->port, KEY);
    pane_wait_phase(shell, SHELL_FAILED);
    if (shell_error(shell)->kind != kind || strstr(shell_status(shell), words) == NULL)
        fail_msg("kind %d: %s", (int)shell_error(shell)->kind, shell_status(shell));
    shell_free(shell);
}

static void names_the_step_that_failed(void **state)
{
    const struct world *world = *state;
    shell_free(opened(world));
    fails_with(world, &(struct ssh_faults){.silent = true}, ERR_TIMEOUT, "greeting");
    fails_with(world, &(struct ssh_faults){.endless_banner = true}, ERR_PROTOCOL, "does not speak SSH");
    fails_with(world, &(struct ssh_faults){.version_line = "HTTP/1.1 400"}, ERR_TIMEOUT, "greeting");
    fails_with(world, &(struct ssh_faults){.version_line = "SSH-2.0-mute"}, ERR_TIMEOUT, "key exchange");
    fails_with(world, &(struct ssh_faults){.publickey_only = true}, ERR_AUTH, "use ssh");
    fails_with(world, &(struct ssh_faults){.interactive_only = true}, ERR_AUTH, "use ssh");
    assert_int_equal(counters(world).passwords, 1);
}

static bool is_over_or_open(const struct shell *shell, const void *data)
{
    (void)data;
    return shell_phase(shell) >= SHELL_OPEN;
}

/* Wherever the server leaves on the way to a shell, the pane says at which step. */
static void survives_a_cut_at_many_points(void **state)
{
    const struct world *world = *state;
    shell_free(opened(world));
    for (size_t cut = 1; cut < 2400; cut += 40) {
        ssh_server_set_faults(world->server, &(struct ssh_faults){.close_after = cut});
        struct shell *shell = pane_new(BOX, world->port, world->known_hosts);
        pane_connect(shell, world->port, KEY);
        assert_true(pane_wait(shell, is_over_or_open, NULL, PANE_LIMIT_MS));
        if (shell_phase(shell) == SHELL_FAILED && strstr(shell_status(shell), " during the ") == NULL)
            fail_msg("cut after %zu: %s", cut, shell_status(shell));
        shell_free(shell);
    }
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
        cmocka_unit_test_setup_teardown(asks_for_an_unknown_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_the_operator_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(remembers_an_accepted_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_a_changed_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stops_after_three_wrong_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_the_step_that_failed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_a_cut_at_many_points, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forgets_the_key_after_the_login, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pastes_much, set_up, tear_down),
        cmocka_unit_test_setup_teardown(transcribes_all_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(transcribes_through_resizes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(transcribes_soft_wraps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forgets_a_transcript, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
