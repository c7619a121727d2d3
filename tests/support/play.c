#include "tests/support/play.h"

#include "client/base/buf.h"
#include "client/base/clock.h"
#include "client/base/mem.h"

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { PAYLOAD_MAX = 64 << 20, POUR_PIECE = 4096 };

/* A small generator, so that payloads are the same in each run. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void make_ascii(struct buf *out, uint32_t *seed)
{
    for (int i = 0; i < PLAY_COLS - 1; i++)
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
    buf_add_format(out, "\x1b[%u;%uHab\x1b[%uC\x1b[Kc\x1b[A\x1b[%uGd", n % PLAY_ROWS + 1,
                   n / 64 % PLAY_COLS + 1, n % 9 + 1, n / 999 % PLAY_COLS + 1);
}

/* A full-screen program that draws every row anew. */
static void make_alternate(struct buf *out, uint32_t *seed)
{
    if (out->len == 0)
        buf_add_text(out, "\x1b[?1049h");
    for (int row = 1; row <= PLAY_ROWS; row++) {
        uint32_t n = next_random(seed);
        buf_add_format(out, "\x1b[%d;1H\x1b[3%um%5u \x1b[1mname%-20u\x1b[0m %-60u|\x1b[7m%8u\x1b[0m\x1b[K",
                       row, n % 8, n % 99999, n % 777, n, n / 3);
    }
}

static const struct {
    const char *name;
    void (*make)(struct buf *out, uint32_t *seed);
} payloads[PLAYS] = {{"ascii", make_ascii}, {"sgr", make_sgr},       {"yes", make_yes},
                     {"cjk", make_cjk},     {"motion", make_motion}, {"alternate", make_alternate}};

const char *play_name(int index)
{
    return payloads[index].name;
}

size_t play_make(int index, size_t size, const char *path)
{
    struct buf bytes;
    uint32_t seed = 1;
    buf_init(&bytes, PAYLOAD_MAX);
    while (bytes.len < size)
        payloads[index].make(&bytes, &seed);
    if (index == PLAYS - 1)
        buf_add_text(&bytes, "\x1b[?1049l");
    FILE *file = fopen(path, "we");
    size_t wrote = file != NULL ? fwrite(bytes.data, 1, bytes.len, file) : 0;
    if (file != NULL && fclose(file) != 0)
        wrote = 0;
    buf_done(&bytes);
    return wrote;
}

/* Plays a file to the terminal it runs in; writes the seconds it took into `result`. */
static int play(const char *payload, const char *result)
{
    struct termios raw, before;
    int file = open(payload, O_RDONLY);
    struct stat info;
    if (file < 0 || fstat(file, &info) != 0 || tcgetattr(STDIN_FILENO, &raw) != 0)
        return 1;
    before = raw;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    char *bytes = mem_alloc((size_t)info.st_size);
    size_t len = (size_t)read(file, bytes, (size_t)info.st_size);
    alarm(PLAY_PATIENCE_S);
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
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    char temporary[512];
    snprintf(temporary, sizeof temporary, "%s.new", result);
    FILE *out = fopen(temporary, "w");
    fprintf(out, "%f\n", seconds);
    fclose(out);
    return rename(temporary, result);
}

/* Shows a key in the last row, which the payload does not reach. */
static bool show_key(char key)
{
    char line[64];
    int len = snprintf(line, sizeof line, "\0337\033[%d;1H%c\0338", PLAY_ROWS, key);
    return write(STDOUT_FILENO, line, (size_t)len) == len;
}

static int pour(const char *payload)
{
    struct termios raw, before;
    struct stat info;
    int file = open(payload, O_RDONLY);
    if (file < 0 || fstat(file, &info) != 0 || tcgetattr(STDIN_FILENO, &raw) != 0)
        return 1;
    before = raw;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    char *bytes = mem_alloc((size_t)info.st_size), key = 0;
    size_t len = (size_t)read(file, bytes, (size_t)info.st_size);
    alarm(PLAY_PATIENCE_S);
    printf("\033[1;%dr\033[1;1H", PLAY_ROWS - 1);
    fflush(stdout);
    for (size_t at = 0; key != PLAY_ENOUGH;) {
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        ssize_t wrote = write(STDOUT_FILENO, bytes + at, len - at < POUR_PIECE ? len - at : POUR_PIECE);
        if (wrote < 0)
            return 1;
        at = (at + (size_t)wrote) % len;
        if (poll(&input, 1, 0) == 1 && (read(STDIN_FILENO, &key, 1) != 1 || !show_key(key)))
            return 1;
    }
    printf("\033[?1049l\033[r\033[m\033[2J\033[Hpoured\r\n");
    fflush(stdout);
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    free(bytes);
    return 0;
}

void play_main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--play") == 0)
        exit(play(argv[2], argv[3]));
    if (argc == 3 && strcmp(argv[1], "--pour") == 0)
        exit(pour(argv[2]));
}

double play_result(const char *path)
{
    double seconds = 0;
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return 0;
    if (fscanf(in, "%lf", &seconds) != 1)
        seconds = 0;
    fclose(in);
    unlink(path);
    return seconds;
}
