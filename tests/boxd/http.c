#include "tests/boxd/http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"
#include "tests/boxd/request.h"
#include "tests/boxd/routes.h"
#include "tests/boxd/send.h"

enum { CONNECTIONS = 400, STACK = 512 << 10 };

/* Called with the target of a request before it is parsed: the path is kept as it came, because a decoded
 * path no longer shows which slashes are part of a name. */
static void *keep_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct request *rq = mem_zalloc(1, sizeof *rq);
    rq->boxd = context;
    rq->connection = connection;
    rq->path = mem_dup_bytes(target, strcspn(target, "?"));
    buf_init(&rq->body, REQUEST_BODY_MAX);
    return rq;
}

static void request_free(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode why)
{
    (void)context;
    (void)connection;
    (void)why;
    struct request *rq = *request;
    if (rq == NULL) {
        return;
    }
    for (int i = 0; i < rq->arg_count; i++) {
        free(rq->args[i]);
    }
    json_decref(rq->json);
    buf_done(&rq->body);
    buf_done(&rq->reply.body);
    free(rq->path);
    free(rq);
    *request = NULL;
}

/* Compares without telling by its duration where the difference is. */
static bool equal(const char *left, const char *right)
{
    size_t len = strlen(left);
    unsigned char difference = strlen(right) == len ? 0 : 1;
    for (size_t i = 0; difference == 0 && i < len; i++) {
        difference |= (unsigned char)(left[i] ^ right[i]);
    }
    return difference == 0;
}

static bool authorized(const struct request *rq)
{
    static const char bearer[] = "Bearer ";
    const char *key = MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, "X-Box-Api-Key");
    if (key == NULL) {
        key = MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, "Authorization");
        if (key != NULL && strncmp(key, bearer, sizeof bearer - 1) == 0) {
            key += sizeof bearer - 1;
        }
    }
    return key != NULL && equal(rq->boxd->options.api_key, key);
}

static void count(struct request *rq, const struct route *route, size_t index)
{
    struct counters *counters = &rq->boxd->counters;
    if (route == NULL) {
        counters->unknown++;
    } else {
        counters->requests[index]++;
    }
    counters->posts += strcmp(rq->method, "GET") != 0 && strncmp(rq->path, "/_boxd/", 7) != 0 ? 1 : 0;
}

/* Finds the answer. The lock is held while the handler runs, and only then. */
static void answer(struct request *rq)
{
    pthread_mutex_t *lock = &rq->boxd->store.lock;
    const struct route *route = NULL;
    size_t index = 0;
    if (!authorized(rq)) {
        reply_error(rq, 401, "unauthorized");
    } else if (rq->body_too_large) {
        reply_error(rq, 413, "the body is larger than %d MiB", REQUEST_BODY_MAX >> 20);
    } else {
        route = routes_find(rq, &index);
    }
    pthread_mutex_lock(lock);
    count(rq, route, index);
    pthread_mutex_unlock(lock);
    if (rq->hits.on[FAULT_LATENCY]) {
        send_wait(rq, rq->hits.what[FAULT_LATENCY].number);
    }
    if (route != NULL && !send_refusal(rq)) {
        pthread_mutex_lock(lock);
        route->handle(rq);
        pthread_mutex_unlock(lock);
    }
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **request)
{
    (void)context;
    (void)connection;
    (void)url;
    (void)version;
    struct request *rq = *request;
    if (rq->method == NULL) {
        rq->method = method;
        return MHD_YES;
    }
    if (*size > 0) {
        rq->body_too_large = !buf_add(&rq->body, data, *size) || rq->body_too_large;
        *size = 0;
        return MHD_YES;
    }
    if (strncmp(rq->path, "/_boxd/", 7) != 0) {
        faults_draw(&rq->boxd->faults, rq->path, &rq->hits);
    }
    answer(rq);
    return send_reply(rq);
}

/* Leaves the path as it came; see keep_target. Query values are decoded here. */
static size_t unescape(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return MHD_http_unescape(text);
}

bool http_start(struct boxd *boxd, struct err *err)
{
    const struct sockaddr *address = (const struct sockaddr *)&boxd->options.http;
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
                     MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_ITC;
    if (address->sa_family == AF_INET6) {
        flags |= MHD_USE_IPv6;
    }
    boxd->http = MHD_start_daemon(flags, 0, NULL, NULL, on_request, boxd, MHD_OPTION_SOCK_ADDR, address,
                                  MHD_OPTION_URI_LOG_CALLBACK, keep_target, boxd,
                                  MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED,
                                  request_free, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
                                  MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK, MHD_OPTION_END);
    if (boxd->http == NULL) {
        return err_set(err, ERR_LOCAL, 0, "cannot listen for HTTP: the address is taken or not allowed");
    }
    return true;
}

void http_stop(struct boxd *boxd)
{
    if (boxd->http != NULL) {
        MHD_stop_daemon(boxd->http);
        boxd->http = NULL;
    }
}

char *http_url(const struct boxd *boxd)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(boxd->http, MHD_DAEMON_INFO_BIND_PORT);
    const struct sockaddr_storage *address = &boxd->options.http;
    char host[INET6_ADDRSTRLEN];
    if (address->ss_family == AF_INET6) {
        return mem_format("http://[::1]:%u", info->port);
    }
    inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, host, sizeof host);
    return mem_format("http://%s:%u", host, info->port);
}
