/* What poll.h asks next, and when: the choice among all that is due. */
#include "client/poll/poll_private.h"

#include <string.h>

/* --- how often ---------------------------------------------------------------------------------------- */

/* How often a box's runs or logs want to be asked; 0: not at all. */
int64_t poll_interval(const struct target *target, enum poll_kind kind)
{
    unsigned look = target->look;
    bool focused = (look & (kind == POLL_RUNS ? LOOK_RUNS : LOOK_LOGS | LOOK_TAILED)) != 0;
    if (target->gone)
        return 0;
    if (focused)
        return !target->listed || (look & LOOK_LIVE) != 0 ? POLL_FOCUS_MS : POLL_REST_MS;
    if ((look & LOOK_VISIBLE) != 0)
        return (look & LOOK_LIVE) != 0 ? POLL_VISIBLE_MS : POLL_REST_MS;
    return (look & LOOK_RUNNING) != 0 || target->changed ? POLL_REST_MS : 0;
}

static bool is_focused(const struct target *target, enum poll_kind kind)
{
    return (target->look & (kind == POLL_RUNS ? LOOK_RUNS : LOOK_LOGS | LOOK_TAILED)) != 0;
}

/* --- choosing ----------------------------------------------------------------------------------------- */

static double tokens_at(const struct poll *poll, int64_t now_ms)
{
    double most = poll->rate > 1 ? poll->rate : 1;
    double tokens = poll->tokens + (double)(now_ms - poll->filled_ms) * poll->rate / 1000;
    return tokens > most ? most : tokens;
}

/* The best of the due asks so far. */
struct choice {
    struct slot *slot;
    struct target *target;
    enum poll_kind kind;
    bool focused;
    double age; /* lateness in intervals */
};

static void consider(struct choice *best, struct slot *slot, struct target *target, enum poll_kind kind,
                     int64_t now_ms, bool prefer_focused)
{
    int64_t every = poll_interval(target, kind);
    if (every == 0 || slot->under_way || slot->due_ms > now_ms)
        return;
    bool focused = is_focused(target, kind);
    double age = (double)(now_ms - slot->due_ms) / (double)every;
    bool better =
        best->slot == NULL || (focused != best->focused ? focused == prefer_focused : age > best->age);
    if (better)
        *best = (struct choice){.slot = slot, .target = target, .kind = kind, .focused = focused, .age = age};
}

static bool may_ask(const struct poll *poll, int64_t now_ms)
{
    return poll->started && !poll->refused && poll->paused_until_ms <= now_ms;
}

bool poll_next(struct poll *poll, int64_t now_ms, struct poll_ask *ask)
{
    if (!may_ask(poll, now_ms) || poll->under_way >= POLL_UNDER_WAY_MAX || tokens_at(poll, now_ms) < 1)
        return false;
    struct choice best = {0};
    bool prefer_focused = poll->turn % 4 != 3;
    if (!poll->list.under_way && poll->list.due_ms <= now_ms)
        best = (struct choice){.slot = &poll->list, .kind = POLL_LIST};
    else if (poll->deleted_list && !poll->deleted.under_way && poll->deleted.due_ms <= now_ms)
        best = (struct choice){.slot = &poll->deleted, .kind = POLL_DELETED};
    else if (poll->failures == 0) /* no list: ask nothing else */
        for (size_t i = 0; i < poll->count; i++) {
            struct target *target = &poll->targets[i];
            consider(&best, &target->runs, target, POLL_RUNS, now_ms, prefer_focused);
            consider(&best, &target->logs, target, POLL_LOGS, now_ms, prefer_focused);
        }
    if (best.slot == NULL)
        return false;
    poll->paused_until_ms = 0;
    poll->asked_to_pause = false;
    poll->tokens = tokens_at(poll, now_ms) - 1;
    poll->filled_ms = now_ms;
    poll->turn += best.target != NULL;
    poll->under_way++;
    best.slot->under_way = true;
    best.slot->again = false;
    ask->kind = best.kind;
    ask->box_id[0] = '\0';
    if (best.target != NULL)
        memccpy(ask->box_id, best.target->id, '\0', sizeof ask->box_id);
    return true;
}

int64_t poll_wake_ms(const struct poll *poll, int64_t now_ms)
{
    if (!poll->started || poll->refused || poll->under_way >= POLL_UNDER_WAY_MAX)
        return INT64_MAX;
    int64_t first = poll->list.under_way ? INT64_MAX : poll->list.due_ms;
    if (poll->deleted_list && !poll->deleted.under_way && poll->deleted.due_ms < first)
        first = poll->deleted.due_ms;
    for (size_t i = 0; i < poll->count && poll->failures == 0; i++) {
        const struct target *target = &poll->targets[i];
        if (!target->runs.under_way && target->runs.due_ms < first && poll_interval(target, POLL_RUNS) > 0)
            first = target->runs.due_ms;
        if (!target->logs.under_way && target->logs.due_ms < first && poll_interval(target, POLL_LOGS) > 0)
            first = target->logs.due_ms;
    }
    if (first == INT64_MAX)
        return first;
    if (first < poll->paused_until_ms)
        first = poll->paused_until_ms;
    double missing = 1 - tokens_at(poll, now_ms);
    int64_t token_ms = missing <= 0 ? now_ms : now_ms + (int64_t)(missing * 1000 / poll->rate) + 1;
    return first > token_ms ? first : token_ms;
}

int64_t poll_paused_until_ms(const struct poll *poll)
{
    return poll->paused_until_ms;
}
