/*
 * boxtop exec BOX COMMAND...
 */
#include "client/base/buf.h"
#include "client/base/mem.h"
#include "tui/cli/cli.h"

#include <stdio.h>

enum { COMMAND_MAX = 1 << 20 };

struct exec_state {
    uint64_t id;
    bool over;
    size_t shown; /* bytes of the unfinished line that were written */
    struct reply reply;
};

/* An unfinished line is written as far as it is new, so that a prompt is seen before its newline. */
static void on_event(struct cli *cli, struct event *event)
{
    struct exec_state *state = cli->state;
    if (event->request_id != state->id)
        return;
    if (event->kind == EVENT_EXEC && cli_wants_raw(cli->options)) {
        fwrite(event->exec.raw, 1, event->exec.raw_len, stdout);
    } else if (event->kind == EVENT_EXEC) {
        for (size_t i = 0; i < event->exec.line_count; i++) {
            const struct text *line = &event->exec.lines[i];
            size_t from = i == 0 && state->shown <= line->len ? state->shown : 0;
            printf("%s\n", line->bytes + from);
            state->shown = 0;
        }
        const struct text *partial = &event->exec.partial;
        if (event->exec.has_partial && partial->len > state->shown) {
            fputs(partial->bytes + state->shown, stdout);
            state->shown = partial->len;
        }
    }
    if (event->kind == EVENT_REPLY) {
        state->over = true;
        state->reply = event->reply; /* borrowed: only err, has_exit and exit_code are read later */
    }
}

static bool is_over(struct cli *cli)
{
    return ((struct exec_state *)cli->state)->over;
}

int cli_exec(struct cli *cli)
{
    if (cli->options->word_count < 2)
        return cli_usage("exec takes a box and a command");
    int status = cli_wait_boxes(cli);
    const struct store_box *box = status == CLI_OK ? cli_find_box(cli, cli->options->words[0]) : NULL;
    if (box == NULL)
        return CLI_OURS;
    struct buf command;
    buf_init(&command, COMMAND_MAX);
    bool fits = true;
    for (int i = 1; i < cli->options->word_count; i++)
        fits =
            fits && (i == 1 || buf_add_byte(&command, ' ')) && buf_add_text(&command, cli->options->words[i]);
    struct exec_state state = {0};
    struct request *request = request_new(REQUEST_EXEC, box->box.id);
    request->text = buf_take(&command, NULL);
    if (!fits) {
        request_free(request);
        fprintf(stderr, "boxtop: the command is too long\n");
        return CLI_OURS;
    }
    cli->state = &state;
    cli->on_event = on_event;
    state.id = client_ask(cli->client, request);
    status = cli_wait(cli, is_over, 0);
    if (status == CLI_OK && state.reply.err.kind != ERR_NONE)
        status = cli_fail(&state.reply.err);
    if (status != CLI_OK)
        return CLI_OURS;
    return state.reply.has_exit ? state.reply.exit_code & 0xFF : CLI_OURS;
}
