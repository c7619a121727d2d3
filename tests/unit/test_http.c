/* One transfer at a time: what leaves, what comes back, what is refused (safety.md rows 15 to 17). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/apikey.h"
#include "client/base/buf.h"
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/http.h"
#include "tests/support/httpd.h"

static const char KEY[] = "box_0123456789abcdef";

/* A server, a client and the outcome of the last call. */
struct fixture {
    struct httpd *httpd;
    struct http *http;
    struct apikey *key;
    struct http_answer answer; /* its body is `body` */
    char *body;
    bool over;
    size_t streamed; /* bytes that reached on_body */
    size_t stream_limit;
    struct http_call *call;
};

static struct http *new_http(const char *url)
{
    struct http_options options = {
        .base_url = url, .user_agent = "boxtop/test", .connect_ms = 2000, .total_ms = 5000, .quiet_s = 1};
    struct err err = {0};
    struct http *http = http_new(&options, &err);
    if (http == NULL)
        fail_msg("%s", err.text);
    return http;
}

static int setup(void **state)
{
    struct fixture *f = mem_zalloc(1, sizeof *f);
    f->httpd = httpd_new();
    f->http = new_http(httpd_url(f->httpd));
    f->key = apikey_new(KEY, strlen(KEY), NULL);
    http_set_key(f->http, f->key);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    http_free(f->http);
    httpd_free(f->httpd);
    apikey_free(f->key);
    free(f->body);
    free(f);
    return 0;
}

static void on_done(void *user, const struct http_answer *answer)
{
    struct fixture *f = user;
    f->answer = *answer;
    free(f->body);
    f->body = mem_dup_bytes(answer->body, answer->len);
    f->over = true;
}

static bool on_body(void *user, const char *bytes, size_t len, struct err *err)
{
    struct fixture *f = user;
    (void)bytes;
    f->streamed += len;
    if (f->stream_limit > 0 && f->streamed > f->stream_limit)
        return err_set(err, ERR_PROTOCOL, 0, "enough");
    return true;
}

static void start(struct fixture *f, struct http_request request)
{
    request.on_done = on_done;
    request.user = f;
    request.what = "thing";
    f->over = false;
    f->streamed = 0;
    f->call = http_start(f->http, &request);
}

/* Steps until the call is over. */
static void finish(struct fixture *f)
{
    int64_t deadline = clock_ms() + 20000;
    while (!f->over) {
        assert_true(clock_ms() < deadline);
        http_step(f->http);
        if (!f->over)
            http_wait(f->http, 100);
    }
}

static void run(struct fixture *f, struct http_request request)
{
    start(f, request);
    finish(f);
}

static void assert_sentence(const struct fixture *f, enum err_kind kind, const char *part)
{
    if (f->answer.err.kind != kind || strstr(f->answer.err.text, part) == NULL)
        fail_msg("kind %d: \"%s\" lacks \"%s\"", f->answer.err.kind, f->answer.err.text, part);
}

static void test_get_brings_the_body_and_sends_the_key(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "GET /v2/box",
             (struct httpd_answer){
                 .status = 200, .headers = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", .body = "[1,2]"});
    run(f, (struct http_request){.path = "/v2/box?label=a"});
    assert_int_equal(f->answer.err.kind, ERR_NONE);
    assert_int_equal(f->answer.status, 200);
    assert_string_equal(f->body, "[1,2]");
    assert_int_equal(f->answer.date_ms, 784111777000);
    assert_true(f->answer.latency_ms >= 0);
    char *head = httpd_last(f->httpd, "GET /v2/box");
    assert_non_null(strstr(head, "X-Box-Api-Key: box_0123456789abcdef\r\n"));
    assert_non_null(strstr(head, "User-Agent: boxtop/test\r\n"));
    assert_non_null(strstr(head, "Accept-Encoding: gzip\r\n"));
    assert_null(strstr(head, "Content-Type"));
    free(head);
}

static void test_post_carries_json_and_an_empty_one_nothing(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "POST /v2/box", (struct httpd_answer){.status = 200, .body = "{}"});
    run(f, (struct http_request){.method = HTTP_POST, .path = "/v2/box", .body = "{\"size\":\"small\"}"});
    char *request = httpd_last(f->httpd, "POST /v2/box");
    assert_non_null(strstr(request, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(request, "\r\n\r\n{\"size\":\"small\"}"));
    assert_null(strstr(request, "Accept-Encoding"));
    free(request);
    run(f, (struct http_request){.method = HTTP_POST, .path = "/v2/box"});
    request = httpd_last(f->httpd, "POST /v2/box");
    assert_non_null(strstr(request, "Content-Length: 0\r\n"));
    assert_null(strstr(request, "Content-Type"));
    free(request);
}

static void test_delete_may_carry_a_body(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "DELETE /v2/box", (struct httpd_answer){.status = 204});
    run(f, (struct http_request){.method = HTTP_DELETE, .path = "/v2/box", .body = "{\"ids\":[\"a\"]}"});
    assert_int_equal(f->answer.err.kind, ERR_NONE);
    assert_int_equal(f->answer.status, 204);
    char *request = httpd_last(f->httpd, "DELETE /v2/box");
    assert_non_null(strstr(request, "{\"ids\":[\"a\"]}"));
    free(request);
}

static void test_redirect_is_not_followed_and_the_key_stays(void **state)
{
    struct fixture *f = *state;
    struct httpd *other = httpd_new();
    static const int codes[] = {301, 302, 303, 307, 308};
    char location[128];
    snprintf(location, sizeof location, "Location: http://localhost:%d/v2/box\r\n", httpd_port(other));
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        httpd_once(f->httpd, "GET /v2/box", (struct httpd_answer){.status = codes[i], .headers = location});
        run(f, (struct http_request){.path = "/v2/box"});
        assert_sentence(f, ERR_SERVICE, "points to localhost");
    }
    assert_int_equal(httpd_connections(other), 0);
    assert_int_equal(httpd_count(f->httpd, NULL), 5);
    httpd_free(other);
}

static void test_statuses_become_kinds_with_the_services_sentence(void **state)
{
    struct fixture *f = *state;
    static const struct {
        int status;
        enum err_kind kind;
        bool retry;
    } cases[] = {{400, ERR_SERVICE, false},   {401, ERR_AUTH, false},      {402, ERR_FORBIDDEN, false},
                 {403, ERR_FORBIDDEN, false}, {404, ERR_NOT_FOUND, false}, {409, ERR_CONFLICT, false},
                 {429, ERR_RATE, true},       {500, ERR_SERVICE, true},    {503, ERR_SERVICE, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        httpd_once(
            f->httpd, "GET /v2/box",
            (struct httpd_answer){.status = cases[i].status, .body = "{\"error\":\"no \\u001b[31mluck\"}"});
        run(f, (struct http_request){.path = "/v2/box"});
        assert_sentence(f, cases[i].kind, "luck");
        assert_null(strchr(f->answer.err.text, '\033'));
        assert_int_equal(f->answer.status, cases[i].status);
        assert_int_equal(f->answer.retry, cases[i].retry);
    }
    httpd_once(f->httpd, "GET /v2/box",
               (struct httpd_answer){.status = 502, .body = "<html>Bad gateway</html>"});
    run(f, (struct http_request){.path = "/v2/box"});
    assert_sentence(f, ERR_SERVICE, "502");
}

static void test_retry_after(void **state)
{
    struct fixture *f = *state;
    httpd_once(f->httpd, "GET /v2/box",
               (struct httpd_answer){.status = 429, .headers = "Retry-After: 7\r\n"});
    run(f, (struct http_request){.path = "/v2/box"});
    assert_int_equal(f->answer.retry_after_ms, 7000);
    int64_t now = 784111777000; /* Sun, 06 Nov 1994 08:49:37 GMT */
    assert_int_equal(http_retry_after("Sun, 06 Nov 1994 08:49:57 GMT", now), 20000);
    assert_int_equal(http_retry_after("Sun, 06 Nov 1994 08:40:00 GMT", now), 1000);
    assert_int_equal(http_retry_after("0", now), 1000);
    assert_int_equal(http_retry_after("99999999999999999999", now), 300000);
    assert_int_equal(http_retry_after("12 ", now), 12000);
    assert_int_equal(http_retry_after("12x", now), -1);
    assert_int_equal(http_retry_after("-3", now), -1);
    assert_int_equal(http_retry_after("soon", now), -1);
    assert_int_equal(http_retry_after("", now), -1);
}

static void test_body_cap_counts_what_arrives(void **state)
{
    struct fixture *f = *state;
    static char block[4096];
    memset(block, 'x', sizeof block);
    httpd_on(f->httpd, "GET /big",
             (struct httpd_answer){
                 .status = 200, .body = block, .len = sizeof block, .times = 64, .chunked = true});
    run(f, (struct http_request){.path = "/big", .cap = 100000});
    assert_sentence(f, ERR_PROTOCOL, "larger than");
    run(f, (struct http_request){.path = "/big", .cap = 64 * sizeof block});
    assert_int_equal(f->answer.err.kind, ERR_NONE);
    assert_int_equal(f->answer.len, 64 * sizeof block);
}

/* 10 MiB of zero bytes as gzip: some 10 KB on the wire. */
static size_t make_bomb(char **out)
{
    FILE *pipe = popen("head -c 10485760 /dev/zero | gzip -9 -c", "re");
    assert_non_null(pipe);
    char *bytes = mem_alloc(1 << 16);
    size_t len = fread(bytes, 1, 1 << 16, pipe);
    pclose(pipe);
    *out = bytes;
    return len;
}

static void test_gzip_is_decoded_and_a_bomb_is_cut(void **state)
{
    struct fixture *f = *state;
    char *bomb;
    size_t len = make_bomb(&bomb);
    assert_true(len > 1000 && len < 1 << 16);
    struct httpd_answer answer = {
        .status = 200, .headers = "Content-Encoding: gzip\r\n", .body = bomb, .len = len};
    httpd_on(f->httpd, "GET /bomb", answer);
    run(f, (struct http_request){.path = "/bomb"}); /* HTTP_BODY_CAP is 8 MiB */
    assert_sentence(f, ERR_PROTOCOL, "larger than 8 MiB");
    run(f, (struct http_request){.path = "/bomb", .cap = HTTP_LIST_CAP});
    assert_int_equal(f->answer.err.kind, ERR_NONE);
    assert_int_equal(f->answer.len, 10485760);
    f->stream_limit = 1 << 20;
    run(f, (struct http_request){.path = "/bomb", .on_body = on_body});
    assert_sentence(f, ERR_PROTOCOL, "enough");
    assert_true(f->streamed <= (1 << 20) + (1 << 16));
    httpd_down(f->httpd); /* it may still be sending */
    free(bomb);
}

static void test_error_bodies_and_headers_have_caps(void **state)
{
    struct fixture *f = *state;
    static char block[65536];
    memset(block, 'x', sizeof block);
    httpd_on(f->httpd, "GET /error",
             (struct httpd_answer){.status = 500, .body = block, .len = sizeof block, .times = 32});
    run(f, (struct http_request){.path = "/error"});
    assert_int_equal(f->answer.status, 500);
    assert_true(f->answer.len <= HTTP_ERROR_CAP);
    static char lines[HTTP_HEADER_LINES * 8 + 64];
    for (int i = 0; i < HTTP_HEADER_LINES; i++)
        strcat(lines, "X-A: b\r\n");
    httpd_on(f->httpd, "GET /headers", (struct httpd_answer){.status = 200, .headers = lines, .body = "{}"});
    run(f, (struct http_request){.path = "/headers"});
    assert_sentence(f, ERR_PROTOCOL, "more headers");
}

static void test_half_a_body_is_an_error(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "GET /half",
             (struct httpd_answer){.status = 200, .body = "[1,2,3", .declared = 100, .end = HTTPD_CLOSE});
    run(f, (struct http_request){.path = "/half"});
    assert_sentence(f, ERR_NETWORK, "broke off");
    assert_true(f->answer.retry);
    httpd_on(f->httpd, "GET /chunk",
             (struct httpd_answer){.status = 200, .body = "[1,2,3", .chunked = true, .end = HTTPD_CLOSE});
    run(f, (struct http_request){.path = "/chunk"});
    assert_int_equal(f->answer.err.kind, ERR_NETWORK);
}

/* The service reads a change and dies: it must not be sent again, by nobody, and the outcome is unknown. */
static void test_a_change_leaves_exactly_once(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "GET /warm", (struct httpd_answer){.status = 200, .body = "{}"});
    static const enum http_method methods[] = {HTTP_POST, HTTP_PUT, HTTP_DELETE};
    static const char *const routes[] = {"POST /change", "PUT /change", "DELETE /change"};
    static const enum httpd_end ends[] = {HTTPD_CLOSE, HTTPD_RESET};
    size_t sent = 0;
    for (size_t m = 0; m < 3; m++)
        for (size_t e = 0; e < 2; e++) {
            run(f, (struct http_request){.path = "/warm"}); /* leaves a connection for reuse */
            httpd_once(f->httpd, routes[m], (struct httpd_answer){.status = 0, .end = ends[e]});
            size_t before = httpd_count(f->httpd, routes[m]);
            run(f, (struct http_request){.method = methods[m], .path = "/change", .body = "{}"});
            assert_sentence(f, ERR_UNKNOWN, "look again before repeating");
            assert_false(f->answer.retry);
            assert_int_equal(httpd_count(f->httpd, routes[m]), before + 1);
            sent++;
        }
    assert_int_equal(sent, 6);
}

static void test_a_get_on_a_dead_connection_is_repeated_by_libcurl(void **state)
{
    struct fixture *f = *state;
    httpd_once(f->httpd, "GET /warm", (struct httpd_answer){.status = 200, .body = "{}"});
    httpd_once(f->httpd, "GET /warm", (struct httpd_answer){.status = 0, .end = HTTPD_CLOSE});
    httpd_once(f->httpd, "GET /warm", (struct httpd_answer){.status = 200, .body = "{}"});
    run(f, (struct http_request){.path = "/warm"});
    run(f, (struct http_request){.path = "/warm"});
    assert_int_equal(f->answer.err.kind, ERR_NONE);
    assert_int_equal(httpd_connections(f->httpd), 2);
}

static void test_a_gateway_timeout_on_a_change_is_unknown(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "POST /change",
             (struct httpd_answer){.status = 504, .body = "{\"error\":\"upstream\"}"});
    run(f, (struct http_request){.method = HTTP_POST, .path = "/change"});
    assert_sentence(f, ERR_UNKNOWN, "upstream");
    httpd_on(f->httpd, "POST /change",
             (struct httpd_answer){.status = 500, .body = "{\"error\":\"refused\"}"});
    run(f, (struct http_request){.method = HTTP_POST, .path = "/change"});
    assert_sentence(f, ERR_SERVICE, "refused");
}

static void test_refused_and_silent_services(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "GET /stall", (struct httpd_answer){.status = 0, .end = HTTPD_STALL});
    httpd_on(f->httpd, "POST /stall", (struct httpd_answer){.status = 0, .end = HTTPD_STALL});
    run(f, (struct http_request){.path = "/stall"});
    assert_sentence(f, ERR_TIMEOUT, "took too long");
    assert_true(f->answer.retry);
    run(f, (struct http_request){.method = HTTP_POST, .path = "/stall"});
    assert_sentence(f, ERR_UNKNOWN, "took too long");
    httpd_down(f->httpd);
    run(f, (struct http_request){.path = "/v2/box"});
    assert_sentence(f, ERR_NETWORK, "connection refused");
    run(f, (struct http_request){.method = HTTP_POST, .path = "/v2/box"});
    assert_sentence(f, ERR_NETWORK, "connection refused"); /* never left: the outcome is known */
}

static void test_names_that_do_not_resolve(void **state)
{
    struct fixture *f = *state;
    http_free(f->http);
    f->http = new_http("https://boxtop.invalid");
    run(f, (struct http_request){.path = "/v2/box"});
    assert_sentence(f, ERR_NETWORK, "address of boxtop.invalid");
}

static void test_tls_with_a_server_that_has_none(void **state)
{
    struct fixture *f = *state;
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1:%d", httpd_port(f->httpd));
    http_free(f->http);
    f->http = new_http(url);
    httpd_on(f->httpd, "GET /", (struct httpd_answer){.status = 200, .body = "{}", .end = HTTPD_CLOSE});
    run(f, (struct http_request){.method = HTTP_POST, .path = "/v2/box"});
    assert_int_equal(f->answer.err.kind, ERR_NETWORK); /* nothing of the request left */
}

static void test_cancel_calls_nobody_back(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "GET /stall", (struct httpd_answer){.status = 0, .end = HTTPD_STALL});
    for (int i = 0; i < 200; i++) {
        start(f, (struct http_request){.path = "/stall"});
        http_step(f->http);
        http_cancel(f->http, f->call);
        assert_false(f->over);
        assert_int_equal(http_active(f->http), 0);
    }
    httpd_on(f->httpd, "GET /ok", (struct httpd_answer){.status = 200, .body = "{}"});
    run(f, (struct http_request){.path = "/ok"});
    assert_int_equal(f->answer.err.kind, ERR_NONE);
}

static void test_drop_ends_what_is_under_way(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "GET /stall", (struct httpd_answer){.status = 0, .end = HTTPD_STALL});
    httpd_on(f->httpd, "GET /ok", (struct httpd_answer){.status = 200, .body = "{}"});
    run(f, (struct http_request){.path = "/ok"});
    start(f, (struct http_request){.path = "/stall"});
    http_step(f->http);
    http_drop(f->http, "this machine slept");
    assert_true(f->over);
    assert_sentence(f, ERR_NETWORK, "this machine slept");
    size_t before = httpd_connections(f->httpd);
    run(f, (struct http_request){.path = "/ok"});
    assert_int_equal(f->answer.err.kind, ERR_NONE);
    assert_true(httpd_connections(f->httpd) > before - 1); /* not one of the old connections */
}

static void test_connect_hands_over_a_socket(void **state)
{
    struct fixture *f = *state;
    httpd_on(f->httpd, "GET /hello", (struct httpd_answer){.status = 200, .body = "hi", .end = HTTPD_CLOSE});
    http_connect(f->http, "127.0.0.1", httpd_port(f->httpd), on_done, f);
    finish(f);
    assert_int_equal(f->answer.err.kind, ERR_NONE);
    int fd = f->answer.fd;
    assert_true(fd >= 0);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    static const char request[] = "GET /hello HTTP/1.1\r\n\r\n";
    assert_int_equal(write(fd, request, sizeof request - 1), sizeof request - 1);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 5000), 1);
    close(fd);
    f->over = false;
    httpd_down(f->httpd);
    http_connect(f->http, "127.0.0.1", httpd_port(f->httpd), on_done, f);
    finish(f);
    assert_sentence(f, ERR_NETWORK, "cannot connect to 127.0.0.1");
    assert_int_equal(f->answer.fd, -1);
}

static void test_base_urls(void **state)
{
    (void)state;
    static const char *const good[] = {"https://us-east-1.box.upstash.com",
                                       "https://a.b/",
                                       "https://a.b:8443/x",
                                       "http://127.0.0.1:80",
                                       "http://127.9.9.9",
                                       "http://[::1]:8080/",
                                       "http://localhost:1"};
    static const char *const bad[] = {"http://example.com",
                                      "http://127.0.0.1.evil.com",
                                      "http://localhost.evil",
                                      "ftp://a.b",
                                      "a.b",
                                      "",
                                      "https://",
                                      "https://user@a.b",
                                      "https://u:p@a.b",
                                      "https://a.b/?x=1",
                                      "https://a.b/#x",
                                      "https://a.b\r\nX: y",
                                      "http://[::2]/",
                                      "file:///etc/passwd",
                                      "http://127.0.0.1@evil.com"};
    struct err err;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!http_url_check(good[i], &err))
            fail_msg("%s: %s", good[i], err.text);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err_clear(&err);
        assert_false(http_url_check(bad[i], &err));
        assert_int_equal(err.kind, ERR_USAGE);
    }
}

static void test_path_segments_are_escaped(void **state)
{
    (void)state;
    struct buf path;
    buf_init(&path, 1000);
    http_path_add(&path, "a b/c?d#e%f&\"~x");
    assert_string_equal(buf_text(&path), "/a%20b%2Fc%3Fd%23e%25f%26%22~x");
    buf_done(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_get_brings_the_body_and_sends_the_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_post_carries_json_and_an_empty_one_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_delete_may_carry_a_body, setup, teardown),
        cmocka_unit_test_setup_teardown(test_redirect_is_not_followed_and_the_key_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_statuses_become_kinds_with_the_services_sentence, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_retry_after, setup, teardown),
        cmocka_unit_test_setup_teardown(test_body_cap_counts_what_arrives, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gzip_is_decoded_and_a_bomb_is_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_error_bodies_and_headers_have_caps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half_a_body_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_change_leaves_exactly_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_get_on_a_dead_connection_is_repeated_by_libcurl, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_gateway_timeout_on_a_change_is_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_and_silent_services, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_that_do_not_resolve, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tls_with_a_server_that_has_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_calls_nobody_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_drop_ends_what_is_under_way, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connect_hands_over_a_socket, setup, teardown),
        cmocka_unit_test(test_base_urls),
        cmocka_unit_test(test_path_segments_are_escaped),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
