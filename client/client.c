/* The core on a thread: commands go down a queue, events come up another with a pipe beside it. */
#include "client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/apikey.h"
#include "client/base/mem.h"
#include "client/base/queue.h"
#include "client/core.h"

enum { JOIN_MS = 20, JOIN_TRIES = 50 };

enum command_kind { COMMAND_ASK, COMMAND_CANCEL, COMMAND_WATCH, COMMAND_KEY, COMMAND_RESUME, COMMAND_STOP };

struct command {
    enum command_kind kind;
    struct request *request;  /* ASK */
    uint64_t request_id;      /* CANCEL */
    struct watch watch;       /* WATCH: deep */
    char *key;                /* KEY: wiped when done */
    char *box_id;             /* RESUME */
    struct log_resume resume; /* RESUME: deep */
};

struct client {
    struct core *core; /* the thread's alone once it runs */
    struct queue *down;
    struct queue *up;
    int pipe_fds[2];      /* a byte inside: events wait that are news */
    bool unsaid;          /* the thread's: what waits in `up` was not signalled */
    bool link_ok;         /* the thread's: the last link event said so */
    struct watch watched; /* deep: what was sent last */
    uint64_t next_id;
    pthread_t thread;
};

/* --- commands ------------------------------------------------------------------------------------------ */

static char **copy_ids(const char *const *ids, size_t count)
{
    char **copy = mem_zalloc(count, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = mem_dup(ids[i]);
    return copy;
}

static void free_ids(const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((char *)ids[i]);
    free((void *)ids);
}

static struct watch copy_watch(const struct watch *watch)
{
    struct watch copy = *watch;
    copy.selected = mem_dup(watch->selected);
    copy.visible = (const char *const *)copy_ids(watch->visible, watch->visible_count);
    copy.tailed = (const char *const *)copy_ids(watch->tailed, watch->tailed_count);
    return copy;
}

static void free_watch(const struct watch *watch)
{
    free((char *)watch->selected);
    free_ids(watch->visible, watch->visible_count);
    free_ids(watch->tailed, watch->tailed_count);
}

static bool same_ids(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

static bool same_watch(const struct watch *a, const struct watch *b)
{
    bool same_box = a->selected == NULL || b->selected == NULL ? a->selected == b->selected
                                                               : strcmp(a->selected, b->selected) == 0;
    return same_box && a->selected_runs == b->selected_runs && a->selected_logs == b->selected_logs &&
           a->deleted_list == b->deleted_list &&
           same_ids(a->visible, a->visible_count, b->visible, b->visible_count) &&
           same_ids(a->tailed, a->tailed_count, b->tailed, b->tailed_count);
}

static void command_free(void *item)
{
    struct command *command = item;
    request_free(command->request);
    free_watch(&command->watch);
    if (command->key != NULL)
        explicit_bzero(command->key, strlen(command->key));
    free(command->key);
    free(command->box_id);
    free(command->resume.digests);
    free(command);
}

static void send_command(struct client *client, struct command command)
{
    struct command *item = mem_zalloc(1, sizeof *item);
    *item = command;
    if (queue_push(client->down, item))
        core_wake(client->core);
}

/* Carries a command out on the thread. False when it is the last. */
static bool obey(struct client *client, struct command *command)
{
    switch (command->kind) {
    case COMMAND_ASK:
        core_ask(client->core, command->request);
        command->request = NULL;
        break;
    case COMMAND_CANCEL:
        core_cancel(client->core, command->request_id);
        break;
    case COMMAND_WATCH:
        core_watch(client->core, &command->watch);
        break;
    case COMMAND_KEY:
        core_set_key(client->core, command->key, NULL); /* checked by client_set_key */
        break;
    case COMMAND_RESUME:
        core_resume_logs(client->core, command->box_id, &command->resume);
        break;
    case COMMAND_STOP:
        return false;
    }
    return true;
}

/* --- the thread ---------------------------------------------------------------------------------------- */

static void signal_events(const struct client *client)
{
    while (write(client->pipe_fds[1], "", 1) < 0 && errno == EINTR)
        ; /* a full pipe is as readable as can be */
}

/* Most answers of an idle fleet only say that nothing changed. Ages are the better for them, but nobody is
 * woken. */
static bool is_quiet(struct client *client, const struct event *event)
{
    if (event->kind != EVENT_LINK)
        return event->kind == EVENT_SAME;
    bool was_ok = client->link_ok;
    client->link_ok = event->link.state == LINK_OK;
    return was_ok && client->link_ok;
}

static void on_event(void *user, struct event *event)
{
    struct client *client = user;
    bool quiet = is_quiet(client, event); /* it may be gone once it is in the queue */
    bool was_empty = queue_push(client->up, event);
    if (quiet) {
        client->unsaid = client->unsaid || was_empty;
    } else if (was_empty || client->unsaid) {
        client->unsaid = false;
        signal_events(client);
    }
}

static bool obey_all(struct client *client)
{
    bool go_on = true;
    for (struct command *command; go_on && (command = queue_pop(client->down)) != NULL;) {
        go_on = obey(client, command);
        command_free(command);
    }
    return go_on;
}

static void *thread_main(void *user)
{
    struct client *client = user;
    for (;;) {
        struct core_time time = core_time_now();
        core_set_time(client->core, &time);
        if (!obey_all(client))
            return NULL;
        core_wait(client->core, core_step(client->core, &time));
    }
}

/* All signals are the console's. */
static int start_thread(struct client *client)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&client->thread, NULL, thread_main, client);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

static void event_free_item(void *item)
{
    event_free(item);
}

/* Frees what is there when no thread runs. */
static void destroy(struct client *client)
{
    core_free(client->core);
    queue_free(client->down, command_free);
    queue_free(client->up, event_free_item);
    free_watch(&client->watched);
    for (int i = 0; i < 2; i++)
        if (client->pipe_fds[i] >= 0)
            close(client->pipe_fds[i]);
    free(client);
}

struct client *client_new(const struct client_options *options, struct err *err)
{
    struct client *client = mem_zalloc(1, sizeof *client);
    client->pipe_fds[0] = client->pipe_fds[1] = -1;
    client->down = queue_new();
    client->up = queue_new();
    client->core = core_new(options, on_event, client, err);
    if (client->core == NULL) {
        destroy(client);
        return NULL;
    }
    int failed = pipe2(client->pipe_fds, O_CLOEXEC | O_NONBLOCK) == 0 ? start_thread(client) : errno;
    if (failed != 0) {
        err_set(err, ERR_LOCAL, failed, "the client cannot start: %s", strerror(failed));
        destroy(client);
        return NULL;
    }
    return client;
}

/* Waits for the thread's end. A wake-up whose write fails is lost, so it is repeated; false when that does
 * not help either, and the thread is left to the end of the process. */
static bool join(struct client *client)
{
    for (int tries = 0; tries < JOIN_TRIES; tries++) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += (long)JOIN_MS * 1000 * 1000;
        until.tv_sec += until.tv_nsec / (1000 * 1000 * 1000);
        until.tv_nsec %= 1000 * 1000 * 1000;
        if (pthread_timedjoin_np(client->thread, NULL, &until) == 0)
            return true;
        core_wake(client->core);
    }
    return false;
}

void client_free(struct client *client)
{
    if (client == NULL)
        return;
    send_command(client, (struct command){.kind = COMMAND_STOP});
    if (join(client))
        destroy(client);
}

/* --- the door ------------------------------------------------------------------------------------------ */

bool client_set_key(struct client *client, const char *key, struct err *err)
{
    if (!apikey_valid(key, strlen(key)))
        return err_set(err, ERR_USAGE, 0, "this is not an API key: one has %d to %d visible ASCII characters",
                       APIKEY_MIN, APIKEY_MAX);
    send_command(client, (struct command){.kind = COMMAND_KEY, .key = mem_dup(key)});
    return true;
}

uint64_t client_ask(struct client *client, struct request *request)
{
    uint64_t id = ++client->next_id;
    request->id = id;
    send_command(client, (struct command){.kind = COMMAND_ASK, .request = request});
    return id;
}

void client_cancel(struct client *client, uint64_t request_id)
{
    send_command(client, (struct command){.kind = COMMAND_CANCEL, .request_id = request_id});
}

/* The console says so after each turn; the thread is woken only for news. */
void client_watch(struct client *client, const struct watch *watch)
{
    if (same_watch(&client->watched, watch))
        return;
    free_watch(&client->watched);
    client->watched = copy_watch(watch);
    send_command(client, (struct command){.kind = COMMAND_WATCH, .watch = copy_watch(watch)});
}

void client_resume_logs(struct client *client, const char *box_id, const struct log_resume *resume)
{
    struct command command = {.kind = COMMAND_RESUME, .box_id = mem_dup(box_id), .resume = *resume};
    command.resume.digests = mem_zalloc(resume->count, sizeof *resume->digests);
    if (resume->count > 0)
        memcpy(command.resume.digests, resume->digests, resume->count * sizeof *resume->digests);
    send_command(client, command);
}

int client_event_fd(const struct client *client)
{
    return client->pipe_fds[0];
}

struct event *client_next_event(struct client *client)
{
    struct event *event = queue_pop(client->up);
    if (event != NULL)
        return event;
    char bytes[64];
    while (read(client->pipe_fds[0], bytes, sizeof bytes) > 0)
        ;
    event = queue_pop(client->up);
    if (event != NULL) /* it came in between, and its byte may be among those just read */
        signal_events(client);
    return event;
}

const char *client_ssh_host(const struct client *client)
{
    return core_ssh_host(client->core);
}

int client_ssh_port(const struct client *client)
{
    return core_ssh_port(client->core);
}
