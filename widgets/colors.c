#include "widgets/colors.h"

#include <curses.h>
#include <limits.h>
#include <string.h>

/* On a terminal with direct colour the first colour numbers are palette entries all the same: 8, 16 or 256 of
 * them. terminfo has no number for it, but its own string shows where RGB begins. */
static int count_indexed(void)
{
    /* tigetstr says (char *)-1 for a name that it does not know. */
    char *set_fg = tigetstr("setaf");
    static const int candidates[] = {256, 16, 8};
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        const char *text = set_fg == NULL || set_fg == (char *)-1 ? NULL : tiparm(set_fg, candidates[i] - 1);
        if (text != NULL && strstr(text, "38:2") == NULL && strstr(text, "38;2") == NULL)
            return candidates[i];
    }
    return 0;
}

static int count_colors(void)
{
    if (!has_colors() || start_color() == ERR || use_default_colors() == ERR)
        return 0;
    static const int steps[] = {COLORS_DIRECT, 256, 16, 8};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (COLORS >= steps[i])
            return steps[i];
    }
    return 0;
}

void colors_init(struct colors *colors, bool no_color)
{
    *colors = (struct colors){.count = no_color ? 0 : count_colors()};
    colors->indexed = colors->count == COLORS_DIRECT ? count_indexed() : colors->count;
}

/* What xterm shows for the palette entries 0..15 unless the operator changed them. */
static const uint32_t xterm_palette[16] = {
    0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
    0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
};

/* The RGB value of one of the 256: 16 of the palette, a 6x6x6 cube, 24 greys. */
static uint32_t index_rgb(int index)
{
    static const uint8_t steps[6] = {0x00, 0x5F, 0x87, 0xAF, 0xD7, 0xFF};
    if (index < 16)
        return xterm_palette[index];
    if (index >= 232) {
        uint32_t grey = (uint32_t)(8 + (index - 232) * 10);
        return grey << 16 | grey << 8 | grey;
    }
    int cube = index - 16;
    return (uint32_t)steps[cube / 36] << 16 | (uint32_t)steps[cube / 6 % 6] << 8 | steps[cube % 6];
}

static int distance(uint32_t a, uint32_t b)
{
    int red = (int)(a >> 16 & 0xFF) - (int)(b >> 16 & 0xFF);
    int green = (int)(a >> 8 & 0xFF) - (int)(b >> 8 & 0xFF);
    int blue = (int)(a & 0xFF) - (int)(b & 0xFF);
    /* The eye sees green best and blue least. */
    return 3 * red * red + 6 * green * green + blue * blue;
}

/* The nearest of the first `count` colours. */
static int nearest(uint32_t rgb, int count)
{
    int best = 0, best_distance = INT_MAX;
    for (int i = 0; i < count; i++) {
        int d = distance(rgb, index_rgb(i));
        if (d < best_distance) {
            best = i;
            best_distance = d;
        }
    }
    return best;
}

/* Which of the cube's six steps is nearest to a channel: 0, 95, 135, 175, 215, 255. */
static int nearest_step(int channel)
{
    return channel < 48 ? 0 : channel <= 115 ? 1 : (channel - 36) / 40;
}

/* The nearest of the colours 16..255. The channels of the cube are independent, and a grey's distance grows
 * with that from the weighted mean; so a handful of candidates are all that can win. */
static int nearest_of_256(uint32_t rgb)
{
    int red = (int)(rgb >> 16 & 0xFF), green = (int)(rgb >> 8 & 0xFF), blue = (int)(rgb & 0xFF);
    int best = 16 + 36 * nearest_step(red) + 6 * nearest_step(green) + nearest_step(blue);
    int mean = (3 * red + 6 * green + blue) / 10;
    int grey = mean < 8 ? 0 : (mean - 8) / 10;
    for (int i = 232 + grey; i <= 232 + grey + 1 && i <= 255; i++)
        if (distance(rgb, index_rgb(i)) < distance(rgb, index_rgb(best)))
            best = i;
    return best;
}

static int map_rgb(const struct colors *colors, uint32_t rgb)
{
    if (colors->count == COLORS_DIRECT)
        /* The lowest numbers are palette entries: near-black blues become a black that is none of them. */
        return rgb < (uint32_t)colors->indexed ? (rgb == 0 ? 0 : 0x010000) : (int)rgb;
    /* Of 256, the first 16 are whatever the operator made of them: only the others are known. */
    return colors->count == 256 ? nearest_of_256(rgb) : nearest(rgb, colors->count);
}

/* ncurses' number for a colour, -1 for the default. */
static int map_color(const struct colors *colors, color c)
{
    if (colors->count == 0 || color_is_default(c))
        return -1;
    if (color_is_rgb(c))
        return map_rgb(colors, c & 0xFFFFFF);
    int index = (int)(c & 0xFF);
    if (index < colors->indexed)
        return index;
    /* A bright colour where there are 8: its plain one. */
    return index < 16 && colors->count == 8 ? index - 8 : map_rgb(colors, index_rgb(index));
}

/* The number of a pair that alloc_pair has not given to others meanwhile. It recycles the pair that was asked
 * for least recently; what was asked for since `fresh` was zero cannot be that before half of all were asked
 * for. */
static struct colors_pair *cached_pair(struct colors *colors, color fg, color bg)
{
    if (colors->fresh > COLOR_PAIRS / 2) {
        memset(colors->pairs, 0, sizeof colors->pairs);
        colors->fresh = 0;
    }
    uint32_t hash = (fg * UINT32_C(2654435761)) ^ (bg * UINT32_C(2246822519));
    return &colors->pairs[hash >> 16 & (COLORS_PAIRS - 1)];
}

int colors_pair(struct colors *colors, color fg, color bg)
{
    if (colors->count == 0 || (color_is_default(fg) && color_is_default(bg)))
        return 0;
    struct colors_pair *found = cached_pair(colors, fg, bg);
    if (found->pair > 0 && found->fg == fg && found->bg == bg)
        return found->pair;
    int pair = alloc_pair(map_color(colors, fg), map_color(colors, bg));
    colors->fresh++;
    *found = (struct colors_pair){.fg = fg, .bg = bg, .pair = pair < 0 ? 0 : pair};
    return found->pair;
}
