#include "tests/boxd/routes.h"

#include <string.h>

#include "client/base/clock.h"
#include "tests/boxd/lifecycle.h"

/* Whether the box belongs into the answer to GET /v2/box?label=&status=. */
static bool listed(const struct box *box, const char *label, const char *status)
{
    if (label != NULL && !box_has_label(box, label)) {
        return false;
    }
    if (status == NULL) {
        return box->status != BOX_DELETED;
    }
    return strcmp(box_status_word(box->status), status) == 0;
}

void boxes_list(struct request *rq)
{
    struct store *store = &rq->boxd->store;
    const char *label = request_query(rq, "label");
    const char *status = request_query(rq, "status");
    struct wire wire;
    size_t total = 0;
    for (size_t i = 0; i < store->count; i++) {
        total += listed(store->boxes[i], label, status) ? 1 : 0;
    }
    reply_begin(rq, &wire);
    if (wire_open_list(&wire)) {
        size_t index = 0;
        for (size_t i = store->count; i-- > 0;) {
            if (listed(store->boxes[i], label, status)) {
                wire_box(&wire, store->boxes[i], index++, total);
            }
        }
        jsonw_close(&wire.w, ']');
    }
    reply_end(rq, &wire, 200);
}

static void reply_box(struct request *rq, const struct box *box)
{
    struct wire wire;
    reply_begin(rq, &wire);
    wire_box(&wire, box, 0, 0);
    reply_end(rq, &wire, 200);
}

void boxes_get(struct request *rq)
{
    const struct box *box = routes_box(rq);
    if (box != NULL) {
        reply_box(rq, box);
    }
}

void boxes_status(struct request *rq)
{
    const struct box *box = routes_box(rq);
    if (box == NULL) {
        return;
    }
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_text_field(&wire.w, "status", wire_status(&rq->hits, box_status_word(box->status)));
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

void boxes_create(struct request *rq)
{
    const json_t *body = request_json(rq);
    if (body == NULL) {
        return;
    }
    struct err err;
    struct box *box = lifecycle_create(rq->boxd, body, &err);
    if (box == NULL) {
        reply_error(rq, 400, "%s", err.text);
        return;
    }
    reply_box(rq, box);
}

void boxes_delete(struct request *rq)
{
    struct box *box = routes_box(rq);
    if (box != NULL) {
        lifecycle_delete(rq->boxd, box);
        reply_empty(rq);
    }
}

void boxes_delete_many(struct request *rq)
{
    const json_t *body = request_json(rq);
    if (body == NULL) {
        return;
    }
    const json_t *ids = json_object_get(body, "ids");
    if (!json_is_array(ids)) {
        reply_error(rq, 400, "bad request: ids must be a list of box ids");
        return;
    }
    size_t index;
    json_t *id;
    json_array_foreach(ids, index, id)
    {
        struct box *box =
            json_is_string(id) ? store_find(&rq->boxd->store, json_string_value(id), false) : NULL;
        if (box != NULL) {
            lifecycle_delete(rq->boxd, box);
        }
    }
    reply_empty(rq);
}

static void change(struct request *rq, bool (*verb)(struct boxd *boxd, struct box *box, struct err *err))
{
    struct box *box = routes_box(rq);
    struct err err;
    if (box == NULL) {
        return;
    }
    if (verb(rq->boxd, box, &err)) {
        reply_empty(rq);
    } else {
        reply_error(rq, err.code, "%s", err.text);
    }
}

void boxes_pause(struct request *rq)
{
    change(rq, lifecycle_pause);
}

void boxes_resume(struct request *rq)
{
    change(rq, lifecycle_resume);
}
