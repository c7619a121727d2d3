#include "client/text/sgr.h"

#include <stdbool.h>
#include <stdint.h>

enum { PARAM_MAX = 64, VALUE_MAX = 65535 };

/* One number. `sub` numbers were joined to the one before with a colon. */
struct param {
    int value; /* -1 when it was left out */
    bool sub;
};

static size_t read_params(struct param *out, const char *bytes, size_t len)
{
    size_t count = 1;
    out[0] = (struct param){.value = -1};
    for (size_t i = 0; i < len; i++) {
        struct param *last = &out[count - 1];
        if (bytes[i] >= '0' && bytes[i] <= '9') {
            int value = (last->value < 0 ? 0 : last->value) * 10 + (bytes[i] - '0');
            last->value = value > VALUE_MAX ? VALUE_MAX : value;
            continue;
        }
        if (count == PARAM_MAX)
            break;
        out[count++] = (struct param){.value = -1, .sub = bytes[i] == ':'};
    }
    return count;
}

static bool is_byte(int value)
{
    return value >= 0 && value <= 255;
}

static int or_zero(int value)
{
    return value < 0 ? 0 : value;
}

/* The colour that stands in `count` numbers after 38 or 48: 5 INDEX or 2 R G B. False when there is none. */
static bool read_color(const struct param *p, size_t count, color *out)
{
    if (count >= 2 && p[0].value == 5 && is_byte(or_zero(p[1].value))) {
        *out = color_index((uint8_t)or_zero(p[1].value));
        return true;
    }
    if (count < 4 || p[0].value != 2)
        return false;
    /* With colons a colour space may stand before the three: 38:2::R:G:B */
    const struct param *rgb = p[0].sub && count >= 5 ? p + 2 : p + 1;
    int r = or_zero(rgb[0].value), g = or_zero(rgb[1].value), b = or_zero(rgb[2].value);
    if (!is_byte(r) || !is_byte(g) || !is_byte(b))
        return false;
    *out = color_rgb((uint8_t)r, (uint8_t)g, (uint8_t)b);
    return true;
}

/* 38, 48 or 58 at p[0]. Returns how many numbers it took; 58, the underline's colour, is only skipped. */
static size_t apply_extended_color(struct style *pen, const struct param *p, size_t count)
{
    size_t have = 1;
    if (count > 1 && p[1].sub) {
        while (have < count && p[have].sub)
            have++;
    } else if (count > 1) {
        size_t want = p[1].value == 5 ? 3 : p[1].value == 2 ? 5 : 2;
        have = want < count ? want : count;
    }
    color value;
    if (!read_color(p + 1, have - 1, &value))
        return have;
    if (p[0].value == 38)
        pen->fg = value;
    if (p[0].value == 48)
        pen->bg = value;
    return have;
}

static void set_underline(struct style *pen, int kind)
{
    pen->attr &= (uint16_t) ~(STYLE_UNDERLINE | STYLE_UNDERLINE_DOUBLE | STYLE_UNDERLINE_CURLY);
    if (kind != 0)
        pen->attr |= STYLE_UNDERLINE;
    if (kind == 2)
        pen->attr |= STYLE_UNDERLINE_DOUBLE;
    if (kind == 3)
        pen->attr |= STYLE_UNDERLINE_CURLY;
}

static void apply_attribute(struct style *pen, int value)
{
    static const uint16_t on[10] = {
        [1] = STYLE_BOLD, [3] = STYLE_ITALIC, [7] = STYLE_REVERSE, [9] = STYLE_STRIKE};
    if (value == 0)
        *pen = (struct style){0};
    else if (value == 4 || value == 24)
        set_underline(pen, value == 4);
    else if (value < 10)
        pen->attr |= on[value];
    else if (value == 22)
        pen->attr &= (uint16_t)~STYLE_BOLD;
    else if (value > 22 && value < 30)
        pen->attr &= (uint16_t)~on[value - 20];
}

static void apply_color(struct style *pen, int value)
{
    if (value >= 30 && value <= 37)
        pen->fg = color_index((uint8_t)(value - 30));
    else if (value == 39)
        pen->fg = COLOR_DEFAULT_VALUE;
    else if (value >= 40 && value <= 47)
        pen->bg = color_index((uint8_t)(value - 40));
    else if (value == 49)
        pen->bg = COLOR_DEFAULT_VALUE;
    else if (value >= 90 && value <= 97)
        pen->fg = color_index((uint8_t)(value - 90 + 8));
    else if (value >= 100 && value <= 107)
        pen->bg = color_index((uint8_t)(value - 100 + 8));
}

void sgr_apply(struct style *pen, const char *bytes, size_t len)
{
    struct param params[PARAM_MAX];
    size_t count = read_params(params, bytes, len);
    for (size_t i = 0; i < count;) {
        int value = or_zero(params[i].value);
        size_t took = 1;
        if (value == 38 || value == 48 || value == 58)
            took = apply_extended_color(pen, params + i, count - i);
        else if (value == 4 && i + 1 < count && params[i + 1].sub)
            set_underline(pen, or_zero(params[i + 1].value));
        else if (value < 30)
            apply_attribute(pen, value);
        else
            apply_color(pen, value);
        i += took;
        while (i < count && params[i].sub)
            i++;
    }
}

/* Palette entries from 16 up have the same RGB everywhere; the first 16 are the operator's. */
static color as_rgb(color c)
{
    if (!color_is_index(c) || (c & 0xFF) < 16)
        return c;
    uint8_t index = c & 0xFF;
    if (index >= 232) {
        uint8_t grey = (uint8_t)(8 + (index - 232) * 10);
        return color_rgb(grey, grey, grey);
    }
    static const uint8_t level[6] = {0, 95, 135, 175, 215, 255};
    index = (uint8_t)(index - 16);
    return color_rgb(level[index / 36], level[index / 6 % 6], level[index % 6]);
}

struct style sgr_visible(struct style pen)
{
    if (!color_is_default(pen.fg) && as_rgb(pen.fg) == as_rgb(pen.bg))
        pen.fg = COLOR_DEFAULT_VALUE;
    return pen;
}
