#include "tests/support/pane.h"

#include "client/base/buf.h"
#include "client/base/clock.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

void pane_helper(int argc, char **argv)
{
    if (shell_is_helper(argc, argv))
        shell_helper_main();
}

struct shell *pane_new(const char *box_id, uint16_t port, const char *known_hosts)
{
    struct err err = {0};
    struct shell_options options = {
        .program = "/proc/self/exe",
        .box_id = box_id,
        .host = "127.0.0.1",
        .port = port,
        .cols = 80,
        .rows = 24,
        .own_known_hosts = known_hosts,
    };
    struct shell *shell = shell_new(&options, &err);
    if (shell == NULL)
        fail_msg("%s", err.text);
    return shell;
}

void pane_connect(struct shell *shell, uint16_t port, const char *key)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct err err = {0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    if (!shell_connected(shell, fd, key, &err))
        fail_msg("%s", err.text);
}

bool pane_wait(struct shell *shell, bool (*done)(const struct shell *shell, const void *data),
               const void *data, int limit_ms)
{
    int64_t now = clock_ms(), until = now + limit_ms;
    while (!done(shell, data) && now < until) {
        int64_t deadline = shell_deadline(shell);
        if (deadline < 0 || deadline > until)
            deadline = until;
        struct pollfd polled = {.fd = shell_fd(shell), .events = POLLIN};
        if (shell_wants_write(shell))
            polled.events |= POLLOUT;
        poll(&polled, 1, deadline > now ? (int)(deadline - now) : 0);
        now = clock_ms();
        shell_step(shell, now);
    }
    return done(shell, data);
}

static bool has_phase(const struct shell *shell, const void *data)
{
    return shell_phase(shell) == *(const enum shell_phase *)data;
}

void pane_wait_phase(struct shell *shell, enum shell_phase phase)
{
    if (!pane_wait(shell, has_phase, &phase, PANE_LIMIT_MS))
        fail_msg("the shell is in phase %d, not %d: %s", (int)shell_phase(shell), (int)phase,
                 shell_status(shell));
}

static bool has_text(const struct shell *shell, const void *data)
{
    char *text = pane_text(shell);
    bool found = strstr(text, data) != NULL;
    free(text);
    return found;
}

void pane_wait_text(struct shell *shell, const char *text)
{
    if (pane_wait(shell, has_text, text, PANE_LIMIT_MS))
        return;
    char *picture = pane_text(shell);
    print_message("%s\n", picture);
    free(picture);
    fail_msg("no \"%s\" in the picture; %s", text, shell_status(shell));
}

static bool has_decided(const struct shell *shell, const void *data)
{
    (void)data;
    return shell_phase(shell) == SHELL_HOST_KEY || shell_phase(shell) >= SHELL_OPEN;
}

void pane_open(struct shell *shell, uint16_t port, const char *key)
{
    pane_connect(shell, port, key);
    pane_wait(shell, has_decided, NULL, PANE_LIMIT_MS);
    if (shell_phase(shell) == SHELL_HOST_KEY)
        shell_answer_host_key(shell, true);
    pane_wait_phase(shell, SHELL_OPEN);
}

void pane_type(struct shell *shell, const char *text)
{
    for (; *text != '\0'; text++)
        shell_key(shell, (struct key){.code = *text == '\n' ? KEY_NAME_ENTER : (unsigned char)*text});
}

char *pane_text(const struct shell *shell)
{
    const struct screen_state *screen = shell_screen(shell);
    struct buf out;
    buf_init(&out, 1 << 20);
    for (int row = 0; row < screen->rows; row++) {
        const struct cell *cells = shell_row(shell, row);
        int used = screen->cols;
        while (used > 0 && (cells[used - 1].ch == 0 || cells[used - 1].ch == ' '))
            used--;
        for (int col = 0; col < used; col++)
            buf_add_byte(&out, cells[col].ch == 0 ? ' ' : cells[col].ch < 0x7F ? (char)cells[col].ch : '?');
        buf_add_byte(&out, '\n');
    }
    return buf_take(&out, NULL);
}
