/* Connections that a shell carries for programs of the operator's, and the account of them. */
#include "client/shell/shell_private.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The account of a tag; NULL when too many are kept already. */
static struct shell_forward_sum *sum_of(struct shell *shell, uint16_t tag)
{
    for (size_t i = 0; i < shell->sum_count; i++)
        if (shell->sums[i].tag == tag)
            return &shell->sums[i].sum;
    if (shell->sum_count == SHELL_TAGS)
        return NULL;
    shell->sums[shell->sum_count].tag = tag;
    return &shell->sums[shell->sum_count++].sum;
}

bool shell_forward(struct shell *shell, int fd, uint16_t port, uint16_t tag)
{
    struct shell_forward_sum *sum = sum_of(shell, tag);
    if (sum == NULL || shell->phase != SHELL_OPEN || shell->process.fd < 0 ||
        shell->forwards >= SHELL_FORWARDS_MAX) {
        close(fd);
        return false;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    struct wire_forward forward = {.id = ++shell->forward_id, .port = port};
    if (!wire_fds_add(&shell->fds, fd))
        return false;
    wire_put_forward(&shell->out, &forward);
    shell->carried[shell->forwards++] = (struct shell_carried){.id = forward.id, .tag = tag};
    sum->open++;
    shell->version++;
    shell_flush(shell);
    return true;
}

static struct shell_carried *find(struct shell *shell, uint32_t id)
{
    for (size_t i = 0; i < shell->forwards; i++)
        if (shell->carried[i].id == id)
            return &shell->carried[i];
    return NULL;
}

bool shell_take_forwarded(struct shell *shell, const struct wire_frame *frame)
{
    struct wire_forwarded news;
    if (!wire_get_forwarded(frame, &news))
        return false;
    if (news.connection != shell->connection || shell->phase != SHELL_OPEN)
        return true;
    struct shell_carried *carried = find(shell, news.id);
    if (carried == NULL || news.up < carried->up || news.down < carried->down)
        return false;
    struct shell_forward_sum *sum = sum_of(shell, carried->tag);
    sum->up += news.up - carried->up;
    sum->down += news.down - carried->down;
    carried->up = news.up;
    carried->down = news.down;
    shell->version++;
    if (news.state == WIRE_FORWARD_OPEN)
        return true;
    sum->open--;
    sum->refused += news.state == WIRE_FORWARD_REFUSED;
    sum->timed_out += news.state == WIRE_FORWARD_TIMED_OUT;
    *carried = shell->carried[--shell->forwards];
    return true;
}

void shell_drop_forwards(struct shell *shell)
{
    shell->forwards = 0;
    for (size_t i = 0; i < shell->sum_count; i++)
        shell->sums[i].sum.open = 0;
}

void shell_forward_sum(const struct shell *shell, uint16_t tag, struct shell_forward_sum *out)
{
    *out = (struct shell_forward_sum){0};
    for (size_t i = 0; i < shell->sum_count; i++)
        if (shell->sums[i].tag == tag)
            *out = shell->sums[i].sum;
}

size_t shell_forwards(const struct shell *shell)
{
    return shell->forwards;
}
