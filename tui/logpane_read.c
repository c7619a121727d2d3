/*
 * A whole message, laid out to be read: its further lines, and JSON in it with a line for each value.
 */
#include "client/base/buf.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logjson.h"
#include "tui/logpane_parts.h"

#include <stdio.h>

enum { READ_MAX = 8 << 20, FURTHER_MAX = LOG_REST_MAX };

static unsigned further_of(const struct logpane *pane, size_t feed_index)
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

/* Two columns in, so that nothing is taken for a heading. */
static void add_row(struct buf *out, const char *bytes, size_t len)
{
    buf_add_text(out, "  ");
    buf_add(out, bytes, len);
    buf_add_text(out, "\n");
}

static void add_message_line(struct buf *out, const struct text *text)
{
    struct logjson json;
    if (!logjson_lay_out(&json, text->bytes)) {
        add_row(out, text->bytes, text->len);
        return;
    }
    for (size_t i = 0; i < json.count; i++)
        add_row(out, json.rows[i].text.bytes, json.rows[i].text.len);
    logjson_done(&json);
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
    add_message_line(&text, &item.line->text);
    for (unsigned further = further_of(pane, at); further > 0; further--) {
        pane->feed.item(pane->feed.ctx, ++at, &item);
        if (item.line != NULL)
            add_message_line(&text, &item.line->text);
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
