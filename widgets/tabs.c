#include "widgets/tabs.h"

#include <string.h>

#include "client/base/utf8.h"

enum { BETWEEN = 3 /* " | " */ };

static int width_of(const char *name)
{
    return (int)utf8_columns(name, strlen(name));
}

/* The first tab to show so that the active one fits: as few as possible are left out. */
static int first_shown(int cols, const char *const *names, int active)
{
    int first = active, used = active >= 0 ? width_of(names[active]) : 0;
    while (first > 0 && used + BETWEEN + width_of(names[first - 1]) <= cols)
        used += BETWEEN + width_of(names[--first]);
    return first < 0 ? 0 : first;
}

int tabs_draw(const struct paint *p, int row, int col, int cols, const char *const *names, int count,
              int active)
{
    int used = 0;
    for (int i = first_shown(cols, names, active); i < count && used < cols; i++) {
        int width = width_of(names[i]);
        if (used > 0) {
            if (used + BETWEEN + width > cols && i != active)
                break;
            used +=
                paint_text(p, row, col + used, cols - used, ROLE_FRAME, paint_ascii(p) ? " | " : " \u2502 ");
        }
        used +=
            paint_text(p, row, col + used, cols - used, i == active ? ROLE_TAB_ACTIVE : ROLE_TAB, names[i]);
    }
    return used;
}

int tabs_at(int cols, const char *const *names, int count, int active, int at)
{
    int used = 0;
    for (int i = first_shown(cols, names, active); i < count && used < cols; i++) {
        int width = width_of(names[i]);
        if (used > 0 && used + BETWEEN + width > cols && i != active)
            break;
        used += used > 0 ? BETWEEN : 0;
        if (at >= used && at < used + width)
            return i;
        used += width;
    }
    return -1;
}
