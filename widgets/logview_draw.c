#include "widgets/logview.h"

#include <stdio.h>
#include <string.h>

#include "client/base/utf8.h"
#include "widgets/logview_parts.h"

enum { HITS_MAX = 64, LEVEL_COLS = 2, MARK_COLS = 1 };

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
    else if (from->sign != 0)
        paint_repeat(line, 0, 0, MARK_COLS, ROLE_KEY, (unsigned char)from->sign);
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

/* One row of a line: bytes at..at+len of a part of it, of which `column` columns are left out. */
struct row {
    const struct text *text;
    const struct logview_row *laid_out; /* NULL: the text has its own styles */
    uint32_t at, len;
    size_t column;
    const struct logview_hit *hits;
    size_t hit_count;
};

/* The spans of a part of a text are not cut out: the part is drawn as the text from a column on. */
static void draw_text_row(const struct frame_context *c, const struct paint *line, enum role role,
                          const struct row *row, bool cursor)
{
    struct text part = *row->text;
    struct text_span spans[2];
    part.len = row->at + row->len;
    if (row->laid_out != NULL) {
        part.spans = spans;
        part.span_count = 0;
        for (int i = 0; i < 2; i++) {
            const struct logview_piece *piece = &row->laid_out->pieces[i];
            if (piece->len > 0)
                spans[part.span_count++] =
                    (struct text_span){piece->start, piece->len, theme_style(line->theme, piece->role)};
        }
    }
    paint_spans(line, 0, c->text_col, c->view->text_cols, role, &part, row->column);
    if (row->hit_count > 0 && c->view->wrap)
        draw_hits(line, c->text_col, row->text, row->at, row->len, 0, row->hits, row->hit_count, cursor);
    else if (row->hit_count > 0)
        draw_hits(line, c->text_col, row->text, 0, row->text->len, row->column, row->hits, row->hit_count,
                  cursor);
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
static void draw_note(const struct paint *line, const struct logview_line *from)
{
    int width = (int)utf8_columns(from->note, strlen(from->note)) + 1;
    if (width > line->cols - 2)
        return;
    paint_repeat(line, 0, line->cols - width, 1, from->note_role, ' ');
    paint_right(line, 0, line->cols - width + 1, width - 1, from->note_role, from->note);
}

static void draw_row(const struct frame_context *c, const struct logview_line *from, const struct row *text,
                     int row, bool first, bool cursor)
{
    struct rect where = {row, 0, 1, c->p->cols};
    enum role role = cursor && c->focused ? ROLE_SELECTION : ROLE_SELECTION_IDLE;
    struct paint line = cursor || from->chosen ? paint_over(c->p, where, role) : paint_within(c->p, where);
    if (from->gap) {
        draw_gap(&line, from);
        return;
    }
    if (first)
        draw_prefix(c, &line, from, cursor);
    if (text->text != NULL && text->text->bytes != NULL && c->view->text_cols > 0)
        draw_text_row(c, &line, from->role, text, cursor);
    if (first && from->note != NULL)
        draw_note(&line, from);
}

/* Draws the rows of one part of a line. Returns the row after it. */
static int draw_part(const struct frame_context *c, const struct logview_line *from, size_t part, int row,
                     bool cursor)
{
    struct logview_hit hits[HITS_MAX];
    struct row text = {.text = logview_part(from, part),
                       .laid_out = from->rows != NULL ? &from->rows[part] : NULL,
                       .hits = hits};
    if (c->source->hits != NULL && text.text != NULL && !from->gap)
        text.hit_count = c->source->hits(c->source->ctx, text.text, hits, HITS_MAX);
    bool wrap = c->view->wrap && text.text != NULL && !from->gap && c->view->text_cols > 0;
    text.len = text.text != NULL ? text.text->len : 0;
    text.column = wrap ? 0 : c->view->sideways;
    bool more = !wrap || logview_wrap_row(text.text, c->view->text_cols, &text.at, &text.len);
    if (!more)
        text.len = 0;
    do {
        if (row >= 0 && row < c->p->rows)
            draw_row(c, from, &text, row, part == 0 && text.at == 0, cursor);
        row++;
        if (!wrap)
            break;
        text.column += utf8_columns(text.text->bytes + text.at, text.len);
        text.at += text.len;
    } while (row < c->p->rows && logview_wrap_row(text.text, c->view->text_cols, &text.at, &text.len));
    return row;
}

/* Draws the rows of one line from row `row` (negative: its first rows are above). Returns the row after it.
 */
static int draw_line(const struct frame_context *c, size_t index, int row)
{
    struct logview_line from = {0};
    c->source->line(c->source->ctx, index, &from);
    size_t parts = logview_part_count(&from);
    for (size_t part = 0; part < parts && row < c->p->rows; part++)
        row = draw_part(c, &from, part, row, index == c->cursor);
    return row;
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
    logview_take_lift(view, source);
    if (!view->follow && view->placed) {
        c.cursor = logview_locate(source, view->cursor_id);
        logview_keep_in_sight(view, source, c.cursor, resized);
    }
    struct logview_place place = logview_place_of(view, source);
    logview_note_lift(view, source, place);
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
