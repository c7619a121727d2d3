/*
 * Records what a real program writes to a terminal, for the tests that replay it (tests/sessions).
 *
 *   record SCRIPT >RECORDING          as root: the program gets names, processes and a folder of its own
 *
 * A script says one thing a line: what to prepare (`sh`), how large the screen is (`size COLS ROWS`), which
 * program (`run`, by sh), what to type (`type`, with \r \n \t \e \\ and \xHH), what to wait for (`wait`: a
 * text on the screen; `settle`: the program has been quiet for a moment), and when the screen is worth
 * comparing (`shot`, which settles first). Nothing in a recording depends on the machine: the host is "box",
 * HOME and the working folder are /tmp/session, the time zone is UTC, and `sh` sets the dates of files.
 *
 * A recording is one line of text, "COLS ROWS SHOT SHOT ...", and then the bytes; a shot is an offset in
 * them.
 */
#include "client/base/mem.h"
#include "tests/support/pty.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_MS = 10000, QUIET_MS = 400, SHOTS_MAX = 16 };

static const char home[] = "/tmp/session";

/* What a script has done so far. */
struct take {
    int cols, rows;
    struct pty *pty; /* NULL until `run` */
    size_t shots[SHOTS_MAX];
    size_t shot_count;
};

static _Noreturn void give_up(const char *step, const char *text)
{
    fprintf(stderr, "record: %s failed: %s\n", step, text);
    exit(1);
}

/* Turns escapes into the bytes they stand for, in place. */
static void unescape(char *text)
{
    static const char names[] = "rnte\\", bytes[] = "\r\n\t\x1b\\";
    char *out = text;
    for (const char *at = text; *at != '\0'; at++) {
        const char *name = at[0] == '\\' && at[1] != '\0' ? strchr(names, at[1]) : NULL;
        unsigned code;
        if (name != NULL) {
            *out++ = bytes[name - names];
            at++;
        } else if (sscanf(at, "\\x%2x", &code) == 1) {
            *out++ = (char)code;
            at += 3;
        } else {
            *out++ = *at;
        }
    }
    *out = '\0';
}

static void prepare(const char *command)
{
    char *line = mem_format("cd %s && export HOME=%s TZ=UTC LC_ALL=C.UTF-8 && %s", home, home, command);
    if (system(line) != 0)
        give_up("sh", command);
    free(line);
}

static void run(struct take *take, const char *command)
{
    /* Processes and a name of its own. */
    char *inside = mem_format("hostname box && exec %s", command);
    const char *const argv[] = {"unshare",      "--uts", "--pid", "--fork", "--kill-child",
                                "--mount-proc", "sh",    "-c",    inside,   NULL};
    const char *const env[] = {"HOME=/tmp/session",   "TZ=UTC",           "USER=root", "SHELL=/bin/sh",
                               "COLORTERM=truecolor", "PS1=root@box:~# ", NULL};
    struct err err;
    take->pty = pty_start(
        &(struct pty_options){
            .argv = argv, .env = env, .folder = home, .rows = take->rows, .cols = take->cols},
        &err);
    if (take->pty == NULL)
        give_up("run", err.text);
    free(inside);
}

static bool has_more(struct pty *pty, void *data)
{
    size_t len;
    pty_bytes(pty, &len);
    return len > *(const size_t *)data;
}

/* Waits until nothing has come for QUIET_MS. Returns how many bytes there are then. */
static size_t settle(struct pty *pty)
{
    size_t len;
    do
        pty_bytes(pty, &len);
    while (pty_try(pty, has_more, &len, QUIET_MS));
    return len;
}

static void shoot(struct take *take)
{
    if (take->shot_count == SHOTS_MAX)
        give_up("shot", "there are too many");
    take->shots[take->shot_count++] = settle(take->pty);
}

static bool is(const char *line, const char *verb)
{
    size_t len = strlen(verb);
    return strncmp(line, verb, len) == 0 && (line[len] == ' ' || line[len] == '\0');
}

static void step(struct take *take, char *line)
{
    char *rest = strchr(line, ' ');
    rest = rest != NULL ? rest + 1 : line + strlen(line);
    bool runs = take->pty != NULL;
    if (line[0] == '#' || line[0] == '\0')
        return;
    if (is(line, "sh")) {
        prepare(rest);
    } else if (is(line, "size") && sscanf(rest, "%d %d", &take->cols, &take->rows) == 2) {
        return;
    } else if (is(line, "run") && !runs) {
        run(take, rest);
    } else if (is(line, "type") && runs) {
        unescape(rest);
        pty_type(take->pty, rest);
    } else if (is(line, "wait") && runs) {
        if (!pty_wait_text(take->pty, rest, STEP_MS))
            give_up("wait", rest);
    } else if (is(line, "settle") && runs) {
        settle(take->pty);
    } else if (is(line, "shot") && runs) {
        shoot(take);
    } else {
        give_up("reading the script", line);
    }
}

int main(int argc, char **argv)
{
    struct take take = {.cols = 80, .rows = 24};
    FILE *script = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (script == NULL) {
        fprintf(stderr, "usage: record SCRIPT >RECORDING\n");
        return 2;
    }
    if (system("rm -rf /tmp/session && mkdir -m 755 /tmp/session") != 0)
        give_up("making the folder", home);
    char line[4096];
    while (fgets(line, sizeof line, script) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        step(&take, line);
    }
    fclose(script);
    if (take.pty == NULL || take.shot_count == 0)
        give_up("reading the script", "it has no `run` or no `shot`");
    const char *bytes = pty_bytes(take.pty, &(size_t){0});
    printf("%d %d", take.cols, take.rows);
    for (size_t i = 0; i < take.shot_count; i++)
        printf(" %zu", take.shots[i]);
    printf("\n");
    fwrite(bytes, 1, take.shots[take.shot_count - 1], stdout);
    pty_stop(take.pty);
    return system("rm -rf /tmp/session") == 0 ? 0 : 1;
}
