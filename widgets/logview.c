#include "widgets/logview.h"

#include "client/base/utf8.h"
#include "widgets/logview_parts.h"

enum { WRAP_ROWS_MAX = 4096 };

void logview_init(struct logview *view)
{
    *view = (struct logview){.follow = true, .time = LOGVIEW_RELATIVE};
}

/* ---- rows of a line ---- */

/* Where a row of a wrapped line begins and how many bytes it has. Wrapping is by character: logs are columns
 * of figures as often as prose. */
bool logview_wrap_row(const struct text *text, int columns, uint32_t *at, uint32_t *len)
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

size_t logview_part_count(const struct logview_line *line)
{
    return line->rows != NULL && line->row_count > 0 ? line->row_count : 1;
}

const struct text *logview_part(const struct logview_line *line, size_t part)
{
    return line->rows != NULL && line->row_count > 0 ? &line->rows[part].text : line->text;
}

static int wrapped_rows(const struct text *text, int columns)
{
    uint32_t at = 0, len = 0;
    int rows = 0;
    while (rows < WRAP_ROWS_MAX && logview_wrap_row(text, columns, &at, &len)) {
        at += len;
        rows++;
    }
    return rows > 0 ? rows : 1;
}

int logview_rows_of(const struct logview *view, const struct logview_line *line)
{
    size_t parts = logview_part_count(line);
    if (!view->wrap || line->gap || view->text_cols < 1 || line->text == NULL)
        return (int)parts;
    int rows = 0;
    for (size_t i = 0; i < parts; i++)
        rows += wrapped_rows(logview_part(line, i), view->text_cols);
    return rows;
}

static int rows_at(const struct logview *view, const struct logview_source *source, size_t index)
{
    struct logview_line line = {0};
    source->line(source->ctx, index, &line);
    return logview_rows_of(view, &line);
}

static uint64_t id_at(const struct logview_source *source, size_t index)
{
    struct logview_line line = {0};
    source->line(source->ctx, index, &line);
    return line.id;
}

/* ---- the place ---- */

static size_t clamp_index(const struct logview_source *source, size_t index)
{
    return index < source->count ? index : source->count > 0 ? source->count - 1 : 0;
}

/* The index of a line that may have gone: the next one, or the last. */
size_t logview_locate(const struct logview_source *source, uint64_t id)
{
    return clamp_index(source, source->find(source->ctx, id));
}

/* The place at which the last row of `index` is the last of the view. */
static struct logview_place place_ending(const struct logview *view, const struct logview_source *source,
                                         size_t index)
{
    int room = view->rows > 0 ? view->rows : 1;
    struct logview_place place = {.index = index};
    int used = rows_at(view, source, index);
    while (used < room && place.index > 0) {
        place.index--;
        used += rows_at(view, source, place.index);
    }
    place.skip = used > room ? used - room : 0;
    return place;
}

/* The same; but a line that is higher than the view shows its beginning. */
static struct logview_place place_with_last(const struct logview *view, const struct logview_source *source,
                                            size_t index)
{
    struct logview_place place = place_ending(view, source, index);
    if (place.index == index)
        place.skip = 0;
    return place;
}

struct logview_place logview_place_of(const struct logview *view, const struct logview_source *source)
{
    if (view->follow || !view->placed)
        return place_with_last(view, source, source->count - 1);
    size_t found = source->find(source->ctx, view->top_id);
    struct logview_place place = {.index = clamp_index(source, found)};
    /* The rows to skip belong to the line that was there. */
    if (found < source->count && id_at(source, found) == view->top_id)
        place.skip = view->top_skip;
    int rows = rows_at(view, source, place.index);
    if (place.skip >= rows)
        place.skip = rows - 1;
    struct logview_place last = place_ending(view, source, source->count - 1);
    bool past = place.index > last.index || (place.index == last.index && place.skip > last.skip);
    return past ? last : place;
}

static void keep(struct logview *view, const struct logview_source *source, struct logview_place place)
{
    view->placed = true;
    view->top_id = id_at(source, place.index);
    view->top_skip = place.skip;
}

void logview_note_lift(struct logview *view, const struct logview_source *source, struct logview_place drawn)
{
    uint64_t top = id_at(source, drawn.index);
    view->lifted = !view->follow && view->placed && (top != view->top_id || drawn.skip != view->top_skip);
    view->lifted_top = top;
    view->lifted_skip = drawn.skip;
    view->lifted_last = id_at(source, source->count - 1);
    view->lifted_span = source->count - 1 - drawn.index;
}

void logview_take_lift(struct logview *view, const struct logview_source *source)
{
    if (!view->lifted || view->follow || source->count == 0)
        return;
    size_t top = source->find(source->ctx, view->lifted_top),
           last = source->find(source->ctx, view->lifted_last);
    if (last + 1 >= source->count || last - top != view->lifted_span ||
        id_at(source, top) != view->lifted_top || id_at(source, last) != view->lifted_last)
        return;
    view->lifted = false;
    keep(view, source, (struct logview_place){top, view->lifted_skip});
}

/* The last line of which a row is visible. */
static size_t last_visible(const struct logview *view, const struct logview_source *source,
                           struct logview_place place)
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
static bool is_whole(const struct logview *view, const struct logview_source *source,
                     struct logview_place place, size_t index)
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
    return view->follow || !view->placed ? source->count - 1 : logview_locate(source, view->cursor_id);
}

/* Pauses where it is, so that moves have a place to start from. */
static void pause_here(struct logview *view, const struct logview_source *source)
{
    if (!view->follow && view->placed)
        return;
    struct logview_place place = logview_place_of(view, source);
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
    struct logview_place place = logview_place_of(view, source);
    if (is_whole(view, source, place, index))
        return;
    if (index <= place.index)
        place = (struct logview_place){.index = index};
    else
        place = place_with_last(view, source, index);
    keep(view, source, place);
}

/* Lines that come, a filter or a new size may leave the cursor out of sight. A line of which a part was
 * scrolled out by the operator stays as it is. */
void logview_keep_in_sight(struct logview *view, const struct logview_source *source, size_t cursor,
                           bool resized)
{
    struct logview_place place = logview_place_of(view, source);
    bool visible = cursor >= place.index && cursor <= last_visible(view, source, place);
    if (!visible || resized)
        reveal(view, source, cursor);
}

/* One row down or up. */
static bool step(const struct logview *view, const struct logview_source *source, struct logview_place *place,
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
    logview_take_lift(view, source);
    pause_here(view, source);
    struct logview_place place = logview_place_of(view, source);
    int left = rows < 0 ? -rows : rows;
    while (left-- > 0 && step(view, source, &place, rows > 0))
        ;
    keep(view, source, place);
    /* Not past the end; and the cursor stays in sight. */
    place = logview_place_of(view, source);
    keep(view, source, place);
    size_t cursor = logview_locate(source, view->cursor_id), last = last_visible(view, source, place);
    if (cursor < place.index)
        view->cursor_id = id_at(source, place.index);
    else if (cursor > last)
        view->cursor_id = id_at(source, last);
}

/* Rows of the cursor's line that are out of sight in this direction. */
static int rows_hidden(const struct logview *view, const struct logview_source *source, size_t cursor,
                       bool down)
{
    struct logview_place place = logview_place_of(view, source);
    if (!down)
        return place.index == cursor ? place.skip : 0;
    int used = -place.skip;
    for (size_t i = place.index; i < cursor && used < view->rows; i++)
        used += rows_at(view, source, i);
    used += rows_at(view, source, cursor);
    return used > view->rows ? used - view->rows : 0;
}

/* A line that is higher than the view is read by rows. True when that was the move. */
static bool read_on(struct logview *view, const struct logview_source *source, size_t cursor,
                    enum widget_move move)
{
    int by = move == MOVE_UP || move == MOVE_DOWN             ? 1
             : move == MOVE_HALF_UP || move == MOVE_HALF_DOWN ? view->rows / 2
                                                              : view->rows - 1;
    bool down = move == MOVE_DOWN || move == MOVE_HALF_DOWN || move == MOVE_PAGE_DOWN;
    if (move == MOVE_FIRST || move == MOVE_LAST || rows_at(view, source, cursor) <= view->rows)
        return false;
    int hidden = rows_hidden(view, source, cursor, down);
    if (hidden == 0)
        return false;
    struct logview_place place = logview_place_of(view, source);
    for (int left = by < 1 ? 1 : by < hidden ? by : hidden; left > 0; left--)
        if (!step(view, source, &place, down))
            break;
    keep(view, source, place);
    return true;
}

void logview_move(struct logview *view, const struct logview_source *source, enum widget_move move)
{
    if (source->count == 0 || move == MOVE_NONE)
        return;
    logview_take_lift(view, source);
    size_t from = logview_cursor(view, source);
    size_t page = view->rows > 0 ? (size_t)view->rows : 1;
    size_t to = widget_move_by(move, from, source->count, page);
    bool down = to >= from && move != MOVE_UP && move != MOVE_PAGE_UP && move != MOVE_HALF_UP;
    /* Down at the end of what is followed changes nothing. */
    if (view->follow && down && move != MOVE_FIRST)
        return;
    pause_here(view, source);
    if (read_on(view, source, from, move))
        return;
    view->cursor_id = id_at(source, to);
    reveal(view, source, to);
}

void logview_show(struct logview *view, const struct logview_source *source, uint64_t id)
{
    if (source->count == 0)
        return;
    logview_take_lift(view, source);
    pause_here(view, source);
    size_t index = logview_locate(source, id);
    view->cursor_id = id_at(source, index);
    struct logview_place place = logview_place_of(view, source);
    if (is_whole(view, source, place, index))
        return;
    place = (struct logview_place){.index = index};
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
    struct logview_place place = logview_place_of(view, source);
    int used = -place.skip;
    for (size_t i = place.index; i < source->count; i++) {
        used += rows_at(view, source, i);
        if (row < used)
            return i;
    }
    return source->count;
}
