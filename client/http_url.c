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

static char *url_part(CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
        return NULL;
    char *copy = mem_dup(text);
    curl_free(text);
    return copy;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = url_part(url, part, 0);
    free(text);
    return text != NULL;
}

static bool parse(CURLU *url, const char *text, struct http_base *base, struct err *err)
{
    if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
        return err_set(err, ERR_USAGE, 0, "the base URL is not a URL: it looks like https://HOST");
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
        return err_set(err, ERR_USAGE, 0, "the base URL must not hold a user or a password");
    if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
        return err_set(err, ERR_USAGE, 0, "the base URL must not hold a query or a fragment");
    char *scheme = url_part(url, CURLUPART_SCHEME, 0);
    char *port = url_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    base->host = url_part(url, CURLUPART_HOST, 0);
    base->secure = scheme != NULL && strcmp(scheme, "https") == 0;
    bool plain = scheme != NULL && strcmp(scheme, "http") == 0;
    base->port = port == NULL ? 0 : atoi(port);
    free(scheme);
    free(port);
    if (base->host == NULL || base->host[0] == '\0' || (!base->secure && !plain))
        return err_set(err, ERR_USAGE, 0, "the base URL must begin with https://");
    size_t len = strlen(base->host);
    if (base->host[0] == '[' && base->host[len - 1] == ']') {
        memmove(base->host, base->host + 1, len - 2);
        base->host[len - 2] = '\0';
    }
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
    CURLU *url = curl_url();
    bool ok = parse(url, text, base, err);
    curl_url_cleanup(url);
    if (!ok) {
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
