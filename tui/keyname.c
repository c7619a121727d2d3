#include "tui/keyname.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/base/utf8.h"

struct named {
    const char *name;
    uint32_t code;
};

/* The first name of a code is the one that is written. */
static const struct named names[] = {
    {"Space", ' '},
    {"Enter", KEY_NAME_ENTER},
    {"Return", KEY_NAME_ENTER},
    {"Tab", KEY_NAME_TAB},
    {"Backspace", KEY_NAME_BACKSPACE},
    {"Esc", KEY_NAME_ESCAPE},
    {"Escape", KEY_NAME_ESCAPE},
    {"Up", KEY_NAME_UP},
    {"Down", KEY_NAME_DOWN},
    {"Left", KEY_NAME_LEFT},
    {"Right", KEY_NAME_RIGHT},
    {"Home", KEY_NAME_HOME},
    {"End", KEY_NAME_END},
    {"PageUp", KEY_NAME_PAGE_UP},
    {"PgUp", KEY_NAME_PAGE_UP},
    {"PageDown", KEY_NAME_PAGE_DOWN},
    {"PgDn", KEY_NAME_PAGE_DOWN},
    {"Insert", KEY_NAME_INSERT},
    {"Ins", KEY_NAME_INSERT},
    {"Delete", KEY_NAME_DELETE},
    {"Del", KEY_NAME_DELETE},
    {"KpEnter", KEY_NAME_KP_ENTER},
    {"KpPlus", KEY_NAME_KP_PLUS},
    {"KpMinus", KEY_NAME_KP_MINUS},
    {"KpStar", KEY_NAME_KP_STAR},
    {"KpSlash", KEY_NAME_KP_SLASH},
    {"KpDot", KEY_NAME_KP_DOT},
};

static const struct named mods[] = {
    {"Ctrl-", KEY_CTRL},   {"Alt-", KEY_ALT},     {"Shift-", KEY_SHIFT},
    {"Super-", KEY_SUPER}, {"Hyper-", KEY_HYPER}, {"Meta-", KEY_META},
    {"C-", KEY_CTRL},      {"M-", KEY_ALT},       {"S-", KEY_SHIFT},
};

enum { MODS_WRITTEN = 6 };

/* "F1".."F20", "Kp0".."Kp9". */
static bool parse_numbered(const char *name, uint32_t *code)
{
    char *end;
    if ((name[0] == 'F' || name[0] == 'f') && name[1] >= '1' && name[1] <= '9') {
        long number = strtol(name + 1, &end, 10);
        *code = KEY_NAME_F1 + (uint32_t)number - 1;
        return *end == '\0' && number <= 20;
    }
    if (strncasecmp(name, "kp", 2) == 0 && name[2] >= '0' && name[2] <= '9' && name[3] == '\0') {
        *code = KEY_NAME_KP_0 + (uint32_t)(name[2] - '0');
        return true;
    }
    return false;
}

static bool parse_base(const char *name, uint32_t *code)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(name, names[i].name) == 0) {
            *code = names[i].code;
            return true;
        }
    }
    if (parse_numbered(name, code))
        return true;
    size_t len = strlen(name);
    if (len == 0 || !utf8_valid(name, len) || utf8_decode(name, len, code) != len)
        return false;
    return utf8_width(*code) > 0 && *code != ' ';
}

bool key_parse(const char *name, struct key *key)
{
    struct key found = {0};
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < sizeof mods / sizeof mods[0] && !more; i++) {
            size_t len = strlen(mods[i].name);
            if (strncasecmp(name, mods[i].name, len) == 0 && name[len] != '\0') {
                if ((found.mods & mods[i].code) != 0)
                    return false;
                found.mods |= (uint8_t)mods[i].code;
                name += len;
                more = true;
            }
        }
    }
    if (!parse_base(name, &found.code))
        return false;
    bool character = found.code < KEY_NAME_BASE;
    if ((found.mods & (KEY_CTRL | KEY_SUPER)) != 0 && character) {
        if (found.code >= 'A' && found.code <= 'Z')
            found.code += 'a' - 'A';
    }
    bool alone = (found.mods & ~(unsigned)KEY_ALT) == KEY_CTRL;
    if (alone && character && found.code < 0x80 && strchr("[imhj", (int)found.code) != NULL)
        return false;
    /* A shifted character is a character of its own, but that Ctrl and Super leave the letter as it is. */
    if ((found.mods & KEY_SHIFT) != 0 && character) {
        bool letter = found.code >= 'a' && found.code <= 'z';
        if (!letter || (found.mods & (KEY_CTRL | KEY_SUPER)) == 0)
            return false;
    }
    *key = found;
    return true;
}

void key_format(struct key key, char out[KEYNAME_MAX])
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < MODS_WRITTEN; i++) {
        if ((key.mods & mods[i].code) != 0)
            at += (size_t)snprintf(out + at, KEYNAME_MAX - at, "%s", mods[i].name);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].code == key.code) {
            snprintf(out + at, KEYNAME_MAX - at, "%s", names[i].name);
            return;
        }
    }
    if (key.code >= KEY_NAME_F1 && key.code <= KEY_NAME_F20) {
        snprintf(out + at, KEYNAME_MAX - at, "F%u", (unsigned)(key.code - KEY_NAME_F1 + 1));
    } else if (key.code >= KEY_NAME_KP_0 && key.code <= KEY_NAME_KP_9) {
        snprintf(out + at, KEYNAME_MAX - at, "Kp%u", (unsigned)(key.code - KEY_NAME_KP_0));
    } else {
        char bytes[UTF8_MAX];
        size_t len = utf8_encode(key.code, bytes);
        memcpy(out + at, bytes, len);
        out[at + len] = '\0';
    }
}
