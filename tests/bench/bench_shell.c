/*
 * A shell's whole path against tmux whose pane runs ssh, and against ssh alone: a real sshd, the helper, the
 * console that draws, all of it the real boxtop in a pty. Throughput until the answer to a question at the
 * end of the payload, echo of one key, time from the key to the first prompt, and what an idle shell does.
 *
 * tmux and ssh get the same pty, the same sshd, and a password from SSH_ASKPASS.
 *
 *   build/tests/bench/bench_shell [echo | whole | flood]
 */
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/bench.h"
#include "tests/support/play.h"
#include "tests/support/pty.h"
#include "tests/support/sshd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PAYLOAD = 4 << 20,
    ROUNDS = 3,
    KEYS = 200,
    BETWEEN_KEYS_MS = 20,
    CONNECTS = 5,
    FLOOD_KEYS = 60,
    POUR_MS = 2000,
    IDLE_MS = 5000,
    SLICE_MS = 20,
    ROWS = PLAY_ROWS + 1, /* boxtop and tmux have a line of their own */
};

static const char KEY[] = "box_bench_0123456789", BOX[] = "bench-box-00001", PROMPT[] = "bench>";

struct world {
    struct bench_console console;
    struct sshd *sshd;
    char *known_hosts, *askpass, *socket, *payload, *result, *ssh; /* ssh: "ssh -tt ... BOX@127.0.0.1" */
    struct pty *tmux, *plain;                                      /* tmux with ssh in it; ssh alone */
};

/* ---- the world ---- */

static bool write_file(const char *path, int mode, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    FILE *file = fopen(path, "we");
    bool good = file != NULL && vfprintf(file, format, args) >= 0;
    va_end(args);
    if (file != NULL && fclose(file) != 0)
        good = false;
    return good && chmod(path, (mode_t)mode) == 0;
}

static bool make_files(struct world *world)
{
    const char *folder = world->console.folder;
    char *config = mem_format("%s/.config", folder), *own = mem_format("%s/.config/boxtop", folder),
         *profile = mem_format("%s/.bash_profile", sshd_home(world->sshd)),
         *host_key = sshd_host_key(world->sshd, "ed25519");
    unsigned port = sshd_port(world->sshd);
    world->known_hosts = mem_format("%s/known_hosts", own);
    world->askpass = mem_format("%s/askpass", folder);
    world->socket = mem_format("%s/tmux", folder);
    world->payload = mem_format("%s/payload", folder);
    world->result = mem_format("%s/result", folder);
    world->ssh =
        mem_format("ssh -F /dev/null -e none -tt -p %u -o UserKnownHostsFile=%s -o "
                   "PreferredAuthentications=password -o NumberOfPasswordPrompts=1 -o LogLevel=ERROR "
                   "%s@127.0.0.1",
                   port, world->known_hosts, BOX);
    bool good = mkdir(config, 0700) == 0 && mkdir(own, 0700) == 0 &&
                write_file(world->known_hosts, 0600, "[127.0.0.1]:%u %s\n", port, host_key) &&
                write_file(world->askpass, 0700, "#!/bin/sh\necho %s\n", KEY) &&
                write_file(profile, 0600, "PS1='%s '\n", PROMPT);
    free(config);
    free(own);
    free(profile);
    free(host_key);
    return good;
}

static bool world_init(struct world *world)
{
    const char *options[] = {"--api-key", KEY, NULL};
    struct err err = {0};
    *world = (struct world){0};
    if (!bench_console_init(&world->console, options))
        return false;
    world->sshd = sshd_start(&(struct sshd_options){.box_id = BOX, .api_key = KEY}, &err);
    if (world->sshd == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return false;
    }
    char *body = mem_format("{\"id\":\"%s\",\"status\":\"idle\"}", BOX);
    service_do(&world->console.service, "POST", "/_boxd/box", body);
    free(body);
    return make_files(world);
}

static void world_done(struct world *world)
{
    pty_stop(world->tmux);
    pty_stop(world->plain);
    sshd_stop(world->sshd);
    bench_console_done(&world->console);
    free(world->known_hosts);
    free(world->askpass);
    free(world->socket);
    free(world->payload);
    free(world->result);
    free(world->ssh);
}

/* Starts a peer with the password at hand. */
static struct pty *start_peer(const struct world *world, const char *const *argv)
{
    char *askpass = mem_format("SSH_ASKPASS=%s", world->askpass);
    const char *env[] = {askpass, "SSH_ASKPASS_REQUIRE=force", NULL};
    struct err err = {0};
    struct pty *pty =
        pty_start(&(struct pty_options){.argv = argv, .env = env, .rows = ROWS, .cols = PLAY_COLS}, &err);
    if (pty == NULL)
        fprintf(stderr, "%s\n", err.text);
    free(askpass);
    return pty;
}

static struct pty *start_ssh(const struct world *world)
{
    char *command = mem_format("exec %s", world->ssh);
    const char *argv[] = {"sh", "-c", command, NULL};
    struct pty *pty = start_peer(world, argv);
    free(command);
    return pty;
}

static struct pty *start_tmux(const struct world *world)
{
    char *command = mem_format("exec %s", world->ssh);
    const char *argv[] = {"tmux", "-S", world->socket, "-f", "/dev/null", "new-session", command, NULL};
    struct pty *pty = start_peer(world, argv);
    free(command);
    return pty;
}

static bool start_console(struct world *world)
{
    char *gateway = mem_format("127.0.0.1:%u", (unsigned)sshd_port(world->sshd));
    const char *args[] = {"--ssh", gateway, NULL};
    bool good = bench_console_start(&world->console, args, ROWS, PLAY_COLS) &&
                pty_wait_text(world->console.pty, BOX, BENCH_LIMIT_MS);
    free(gateway);
    return good;
}

/* ---- connect ---- */

static bool connects(struct world *world)
{
    double ours[CONNECTS], theirs[CONNECTS];
    for (int i = 0; i < CONNECTS; i++) {
        if (!start_console(world))
            return false;
        bench_serve(world->console.pty, 300);
        int64_t start = clock_us();
        pty_type(world->console.pty, "s");
        ours[i] = bench_wait_text(world->console.pty, PROMPT, start) * 1e3;
        pty_stop(world->plain);
        start = clock_us();
        world->plain = start_ssh(world);
        theirs[i] = world->plain != NULL ? bench_wait_text(world->plain, PROMPT, start) * 1e3 : -1;
        if (ours[i] < 0 || theirs[i] < 0)
            return false;
    }
    bench_turns("shell: key to first prompt", "ms", 0, ours, "ssh -tt", theirs, CONNECTS);
    return true;
}

/* ---- echo ---- */

static bool start_cat(struct pty *pty)
{
    pty_type(pty, "stty raw echo -echoctl; echo rea''dy; cat >/dev/null\r");
    return pty_wait_text(pty, "ready", BENCH_LIMIT_MS);
}

/* Microseconds of CPU that boxtop (console and helper) and ssh have used. */
static bool used_us(const struct world *world, double *ours, double *theirs)
{
    struct bench_usage console, helper, ssh;
    pid_t child;
    if (bench_children(pty_pid(world->console.pty), &child, 1) != 1)
        return false;
    bench_usage(pty_pid(world->console.pty), &console);
    bench_usage(child, &helper);
    bench_usage(pty_pid(world->plain), &ssh);
    *ours = (console.cpu_s + helper.cpu_s) * 1e6;
    *theirs = ssh.cpu_s * 1e6;
    return true;
}

static bool echoes(struct world *world)
{
    static const char keys[] = "#@%&~^="; /* nothing else on the screen changes to one of these */
    double ours[KEYS], theirs[KEYS], ratio50, ratio99;
    double our_start, their_start, our_end, their_end;
    if (!start_cat(world->console.pty) || !start_cat(world->plain) ||
        !used_us(world, &our_start, &their_start))
        return false;
    for (int i = 0; i < KEYS; i++) {
        char key = keys[i % (int)(sizeof keys - 1)];
        if (i % 60 == 0) { /* no end of the line is reached */
            pty_type(world->console.pty, "\r");
            pty_type(world->plain, "\r");
        }
        for (int turn = 0; turn < 2; turn++) { /* nobody finds the caches warmed by the other each time */
            bool mine = (i + turn) % 2 == 0;
            struct pty *pty = mine ? world->console.pty : world->plain;
            bench_serve(world->plain, BETWEEN_KEYS_MS / 2);
            bench_serve(world->console.pty, BETWEEN_KEYS_MS / 2);
            *(mine ? &ours[i] : &theirs[i]) = bench_echo(pty, key);
        }
        if (ours[i] < 0 || theirs[i] < 0)
            return false;
    }
    if (!used_us(world, &our_end, &their_end))
        return false;
    double our50 = bench_quantile(ours, KEYS, 0.5), their50 = bench_quantile(theirs, KEYS, 0.5);
    double our99 = bench_quantile(ours, KEYS, 0.99), their99 = bench_quantile(theirs, KEYS, 0.99);
    ratio50 = their50 / our50;
    ratio99 = their99 / our99;
    printf("{\"bench\": \"shell: echo p50\", \"unit\": \"ms\", \"ours\": %.3f, \"peer\": \"ssh -tt\", "
           "\"theirs\": %.3f, \"ratio\": %.2f}\n"
           "{\"bench\": \"shell: echo p99\", \"unit\": \"ms\", \"ours\": %.3f, \"peer\": \"ssh -tt\", "
           "\"theirs\": %.3f, \"ratio\": %.2f}\n",
           our50, their50, ratio50, our99, their99, ratio99);
    bench_compare("shell: CPU for a key and its echo", "us", (our_end - our_start) / KEYS, "ssh -tt",
                  (their_end - their_start) / KEYS);
    fflush(stdout);
    return true;
}

/* ---- idle ---- */

static bool idle(struct world *world)
{
    struct bench_usage before, after;
    pid_t helper;
    if (bench_children(pty_pid(world->console.pty), &helper, 1) != 1)
        return false;
    bench_usage(helper, &before);
    bench_serve(world->console.pty, IDLE_MS);
    bench_usage(helper, &after);
    bench_value("idle shell: wake-ups of its helper", "a second",
                (double)(after.wakeups - before.wakeups) * 1e3 / IDLE_MS);
    return true;
}

/* ---- throughput ---- */

/* Plays the payload in a shell; the seconds, 0 when it came to no end. */
static double play_in(const struct world *world, struct pty *pty)
{
    char *line = mem_format("%s --play %s %s\r", "\"$BENCH\"", world->payload, world->result);
    double seconds = 0;
    int64_t deadline = clock_ms() + PLAY_PATIENCE_S * 1000;
    pty_type(pty, line);
    free(line);
    pty_blind(pty, true);
    while ((seconds = play_result(world->result)) <= 0 && clock_ms() < deadline)
        bench_serve(pty, SLICE_MS);
    pty_blind(pty, false);
    bench_serve(pty, SLICE_MS);
    return seconds;
}

static bool set_program(struct pty *pty)
{
    char *program = realpath("/proc/self/exe", NULL),
         *line = mem_format("BENCH='%s'; echo rea''dy\r", program);
    pty_type(pty, line);
    free(line);
    free(program);
    return pty_wait_text(pty, "ready", BENCH_LIMIT_MS);
}

/* What boxtop (console and helper), and tmux with its ssh, have used. */
struct used {
    struct bench_usage console, helper, tmux;
};

static bool used_by(const struct world *world, struct used *used)
{
    pid_t child;
    if (bench_children(pty_pid(world->console.pty), &child, 1) != 1)
        return false;
    bench_usage(pty_pid(world->console.pty), &used->console);
    bench_usage(child, &used->helper);
    bench_usage_all(pty_pid(world->tmux), &used->tmux);
    char *server = mem_format("tmux -S %s display-message -p '#{pid}'", world->socket);
    FILE *answer = popen(server, "r");
    int pid = 0;
    bool good = answer != NULL && fscanf(answer, "%d", &pid) == 1;
    if (answer != NULL)
        pclose(answer);
    free(server);
    struct bench_usage more;
    bench_usage_all(pid, &more);
    used->tmux.cpu_s += more.cpu_s;
    used->tmux.rss_mib += more.rss_mib;
    return good;
}

static bool throughput(struct world *world, int payload)
{
    double ours[ROUNDS], theirs[ROUNDS], our_cpu = 0, their_cpu = 0;
    char name[64];
    size_t len = play_make(payload, PAYLOAD, world->payload);
    for (int i = 0; i < ROUNDS; i++) {
        struct used before, after;
        if (!used_by(world, &before))
            return false;
        ours[i] = play_in(world, world->console.pty);
        theirs[i] = play_in(world, world->tmux);
        if (len == 0 || ours[i] <= 0 || theirs[i] <= 0 || !used_by(world, &after)) {
            fprintf(stderr, "%s came to no end\n", play_name(payload));
            return false;
        }
        our_cpu += after.console.cpu_s + after.helper.cpu_s - before.console.cpu_s - before.helper.cpu_s;
        their_cpu += after.tmux.cpu_s - before.tmux.cpu_s;
    }
    double megabytes = (double)len / 1e6;
    snprintf(name, sizeof name, "whole path: %s", play_name(payload));
    bench_turns(name, "MB/s", megabytes, ours, "tmux with ssh", theirs, ROUNDS);
    snprintf(name, sizeof name, "whole path: CPU for %s", play_name(payload));
    bench_compare(name, "ms/MB", our_cpu * 1e3 / megabytes / ROUNDS, "tmux with ssh",
                  their_cpu * 1e3 / megabytes / ROUNDS);
    return true;
}

/* ---- flood ---- */

static bool start_pouring(const struct world *world, struct pty *pty)
{
    char *line = mem_format("\"$BENCH\" --pour %s\r", world->payload);
    pty_type(pty, line);
    free(line);
    bench_serve(pty, POUR_MS / 4);
    return true;
}

static bool stop_pouring(struct pty *pty)
{
    const char enough = PLAY_ENOUGH;
    pty_type_bytes(pty, &enough, 1);
    return pty_wait_text(pty, "poured", BENCH_LIMIT_MS);
}

/* The share of a core that the console takes while the shell pours. */
static bool flood(struct world *world, int payload, double *share)
{
    struct bench_usage before, after;
    bool good =
        play_make(payload, PAYLOAD / 4, world->payload) > 0 && start_pouring(world, world->console.pty);
    bench_usage(pty_pid(world->console.pty), &before);
    int64_t start = clock_us();
    pty_blind(world->console.pty, true);
    bench_serve(world->console.pty, POUR_MS);
    double seconds = (double)(clock_us() - start) / 1e6;
    bench_usage(pty_pid(world->console.pty), &after);
    pty_blind(world->console.pty, false);
    *share = (after.cpu_s - before.cpu_s) / seconds * 100;
    return good && stop_pouring(world->console.pty);
}

static bool floods(struct world *world)
{
    char name[64];
    for (int i = 0; i < PLAYS; i++) {
        double share;
        if (!flood(world, i, &share))
            return false;
        snprintf(name, sizeof name, "shell flooded with %s: CPU of the console", play_name(i));
        bench_at_most(name, "%", share, 8);
    }
    return true;
}

/* A key that the program in the shell shows, while it pours: to the screen, as fast as over tmux with ssh. */
static bool keys_in_flood(struct world *world)
{
    double ours[FLOOD_KEYS], theirs[FLOOD_KEYS];
    struct pty *ptys[] = {world->console.pty, world->tmux};
    play_make(2, PAYLOAD / 4, world->payload); /* yes */
    for (int turn = 0; turn < 2; turn++) {
        double *out = turn == 0 ? ours : theirs;
        if (!start_pouring(world, ptys[turn]))
            return false;
        for (int i = 0; i < FLOOD_KEYS; i++) {
            bench_serve(ptys[turn], BETWEEN_KEYS_MS);
            out[i] = bench_echo(ptys[turn], "#@%&~^="[i % 7]);
            if (out[i] < 0)
                return false;
        }
        if (!stop_pouring(ptys[turn]))
            return false;
    }
    bench_compare("key to screen while it pours, p50", "ms", bench_quantile(ours, FLOOD_KEYS, 0.5),
                  "tmux with ssh", bench_quantile(theirs, FLOOD_KEYS, 0.5));
    bench_compare("key to screen while it pours, p99", "ms", bench_quantile(ours, FLOOD_KEYS, 0.99),
                  "tmux with ssh", bench_quantile(theirs, FLOOD_KEYS, 0.99));
    bench_at_most("key to screen while it pours, p99", "ms", bench_quantile(ours, FLOOD_KEYS, 0.99), 16);
    return true;
}

static bool start_both(struct world *world)
{
    bool good = start_console(world);
    bench_serve(world->console.pty, 300);
    pty_type(world->console.pty, "s");
    world->tmux = start_tmux(world);
    return good && world->tmux != NULL && pty_wait_text(world->console.pty, PROMPT, BENCH_LIMIT_MS) &&
           pty_wait_text(world->tmux, PROMPT, BENCH_LIMIT_MS) && set_program(world->console.pty) &&
           set_program(world->tmux);
}

static bool throughputs(struct world *world)
{
    struct used used;
    bool good = true;
    for (int i = 0; i < PLAYS && good; i++)
        good = throughput(world, i);
    if (!good || !used_by(world, &used))
        return false;
    bench_compare("RSS with a full scrollback, console and helper", "MiB",
                  used.console.rss_mib + used.helper.rss_mib, "tmux with ssh", used.tmux.rss_mib);
    return true;
}

/* All, or the part that is named; the connect is what the others stand on. */
static bool wanted(int argc, char **argv, const char *what)
{
    return argc < 2 || strcmp(argv[1], what) == 0;
}

int main(int argc, char **argv)
{
    play_main(argc, argv);
    struct world world;
    bool good = world_init(&world);
    if (good && wanted(argc, argv, "echo"))
        good = connects(&world) && idle(&world) && echoes(&world);
    if (good && (wanted(argc, argv, "whole") || wanted(argc, argv, "flood")))
        good = start_both(&world);
    if (good && wanted(argc, argv, "whole"))
        good = throughputs(&world);
    if (good && wanted(argc, argv, "flood"))
        good = floods(&world) && keys_in_flood(&world);
    world_done(&world);
    return good ? 0 : 1;
}
