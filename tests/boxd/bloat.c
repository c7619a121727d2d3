#include "tests/boxd/bloat.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { MB = 1 << 20, WRITE_MS = 10000 };

/* Writes all of it; false when the client has gone, reads nothing for ten seconds, or boxd stops. */
static bool put(const struct request *rq, int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    for (int waited = 0; len > 0 && !atomic_load(&rq->boxd->stopping);) {
        ssize_t sent = send(fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            at += sent;
            len -= (size_t)sent;
            waited = 0;
            continue;
        }
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        if ((sent < 0 && errno != EAGAIN && errno != EINTR) || waited >= WRITE_MS) {
            return false;
        }
        if (poll(&p, 1, 100) == 0) {
            waited += 100;
        }
    }
    return len == 0;
}

static bool put_text(const struct request *rq, int fd, const char *text)
{
    return put(rq, fd, text, strlen(text));
}

static int64_t number_or(const struct request *rq, enum fault_kind kind, int64_t otherwise)
{
    int64_t number = rq->hits.what[kind].number;
    return number >= 0 ? number : otherwise;
}

static void send_chunk_garbage(const struct request *rq, int fd)
{
    put_text(rq, fd,
             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
             "2\r\n[{\r\nzz\xff;not a size\r\n\"id\"\r\n");
}

static void send_huge_body(const struct request *rq, int fd)
{
    char blanks[16 << 10];
    memset(blanks, ' ', sizeof blanks);
    int64_t left = number_or(rq, FAULT_HUGE_BODY, 1024) * MB;
    if (!put_text(rq, fd,
                  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n[")) {
        return;
    }
    while (left > 0 && put(rq, fd, blanks, sizeof blanks)) {
        left -= (int64_t)sizeof blanks;
    }
    put_text(rq, fd, "]");
}

/* A deflate stream, a bit at a time (RFC 1951: least significant bit first, Huffman codes with their most
 * significant bit first). */
struct bits {
    unsigned char bytes[8 << 10];
    size_t len;
    unsigned held;
    int count;
};

static void add_bit(struct bits *b, unsigned bit)
{
    b->held |= (bit & 1u) << b->count;
    if (++b->count == 8) {
        b->bytes[b->len++] = (unsigned char)b->held;
        b->held = 0;
        b->count = 0;
    }
}

static void add_code(struct bits *b, unsigned code, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        add_bit(b, code >> i);
    }
}

/* One block of fixed codes: a blank, then copies of 258 bytes from one byte back, 13 bits each. It is not the
 * last block: the body never comes to an honest end, only to its size. */
static void send_gzip_bomb(const struct request *rq, int fd)
{
    static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    int64_t left = number_or(rq, FAULT_GZIP_BOMB, 1024) * MB;
    struct bits b = {.len = 0};
    if (!put_text(
            rq, fd,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nConnection: "
            "close\r\n\r\n") ||
        !put(rq, fd, head, sizeof head)) {
        return;
    }
    add_bit(&b, 0);
    add_bit(&b, 1);
    add_bit(&b, 0);
    add_code(&b, 0x30 + ' ', 8);
    while (left > 0) {
        while (b.len + 2 < sizeof b.bytes && left > 0) {
            add_code(&b, 0xc5, 8); /* length 258 */
            add_code(&b, 0, 5);    /* distance 1 */
            left -= 258;
        }
        if (!put(rq, fd, b.bytes, b.len)) {
            return;
        }
        b.len = 0;
    }
}

static void send_many_headers(const struct request *rq, int fd)
{
    int64_t count = number_or(rq, FAULT_MANY_HEADERS, 100000);
    if (!put_text(rq, fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n")) {
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        char line[64];
        snprintf(line, sizeof line, "X-Filler-%lld: %lld\r\n", (long long)i, (long long)i);
        if (!put_text(rq, fd, line)) {
            return;
        }
    }
    put_text(rq, fd, "\r\n[]");
}

bool bloat_send(const struct request *rq, int fd)
{
    static const struct {
        enum fault_kind kind;
        void (*send)(const struct request *rq, int fd);
    } faults[] = {
        {FAULT_CHUNK_GARBAGE, send_chunk_garbage},
        {FAULT_HUGE_BODY, send_huge_body},
        {FAULT_GZIP_BOMB, send_gzip_bomb},
        {FAULT_MANY_HEADERS, send_many_headers},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (rq->hits.on[faults[i].kind]) {
            faults[i].send(rq, fd);
            return true;
        }
    }
    return false;
}
