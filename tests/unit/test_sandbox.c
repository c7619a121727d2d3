/* A helper that has been taken over: this program plays one that tries what it must not, once for each name
 * below, and the console's side must stop it and say so. The last tests look at a helper that behaves. */
#include "client/shell/sandbox.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/shell/helper.h"
#include "client/shell/wire.h"
#include "tests/support/pane.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What the console sees of a call that is not allowed. */
static const char KILLED[] = "The shell helper was killed by signal 31 (bad system call)";

/* The bad helpers. Each starts inside its sandbox, greeted. */

static void send_out(struct buf *out)
{
    wire_send(HELPER_SOCKET, out, NULL);
}

static void opens_a_file(struct buf *out)
{
    (void)out;
    int fd = open("/etc/passwd", O_RDONLY);
    _exit(fd >= 0 ? 0 : 1);
}

static void creates_a_file(struct buf *out)
{
    (void)out;
    _exit(creat("/tmp/boxtop_helper_was_here", 0600) >= 0 ? 0 : 1);
}

static void executes(struct buf *out)
{
    (void)out;
    char *argv[] = {(char *)"/bin/true", NULL};
    execve(argv[0], argv, NULL);
}

static void forks(struct buf *out)
{
    (void)out;
    fork();
}

static void makes_a_socket(struct buf *out)
{
    (void)out;
    _exit(socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 1);
}

static void connects(struct buf *out)
{
    (void)out;
    struct sockaddr address = {.sa_family = AF_UNIX};
    _exit(connect(HELPER_SOCKET, &address, sizeof address));
}

static void kills_its_console(struct buf *out)
{
    (void)out;
    kill(getppid(), SIGTERM);
}

static void traces(struct buf *out)
{
    (void)out;
    _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1);
}

static void makes_code(struct buf *out)
{
    (void)out;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    _exit(page != MAP_FAILED ? 0 : 1);
}

static void turns_data_into_code(struct buf *out)
{
    (void)out;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    _exit(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 ? 0 : 1);
}

static void copies_its_socket(struct buf *out)
{
    (void)out;
    _exit(fcntl(HELPER_SOCKET, F_DUPFD, 10) >= 0 ? 0 : 1);
}

static void takes_all_memory(struct buf *out)
{
    (void)out;
    for (size_t total = 0; total < 2 * (size_t)SANDBOX_MEMORY; total += 16 << 20) {
        char *block = malloc(16 << 20);
        if (block == NULL)
            _exit(7);
        memset(block, 1, 16 << 20);
    }
    _exit(0);
}

static void crashes(struct buf *out)
{
    (void)out;
    raise(SIGABRT);
}

static void leaves(struct buf *out)
{
    (void)out;
    _exit(5);
}

static void sends_garbage(struct buf *out)
{
    buf_add_text(out, "\x1b]52;c;aGVsbG8=\x07 and more that is no frame");
    send_out(out);
    pause();
}

static void sends_the_console_s_frame(struct buf *out)
{
    wire_put_empty(out, WIRE_READY);
    send_out(out);
    pause();
}

static void greets_twice(struct buf *out)
{
    wire_put_empty(out, WIRE_HELLO);
    send_out(out);
    pause();
}

static void opens_without_login(struct buf *out)
{
    wire_put_opened(out, 0);
    send_out(out);
    pause();
}

static void sends_a_picture(struct buf *out)
{
    struct screen_state state = {.cols = 80, .rows = 24};
    struct wire_writer writer;
    wire_rows_begin(&writer, out, &state);
    wire_finish(&writer);
}

static void sends_two_pictures(struct buf *out)
{
    sends_a_picture(out);
    sends_a_picture(out);
    send_out(out);
    pause();
}

static void sends_an_escape(struct buf *out)
{
    struct screen_state state = {.cols = 80, .rows = 24};
    struct wire_writer writer;
    wire_rows_begin(&writer, out, &state);
    buf_add(out, "\0\0\1\0\x81\x1b\0\0\0\0", 10);
    wire_finish(&writer);
    send_out(out);
    pause();
}

/* A row below the last one. */
static void sends_a_row_too_many(struct buf *out)
{
    struct screen_state state = {.cols = 80, .rows = 24};
    struct wire_writer writer;
    wire_rows_begin(&writer, out, &state);
    buf_add(out, "\x18\0\1\0a", 5);
    wire_finish(&writer);
    send_out(out);
    pause();
}

/* A picture of 4097 columns; its first two bytes are their number. */
static void sends_a_picture_too_wide(struct buf *out)
{
    sends_a_picture(out);
    memcpy(out->data + WIRE_HEAD, "\1\x10", 2);
    send_out(out);
    pause();
}

static void answers_no_question(struct buf *out)
{
    wire_put_number(out, WIRE_PONG, 77);
    send_out(out);
    pause();
}

static void ends_no_forward(struct buf *out)
{
    struct wire_forwarded forwarded = {.connection = 0, .id = 5, .state = WIRE_FORWARD_ENDED};
    wire_put_forwarded(out, &forwarded);
    wire_put_forwarded(out, &forwarded);
    out->len -= 1; /* and the second one is never whole */
    send_out(out);
    _exit(6);
}

static void ends_no_session(struct buf *out)
{
    wire_put_end(out, &(struct wire_end){.connection = 0, .exit_code = 0});
    send_out(out);
    pause();
}

static void sends_a_body_too_long(struct buf *out)
{
    buf_add(out, "\xff\xff\xff\x7f\1\0\x45\0", WIRE_HEAD);
    send_out(out);
    pause();
}

/* Sends what is allowed, and says nothing, without end. */
static void floods(struct buf *out)
{
    for (;; send_out(out))
        while (out->len < 1 << 19)
            wire_put_number(out, WIRE_PONG, 0);
}

static void floods_with_output(struct buf *out)
{
    static const char bytes[32768];
    for (;; send_out(out))
        while (out->len < 1 << 19)
            wire_put_output(out, 80, 24, bytes, sizeof bytes);
}

static void removes_a_file(struct buf *out)
{
    (void)out;
    unlink("/tmp/boxtop_helper_was_here");
}

static void becomes_traceable(struct buf *out)
{
    (void)out;
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void raises_its_limits(struct buf *out)
{
    (void)out;
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_CORE, &limit);
}

static const struct bad_helper {
    const char *name;
    void (*act)(struct buf *out);
    const char *sentence;
} bad_helpers[] = {
    {"open", opens_a_file, KILLED},
    {"create", creates_a_file, KILLED},
    {"exec", executes, KILLED},
    {"fork", forks, KILLED},
    {"socket", makes_a_socket, KILLED},
    {"connect", connects, KILLED},
    {"kill", kills_its_console, KILLED},
    {"trace", traces, KILLED},
    {"code", makes_code, KILLED},
    {"protect", turns_data_into_code, KILLED},
    {"dup", copies_its_socket, KILLED},
    {"crash", crashes, "The shell helper was killed by signal 6 (aborted)"},
    {"leave", leaves, "The shell helper ended by itself with status 5"},
    {"garbage", sends_garbage, "The shell helper was stopped: it sent bytes that are no frame"},
    {"ready", sends_the_console_s_frame, "The shell helper was stopped: it sent a frame that is not allowed"},
    {"greet", greets_twice, "The shell helper was stopped: it sent a frame that is not allowed"},
    {"opened", opens_without_login, "The shell helper was stopped: it sent a frame that is not allowed"},
    {"pictures", sends_two_pictures, "The shell helper was stopped: it sent a frame that is not allowed"},
    {"row", sends_a_row_too_many, "The shell helper was stopped: it sent a frame that is not allowed"},
    {"wide", sends_a_picture_too_wide, "The shell helper was stopped: it sent a frame that is not allowed"},
    {"pong", answers_no_question, "The shell helper was stopped: it sent a frame that is not allowed"},
    {"half", ends_no_forward, "The shell helper ended by itself with status 6"},
    {"ended", ends_no_session, "The shell helper was stopped: it sent a frame that is not allowed"},
    {"long", sends_a_body_too_long, "The shell helper was stopped: it sent bytes that are no frame"},
    {"flood", floods, "The shell helper was stopped: it sent more than anybody asked for"},
    {"output", floods_with_output, "The shell helper was stopped: it sent a frame that is not allowed"},
    {"unlink", removes_a_file, KILLED},
    {"dumpable", becomes_traceable, KILLED},
    {"limits", raises_its_limits, KILLED},
    {"escape", sends_an_escape, "The shell helper was stopped: it sent a frame that is not allowed"},
};

/* The name of the link under which we were started chooses what we do. */
static void be_bad(const char *argv0)
{
    const char *slash = strrchr(argv0, '/');
    const char *name = slash != NULL ? slash + 1 : argv0;
    struct err err;
    struct buf out;
    buf_init(&out, 1 << 20);
    if (!sandbox_enter(&err))
        _exit(99);
    wire_put_empty(&out, WIRE_HELLO);
    send_out(&out);
    if (strcmp(name, "memory") == 0)
        takes_all_memory(&out);
    for (size_t i = 0; i < sizeof bad_helpers / sizeof bad_helpers[0]; i++)
        if (strcmp(name, bad_helpers[i].name) == 0)
            bad_helpers[i].act(&out);
    _exit(98);
}

/* A shell whose helper is this program under that name; steps until it is over. */
static void ends_with(const char *name, const char *sentence)
{
    char self[PATH_MAX] = "";
    assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    char *folder = mem_dup("/tmp/boxtop_sandbox_XXXXXX");
    assert_non_null(mkdtemp(folder));
    char *program = mem_format("%s/%s", folder, name);
    assert_int_equal(symlink(self, program), 0);
    struct err err = {0};
    struct shell_options options = {
        .program = program, .box_id = "box", .host = "localhost", .port = 22, .cols = 80, .rows = 24};
    struct shell *shell = shell_new(&options, &err);
    if (shell == NULL)
        fail_msg("%s", err.text);
    pane_wait_phase(shell, SHELL_FAILED);
    if (strcmp(shell_status(shell), sentence) != 0)
        fail_msg("%s: \"%s\" is not \"%s\"", name, shell_status(shell), sentence);
    assert_int_equal(shell_fd(shell), -1);
    assert_int_equal(shell_screen(shell)->rows, 24);
    shell_free(shell);
    unlink(program);
    rmdir(folder);
    free(program);
    free(folder);
}

static void stops_every_bad_helper(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_helpers / sizeof bad_helpers[0]; i++)
        ends_with(bad_helpers[i].name, bad_helpers[i].sentence);
    assert_int_equal(access("/tmp/boxtop_helper_was_here", F_OK), -1);
}

static void limits_memory(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* their shadow memory leaves no room for a limit */
#endif
    ends_with("memory", "The shell helper ended by itself with status 7");
}

static void says_that_there_is_no_helper(void **state)
{
    (void)state;
    struct err err = {0};
    struct shell_options options = {.program = "/nowhere/boxtop",
                                    .box_id = "box",
                                    .host = "localhost",
                                    .port = 22,
                                    .cols = 80,
                                    .rows = 24};
    assert_null(shell_new(&options, &err));
    assert_int_equal(err.kind, ERR_LOCAL);
    assert_string_equal(err.text, "The shell helper could not be started: No such file or directory");
}

/* The pid of our only child. */
static pid_t child(void)
{
    char *path = mem_format("/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    free(path);
    int pid = 0;
    if (file != NULL && fscanf(file, "%d", &pid) != 1)
        pid = 0;
    if (file != NULL)
        fclose(file);
    return pid;
}

static char *proc_text(pid_t pid, const char *name)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    char *path = mem_format("/proc/%d/%s", (int)pid, name), chunk[4096];
    int fd = open(path, O_RDONLY);
    free(path);
    for (ssize_t got = 0; fd >= 0 && (got = read(fd, chunk, sizeof chunk)) > 0;)
        buf_add(&out, chunk, (size_t)got);
    if (fd >= 0)
        close(fd);
    return buf_take(&out, NULL);
}

static bool has_picture(const struct shell *shell, const void *data)
{
    (void)data;
    return shell_version(shell) > 1;
}

/* What a real helper has left once it has sent its first picture. */
static void is_locked_up(void **state)
{
    (void)state;
    int leaked = open("/dev/null", O_RDONLY); /* a descriptor somebody forgot to close */
    assert_int_equal(setenv("UPSTASH_BOX_API_KEY", "box_secret_0123456789", 1), 0);
    struct shell *shell = pane_new("box", 22, NULL);
    assert_true(pane_wait(shell, has_picture, NULL, PANE_LIMIT_MS));
    pid_t pid = child();
    if (pid == 0 || getuid() != 0) {
        shell_free(shell);
        close(leaked);
        skip(); /* only root may look into a process that is not dumpable */
    }
    char *status = proc_text(pid, "status"), *limits = proc_text(pid, "limits"),
         *env = proc_text(pid, "environ");
    assert_non_null(strstr(status, "Seccomp:\t2"));
    assert_non_null(strstr(status, "NoNewPrivs:\t1"));
    assert_non_null(strstr(limits, "Max core file size        0 "));
    assert_non_null(strstr(limits, "Max open files            64 "));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_non_null(strstr(limits, "Max address space         536870912 "));
#endif
    assert_string_equal(env, "");
    free(status);
    free(limits);
    free(env);
    for (int fd = 0; fd < 64; fd++) {
        char target[PATH_MAX] = "";
        char *path = mem_format("/proc/%d/fd/%d", (int)pid, fd);
        ssize_t len = readlink(path, target, sizeof target - 1);
        free(path);
        if (fd < HELPER_SOCKET)
            assert_string_equal(target, "/dev/null");
        else if (fd == HELPER_SOCKET)
            assert_int_equal(strncmp(target, "socket:", 7), 0);
        else
            assert_int_equal(len, -1);
    }
    shell_free(shell);
    assert_int_equal(child(), 0);
    close(leaked);
}

/* A helper that is killed leaves a pane that says so and can be started again. */
static void starts_again_after_a_kill(void **state)
{
    (void)state;
    struct shell *shell = pane_new("box", 22, NULL);
    assert_true(pane_wait(shell, has_picture, NULL, PANE_LIMIT_MS));
    assert_int_equal(kill(child(), SIGKILL), 0);
    pane_wait_phase(shell, SHELL_FAILED);
    assert_string_equal(shell_status(shell), "The shell helper was killed by signal 9 (killed)");
    int pair[2];
    struct err err = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_true(shell_connected(shell, pair[0], "box_test_key_0123456789", &err));
    assert_int_equal(shell_phase(shell), SHELL_HANDSHAKE);
    close(pair[1]); /* the server leaves at once */
    pane_wait_phase(shell, SHELL_FAILED);
    assert_string_equal(shell_status(shell), "The connection was closed during the SSH greeting");
    int64_t start = clock_ms();
    shell_free(shell);
    assert_true(clock_ms() - start <= 300);
}

int main(int argc, char **argv)
{
    if (shell_is_helper(argc, argv) && strstr(argv[0], "boxtop_sandbox_") != NULL)
        be_bad(argv[0]);
    pane_helper(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_every_bad_helper),       cmocka_unit_test(limits_memory),
        cmocka_unit_test(says_that_there_is_no_helper), cmocka_unit_test(is_locked_up),
        cmocka_unit_test(starts_again_after_a_kill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
