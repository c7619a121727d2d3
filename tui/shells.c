#include "tui/shells.h"

#include "client/base/clock.h"
#include "client/base/log.h"
#include "client/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRIES = 10,            /* of a box that was just created or resumed: two minutes in all */
    RETRY_MS = 1000,       /* before the second try; doubled each time */
    RETRY_MOST_MS = 20000, /* and never more than this */
    AWAIT_MS = 5 * 60000,  /* for a box to be created */
};

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

/* Between two steps of the way there, or before the first. */
static bool is_waiting(const struct shell_entry *entry)
{
    return entry->resume_request != 0 || entry->connect_request != 0 || entry->retry_ms != 0 ||
           entry->awaiting;
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
    err_clear(&entry->err);
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

/* BOX_STATUS_DELETED also for a box that is gone; BOX_STATUS_UNKNOWN when nothing is known. */
static enum box_status box_status(const struct shells *shells, const char *box_id)
{
    const struct store_box *box = store_find(shells->store, box_id);
    if (box == NULL)
        return BOX_STATUS_UNKNOWN;
    return box->gone ? BOX_STATUS_DELETED : box->box.status;
}

struct shell_entry *shells_open(struct shells *shells, const char *box_id, int cols, int rows, bool resume,
                                int64_t now_ms)
{
    struct shell_entry *entry = shells_find(shells, box_id);
    if (entry == NULL)
        entry = entry_new(shells, box_id);
    if (shell_entry_active(entry))
        return entry;
    err_clear(&entry->err);
    entry->cols = cols;
    entry->rows = rows;
    entry->tries = 0;
    entry->asked_ms = now_ms;
    entry->opened_ms = 0;
    entry->ahead_count = 0;
    entry->awaiting = !resume && box_status(shells, box_id) == BOX_STATUS_CREATING;
    entry->starting = resume || entry->awaiting;
    if (entry->awaiting)
        log_line("shells", "%s: waits for its creation", box_id);
    else if (resume)
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

void shells_give_up(struct shells *shells, struct shell_entry *entry)
{
    if (!entry->pictured) {
        shells_close(shells, entry->box_id);
        return;
    }
    struct err err;
    if (entry->connect_request != 0)
        client_cancel(shells->client, entry->connect_request);
    entry->connect_request = entry->resume_request = 0;
    entry->retry_ms = 0;
    entry->awaiting = entry->starting = false;
    err_set(&err, ERR_CANCELLED, 0, "The connection was given up");
    shell_refused(entry->shell, &err);
    shells->version++;
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

/* A little longer each time: 1, 2, 4 ... seconds. */
static void try_later(struct shells *shells, struct shell_entry *entry, int64_t now_ms)
{
    int64_t wait = RETRY_MS;
    for (int i = 1; i < entry->tries && wait < RETRY_MOST_MS; i++)
        wait *= 2;
    entry->retry_ms = now_ms + (wait < RETRY_MOST_MS ? wait : RETRY_MOST_MS);
    shells->version++;
}

/* A box that was just created or resumed may refuse in many ways before it is there: no connection, no
 * greeting, or, as its gateway answers before it, a refused login. The latter is no word on the key as long
 * as the service takes it. */
static bool may_be_early(const struct shells *shells, const struct shell_entry *entry, const struct err *err)
{
    const struct link_status *link = &shells->store->link;
    if (!entry->starting || entry->tries >= TRIES)
        return false;
    return err->kind == ERR_NETWORK || err->kind == ERR_TIMEOUT ||
           (err->kind == ERR_AUTH && link->ok_at_ms != 0 && link->state != LINK_REFUSED);
}

static void connect_failed(struct shells *shells, struct shell_entry *entry, const struct err *err,
                           int64_t now_ms)
{
    entry->err = *err;
    if (may_be_early(shells, entry, err))
        try_later(shells, entry, now_ms);
    else
        give_up(entry, err);
}

static void connect_replied(struct shells *shells, struct shell_entry *entry, struct reply *reply,
                            int64_t now_ms)
{
    entry->connect_request = 0;
    if (reply->err.kind != ERR_NONE) {
        connect_failed(shells, entry, &reply->err, now_ms);
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
    entry->starting = false;
    entry->pictured = true;
    entry->returning = false;
    for (size_t i = 0; i < entry->ahead_count; i++)
        shell_key(entry->shell, entry->ahead[i]);
    entry->ahead_count = 0;
}

/* The last keys may not have arrived. They stand before those that are typed from now on. */
static void lost(struct shell_entry *entry)
{
    struct shell_kept *kept = &entry->kept;
    struct key keys[SHELL_UNANSWERED];
    size_t count = shell_unanswered(entry->shell, keys, SHELL_UNANSWERED);
    entry->returning = true;
    kept->full = kept->full || count == SHELL_UNANSWERED;
    if (count > SHELL_KEPT - kept->count)
        count = SHELL_KEPT - kept->count;
    memmove(kept->keys + count, kept->keys, kept->count * sizeof kept->keys[0]);
    memcpy(kept->keys, keys, count * sizeof keys[0]);
    kept->count += count;
    kept->unsure += count;
}

bool shell_entry_type_ahead(struct shell_entry *entry, struct key key)
{
    if (entry->ahead_count == SHELL_AHEAD)
        return false;
    entry->ahead[entry->ahead_count++] = key;
    return true;
}

/* A box that is being created is connected to when the service says that it is there. */
static bool await_box(struct shells *shells, struct shell_entry *entry, int64_t now_ms)
{
    struct err err;
    enum box_status status = box_status(shells, entry->box_id);
    if (status == BOX_STATUS_CREATING && now_ms - entry->asked_ms < AWAIT_MS)
        return false;
    entry->awaiting = false;
    if (status == BOX_STATUS_CREATING || status == BOX_STATUS_ERROR || status == BOX_STATUS_DELETED) {
        err_set(&err, ERR_CONFLICT, 0, "There is no shell: the box %s",
                status == BOX_STATUS_CREATING ? "is still being created after 5 minutes"
                : status == BOX_STATUS_ERROR  ? "could not be created"
                                              : "was deleted");
        give_up(entry, &err);
    } else {
        connect_now(shells, entry, now_ms);
    }
    return true;
}

/* What follows from the phase the shell is in now. */
static void follow(struct shells *shells, struct shell_entry *entry, int64_t now_ms)
{
    enum shell_phase phase = shell_phase(entry->shell);
    if (phase == SHELL_OPEN && entry->opened_ms == 0)
        opened(entry, now_ms);
    if (is_waiting(entry))
        return;
    bool was_open = phase == SHELL_LOST || (phase == SHELL_FAILED && entry->opened_ms != 0);
    if (was_open && !entry->returning)
        lost(entry);
    if (phase != SHELL_FAILED || !may_be_early(shells, entry, shell_error(entry->shell)))
        return;
    if (shell_error(entry->shell)->kind == ERR_AUTH)
        shell_excuse(entry->shell);
    try_later(shells, entry, now_ms);
}

static enum shells_news step_entry(struct shells *shells, struct shell_entry *entry, bool watched,
                                   int64_t now_ms)
{
    if (entry->awaiting)
        return await_box(shells, entry, now_ms) ? SHELLS_CHANGED : SHELLS_SAME;
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
    follow(shells, entry, now_ms);
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
        if (entry->awaiting)
            deadline = sooner(deadline, entry->asked_ms + AWAIT_MS);
        if (entry->shell != NULL)
            deadline = sooner(deadline, shell_deadline(entry->shell));
    }
    return deadline;
}

enum shell_phase shell_entry_phase(const struct shell_entry *entry)
{
    if (is_waiting(entry))
        return SHELL_WAITING;
    if (entry->err.kind != ERR_NONE && (entry->shell == NULL || shell_phase(entry->shell) == SHELL_WAITING))
        return SHELL_FAILED;
    return entry->shell != NULL ? shell_phase(entry->shell) : SHELL_WAITING;
}

bool shell_entry_active(const struct shell_entry *entry)
{
    if (is_waiting(entry))
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

/* Why the last try led nowhere. */
static const char *last_trouble(const struct shell_entry *entry)
{
    bool connected = entry->err.kind == ERR_NONE && entry->shell != NULL;
    return connected ? shell_error(entry->shell)->text : entry->err.text;
}

/* What a refused login may be about, when it is not the key; "" when nothing speaks for that. */
static const char *state_of_box(const struct shell_entry *entry, const struct store *store)
{
    const struct store_box *box = store_find(store, entry->box_id);
    if (box == NULL || shell_phase(entry->shell) != SHELL_FAILED ||
        shell_error(entry->shell)->kind != ERR_AUTH)
        return "";
    if (box->gone || box->box.status == BOX_STATUS_DELETED)
        return "The box was deleted. ";
    switch (box->box.status) {
    case BOX_STATUS_PAUSED:
        return "The box is paused. ";
    case BOX_STATUS_CREATING:
        return "The box is being created. ";
    case BOX_STATUS_ERROR:
        return "The box is in the state error. ";
    default:
        return "";
    }
}

const char *shell_entry_status(const struct shell_entry *entry, const struct store *store, char *out,
                               size_t size)
{
    const struct store_request *resume = store_request(store, entry->resume_request);
    if (entry->awaiting)
        snprintf(out, size, "the box is being created: the shell opens when it is there (Ctrl-c gives up)");
    else if (entry->resume_request != 0)
        snprintf(out, size, "resuming the box%s%s", resume != NULL && resume->progress != NULL ? ": " : "",
                 resume != NULL && resume->progress != NULL ? resume->progress : "");
    else if (entry->connect_request != 0)
        snprintf(out, size, entry->tries > 1 ? "connecting, try %d" : "connecting", entry->tries);
    else if (entry->retry_ms != 0)
        snprintf(out, size, "the box is not ready yet: try %d of %d follows (Ctrl-c gives up). %s",
                 entry->tries + 1, TRIES, last_trouble(entry));
    else if (shell_entry_phase(entry) == SHELL_FAILED && entry->err.kind != ERR_NONE)
        snprintf(out, size, "%s", entry->err.text);
    else if (entry->shell == NULL)
        snprintf(out, size, "not connected");
    else
        snprintf(out, size, "%s%s", state_of_box(entry, store), shell_status(entry->shell));
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
