#include "widgets/table.h"

#include <assert.h>
#include <string.h>

enum { GUTTER = 2, GAP = 1 };

void table_init(struct table *table, const struct table_column *columns, int count)
{
    assert(count > 0 && count <= TABLE_COLUMNS);
    *table =
        (struct table){.columns = columns, .column_count = count, .sort = -1, .selected_was = TABLE_NONE};
}

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

/* Columns that those that are shown take with their gaps. */
static int taken(const struct table *table, const int *widths)
{
    int sum = 0;
    for (int i = 0; i < table->column_count; i++)
        sum += widths[i] > 0 ? widths[i] + GAP : 0;
    return sum > 0 ? sum - GAP : 0;
}

void table_fit(const struct table *table, int cols, int widths[TABLE_COLUMNS])
{
    const struct table_column *columns = table->columns;
    int room = cols - GUTTER, count = table->column_count;
    memset(widths, 0, TABLE_COLUMNS * sizeof *widths);
    for (int i = 0; i < count; i++)
        widths[i] = columns[i].min;
    for (int i = count - 1; i >= 0 && taken(table, widths) > room; i--) {
        if (!columns[i].keep)
            widths[i] = 0;
    }
    /* Not even those that stay have room: the last of them shrinks, then the one before. */
    for (int i = count - 1; i >= 0 && taken(table, widths) > room; i--) {
        int over = taken(table, widths) - room;
        widths[i] = widths[i] > over ? widths[i] - over : 0;
    }
    /* First those that hold figures and words get what they want, then the name gets the rest. */
    for (int grows = 0; grows < 2; grows++) {
        for (int i = 0; i < count; i++) {
            int left = room - taken(table, widths);
            if (widths[i] == 0 || columns[i].grows != (grows != 0) || left <= 0)
                continue;
            int more = grows != 0 ? left : min_int(left, columns[i].want - columns[i].min);
            widths[i] += more > 0 ? more : 0;
        }
    }
}

size_t table_move(struct table *table, enum widget_move move, size_t selected, size_t count)
{
    table->moved = true;
    if (selected == TABLE_NONE)
        return count > 0 ? 0 : TABLE_NONE;
    if (count == 0)
        return TABLE_NONE;
    return widget_move_by(move, selected, count, (size_t)(table->visible > 0 ? table->visible : 1));
}

void table_jumped(struct table *table)
{
    table->moved = true;
}

/* Chooses the first row: a selection that the operator did not move stays on its row of the screen. */
static void place(struct table *table, const struct table_rows *rows)
{
    size_t visible = (size_t)table->visible, selected = rows->selected;
    if (selected != TABLE_NONE && table->selected_was != TABLE_NONE && !table->moved) {
        if (selected >= table->selected_was)
            table->top += selected - table->selected_was;
        else
            table->top -=
                table->selected_was - selected < table->top ? table->selected_was - selected : table->top;
    }
    if (selected != TABLE_NONE && visible > 0) {
        if (selected < table->top)
            table->top = selected;
        else if (selected >= table->top + visible)
            table->top = selected - visible + 1;
    }
    size_t last = rows->count > visible ? rows->count - visible : 0;
    if (table->top > last)
        table->top = last;
    table->selected_was = selected;
    table->moved = false;
}

static void draw_titles(const struct table *table, const struct paint *p)
{
    int col = GUTTER;
    for (int i = 0; i < table->column_count; i++) {
        int width = table->widths[i];
        if (width == 0)
            continue;
        const struct table_column *column = &table->columns[i];
        bool sorted = table->sort == i && width > 2;
        int room = width - (sorted ? 1 : 0);
        int used;
        if (column->right) {
            used = room;
            paint_right(p, 0, col, room, ROLE_COLUMN, column->title);
        } else {
            used = paint_text(p, 0, col, room, ROLE_COLUMN, column->title);
        }
        if (sorted) {
            uint32_t up = paint_ascii(p) ? '^' : 0x25B4, down = paint_ascii(p) ? 'v' : 0x25BE;
            paint_repeat(p, 0, col + used, 1, ROLE_ACCENT, table->descending ? down : up);
        }
        col += width + GAP;
    }
}

static void draw_row(const struct table *table, const struct paint *p, int at, size_t row,
                     const struct table_rows *rows, bool focused)
{
    struct rect where = {at, 0, 1, p->cols};
    bool selected = row == rows->selected;
    struct paint line = selected ? paint_over(p, where, focused ? ROLE_SELECTION : ROLE_SELECTION_IDLE)
                                 : paint_within(p, where);
    char sign = rows->sign != NULL ? rows->sign(rows->ctx, row) : ' ';
    if (selected)
        paint_text(&line, 0, 0, 1, ROLE_ACCENT, ">");
    if (sign != ' ')
        paint_repeat(&line, 0, 1, 1, sign == '!' ? ROLE_ERROR : ROLE_MARK, (unsigned char)sign);
    struct paint whole = paint_within(&line, (struct rect){0, GUTTER, 1, line.cols - GUTTER});
    if (rows->whole != NULL && rows->whole(rows->ctx, row, &whole))
        return;
    int col = GUTTER;
    for (int i = 0; i < table->column_count; i++) {
        if (table->widths[i] == 0)
            continue;
        struct paint cell = paint_within(&line, (struct rect){0, col, 1, table->widths[i]});
        rows->draw(rows->ctx, row, i, &cell);
        col += table->widths[i] + GAP;
    }
}

void table_draw(struct table *table, const struct paint *p, const struct table_rows *rows, bool focused)
{
    table_fit(table, p->cols, table->widths);
    table->visible = p->rows > 1 ? p->rows - 1 : 0;
    place(table, rows);
    draw_titles(table, p);
    if (rows->count == 0) {
        paint_text(p, 1, GUTTER, p->cols - GUTTER, ROLE_DIM, rows->empty);
        return;
    }
    for (int i = 0; i < table->visible && table->top + (size_t)i < rows->count; i++)
        draw_row(table, p, i + 1, table->top + (size_t)i, rows, focused);
}

size_t table_row_at(const struct table *table, int row, size_t count)
{
    if (row < 1 || row > table->visible)
        return TABLE_NONE;
    size_t index = table->top + (size_t)(row - 1);
    return index < count ? index : TABLE_NONE;
}

int table_column_at(const struct table *table, int col)
{
    int at = GUTTER;
    for (int i = 0; i < table->column_count; i++) {
        if (table->widths[i] == 0)
            continue;
        if (col >= at && col < at + table->widths[i])
            return i;
        at += table->widths[i] + GAP;
    }
    return -1;
}
