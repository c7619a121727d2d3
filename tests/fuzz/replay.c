/*
 * A fuzzer's main without a search: gives the function every input of its corpus, and a few that every fuzzer
 * should survive. `make test` runs it under the sanitizers; `make fuzz` is the search.
 *
 *   build/asan/replay/fuzz_NAME [FILE]...    FILE: default, all of tests/fuzz/corpus/NAME
 *
 * Ends with the line "1 passed, 0 failed". An input that crashes or takes more than ten seconds ends the
 * program; its name is the last line above the sanitizer's report.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INPUT_SECONDS = 10, INPUT_MAX = 16 << 20 };

/* The fuzzer's function, as libFuzzer calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The input is copied to its exact size, so that the address sanitizer sees the first byte beyond it. */
static void give(const char *name, const char *bytes, size_t len)
{
    printf("%s: %zu bytes\n", name, len);
    char *exact = malloc(len > 0 ? len : 1);
    if (exact == NULL)
        exit(1);
    if (len > 0)
        memcpy(exact, bytes, len);
    alarm(INPUT_SECONDS);
    LLVMFuzzerTestOneInput((const uint8_t *)exact, len);
    alarm(0);
    free(exact);
}

static void give_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(INPUT_MAX);
    if (file == NULL || bytes == NULL) {
        fprintf(stderr, "cannot read %s: %s\n", path, strerror(errno));
        exit(1);
    }
    size_t len = fread(bytes, 1, INPUT_MAX, file);
    if (ferror(file)) {
        fprintf(stderr, "cannot read %s: %s\n", path, strerror(errno));
        exit(1);
    }
    fclose(file);
    give(path, bytes, len);
    free(bytes);
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Gives every file of a folder, in the order of their names. Returns how many there were. */
static int give_folder(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_input, alphasort);
    for (int i = 0; i < count; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        give_file(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return count;
}

/* Nothing; every byte there is; and a run of each byte that starts something. */
static void give_common(void)
{
    char every[256];
    for (int i = 0; i < 256; i++)
        every[i] = (char)i;
    give("(empty)", "", 0);
    give("(every byte)", every, sizeof every);
    static const char starters[] = {'\0', '\n', '\r', '\033', ' ',    '"',
                                    '[',  '{',  '\\', '\x80', '\xc2', '\xff'};
    for (size_t i = 0; i < sizeof starters; i++) {
        char run[4096];
        memset(run, starters[i], sizeof run);
        give("(a run of one byte)", run, sizeof run);
    }
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc; i++)
        give_file(argv[i]);
    if (argc == 1) {
        const char *name = strstr(argv[0], "fuzz_");
        char folder[512];
        snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s", name != NULL ? name + strlen("fuzz_") : "");
        give_common();
        int count = give_folder(folder);
        if (count <= 0) {
            fprintf(stderr, "%s holds no input: a fuzzer needs a corpus in the tree\n", folder);
            printf("0 passed, 1 failed\n");
            return 1;
        }
        printf("%d inputs of the corpus\n", count);
    }
    printf("1 passed, 0 failed\n");
    return 0;
}
