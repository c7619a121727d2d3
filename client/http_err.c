#include "client/http_err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/model_json.h"
#include "client/text/inert.h"

/* The step a transfer was in when its time ran out, by the times libcurl noted. */
static const char *step_reached(CURL *easy)
{
    curl_off_t resolved = 0, connected = 0, started = 0;
    curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
    curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected);
    curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &started);
    if (started > 0)
        return "answer";
    if (connected > 0)
        return "agree on TLS";
    return resolved > 0 ? "connect" : "resolve";
}

static void timed_out(struct err *err, const struct http_failure *failure, const char *detail)
{
    const char *step = step_reached(failure->easy);
    if (strcmp(step, "answer") != 0) {
        err_set(err, ERR_NETWORK, failure->code, "%s: no connection to %s port %d in time (step: %s)",
                failure->what, failure->host, failure->port, step);
        return;
    }
    err_set(err, ERR_TIMEOUT, failure->code, "%s: %s took too long to answer (%s)", failure->what,
            failure->host, detail);
}

static void connect_failed(struct err *err, const struct http_failure *failure)
{
    long number = 0;
    curl_easy_getinfo(failure->easy, CURLINFO_OS_ERRNO, &number);
    const char *text = number == 0              ? ""
                       : number == ECONNREFUSED ? "connection refused"
                                                : strerror((int)number);
    err_set(err, ERR_NETWORK, failure->code, "%s: cannot connect to %s port %d%s%s", failure->what,
            failure->host, failure->port, text[0] != '\0' ? ": " : "", text);
}

void http_err_transfer(struct err *err, const struct http_failure *failure)
{
    char detail[160];
    const char *raw = failure->detail[0] != '\0' ? failure->detail : curl_easy_strerror(failure->code);
    inert_label_into(detail, sizeof detail, raw, strlen(raw));
    const char *what = failure->what, *host = failure->host;
    int code = failure->code;
    switch (failure->code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        err_set(err, ERR_NETWORK, code, "%s: cannot find the address of %s: check the name and the network",
                what, host);
        break;
    case CURLE_COULDNT_RESOLVE_PROXY:
        err_set(err, ERR_NETWORK, code, "%s: cannot find the address of the proxy: check HTTPS_PROXY", what);
        break;
    case CURLE_COULDNT_CONNECT:
        connect_failed(err, failure);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        timed_out(err, failure, detail);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        err_set(err, ERR_NETWORK, code, "%s: the certificate of %s is not accepted: %s", what, host, detail);
        break;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
        err_set(err, ERR_NETWORK, code, "%s: no TLS with %s: %s", what, host, detail);
        break;
    case CURLE_GOT_NOTHING:
        err_set(err, ERR_NETWORK, code, "%s: %s closed the connection without an answer", what, host);
        break;
    case CURLE_PARTIAL_FILE:
        err_set(err, ERR_NETWORK, code, "%s: the answer of %s broke off before its end", what, host);
        break;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        err_set(err, ERR_NETWORK, code, "%s: the connection to %s broke: %s", what, host, detail);
        break;
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
        err_set(err, ERR_PROTOCOL, code, "%s: the answer of %s cannot be read: %s", what, host, detail);
        break;
    default:
        err_set(err, ERR_NETWORK, code, "%s: %s: %s", what, host, detail);
        break;
    }
}

static enum err_kind kind_of_status(int status)
{
    switch (status) {
    case 401:
        return ERR_AUTH;
    case 402:
    case 403:
        return ERR_FORBIDDEN;
    case 404:
        return ERR_NOT_FOUND;
    case 409:
        return ERR_CONFLICT;
    case 429:
        return ERR_RATE;
    default:
        return ERR_SERVICE;
    }
}

/* The host a redirect points to, as a label. */
static void redirect_host(char *out, size_t size, const char *redirect)
{
    char *host = NULL;
    CURLU *url = curl_url();
    if (redirect != NULL && curl_url_set(url, CURLUPART_URL, redirect, 0) == CURLUE_OK)
        curl_url_get(url, CURLUPART_HOST, &host, 0);
    const char *text = host != NULL ? host : "somewhere else";
    inert_label_into(out, size, text, strlen(text));
    curl_free(host);
    curl_url_cleanup(url);
}

void http_err_status(struct err *err, int status, const char *what, const char *body, size_t len,
                     const char *redirect)
{
    if (status / 100 == 3) {
        char host[128];
        redirect_host(host, sizeof host, redirect);
        err_set(
            err, ERR_SERVICE, status,
            "%s: the service points to %s (HTTP %d); boxtop does not follow, the API key is not for other "
            "hosts: check the base URL",
            what, host, status);
        return;
    }
    char *sentence = model_read_error(body, len, status);
    err_set(err, kind_of_status(status), status, "%s: %s%.200s (HTTP %d)", what,
            status == 401 ? "the API key was rejected: " : "", sentence, status);
    free(sentence);
}
