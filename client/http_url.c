/* The parts of http.h that are about text: base URLs, paths, Retry-After. */
#include "client/http.h"
#include "client/http_url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/buf.h"
#include "client/base/mem.h"

/* Whether a host of a URL is this machine by its own word. Names other than localhost may be told anything by
 * a resolver, so they do not count. */
static bool is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* The parts of a URL's beginning, "SCHEME://HOST[:PORT]"; nothing is copied. */
struct origin {
    const char *scheme, *host, *port, *rest; /* host without brackets; port "" for none */
    size_t scheme_len, host_len, port_len;
};

static const char host_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
static const char six_chars[] = "0123456789abcdefABCDEF:.";

/* Takes less than libcurl would: what libcurl could read otherwise than we do is refused. */
static bool split(const char *text, struct origin *out)
{
    *out = (struct origin){.scheme = text, .scheme_len = strspn(text, host_chars), .port = ""};
    const char *at = text + out->scheme_len;
    if (strncmp(at, "://", 3) != 0)
        return false;
    at += 3;
    bool six = *at == '[';
    out->host = at + six;
    out->host_len = strspn(out->host, six ? six_chars : host_chars);
    at = out->host + out->host_len;
    if (six && *at++ != ']')
        return false;
    if (*at == ':') {
        out->port = at + 1;
        out->port_len = strspn(out->port, "0123456789");
        at = out->port + out->port_len;
        if (out->port_len == 0 || out->port_len > 5 || atoi(out->port) > 65535)
            return false;
    }
    out->rest = at;
    return out->host_len > 0 && (*at == '\0' || *at == '/' || *at == '?' || *at == '#');
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

static bool parse(const char *text, struct http_base *base, struct err *err)
{
    struct origin origin;
    if (strchr(text, '@') != NULL)
        return err_set(err, ERR_USAGE, 0, "the base URL must not hold a user or a password");
    if (!split(text, &origin))
        return err_set(err, ERR_USAGE, 0, "the base URL is not a URL: it looks like https://HOST");
    if (strpbrk(origin.rest, "?#") != NULL)
        return err_set(err, ERR_USAGE, 0, "the base URL must not hold a query or a fragment");
    base->secure = is_word(origin.scheme, origin.scheme_len, "https");
    bool plain = is_word(origin.scheme, origin.scheme_len, "http");
    if (!base->secure && !plain)
        return err_set(err, ERR_USAGE, 0, "the base URL must begin with https://");
    base->port = origin.port_len > 0 ? atoi(origin.port) : base->secure ? 443 : 80;
    base->host = mem_dup_bytes(origin.host, origin.host_len);
    base->loopback = is_loopback(base->host);
    if (plain && !base->loopback)
        return err_set(err, ERR_USAGE, 0,
                       "the base URL must begin with https://: over http:// the API key could be read on the "
                       "way (http is for 127.0.0.1, [::1] and localhost only)");
    return true;
}

bool http_base_init(struct http_base *base, const char *text, struct err *err)
{
    *base = (struct http_base){0};
    for (const char *c = text; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~')
            return err_set(err, ERR_USAGE, 0, "the base URL holds a character that URLs do not have");
    if (!parse(text, base, err)) {
        http_base_done(base);
        return false;
    }
    base->url = mem_dup(text);
    size_t len = strlen(base->url);
    if (base->url[len - 1] == '/') /* one, as box-api.md 1.1 says */
        base->url[len - 1] = '\0';
    return true;
}

void http_base_done(struct http_base *base)
{
    free(base->url);
    free(base->host);
    *base = (struct http_base){0};
}

bool http_url_check(const char *base_url, struct err *err)
{
    struct http_base base;
    bool ok = http_base_init(&base, base_url, err);
    http_base_done(&base);
    return ok;
}

void http_path_add(struct buf *path, const char *segment)
{
    buf_add_byte(path, '/');
    for (const char *c = segment; *c != '\0'; c++) {
        if (isalnum((unsigned char)*c) || strchr("-._~", *c) != NULL)
            buf_add_byte(path, *c);
        else
            buf_add_format(path, "%%%02X", (unsigned char)*c);
    }
}

int64_t http_retry_after(const char *value, int64_t now_wall_ms)
{
    enum { LEAST_MS = 1000, MOST_MS = 300000 };
    value += strspn(value, " \t");
    int64_t ms;
    size_t digits = strspn(value, "0123456789");
    if (digits > 0) {
        if (value[digits + strspn(value + digits, " \t")] != '\0')
            return -1;
        ms = digits > 9 ? MOST_MS : strtoll(value, NULL, 10) * 1000;
    } else {
        time_t when = curl_getdate(value, NULL);
        if (when < 0)
            return -1;
        ms = (int64_t)when * 1000 - now_wall_ms;
    }
    return ms < LEAST_MS ? LEAST_MS : ms > MOST_MS ? MOST_MS : ms;
}
