#include "tui/input_keys.h"

#include "client/base/utf8.h"

struct input_params input_params_read(const char *text, size_t len)
{
    struct input_params out = {.count = 1};
    int sub = 0; /* 0 the value itself */
    for (size_t i = 0; i < len; i++) {
        int at = out.count - 1;
        if (text[i] == ';') {
            if (out.count == INPUT_PARAMS_MAX)
                break;
            out.count++;
            sub = 0;
        } else if (text[i] == ':') {
            sub++;
        } else if (text[i] >= '0' && text[i] <= '9' && sub <= INPUT_SUBS_MAX) {
            int *value = sub > 0 ? &out.sub[at][sub - 1] : &out.value[at];
            if (*value < 10000000)
                *value = *value * 10 + (text[i] - '0');
        }
    }
    return out;
}

/* 1 + the sum of the bits; Caps Lock (64) and Num Lock (128) are states, and no keys that were held. */
unsigned input_mods(int param)
{
    return param < 1 ? 0 : (unsigned)(param - 1) & KEY_MODS;
}

struct code_entry {
    int number;
    uint32_t code;
};

static uint32_t find_code(const struct code_entry *table, size_t count, int number)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].number == number)
            return table[i].code;
    }
    return 0;
}

/* CSI number ~ */
static const struct code_entry tilde_keys[] = {
    {1, KEY_NAME_HOME},     {2, KEY_NAME_INSERT},    {3, KEY_NAME_DELETE},   {4, KEY_NAME_END},
    {5, KEY_NAME_PAGE_UP},  {6, KEY_NAME_PAGE_DOWN}, {7, KEY_NAME_HOME},     {8, KEY_NAME_END},
    {11, KEY_NAME_F1},      {12, KEY_NAME_F1 + 1},   {13, KEY_NAME_F1 + 2},  {14, KEY_NAME_F1 + 3},
    {15, KEY_NAME_F1 + 4},  {17, KEY_NAME_F1 + 5},   {18, KEY_NAME_F1 + 6},  {19, KEY_NAME_F1 + 7},
    {20, KEY_NAME_F1 + 8},  {21, KEY_NAME_F1 + 9},   {23, KEY_NAME_F1 + 10}, {24, KEY_NAME_F1 + 11},
    {25, KEY_NAME_F1 + 12}, {26, KEY_NAME_F1 + 13},  {28, KEY_NAME_F1 + 14}, {29, KEY_NAME_F1 + 15},
    {31, KEY_NAME_F1 + 16}, {32, KEY_NAME_F1 + 17},  {33, KEY_NAME_F1 + 18}, {34, KEY_NAME_F1 + 19},
};

/* CSI letter, SS3 letter */
static const struct code_entry letter_keys[] = {
    {'A', KEY_NAME_UP},     {'B', KEY_NAME_DOWN},   {'C', KEY_NAME_RIGHT}, {'D', KEY_NAME_LEFT},
    {'H', KEY_NAME_HOME},   {'F', KEY_NAME_END},    {'P', KEY_NAME_F1},    {'Q', KEY_NAME_F1 + 1},
    {'R', KEY_NAME_F1 + 2}, {'S', KEY_NAME_F1 + 3},
};

/* SS3 letter of the keypad */
static const struct code_entry keypad_keys[] = {
    {'M', KEY_NAME_KP_ENTER},
    {'j', KEY_NAME_KP_STAR},
    {'k', KEY_NAME_KP_PLUS},
    {'m', KEY_NAME_KP_MINUS},
    {'n', KEY_NAME_KP_DOT},
    {'o', KEY_NAME_KP_SLASH},
    {'p', KEY_NAME_KP_0},
    {'q', KEY_NAME_KP_0 + 1},
    {'r', KEY_NAME_KP_0 + 2},
    {'s', KEY_NAME_KP_0 + 3},
    {'t', KEY_NAME_KP_0 + 4},
    {'u', KEY_NAME_KP_0 + 5},
    {'v', KEY_NAME_KP_0 + 6},
    {'w', KEY_NAME_KP_0 + 7},
    {'x', KEY_NAME_KP_0 + 8},
    {'y', KEY_NAME_KP_0 + 9},
    {'X', '='},
    {'l', ','},
};

/* Codes of kitty's protocol ("Functional key definitions") that are not characters. A keypad without Num Lock
 * has keys of its own there, which do what the others do. 8 is xterm's Backspace. */
static const struct code_entry kitty_keys[] = {
    {8, KEY_NAME_BACKSPACE},
    {9, KEY_NAME_TAB},
    {13, KEY_NAME_ENTER},
    {27, KEY_NAME_ESCAPE},
    {127, KEY_NAME_BACKSPACE},
    {57376, KEY_NAME_F1 + 12},
    {57377, KEY_NAME_F1 + 13},
    {57378, KEY_NAME_F1 + 14},
    {57379, KEY_NAME_F1 + 15},
    {57380, KEY_NAME_F1 + 16},
    {57381, KEY_NAME_F1 + 17},
    {57382, KEY_NAME_F1 + 18},
    {57383, KEY_NAME_F1 + 19},
    {57399, KEY_NAME_KP_0},
    {57400, KEY_NAME_KP_0 + 1},
    {57401, KEY_NAME_KP_0 + 2},
    {57402, KEY_NAME_KP_0 + 3},
    {57403, KEY_NAME_KP_0 + 4},
    {57404, KEY_NAME_KP_0 + 5},
    {57405, KEY_NAME_KP_0 + 6},
    {57406, KEY_NAME_KP_0 + 7},
    {57407, KEY_NAME_KP_0 + 8},
    {57408, KEY_NAME_KP_0 + 9},
    {57409, KEY_NAME_KP_DOT},
    {57410, KEY_NAME_KP_SLASH},
    {57411, KEY_NAME_KP_STAR},
    {57412, KEY_NAME_KP_MINUS},
    {57413, KEY_NAME_KP_PLUS},
    {57414, KEY_NAME_KP_ENTER},
    {57415, '='},
    {57416, ','},
    {57417, KEY_NAME_LEFT},
    {57418, KEY_NAME_RIGHT},
    {57419, KEY_NAME_UP},
    {57420, KEY_NAME_DOWN},
    {57421, KEY_NAME_PAGE_UP},
    {57422, KEY_NAME_PAGE_DOWN},
    {57423, KEY_NAME_HOME},
    {57424, KEY_NAME_END},
    {57425, KEY_NAME_INSERT},
    {57426, KEY_NAME_DELETE},
};

#define FIND(table, number) find_code(table, sizeof table / sizeof table[0], number)

uint32_t input_tilde_key(int number)
{
    return FIND(tilde_keys, number);
}

uint32_t input_letter_key(char letter)
{
    return FIND(letter_keys, letter);
}

uint32_t input_keypad_key(char letter)
{
    return FIND(keypad_keys, letter);
}

/* What Shift made of a character, as far as it can be told. Beside Ctrl and Super a letter stays as it is. */
static struct key with_shift(uint32_t code, uint32_t shifted, unsigned mods)
{
    unsigned rest = mods & ~(unsigned)KEY_SHIFT;
    bool letter = code >= 'a' && code <= 'z';
    if (letter && (mods & (KEY_CTRL | KEY_SUPER)) != 0)
        return (struct key){code, (uint8_t)mods};
    if (letter)
        return (struct key){code - ('a' - 'A'), (uint8_t)rest};
    if (shifted != 0)
        return (struct key){shifted, (uint8_t)rest};
    return (struct key){code, (uint8_t)(rest != 0 ? mods : 0)};
}

static bool is_character(int number)
{
    /* 57344..63743 are kitty's names for keys that have none here. */
    return number >= 0x20 && number <= 0x10FFFF && !(number >= 0xE000 && number <= 0xF8FF) &&
           utf8_width((uint32_t)number) >= 0;
}

struct key input_numbered_key(int number, int shifted, int base, unsigned mods)
{
    uint32_t code = FIND(kitty_keys, number);
    if (code != 0)
        return (struct key){code, (uint8_t)mods};
    if (!is_character(number))
        return (struct key){0};
    code = (uint32_t)number;
    /* Ctrl goes by the key's place where the layout has no letter of ASCII there: Ctrl-c in Cyrillic. */
    if ((mods & KEY_CTRL) != 0 && code >= 0x80 && base > 0x20 && base < 0x7F)
        code = (uint32_t)base;
    bool capital = code >= 'A' && code <= 'Z';
    if (capital && (mods & (KEY_CTRL | KEY_SHIFT | KEY_SUPER)) != 0)
        code += 'a' - 'A';
    if ((mods & KEY_SHIFT) != 0)
        return with_shift(code, is_character(shifted) ? (uint32_t)shifted : 0, mods);
    return (struct key){code, (uint8_t)mods};
}
