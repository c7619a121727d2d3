/* Copy mode's picture and title. */
#include "tui/copypane_private.h"

#include "client/base/mem.h"
#include "client/shell/transcript.h"
#include "widgets/terminal.h"

#include <stdio.h>
#include <stdlib.h>

struct drawn {
    struct copypane *pane;
    struct cell *cells;
};

static bool row_line(const struct copymode *mode, int row, uint64_t *line)
{
    *line = mode->top + (uint64_t)row;
    return *line < mode->source.stop;
}

static const struct cell *row_of(void *ctx, int row)
{
    struct drawn *drawn = ctx;
    uint64_t line;
    if (!row_line(&drawn->pane->mode, row, &line))
        return NULL;
    transcript_read(drawn->pane->lines, line, drawn->cells, NULL);
    return drawn->cells;
}

/* Search hits, and over them the selection. */
static int marks_of(void *ctx, int row, struct terminal_mark out[TERMINAL_MARKS])
{
    struct copypane *pane = ((struct drawn *)ctx)->pane;
    struct copy_hit hits[TERMINAL_MARKS - 1];
    int count = 0, from, to;
    uint64_t line;
    if (!row_line(&pane->mode, row, &line))
        return 0;
    if (pane->pattern != NULL) {
        size_t found = copymode_hits(&pane->mode, pane->pattern, line, hits, TERMINAL_MARKS - 1);
        for (size_t i = 0; i < found; i++) {
            bool current = line == pane->mode.cursor.line && hits[i].from == pane->mode.cursor.col;
            out[count++] =
                (struct terminal_mark){hits[i].from, hits[i].to, current ? ROLE_SEARCH_CURRENT : ROLE_SEARCH};
        }
    }
    if (copymode_selected(&pane->mode, line, &from, &to))
        out[count++] = (struct terminal_mark){from, to, ROLE_SELECTION};
    return count;
}

void copypane_draw(struct copypane *pane, const struct paint *paint, bool focused)
{
    const struct copymode *mode = &pane->mode;
    struct screen_state state = {
        .rows = mode->rows,
        .cols = mode->source.cols,
        .cursor_row = (int)(mode->cursor.line - mode->top),
        .cursor_col = mode->cursor.col,
        .cursor_visible = true,
    };
    struct drawn drawn = {pane, mem_zalloc((size_t)mode->source.cols, sizeof *drawn.cells)};
    struct terminal_source source = {
        .ctx = &drawn, .state = &state, .left = mode->left, .row = row_of, .marks = marks_of};
    terminal_draw(paint, &source, focused);
    free(drawn.cells);
}

void copypane_title(const struct copypane *pane, char *out, size_t size)
{
    if (!copypane_shown(pane)) {
        snprintf(out, size, "copy");
        return;
    }
    const struct copymode *mode = &pane->mode;
    uint64_t now = copypane_lines_so_far(copypane_shell(pane));
    unsigned long long at = mode->cursor.line - mode->source.first + 1;
    unsigned long long count = mode->source.stop - mode->source.first;
    unsigned long long fresh =
        now > pane->lines_then && !transcript_alternate(pane->lines) ? now - pane->lines_then : 0;
    char typed[16] = "";
    if (pane->count > 0)
        snprintf(typed, sizeof typed, "  %d", pane->count);
    int used = snprintf(out, size, "copy %llu/%llu%s%s%s", at, count, typed,
                        pane->find != ACTION_NONE ? "  find" : "", pane->searching ? "  searching" : "");
    if (fresh > 0 && used > 0 && (size_t)used < size)
        snprintf(out + used, size - (size_t)used, "  %llu new line%s", fresh, fresh == 1 ? "" : "s");
}
