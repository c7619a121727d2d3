#include "tests/boxd/request.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *request_query(const struct request *rq, const char *name)
{
    return MHD_lookup_connection_value(rq->connection, MHD_GET_ARGUMENT_KIND, name);
}

long request_query_number(const struct request *rq, const char *name, long otherwise)
{
    const char *text = request_query(rq, name);
    char *end;
    if (text == NULL) {
        return otherwise;
    }
    long value = strtol(text, &end, 10);
    return end == text || *end != '\0' || value < 0 ? otherwise : value;
}

const json_t *request_json(struct request *rq)
{
    if (rq->json != NULL) {
        return rq->json;
    }
    if (rq->body.len == 0) {
        rq->json = json_object();
        return rq->json;
    }
    json_error_t error;
    rq->json = json_loadb(rq->body.data, rq->body.len, 0, &error);
    if (!json_is_object(rq->json)) {
        reply_error(rq, 400, "bad request: the body is not a JSON object%s%s", rq->json == NULL ? ": " : "",
                    rq->json == NULL ? error.text : "");
        json_decref(rq->json);
        rq->json = NULL;
    }
    return rq->json;
}

const char *request_text(struct request *rq, const char *name)
{
    const json_t *body = request_json(rq);
    return body == NULL ? NULL : json_string_value(json_object_get(body, name));
}

void reply_error(struct request *rq, int status, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_text_field(&wire.w, "error", len < 0 ? "server error" : text);
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, status);
    free(text);
}

void reply_empty(struct request *rq)
{
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_raw(&wire.w, "{}", 2);
    reply_end(rq, &wire, 200);
}

void reply_begin(struct request *rq, struct wire *wire)
{
    wire->hits = &rq->hits;
    jsonw_init(&wire->w);
}

void reply_end(struct request *rq, struct wire *wire, int status)
{
    buf_done(&rq->reply.body);
    rq->reply.body = wire->w.buf;
    rq->reply.status = status;
    rq->reply.content_type = "application/json";
}

void reply_stream(struct request *rq, const char *content_type, struct body_source source)
{
    rq->reply.status = 200;
    rq->reply.content_type = content_type;
    rq->reply.source = source;
}
