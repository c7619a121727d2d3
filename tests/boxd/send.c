#include "tests/boxd/send.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/boxd/bloat.h"

enum { BLOCK = 32 << 10, SLICE_MS = 100 };

/* How a body ends before its time. */
enum cut { CUT_NONE, CUT_CLOSE, CUT_RESET, CUT_SILENCE };

struct sender {
    const struct request *rq; /* for the connection only; it lives as long as the response */
    char *data;               /* owned; NULL when there is a source */
    size_t len;
    struct body_source source;
    enum cut cut;
    uint64_t cut_at; /* bytes of the body that still go out */
};

static int socket_of(const struct request *rq)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

/* Whether the other side has closed. */
static bool client_gone(int fd, int wait_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};
    return poll(&p, 1, wait_ms) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void send_wait(const struct request *rq, int64_t ms)
{
    int64_t end = clock_ms() + ms;
    int fd = socket_of(rq);
    while (!atomic_load(&rq->boxd->stopping)) {
        int64_t left = end - clock_ms();
        if (ms >= 0 && left <= 0) {
            return;
        }
        if (client_gone(fd, ms >= 0 && left < SLICE_MS ? (int)left : SLICE_MS)) {
            return;
        }
    }
}

/* Sends a TCP reset: dissolving the association of a connected socket does that on Linux. */
static void reset(const struct request *rq)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    (void)connect(socket_of(rq), &none, sizeof none);
}

static void error_page(struct request *rq, int status)
{
    struct reply *reply = &rq->reply;
    buf_done(&reply->body);
    buf_init(&reply->body, 4096);
    buf_add_format(&reply->body,
                   "<html>\r\n<head><title>%d Bad Gateway</title></head>\r\n<body>\r\n<center><h1>%d Bad "
                   "Gateway</h1></center>\r\n</body>\r\n</html>\r\n",
                   status, status);
    reply->status = status;
    reply->content_type = "text/html";
}

bool send_refusal(struct request *rq)
{
    const struct fault_hits *hits = &rq->hits;
    if (hits->on[FAULT_STATUS]) {
        int status = hits->what[FAULT_STATUS].status;
        reply_error(rq, status, "%s",
                    status == 429   ? "rate limited"
                    : status >= 500 ? "server error"
                                    : "bad request");
        return true;
    }
    if (hits->on[FAULT_HTML]) {
        int64_t status = hits->what[FAULT_HTML].number;
        error_page(rq, status >= 200 && status <= 599 ? (int)status : 502);
        return true;
    }
    if (hits->on[FAULT_REDIRECT]) {
        reply_empty(rq);
        rq->reply.status = 302;
        return true;
    }
    return false;
}

/* Called by libmicrohttpd for the next part of the body. */
static ssize_t sender_read(void *context, uint64_t at, char *out, size_t room)
{
    struct sender *s = context;
    if (s->cut != CUT_NONE && s->cut_at == 0) {
        if (s->cut == CUT_SILENCE) {
            send_wait(s->rq, -1);
        } else if (s->cut == CUT_RESET) {
            reset(s->rq);
        }
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (s->cut != CUT_NONE && room > s->cut_at) {
        room = (size_t)s->cut_at;
    }
    size_t count;
    if (s->source.read != NULL) {
        count = s->source.read(s->source.context, out, room);
        if (count == 0) {
            return s->cut == CUT_NONE ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
        }
    } else {
        count = s->len - (size_t)at < room ? s->len - (size_t)at : room;
        memcpy(out, s->data + at, count);
    }
    s->cut_at -= s->cut == CUT_NONE ? 0 : count;
    return (ssize_t)count;
}

static void sender_free(void *context)
{
    struct sender *s = context;
    if (s->source.close != NULL) {
        s->source.close(s->source.context);
    }
    free(s->data);
    free(s);
}

/* What the faults do to a body of `len` bytes. */
static void choose_cut(struct sender *s, const struct fault_hits *hits)
{
    static const struct {
        enum fault_kind kind;
        enum cut cut;
    } cuts[] = {{FAULT_RESET, CUT_RESET}, {FAULT_TRUNCATE, CUT_CLOSE}, {FAULT_STALL, CUT_SILENCE}};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        if (hits->on[cuts[i].kind]) {
            int64_t number = hits->what[cuts[i].kind].number;
            s->cut = cuts[i].cut;
            s->cut_at = number >= 0 ? (uint64_t)number : s->len / 2;
        }
    }
    if (hits->on[FAULT_WRONG_LENGTH]) {
        s->cut = CUT_CLOSE;
        s->cut_at = s->len;
    }
}

static void add_date(struct MHD_Response *response, const struct fault_hits *hits, const char *header,
                     int64_t ahead_ms)
{
    char text[64];
    struct tm tm;
    int64_t skew = hits->on[FAULT_SKEW] ? hits->what[FAULT_SKEW].number : 0;
    time_t now = (time_t)((clock_wall_ms() + skew + ahead_ms) / 1000);
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    MHD_add_response_header(response, header, text);
}

static void add_headers(struct MHD_Response *response, const struct request *rq)
{
    const struct fault_hits *hits = &rq->hits;
    MHD_add_response_header(response, "Content-Type", rq->reply.content_type);
    add_date(response, hits, "Date", 0);
    if (hits->on[FAULT_STATUS] && hits->what[FAULT_STATUS].status == 429) {
        const char *after = hits->what[FAULT_STATUS].text;
        if (strcmp(after, "date") == 0) {
            add_date(response, hits, "Retry-After", 2000);
        } else if (strcmp(after, "none") != 0) {
            MHD_add_response_header(response, "Retry-After", after[0] == '\0' ? "1" : after);
        }
    }
    if (hits->on[FAULT_REDIRECT]) {
        MHD_add_response_header(response, "Location", hits->what[FAULT_REDIRECT].text);
    }
}

/* The faults that act before the head is sent. True when the connection is done for. */
static bool cut_before_head(const struct request *rq)
{
    const struct fault_hits *hits = &rq->hits;
    if (hits->on[FAULT_RESET] && hits->what[FAULT_RESET].number < 0) {
        reset(rq);
        return true;
    }
    if (hits->on[FAULT_STALL] && hits->what[FAULT_STALL].number < 0) {
        send_wait(rq, -1);
        return true;
    }
    return bloat_send(rq, socket_of(rq));
}

static struct sender *sender_new(struct request *rq)
{
    struct sender *s = mem_zalloc(1, sizeof *s);
    s->rq = rq;
    s->source = rq->reply.source;
    rq->reply.source = (struct body_source){0};
    if (s->source.read == NULL) {
        s->data = buf_take(&rq->reply.body, &s->len);
        if (rq->hits.on[FAULT_EMPTY]) {
            s->len = 0;
        }
    }
    choose_cut(s, &rq->hits);
    return s;
}

enum MHD_Result send_reply(struct request *rq)
{
    struct sender *s = sender_new(rq);
    if (cut_before_head(rq)) {
        sender_free(s);
        return MHD_NO;
    }
    uint64_t size = s->source.read != NULL ? MHD_SIZE_UNKNOWN : s->len;
    if (rq->hits.on[FAULT_WRONG_LENGTH] && s->source.read == NULL) {
        size += 10;
    }
    struct MHD_Response *response =
        MHD_create_response_from_callback(size, BLOCK, sender_read, s, sender_free);
    if (response == NULL) {
        sender_free(s);
        return MHD_NO;
    }
    add_headers(response, rq);
    enum MHD_Result result = MHD_queue_response(rq->connection, (unsigned)rq->reply.status, response);
    MHD_destroy_response(response);
    return result;
}
