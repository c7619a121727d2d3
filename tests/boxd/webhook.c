#include "tests/boxd/webhook.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "client/base/mem.h"
#include "tests/boxd/jsonw.h"

enum { TIMEOUT_S = 5 };

char *webhook_body(const struct box *box, const struct run *run)
{
    struct jsonw w;
    jsonw_init(&w);
    jsonw_open(&w, '{');
    jsonw_text_field(&w, "box_id", box->id);
    jsonw_text_field(&w, "status", run->status == RUN_COMPLETED ? "completed" : "failed");
    jsonw_text_field(&w, "run_id", run->id);
    if (run->output != NULL) {
        jsonw_text_field(&w, "output", run->output);
    }
    if (run->error_message != NULL) {
        jsonw_text_field(&w, "error", run->error_message);
    }
    jsonw_key(&w, "metadata");
    jsonw_open(&w, '{');
    jsonw_int_field(&w, "input_tokens", run->input_tokens);
    jsonw_int_field(&w, "output_tokens", run->output_tokens);
    jsonw_close(&w, '}');
    jsonw_close(&w, '}');
    char *body = mem_dup_bytes(w.buf.data, w.buf.len);
    jsonw_done(&w);
    return body;
}

/* A connection to the loopback address of http://127.0.0.1[:PORT]/... or http://localhost[:PORT]/...; -1 when
 * the URL is another or nobody listens. *path gets what follows the host. */
static int open_url(const char *url, const char **path)
{
    static const char *const hosts[] = {"http://127.0.0.1", "http://localhost"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        size_t len = strlen(hosts[i]);
        if (strncmp(url, hosts[i], len) != 0) {
            continue;
        }
        char *end = (char *)url + len;
        unsigned long port = *end == ':' ? strtoul(end + 1, &end, 10) : 80;
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if ((*end != '/' && *end != '\0') || port > 65535) {
            return -1;
        }
        *path = *end == '\0' ? "/" : end;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct timeval limit = {.tv_sec = TIMEOUT_S};
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) {
            return fd;
        }
        close(fd);
    }
    return -1;
}

void webhook_post(const char *url, const char *body)
{
    const char *path;
    int fd = open_url(url, &path);
    if (fd < 0) {
        return;
    }
    char *request = mem_format("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                               "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
                               path, strlen(body), body);
    char ignored[512];
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) > 0) {
        while (recv(fd, ignored, sizeof ignored, 0) > 0) {
        }
    }
    close(fd);
    free(request);
}
