/*
 * The list of the viewer's filters: each can be switched off and on, changed, moved and thrown away, and says
 * how many of the lines match it.
 */
#include "client/base/mem.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/logpane_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_COLS = 72, FRAME = 2, HEADINGS = 1, COUNT_COLS = 12, KIND_COL = 5, TEXT_COL = 10, SLICE = 4096 };

struct filter_list {
    struct overlay overlay;
    struct logpane *pane;
    void *ref; /* owned: brings the pane up to date */
    size_t selected;
};

/* ---- how many lines match each ---- */

void logpane_tally_reset(struct logpane *pane)
{
    memset(pane->tally.counts, 0, sizeof pane->tally.counts);
    pane->tally.next = 0;
    pane->tally.all = false;
}

bool logpane_tally_step(struct logpane *pane, uint64_t changed)
{
    struct logpane_tally *tally = &pane->tally;
    if (!tally->on)
        return false;
    if (changed < tally->next)
        logpane_tally_reset(pane);
    size_t count = pane->feed.count(pane->feed.ctx), at = pane->feed.find(pane->feed.ctx, tally->next);
    for (size_t looked = 0; at < count && looked < SLICE; at++, looked++) {
        struct logfeed_item item;
        tally->next = pane->feed.id(pane->feed.ctx, at) + 1;
        pane->feed.item(pane->feed.ctx, at, &item);
        for (size_t i = 0; item.line != NULL && i < pane->filter.term_count; i++)
            tally->counts[i] += logfilter_term_matches(&pane->filter, i, item.line);
    }
    tally->all = at >= count;
    return !tally->all;
}

/* ---- drawing ---- */

static void draw_term(const struct paint *inside, struct logpane *pane, size_t at, bool selected)
{
    const struct logfilter_term *term = &pane->filter.terms[at];
    struct rect line = {(int)at + HEADINGS, 0, 1, inside->cols};
    struct paint row = selected ? paint_over(inside, line, ROLE_SELECTION) : paint_within(inside, line);
    enum role role = term->off ? ROLE_DIM : ROLE_TEXT;
    char count[24], shown[32];
    format_grouped(count, sizeof count, pane->tally.counts[at]);
    snprintf(shown, sizeof shown, "%s%s", count, pane->tally.all ? "" : "...");
    paint_text(&row, 0, 1, 3, term->off ? ROLE_DIM : ROLE_KEY, term->off ? "[ ]" : "[x]");
    paint_text(&row, 0, KIND_COL, 4, role, term->out ? "out" : "in");
    paint_text(&row, 0, TEXT_COL, row.cols - TEXT_COL - COUNT_COLS - 1, role, pattern_text(term->pattern));
    paint_right(&row, 0, row.cols - COUNT_COLS - 1, COUNT_COLS, role, shown);
}

static void list_draw(struct overlay *overlay, const struct paint *screen, struct rect body)
{
    struct filter_list *list = (struct filter_list *)overlay;
    struct logpane *pane = logpane_of_ref(list->ref);
    size_t count = pane->filter.term_count;
    struct rect place = rect_center(body, (int)(count > 0 ? count : 1) + HEADINGS + FRAME, LIST_COLS);
    paint_fill(screen, place, ROLE_TEXT);
    struct frame frame = {.title = "Filters",
                          .bottom = "Space on/off  Enter change  a add  ! in/out  d delete  J K move",
                          .focused = true};
    struct paint inside = paint_frame(screen, place, &frame);
    if (count == 0) {
        paint_text(&inside, 0, 1, inside.cols - 1, ROLE_DIM, "No filter: a adds one");
        return;
    }
    paint_text(&inside, 0, TEXT_COL, inside.cols - TEXT_COL, ROLE_COLUMN, "TEXT");
    paint_right(&inside, 0, inside.cols - COUNT_COLS - 1, COUNT_COLS, ROLE_COLUMN, "LINES");
    for (size_t i = 0; i < count; i++)
        draw_term(&inside, pane, i, i == list->selected);
}

/* ---- changing ---- */

static void changed(struct logpane *pane)
{
    logpane_tally_reset(pane);
    logpane_filter_changed(pane);
    pane->app->dirty = true;
}

static void term_typed(struct app *app, void *context, const char *typed)
{
    struct logpane *pane = logpane_of_ref(context);
    struct err err;
    if (typed == NULL)
        return;
    bool known = pane->term_at < pane->filter.term_count;
    if (!(known ? logfilter_replace(&pane->filter, pane->term_at, typed, &err)
                : logfilter_add(&pane->filter, typed, &err)))
        app_complain(app, "%s", err.text);
    changed(pane);
}

static void ask_term(struct logpane *pane, size_t at)
{
    bool known = at < pane->filter.term_count;
    char *text = known ? logfilter_term_text(&pane->filter, at) : mem_dup("");
    pane->term_at = at;
    overlay_prompt(pane->app, "Lines with (~ regular expression, ! before it: without):", text, false, NULL,
                   term_typed, logpane_ref(pane));
    free(text);
}

static void turn(struct logpane *pane, size_t at)
{
    char *text = logfilter_term_text(&pane->filter, at);
    char *turned = text[0] == '!' ? mem_dup(text + 1) : mem_format("!%s", text);
    struct err err;
    if (!logfilter_replace(&pane->filter, at, turned, &err))
        app_complain(pane->app, "%s", err.text);
    free(turned);
    free(text);
}

static void move(struct filter_list *list, struct logpane *pane, bool down)
{
    size_t with = down ? list->selected + 1 : list->selected - 1; /* of 0: past the end */
    if (with >= pane->filter.term_count)
        return;
    logfilter_swap(&pane->filter, list->selected, with);
    list->selected = with;
}

/* Keys that change the selected term. */
static bool change(struct filter_list *list, struct logpane *pane, struct key key)
{
    struct logfilter *filter = &pane->filter;
    if (list->selected >= filter->term_count)
        return false;
    if (key.code == ' ')
        filter->terms[list->selected].off = !filter->terms[list->selected].off;
    else if (key.code == '!')
        turn(pane, list->selected);
    else if (key.code == 'd' || key.code == KEY_NAME_DELETE)
        logfilter_remove(filter, list->selected);
    else if (key.code == 'J' || key.code == 'K')
        move(list, pane, key.code == 'J');
    else
        return false;
    changed(pane);
    return true;
}

static bool list_key(struct overlay *overlay, struct key key)
{
    struct filter_list *list = (struct filter_list *)overlay;
    struct logpane *pane = logpane_of_ref(list->ref);
    size_t count = pane->filter.term_count;
    overlay->app->dirty = true;
    if (key.code == KEY_NAME_ESCAPE || key.code == 'q')
        return true;
    if (key.code == 'a')
        ask_term(pane, count);
    else if ((key.code == KEY_NAME_ENTER || key.code == 'e') && list->selected < count)
        ask_term(pane, list->selected);
    else if (!change(list, pane, key))
        list->selected = widget_move_by(widget_move_of(key), list->selected, count, LOGFILTER_TERMS);
    if (list->selected >= pane->filter.term_count)
        list->selected = pane->filter.term_count > 0 ? pane->filter.term_count - 1 : 0;
    return false;
}

static void list_free(struct overlay *overlay)
{
    struct filter_list *list = (struct filter_list *)overlay;
    list->pane->tally.on = false;
    free(list->ref);
    free(list);
}

static const struct overlay_class list_class = {list_draw, list_key, NULL, list_free};

void logpane_list_filters(struct logpane *pane)
{
    struct filter_list *list = mem_zalloc(1, sizeof *list);
    list->overlay.class = &list_class;
    list->pane = pane;
    list->ref = logpane_ref(pane);
    logpane_tally_reset(pane);
    pane->tally.on = true;
    overlay_push(pane->app, &list->overlay);
}
