#include "client/shell/pen.h"

enum { UNDERLINES = STYLE_UNDERLINE | STYLE_UNDERLINE_DOUBLE | STYLE_UNDERLINE_CURLY };

/* Attributes by number: which bits go off, which on. */
static const struct {
    uint16_t off, on;
} attributes[] = {
    [1] = {0, STYLE_BOLD},
    [2] = {0, STYLE_DIM},
    [3] = {0, STYLE_ITALIC},
    [4] = {UNDERLINES, STYLE_UNDERLINE},
    [7] = {0, STYLE_REVERSE},
    [8] = {0, STYLE_CONCEAL},
    [9] = {0, STYLE_STRIKE},
    [21] = {UNDERLINES, STYLE_UNDERLINE | STYLE_UNDERLINE_DOUBLE},
    [22] = {STYLE_BOLD | STYLE_DIM, 0},
    [23] = {STYLE_ITALIC, 0},
    [24] = {UNDERLINES, 0},
    [27] = {STYLE_REVERSE, 0},
    [28] = {STYLE_CONCEAL, 0},
    [29] = {STYLE_STRIKE, 0},
};

/* 4:n, the underline styles of kitty and VTE: 0 none, 1 single, 2 double, 3 curly. */
static uint16_t underline_style(int style)
{
    static const uint16_t styles[] = {0, STYLE_UNDERLINE, STYLE_UNDERLINE | STYLE_UNDERLINE_DOUBLE,
                                      STYLE_UNDERLINE | STYLE_UNDERLINE_CURLY};
    return style < 4 ? styles[style] : STYLE_UNDERLINE;
}

static uint8_t component(const struct guard_param *param)
{
    return param->value > 255 ? 255 : (uint8_t)param->value;
}

/* 38, 48 or 58 with sub-parameters: `38:5:n`, `38:2:r:g:b` and, with a colour space, `38:2::r:g:b`. */
static bool read_colon_colour(const struct guard_param *group, int count, color *out)
{
    if (count >= 3 && group[1].value == 5) {
        *out = color_index(component(&group[2]));
        return true;
    }
    int first = count >= 6 ? 3 : 2;
    if (count < 5 || group[1].value != 2)
        return false;
    *out = color_rgb(component(&group[first]), component(&group[first + 1]), component(&group[first + 2]));
    return true;
}

/* The same with semicolons: `38;5;n`, `38;2;r;g;b`. Returns how many parameters belong to it. */
static int read_semicolon_colour(const struct guard_param *params, int count, color *out, bool *found)
{
    *found = false;
    if (count >= 3 && params[1].value == 5) {
        *out = color_index(component(&params[2]));
        *found = true;
        return 3;
    }
    if (count >= 5 && params[1].value == 2) {
        *out = color_rgb(component(&params[2]), component(&params[3]), component(&params[4]));
        *found = true;
        return 5;
    }
    return count; /* cut off: nothing after it can be trusted */
}

static void apply_number(struct grid_look *pen, int number)
{
    if (number == 0) {
        *pen = (struct grid_look){.flags = pen->flags};
    } else if (number < (int)(sizeof attributes / sizeof attributes[0])) {
        pen->attr = (uint16_t)((pen->attr & ~attributes[number].off) | attributes[number].on);
    } else if (number >= 30 && number <= 37) {
        pen->fg = color_index((uint8_t)(number - 30));
    } else if (number == 39) {
        pen->fg = COLOR_DEFAULT_VALUE;
    } else if (number >= 40 && number <= 47) {
        pen->bg = color_index((uint8_t)(number - 40));
    } else if (number == 49) {
        pen->bg = COLOR_DEFAULT_VALUE;
    } else if (number >= 90 && number <= 97) {
        pen->fg = color_index((uint8_t)(number - 90 + 8));
    } else if (number >= 100 && number <= 107) {
        pen->bg = color_index((uint8_t)(number - 100 + 8));
    }
}

/* A colour of the underline (58) is read, so that its numbers are not mistaken for others, and not kept. */
static void set_colour(struct grid_look *pen, int which, color value)
{
    if (which == 38)
        pen->fg = value;
    else if (which == 48)
        pen->bg = value;
}

void pen_apply(struct grid_look *pen, const struct guard_param *params, int count)
{
    for (int at = 0; at < count;) {
        int group = 1; /* a parameter and its sub-parameters */
        while (at + group < count && params[at + group].sub)
            group++;
        int number = params[at].value;
        bool is_colour = number == 38 || number == 48 || number == 58, found;
        color value = COLOR_DEFAULT_VALUE;
        if (is_colour && group == 1) {
            group = read_semicolon_colour(params + at, count - at, &value, &found);
            if (found)
                set_colour(pen, number, value);
        } else if (is_colour) {
            if (read_colon_colour(params + at, group, &value))
                set_colour(pen, number, value);
        } else if (number == 4 && group > 1) {
            pen->attr = (uint16_t)((pen->attr & ~UNDERLINES) | underline_style(params[at + 1].value));
        } else if (group == 1) {
            apply_number(pen, number);
        }
        at += group;
    }
}
