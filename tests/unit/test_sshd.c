/* The sshd fixture, as OpenSSH's own client sees it. */
#include "tests/support/sshd.h"

#include "client/base/mem.h"
#include "tests/support/run.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { LIMIT_MS = 20000 };

static const char BOX[] = "current-wasp-05510";
static const char KEY[] = "box_test_key_0123456789";

/* Starts one with more configuration; skips the test when this machine lacks what it takes. */
static struct sshd *start(const char *const *config, const char *const *key_types)
{
    struct err err = {0};
    struct sshd *sshd = sshd_start(
        &(struct sshd_options){.box_id = BOX, .api_key = KEY, .config = config, .key_types = key_types},
        &err);
    if (sshd == NULL && err.kind == ERR_NOT_FOUND) {
        print_message("skipped: %s\n", err.text);
        skip();
    }
    if (sshd == NULL)
        fail_msg("%s", err.text);
    return sshd;
}

static int ssh(const struct sshd *sshd, const char *key, const char *tty, const char *command,
               struct run_result *result)
{
    char *port = mem_format("%u", sshd_port(sshd)), *password = mem_format("SSHPASS=%s", key);
    const char *argv[] = {"sshpass",
                          "-e",
                          "ssh",
                          tty,
                          "-F",
                          "none",
                          "-p",
                          port,
                          "-o",
                          "StrictHostKeyChecking=no",
                          "-o",
                          "UserKnownHostsFile=/dev/null",
                          "-o",
                          "LogLevel=ERROR",
                          "-o",
                          "NumberOfPasswordPrompts=1",
                          "current-wasp-05510@127.0.0.1",
                          command,
                          NULL};
    const char *env[] = {password, NULL};
    run_program(&(struct program){.argv = argv, .env = env, .timeout_ms = LIMIT_MS}, result);
    free(port);
    free(password);
    return result->status;
}

static void a_command_runs_in_the_home_folder(void **state)
{
    (void)state;
    struct sshd *sshd = start(NULL, NULL);
    struct run_result result;
    char *wanted = mem_format("%s\n%s\n", sshd_home(sshd), BOX);
    assert_int_equal(ssh(sshd, KEY, "-T", "pwd; whoami; exit 42", &result), 42);
    assert_string_equal(buf_text(&result.out), wanted);
    run_result_done(&result);
    free(wanted);
    sshd_stop(sshd);
}

static void a_shell_has_a_pty(void **state)
{
    (void)state;
    struct sshd *sshd = start(NULL, NULL);
    struct run_result result;
    assert_int_equal(ssh(sshd, KEY, "-tt", "tty", &result), 0);
    assert_non_null(strstr(buf_text(&result.out), "/dev/pts/"));
    run_result_done(&result);
    sshd_stop(sshd);
}

static void a_wrong_key_is_refused(void **state)
{
    (void)state;
    struct sshd *sshd = start(NULL, NULL);
    struct run_result result;
    assert_int_equal(ssh(sshd, "wrong", "-T", "true", &result), 5);
    run_result_done(&result);
    char *log = sshd_log(sshd);
    assert_non_null(strstr(log, "Authentication failure"));
    free(log);
    sshd_stop(sshd);
}

static void options_win_over_the_defaults(void **state)
{
    (void)state;
    const char *config[] = {"PasswordAuthentication no", "KbdInteractiveAuthentication no",
                            "PubkeyAuthentication yes", "RekeyLimit 256K", NULL};
    struct sshd *sshd = start(config, NULL);
    struct run_result result;
    assert_int_equal(ssh(sshd, KEY, "-T", "true", &result), 255);
    assert_non_null(strstr(buf_text(&result.err), "Permission denied (publickey)"));
    run_result_done(&result);
    sshd_stop(sshd);
}

static void host_keys_are_of_the_types_asked_for(void **state)
{
    (void)state;
    const char *types[] = {"rsa", NULL};
    struct sshd *sshd = start(NULL, types);
    char *port = mem_format("%u", sshd_port(sshd)), *key = sshd_host_key(sshd, "rsa");
    const char *argv[] = {"ssh-keyscan", "-p", port, "127.0.0.1", NULL};
    struct run_result result;
    run_program(&(struct program){.argv = argv, .timeout_ms = LIMIT_MS}, &result);
    assert_non_null(strstr(buf_text(&result.out), key));
    assert_null(strstr(buf_text(&result.out), "ed25519"));
    assert_null(sshd_host_key(sshd, "ed25519"));
    run_result_done(&result);
    free(port);
    free(key);
    sshd_stop(sshd);
}

/* Also what a shell that is gone has started. */
static void nothing_is_left_behind(void **state)
{
    (void)state;
    struct sshd *sshd = start(NULL, NULL);
    struct run_result result;
    char *folder = mem_dup(sshd_home(sshd));
    assert_int_equal(ssh(sshd, KEY, "-T", "sleep 300 >/dev/null 2>&1 & echo $!", &result), 0);
    pid_t sleeper = atoi(buf_text(&result.out));
    run_result_done(&result);
    assert_true(sleeper > 1);
    assert_int_equal(kill(sleeper, 0), 0);
    sshd_stop(sshd);
    struct stat info;
    assert_int_not_equal(stat(folder, &info), 0);
    assert_int_not_equal(kill(sleeper, 0), 0);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_runs_in_the_home_folder),
        cmocka_unit_test(a_shell_has_a_pty),
        cmocka_unit_test(a_wrong_key_is_refused),
        cmocka_unit_test(options_win_over_the_defaults),
        cmocka_unit_test(host_keys_are_of_the_types_asked_for),
        cmocka_unit_test(nothing_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
