/* Frames and scroll bars of paint.h. */
#include "widgets/paint.h"

#include <string.h>

#include "client/base/utf8.h"

struct lines {
    uint32_t top_left, top_right, bottom_left, bottom_right, flat, upright, thumb;
};

static const struct lines light_lines = {0x250C, 0x2510, 0x2514, 0x2518, 0x2500, 0x2502, 0x2588};
static const struct lines heavy_lines = {0x250F, 0x2513, 0x2517, 0x251B, 0x2501, 0x2503, 0x2588};
static const struct lines ascii_light = {'+', '+', '+', '+', '-', '|', '#'};
static const struct lines ascii_heavy = {'+', '+', '+', '+', '=', '|', '#'};

static const struct lines *lines_for(const struct paint *p, bool focused)
{
    if (paint_ascii(p))
        return focused ? &ascii_heavy : &ascii_light;
    return focused ? &heavy_lines : &light_lines;
}

/* The two texts of one border, each with a blank on both sides. The left one comes first when there is not
 * room for both. */
static void border_texts(const struct paint *p, int row, const char *left, const char *right, bool focused,
                         enum role role)
{
    int room = p->cols - 4;
    enum role text_role = focused ? ROLE_TITLE_FOCUSED : role;
    if (left != NULL && left[0] != '\0' && room >= 3) {
        int used = paint_text(p, row, 3, room - 2, text_role, left);
        paint_repeat(p, row, 2, 1, text_role, ' ');
        paint_repeat(p, row, 3 + used, 1, text_role, ' ');
        room -= used + 3;
    }
    int need = right == NULL ? 0 : (int)utf8_columns(right, strlen(right));
    if (need > 0 && need + 2 <= room) {
        int col = p->cols - 3 - need;
        paint_repeat(p, row, col - 1, 1, role, ' ');
        paint_text(p, row, col, need, role, right);
        paint_repeat(p, row, col + need, 1, role, ' ');
    }
}

struct paint paint_frame(const struct paint *p, struct rect r, const struct frame *frame)
{
    struct paint part = paint_within(p, r);
    if (r.rows < 3 || r.cols < 3)
        return part;
    const struct lines *lines = lines_for(p, frame->focused);
    enum role role = frame->focused ? ROLE_FRAME_FOCUSED : ROLE_FRAME;
    int bottom = r.rows - 1, last = r.cols - 1;
    paint_repeat(&part, 0, 1, r.cols - 2, role, lines->flat);
    paint_repeat(&part, bottom, 1, r.cols - 2, role, lines->flat);
    for (int row = 1; row < bottom; row++) {
        paint_repeat(&part, row, 0, 1, role, lines->upright);
        paint_repeat(&part, row, last, 1, role, lines->upright);
    }
    paint_repeat(&part, 0, 0, 1, role, lines->top_left);
    paint_repeat(&part, 0, last, 1, role, lines->top_right);
    paint_repeat(&part, bottom, 0, 1, role, lines->bottom_left);
    paint_repeat(&part, bottom, last, 1, role, lines->bottom_right);
    border_texts(&part, 0, frame->title, frame->right, frame->focused, ROLE_TITLE);
    border_texts(&part, bottom, frame->bottom, frame->bottom_right, false, ROLE_DIM);
    return paint_within(p, rect_inside(r));
}

void paint_scroll(const struct paint *p, struct rect r, bool focused, size_t first, size_t shown,
                  size_t total)
{
    int track = r.rows - 2;
    if (track < 2 || r.cols < 3 || shown == 0 || shown >= total)
        return;
    struct paint part = paint_within(p, r);
    int size = (int)((double)shown / (double)total * track + 0.5);
    size = size < 1 ? 1 : size;
    size_t last_first = total - shown;
    double place = (double)(first < last_first ? first : last_first) / (double)last_first;
    int at = (int)(place * (track - size) + 0.5);
    uint32_t thumb = lines_for(p, focused)->thumb;
    for (int i = 0; i < size; i++)
        paint_repeat(&part, 1 + at + i, r.cols - 1, 1, focused ? ROLE_SCROLL : ROLE_FRAME, thumb);
}
