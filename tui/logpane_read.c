/*
 * A whole message, laid out to be read: its further lines, and JSON in it with a line for each value.
 */
#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/json.h"
#include "client/text/inert.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_MAX = 8 << 20, FURTHER_MAX = LOG_REST_MAX };

unsigned logpane_further(const struct logpane *pane, size_t feed_index)
{
    size_t count = pane->feed.count(pane->feed.ctx);
    unsigned further = 0;
    for (size_t at = feed_index + 1; at < count && further < FURTHER_MAX; at++, further++) {
        struct logfeed_item item;
        pane->feed.item(pane->feed.ctx, at, &item);
        if (!item.continued)
            break;
    }
    return further;
}

/* The object or list that begins at `text`, NULL when none does. *used: how many bytes it takes. */
static json_t *json_at(const char *text, size_t *used)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &error);
    *used = value != NULL ? (size_t)error.position : 0;
    return value;
}

/* The first JSON in a line that is worth laying out. */
static json_t *find_json(const char *text, size_t *start, size_t *used)
{
    for (const char *at = text + strcspn(text, "{["); *at != '\0';) {
        json_t *value = json_at(at, used);
        if (value != NULL && (json_object_size(value) > 0 || json_array_size(value) > 1)) {
            *start = (size_t)(at - text);
            return value;
        }
        json_decref(value);
        at += 1 + strcspn(at + 1, "{[");
    }
    return NULL;
}

/* Two columns in, so that nothing is taken for a heading. What JSON had escaped is made harmless again. */
static void add_lines(struct buf *out, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        struct text inert = {0};
        inert_line(&inert, text, len);
        buf_add_text(out, "  ");
        buf_add(out, inert.bytes, inert.len);
        buf_add_text(out, "\n");
        text_done(&inert);
        text += len + (text[len] == '\n');
    }
}

static void add_message_line(struct buf *out, const char *text)
{
    size_t start, used;
    json_t *value = find_json(text, &start, &used);
    if (value == NULL) {
        add_lines(out, text);
        return;
    }
    char *before = mem_dup_bytes(text, start);
    char *laid_out = json_dumps(value, JSON_INDENT(2));
    add_lines(out, before);
    add_lines(out, laid_out != NULL ? laid_out : "");
    add_lines(out, text + start + used);
    free(before);
    free(laid_out);
    json_decref(value);
}

static void read_message(struct logpane *pane)
{
    uint64_t id;
    if (!logpane_cursor(pane, &id))
        return;
    size_t at = pane->feed.find(pane->feed.ctx, id);
    struct logfeed_item item;
    pane->feed.item(pane->feed.ctx, at, &item);
    while (item.continued && at > 0)
        pane->feed.item(pane->feed.ctx, --at, &item);
    if (item.line == NULL)
        return;
    char stamp[24], title[96];
    snprintf(title, sizeof title, "%s  %c %s",
             format_stamp(stamp, sizeof stamp, item.line->time, pane->app->utc),
             logpane_level_letter(item.line->level), logpane_source_name(item.line->source));
    struct buf text;
    buf_init(&text, READ_MAX);
    add_message_line(&text, item.line->text.bytes);
    for (unsigned further = logpane_further(pane, at); further > 0; further--) {
        pane->feed.item(pane->feed.ctx, ++at, &item);
        if (item.line != NULL)
            add_message_line(&text, item.line->text.bytes);
    }
    overlay_read(pane->app, title, buf_text(&text));
    buf_done(&text);
}

bool logpane_read_act(struct logpane *pane, enum action action)
{
    if (action != ACTION_OPEN_LINE)
        return false;
    read_message(pane);
    return true;
}
