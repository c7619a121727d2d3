#include "client/shell/charset.h"

/* 0x5F..0x7E of the DEC special graphics set (VT220 programmer reference, table 2-4). */
static const uint16_t line_drawing[] = {
    0x00A0, 0x25C6, 0x2592, 0x2409, 0x240C, 0x240D, 0x240A, 0x00B0, 0x00B1, 0x2424, 0x240B,
    0x2518, 0x2510, 0x250C, 0x2514, 0x253C, 0x23BA, 0x23BB, 0x2500, 0x23BC, 0x23BD, 0x251C,
    0x2524, 0x2534, 0x252C, 0x2502, 0x2264, 0x2265, 0x03C0, 0x2260, 0x00A3, 0x00B7,
};

void charset_reset(struct charset *charset)
{
    *charset = (struct charset){.sets = {'B', 'B', 'B', 'B'}};
}

void charset_designate(struct charset *charset, int slot, uint8_t final)
{
    charset->sets[slot] = final == '0' || final == 'A' ? final : 'B';
}

uint32_t charset_map(struct charset *charset, uint8_t ascii)
{
    uint8_t set = charset->sets[charset->single != 0 ? charset->single : charset->left];
    charset->single = 0;
    if (set == '0' && ascii >= 0x5F && ascii <= 0x7E)
        return line_drawing[ascii - 0x5F];
    if (set == 'A' && ascii == '#')
        return 0xA3;
    return ascii;
}
