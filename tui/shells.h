/*
 * The shells of this session: at most one a box, each with its way there (resume, connect, log in) and its
 * helper process. They stay open while the operator looks elsewhere.
 */
#pragma once

#include "client/client.h"
#include "client/shell/shell.h"
#include "tui/forwards.h"
#include "tui/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHELL_AHEAD = 256, SHELL_KEPT = SHELL_UNANSWERED + 256 };

/* Keys that have not reached the box, or may not have: in the order in which they were typed. They are shown,
 * and sent only when the operator says so. */
struct shell_kept {
    struct key keys[SHELL_KEPT];
    size_t count;
    size_t unsure; /* the first so many were sent on a link that was lost, and nothing came after them */
    bool full;     /* some more were typed and had no room */
};

/* One shell and how it is getting on. */
struct shell_entry {
    char *box_id;
    struct shell *shell;      /* NULL until the first connection stands */
    uint64_t resume_request;  /* the box is being resumed; 0 when not */
    uint64_t connect_request; /* a connection is being made; 0 when not */
    int tries;                /* connections tried since the operator asked */
    bool starting;            /* the box was just created or resumed: what refuses now may not do so soon */
    bool awaiting;            /* the box is being created: connects when the service says it is there */
    int64_t retry_ms;         /* clock_ms of the next try, 0 for none */
    int64_t asked_ms;         /* clock_ms when the operator asked */
    int64_t opened_ms;        /* clock_ms when it was open, 0 before */
    int64_t output_ms;        /* clock_ms of the last change of its picture */
    uint64_t seen_version;    /* of the picture the operator saw last */
    uint32_t seen_bells;
    struct key ahead[SHELL_AHEAD]; /* typed while it was not open yet: sent when it is */
    size_t ahead_count;
    bool returning; /* lost, or on its way back: what is typed meanwhile is kept, not sent */
    bool pictured;  /* was open once: there is a picture to show */
    struct shell_kept kept;
    bool asked;               /* the question about its host key is up */
    bool copy_told;           /* that its programs may not set the clipboard was said */
    int64_t copy_quiet_ms;    /* clock_ms until which they are not asked about, after a no */
    bool told;                /* what its opening brought was said */
    int cols, rows;           /* wanted */
    struct forwards forwards; /* local ports that lead into the box */
    struct err err;           /* why it did not come about */
};

struct shells {
    struct shell_entry **entries;
    size_t count, room;
    struct client *client;
    struct store *store;
    const char *program;                /* this binary, run as the helper */
    const char *own_known_hosts;        /* in our config folder */
    const char *user_known_hosts;       /* ~/.ssh/known_hosts, NULL without a home */
    const char *(*api_key)(void *user); /* NULL when there is none now */
    void *user;
    uint64_t version; /* grows with every visible change */
};

void shells_init(struct shells *shells, struct client *client, struct store *store, const char *program);
void shells_done(struct shells *shells);

/* The shell of a box, NULL when there is none. The pointer lives until shells_close. */
struct shell_entry *shells_find(const struct shells *shells, const char *box_id);

/* Starts a shell of this size, or connects again one that is CLOSED, LOST or FAILED. `resume`: the box is
 * paused, resume it first. Returns the entry. */
struct shell_entry *shells_open(struct shells *shells, const char *box_id, int cols, int rows, bool resume,
                                int64_t now_ms);

/* Ends a shell and forgets it. */
void shells_close(struct shells *shells, const char *box_id);

/* Gives up the way there. A shell that was open once goes back to what it was, with its picture; another is
 * forgotten, and the entry with it. */
void shells_give_up(struct shells *shells, struct shell_entry *entry);

/* Takes the replies that shells wait for; what is kept is moved out of the event. True when it was one of
 * theirs. */
bool shells_reply(struct shells *shells, struct event *event, int64_t now_ms);

/* What a step of the shells brought. */
enum shells_news {
    SHELLS_SAME,
    SHELLS_ROWS,   /* rows of the watched shell, and nothing else */
    SHELLS_CHANGED /* more than that */
};

/* Steps every helper and retries what waits. `watched` is the box whose shell is on screen, NULL for none. */
enum shells_news shells_step(struct shells *shells, const char *watched, int64_t now_ms);

/* The screen with what the last step brought is on its way to the operator. */
void shells_drawn(struct shells *shells);

/* When shells_step wants to run next although nothing is readable: clock_ms, -1 for never. */
int64_t shells_deadline(const struct shells *shells);

/* The phase as seen from outside, before and after there is a helper. */
enum shell_phase shell_entry_phase(const struct shell_entry *entry);

/* Whether it is on its way or open: what quitting asks about. */
bool shell_entry_active(const struct shell_entry *entry);

/* One sentence on where it stands: "resuming the box", "connecting to host:22", "open", ... Inert. Writes
 * into out and returns it. */
const char *shell_entry_status(const struct shell_entry *entry, const struct store *store, char *out,
                               size_t size);

/* Keeps a key that was typed on the way there; false when there is no more room. */
bool shell_entry_type_ahead(struct shell_entry *entry, struct key key);

/* Whether there was output or a bell since the operator looked. */
bool shell_entry_unseen(const struct shell_entry *entry);

/* Whether a bell rang since. */
bool shell_entry_rang(const struct shell_entry *entry);

/* The operator looks at it now. */
void shell_entry_seen(struct shell_entry *entry);
