/* A shell and its SSH session against a real OpenSSH sshd, and across a link that is cut, stalled and slow.
 */
#include "client/shell/shell.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/shell/session.h"
#include "tests/support/pane.h"
#include "tests/support/relay.h"
#include "tests/support/sshd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const char KEY[] = "box_test_key_0123456789";
static const char BOX[] = "current-wasp-05510";

/* libssh2 1.10 forgets the old host key's 51 bytes at each new key exchange. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libssh2.so\n";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}

struct world {
    struct sshd *sshd;
    char *folder;
    char *known_hosts;
};

static int make_world(void **state, const char *const *key_types, const char *const *config)
{
    struct world *world = mem_zalloc(1, sizeof *world);
    world->folder = mem_dup("/tmp/boxtop_sshd_XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    world->known_hosts = mem_format("%s/known_hosts", world->folder);
    struct sshd_options options = {.box_id = BOX, .api_key = KEY, .key_types = key_types, .config = config};
    struct err err = {0};
    world->sshd = sshd_start(&options, &err);
    if (world->sshd == NULL && err.kind != ERR_NOT_FOUND)
        fail_msg("%s", err.text);
    if (world->sshd == NULL)
        print_message("%s\n", err.text);
    *state = world;
    return 0;
}

static int usual(void **state)
{
    return make_world(state, NULL, NULL);
}

static int rekeying(void **state)
{
    static const char *const config[] = {"RekeyLimit 256K", NULL};
    return make_world(state, NULL, config);
}

static int rekeying_always(void **state)
{
    static const char *const config[] = {"RekeyLimit 16K", NULL};
    return make_world(state, NULL, config);
}

static int without_passwords(void **state)
{
    static const char *const config[] = {"PasswordAuthentication no", "KbdInteractiveAuthentication no",
                                         "PubkeyAuthentication yes", NULL};
    return make_world(state, NULL, config);
}

static int rsa_only(void **state)
{
    static const char *const types[] = {"rsa", NULL};
    return make_world(state, types, NULL);
}

static int tear_down(void **state)
{
    struct world *world = *state;
    sshd_stop(world->sshd);
    unlink(world->known_hosts);
    rmdir(world->folder);
    free(world->known_hosts);
    free(world->folder);
    free(world);
    return 0;
}

static const struct world *world_of(void **state)
{
    const struct world *world = *state;
    if (world->sshd == NULL)
        skip();
    return world;
}

static struct shell *new_shell(const struct world *world, uint16_t port, struct shell_limits limits)
{
    struct err err = {0};
    struct shell_options options = {.program = "/proc/self/exe",
                                    .box_id = BOX,
                                    .host = "127.0.0.1",
                                    .port = port,
                                    .cols = 80,
                                    .rows = 24,
                                    .own_known_hosts = world->known_hosts,
                                    .limits = limits};
    struct shell *shell = shell_new(&options, &err);
    if (shell == NULL)
        fail_msg("%s", err.text);
    return shell;
}

static struct shell *opened(const struct world *world)
{
    struct shell *shell = new_shell(world, sshd_port(world->sshd), (struct shell_limits){0});
    pane_open(shell, sshd_port(world->sshd), KEY);
    return shell;
}

/* The pane. */

static void types_resizes_and_ends(void **state)
{
    struct shell *shell = opened(world_of(state));
    pane_type(shell, "echo $((6 * 7))-$TERM-$COLORTERM; stty size\n");
    pane_wait_text(shell, "42-xterm-256color-truecolor");
    pane_wait_text(shell, "24 80");
    shell_resize(shell, 132, 43);
    pane_type(shell, "stty size\n");
    pane_wait_text(shell, "43 132");
    pane_type(shell, "exit 42\n");
    pane_wait_phase(shell, SHELL_CLOSED);
    assert_int_equal(shell_exit_code(shell, NULL), 42);
    shell_free(shell);
}

static void says_the_signal(void **state)
{
    struct shell *shell = opened(world_of(state));
    const char *signal;
    pane_type(shell, "kill -TERM $$; kill -HUP $$\n");
    pane_wait_phase(shell, SHELL_CLOSED);
    assert_int_equal(shell_exit_code(shell, &signal), -1);
    assert_string_equal(signal, "HUP");
    shell_free(shell);
}

static void refuses_a_wrong_key(void **state)
{
    const struct world *world = world_of(state);
    shell_free(opened(world));
    struct shell *shell = new_shell(world, sshd_port(world->sshd), (struct shell_limits){0});
    pane_connect(shell, sshd_port(world->sshd), "box_wrong_key_9876543210");
    pane_wait_phase(shell, SHELL_FAILED);
    assert_int_equal(shell_error(shell)->kind, ERR_AUTH);
    pane_open(shell, sshd_port(world->sshd), KEY);
    shell_free(shell);
}

/* Neither under way nor, unless the host key is in question, anything but over. */
static bool has_decided(const struct shell *shell, const void *data)
{
    (void)data;
    return shell_phase(shell) == SHELL_HOST_KEY || shell_phase(shell) >= SHELL_OPEN;
}

static void fails_saying(const struct world *world, enum err_kind kind, const char *words)
{
    struct shell *shell = new_shell(world, sshd_port(world->sshd), (struct shell_limits){0});
    pane_connect(shell, sshd_port(world->sshd), KEY);
    assert_true(pane_wait(shell, has_decided, NULL, PANE_LIMIT_MS));
    if (shell_phase(shell) == SHELL_HOST_KEY)
        shell_answer_host_key(shell, true);
    pane_wait_phase(shell, SHELL_FAILED);
    if (shell_error(shell)->kind != kind || strstr(shell_status(shell), words) == NULL)
        fail_msg("kind %d: %s", (int)shell_error(shell)->kind, shell_status(shell));
    shell_free(shell);
}

static void names_ssh_when_no_password_is_offered(void **state)
{
    fails_saying(world_of(state), ERR_AUTH, "does not offer a password login (only publickey): use ssh");
}

static void names_ssh_when_no_algorithm_fits(void **state)
{
    fails_saying(world_of(state), ERR_PROTOCOL, "no safe algorithm in common; use ssh");
}

/* A flood must not keep a key waiting. */
static void stops_a_flood(void **state)
{
    struct shell *shell = opened(world_of(state));
    pane_type(shell, "PS1='fed''up>'; yes\n");
    pane_wait_text(shell, "y\ny\ny\ny\ny\ny\ny\ny");
    shell_key(shell, (struct key){.code = 'c', .mods = KEY_CTRL});
    pane_wait_text(shell, "fedup>");
    shell_free(shell);
}

/* The link. */

static void notices_a_cut_and_reconnects(void **state)
{
    const struct world *world = world_of(state);
    struct err err = {0};
    struct relay *relay = relay_new(sshd_port(world->sshd), NULL, &err);
    assert_non_null(relay);
    struct shell *shell = new_shell(world, relay_port(relay), (struct shell_limits){0});
    pane_open(shell, relay_port(relay), KEY);
    for (int i = 0; i < 5; i++) {
        char *word = mem_format("life-%d", i), *command = mem_format("echo life''-%d\n", i);
        pane_type(shell, command);
        pane_wait_text(shell, word);
        relay_cut(relay);
        pane_wait_phase(shell, SHELL_LOST);
        assert_int_equal(shell_error(shell)->kind, ERR_NETWORK);
        pane_type(shell, "echo not sent\n");
        pane_wait_text(shell, word);
        pane_open(shell, relay_port(relay), KEY);
        free(command);
        free(word);
    }
    pane_type(shell, "echo last''-life\n");
    pane_wait_text(shell, "last-life");
    pane_wait_text(shell, "life-4");
    shell_free(shell);
    relay_free(relay);
}

static void notices_silence(void **state)
{
    const struct world *world = world_of(state);
    struct err err = {0};
    struct relay *relay = relay_new(sshd_port(world->sshd), NULL, &err);
    assert_non_null(relay);
    struct shell *shell =
        new_shell(world, relay_port(relay), (struct shell_limits){.keepalive_ms = 100, .dead_ms = 600});
    pane_open(shell, relay_port(relay), KEY);
    /* Twice the limit without a word typed: the questions and answers keep the link. */
    int64_t until = clock_ms() + 1200;
    while (clock_ms() < until) {
        struct pollfd polled = {.fd = shell_fd(shell), .events = POLLIN};
        poll(&polled, 1, 50);
        shell_step(shell, clock_ms());
        assert_int_equal(shell_phase(shell), SHELL_OPEN);
    }
    struct key keys[SHELL_UNANSWERED];
    relay_stall(relay);
    pane_type(shell, "swallowed");
    int64_t typed = clock_ms();
    pane_wait_phase(shell, SHELL_LOST);
    assert_true(clock_ms() - typed < 5000); /* 600 ms, on a machine that does other things too */
    assert_string_equal(shell_status(shell), "The connection was lost: nothing came from the server for 0 s");
    /* What was typed into the silence is known, in its order. */
    assert_int_equal(shell_unanswered(shell, keys, SHELL_UNANSWERED), strlen("swallowed"));
    for (size_t i = 0; i < strlen("swallowed"); i++)
        assert_int_equal(keys[i].code, "swallowed"[i]);
    shell_free(shell);
    relay_free(relay);
}

static void lives_on_a_poor_link(void **state)
{
    const struct world *world = world_of(state);
    struct err err = {0};
    struct relay_plan plan = {.to_server = {.fragment = 3, .delay_ms = 5},
                              .to_client = {.fragment = 7, .delay_ms = 5}};
    struct relay *relay = relay_new(sshd_port(world->sshd), &plan, &err);
    assert_non_null(relay);
    struct shell *shell = new_shell(world, relay_port(relay), (struct shell_limits){0});
    pane_open(shell, relay_port(relay), KEY);
    pane_type(shell, "seq -s' ' 1 300; exit 3\n");
    pane_wait_text(shell, "299 300");
    pane_wait_phase(shell, SHELL_CLOSED);
    assert_int_equal(shell_exit_code(shell, NULL), 3);
    shell_free(shell);
    relay_free(relay);
}

/* Every session that is cut in the middle of the way to a shell ends with a sentence about the link,
 * whichever call of libssh2 met the end of it. */
static void survives_cuts_on_the_way(void **state)
{
    const struct world *world = world_of(state);
    struct err err = {0};
    shell_free(opened(world));
    struct relay *relay = relay_new(sshd_port(world->sshd), NULL, &err);
    assert_non_null(relay);
    for (uint64_t cut = 1; cut < 3000; cut = cut * 5 / 4 + 1) {
        struct relay_plan plan = {.to_client = {.cut_after = cut}, .reset = cut % 2 == 0};
        relay_set_plan(relay, &plan);
        struct shell *shell = new_shell(world, relay_port(relay), (struct shell_limits){0});
        pane_connect(shell, relay_port(relay), KEY);
        assert_true(pane_wait(shell, has_decided, NULL, PANE_LIMIT_MS));
        if (shell_phase(shell) == SHELL_HOST_KEY)
            shell_answer_host_key(shell, true);
        assert_true(pane_wait(shell, has_decided, NULL, PANE_LIMIT_MS));
        if (shell_phase(shell) != SHELL_OPEN) {
            assert_int_equal(shell_error(shell)->kind, ERR_NETWORK);
            assert_non_null(strstr(shell_status(shell), "The connection was closed during the"));
        }
        shell_free(shell);
    }
    relay_free(relay);
}

/* A link that ends in the middle of a new key exchange is a lost link, not a server that cannot be
 * understood. */
static void knows_a_cut_in_a_key_exchange(void **state)
{
    const struct world *world = world_of(state);
    struct err err = {0};
    struct relay *relay = relay_new(sshd_port(world->sshd), NULL, &err);
    assert_non_null(relay);
    shell_free(opened(world));
    for (int i = 0; i < 12; i++) {
        /* With RekeyLimit 16K most of a flood's packets stand next to a key exchange. */
        struct relay_plan plan = {.to_client = {.cut_after = 40000 + 3001 * (uint64_t)i},
                                  .reset = i % 2 == 0};
        relay_set_plan(relay, &plan);
        struct shell *shell = new_shell(world, relay_port(relay), (struct shell_limits){0});
        pane_open(shell, relay_port(relay), KEY);
        pane_type(shell, "yes | head -n 100000\n");
        pane_wait_phase(shell, SHELL_LOST);
        if (shell_error(shell)->kind != ERR_NETWORK)
            fail_msg("after %d bytes: %s", 40000 + 3001 * i, shell_status(shell));
        shell_free(shell);
    }
    relay_free(relay);
}

/* The session alone: 10 MB each way, intact, through dozens of key exchanges. */

enum { MANY = 10 << 20 };

static bool poll_session(struct session *session, int limit_ms)
{
    int64_t deadline = session_deadline(session), now = clock_ms();
    int wait = deadline >= 0 && deadline - now < limit_ms ? (int)(deadline - now) : limit_ms;
    struct pollfd polled = {.fd = session_fd(session), .events = session_events(session)};
    return poll(&polled, 1, wait > 0 ? wait : 0) >= 0;
}

static struct session *logged_in(const struct world *world)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(sshd_port(world->sshd))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct err err = {0};
    assert_true(session_library_init(&err));
    struct session_options options = {.user = BOX,
                                      .lang = "",
                                      .host_key_types = "",
                                      .cols = 80,
                                      .rows = 24,
                                      .limits = {15000, 20000, 15000, 45000, 0}};
    struct session *session = session_new(fd, &options, clock_ms());
    int64_t until = clock_ms() + PANE_LIMIT_MS;
    while (session_step(session, clock_ms()) < SESSION_OPEN && clock_ms() < until) {
        if (session_phase(session) == SESSION_VERIFY)
            session_login(session, KEY, strlen(KEY), clock_ms());
        else
            poll_session(session, 100);
    }
    if (session_phase(session) != SESSION_OPEN)
        fail_msg("%s", session_error(session)->text);
    return session;
}

/* Steps until the output holds the text, at most `limit` bytes later. */
static void read_until(struct session *session, struct buf *out, const char *text)
{
    char bytes[32768];
    int64_t until = clock_ms() + PANE_LIMIT_MS * 3;
    while (clock_ms() < until && session_step(session, clock_ms()) == SESSION_OPEN) {
        size_t len;
        while ((len = session_read(session, bytes, sizeof bytes, clock_ms())) > 0)
            assert_true(buf_add(out, bytes, len));
        size_t tail = out->len > 4096 ? out->len - 4096 : 0;
        if (out->len > 0 && strstr(out->data + tail, text) != NULL)
            return;
        poll_session(session, 1000);
    }
    fail_msg("no \"%s\" after %zu bytes: %s", text, out->len, session_error(session)->text);
}

static void moves_much_each_way_through_rekeys(void **state)
{
    const struct world *world = world_of(state);
    struct session *session = logged_in(world);
    struct buf out, expected;
    buf_init(&out, 64 << 20);
    buf_init(&expected, 64 << 20);
    buf_add_text(session_outgoing(session), "stty raw -echo; PS1=; echo rea''dy\n");
    read_until(session, &out, "ready\n");

    buf_clear(&out);
    buf_add_text(session_outgoing(session), "seq 1 1400000; echo do''ne\n");
    read_until(session, &out, "done\n");
    for (int i = 1; i <= 1400000; i++)
        buf_add_format(&expected, "%d\n", i);
    assert_true(expected.len > 9 << 20);
    const char *end = strstr(out.data + out.len - 64, "done\n"); /* a prompt may follow */
    assert_true((size_t)(end - out.data) >= expected.len);
    assert_true(memcmp(end - expected.len, expected.data, expected.len) == 0);

    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
    buf_clear(&out);
    buf_add_format(session_outgoing(session), "echo sta''rt; head -c %d | sha256sum; echo do''ne\n", MANY);
    read_until(session, &out, "start\n"); /* before that the line editor would take what is sent */
    char *much = mem_alloc(MANY);
    for (int i = 0; i < MANY; i++)
        much[i] = (char)(i * 2654435761U >> 13);
    EVP_Digest(much, MANY, digest, &len, EVP_sha256(), NULL);
    for (unsigned i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    buf_add(session_outgoing(session), much, MANY);
    free(much);
    read_until(session, &out, "done\n");
    if (strstr(out.data, hex) == NULL)
        fail_msg("not %s: %s", hex, out.data);
    buf_done(&expected);
    buf_done(&out);
    session_free(session);
}

int main(int argc, char **argv)
{
    pane_helper(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(types_resizes_and_ends, usual, tear_down),
        cmocka_unit_test_setup_teardown(says_the_signal, usual, tear_down),
        cmocka_unit_test_setup_teardown(refuses_a_wrong_key, usual, tear_down),
        cmocka_unit_test_setup_teardown(names_ssh_when_no_password_is_offered, without_passwords, tear_down),
        cmocka_unit_test_setup_teardown(names_ssh_when_no_algorithm_fits, rsa_only, tear_down),
        cmocka_unit_test_setup_teardown(stops_a_flood, usual, tear_down),
        cmocka_unit_test_setup_teardown(notices_a_cut_and_reconnects, usual, tear_down),
        cmocka_unit_test_setup_teardown(notices_silence, usual, tear_down),
        cmocka_unit_test_setup_teardown(lives_on_a_poor_link, usual, tear_down),
        cmocka_unit_test_setup_teardown(survives_cuts_on_the_way, usual, tear_down),
        cmocka_unit_test_setup_teardown(knows_a_cut_in_a_key_exchange, rekeying_always, tear_down),
        cmocka_unit_test_setup_teardown(moves_much_each_way_through_rekeys, rekeying, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
