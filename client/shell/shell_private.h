/*
 * What the files of a shell share: shell.c (life), shell_connect.c (the way in), shell_input.c (what the
 * operator gives), shell_frames.c and shell_lines.c (what the helper sends), shell_side.c (what goes on
 * beside it).
 */
#pragma once

#include "client/base/buf.h"
#include "client/shell/hostkey.h"
#include "client/shell/process.h"
#include "client/shell/shell.h"
#include "client/shell/wire.h"

struct shell {
    char *program, *box_id, *host, *own_known_hosts;
    char **other_known_hosts;
    size_t other_count;
    int port;
    int cols, rows; /* as last wanted */
    struct wire_limits limits;

    struct process process;
    struct buf in, out;
    bool greeted;        /* WIRE_HELLO came: the sandbox is taken */
    struct wire_fds fds; /* to pass with the next bytes */
    uint32_t connection; /* counts */
    char *key;           /* until the host key is accepted */
    bool secret_sent;    /* `out` held the key: wipe its memory when it is empty */
    uint8_t *host_key;   /* in question */
    size_t host_key_len;

    enum shell_phase phase;
    struct err err;
    char status[sizeof(((struct err *)0)->text) + 32];
    char key_type[HOSTKEY_TYPE_MAX];
    char fingerprint[HOSTKEY_FINGERPRINT_MAX];
    struct host_key_question question;
    char remember_trouble[sizeof(((struct err *)0)->text)];
    int refusals;
    int exit_code;
    char signal[32];

    struct wire_picture picture;
    struct transcript *transcript; /* NULL when nobody wants one */
    uint32_t ticket;               /* of its fetches; answers to earlier ones are old news */
    uint64_t version;
    uint64_t rows_version; /* how many of the changes were rows and nothing else */
    bool hidden;
    bool ready_sent; /* the helper may send a picture */
    int64_t now_ms;
    int64_t frames_ms;   /* when the count of frames began */
    uint32_t frames;     /* since then */
    int64_t ready_at_ms; /* when it may be told so */
    int64_t credit;      /* bytes of pictures, see pace() */
    int64_t credit_ms;   /* when it was counted */
    int64_t answer_ms;   /* a helper that answers a ping later than this is called silent */
    uint32_t ping;       /* number of the last one */
    int64_t pinged_ms;   /* when it was sent, -1 when it was answered */
    int64_t ping_at_ms;  /* when the next one goes out */
    bool silent;
    struct shell_carried {
        uint32_t id;
        uint16_t tag;
        uint64_t up, down;
    } carried[SHELL_FORWARDS_MAX]; /* connections that are forwarded now */
    size_t forwards;
    uint32_t forward_id; /* of the last one */
    struct {
        uint16_t tag;
        struct shell_forward_sum sum;
    } sums[SHELL_TAGS];
    size_t sum_count;
    char *copied; /* what a program put on the clipboard last, until it was asked for; or NULL */
    struct recording *recording; /* NULL when there is none */
    size_t stray;                /* bytes of output that came without one */
    struct err record_trouble;   /* why one ended by itself, until it was asked for */
    struct {
        struct key key;
        int64_t sent_ms;
    } unanswered[SHELL_UNANSWERED]; /* keys after which nothing came yet, oldest first */
    size_t unanswered_count;
    int64_t trip_ms;  /* what an answer takes, smoothed */
    int64_t probe_ms; /* when a key went out whose answer is waited for, -1 none */
    int64_t watch_ms; /* when a helper that has not moved on is given up; -1 */
};

/* Moves to a phase and says why. */
void shell_enter(struct shell *shell, enum shell_phase phase, const char *sentence);

/* As shell_enter, with an error whose text may be a stranger's. */
void shell_enter_trouble(struct shell *shell, enum shell_phase phase, const struct err *err);

/* Before CLOSED, LOST or FAILED. */
bool shell_is_under_way(const struct shell *shell);

/* The server is there, and has what was sent to it before. */
bool shell_take_heard(struct shell *shell, const struct wire_frame *frame);

/* Something came from the box: it answers the keys that are old enough. */
void shell_note_answer(struct shell *shell);

/* Starts a helper and tells it what it must know. False with *err set. */
bool shell_start_helper(struct shell *shell, struct err *err);

/* Forgets the API key, and leaves no copy of it. */
void shell_wipe_key(struct shell *shell);

/* The helper is gone: says how it ended. */
void shell_helper_died(struct shell *shell);

/* Kills a helper that does what it must not. */
void shell_helper_misbehaved(struct shell *shell, const char *what);

/* Writes what the helper's socket takes. */
void shell_flush(struct shell *shell);

/* The server's key came: log in, ask the operator, or refuse. */
void shell_judge_host_key(struct shell *shell, const struct hostkey *key);

/* Reads and obeys frames from the helper; a wrong one is its end. */
void shell_receive(struct shell *shell);

/* Takes lines for the transcript (shell_lines.c). False when they cannot be what was asked for. */
bool shell_take_lines(struct shell *shell, const struct wire_frame *frame);

/* The watch on an open shell's helper (shell_side.c): a step, when it wants the next (-1 never), input that
 * was sent, the helper's answer. */
void shell_watch_step(struct shell *shell);
int64_t shell_watch_deadline(const struct shell *shell);
void shell_watch_input(struct shell *shell);
bool shell_take_pong(struct shell *shell, const struct wire_frame *frame);

/* How a forwarded connection is getting on. */
bool shell_take_forwarded(struct shell *shell, const struct wire_frame *frame);

/* Text that a program put on the clipboard. */
bool shell_take_copy(struct shell *shell, const struct wire_frame *frame);

/* None is forwarded any more: the session is over. */
void shell_drop_forwards(struct shell *shell);

/* Output for the recording. */
bool shell_take_output(struct shell *shell, const struct wire_frame *frame);

static inline int shell_clamp(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}
