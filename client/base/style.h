/*
 * How a piece of text looks: two colours and a set of attributes. One type serves log lines, terminal cells
 * and the widgets, so that no layer translates another's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A colour: the terminal's default, one of its 256 palette entries, or RGB. */
typedef uint32_t color;

enum {
    COLOR_DEFAULT_VALUE = 0,
    COLOR_INDEX_TAG = 0x01000000,
    COLOR_RGB_TAG = 0x02000000,
};

enum style_attr {
    STYLE_BOLD = 1 << 0,
    STYLE_DIM = 1 << 1,
    STYLE_ITALIC = 1 << 2,
    STYLE_UNDERLINE = 1 << 3,
    STYLE_REVERSE = 1 << 4,
    STYLE_STRIKE = 1 << 5,
    STYLE_CONCEAL = 1 << 6,
    STYLE_UNDERLINE_DOUBLE = 1 << 7, /* with STYLE_UNDERLINE */
    STYLE_UNDERLINE_CURLY = 1 << 8,  /* with STYLE_UNDERLINE */
};

struct style {
    color fg;
    color bg;
    uint16_t attr; /* enum style_attr, or-ed */
};

static inline color color_index(uint8_t index)
{
    return COLOR_INDEX_TAG | index;
}

static inline color color_rgb(uint8_t r, uint8_t g, uint8_t b)
{
    return COLOR_RGB_TAG | (color)r << 16 | (color)g << 8 | b;
}

static inline bool color_is_default(color c)
{
    return c == COLOR_DEFAULT_VALUE;
}

static inline bool color_is_index(color c)
{
    return (c & 0xFF000000) == COLOR_INDEX_TAG;
}

static inline bool color_is_rgb(color c)
{
    return (c & 0xFF000000) == COLOR_RGB_TAG;
}

static inline bool style_equal(struct style a, struct style b)
{
    return a.fg == b.fg && a.bg == b.bg && a.attr == b.attr;
}
