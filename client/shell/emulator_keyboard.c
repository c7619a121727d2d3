/* The sequences with which a program asks for its keys in another form (keyboard.h). */
#include "client/shell/emulator_private.h"

static int value_of(const struct guard_token *token, int index, int absent)
{
    bool given = index < token->param_count && token->params[index].given;
    return given ? token->params[index].value : absent;
}

/* kitty's: CSI ? u asks, CSI > flags u pushes, CSI < count u pops, CSI = flags ; how u sets. */
static void kitty(struct emulator *emulator, const struct guard_token *token)
{
    struct keyboard *keyboard = &emulator->modes.keyboard;
    bool alternate = emulator->modes.alternate;
    switch (token->leader) {
    case '?':
        emulator_reply(emulator, "\x1b[?%du", keyboard_flags(keyboard, alternate));
        break;
    case '>':
        keyboard_push(keyboard, alternate, value_of(token, 0, 0));
        break;
    case '<':
        keyboard_pop(keyboard, alternate, value_of(token, 0, 1));
        break;
    case '=':
        keyboard_set(keyboard, alternate, value_of(token, 0, 0), value_of(token, 1, 1));
        break;
    default:
        break;
    }
}

/* xterm's: CSI > 4 ; level m (none given: as at the start, off; no 4 either: all such options), CSI > 4 n
 * turns it off, CSI ? 4 m asks. The other key options of xterm are not offered. */
static void modify_other_keys(struct emulator *emulator, const struct guard_token *token)
{
    enum { OTHER_KEYS = 4 };
    struct keyboard *keyboard = &emulator->modes.keyboard;
    int option = value_of(token, 0, token->final == 'm' && token->leader == '>' ? OTHER_KEYS : 0);
    if (option != OTHER_KEYS)
        return;
    if (token->leader == '?')
        emulator_reply(emulator, "\x1b[>4;%dm", keyboard->other_keys);
    else
        keyboard_modify_others(keyboard, token->final == 'm' ? value_of(token, 1, 0) : 0);
}

void emulator_keyboard(struct emulator *emulator, const struct guard_token *token)
{
    if (token->final == 'u')
        kitty(emulator, token);
    else
        modify_other_keys(emulator, token);
}

bool emulator_has_other_keys(const struct emulator *emulator)
{
    const struct keyboard *keyboard = &emulator->modes.keyboard;
    return keyboard_flags(keyboard, false) != 0 || keyboard_flags(keyboard, true) != 0 ||
           keyboard->other_keys != 0;
}
