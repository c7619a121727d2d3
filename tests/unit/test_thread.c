/* The client on its thread: messages both ways, and an end that waits for nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/client.h"
#include "tests/support/httpd.h"

/* client.h promises 300 ms. With a sanitizer, reading the certificates of the system alone takes longer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { END_MS = 3000 };
#else
enum { END_MS = 300 };
#endif

static const char KEY[] = "box_0123456789abcdef";

/* --- a name server that never answers --------------------------------------------------------------------
 */

static pthread_mutex_t resolver_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t resolver_changed = PTHREAD_COND_INITIALIZER;
static bool resolver_dead;
static unsigned lookups; /* that hang */

/* Stands in for the C library's, also for libcurl's resolver thread: hangs while resolver_dead is set. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    (void)name;
    (void)service;
    (void)hints;
    (void)result;
    pthread_mutex_lock(&resolver_lock);
    lookups++;
    pthread_cond_broadcast(&resolver_changed);
    while (resolver_dead)
        pthread_cond_wait(&resolver_changed, &resolver_lock);
    lookups--;
    pthread_cond_broadcast(&resolver_changed);
    pthread_mutex_unlock(&resolver_lock);
    return EAI_FAIL;
}

/* Waits until a lookup hangs. */
static void await_lookup(void)
{
    pthread_mutex_lock(&resolver_lock);
    while (lookups == 0)
        pthread_cond_wait(&resolver_changed, &resolver_lock);
    pthread_mutex_unlock(&resolver_lock);
}

/* Lets lookups fail, and waits until none is left: their threads must not outlive the test. */
static void release_lookups(void)
{
    pthread_mutex_lock(&resolver_lock);
    resolver_dead = false;
    pthread_cond_broadcast(&resolver_changed);
    while (lookups > 0)
        pthread_cond_wait(&resolver_changed, &resolver_lock);
    pthread_mutex_unlock(&resolver_lock);
}

/* --- helpers ---------------------------------------------------------------------------------------------
 */

static struct client *new_client(const char *url)
{
    struct err err = {0};
    struct client_options options = {.base_url = url, .user_agent = "boxtop/test", .rate = 1000};
    struct client *client = client_new(&options, &err);
    if (client == NULL)
        fail_msg("%s", err.text);
    return client;
}

/* Waits for the next event by the descriptor, as the console does. */
static struct event *next_event(struct client *client)
{
    for (;;) {
        struct event *event = client_next_event(client);
        if (event != NULL)
            return event;
        struct pollfd p = {.fd = client_event_fd(client), .events = POLLIN};
        assert_int_equal(poll(&p, 1, 10000), 1);
    }
}

static struct event *await(struct client *client, enum event_kind kind, uint64_t request_id)
{
    for (;;) {
        struct event *event = next_event(client);
        if (event->kind == kind && event->request_id == request_id)
            return event;
        event_free(event);
    }
}

static void end_in_time(struct client *client)
{
    int64_t began = clock_ms();
    client_free(client);
    int64_t took = clock_ms() - began;
    if (took > END_MS)
        fail_msg("the end took %lld ms", (long long)took);
}

static struct httpd *new_service(void)
{
    struct httpd *httpd = httpd_new();
    httpd_on(httpd, "GET /v2/box",
             (struct httpd_answer){.status = 200, .body = "[{\"id\":\"quiet-fox-1\",\"status\":\"idle\"}]"});
    httpd_on(httpd, "GET /v2/box/quiet-fox-1",
             (struct httpd_answer){.status = 200, .body = "{\"id\":\"quiet-fox-1\",\"status\":\"idle\"}"});
    return httpd;
}

/* --- tests -----------------------------------------------------------------------------------------------
 */

static void test_options_are_checked(void **state)
{
    (void)state;
    struct err err = {0};
    struct client_options options = {.base_url = "http://box.example"};
    assert_null(client_new(&options, &err));
    assert_int_equal(err.kind, ERR_USAGE);
}

static void test_the_list_arrives_and_requests_are_answered(void **state)
{
    (void)state;
    struct httpd *httpd = new_service();
    struct client *client = new_client(httpd_url(httpd));
    struct err err = {0};
    assert_false(client_set_key(client, "short", &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_true(client_set_key(client, KEY, NULL));
    struct event *event = await(client, EVENT_BOXES, 0);
    assert_int_equal(event->boxes.count, 1);
    event_free(event);
    uint64_t id = client_ask(client, request_new(REQUEST_BOX_GET, "quiet-fox-1"));
    assert_true(id != 0);
    event = await(client, EVENT_REPLY, id);
    assert_int_equal(event->reply.err.kind, ERR_NONE);
    event_free(event);
    end_in_time(client);
    httpd_free(httpd);
}

static void test_many_requests_are_each_answered_once(void **state)
{
    (void)state;
    enum { REQUESTS = 200 };
    struct httpd *httpd = new_service();
    struct client *client = new_client(httpd_url(httpd));
    uint64_t ids[REQUESTS];
    unsigned answers[REQUESTS] = {0};
    client_set_key(client, KEY, NULL);
    for (size_t i = 0; i < REQUESTS; i++) {
        static const char *const visible[] = {"quiet-fox-1"};
        ids[i] = client_ask(client, request_new(REQUEST_BOX_GET, "quiet-fox-1"));
        client_watch(client, &(struct watch){.visible = visible, .visible_count = i % 2});
        if (i % 3 == 0)
            client_cancel(client, ids[i]);
    }
    for (size_t replies = 0; replies < REQUESTS;) {
        struct event *event = next_event(client);
        if (event->kind == EVENT_REPLY) {
            replies++;
            for (size_t i = 0; i < REQUESTS; i++)
                answers[i] += event->request_id == ids[i];
        }
        event_free(event);
    }
    for (size_t i = 0; i < REQUESTS; i++)
        assert_int_equal(answers[i], 1);
    end_in_time(client);
    httpd_free(httpd);
}

static void test_the_descriptor_is_readable_until_all_is_taken(void **state)
{
    (void)state;
    struct httpd *httpd = new_service();
    struct client *client = new_client(httpd_url(httpd));
    for (int i = 0; i < 3; i++)
        client_ask(client, request_new(REQUEST_REFRESH, NULL)); /* answered at once: there is no key */
    struct pollfd p = {.fd = client_event_fd(client), .events = POLLIN};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(poll(&p, 1, 10000), 1);
        struct event *event = NULL;
        while (event == NULL) /* one byte may announce several events, and come a moment before them */
            event = client_next_event(client);
        assert_int_equal(event->kind, EVENT_REPLY);
        event_free(event);
    }
    assert_null(client_next_event(client));
    assert_int_equal(poll(&p, 1, 0), 0);
    end_in_time(client);
    httpd_free(httpd);
}

static void test_the_end_waits_for_no_service(void **state)
{
    (void)state;
    struct httpd *httpd = new_service();
    httpd_on(httpd, "GET /v2/box", (struct httpd_answer){.end = HTTPD_STALL});
    httpd_on(httpd, "POST /v2/box/quiet-fox-1/exec-stream",
             (struct httpd_answer){.status = 200, .body = "on\n", .chunked = true, .end = HTTPD_STALL});
    struct client *client = new_client(httpd_url(httpd));
    client_set_key(client, KEY, NULL);
    struct request *request = request_new(REQUEST_EXEC, "quiet-fox-1");
    request->text = mem_dup("sleep 100");
    uint64_t id = client_ask(client, request);
    event_free(await(client, EVENT_EXEC, id));
    end_in_time(client);
    httpd_free(httpd);
}

static void test_the_end_waits_for_no_tls_handshake(void **state)
{
    (void)state;
    struct httpd *httpd = new_service(); /* reads, and never says a word of TLS */
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1:%d", httpd_port(httpd));
    struct client *client = new_client(url);
    client_set_key(client, KEY, NULL);
    int64_t deadline = clock_ms() + 10000;
    while (httpd_connections(httpd) == 0)
        assert_true(clock_ms() < deadline);
    end_in_time(client);
    httpd_free(httpd);
}

static void test_the_end_waits_for_no_name_server(void **state)
{
    (void)state;
    pthread_mutex_lock(&resolver_lock);
    resolver_dead = true;
    pthread_mutex_unlock(&resolver_lock);
    struct client *client = new_client("https://box.example");
    client_set_key(client, KEY, NULL);
    await_lookup();
    end_in_time(client);
    release_lookups();
}

static void test_start_and_end_leave_nothing(void **state)
{
    (void)state;
    struct httpd *httpd = new_service();
    int first = dup(STDERR_FILENO);
    close(first);
    for (int i = 0; i < 30; i++) {
        struct client *client = new_client(httpd_url(httpd));
        if (i % 2 == 0)
            client_set_key(client, KEY, NULL);
        client_ask(client, request_new(REQUEST_BOX_GET, "quiet-fox-1"));
        end_in_time(client);
    }
    client_free(NULL);
    httpd_free(httpd);
    int last = dup(STDERR_FILENO);
    close(last);
    assert_true(last <= first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_are_checked),
        cmocka_unit_test(test_the_list_arrives_and_requests_are_answered),
        cmocka_unit_test(test_many_requests_are_each_answered_once),
        cmocka_unit_test(test_the_descriptor_is_readable_until_all_is_taken),
        cmocka_unit_test(test_the_end_waits_for_no_service),
        cmocka_unit_test(test_the_end_waits_for_no_tls_handshake),
        cmocka_unit_test(test_the_end_waits_for_no_name_server),
        cmocka_unit_test(test_start_and_end_leave_nothing),
    };
    return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
