#include "widgets/tabs.h"

#include <string.h>

#include "client/base/utf8.h"

enum { BETWEEN = 3 /* " | " */ };

static int width_of(const char *name)
{
    return (int)utf8_columns(name, strlen(name));
}

/* The tabs that are shown, from the first up to the last, and where the first begins. */
struct span {
    int first, last; /* both are shown */
    int start;
};

static int marks(int first, int last, int count)
{
    return (first > 0) + (last < count - 1);
}

/* As many as fit beside the active one, those before it first; a column is kept for the mark of what is
 * hidden. */
static struct span shown(int cols, const char *const *names, int count, int active)
{
    struct span span = {active < 0 ? 0 : active, active < 0 ? 0 : active, 0};
    int used = width_of(names[span.first]);
    while (span.first > 0 &&
           used + BETWEEN + width_of(names[span.first - 1]) + marks(span.first - 1, span.last, count) <= cols)
        used += BETWEEN + width_of(names[--span.first]);
    while (span.last < count - 1 &&
           used + BETWEEN + width_of(names[span.last + 1]) + marks(span.first, span.last + 1, count) <= cols)
        used += BETWEEN + width_of(names[++span.last]);
    span.start = span.first > 0 && used + 1 <= cols ? 1 : 0;
    return span;
}

int tabs_draw(const struct paint *p, int row, int col, int cols, const char *const *names, int count,
              int active)
{
    struct span span = shown(cols, names, count, active);
    int used = span.start;
    if (span.start > 0)
        paint_repeat(p, row, col, 1, ROLE_TAB, paint_ascii(p) ? '<' : 0x2039);
    for (int i = span.first; i <= span.last && used < cols; i++) {
        if (i > span.first)
            used +=
                paint_text(p, row, col + used, cols - used, ROLE_FRAME, paint_ascii(p) ? " | " : " \u2502 ");
        used +=
            paint_text(p, row, col + used, cols - used, i == active ? ROLE_TAB_ACTIVE : ROLE_TAB, names[i]);
    }
    if (span.last < count - 1 && used < cols)
        paint_repeat(p, row, col + used++, 1, ROLE_TAB, paint_ascii(p) ? '>' : 0x203A);
    return used;
}

int tabs_at(int cols, const char *const *names, int count, int active, int at)
{
    struct span span = shown(cols, names, count, active);
    int used = span.start;
    if (span.start > 0 && at == 0)
        return span.first - 1;
    for (int i = span.first; i <= span.last && used < cols; i++) {
        int width = width_of(names[i]);
        used += i > span.first ? BETWEEN : 0;
        if (at >= used && at < used + width && at < cols)
            return i;
        used += width;
    }
    return span.last < count - 1 && used < cols && at == used ? span.last + 1 : -1;
}
