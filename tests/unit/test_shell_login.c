/* Whom a shell trusts, and how it says that a login or the way to it failed; against boxd's SSH server. */
#include "client/shell/shell.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/gateway.h"
#include "tests/support/pane.h"

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

static void asks_for_an_unknown_key(void **state)
{
    const struct gateway *gateway = *state;
    struct shell *shell = pane_new(BOX, gateway->port, gateway->known_hosts);
    pane_connect(shell, gateway->port, KEY);
    pane_wait_phase(shell, SHELL_HOST_KEY);
    const struct host_key_question *question = shell_question(shell);
    char *fingerprint = ssh_server_fingerprint(gateway->server, "ssh-ed25519");
    assert_string_equal(question->type, "ssh-ed25519");
    assert_string_equal(question->fingerprint, fingerprint);
    assert_string_equal(question->host, "127.0.0.1");
    free(fingerprint);
    shell_answer_host_key(shell, false);
    pane_wait_phase(shell, SHELL_FAILED);
    assert_int_equal(shell_error(shell)->kind, ERR_HOST_KEY);
    shell_free(shell);
    assert_int_equal(gateway_counters(gateway).auth_requests, 0);
    assert_int_equal(gateway_counters(gateway).passwords, 0);
    assert_int_equal(access(gateway->known_hosts, F_OK), -1);
}

/* The last step was long ago when the operator decides: the limits of the login start then. */
static void gives_the_operator_time(void **state)
{
    const struct gateway *gateway = *state;
    struct shell *shell = pane_new(BOX, gateway->port, gateway->known_hosts);
    pane_connect(shell, gateway->port, KEY);
    pane_wait_phase(shell, SHELL_HOST_KEY);
    shell_step(shell, clock_ms() - 60000);
    shell_answer_host_key(shell, true);
    pane_wait_phase(shell, SHELL_OPEN);
    shell_free(shell);
}

static void remembers_an_accepted_key(void **state)
{
    const struct gateway *gateway = *state;
    shell_free(gateway_shell(gateway));
    struct stat status;
    assert_int_equal(stat(gateway->known_hosts, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    struct shell *shell = pane_new(BOX, gateway->port, gateway->known_hosts);
    pane_connect(shell, gateway->port, KEY);
    pane_wait_phase(shell, SHELL_OPEN);
    shell_free(shell);
}

static void refuses_a_changed_key(void **state)
{
    const struct gateway *gateway = *state;
    FILE *file = fopen(gateway->known_hosts, "w");
    fprintf(file,
            "# mine\n[127.0.0.1]:%d ssh-ed25519 "
            "AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS\n",
            gateway->port);
    fclose(file);
    struct shell *shell = pane_new(BOX, gateway->port, gateway->known_hosts);
    pane_connect(shell, gateway->port, KEY);
    pane_wait_phase(shell, SHELL_FAILED);
    const struct err *err = shell_error(shell);
    char *fingerprint = ssh_server_fingerprint(gateway->server, "ssh-ed25519");
    char *place = mem_format("%s:2 ", gateway->known_hosts);
    assert_int_equal(err->kind, ERR_HOST_KEY);
    assert_non_null(strstr(err->text, fingerprint));
    assert_non_null(strstr(err->text, place));
    shell_answer_host_key(shell, true);
    assert_int_equal(shell_phase(shell), SHELL_FAILED);
    free(place);
    free(fingerprint);
    shell_free(shell);
    assert_int_equal(gateway_counters(gateway).auth_requests, 0);
}

static void stops_after_three_wrong_keys(void **state)
{
    const struct gateway *gateway = *state;
    shell_free(gateway_shell(gateway));
    struct shell *shell = pane_new(BOX, gateway->port, gateway->known_hosts);
    for (int i = 0; i < 3; i++) {
        pane_connect(shell, gateway->port, "box_wrong_key_9876543210");
        pane_wait_phase(shell, SHELL_FAILED);
        assert_int_equal(shell_error(shell)->kind, ERR_AUTH);
    }
    struct err err;
    assert_false(shell_connected(shell, dup(0), "box_wrong_key_9876543210", &err));
    assert_int_equal(err.kind, ERR_AUTH);
    shell_free(shell);
    assert_int_equal(gateway_counters(gateway).refused, 3);
}

static void fails_with(const struct gateway *gateway, const struct ssh_faults *faults, enum err_kind kind,
                       const char *words)
{
    ssh_server_set_faults(gateway->server, faults);
    struct err err = {0};
    struct shell_options options = {
        .program = "/proc/self/exe",
        .box_id = BOX,
        .host = "127.0.0.1",
        .port = gateway->port,
        .cols = 80,
        .rows = 24,
        .own_known_hosts = gateway->known_hosts,
        .limits = {.banner_ms = 500, .login_ms = 1500},
    };
    struct shell *shell = shell_new(&options, &err);
    assert_non_null(shell);
    pane_connect(shell, gateway->port, KEY);
    pane_wait_phase(shell, SHELL_FAILED);
    if (shell_error(shell)->kind != kind || strstr(shell_status(shell), words) == NULL)
        fail_msg("kind %d: %s", (int)shell_error(shell)->kind, shell_status(shell));
    shell_free(shell);
}

static void names_the_step_that_failed(void **state)
{
    const struct gateway *gateway = *state;
    shell_free(gateway_shell(gateway));
    fails_with(gateway, &(struct ssh_faults){.silent = true}, ERR_TIMEOUT, "greeting");
    fails_with(gateway, &(struct ssh_faults){.endless_banner = true}, ERR_PROTOCOL, "does not speak SSH");
    fails_with(gateway, &(struct ssh_faults){.version_line = "HTTP/1.1 400"}, ERR_TIMEOUT, "greeting");
    fails_with(gateway, &(struct ssh_faults){.version_line = "SSH-2.0-mute"}, ERR_TIMEOUT, "key exchange");
    fails_with(gateway, &(struct ssh_faults){.publickey_only = true}, ERR_AUTH, "use ssh");
    fails_with(gateway, &(struct ssh_faults){.interactive_only = true}, ERR_AUTH, "use ssh");
    assert_int_equal(gateway_counters(gateway).passwords, 1);
}

static bool is_over_or_open(const struct shell *shell, const void *data)
{
    (void)data;
    return shell_phase(shell) >= SHELL_OPEN;
}

/* Wherever the server leaves on the way to a shell, the pane says at which step. */
static void survives_a_cut_at_many_points(void **state)
{
    const struct gateway *gateway = *state;
    shell_free(gateway_shell(gateway));
    for (size_t cut = 1; cut < 2400; cut += 40) {
        ssh_server_set_faults(gateway->server, &(struct ssh_faults){.close_after = cut});
        struct shell *shell = pane_new(BOX, gateway->port, gateway->known_hosts);
        pane_connect(shell, gateway->port, KEY);
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
        cmocka_unit_test_setup_teardown(asks_for_an_unknown_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_the_operator_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(remembers_an_accepted_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_a_changed_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stops_after_three_wrong_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_the_step_that_failed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(survives_a_cut_at_many_points, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
