#include "tests/support/peer.h"

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/picture.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000, LOOK_MS = 5, OUTPUT_MAX = 1 << 20 };

struct peer {
    char folder[32];
};

/* Runs a tmux command; returns what it printed, the caller frees it. */
static char *ask(const struct peer *peer, const char *command)
{
    char *line =
        mem_format("LC_ALL=C.UTF-8 TMUX= TERM=xterm-256color tmux -u -S %s/socket -f %s/conf %s 2>&1",
                   peer->folder, peer->folder, command);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    struct buf out;
    char bytes[4096];
    size_t got;
    buf_init(&out, OUTPUT_MAX);
    while ((got = fread(bytes, 1, sizeof bytes, pipe)) > 0)
        buf_add(&out, bytes, got);
    pclose(pipe);
    free(line);
    return buf_take(&out, NULL);
}

static bool write_file(const struct peer *peer, const char *name, const char *bytes, size_t len)
{
    char *path = mem_format("%s/%s", peer->folder, name);
    FILE *file = fopen(path, "w");
    bool ok = file != NULL && fwrite(bytes, 1, len, file) == len;
    if (file != NULL)
        ok = fclose(file) == 0 && ok;
    free(path);
    return ok;
}

static void remove_folder(const struct peer *peer)
{
    static const char *const names[] = {"socket", "conf", "bytes"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = mem_format("%s/%s", peer->folder, names[i]);
        unlink(path);
        free(path);
    }
    rmdir(peer->folder);
}

struct peer *peer_new(void)
{
    static const char conf[] = "set -g status off\nset -g default-terminal tmux-256color\n"
                               "set -g default-shell /bin/sh\nset -g exit-empty off\n";
    struct peer *peer = mem_zalloc(1, sizeof *peer);
    strcpy(peer->folder, "/tmp/boxtop-peer-XXXXXX");
    if (mkdtemp(peer->folder) == NULL) {
        free(peer);
        return NULL;
    }
    bool ok = write_file(peer, "conf", conf, sizeof conf - 1);
    char *said = ask(peer, "start-server \\; display -p started");
    ok = ok && strcmp(said, "started\n") == 0;
    free(said);
    if (ok)
        return peer;
    remove_folder(peer);
    free(peer);
    return NULL;
}

void peer_free(struct peer *peer)
{
    if (peer == NULL)
        return;
    free(ask(peer, "kill-server"));
    remove_folder(peer);
    free(peer);
}

/* The title, which comes after the bytes, says that tmux has read them. */
static bool wait_until_read(const struct peer *peer)
{
    int64_t deadline = clock_ms() + PATIENCE_MS;
    bool ready = false;
    while (!ready && clock_ms() < deadline) {
        char *title = ask(peer, "display -p '#{pane_title}'");
        ready = strcmp(title, "all-read\n") == 0;
        free(title);
        if (!ready)
            poll(NULL, 0, LOOK_MS);
    }
    return ready;
}

struct emulator *peer_show(struct peer *peer, const char *bytes, size_t len, int cols, int rows)
{
    assert_true(write_file(peer, "bytes", bytes, len));
    char *start = mem_format("new-session -d -s a -x %d -y %d \"stty raw -echo; cat %s/bytes; printf "
                             "'\\\\033]2;all-read\\\\007'; exec sleep 60\"",
                             cols, rows, peer->folder);
    free(ask(peer, start));
    free(start);
    assert_true(wait_until_read(peer));
    char *said = ask(peer, "display -p '#{cursor_y} #{cursor_x}' \\; capture-pane -p -e -N \\; kill-session");
    int cursor_row = 0, cursor_col = 0, head = 0;
    assert_int_equal(sscanf(said, "%d %d%n", &cursor_row, &cursor_col, &head), 2);
    assert_int_equal(said[head], '\n');
    const char *screen = said + head + 1;

    struct emulator *emulator = emulator_new(cols, rows, 0);
    picture_feed(emulator, "\x1b)0\x1b[?7l"); /* it prints line drawing between SO and SI */
    int row = 0;
    for (const char *line = screen, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        char *place = mem_format("\x1b[%dH", ++row);
        picture_feed(emulator, place);
        free(place);
        emulator_write(emulator, line, (size_t)(end - line));
    }
    char *place = mem_format("\x1b[m\x1b[?7h\x1b[%d;%dH", cursor_row + 1, cursor_col + 1);
    picture_feed(emulator, place);
    free(place);
    free(said);
    return emulator;
}
