#include "widgets/logview.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/base/utf8.h"

enum { HITS_MAX = 64, WRAP_ROWS_MAX = 4096, LEVEL_COLS = 2, MARK_COLS = 1 };

void logview_init(struct logview *view)
{
    *view = (struct logview){.follow = true, .time = LOGVIEW_RELATIVE};
}

/* ---- times ---- */

int logview_time_cols(enum logview_time time)
{
    static const int cols[LOGVIEW_TIMES] = {
        [LOGVIEW_RELATIVE] = 7, [LOGVIEW_ABSOLUTE] = 9, [LOGVIEW_DELTA] = 8, [LOGVIEW_NO_TIME] = 0};
    return cols[time];
}

/* "-6m12": two units at most, six columns at most. */
static void format_age(char out[16], int64_t seconds)
{
    int s = (int)(seconds % 60), m = (int)(seconds / 60 % 60), h = (int)(seconds / 3600 % 24);
    int64_t days = seconds / 86400;
    if (seconds < 60)
        snprintf(out, 16, "-%ds", s);
    else if (seconds < 3600)
        snprintf(out, 16, "-%dm%02d", m, s);
    else if (days == 0)
        snprintf(out, 16, "-%dh%02d", h, m);
    else if (days < 100)
        snprintf(out, 16, "-%dd%02d", (int)days, h);
    else
        snprintf(out, 16, "-%dd", days > 9999 ? 9999 : (int)days);
}

static void format_delta(char out[16], int64_t ms)
{
    if (ms < 0)
        ms = 0;
    if (ms < 60000)
        snprintf(out, 16, "+%d.%03d", (int)(ms / 1000), (int)(ms % 1000));
    else if (ms < 3600000)
        snprintf(out, 16, "+%dm%02d", (int)(ms / 60000), (int)(ms / 1000 % 60));
    else
        snprintf(out, 16, "+%dh%02d", ms > 999 * INT64_C(3600000) ? 999 : (int)(ms / 3600000),
                 (int)(ms / 60000 % 60));
}

void logview_format_time(char out[16], const struct logview *view, int64_t time_ms, int64_t previous_ms,
                         int64_t now_ms)
{
    out[0] = '\0';
    if (time_ms <= 0 || view->time == LOGVIEW_NO_TIME)
        return;
    if (view->time == LOGVIEW_RELATIVE) {
        format_age(out, now_ms > time_ms ? (now_ms - time_ms) / 1000 : 0);
        return;
    }
    if (view->time == LOGVIEW_DELTA) {
        if (previous_ms > 0)
            format_delta(out, time_ms - previous_ms);
        return;
    }
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts;
    if ((view->utc ? gmtime_r(&seconds, &parts) : localtime_r(&seconds, &parts)) != NULL)
        strftime(out, 16, "%H:%M:%S", &parts);
}

/* ---- rows of a line ---- */

/* Where a row of a wrapped line begins and how many bytes it has. Wrapping is by character: logs are columns
 * of figures as often as prose. */
static bool wrap_row(const struct text *text, int columns, uint32_t *at, uint32_t *len)
{
    if (*at >= text->len)
        return false;
    size_t fits = utf8_fit(text->bytes + *at, text->len - *at, (size_t)columns, NULL);
    if (fits == 0) {
        uint32_t cp;
        fits = utf8_decode_final(text->bytes + *at, text->len - *at, &cp);
    }
    *len = (uint32_t)fits;
    return true;
}

/* How many rows a line takes. */
static int rows_of(const struct logview *view, const struct logview_line *line)
{
    if (!view->wrap || line->gap || view->text_cols < 1 || line->text == NULL)
        return 1;
    uint32_t at = 0, len = 0;
    int rows = 0;
    while (rows < WRAP_ROWS_MAX && wrap_row(line->text, view->text_cols, &at, &len)) {
        at += len;
        rows++;
    }
    return rows > 0 ? rows : 1;
}

static int rows_at(const struct logview *view, const struct logview_source *source, size_t index)
{
    if (!view->wrap)
        return 1;
    struct logview_line line = {0};
    source->line(source->ctx, index, &line);
    return rows_of(view, &line);
}

static uint64_t id_at(const struct logview_source *source, size_t index)
{
    struct logview_line line = {0};
    source->line(source->ctx, index, &line);
    return line.id;
}

/* ---- the place ---- */

struct place {
    size_t index; /* first visible line */
    int skip;     /* rows of it above the view */
};

static size_t clamp_index(const struct logview_source *source, size_t index)
{
    return index < source->count ? index : source->count > 0 ? source->count - 1 : 0;
}

/* The index of a line that may have gone: the next one, or the last. */
static size_t locate(const struct logview_source *source, uint64_t id)
{
    return clamp_index(source, source->find(source->ctx, id));
}

/* The place at which `index` is the last visible line, whole if it fits. */
static struct place place_with_last(const struct logview *view, const struct logview_source *source,
                                    size_t index)
{
    int room = view->rows > 0 ? view->rows : 1;
    struct place place = {.index = index};
    int used = rows_at(view, source, index);
    while (used < room && place.index > 0) {
        place.index--;
        used += rows_at(view, source, place.index);
    }
    place.skip = used > room ? used - room : 0;
    /* A line that is higher than the view shows its beginning. */
    if (place.index == index)
        place.skip = 0;
    return place;
}

static struct place place_of(const struct logview *view, const struct logview_source *source)
{
    if (view->follow || !view->placed)
        return place_with_last(view, source, source->count - 1);
    size_t found = source->find(source->ctx, view->top_id);
    struct place place = {.index = clamp_index(source, found)};
    /* The rows to skip belong to the line that was there. */
    if (found < source->count && id_at(source, found) == view->top_id)
        place.skip = view->top_skip;
    int rows = rows_at(view, source, place.index);
    if (place.skip >= rows)
        place.skip = rows - 1;
    struct place last = place_with_last(view, source, source->count - 1);
    bool past = place.index > last.index || (place.index == last.index && place.skip > last.skip);
    return past ? last : place;
}

static void keep(struct logview *view, const struct logview_source *source, struct place place)
{
    view->placed = true;
    view->top_id = id_at(source, place.index);
    view->top_skip = place.skip;
}

/* The last line of which a row is visible. */
static size_t last_visible(const struct logview *view, const struct logview_source *source,
                           struct place place)
{
    int used = -place.skip;
    size_t index = place.index;
    for (;;) {
        used += rows_at(view, source, index);
        if (used >= view->rows || index + 1 >= source->count)
            return index;
        index++;
    }
}

/* Whether all of a line is in sight. */
static bool is_whole(const struct logview *view, const struct logview_source *source, struct place place,
                     size_t index)
{
    if (index < place.index || (index == place.index && place.skip > 0))
        return false;
    int used = -place.skip;
    for (size_t i = place.index; i <= index; i++) {
        used += rows_at(view, source, i);
        if (used > view->rows)
            return false;
    }
    return true;
}

/* ---- moves ---- */

size_t logview_cursor(const struct logview *view, const struct logview_source *source)
{
    if (source->count == 0)
        return 0;
    return view->follow || !view->placed ? source->count - 1 : locate(source, view->cursor_id);
}

/* Pauses where it is, so that moves have a place to start from. */
static void pause_here(struct logview *view, const struct logview_source *source)
{
    if (!view->follow && view->placed)
        return;
    struct place place = place_of(view, source);
    view->cursor_id = id_at(source, source->count - 1);
    view->follow = false;
    keep(view, source, place);
}

void logview_set_follow(struct logview *view, const struct logview_source *source, bool follow)
{
    if (!follow && source->count > 0)
        pause_here(view, source);
    view->follow = follow;
}

/* Scrolls as little as needed to have the line in sight. */
static void reveal(struct logview *view, const struct logview_source *source, size_t index)
{
    struct place place = place_of(view, source);
    if (is_whole(view, source, place, index))
        return;
    if (index <= place.index)
        place = (struct place){.index = index};
    else
        place = place_with_last(view, source, index);
    keep(view, source, place);
}

/* Lines that come, a filter or a new size may leave the cursor out of sight. A line of which a part was
 * scrolled out by the operator stays as it is. */
static void keep_in_sight(struct logview *view, const struct logview_source *source, size_t cursor,
                          bool resized)
{
    struct place place = place_of(view, source);
    bool visible = cursor >= place.index && cursor <= last_visible(view, source, place);
    if (!visible || resized)
        reveal(view, source, cursor);
}

void logview_move(struct logview *view, const struct logview_source *source, enum widget_move move)
{
    if (source->count == 0 || move == MOVE_NONE)
        return;
    size_t from = logview_cursor(view, source);
    size_t page = view->rows > 0 ? (size_t)view->rows : 1;
    size_t to = widget_move_by(move, from, source->count, page);
    bool down = to >= from && move != MOVE_UP && move != MOVE_PAGE_UP && move != MOVE_HALF_UP;
    /* Down at the end of what is followed changes nothing. */
    if (view->follow && down && move != MOVE_FIRST)
        return;
    pause_here(view, source);
    view->cursor_id = id_at(source, to);
    reveal(view, source, to);
}

/* One row down or up. */
static bool step(const struct logview *view, const struct logview_source *source, struct place *place,
                 bool down)
{
    if (down) {
        if (place->skip + 1 < rows_at(view, source, place->index)) {
            place->skip++;
        } else if (place->index + 1 < source->count) {
            place->index++;
            place->skip = 0;
        } else {
            return false;
        }
        return true;
    }
    if (place->skip > 0) {
        place->skip--;
        return true;
    }
    if (place->index == 0)
        return false;
    place->index--;
    place->skip = rows_at(view, source, place->index) - 1;
    return true;
}

void logview_scroll(struct logview *view, const struct logview_source *source, int rows)
{
    if (source->count == 0 || rows == 0 || (view->follow && rows > 0))
        return;
    pause_here(view, source);
    struct place place = place_of(view, source);
    int left = rows < 0 ? -rows : rows;
    while (left-- > 0 && step(view, source, &place, rows > 0))
        ;
    keep(view, source, place);
    /* Not past the end; and the cursor stays in sight. */
    place = place_of(view, source);
    keep(view, source, place);
    size_t cursor = locate(source, view->cursor_id), last = last_visible(view, source, place);
    if (cursor < place.index)
        view->cursor_id = id_at(source, place.index);
    else if (cursor > last)
        view->cursor_id = id_at(source, last);
}

void logview_show(struct logview *view, const struct logview_source *source, uint64_t id)
{
    if (source->count == 0)
        return;
    pause_here(view, source);
    size_t index = locate(source, id);
    view->cursor_id = id_at(source, index);
    struct place place = place_of(view, source);
    if (is_whole(view, source, place, index))
        return;
    place = (struct place){.index = index};
    for (int above = view->rows / 3; above > 0 && step(view, source, &place, false);)
        above--;
    keep(view, source, place);
}

void logview_sideways(struct logview *view, int columns)
{
    if (view->wrap)
        return;
    size_t by = (size_t)(columns < 0 ? -columns : columns);
    if (columns < 0)
        view->sideways = view->sideways > by ? view->sideways - by : 0;
    else
        view->sideways += by;
}

size_t logview_line_at(const struct logview *view, const struct logview_source *source, int row)
{
    if (source->count == 0 || row < 0 || row >= view->rows)
        return source->count;
    struct place place = place_of(view, source);
    int used = -place.skip;
    for (size_t i = place.index; i < source->count; i++) {
        used += rows_at(view, source, i);
        if (row < used)
            return i;
    }
    return source->count;
}

/* ---- drawing ---- */

/* What is the same for all lines of a frame. */
struct frame_context {
    struct logview *view;
    const struct logview_source *source;
    const struct paint *p;
    int64_t now_ms;
    int64_t previous_ms; /* time of the line above */
    int time_col, level_col, source_col, source_cols, text_col;
    size_t cursor; /* index; the count when no line is to be marked */
    bool focused;
};

static void lay_columns(struct frame_context *c)
{
    int col = MARK_COLS;
    c->time_col = col;
    col += logview_time_cols(c->view->time);
    c->source_col = col;
    c->source_cols = c->source->source_cols;
    col += c->source->source_cols > 0 ? c->source->source_cols + 1 : 0;
    c->level_col = col;
    col += LEVEL_COLS;
    /* In a narrow pane the text counts more than what stands before it. */
    if (c->p->cols - col < c->p->cols / 2 && c->p->cols < 60) {
        c->time_col = -1;
        c->source_cols = c->source->source_cols_min;
        c->level_col = MARK_COLS + c->source_cols + (c->source_cols > 0 ? 1 : 0);
        c->source_col = MARK_COLS;
        col = c->level_col + LEVEL_COLS;
    }
    c->text_col = col;
    c->view->text_cols = c->p->cols > col ? c->p->cols - col : 0;
}

/* In a narrow pane only the beginning of it, which tells one from the other. */
static void draw_source(const struct frame_context *c, const struct paint *line,
                        const struct logview_line *from)
{
    if (c->source_cols == 0 || from->source == NULL)
        return;
    if (c->source_cols == c->source->source_cols) {
        paint_name(line, 0, c->source_col, c->source_cols, from->source_role, from->source);
        return;
    }
    size_t len = utf8_fit(from->source, strlen(from->source), (size_t)c->source_cols, NULL);
    paint_styled(line, 0, c->source_col, c->source_cols, theme_style(line->theme, from->source_role),
                 from->source, len);
}

static void draw_prefix(const struct frame_context *c, const struct paint *line,
                        const struct logview_line *from, bool cursor)
{
    if (cursor)
        paint_text(line, 0, 0, MARK_COLS, ROLE_ACCENT, ">");
    else if (from->marked)
        paint_text(line, 0, 0, MARK_COLS, ROLE_MARK, paint_ascii(c->p) ? "*" : "\u2022");
    if (c->time_col >= 0 && c->view->time != LOGVIEW_NO_TIME) {
        char time[16];
        logview_format_time(time, c->view, from->time_ms, c->previous_ms, c->now_ms);
        paint_right(line, 0, c->time_col, logview_time_cols(c->view->time) - 1, ROLE_DIM, time);
    }
    draw_source(c, line, from);
    if (from->level != 0)
        paint_repeat(line, 0, c->level_col, 1, from->level_role, (unsigned char)from->level);
}

/* Recolours the hits of one row of text: bytes from..from+len are drawn at column `col`, less `left_out`
 * columns. */
static void draw_hits(const struct paint *line, int col, const struct text *text, uint32_t from, uint32_t len,
                      size_t left_out, const struct logview_hit *hits, size_t count, bool cursor)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t start = hits[i].start > from ? hits[i].start : from;
        uint32_t end = hits[i].start + hits[i].len;
        if (end > from + len)
            end = from + len;
        if (start >= end || end > text->len)
            continue;
        size_t first = utf8_columns(text->bytes + from, start - from);
        size_t after = first + utf8_columns(text->bytes + start, end - start);
        if (after <= left_out)
            continue;
        first = first > left_out ? first - left_out : 0;
        after -= left_out;
        struct paint part = paint_within(line, (struct rect){0, col, 1, line->cols - col});
        paint_recolor(&part, (struct rect){0, (int)first, 1, (int)(after - first)},
                      cursor ? ROLE_SEARCH_CURRENT : ROLE_SEARCH);
    }
}

/* The spans of a part of a text are not cut out: the part is drawn as the text from a column on. */
static void draw_text_row(const struct frame_context *c, const struct paint *line,
                          const struct logview_line *from, uint32_t at, uint32_t len, size_t column,
                          const struct logview_hit *hits, size_t count, bool cursor)
{
    struct text part = *from->text;
    part.len = at + len;
    paint_spans(line, 0, c->text_col, c->view->text_cols, from->role, &part, column);
    if (count > 0 && c->view->wrap)
        draw_hits(line, c->text_col, from->text, at, len, 0, hits, count, cursor);
    else if (count > 0)
        draw_hits(line, c->text_col, from->text, 0, from->text->len, column, hits, count, cursor);
}

static void draw_gap(const struct paint *line, const struct logview_line *from)
{
    const char *words = from->text != NULL && from->text->bytes != NULL ? from->text->bytes : "";
    uint32_t wave = paint_ascii(line) ? '~' : 0x2508;
    paint_repeat(line, 0, 0, line->cols, ROLE_GAP, wave);
    if (words[0] == '\0')
        return;
    int used = paint_text(line, 0, 6, line->cols - 8, ROLE_GAP, words);
    paint_repeat(line, 0, 5, 1, ROLE_GAP, ' ');
    paint_repeat(line, 0, 6 + used, 1, ROLE_GAP, ' ');
}

/* At the end of the row, over what stands there. */
static void draw_folded(const struct paint *line, unsigned folded)
{
    char text[24];
    int width = snprintf(text, sizeof text, " +%u line%s", folded, folded == 1 ? "" : "s");
    paint_right(line, 0, line->cols - width, width, ROLE_KEY, text);
}

/* Draws the rows of one line from row `row` (negative: its first rows are above). Returns the row after it.
 */
static int draw_line(const struct frame_context *c, size_t index, int row)
{
    struct logview_line from = {0};
    c->source->line(c->source->ctx, index, &from);
    int rows = rows_of(c->view, &from);
    bool cursor = index == c->cursor;
    struct logview_hit hits[HITS_MAX];
    size_t count = 0;
    if (c->source->hits != NULL && from.text != NULL && !from.gap)
        count = c->source->hits(c->source->ctx, from.text, hits, HITS_MAX);
    uint32_t at = 0, len = from.text != NULL ? from.text->len : 0;
    size_t column = c->view->wrap ? 0 : c->view->sideways;
    for (int i = 0; i < rows && row + i < c->p->rows; i++) {
        if (c->view->wrap && from.text != NULL && !wrap_row(from.text, c->view->text_cols, &at, &len))
            len = 0;
        if (row + i >= 0) {
            struct rect where = {row + i, 0, 1, c->p->cols};
            bool bar = cursor || from.chosen;
            enum role role = cursor && c->focused ? ROLE_SELECTION : ROLE_SELECTION_IDLE;
            struct paint line = bar ? paint_over(c->p, where, role) : paint_within(c->p, where);
            if (from.gap)
                draw_gap(&line, &from);
            else if (i == 0)
                draw_prefix(c, &line, &from, cursor);
            if (!from.gap && from.text != NULL && from.text->bytes != NULL && c->view->text_cols > 0)
                draw_text_row(c, &line, &from, at, len, column, hits, count, cursor);
            if (from.folded > 0 && i == 0)
                draw_folded(&line, from.folded);
        }
        if (c->view->wrap && from.text != NULL) {
            column += utf8_columns(from.text->bytes + at, len);
            at += len;
        }
    }
    return row + rows;
}

void logview_draw(struct logview *view, const struct paint *p, const struct logview_source *source,
                  int64_t now_ms, bool focused)
{
    struct frame_context c = {.view = view,
                              .source = source,
                              .p = p,
                              .now_ms = now_ms,
                              .cursor = source->count,
                              .focused = focused};
    lay_columns(&c);
    bool resized = view->rows != p->rows || view->cols != p->cols;
    view->rows = p->rows;
    view->cols = p->cols;
    if (p->rows == 0 || p->cols == 0)
        return;
    if (source->count == 0) {
        paint_text(p, 0, MARK_COLS, p->cols - MARK_COLS, ROLE_DIM, source->empty);
        return;
    }
    if (!view->follow && view->placed) {
        c.cursor = locate(source, view->cursor_id);
        keep_in_sight(view, source, c.cursor, resized);
    }
    struct place place = place_of(view, source);
    if (place.index > 0 && view->time == LOGVIEW_DELTA) {
        struct logview_line above = {0};
        source->line(source->ctx, place.index - 1, &above);
        c.previous_ms = above.time_ms;
    }
    int row = -place.skip;
    for (size_t i = place.index; i < source->count && row < p->rows; i++) {
        row = draw_line(&c, i, row);
        if (view->time == LOGVIEW_DELTA) {
            struct logview_line drawn = {0};
            source->line(source->ctx, i, &drawn);
            c.previous_ms = drawn.time_ms;
        }
    }
}
