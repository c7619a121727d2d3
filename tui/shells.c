#include "tui/shells.h"

#include "client/base/clock.h"
#include "client/base/log.h"
#include "client/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESUME_TRIES = 8, RETRY_MS = 2000 };

void shells_init(struct shells *shells, struct client *client, struct store *store, const char *program)
{
    *shells = (struct shells){.client = client, .store = store, .program = program};
}

static void entry_free(struct shell_entry *entry)
{
    forwards_done(&entry->forwards);
    shell_free(entry->shell);
    free(entry->box_id);
    free(entry);
}

void shells_done(struct shells *shells)
{
    for (size_t i = 0; i < shells->count; i++)
        entry_free(shells->entries[i]);
    free(shells->entries);
    *shells = (struct shells){0};
}

struct shell_entry *shells_find(const struct shells *shells, const char *box_id)
{
    for (size_t i = 0; box_id != NULL && i < shells->count; i++)
        if (strcmp(shells->entries[i]->box_id, box_id) == 0)
            return shells->entries[i];
    return NULL;
}

static uint64_t ask(struct shells *shells, enum request_kind kind, const char *box_id, int64_t now_ms)
{
    uint64_t id = client_ask(shells->client, request_new(kind, box_id));
    store_expect(shells->store, id, kind, box_id, now_ms);
    return id;
}

static void connect_now(struct shells *shells, struct shell_entry *entry, int64_t now_ms)
{
    entry->retry_ms = 0;
    entry->tries++;
    entry->connect_request = ask(shells, REQUEST_CONNECT, entry->box_id, now_ms);
    shells->version++;
}

static struct shell_entry *entry_new(struct shells *shells, const char *box_id)
{
    struct shell_entry *entry = mem_zalloc(1, sizeof *entry);
    entry->box_id = mem_dup(box_id);
    shells->entries = mem_grow(shells->entries, &shells->room, shells->count + 1, sizeof *shells->entries);
    shells->entries[shells->count++] = entry;
    return entry;
}

struct shell_entry *shells_open(struct shells *shells, const char *box_id, int cols, int rows, bool resume,
                                int64_t now_ms)
{
    struct shell_entry *entry = shells_find(shells, box_id);
    if (entry == NULL)
        entry = entry_new(shells, box_id);
    if (shell_entry_active(entry))
        return entry;
    entry->returning = shell_entry_phase(entry) == SHELL_LOST;
    err_clear(&entry->err);
    entry->cols = cols;
    entry->rows = rows;
    entry->tries = 0;
    entry->asked_ms = now_ms;
    entry->opened_ms = 0;
    entry->ahead_count = 0;
    entry->after_resume = resume;
    if (resume)
        entry->resume_request = ask(shells, REQUEST_BOX_RESUME, box_id, now_ms);
    else
        connect_now(shells, entry, now_ms);
    shells->version++;
    return entry;
}

void shells_close(struct shells *shells, const char *box_id)
{
    for (size_t i = 0; i < shells->count; i++) {
        struct shell_entry *entry = shells->entries[i];
        if (strcmp(entry->box_id, box_id) != 0)
            continue;
        if (entry->connect_request != 0)
            client_cancel(shells->client, entry->connect_request);
        entry_free(entry);
        shells->count--;
        memmove(shells->entries + i, shells->entries + i + 1,
                (shells->count - i) * sizeof(struct shell_entry *));
        shells->version++;
        return;
    }
}

static bool start_helper(struct shells *shells, struct shell_entry *entry)
{
    if (entry->shell != NULL)
        return true;
    const char *others[] = {shells->user_known_hosts, "/etc/ssh/ssh_known_hosts"};
    bool has_user = shells->user_known_hosts != NULL;
    struct shell_options options = {
        .program = shells->program,
        .box_id = entry->box_id,
        .host = client_ssh_host(shells->client),
        .port = client_ssh_port(shells->client),
        .cols = entry->cols,
        .rows = entry->rows,
        .own_known_hosts = shells->own_known_hosts,
        .other_known_hosts = has_user ? others : others + 1,
        .other_count = has_user ? 2 : 1,
    };
    entry->shell = shell_new(&options, &entry->err);
    return entry->shell != NULL;
}

static void give_up(struct shell_entry *entry, const struct err *err)
{
    entry->err = *err;
    if (entry->shell != NULL)
        shell_refused(entry->shell, err);
}

/* The gateway needs a moment after a resume: a refused connection is then tried again. */
static void connect_failed(struct shell_entry *entry, const struct err *err, int64_t now_ms)
{
    bool again = entry->after_resume && entry->tries < RESUME_TRIES && err->kind == ERR_NETWORK;
    if (again)
        entry->retry_ms = now_ms + RETRY_MS;
    else
        give_up(entry, err);
}

static void connect_replied(struct shells *shells, struct shell_entry *entry, struct reply *reply,
                            int64_t now_ms)
{
    entry->connect_request = 0;
    if (reply->err.kind != ERR_NONE) {
        connect_failed(entry, &reply->err, now_ms);
        return;
    }
    const char *key = shells->api_key(shells->user);
    if (key == NULL) {
        err_set(&entry->err, ERR_AUTH, 0, "There is no API key to log in with: give one with :auth");
        give_up(entry, &entry->err);
        return;
    }
    if (!start_helper(shells, entry))
        return;
    int fd = reply->fd;
    reply->fd = -1;
    if (!shell_connected(entry->shell, fd, key, &entry->err))
        log_line("shells", "%s: %s", entry->box_id, entry->err.text);
}

static void resume_replied(struct shells *shells, struct shell_entry *entry, const struct reply *reply,
                           int64_t now_ms)
{
    entry->resume_request = 0;
    if (reply->err.kind == ERR_NONE)
        connect_now(shells, entry, now_ms);
    else
        give_up(entry, &reply->err);
}

bool shells_reply(struct shells *shells, struct event *event, int64_t now_ms)
{
    if (event->kind != EVENT_REPLY)
        return false;
    for (size_t i = 0; i < shells->count; i++) {
        struct shell_entry *entry = shells->entries[i];
        if (event->request_id == entry->resume_request)
            resume_replied(shells, entry, &event->reply, now_ms);
        else if (event->request_id == entry->connect_request)
            connect_replied(shells, entry, &event->reply, now_ms);
        else
            continue;
        shells->version++;
        return true;
    }
    return false;
}

/* What was typed on the way arrives first, as it would with ssh. */
static void opened(struct shell_entry *entry, int64_t now_ms)
{
    entry->opened_ms = now_ms;
    for (size_t i = 0; i < entry->ahead_count; i++)
        shell_key(entry->shell, entry->ahead[i]);
    entry->ahead_count = 0;
}

bool shell_entry_type_ahead(struct shell_entry *entry, struct key key)
{
    if (entry->ahead_count == SHELL_AHEAD)
        return false;
    entry->ahead[entry->ahead_count++] = key;
    return true;
}

/* A gateway that answers before the box behind it does: the greeting does not come, or the login is refused
 * because the box is not there yet. */
static bool must_try_again(const struct shell_entry *entry)
{
    if (!entry->after_resume || entry->opened_ms != 0 || entry->tries >= RESUME_TRIES ||
        entry->connect_request != 0 || entry->resume_request != 0 ||
        shell_phase(entry->shell) != SHELL_FAILED)
        return false;
    enum err_kind kind = shell_error(entry->shell)->kind;
    return kind == ERR_NETWORK || kind == ERR_TIMEOUT;
}

static enum shells_news step_entry(struct shells *shells, struct shell_entry *entry, bool watched,
                                   int64_t now_ms)
{
    if (entry->retry_ms != 0 && now_ms >= entry->retry_ms) {
        connect_now(shells, entry, now_ms);
        return SHELLS_CHANGED;
    }
    bool forwarded = forwards_step(&entry->forwards, entry->shell);
    uint64_t changes = entry->shell != NULL ? shell_version(entry->shell) : 0;
    uint64_t rows = entry->shell != NULL ? shell_rows_version(entry->shell) : 0;
    if (entry->shell == NULL || !shell_step(entry->shell, now_ms))
        return forwarded ? SHELLS_CHANGED : SHELLS_SAME;
    changes = shell_version(entry->shell) - changes;
    rows = shell_rows_version(entry->shell) - rows;
    entry->output_ms = now_ms;
    if (entry->opened_ms == 0 && shell_phase(entry->shell) == SHELL_OPEN)
        opened(entry, now_ms);
    if (must_try_again(entry))
        entry->retry_ms = now_ms + RETRY_MS;
    return watched && !forwarded && rows == changes ? SHELLS_ROWS : SHELLS_CHANGED;
}

enum shells_news shells_step(struct shells *shells, const char *watched, int64_t now_ms)
{
    enum shells_news most = SHELLS_SAME;
    for (size_t i = 0; i < shells->count; i++) {
        struct shell_entry *entry = shells->entries[i];
        bool is_watched = watched != NULL && strcmp(entry->box_id, watched) == 0;
        enum shells_news news = step_entry(shells, entry, is_watched, now_ms);
        most = news > most ? news : most;
    }
    shells->version += most != SHELLS_SAME;
    return most;
}

void shells_drawn(struct shells *shells)
{
    for (size_t i = 0; i < shells->count; i++)
        if (shells->entries[i]->shell != NULL)
            shell_drawn(shells->entries[i]->shell);
}

static int64_t sooner(int64_t a, int64_t b)
{
    if (a < 0)
        return b;
    return b < 0 || a < b ? a : b;
}

int64_t shells_deadline(const struct shells *shells)
{
    int64_t deadline = -1;
    for (size_t i = 0; i < shells->count; i++) {
        const struct shell_entry *entry = shells->entries[i];
        if (entry->retry_ms != 0)
            deadline = sooner(deadline, entry->retry_ms);
        if (entry->shell != NULL)
            deadline = sooner(deadline, shell_deadline(entry->shell));
    }
    return deadline;
}

enum shell_phase shell_entry_phase(const struct shell_entry *entry)
{
    if (entry->resume_request != 0 || entry->connect_request != 0 || entry->retry_ms != 0)
        return SHELL_WAITING;
    if (entry->err.kind != ERR_NONE && (entry->shell == NULL || shell_phase(entry->shell) == SHELL_WAITING))
        return SHELL_FAILED;
    return entry->shell != NULL ? shell_phase(entry->shell) : SHELL_WAITING;
}

bool shell_entry_active(const struct shell_entry *entry)
{
    if (entry->resume_request != 0 || entry->connect_request != 0 || entry->retry_ms != 0)
        return true;
    if (entry->shell == NULL)
        return false;
    switch (shell_phase(entry->shell)) {
    case SHELL_HANDSHAKE:
    case SHELL_HOST_KEY:
    case SHELL_LOGIN:
    case SHELL_OPEN:
        return true;
    case SHELL_WAITING:
    case SHELL_CLOSED:
    case SHELL_LOST:
    case SHELL_FAILED:
        return false;
    }
    return false;
}

const char *shell_entry_status(const struct shell_entry *entry, const struct store *store, char *out,
                               size_t size)
{
    const struct store_request *resume = store_request(store, entry->resume_request);
    if (entry->resume_request != 0)
        snprintf(out, size, "resuming the box%s%s", resume != NULL && resume->progress != NULL ? ": " : "",
                 resume != NULL && resume->progress != NULL ? resume->progress : "");
    else if (entry->connect_request != 0)
        snprintf(out, size, entry->tries > 1 ? "connecting, try %d" : "connecting", entry->tries);
    else if (entry->retry_ms != 0)
        snprintf(out, size, "the gateway is not ready yet, trying again");
    else if (shell_entry_phase(entry) == SHELL_FAILED && entry->err.kind != ERR_NONE)
        snprintf(out, size, "%s", entry->err.text);
    else
        snprintf(out, size, "%s", entry->shell != NULL ? shell_status(entry->shell) : "not connected");
    return out;
}

bool shell_entry_unseen(const struct shell_entry *entry)
{
    return entry->shell != NULL && shell_version(entry->shell) != entry->seen_version;
}

bool shell_entry_rang(const struct shell_entry *entry)
{
    return entry->shell != NULL && shell_screen(entry->shell)->bells != entry->seen_bells;
}

void shell_entry_seen(struct shell_entry *entry)
{
    if (entry->shell == NULL)
        return;
    shell_seen(entry->shell);
    entry->seen_version = shell_version(entry->shell);
    entry->seen_bells = shell_screen(entry->shell)->bells;
}
