/*
 * Public URLs (box-api.md 2.12): kept as records; nothing listens behind them here.
 */
#include "tests/boxd/routes.h"

#include <stdlib.h>
#include <string.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/boxd/work.h"

static void write_url(struct wire *wire, const struct box *box, int port)
{
    char *url = mem_format("https://%s-%d.preview.box.upstash.com", box->id, port);
    jsonw_text_field(&wire->w, "url", url);
    jsonw_int_field(&wire->w, "port", port);
    free(url);
}

static size_t find(const struct box *box, json_int_t port)
{
    size_t i = 0;
    while (i < box->preview_count && box->previews[i].port != port) {
        i++;
    }
    return i;
}

static void write_secret(struct request *rq, struct wire *wire, const char *key)
{
    char *secret =
        mem_format("%08llx%08llx", (unsigned long long)(store_random(&rq->boxd->store) & 0xffffffff),
                   (unsigned long long)(store_random(&rq->boxd->store) & 0xffffffff));
    jsonw_text_field(&wire->w, key, secret);
    free(secret);
}

/* One URL a port; a new one replaces it. Secrets are in this answer only. */
void preview_create(struct request *rq)
{
    const json_t *body = request_json(rq);
    struct box *box = body == NULL ? NULL : work_box(rq);
    if (box == NULL) {
        return;
    }
    json_int_t port = json_integer_value(json_object_get(body, "port"));
    if (port < 1 || port > 65535) {
        reply_error(rq, 400, "port is 1..65535");
        return;
    }
    size_t at = find(box, port);
    if (at == box->preview_count) {
        box->previews = mem_grow(box->previews, &box->preview_room, at + 1, sizeof *box->previews);
        box->preview_count++;
    }
    struct preview *preview = &box->previews[at];
    *preview = (struct preview){
        .port = (int)port,
        .basic_auth = json_is_true(json_object_get(body, "basic_auth")),
        .bearer_token = json_is_true(json_object_get(body, "bearer_token")),
        .wake_on_request = json_is_true(json_object_get(body, "wake_on_request")),
        .created_ms = clock_wall_ms(),
    };
    store_make_id(&rq->boxd->store, "prv_", preview->id);
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    write_url(&wire, box, preview->port);
    if (preview->bearer_token) {
        write_secret(rq, &wire, "token");
    }
    if (preview->basic_auth) {
        jsonw_text_field(&wire.w, "username", "user");
        write_secret(rq, &wire, "password");
    }
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

void preview_list(struct request *rq)
{
    const struct box *box = routes_box(rq);
    if (box == NULL) {
        return;
    }
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_key(&wire.w, "previews");
    if (wire_open_list(&wire)) {
        for (size_t i = 0; i < box->preview_count; i++) {
            const struct preview *preview = &box->previews[i];
            jsonw_open(&wire.w, '{');
            jsonw_text_field(&wire.w, "id", preview->id);
            write_url(&wire, box, preview->port);
            wire_stamp(&wire, "created_at", preview->created_ms);
            jsonw_bool_field(&wire.w, "basic_auth", preview->basic_auth);
            jsonw_bool_field(&wire.w, "bearer_token", preview->bearer_token);
            jsonw_bool_field(&wire.w, "wake_on_request", preview->wake_on_request);
            jsonw_close(&wire.w, '}');
        }
        jsonw_close(&wire.w, ']');
    }
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

void preview_delete(struct request *rq)
{
    struct box *box = routes_box(rq);
    if (box == NULL) {
        return;
    }
    size_t at = find(box, strtol(rq->args[1], NULL, 10));
    if (at == box->preview_count) {
        reply_error(rq, 404, "preview not found");
        return;
    }
    memmove(&box->previews[at], &box->previews[at + 1],
            (box->preview_count - at - 1) * sizeof *box->previews);
    box->preview_count--;
    reply_empty(rq);
}
