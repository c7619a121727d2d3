/*
 * 100 MB each way through a session on a real sshd that wants new keys every 256 KB: hundreds of key
 * exchanges while bytes flow, and each byte arrives. SOAK_MB changes how much.
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/shell/session.h"
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
    MOVE_LIMIT_MS = 600000,
    SESSION_LIMIT_MS = 20000,
    HEX_MAX = 2 * EVP_MAX_MD_SIZE + 1
};

static const char KEY[] = "box_test_key_0123456789";
static const char BOX[] = "current-wasp-05510";

static int set_up(void **state)
{
    static const char *const config[] = {"RekeyLimit 256K", NULL};
    struct err err = {0};
    *state = sshd_start(&(struct sshd_options){.box_id = BOX, .api_key = KEY, .config = config}, &err);
    if (*state == NULL)
        print_message("%s\n", err.text);
    return *state == NULL && err.kind != ERR_NOT_FOUND ? -1 : 0;
}

static int tear_down(void **state)
{
    sshd_stop(*state);
    return 0;
}

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
static void write_file(const struct sshd *sshd, uint64_t len, char *hex)
{
    char *path = mem_format("%s/much", sshd_home(sshd)), *bytes = mem_alloc(MB);
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
    const struct sshd *sshd = *state;
    if (sshd == NULL)
        skip();
    uint64_t len = (uint64_t)soak_count("SOAK_MB", MEGABYTES) * MB;
    char expected[HEX_MAX] = "", hex[HEX_MAX] = "";
    write_file(sshd, len, expected);
    struct session *session = log_in(sshd_port(sshd));
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

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(moves_much_each_way_through_rekeys, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
