/*
 * Shells against a real sshd, for long: 100 MB each way through hundreds of key exchanges, a link that is cut
 * a hundred times, and thousands of sessions whose bytes are changed and cut on the way. The console's side
 * must live, say what happened, and be able to connect again.
 *
 * SOAK_MB, SOAK_SSH_CUTS and SOAK_SESSIONS change the counts, SOAK_SEED the places of cuts and flips.
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/shell/session.h"
#include "tests/support/pane.h"
#include "tests/support/relay.h"
#include "tests/support/soak.h"
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

enum {
    MB = 1 << 20,
    MEGABYTES = 100,
    CUTS = 100,
    SESSIONS = 2000,
    SEED = 20263,
    MOVE_LIMIT_MS = 600000,
    SESSION_LIMIT_MS = 20000,
    HEX_MAX = 2 * EVP_MAX_MD_SIZE + 1
};

static const char KEY[] = "box_test_key_0123456789";
static const char BOX[] = "current-wasp-05510";

struct world {
    struct sshd *sshd;
    struct relay *relay;
    char *folder, *known_hosts;
    uint32_t random;
};

static int set_up(void **state)
{
    static const char *const config[] = {"RekeyLimit 256K", NULL};
    struct world *world = mem_zalloc(1, sizeof *world);
    *state = world;
    world->random = (uint32_t)soak_count("SOAK_SEED", SEED);
    world->folder = mem_dup("/tmp/boxtop_soak_XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    world->known_hosts = mem_format("%s/known_hosts", world->folder);
    struct err err = {0};
    world->sshd = sshd_start(&(struct sshd_options){.box_id = BOX, .api_key = KEY, .config = config}, &err);
    if (world->sshd != NULL)
        world->relay = relay_new(sshd_port(world->sshd), NULL, &err);
    if (world->relay == NULL)
        print_message("%s\n", err.text);
    return world->relay == NULL && err.kind != ERR_NOT_FOUND ? -1 : 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    relay_free(world->relay);
    sshd_stop(world->sshd);
    unlink(world->known_hosts);
    rmdir(world->folder);
    free(world->known_hosts);
    free(world->folder);
    free(world);
    return 0;
}

static struct world *world_of(void **state)
{
    struct world *world = *state;
    if (world->relay == NULL)
        skip();
    return world;
}

/* A number from 0 to below - 1. */
static uint32_t draw(struct world *world, uint32_t below)
{
    world->random = world->random * 1664525u + 1013904223u;
    return (world->random >> 8) % below;
}

/* ---- 100 MB each way ---- */

/* The bytes that are moved: the same for the same place, and no two megabytes alike. */
static void fill(char *bytes, size_t len, uint64_t at)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(((at + i) * 0x9e3779b97f4a7c15ull) >> 37);
}

static void finish_digest(EVP_MD_CTX *context, char *hex)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_DigestFinal_ex(context, digest, &len);
    for (unsigned i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    EVP_MD_CTX_free(context);
}

static EVP_MD_CTX *begin_digest(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    return context;
}

/* What is to be downloaded, in the box's folder; its digest into `hex`. */
static void write_file(const struct world *world, uint64_t len, char *hex)
{
    char *path = mem_format("%s/much", sshd_home(world->sshd)), *bytes = mem_alloc(MB);
    FILE *file = fopen(path, "we");
    EVP_MD_CTX *context = begin_digest();
    assert_non_null(file);
    for (uint64_t at = 0; at < len; at += MB) {
        fill(bytes, MB, at);
        EVP_DigestUpdate(context, bytes, MB);
        assert_int_equal(fwrite(bytes, 1, MB, file), MB);
    }
    assert_int_equal(fclose(file), 0);
    finish_digest(context, hex);
    free(bytes);
    free(path);
}

static void wait_session(struct session *session)
{
    int64_t deadline = session_deadline(session), now = clock_ms();
    int wait = deadline >= 0 && deadline - now < 1000 ? (int)(deadline - now) : 1000;
    struct pollfd polled = {.fd = session_fd(session), .events = session_events(session)};
    poll(&polled, 1, wait > 0 ? wait : 0);
}

static struct session *log_in(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct err err = {0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); /* as the shell does: each key exchange
                                                                         is a few small packets */
    assert_true(session_library_init(&err));
    struct session_options options = {.user = BOX,
                                      .lang = "",
                                      .host_key_types = "",
                                      .cols = 80,
                                      .rows = 24,
                                      .limits = {15000, 20000, 15000, 45000}};
    struct session *session = session_new(fd, &options, clock_ms());
    int64_t until = clock_ms() + SESSION_LIMIT_MS;
    while (session_step(session, clock_ms()) < SESSION_OPEN && clock_ms() < until) {
        if (session_phase(session) == SESSION_VERIFY)
            session_login(session, KEY, strlen(KEY), clock_ms());
        else
            wait_session(session);
    }
    if (session_phase(session) != SESSION_OPEN)
        fail_msg("%s", session_error(session)->text);
    return session;
}

/* Waits for output: at most `room` bytes of it, one at least. */
static size_t step_and_read(struct session *session, char *bytes, size_t room, int64_t until)
{
    size_t len;
    while ((len = session_read(session, bytes, room, clock_ms())) == 0) {
        if (clock_ms() > until || session_step(session, clock_ms()) != SESSION_OPEN)
            fail_msg("the session did not go on: %s", session_error(session)->text);
        if ((len = session_read(session, bytes, room, clock_ms())) > 0)
            return len;
        wait_session(session);
    }
    return len;
}

/* Reads until the output ends with the text; returns it, for the caller to free. */
static char *read_until(struct session *session, const char *text)
{
    char bytes[4096];
    struct buf out;
    buf_init(&out, MB);
    int64_t until = clock_ms() + MOVE_LIMIT_MS;
    do {
        size_t len = step_and_read(session, bytes, sizeof bytes, until);
        assert_true(buf_add(&out, bytes, len));
    } while (strstr(buf_text(&out), text) == NULL);
    return buf_take(&out, NULL);
}

static void download(struct session *session, uint64_t len, char *hex)
{
    static char bytes[32768];
    int64_t until = clock_ms() + MOVE_LIMIT_MS;
    EVP_MD_CTX *context = begin_digest();
    buf_add_text(session_outgoing(session), "stty raw -echo; echo rea''dy; head -c 1 >/dev/null; cat much\n");
    free(read_until(session, "ready\n")); /* a prompt's bytes would stand before those of the file */
    buf_add_text(session_outgoing(session), "x");
    while (len > 0) {
        size_t got = step_and_read(session, bytes, len < sizeof bytes ? (size_t)len : sizeof bytes, until);
        EVP_DigestUpdate(context, bytes, got);
        len -= got;
    }
    finish_digest(context, hex);
}

/* Sends so many bytes, a megabyte at most waiting, while `head` in the box counts them. */
static void upload(struct session *session, uint64_t len, char *hex)
{
    char *bytes = mem_alloc(MB);
    int64_t until = clock_ms() + MOVE_LIMIT_MS;
    EVP_MD_CTX *context = begin_digest();
    buf_add_format(session_outgoing(session), "echo sta''rt; head -c %llu | sha256sum; echo do''ne\n",
                   (unsigned long long)len);
    free(read_until(session, "start\n")); /* before that the line editor would take what is sent */
    for (uint64_t at = 0; at < len || session_outgoing(session)->len > 0;) {
        if (at < len && session_outgoing(session)->len == 0) {
            fill(bytes, MB, at);
            EVP_DigestUpdate(context, bytes, MB);
            assert_true(buf_add(session_outgoing(session), bytes, MB));
            at += MB;
        }
        if (clock_ms() > until || session_step(session, clock_ms()) != SESSION_OPEN)
            fail_msg("%llu bytes were sent: %s", (unsigned long long)at, session_error(session)->text);
        if (session_outgoing(session)->len > 0)
            wait_session(session);
    }
    finish_digest(context, hex);
    free(bytes);
}

static void moves_much_each_way_through_rekeys(void **state)
{
    struct world *world = world_of(state);
    uint64_t len = (uint64_t)soak_count("SOAK_MB", MEGABYTES) * MB;
    char expected[HEX_MAX] = "", hex[HEX_MAX] = "";
    write_file(world, len, expected);
    struct session *session = log_in(sshd_port(world->sshd));
    int64_t begun = clock_ms();
    download(session, len, hex);
    assert_string_equal(hex, expected);
    int64_t down_ms = clock_ms() - begun;
    begun = clock_ms();
    upload(session, len, hex);
    char *said = read_until(session, "done\n");
    if (strstr(said, hex) == NULL)
        fail_msg("not %s: %s", hex, said);
    print_message("%llu MB down in %lld ms, up in %lld ms, sha256 equal\n", (unsigned long long)(len / MB),
                  (long long)down_ms, (long long)(clock_ms() - begun));
    free(said);
    session_free(session);
}

/* ---- cuts ---- */

static bool has_decided(const struct shell *shell, const void *data)
{
    (void)data;
    return shell_phase(shell) == SHELL_HOST_KEY || shell_phase(shell) >= SHELL_OPEN;
}

static bool is_over(const struct shell *shell, const void *data)
{
    (void)data;
    return shell_phase(shell) >= SHELL_CLOSED;
}

static bool never(const struct shell *shell, const void *data)
{
    (void)shell;
    (void)data;
    return false;
}

static void wait_over(struct shell *shell)
{
    if (!pane_wait(shell, is_over, NULL, SESSION_LIMIT_MS))
        fail_msg("not noticed; phase %d: %s", (int)shell_phase(shell), shell_status(shell));
    if (shell_error(shell)->text[0] == '\0' && shell_phase(shell) != SHELL_CLOSED)
        fail_msg("nothing said in phase %d", (int)shell_phase(shell));
}

static void notices_every_cut_and_connects_again(void **state)
{
    struct world *world = world_of(state);
    long cuts = soak_count("SOAK_SSH_CUTS", CUTS), early = 0;
    uint16_t port = relay_port(world->relay);
    struct shell *shell = pane_new(BOX, port, world->known_hosts);
    pane_open(shell, port, KEY);
    for (long i = 0; i < cuts; i++) {
        /* A flood flows, or nothing does. */
        if (draw(world, 2) == 0)
            pane_type(shell, "yes | head -n 300000\n");
        pane_wait(shell, never, NULL, (int)draw(world, 300));
        relay_cut(world->relay);
        wait_over(shell);
        assert_int_equal(shell_phase(shell), SHELL_LOST);
        assert_int_equal(shell_error(shell)->kind, ERR_NETWORK);
        /* And cut on the way to a shell. */
        pane_connect(shell, port, KEY);
        pane_wait(shell, has_decided, NULL, (int)draw(world, 100));
        early += shell_phase(shell) < SHELL_OPEN;
        relay_cut(world->relay);
        wait_over(shell);
        if (shell_error(shell)->kind != ERR_NETWORK)
            fail_msg("cut on the way, it says: %s", shell_status(shell));
        pane_open(shell, port, KEY);
        char *command = mem_format("clear; echo life''-%ld\n", i), *word = mem_format("life-%ld", i);
        pane_type(shell, command);
        pane_wait_text(shell, word);
        free(word);
        free(command);
    }
    print_message("%ld cuts of an open shell, %ld on the way to one (%ld before it was open)\n", cuts, cuts,
                  early);
    shell_free(shell);
}

/* ---- changed bytes ---- */

static struct relay_plan draw_plan(struct world *world)
{
    struct relay_plan plan = {.seed = draw(world, 1u << 24), .reset = draw(world, 2) == 0};
    struct relay_way *way = draw(world, 4) == 0 ? &plan.to_server : &plan.to_client;
    uint32_t kind = draw(world, 8);
    if (kind == 0)
        way->cut_after = 1 + draw(world, 6000);
    else
        way->flip_every = 1u << draw(world, 12);
    way->flip_after = draw(world, 3000);
    way->fragment = draw(world, 4) == 0 ? 1 + draw(world, 64) : 0;
    return plan;
}

/* One session on a spoilt link. Returns how it ended. */
static enum shell_phase live_once(const struct world *world, uint16_t port)
{
    struct err err = {0};
    struct shell_options options = {.program = "/proc/self/exe",
                                    .box_id = BOX,
                                    .host = "127.0.0.1",
                                    .port = port,
                                    .cols = 80,
                                    .rows = 24,
                                    .own_known_hosts = world->known_hosts,
                                    .limits = {1000, 1500, 200, 800}};
    struct shell *shell = shell_new(&options, &err);
    if (shell == NULL)
        fail_msg("%s", err.text);
    pane_connect(shell, port, KEY);
    if (!pane_wait(shell, has_decided, NULL, SESSION_LIMIT_MS))
        fail_msg("undecided: %s", shell_status(shell));
    if (shell_phase(shell) == SHELL_OPEN)
        pane_type(shell, "seq 1 5000; exit 5\n");
    /* The host key is known, so a question would be about a key that nobody vouches for. */
    if (shell_phase(shell) == SHELL_HOST_KEY)
        fail_msg("asked about a host key that had been changed on the way");
    wait_over(shell);
    enum shell_phase phase = shell_phase(shell);
    if (phase == SHELL_CLOSED && shell_exit_code(shell, NULL) != 5)
        fail_msg("the shell ended with %d, not 5", shell_exit_code(shell, NULL));
    if (strstr(shell_status(shell), "helper") != NULL)
        fail_msg("the helper did not live: %s", shell_status(shell));
    shell_free(shell);
    return phase;
}

static void lives_through_spoilt_sessions(void **state)
{
    struct world *world = world_of(state);
    long sessions = soak_count("SOAK_SESSIONS", SESSIONS), ended[SHELL_FAILED + 1] = {0};
    uint16_t port = relay_port(world->relay);
    struct shell *shell = pane_new(BOX, port, world->known_hosts);
    pane_open(shell, port, KEY); /* the host key is known from here on */
    shell_free(shell);
    for (long i = 0; i < sessions; i++) {
        struct relay_plan plan = draw_plan(world);
        relay_set_plan(world->relay, &plan);
        ended[live_once(world, port)]++;
    }
    relay_set_plan(world->relay, &(struct relay_plan){0});
    assert_int_equal(live_once(world, port), SHELL_CLOSED);
    print_message("%ld sessions: %ld failed to open, %ld were lost, %ld got through\n", sessions,
                  ended[SHELL_FAILED], ended[SHELL_LOST], ended[SHELL_CLOSED]);
    assert_true(ended[SHELL_FAILED] > 0);
}

int main(int argc, char **argv)
{
    pane_helper(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(moves_much_each_way_through_rekeys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(notices_every_cut_and_connects_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lives_through_spoilt_sessions, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
