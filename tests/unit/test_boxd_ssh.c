/* boxd's SSH side as OpenSSH's own client sees it. */
#include "tests/boxd/ssh.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/pty.h"
#include "tests/support/run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { LIMIT_MS = 20000, OPTIONS_MAX = 24 };

static const char KEY[] = "box_test_key_0123456789";
static const char BOX[] = "current-wasp-05510";

struct world {
    struct ssh_server *server;
    char *folder; /* holds the host keys and the box's folder */
    char *box_folder;
    char port[8];
    atomic_int opened, closed; /* on_session */
};

static bool resolve(void *data, const char *box_id, struct ssh_box *out, struct err *err)
{
    struct world *world = data;
    if (strcmp(box_id, BOX) != 0)
        return err_set(err, ERR_NOT_FOUND, 0, "There is no box %s", box_id);
    out->folder = mem_dup(world->box_folder);
    out->env = mem_zalloc(2, sizeof *out->env);
    out->env[0] = mem_dup("BOX_ID=current-wasp-05510");
    return true;
}

static void on_session(void *data, const char *box_id, bool open)
{
    struct world *world = data;
    assert_string_equal(box_id, BOX);
    atomic_fetch_add(open ? &world->opened : &world->closed, 1);
}

static int set_up(void **state)
{
    struct world *world = mem_zalloc(1, sizeof *world);
    const char *above = getenv("TMPDIR");
    world->folder = mem_format("%s/boxd_ssh_XXXXXX", above != NULL ? above : "/tmp");
    assert_non_null(mkdtemp(world->folder));
    world->box_folder = mem_format("%s/box", world->folder);
    assert_int_equal(mkdir(world->box_folder, 0700), 0);
    struct ssh_server_options options = {.address = "127.0.0.1",
                                         .api_key = KEY,
                                         .key_dir = world->folder,
                                         .data = world,
                                         .resolve = resolve,
                                         .on_session = on_session};
    struct err err = {0};
    world->server = ssh_server_new(&options, &err);
    if (world->server == NULL)
        fail_msg("%s", err.text);
    snprintf(world->port, sizeof world->port, "%d", ssh_server_port(world->server));
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    ssh_server_free(world->server);
    assert_int_equal(atomic_load(&world->opened), atomic_load(&world->closed));
    struct run_result result;
    const char *argv[] = {"rm", "-r", world->folder, NULL};
    run_program(&(struct program){.argv = argv, .timeout_ms = LIMIT_MS}, &result);
    assert_int_equal(result.status, 0);
    run_result_done(&result);
    free(world->box_folder);
    free(world->folder);
    free(world);
    return 0;
}

/* Runs ssh with the password in SSHPASS; `options` and `command` as on its command line. */
static void ssh_as(const struct world *world, const char *user, const char *key, const char *const *options,
                   const char *command, const char *input, size_t input_len, struct run_result *result)
{
    char *login = mem_format("%s@127.0.0.1", user), *password = mem_format("SSHPASS=%s", key);
    const char *usual[] = {"-F", "none",
                           "-p", world->port,
                           "-o", "StrictHostKeyChecking=no",
                           "-o", "UserKnownHostsFile=/dev/null",
                           "-o", "LogLevel=ERROR",
                           "-o", "NumberOfPasswordPrompts=1",
                           NULL};
    const char *argv[OPTIONS_MAX + 24] = {"sshpass", "-e", "ssh"};
    size_t count = 3;
    /* ssh keeps the first value of an option: those of the test come before the usual ones. */
    for (size_t i = 0; options != NULL && options[i] != NULL && i < OPTIONS_MAX; i++)
        argv[count++] = options[i];
    for (size_t i = 0; usual[i] != NULL; i++)
        argv[count++] = usual[i];
    argv[count++] = login;
    argv[count++] = command;
    const char *env[] = {password, NULL};
    run_program(
        &(struct program){
            .argv = argv, .env = env, .input = input, .input_len = input_len, .timeout_ms = LIMIT_MS},
        result);
    free(login);
    free(password);
}

/* The usual login; the exit status, and stdout with the carriage returns of a pty removed. */
static int ssh(const struct world *world, const char *const *options, const char *command, const char *input,
               char **out)
{
    struct run_result result;
    ssh_as(world, BOX, KEY, options, command, input, input != NULL ? strlen(input) : 0, &result);
    int status = result.status;
    size_t kept = 0;
    for (size_t i = 0; i < result.out.len; i++)
        if (result.out.data[i] != '\r')
            result.out.data[kept++] = result.out.data[i];
    if (status == -1 || status == 255)
        print_message("ssh says: %s\n", buf_text(&result.err));
    *out = mem_dup_bytes(buf_text(&result.out), kept);
    run_result_done(&result);
    return status;
}

static void wait_until(const atomic_int *value, int wanted)
{
    int64_t until = clock_ms() + LIMIT_MS;
    while (atomic_load(value) != wanted && clock_ms() < until)
        poll(NULL, 0, 2);
    assert_int_equal(atomic_load(value), wanted);
}

static void a_command_runs_in_the_box_folder(void **state)
{
    struct world *world = *state;
    char *out, *wanted = mem_format("%s\n%s\n%s\n", world->box_folder, world->box_folder, BOX);
    assert_int_equal(ssh(world, NULL, "pwd; echo $HOME; echo $BOX_ID; exit 42", NULL, &out), 42);
    assert_string_equal(out, wanted);
    free(wanted);
    free(out);
    wait_until(&world->closed, 1);
}

static void nothing_of_the_service_leaks_into_the_environment(void **state)
{
    char *out;
    setenv("UPSTASH_BOX_API_KEY", KEY, 1);
    assert_int_equal(ssh(*state, NULL, "env", NULL, &out), 0);
    unsetenv("UPSTASH_BOX_API_KEY");
    assert_null(strstr(out, KEY));
    assert_non_null(strstr(out, "USER=current-wasp-05510\n"));
    free(out);
}

static void stdout_and_stderr_stay_apart(void **state)
{
    struct run_result result;
    ssh_as(*state, BOX, KEY, NULL, "echo out; echo err >&2", NULL, 0, &result);
    assert_int_equal(result.status, 0);
    assert_string_equal(buf_text(&result.out), "out\n");
    assert_string_equal(buf_text(&result.err), "err\n");
    run_result_done(&result);
}

static void a_signal_is_reported_as_one(void **state)
{
    char *out;
    assert_int_equal(ssh(*state, NULL, "kill -TERM $$", NULL, &out), 255);
    free(out);
}

static void the_end_of_stdin_arrives(void **state)
{
    char *out;
    assert_int_equal(ssh(*state, NULL, "wc -c", "0123456789", &out), 0);
    assert_string_equal(out, "10\n");
    free(out);
}

static void a_shell_has_a_pty_of_the_right_kind(void **state)
{
    const char *options[] = {"-tt", "-o", "SendEnv=LC_BOXTOP", NULL};
    char *out;
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_BOXTOP", "accepted", 1);
    assert_int_equal(
        ssh(*state, options, NULL, "stty -echo; PS1=; tty; echo $TERM $LC_BOXTOP; exit 7\n", &out), 7);
    unsetenv("LC_BOXTOP");
    assert_non_null(strstr(out, "/dev/pts/"));
    assert_non_null(strstr(out, "xterm-256color accepted\n"));
    free(out);
}

/* ssh in a terminal of its own, as an operator has it: sizes, Ctrl-C. */
static void an_interactive_shell_follows_its_terminal(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    char *path = mem_format("%s/askpass", world->folder), *askpass = mem_format("SSH_ASKPASS=%s", path);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\necho %s\n", KEY);
    fclose(file);
    assert_int_equal(chmod(path, 0700), 0);
    const char *env[] = {askpass, "SSH_ASKPASS_REQUIRE=force", NULL};
    const char *argv[] = {"ssh",
                          "-F",
                          "none",
                          "-p",
                          world->port,
                          "-o",
                          "StrictHostKeyChecking=no",
                          "-o",
                          "UserKnownHostsFile=/dev/null",
                          "-o",
                          "LogLevel=ERROR",
                          "current-wasp-05510@127.0.0.1",
                          NULL};
    struct pty *pty =
        pty_start(&(struct pty_options){.argv = argv, .env = env, .rows = 20, .cols = 70}, &err);
    assert_non_null(pty);
    pty_type(pty, "PS1='ready> '\r");
    assert_true(pty_wait_text(pty, "\nready>", PTY_LIMIT_MS));
    pty_type(pty, "echo first $(stty size); tty\r");
    assert_true(pty_wait_text(pty, "first 20 70", PTY_LIMIT_MS));
    pty_resize(pty, 31, 97);
    pty_type(pty, "until stty size | grep 31; do sleep 0.05; done; echo now $(stty size)\r");
    assert_true(pty_wait_text(pty, "now 31 97", PTY_LIMIT_MS));
    pty_type(pty, "sh -c 'echo $((40 + 2)) sleeps; exec sleep 300'\r");
    assert_true(pty_wait_text(pty, "42 sleeps", PTY_LIMIT_MS));
    pty_type(pty, "\x03"); /* Ctrl-C ends the command, not the shell */
    assert_true(pty_wait_text(pty, "^C", PTY_LIMIT_MS));
    pty_type(pty, "exit 9\r");
    int status = 0;
    assert_true(pty_wait_exit(pty, &status, PTY_LIMIT_MS));
    assert_int_equal(status, 9);
    assert_true(pty_is_clean(pty, NULL));
    pty_stop(pty);
    free(askpass);
    free(path);
}

static void keyboard_interactive_works_too(void **state)
{
    const char *options[] = {"-o", "PreferredAuthentications=keyboard-interactive", NULL};
    char *out;
    assert_int_equal(ssh(*state, options, "echo in", NULL, &out), 0);
    assert_string_equal(out, "in\n");
    free(out);
}

static void a_wrong_key_is_refused(void **state)
{
    struct world *world = *state;
    struct run_result result;
    struct ssh_counters counters;
    ssh_as(world, BOX, "box_wrong", NULL, "true", NULL, 0, &result);
    assert_int_equal(result.status, 5); /* sshpass: wrong password */
    run_result_done(&result);
    ssh_server_counters(world->server, &counters);
    assert_int_equal(counters.passwords, 1);
    assert_int_equal(counters.refused, 1);
    assert_int_equal(counters.logins, 0);
}

static void a_refused_box_says_why(void **state)
{
    struct run_result result;
    const char *options[] = {"-o", "LogLevel=INFO", NULL};
    ssh_as(*state, "no-such-box", KEY, options, "true", NULL, 0, &result);
    assert_int_not_equal(result.status, 0);
    assert_non_null(strstr(buf_text(&result.err), "There is no box no-such-box"));
    run_result_done(&result);
}

static void no_password_is_seen_before_the_host_key_is_accepted(void **state)
{
    struct world *world = *state;
    const char *argv[] = {"sshpass",     "-p",
                          KEY,           "ssh",
                          "-F",          "none",
                          "-p",          world->port,
                          "-o",          "StrictHostKeyChecking=yes",
                          "-o",          "UserKnownHostsFile=/dev/null",
                          "x@127.0.0.1", "true",
                          NULL};
    struct run_result result;
    struct ssh_counters counters;
    run_program(&(struct program){.argv = argv, .timeout_ms = LIMIT_MS}, &result);
    assert_int_not_equal(result.status, 0);
    run_result_done(&result);
    ssh_server_counters(world->server, &counters);
    assert_int_equal(counters.connections, 1);
    assert_int_equal(counters.auth_requests, 0);
    assert_int_equal(counters.passwords, 0);
}

static void host_keys_are_kept_and_printed_as_openssh_does(void **state)
{
    struct world *world = *state;
    char *path = mem_format("%s/ssh_host_ed25519_key", world->folder);
    const char *argv[] = {"ssh-keygen", "-l", "-f", path, NULL};
    struct run_result result;
    struct stat info;
    run_program(&(struct program){.argv = argv, .timeout_ms = LIMIT_MS}, &result);
    char *fingerprint = ssh_server_fingerprint(world->server, "ssh-ed25519");
    assert_non_null(strstr(buf_text(&result.out), fingerprint));
    run_result_done(&result);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    struct ssh_server_options options = {
        .address = "127.0.0.1", .api_key = KEY, .key_dir = world->folder, .data = world, .resolve = resolve};
    struct ssh_server *again = ssh_server_new(&options, NULL);
    char *same = ssh_server_fingerprint(again, "ssh-ed25519");
    assert_string_equal(same, fingerprint);
    ssh_server_free(again);
    free(same);
    free(fingerprint);
    free(path);
}

static void only_loopback_is_served(void **state)
{
    struct world *world = *state;
    struct err err = {0};
    struct ssh_server_options options = {
        .address = "0.0.0.0", .api_key = KEY, .key_dir = world->folder, .resolve = resolve};
    assert_null(ssh_server_new(&options, &err));
    assert_int_equal(err.kind, ERR_USAGE);
}

static void large_output_arrives_whole(void **state)
{
    struct run_result result;
    ssh_as(*state, BOX, KEY, NULL, "head -c 20000000 /dev/zero | tr '\\0' x", NULL, 0, &result);
    assert_int_equal(result.status, 0);
    assert_int_equal(result.out.len, 20000000);
    assert_int_equal(strspn(buf_text(&result.out), "x"), 20000000);
    run_result_done(&result);
}

static void large_input_arrives_whole(void **state)
{
    struct run_result result;
    size_t len = 10000000;
    char *bytes = mem_alloc(len);
    memset(bytes, 'y', len);
    ssh_as(*state, BOX, KEY, NULL, "sleep 0.2; tr -d '\\n' | wc -c", bytes, len, &result);
    assert_int_equal(result.status, 0);
    assert_string_equal(buf_text(&result.out), "10000000\n");
    run_result_done(&result);
    free(bytes);
}

/* Answers one connection on a loopback port. */
static void *greet_once(void *argument)
{
    int listener = *(int *)argument;
    struct pollfd wait = {.fd = listener, .events = POLLIN};
    int fd = poll(&wait, 1, LIMIT_MS) == 1 ? accept(listener, NULL, NULL) : -1;
    if (fd >= 0 && send(fd, "through the tunnel\n", 19, MSG_NOSIGNAL) < 0)
        print_message("send: %s\n", strerror(errno));
    if (fd >= 0)
        close(fd);
    return NULL;
}

static int listen_anywhere(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void a_forward_reaches_a_loopback_port(void **state)
{
    struct world *world = *state;
    int port;
    int listener = listen_anywhere(&port);
    pthread_t thread;
    struct ssh_counters counters;
    char *target = mem_format("127.0.0.1:%d", port), *out;
    assert_int_equal(pthread_create(&thread, NULL, greet_once, &listener), 0);
    const char *options[] = {"-W", target, NULL};
    assert_int_equal(ssh(world, options, NULL, NULL, &out), 0);
    assert_string_equal(out, "through the tunnel\n");
    pthread_join(thread, NULL);
    close(listener);
    ssh_server_counters(world->server, &counters);
    assert_int_equal(counters.forwards, 1);
    free(target);
    free(out);
}

static void a_forward_to_elsewhere_is_refused(void **state)
{
    char *out;
    const char *options[] = {"-W", "192.0.2.1:80", NULL};
    assert_int_equal(ssh(*state, options, NULL, NULL, &out), 255);
    free(out);
}

static void keepalives_are_answered(void **state)
{
    char *out;
    /* Three unanswered requests a second apart would end the connection before the command does. */
    const char *options[] = {"-o", "ServerAliveInterval=1", "-o", "ServerAliveCountMax=1", NULL};
    assert_int_equal(ssh(*state, options, "sleep 3.5; echo alive", NULL, &out), 0);
    assert_string_equal(out, "alive\n");
    free(out);
}

/* One client of many. */
static void *one_of_many(void *argument)
{
    struct run_result result;
    ssh_as(argument, BOX, KEY, NULL, "seq 1 20000 | tail -n 1", NULL, 0, &result);
    bool well = result.status == 0 && strcmp(buf_text(&result.out), "20000\n") == 0;
    run_result_done(&result);
    return well ? argument : NULL;
}

static void many_sessions_at_once(void **state)
{
    enum { CLIENTS = 12 };
    pthread_t threads[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, one_of_many, *state), 0);
    for (int i = 0; i < CLIENTS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        assert_non_null(result);
    }
}

/* Whether a process is there, zombies not counted. */
static bool process_lives(pid_t pid)
{
    char path[64], kind = 'X';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool read_kind = fscanf(file, "%*d (%*[^)]) %c", &kind) == 1;
    fclose(file);
    return read_kind && kind != 'Z' && kind != 'X';
}

static void the_server_leaves_no_process_behind(void **state)
{
    struct world *world = *state;
    char *out;
    /* A process that ignores the hang-up survives its shell, as on any server, but not the server. */
    const char *options[] = {"-tt", NULL};
    assert_int_equal(ssh(world, options, "trap '' HUP; sleep 300 >/dev/null 2>&1 & echo pid $!", NULL, &out),
                     0);
    pid_t pid = atoi(strstr(out, "pid ") + 4);
    free(out);
    wait_until(&world->closed, 1);
    assert_true(process_lives(pid));
    ssh_server_free(world->server);
    world->server = NULL;
    assert_false(process_lives(pid));
}

/* A client that leaves without a word takes its shell with it. */
static void a_lost_client_ends_its_command(void **state)
{
    struct world *world = *state;
    struct run_result result;
    char *file = mem_format("%s/pid", world->box_folder), text[32] = "";
    const char *argv[] = {"sshpass",
                          "-p",
                          KEY,
                          "ssh",
                          "-F",
                          "none",
                          "-p",
                          world->port,
                          "-o",
                          "StrictHostKeyChecking=no",
                          "-o",
                          "UserKnownHostsFile=/dev/null",
                          "-o",
                          "LogLevel=ERROR",
                          "current-wasp-05510@127.0.0.1",
                          "echo $$ > pid; exec sleep 300",
                          NULL};
    run_program(&(struct program){.argv = argv, .timeout_ms = 1500}, &result); /* the time-out kills ssh */
    assert_int_equal(result.status, -1);
    run_result_done(&result);
    wait_until(&world->closed, 1);
    FILE *stream = fopen(file, "re");
    assert_non_null(stream);
    assert_non_null(fgets(text, sizeof text, stream));
    fclose(stream);
    assert_false(process_lives(atoi(text)));
    free(file);
}

/* --- faults --- */

/* What a bare client reads until the server closes, `limit` bytes came or `quiet_ms` passed without any. */
static char *read_bare(const struct world *world, size_t limit, int quiet_ms, size_t *len)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons(ssh_server_port(world->server))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    char *bytes = mem_alloc(limit + 1);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    *len = 0;
    while (*len < limit && poll(&wait, 1, quiet_ms) == 1) {
        ssize_t got = read(fd, bytes + *len, limit - *len);
        if (got <= 0)
            break;
        *len += (size_t)got;
    }
    bytes[*len] = '\0';
    close(fd);
    return bytes;
}

static void faults_before_ssh_begins(void **state)
{
    struct world *world = *state;
    size_t len;
    ssh_server_set_faults(world->server, &(struct ssh_faults){.silent = true});
    char *said = read_bare(world, 10, 300, &len);
    assert_int_equal(len, 0);
    free(said);
    ssh_server_set_faults(world->server, &(struct ssh_faults){.endless_banner = true});
    said = read_bare(world, 300000, LIMIT_MS, &len);
    assert_int_equal(len, 300000);
    assert_null(strstr(said, "SSH-"));
    free(said);
    ssh_server_set_faults(world->server, &(struct ssh_faults){.version_line = "SSH-1.5-old"});
    said = read_bare(world, 13, LIMIT_MS, &len);
    assert_string_equal(said, "SSH-1.5-old\r\n");
    free(said);
    ssh_server_set_faults(world->server, &(struct ssh_faults){.greeting = "hello \x1b[31m\r\n"});
    said = read_bare(world, 26, LIMIT_MS, &len);
    assert_string_equal(said, "hello \x1b[31m\r\nSSH-2.0-boxd\r");
    free(said);
}

static void the_connection_is_cut_at_each_of_many_bytes(void **state)
{
    struct world *world = *state;
    for (size_t cut = 1; cut < 4000; cut += 157) {
        struct run_result result;
        ssh_server_set_faults(world->server, &(struct ssh_faults){.close_after = cut});
        ssh_as(world, BOX, KEY, NULL, "head -c 100000 /dev/zero", NULL, 0, &result);
        assert_int_equal(result.status, 255);
        run_result_done(&result);
    }
    ssh_server_set_faults(world->server, &(struct ssh_faults){0});
    char *out;
    assert_int_equal(ssh(world, NULL, "echo well", NULL, &out), 0);
    free(out);
}

static void other_login_methods_only(void **state)
{
    struct world *world = *state;
    struct run_result result;
    struct ssh_counters counters;
    ssh_server_set_faults(world->server,
                          &(struct ssh_faults){.publickey_only = true, .auth_banner = "keys only\r\n"});
    const char *info[] = {"-o", "LogLevel=INFO", NULL};
    ssh_as(world, BOX, KEY, info, "true", NULL, 0, &result);
    assert_int_equal(result.status, 255);
    assert_non_null(strstr(buf_text(&result.err), "Permission denied (publickey)"));
    assert_non_null(strstr(buf_text(&result.err), "keys only"));
    run_result_done(&result);
    ssh_server_counters(world->server, &counters);
    assert_int_equal(counters.passwords, 0);
    ssh_server_set_faults(world->server, &(struct ssh_faults){.interactive_only = true});
    ssh_as(world, BOX, KEY, NULL, "true", NULL, 0, &result);
    assert_int_equal(result.status, 0);
    run_result_done(&result);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_SERVER(a_command_runs_in_the_box_folder),
        WITH_SERVER(nothing_of_the_service_leaks_into_the_environment),
        WITH_SERVER(stdout_and_stderr_stay_apart),
        WITH_SERVER(a_signal_is_reported_as_one),
        WITH_SERVER(the_end_of_stdin_arrives),
        WITH_SERVER(a_shell_has_a_pty_of_the_right_kind),
        WITH_SERVER(an_interactive_shell_follows_its_terminal),
        WITH_SERVER(keyboard_interactive_works_too),
        WITH_SERVER(a_wrong_key_is_refused),
        WITH_SERVER(a_refused_box_says_why),
        WITH_SERVER(no_password_is_seen_before_the_host_key_is_accepted),
        WITH_SERVER(host_keys_are_kept_and_printed_as_openssh_does),
        WITH_SERVER(only_loopback_is_served),
        WITH_SERVER(large_output_arrives_whole),
        WITH_SERVER(large_input_arrives_whole),
        WITH_SERVER(a_forward_reaches_a_loopback_port),
        WITH_SERVER(a_forward_to_elsewhere_is_refused),
        WITH_SERVER(keepalives_are_answered),
        WITH_SERVER(many_sessions_at_once),
        WITH_SERVER(the_server_leaves_no_process_behind),
        WITH_SERVER(a_lost_client_ends_its_command),
        WITH_SERVER(faults_before_ssh_begins),
        WITH_SERVER(the_connection_is_cut_at_each_of_many_bytes),
        WITH_SERVER(other_login_methods_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
