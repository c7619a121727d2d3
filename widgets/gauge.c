#include "widgets/gauge.h"

/* Block elements: U+2588 full, U+2589..U+258F seven to one eighth from the left; U+2581..U+2588 from below.
 */
enum { EIGHTHS = 8, BLOCK_FULL = 0x2588, BLOCK_LEFT_EIGHTH = 0x258F, BLOCK_LOW_EIGHTH = 0x2581 };

void gauge_draw(const struct paint *p, int row, int col, int cols, double part, enum role role)
{
    if (!(part > 0))
        part = 0;
    if (part > 1)
        part = 1;
    if (cols <= 0)
        return;
    bool ascii = paint_ascii(p);
    int eighths = (int)(part * cols * EIGHTHS + 0.5);
    int full = eighths / EIGHTHS, rest = ascii ? 0 : eighths % EIGHTHS;
    paint_repeat(p, row, col, cols, ROLE_BAR_REST, ascii ? '.' : 0x2591);
    paint_repeat(p, row, col, full, role, ascii ? '#' : BLOCK_FULL);
    if (rest > 0)
        paint_repeat(p, row, col + full, 1, role, (uint32_t)(BLOCK_LEFT_EIGHTH - rest + 1));
}

static double sane(double value)
{
    return value > 0 ? value : 0;
}

void sparkline_draw(const struct paint *p, int row, int col, int cols, const double *values, size_t count,
                    enum role role)
{
    static const char ascii_levels[EIGHTHS] = {'_', '.', '.', '-', '-', '=', '=', '#'};
    if (cols <= 0)
        return;
    size_t shown = count < (size_t)cols ? count : (size_t)cols;
    const double *from = values + (count - shown);
    double most = 0;
    for (size_t i = 0; i < shown; i++)
        most = sane(from[i]) > most ? sane(from[i]) : most;
    for (size_t i = 0; i < shown; i++) {
        int level = most > 0 ? (int)(sane(from[i]) / most * (EIGHTHS - 1) + 0.5) : 0;
        uint32_t ch = paint_ascii(p) ? (uint32_t)ascii_levels[level] : (uint32_t)(BLOCK_LOW_EIGHTH + level);
        paint_repeat(p, row, col + cols - (int)shown + (int)i, 1, role, ch);
    }
}
