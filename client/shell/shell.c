#include "client/shell/shell_private.h"

#include "client/base/clock.h"
#include "client/base/log.h"
#include "client/base/mem.h"
#include "client/shell/transcript.h"
#include "client/text/inert.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCROLLBACK = 10000,
    OUT_MAX = 9 << 20, /* what waits for the helper: a paste of 8 MiB and the keys after it */
    GRACE_MS = 100,    /* for a helper to say goodbye to its server */
    WATCH_MS = 3000,   /* the helper's own limits come first */
    ANSWER_MS = 5000,  /* for the helper to answer a ping */
};

void shell_wipe_key(struct shell *shell)
{
    if (shell->key != NULL)
        explicit_bzero(shell->key, strlen(shell->key));
    free(shell->key);
    shell->key = NULL;
}

void shell_enter(struct shell *shell, enum shell_phase phase, const char *sentence)
{
    shell->phase = phase;
    shell->version++;
    if (phase != SHELL_HOST_KEY) {
        free(shell->host_key);
        shell->host_key = NULL;
    }
    if (phase >= SHELL_CLOSED)
        shell_wipe_key(shell);
    if (phase != SHELL_OPEN)
        shell_drop_forwards(shell);
    if (phase == SHELL_HANDSHAKE)
        shell->watch_ms = shell->now_ms + shell->limits.banner_ms + shell->limits.login_ms + WATCH_MS;
    else if (phase == SHELL_LOGIN)
        shell->watch_ms = shell->now_ms + shell->limits.login_ms + WATCH_MS;
    else
        shell->watch_ms = -1;
    inert_label_into(shell->status, sizeof shell->status, sentence, strlen(sentence));
    log_line("shell", "%s: phase %d: %s", shell->box_id, (int)phase, shell->status);
}

void shell_enter_trouble(struct shell *shell, enum shell_phase phase, const struct err *err)
{
    struct err inert = *err;
    inert_label_into(inert.text, sizeof inert.text, err->text, strlen(err->text));
    shell->err = inert;
    shell_enter(shell, phase, inert.text);
}

/* The helper is gone or must go; what it leaves behind is the picture. */
static void lose_helper(struct shell *shell, int grace_ms, char *how, size_t size)
{
    process_stop(&shell->process, grace_ms, how, size);
    wire_fds_done(&shell->fds);
    if (shell->secret_sent && shell->out.data != NULL)
        explicit_bzero(shell->out.data, shell->out.room);
    shell->secret_sent = false;
    buf_clear(&shell->in);
    buf_clear(&shell->out);
    shell->greeted = false;
    shell->ready_sent = false;
    if (shell->transcript != NULL)
        transcript_end(shell->transcript);
}

bool shell_is_under_way(const struct shell *shell)
{
    return shell->phase < SHELL_CLOSED;
}

/* The helper's end, seen from outside. */
void shell_helper_died(struct shell *shell)
{
    char how[96];
    lose_helper(shell, GRACE_MS, how, sizeof how);
    shell->version++;
    if (!shell_is_under_way(shell))
        return;
    struct err err;
    err_set(&err, ERR_LOCAL, 0, "The shell helper %s", how[0] != '\0' ? how : "is gone");
    shell_enter_trouble(shell, SHELL_FAILED, &err);
}

void shell_helper_misbehaved(struct shell *shell, const char *what)
{
    struct err err;
    lose_helper(shell, 0, NULL, 0);
    err_set(&err, ERR_PROTOCOL, 0, "The shell helper was stopped: %s", what);
    shell_enter_trouble(shell, SHELL_FAILED, &err);
}

void shell_flush(struct shell *shell)
{
    if (shell->process.fd < 0 || shell->out.len == 0)
        return;
    /* A helper that is gone may have said why: what it sent last is read first, and its end with it. */
    if (wire_send(shell->process.fd, &shell->out, &shell->fds) == WIRE_IO_CLOSED)
        buf_clear(&shell->out);
    if (shell->out.len == 0 && shell->secret_sent) {
        explicit_bzero(shell->out.data, shell->out.room);
        shell->secret_sent = false;
    }
}

bool shell_start_helper(struct shell *shell, struct err *err)
{
    if (!process_start(&shell->process, shell->program, err))
        return false;
    struct wire_start start = {.cols = shell->cols, .rows = shell->rows, .scrollback = SCROLLBACK};
    snprintf(start.user, sizeof start.user, "%s", shell->box_id);
    const char *lang = getenv("LANG");
    snprintf(start.lang, sizeof start.lang, "%s", lang != NULL && strlen(lang) < 60 ? lang : "");
    wire_put_start(&shell->out, &start);
    wire_put_empty(&shell->out, WIRE_READY);
    shell->ready_sent = true;
    if (shell->recording != NULL)
        wire_put_record(&shell->out, true);
    shell_flush(shell);
    return true;
}

/* The limits of safety.md section 2. */
static struct wire_limits usual_limits(void)
{
    return (struct wire_limits){
        .banner_ms = 15000, .login_ms = 20000, .keepalive_ms = 15000, .dead_ms = 45000, .forward_ms = 15000};
}

static void copy_options(struct shell *shell, const struct shell_options *options)
{
    shell->program = mem_dup(options->program);
    shell->box_id = mem_dup(options->box_id);
    shell->host = mem_dup(options->host);
    shell->port = options->port;
    shell->cols = shell_clamp(options->cols, WIRE_COLS_MIN, WIRE_COLS_MAX);
    shell->rows = shell_clamp(options->rows, 1, WIRE_ROWS_MAX);
    shell->own_known_hosts = mem_dup(options->own_known_hosts);
    shell->other_count = options->other_count;
    shell->other_known_hosts = mem_zalloc(options->other_count + 1, sizeof *shell->other_known_hosts);
    for (size_t i = 0; i < options->other_count; i++)
        shell->other_known_hosts[i] = mem_dup(options->other_known_hosts[i]);
    struct wire_limits usual = usual_limits();
    const struct shell_limits *own = &options->limits;
    shell->limits = (struct wire_limits){
        .banner_ms = own->banner_ms > 0 ? own->banner_ms : usual.banner_ms,
        .login_ms = own->login_ms > 0 ? own->login_ms : usual.login_ms,
        .keepalive_ms = own->keepalive_ms > 0 ? own->keepalive_ms : usual.keepalive_ms,
        .dead_ms = own->dead_ms > 0 ? own->dead_ms : usual.dead_ms,
        .forward_ms = own->forward_ms > 0 ? own->forward_ms : usual.forward_ms,
    };
}

struct shell *shell_new(const struct shell_options *options, struct err *err)
{
    struct shell *shell = mem_zalloc(1, sizeof *shell);
    copy_options(shell, options);
    shell->process.fd = -1;
    shell->watch_ms = -1;
    shell->probe_ms = -1;
    shell->ready_at_ms = -1;
    shell->pinged_ms = -1;
    shell->answer_ms = options->limits.answer_ms > 0 ? options->limits.answer_ms : ANSWER_MS;
    shell->now_ms = clock_ms();
    buf_init(&shell->in, WIRE_HEAD + WIRE_BODY_MAX + 65536);
    buf_init(&shell->out, OUT_MAX);
    wire_picture_init(&shell->picture, shell->cols, shell->rows);
    if (strlen(shell->box_id) >= sizeof((struct wire_start *)0)->user) {
        err_set(err, ERR_USAGE, 0, "The box id is too long for a login");
        shell_free(shell);
        return NULL;
    }
    char sentence[sizeof shell->err.text];
    snprintf(sentence, sizeof sentence, "Connecting to %.200s:%d", shell->host, shell->port);
    shell_enter(shell, SHELL_WAITING, sentence);
    if (!shell_start_helper(shell, err)) {
        shell_free(shell);
        return NULL;
    }
    return shell;
}

void shell_free(struct shell *shell)
{
    if (shell == NULL)
        return;
    struct err ignored;
    shell_record_end(shell, &ignored);
    shell_wipe_key(shell);
    lose_helper(shell, GRACE_MS, NULL, 0);
    buf_done(&shell->in);
    buf_done(&shell->out);
    wire_picture_done(&shell->picture);
    transcript_free(shell->transcript);
    for (size_t i = 0; i < shell->other_count; i++)
        free(shell->other_known_hosts[i]);
    free(shell->other_known_hosts);
    free(shell->copied);
    free(shell->host_key);
    free(shell->program);
    free(shell->box_id);
    free(shell->host);
    free(shell->own_known_hosts);
    free(shell);
}

static void send_ready(struct shell *shell)
{
    if (shell->ready_sent || shell->ready_at_ms < 0 || shell->now_ms < shell->ready_at_ms ||
        shell->process.fd < 0)
        return;
    wire_put_empty(&shell->out, WIRE_READY);
    shell->ready_sent = true;
    shell->ready_at_ms = -1;
}

bool shell_step(struct shell *shell, int64_t now_ms)
{
    uint64_t before = shell->version;
    shell->now_ms = now_ms;
    send_ready(shell); /* not for what comes now: that is drawn first */
    shell_receive(shell);
    if (shell->watch_ms >= 0 && now_ms >= shell->watch_ms)
        shell_helper_misbehaved(shell, "it did not answer in time");
    shell_watch_step(shell);
    shell_flush(shell);
    return shell->version != before;
}

int shell_fd(const struct shell *shell)
{
    return shell->process.fd;
}

bool shell_wants_write(const struct shell *shell)
{
    return shell->process.fd >= 0 && shell->out.len > 0;
}

static int64_t sooner(int64_t a, int64_t b)
{
    if (a < 0)
        return b;
    return b < 0 || a < b ? a : b;
}

int64_t shell_deadline(const struct shell *shell)
{
    int64_t ready = shell->process.fd >= 0 && !shell->ready_sent ? shell->ready_at_ms : -1;
    return sooner(sooner(ready, shell->watch_ms), shell_watch_deadline(shell));
}

enum shell_phase shell_phase(const struct shell *shell)
{
    return shell->phase;
}

const char *shell_status(const struct shell *shell)
{
    return shell->status;
}

const struct err *shell_error(const struct shell *shell)
{
    return &shell->err;
}

const struct host_key_question *shell_question(const struct shell *shell)
{
    return shell->phase == SHELL_HOST_KEY ? &shell->question : NULL;
}

int shell_exit_code(const struct shell *shell, const char **signal)
{
    if (signal != NULL)
        *signal = shell->signal;
    return shell->exit_code;
}

/* The picture. */

const struct cell *shell_row(const struct shell *shell, int row)
{
    assert(row >= 0 && row < shell->picture.state.rows);
    return shell->picture.cells + (size_t)row * (size_t)shell->picture.state.cols;
}

bool shell_row_is_fresh(const struct shell *shell, int row)
{
    assert(row >= 0 && row < shell->picture.state.rows);
    return shell->picture.fresh[row];
}

void shell_seen(struct shell *shell)
{
    wire_picture_seen(&shell->picture);
}

void shell_drawn(struct shell *shell)
{
    send_ready(shell);
    shell_flush(shell);
}

const struct screen_state *shell_screen(const struct shell *shell)
{
    return &shell->picture.state;
}

uint64_t shell_version(const struct shell *shell)
{
    return shell->version;
}

uint64_t shell_rows_version(const struct shell *shell)
{
    return shell->rows_version;
}

const char *shell_box_id(const struct shell *shell)
{
    return shell->box_id;
}
