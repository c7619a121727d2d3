/*
 * How many MB/s the emulator takes, 120x40, against tmux (detached: nobody draws there either) in the same
 * run, both behind a pty: a player writes the payload and asks for the cursor's position; the time is over
 * when the answer is there. And the emulator alone, fed from memory.
 *
 *   build/tests/bench/bench_emulator [PAYLOAD]...
 *
 * One line of JSON per measurement on stdout.
 */
#include "client/base/buf.h"
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "client/shell/emulator.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { COLS = 120, ROWS = 40, PAYLOAD = 8 << 20, ROUNDS = 5, SCROLLBACK = 10000, PATIENCE_S = 60 };

/* A small generator, so that payloads are the same in each run. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void make_ascii(struct buf *out, uint32_t *seed)
{
    for (int i = 0; i < COLS - 1; i++)
        buf_add_byte(out, (char)(' ' + next_random(seed) % 95));
    buf_add_text(out, "\r\n");
}

static void make_sgr(struct buf *out, uint32_t *seed)
{
    for (int i = 0; i < 8; i++) {
        uint32_t n = next_random(seed);
        if (i % 2 == 0)
            buf_add_format(out, "\x1b[38;5;%um\x1b[48;5;%umword%u ", n % 256, n / 256 % 256, n % 100);
        else
            buf_add_format(out, "\x1b[38;2;%u;%u;%umtrue%u ", n % 256, n / 7 % 256, n / 99 % 256, n % 100);
    }
    buf_add_text(out, "\x1b[0m\r\n");
}

static void make_yes(struct buf *out, uint32_t *seed)
{
    (void)seed;
    buf_add_text(out, "y\r\n");
}

static void make_cjk(struct buf *out, uint32_t *seed)
{
    static const char *const words[] = {"漢字", "かな", "한글", "中文字", "😀", "🎉🚀", "テスト", " abc "};
    for (int i = 0; i < 12; i++)
        buf_add_text(out, words[next_random(seed) % 8]);
    buf_add_text(out, "\r\n");
}

static void make_motion(struct buf *out, uint32_t *seed)
{
    uint32_t n = next_random(seed);
    buf_add_format(out, "\x1b[%u;%uHab\x1b[%uC\x1b[Kc\x1b[A\x1b[%uGd", n % ROWS + 1, n / 64 % COLS + 1,
                   n % 9 + 1, n / 999 % COLS + 1);
}

/* A full-screen program that draws every row anew. */
static void make_alternate(struct buf *out, uint32_t *seed)
{
    if (out->len == 0)
        buf_add_text(out, "\x1b[?1049h");
    for (int row = 1; row <= ROWS; row++) {
        uint32_t n = next_random(seed);
        buf_add_format(out, "\x1b[%d;1H\x1b[3%um%5u \x1b[1mname%-20u\x1b[0m %-60u|\x1b[7m%8u\x1b[0m\x1b[K",
                       row, n % 8, n % 99999, n % 777, n, n / 3);
    }
}

static const struct payload {
    const char *name;
    void (*make)(struct buf *out, uint32_t *seed);
} payloads[] = {{"ascii", make_ascii}, {"sgr", make_sgr},       {"yes", make_yes},
                {"cjk", make_cjk},     {"motion", make_motion}, {"alternate", make_alternate}};

/* Plays a file to the terminal it runs in; writes the seconds it took into `result`. */
static int play(const char *payload, const char *result)
{
    struct termios raw;
    int file = open(payload, O_RDONLY);
    struct stat info;
    if (file < 0 || fstat(file, &info) != 0 || tcgetattr(STDIN_FILENO, &raw) != 0)
        return 1;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    char *bytes = mem_alloc((size_t)info.st_size);
    size_t len = (size_t)read(file, bytes, (size_t)info.st_size);
    alarm(PATIENCE_S);
    int64_t start = clock_us();
    for (size_t at = 0; at < len;) {
        ssize_t wrote = write(STDOUT_FILENO, bytes + at, len - at < 32768 ? len - at : 32768);
        if (wrote < 0)
            return 1;
        at += (size_t)wrote;
    }
    char answer = 0;
    if (write(STDOUT_FILENO, "\x1b[6n", 4) != 4)
        return 1;
    while (answer != 'R') {
        if (read(STDIN_FILENO, &answer, 1) != 1)
            return 1;
    }
    double seconds = (double)(clock_us() - start) / 1e6;
    char temporary[512];
    snprintf(temporary, sizeof temporary, "%s.new", result);
    FILE *out = fopen(temporary, "w");
    fprintf(out, "%f\n", seconds);
    fclose(out);
    return rename(temporary, result);
}

struct place {
    char folder[64];
    char payload[96], result[96], socket[96];
    const char *program;
};

static double read_result(const struct place *place)
{
    double seconds = 0;
    FILE *in = fopen(place->result, "r");
    if (in == NULL)
        return 0;
    if (fscanf(in, "%lf", &seconds) != 1)
        seconds = 0;
    fclose(in);
    unlink(place->result);
    return seconds;
}

/* The emulator as the terminal of a player. */
static double ours_behind_pty(const struct place *place)
{
    struct winsize size = {.ws_row = ROWS, .ws_col = COLS};
    int master;
    pid_t child = forkpty(&master, NULL, NULL, &size);
    if (child == 0) {
        execl(place->program, place->program, "--play", place->payload, place->result, (char *)NULL);
        _exit(127);
    }
    struct emulator *emulator = emulator_new(COLS, ROWS, SCROLLBACK);
    struct buf out;
    buf_init(&out, 1 << 20);
    static char bytes[65536];
    for (;;) {
        ssize_t got = read(master, bytes, sizeof bytes);
        if (got <= 0)
            break;
        emulator_write(emulator, bytes, (size_t)got);
        emulator_take_output(emulator, &out, clock_ms());
        if (out.len > 0 && write(master, out.data, out.len) > 0)
            buf_clear(&out);
    }
    close(master);
    waitpid(child, NULL, 0);
    buf_done(&out);
    emulator_free(emulator);
    return read_result(place);
}

static void run(const char *command)
{
    if (system(command) != 0)
        fprintf(stderr, "failed: %s\n", command);
}

/* tmux as the terminal of a player. Its own server, gone when the player is. */
static double tmux_behind_pty(const struct place *place)
{
    char command[1024];
    snprintf(command, sizeof command,
             "tmux -S %s -f /dev/null new-session -d -x %d -y %d \"exec '%s' --play %s %s\"", place->socket,
             COLS, ROWS, place->program, place->payload, place->result);
    run(command);
    int64_t deadline = clock_ms() + PATIENCE_S * 1000;
    while (access(place->result, F_OK) != 0 && clock_ms() < deadline)
        poll(NULL, 0, 5);
    snprintf(command, sizeof command, "tmux -S %s kill-server 2>/dev/null; true", place->socket);
    run(command);
    return read_result(place);
}

static double ours_from_memory(const struct buf *payload)
{
    struct emulator *emulator = emulator_new(COLS, ROWS, SCROLLBACK);
    int64_t start = clock_us();
    for (size_t at = 0; at < payload->len; at += 32768) {
        size_t len = payload->len - at < 32768 ? payload->len - at : 32768;
        emulator_write(emulator, payload->data + at, len);
    }
    double seconds = (double)(clock_us() - start) / 1e6;
    emulator_free(emulator);
    return seconds;
}

static int by_value(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

/* Ratios of interleaved rounds: the median, and half the distance between the quartiles. */
static void print_result(const char *name, double *ours, double *theirs, size_t bytes)
{
    double ratio[ROUNDS], megabytes = (double)bytes / 1e6;
    for (int i = 0; i < ROUNDS; i++)
        ratio[i] = theirs[i] / ours[i];
    qsort(ratio, ROUNDS, sizeof *ratio, by_value);
    qsort(ours, ROUNDS, sizeof *ours, by_value);
    qsort(theirs, ROUNDS, sizeof *theirs, by_value);
    printf(
        "{\"bench\": \"emulator %s, pty\", \"unit\": \"MB/s\", \"ours\": %.1f, \"peer\": \"tmux, detached\", "
        "\"theirs\": %.1f, \"ratio\": %.2f, \"spread\": %.2f}\n",
        name, megabytes / ours[ROUNDS / 2], megabytes / theirs[ROUNDS / 2], ratio[ROUNDS / 2],
        (ratio[ROUNDS - 2] - ratio[1]) / 2);
}

static bool measure(const struct payload *payload, struct place *place)
{
    struct buf bytes;
    buf_init(&bytes, PAYLOAD + 65536);
    uint32_t seed = 1;
    while (bytes.len < PAYLOAD)
        payload->make(&bytes, &seed);
    FILE *file = fopen(place->payload, "w");
    fwrite(bytes.data, 1, bytes.len, file);
    fclose(file);

    double ours[ROUNDS], theirs[ROUNDS], memory[ROUNDS];
    bool good = true;
    for (int i = 0; i < ROUNDS && good; i++) {
        ours[i] = ours_behind_pty(place);
        theirs[i] = tmux_behind_pty(place);
        memory[i] = ours_from_memory(&bytes);
        good = ours[i] > 0 && theirs[i] > 0;
    }
    if (good) {
        qsort(memory, ROUNDS, sizeof *memory, by_value);
        print_result(payload->name, ours, theirs, bytes.len);
        printf("{\"bench\": \"emulator %s, memory\", \"unit\": \"MB/s\", \"ours\": %.1f}\n", payload->name,
               (double)bytes.len / 1e6 / memory[ROUNDS / 2]);
        fflush(stdout);
    }
    buf_done(&bytes);
    unlink(place->payload);
    return good;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--play") == 0)
        return play(argv[2], argv[3]);
    struct place place = {.folder = "/tmp/bench-emulator-XXXXXX"};
    char *program = realpath(argv[0], NULL);
    if (program == NULL || mkdtemp(place.folder) == NULL)
        return 1;
    place.program = program;
    snprintf(place.payload, sizeof place.payload, "%s/payload", place.folder);
    snprintf(place.result, sizeof place.result, "%s/result", place.folder);
    snprintf(place.socket, sizeof place.socket, "%s/tmux", place.folder);
    bool good = true;
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        bool wanted = argc == 1;
        for (int arg = 1; arg < argc; arg++)
            wanted = wanted || strcmp(argv[arg], payloads[i].name) == 0;
        if (wanted)
            good = measure(&payloads[i], &place) && good;
    }
    unlink(place.socket);
    rmdir(place.folder);
    free(program);
    return good ? 0 : 1;
}
