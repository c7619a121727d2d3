/* Copy mode: to a character of the line, to the bracket that belongs to one. */
#include "tui/copymode_private.h"

#include <string.h>

enum { MATCH_STEPS = 200000 /* characters looked at for a bracket */ };

static bool step(struct copymode *copy, struct copy_place *place, bool back, bool *ended)
{
    return back ? copymode_step_back(copy, place, ended) : copymode_step_on(copy, place, ended);
}

/* Rows that a soft wrap joins are one line. */
static bool find_once(struct copymode *copy, struct copy_place *place, uint32_t ch, bool back)
{
    struct copy_place at = *place;
    bool ended;
    while (step(copy, &at, back, &ended) && !ended) {
        if (copymode_char(copy, at) != ch)
            continue;
        *place = at;
        return true;
    }
    return false;
}

bool copymode_find(struct copymode *copy, uint32_t ch, bool back, bool till, bool again, int count)
{
    struct copy_place at = copy->cursor;
    bool ended;
    /* Again `t`: the character that it stands before is not the next one. */
    if (till && again)
        step(copy, &at, back, &ended);
    for (int i = 0; i < (count > 0 ? count : 1); i++)
        if (!find_once(copy, &at, ch, back))
            return false;
    if (till)
        step(copy, &at, !back, &ended);
    copymode_go(copy, at);
    return true;
}

/* The first bracket at the cursor or after it in its line. */
static bool find_bracket(struct copymode *copy, struct copy_place *place, const char **bracket)
{
    static const char brackets[] = "([{)]}";
    bool ended = false;
    for (*place = copy->cursor; !ended;) {
        uint32_t ch = copymode_char(copy, *place);
        *bracket = ch < 0x80 ? strchr(brackets, (int)ch) : NULL;
        if (*bracket != NULL)
            return true;
        if (!copymode_step_on(copy, place, &ended))
            return false;
    }
    return false;
}

void copymode_match(struct copymode *copy)
{
    struct copy_place at;
    const char *bracket;
    bool ended;
    if (!find_bracket(copy, &at, &bracket))
        return;
    bool back = strchr(")]}", *bracket) != NULL;
    uint32_t own = (uint32_t)*bracket, other = (uint32_t)(back ? bracket[-3] : bracket[3]);
    int depth = 1;
    for (int i = 0; i < MATCH_STEPS && step(copy, &at, back, &ended); i++) {
        uint32_t ch = copymode_char(copy, at);
        depth += (ch == own) - (ch == other);
        if (depth == 0) {
            copymode_go(copy, at);
            return;
        }
    }
}
