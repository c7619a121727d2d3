#include "widgets/theme.h"

#include <stddef.h>
#include <string.h>

struct role_entry {
    const char *name;
    enum theme_slot slot;
    uint16_t attr;
};

static const struct role_entry roles[ROLE_COUNT] = {
#define X(id, name, slot, attr, meaning) {name, SLOT_##slot, attr},
    THEME_ROLES(X)
#undef X
};

/* Constant initialisers cannot call color_index and color_rgb. */
#define PALETTE(n) (COLOR_INDEX_TAG | (n))
#define RGB(hex)   (COLOR_RGB_TAG | 0x##hex)

static const struct theme
    themes[] =
        {
            {
                .name = "default",
                .help = "16 colours, those of your terminal's palette",
                .slots =
                    {
                        [SLOT_QUIET] = {.attr = STYLE_DIM},
                        [SLOT_LINE] = {.attr = STYLE_DIM},
                        [SLOT_ACCENT] = {.fg = PALETTE(2)},
                        [SLOT_GREEN] = {.fg = PALETTE(2)},
                        [SLOT_AMBER] = {.fg = PALETTE(3)},
                        [SLOT_RED] = {.fg = PALETTE(1)},
                        [SLOT_CYAN] = {.fg = PALETTE(6)},
                        [SLOT_VIOLET] = {.fg = PALETTE(5)},
                        /* Bright: the plain blue of many palettes cannot be read on black. */
                        [SLOT_BLUE] = {.fg = PALETTE(12)},
                        [SLOT_SELECT] = {.attr = STYLE_REVERSE},
                        [SLOT_SELECT_IDLE] = {.attr = STYLE_BOLD},
                        [SLOT_FIELD] = {.attr = STYLE_UNDERLINE},
                        [SLOT_BUTTON] = {.attr = STYLE_REVERSE},
                        [SLOT_HIT] = {.fg = PALETTE(0), .bg = PALETTE(3)},
                        [SLOT_HIT_CURRENT] = {.fg = PALETTE(0), .bg = PALETTE(2)},
                        [SLOT_BAR] = {.attr = STYLE_REVERSE},
                        [SLOT_ALARM] = {.fg = PALETTE(1), .attr = STYLE_REVERSE},
                    },
            },
            {
                .name = "dark",
                .help = "soft colours on a dark background, 256 or RGB",
                .slots =
                    {
                        [SLOT_PLAIN] = {.fg = RGB(C9CED6)},
                        [SLOT_QUIET] = {.fg = RGB(7D8694)},
                        [SLOT_LINE] = {.fg = RGB(444C5A)},
                        [SLOT_ACCENT] = {.fg = RGB(3DD6A3)},
                        [SLOT_GREEN] = {.fg = RGB(7FC98B)},
                        [SLOT_AMBER] = {.fg = RGB(E3B765)},
                        [SLOT_RED] = {.fg = RGB(E8757D)},
                        [SLOT_CYAN] = {.fg = RGB(62C7D9)},
                        [SLOT_VIOLET] = {.fg = RGB(B796E0)},
                        [SLOT_BLUE] = {.fg = RGB(7AA9E8)},
                        [SLOT_SELECT] = {.bg = RGB(2C3644)},
                        [SLOT_SELECT_IDLE] = {.bg = RGB(20262F)},
                        [SLOT_FIELD] = {.bg = RGB(262D38)},
                        [SLOT_BUTTON] = {.fg = RGB(10151B), .bg = RGB(3DD6A3)},
                        [SLOT_HIT] = {.fg = RGB(10151B), .bg = RGB(C9A24E)},
                        [SLOT_HIT_CURRENT] = {.fg = RGB(10151B), .bg = RGB(3DD6A3)},
                        [SLOT_BAR] = {.fg = RGB(E6EAF0), .bg = RGB(2C3644)},
                        [SLOT_ALARM] = {.fg = RGB(FFF3F3), .bg = RGB(8C2F39)},
                    },
            },
            {
                .name = "light",
                .help = "dark ink on a light background, 256 or RGB",
                .slots =
                    {
                        [SLOT_PLAIN] = {.fg = RGB(2B3038)},
                        [SLOT_QUIET] = {.fg = RGB(737B88)},
                        [SLOT_LINE] = {.fg = RGB(B4BBC6)},
                        [SLOT_ACCENT] = {.fg = RGB(00795A)},
                        [SLOT_GREEN] = {.fg = RGB(2E7D32)},
                        [SLOT_AMBER] = {.fg = RGB(9A6200)},
                        [SLOT_RED] = {.fg = RGB(B3261E)},
                        [SLOT_CYAN] = {.fg = RGB(00708A)},
                        [SLOT_VIOLET] = {.fg = RGB(6F3FA8)},
                        [SLOT_BLUE] = {.fg = RGB(1F5FB4)},
                        [SLOT_SELECT] = {.bg = RGB(D3E2F2)},
                        [SLOT_SELECT_IDLE] = {.bg = RGB(E8ECF1)},
                        [SLOT_FIELD] = {.bg = RGB(E4E8EE)},
                        [SLOT_BUTTON] = {.fg = RGB(FFFFFF), .bg = RGB(00795A)},
                        [SLOT_HIT] = {.fg = RGB(1A1A1A), .bg = RGB(F4D77E)},
                        [SLOT_HIT_CURRENT] = {.fg = RGB(FFFFFF), .bg = RGB(00795A)},
                        [SLOT_BAR] = {.fg = RGB(1A1F26), .bg = RGB(D3E2F2)},
                        [SLOT_ALARM] = {.fg = RGB(FFFFFF), .bg = RGB(B3261E)},
                    },
            },
            {
                /* The palette of Okabe and Ito (2008): apart for all common kinds of colour blindness. */
                .name = "safe",
                .help = "blue, orange and yellow: apart for colour-blind eyes",
                .slots =
                    {
                        [SLOT_QUIET] = {.attr = STYLE_DIM},
                        [SLOT_LINE] = {.attr = STYLE_DIM},
                        [SLOT_ACCENT] = {.fg = RGB(56B4E9)},
                        [SLOT_GREEN] = {.fg = RGB(56B4E9)},
                        [SLOT_AMBER] = {.fg = RGB(F0E442)},
                        [SLOT_RED] = {.fg = RGB(E69F00), .attr = STYLE_BOLD},
                        [SLOT_CYAN] = {.fg = RGB(009E73)},
                        [SLOT_VIOLET] = {.fg = RGB(CC79A7)},
                        [SLOT_BLUE] = {.fg = RGB(56B4E9)},
                        [SLOT_SELECT] = {.attr = STYLE_REVERSE},
                        [SLOT_SELECT_IDLE] = {.attr = STYLE_BOLD},
                        [SLOT_FIELD] = {.attr = STYLE_UNDERLINE},
                        [SLOT_BUTTON] = {.attr = STYLE_REVERSE},
                        [SLOT_HIT] = {.fg = RGB(000001), .bg = RGB(F0E442)},
                        [SLOT_HIT_CURRENT] = {.fg = RGB(000001), .bg = RGB(56B4E9)},
                        [SLOT_BAR] = {.attr = STYLE_REVERSE},
                        [SLOT_ALARM] = {.fg = RGB(000001), .bg = RGB(E69F00)},
                    },
            },
            {
                .name = "mono",
                .help = "no colour: bold, dim, underline, reverse",
                .slots =
                    {
                        [SLOT_QUIET] = {.attr = STYLE_DIM},
                        [SLOT_LINE] = {.attr = STYLE_DIM},
                        [SLOT_ACCENT] = {.attr = STYLE_BOLD},
                        [SLOT_AMBER] = {.attr = STYLE_BOLD},
                        [SLOT_RED] = {.attr = STYLE_BOLD},
                        [SLOT_CYAN] = {.attr = STYLE_BOLD},
                        [SLOT_SELECT] = {.attr = STYLE_REVERSE},
                        [SLOT_SELECT_IDLE] = {.attr = STYLE_BOLD},
                        [SLOT_FIELD] = {.attr = STYLE_UNDERLINE},
                        [SLOT_BUTTON] = {.attr = STYLE_REVERSE},
                        [SLOT_HIT] = {.attr = STYLE_REVERSE},
                        [SLOT_HIT_CURRENT] = {.attr = STYLE_REVERSE | STYLE_UNDERLINE},
                        [SLOT_BAR] = {.attr = STYLE_REVERSE},
                        [SLOT_ALARM] = {.attr = STYLE_REVERSE | STYLE_BOLD},
                    },
            },
};

enum { THEME_COUNT = sizeof themes / sizeof themes[0] };

struct style theme_style(const struct theme *theme, enum role role)
{
    struct style style = theme->slots[roles[role].slot];
    style.attr = (uint16_t)(style.attr | roles[role].attr);
    return style;
}

const struct theme *theme_by_name(const char *name)
{
    for (int i = 0; i < THEME_COUNT; i++) {
        if (strcmp(themes[i].name, name) == 0)
            return &themes[i];
    }
    return NULL;
}

const struct theme *theme_at(int index)
{
    return index >= 0 && index < THEME_COUNT ? &themes[index] : NULL;
}

const char *theme_role_name(enum role role)
{
    return roles[role].name;
}

struct style style_over(struct style base, struct style top)
{
    struct style out = base;
    out.attr = (uint16_t)(base.attr | top.attr);
    if ((base.attr & STYLE_REVERSE) != 0) {
        /* Reverse twice must still be seen; dim letters on a bar are hard to read. */
        out.attr = (uint16_t)(out.attr & ~STYLE_DIM);
        return out;
    }
    if (!color_is_default(top.fg))
        out.fg = top.fg;
    if (!color_is_default(top.bg))
        out.bg = top.bg;
    return out;
}
