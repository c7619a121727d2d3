/* How a call begins: its handle, its options, and what libcurl calls while it runs. */
#include "client/http_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client/apikey.h"
#include "client/base/clock.h"
#include "client/base/mem.h"

enum { KEEPALIVE_S = 30 /* streams: TCP keep-alive decides */ };

/* --- what libcurl calls ----------------------------------------------------------------------------- */

/* Counts what arrived after decoding: neither CURLOPT_MAXFILESIZE of libcurl 7.88 nor Content-Length does. */
static size_t on_write(char *bytes, size_t size, size_t count, void *user)
{
    struct http_call *call = user;
    size_t len = size * count;
    call->last_byte_ms = clock_ms();
    if (http_status(call) / 100 != 2) {
        size_t room = HTTP_ERROR_CAP - call->body.len;
        buf_add(&call->body, bytes, len < room ? len : room);
        return len;
    }
    if (call->request.on_body != NULL)
        return call->request.on_body(call->request.user, bytes, len, &call->err) ? len : 0;
    if (buf_add(&call->body, bytes, len))
        return len;
    err_set(&call->err, ERR_PROTOCOL, 0, "%s: the answer is larger than %zu MiB, the most boxtop takes",
            call->what, call->body.cap >> 20);
    return 0;
}

/* The value of a header line if it has that name, else NULL. */
static bool header_value(const char *line, size_t len, const char *name, char *out, size_t size)
{
    size_t name_len = strlen(name);
    if (len <= name_len || line[name_len] != ':' || strncasecmp(line, name, name_len) != 0)
        return false;
    const char *value = line + name_len + 1;
    size_t value_len = len - name_len - 1;
    while (value_len > 0 && strchr("\r\n \t", value[value_len - 1]) != NULL)
        value_len--;
    if (value_len >= size)
        return false;
    memcpy(out, value, value_len);
    out[value_len] = '\0';
    return true;
}

static size_t on_header(char *line, size_t size, size_t count, void *user)
{
    struct http_call *call = user;
    size_t len = size * count;
    call->last_byte_ms = clock_ms();
    call->header_bytes += len;
    call->header_lines++;
    if (call->header_bytes > HTTP_HEADER_CAP || call->header_lines > HTTP_HEADER_LINES) {
        err_set(&call->err, ERR_PROTOCOL, 0, "%s: the answer has more headers than boxtop takes", call->what);
        return 0;
    }
    char value[128];
    if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
        call->retry_after_ms = -1;
        call->date_ms = 0;
    } else if (header_value(line, len, "Retry-After", value, sizeof value)) {
        call->retry_after_ms = http_retry_after(value, clock_wall_ms());
    } else if (header_value(line, len, "Date", value, sizeof value)) {
        time_t date = curl_getdate(value, NULL);
        call->date_ms = date > 0 ? (int64_t)date * 1000 : 0;
    }
    return len;
}

/* --- starting --------------------------------------------------------------------------------------- */

static CURL *take_easy(struct http *http)
{
    return http->spare_count > 0 ? http->spare[--http->spare_count] : mem_check(curl_easy_init());
}

static struct http_call *call_new(struct http *http, const char *what, const char *host, int port)
{
    struct http_call *call = mem_zalloc(1, sizeof *call);
    call->http = http;
    call->what = mem_dup(what);
    call->host = mem_dup(host);
    call->port = port;
    call->retry_after_ms = -1;
    call->last_byte_ms = clock_ms();
    call->easy = take_easy(http);
    call->next = http->calls;
    call->link = &http->calls;
    if (call->next != NULL)
        call->next->link = &call->next;
    http->calls = call;
    http->active++;
    return call;
}

/* What holds for calls and for connections. */
static void set_common(struct http_call *call)
{
    struct http *http = call->http;
    CURL *easy = call->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->detail);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* or a cancel waits for a dead name server */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)http->connect_ms);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, http->distrust_names ? 0L : 60L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L); /* our key header would go along (safety.md 3) */
    curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* and to a proxy */
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
}

static void add_header(struct http_call *call, const char *line)
{
    call->headers = mem_check(curl_slist_append(call->headers, line));
}

static void set_headers(struct http_call *call, const struct http_request *request)
{
    struct http *http = call->http;
    if (http->key != NULL) {
        char line[32 + APIKEY_MAX];
        size_t len = strlen(strcpy(line, "X-Box-Api-Key: "));
        strcpy(line + len, apikey_text(http->key));
        add_header(call, line);
        explicit_bzero(line, sizeof line);
    }
    add_header(call, "Accept: */*");
    add_header(call, "Expect:");
    add_header(call, request->body != NULL ? "Content-Type: application/json" : "Content-Type:");
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
    curl_easy_setopt(call->easy, CURLOPT_USERAGENT, http->user_agent);
}

static void set_method(struct http_call *call, const struct http_request *request)
{
    CURL *easy = call->easy;
    const char *body = request->body;
    if (request->method == HTTP_GET) {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        if (!request->stream)
            curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
        return;
    }
    if (request->method == HTTP_POST || body != NULL) {
        body = body == NULL ? "" : body;
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body);
    }
    if (request->method == HTTP_PUT)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
    if (request->method == HTTP_DELETE)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
    /* libcurl sends a request again by itself when a reused connection dies before the answer, even if the
     * service has read it. A connection of its own rules that out: a change leaves once. */
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
}

static void set_tls(struct http_call *call)
{
    struct http *http = call->http;
    CURL *easy = call->easy;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, http->base.secure ? "https" : "http");
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (http->ca_file != NULL && http->ca_file[0] != '\0')
        curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file);
    if (http->base.loopback)
        curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* whatever the environment says */
}

struct http_call *http_start(struct http *http, const struct http_request *request)
{
    assert(request->path[0] == '/' && request->on_done != NULL);
    struct http_call *call = call_new(http, request->what, http->base.host, http->base.port);
    call->request = *request;
    size_t cap = request->cap > 0 ? request->cap : HTTP_BODY_CAP;
    buf_init(&call->body, cap > HTTP_ERROR_CAP ? cap : HTTP_ERROR_CAP);
    set_common(call);
    set_tls(call);
    set_headers(call, request);
    set_method(call, request);
    char *url = mem_format("%s%s", http->base.url, request->path);
    curl_easy_setopt(call->easy, CURLOPT_URL, url);
    free(url);
    if (!request->stream) {
        curl_easy_setopt(call->easy, CURLOPT_TIMEOUT_MS, (long)http->total_ms);
        curl_easy_setopt(call->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(call->easy, CURLOPT_LOW_SPEED_TIME, (long)http->quiet_s);
    }
    curl_multi_add_handle(http_multi(http), call->easy);
    return call;
}

/* The proxy of the environment for connections that are not HTTP; NULL for none. */
static const char *tunnel_proxy(void)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return value;
    }
    return NULL;
}

struct http_call *http_connect(struct http *http, const char *host, int port,
                               void (*on_done)(void *user, const struct http_answer *answer), void *user)
{
    struct http_call *call = call_new(http, "shell", host, port);
    call->connect = true;
    call->request = (struct http_request){.method = HTTP_GET, .on_done = on_done, .user = user};
    buf_init(&call->body, HTTP_ERROR_CAP);
    set_common(call);
    bool six = strchr(host, ':') != NULL;
    char *url = mem_format(six ? "http://[%s]:%d/" : "http://%s:%d/", host, port);
    curl_easy_setopt(call->easy, CURLOPT_URL, url);
    free(url);
    curl_easy_setopt(call->easy, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(call->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, 1L);
    const char *proxy = tunnel_proxy();
    bool local =
        strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
    curl_easy_setopt(call->easy, CURLOPT_PROXY, proxy == NULL || local ? "" : proxy);
    curl_easy_setopt(call->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_multi_add_handle(http_multi(http), call->easy);
    return call;
}
