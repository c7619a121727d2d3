#include "tests/support/httpd.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/base/buf.h"
#include "client/base/mem.h"

enum { ROUTES_MAX = 64, QUEUE_MAX = 64, CONNECTIONS_MAX = 256 };

struct route {
    char *name; /* "GET /v2/box" */
    bool lasting;
    struct httpd_answer answer;
    struct httpd_answer queue[QUEUE_MAX];
    size_t queued;
    size_t used;
    size_t count;
    char *last;
};

struct httpd {
    pthread_mutex_t lock; /* over everything below */
    pthread_cond_t changed;
    struct route routes[ROUTES_MAX];
    size_t route_count;
    size_t requests;
    size_t accepted;
    unsigned releases; /* how often httpd_release was called */
    bool ending;
    int listener; /* -1 while down */
    int port;
    char url[64];
    int fds[CONNECTIONS_MAX]; /* of open connections, -1 for a free place */
    size_t threads;           /* connection threads that live */
    pthread_t accepter;
    int stop_pipe[2]; /* ends the accepter */
};

struct connection {
    struct httpd *httpd;
    int fd;
    size_t place;
};

static struct route *find_route(struct httpd *httpd, const char *name, bool make)
{
    for (size_t i = 0; i < httpd->route_count; i++)
        if (strcmp(httpd->routes[i].name, name) == 0)
            return &httpd->routes[i];
    if (!make)
        return NULL;
    assert(httpd->route_count < ROUTES_MAX);
    struct route *route = &httpd->routes[httpd->route_count++];
    route->name = mem_dup(name);
    return route;
}

static bool send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        len -= (size_t)sent;
    }
    return true;
}

static void send_answer(int fd, const struct httpd_answer *answer)
{
    size_t len = answer->body == NULL ? 0 : answer->len > 0 ? answer->len : strlen(answer->body);
    size_t times = answer->times > 0 ? answer->times : 1;
    struct buf head;
    buf_init(&head, 1 << 20);
    buf_add_format(&head, "HTTP/1.1 %d Scripted\r\n%s", answer->status,
                   answer->headers == NULL ? "" : answer->headers);
    if (answer->chunked)
        buf_add_format(&head, "Transfer-Encoding: chunked\r\n\r\n");
    else
        buf_add_format(&head, "Content-Length: %zu\r\n\r\n",
                       answer->declared > 0 ? answer->declared : len * times);
    bool ok = send_all(fd, head.data, head.len);
    for (size_t i = 0; ok && i < times && len > 0; i++) {
        char size[32];
        int size_len = snprintf(size, sizeof size, "%zx\r\n", len);
        ok = (!answer->chunked || send_all(fd, size, (size_t)size_len)) && send_all(fd, answer->body, len) &&
             (!answer->chunked || send_all(fd, "\r\n", 2));
    }
    if (ok && answer->chunked && answer->end == HTTPD_KEEP)
        send_all(fd, "0\r\n\r\n", 5);
    buf_done(&head);
}

/* Reads one request, head and body. False when the connection ended before it was whole. */
static bool read_request(int fd, struct buf *request)
{
    for (;;) {
        const char *end = request->len > 0 ? strstr(request->data, "\r\n\r\n") : NULL;
        if (end != NULL) {
            size_t head = (size_t)(end - request->data) + 4;
            const char *length = strcasestr(request->data, "\r\ncontent-length:");
            size_t body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
            if (request->len >= head + body)
                return true;
        }
        char bytes[16384];
        ssize_t got = recv(fd, bytes, sizeof bytes, 0);
        if (got <= 0 || !buf_add(request, bytes, (size_t)got))
            return false;
    }
}

/* Notes a request and says how to answer it. */
static struct httpd_answer take_answer(struct httpd *httpd, const struct buf *request)
{
    size_t len = strcspn(request->data, " ");
    len += 1 + strcspn(request->data + len + 1, "? ");
    char *name = mem_dup_bytes(request->data, len);
    struct httpd_answer answer = {.status = 404, .body = "{\"error\":\"no such route\"}", .end = HTTPD_KEEP};
    pthread_mutex_lock(&httpd->lock);
    struct route *route = find_route(httpd, name, true);
    free(route->last);
    route->last = mem_dup_bytes(request->data, request->len);
    route->count++;
    httpd->requests++;
    if (route->used < route->queued)
        answer = route->queue[route->used++];
    else if (route->lasting)
        answer = route->answer;
    pthread_cond_broadcast(&httpd->changed);
    pthread_mutex_unlock(&httpd->lock);
    free(name);
    return answer;
}

static void stall(struct httpd *httpd)
{
    pthread_mutex_lock(&httpd->lock);
    unsigned releases = httpd->releases;
    while (!httpd->ending && httpd->releases == releases)
        pthread_cond_wait(&httpd->changed, &httpd->lock);
    pthread_mutex_unlock(&httpd->lock);
}

static void *connection_main(void *user)
{
    struct connection *connection = user;
    struct httpd *httpd = connection->httpd;
    bool open = true;
    while (open) {
        struct buf request;
        buf_init(&request, 32 << 20);
        open = read_request(connection->fd, &request);
        if (open) {
            struct httpd_answer answer = take_answer(httpd, &request);
            if (answer.status != 0)
                send_answer(connection->fd, &answer);
            if (answer.end == HTTPD_STALL)
                stall(httpd);
            if (answer.end == HTTPD_RESET)
                setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1},
                           sizeof(struct linger));
            open = answer.end == HTTPD_KEEP;
        }
        buf_done(&request);
    }
    pthread_mutex_lock(&httpd->lock);
    httpd->fds[connection->place] = -1;
    close(connection->fd);
    httpd->threads--;
    pthread_cond_broadcast(&httpd->changed);
    pthread_mutex_unlock(&httpd->lock);
    free(connection);
    return NULL;
}

static void start_connection(struct httpd *httpd, int fd)
{
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    pthread_mutex_lock(&httpd->lock);
    size_t place = 0;
    while (place < CONNECTIONS_MAX && httpd->fds[place] >= 0)
        place++;
    assert(place < CONNECTIONS_MAX);
    httpd->fds[place] = fd;
    httpd->accepted++;
    httpd->threads++;
    struct connection *connection = mem_zalloc(1, sizeof *connection);
    *connection = (struct connection){.httpd = httpd, .fd = fd, .place = place};
    pthread_t thread;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&thread, &attr, connection_main, connection);
    assert(failed == 0);
    (void)failed;
    pthread_attr_destroy(&attr);
    pthread_mutex_unlock(&httpd->lock);
}

static void *accepter_main(void *user)
{
    struct httpd *httpd = user;
    for (;;) {
        struct pollfd fds[2] = {{.fd = httpd->listener, .events = POLLIN},
                                {.fd = httpd->stop_pipe[0], .events = POLLIN}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if (fds[1].revents != 0)
            return NULL;
        int fd = fds[0].revents != 0 ? accept4(httpd->listener, NULL, NULL, SOCK_CLOEXEC) : -1;
        if (fd >= 0)
            start_connection(httpd, fd);
    }
}

void httpd_up(struct httpd *httpd)
{
    assert(httpd->listener < 0);
    httpd->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(httpd->listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)httpd->port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof addr;
    if (bind(httpd->listener, (struct sockaddr *)&addr, len) != 0 || listen(httpd->listener, 64) != 0 ||
        getsockname(httpd->listener, (struct sockaddr *)&addr, &len) != 0 ||
        pipe2(httpd->stop_pipe, O_CLOEXEC) != 0 ||
        pthread_create(&httpd->accepter, NULL, accepter_main, httpd) != 0) {
        perror("httpd");
        abort();
    }
    httpd->port = ntohs(addr.sin_port);
    snprintf(httpd->url, sizeof httpd->url, "http://127.0.0.1:%d", httpd->port);
}

/* Cuts every connection and waits until their threads are gone. */
static void end_connections(struct httpd *httpd)
{
    pthread_mutex_lock(&httpd->lock);
    httpd->releases++;
    pthread_cond_broadcast(&httpd->changed);
    while (httpd->threads > 0) {
        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
            if (httpd->fds[i] >= 0)
                shutdown(httpd->fds[i], SHUT_RDWR);
        pthread_cond_wait(&httpd->changed, &httpd->lock);
    }
    pthread_mutex_unlock(&httpd->lock);
}

void httpd_down(struct httpd *httpd)
{
    if (httpd->listener < 0)
        return;
    ssize_t ignored = write(httpd->stop_pipe[1], "", 1);
    (void)ignored;
    pthread_join(httpd->accepter, NULL);
    close(httpd->listener);
    close(httpd->stop_pipe[0]);
    close(httpd->stop_pipe[1]);
    httpd->listener = -1;
    end_connections(httpd);
}

struct httpd *httpd_new(void)
{
    struct httpd *httpd = mem_zalloc(1, sizeof *httpd);
    pthread_mutex_init(&httpd->lock, NULL);
    pthread_cond_init(&httpd->changed, NULL);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        httpd->fds[i] = -1;
    httpd->listener = -1;
    httpd_up(httpd);
    return httpd;
}

void httpd_free(struct httpd *httpd)
{
    if (httpd == NULL)
        return;
    pthread_mutex_lock(&httpd->lock);
    httpd->ending = true;
    pthread_mutex_unlock(&httpd->lock);
    httpd_down(httpd);
    end_connections(httpd);
    for (size_t i = 0; i < httpd->route_count; i++) {
        free(httpd->routes[i].name);
        free(httpd->routes[i].last);
    }
    pthread_mutex_destroy(&httpd->lock);
    pthread_cond_destroy(&httpd->changed);
    free(httpd);
}

const char *httpd_url(const struct httpd *httpd)
{
    return httpd->url;
}

int httpd_port(const struct httpd *httpd)
{
    return httpd->port;
}

void httpd_on(struct httpd *httpd, const char *name, struct httpd_answer answer)
{
    pthread_mutex_lock(&httpd->lock);
    struct route *route = find_route(httpd, name, true);
    route->lasting = true;
    route->answer = answer;
    pthread_mutex_unlock(&httpd->lock);
}

void httpd_once(struct httpd *httpd, const char *name, struct httpd_answer answer)
{
    pthread_mutex_lock(&httpd->lock);
    struct route *route = find_route(httpd, name, true);
    assert(route->queued < QUEUE_MAX);
    route->queue[route->queued++] = answer;
    pthread_mutex_unlock(&httpd->lock);
}

size_t httpd_count(struct httpd *httpd, const char *name)
{
    pthread_mutex_lock(&httpd->lock);
    struct route *route = name == NULL ? NULL : find_route(httpd, name, false);
    size_t count = name == NULL ? httpd->requests : route == NULL ? 0 : route->count;
    pthread_mutex_unlock(&httpd->lock);
    return count;
}

size_t httpd_connections(struct httpd *httpd)
{
    pthread_mutex_lock(&httpd->lock);
    size_t count = httpd->accepted;
    pthread_mutex_unlock(&httpd->lock);
    return count;
}

char *httpd_last(struct httpd *httpd, const char *name)
{
    pthread_mutex_lock(&httpd->lock);
    struct route *route = find_route(httpd, name, false);
    char *last = route == NULL ? NULL : mem_dup(route->last);
    pthread_mutex_unlock(&httpd->lock);
    return last;
}

void httpd_release(struct httpd *httpd)
{
    pthread_mutex_lock(&httpd->lock);
    httpd->releases++;
    pthread_cond_broadcast(&httpd->changed);
    pthread_mutex_unlock(&httpd->lock);
}
