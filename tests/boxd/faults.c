#include "tests/boxd/faults.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"

struct name {
    const char *name;
    enum fault_kind kind;
};

static const struct name names[] = {
    {"latency", FAULT_LATENCY},
    {"reset", FAULT_RESET},
    {"truncate", FAULT_TRUNCATE},
    {"stall", FAULT_STALL},
    {"html", FAULT_HTML},
    {"empty", FAULT_EMPTY},
    {"wrong-length", FAULT_WRONG_LENGTH},
    {"chunk-garbage", FAULT_CHUNK_GARBAGE},
    {"huge-body", FAULT_HUGE_BODY},
    {"gzip-bomb", FAULT_GZIP_BOMB},
    {"many-headers", FAULT_MANY_HEADERS},
    {"redirect", FAULT_REDIRECT},
    {"split-trailer", FAULT_SPLIT_TRAILER},
    {"logs-newest-first", FAULT_LOGS_NEWEST_FIRST},
    {"logs-retention", FAULT_LOGS_RETENTION},
    {"millis", FAULT_MILLIS},
    {"broken-item", FAULT_BROKEN_ITEM},
    {"unknown-status", FAULT_UNKNOWN_STATUS},
    {"null-lists", FAULT_NULL_LISTS},
    {"skew", FAULT_SKEW},
};

/* Copies `len` bytes into a field of FAULT_TEXT bytes. */
static bool copy(char *out, const char *from, size_t len)
{
    if (len >= FAULT_TEXT) {
        return false;
    }
    memcpy(out, from, len);
    out[len] = '\0';
    return true;
}

static bool find_kind(struct fault *out, const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, name) == 0) {
            out->kind = names[i].kind;
            return true;
        }
    }
    char *end;
    long code = strtol(name, &end, 10);
    if (*end != '\0' || code < 400 || code > 599) {
        return false;
    }
    out->kind = FAULT_STATUS;
    out->status = (int)code;
    return true;
}

/* The value as a number, with times in milliseconds; -1 when it is neither. */
static int64_t read_number(const char *text)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || errno != 0) {
        return -1;
    }
    if (strcmp(end, "s") == 0) {
        value *= 1000;
    } else if (*end != '\0' && strcmp(end, "ms") != 0) {
        return -1;
    }
    return (int64_t)value;
}

static bool needs_value(enum fault_kind kind)
{
    return kind == FAULT_LATENCY || kind == FAULT_REDIRECT || kind == FAULT_LOGS_RETENTION ||
           kind == FAULT_SKEW;
}

static bool fault_check(const struct fault *fault, const char *spec, struct err *err)
{
    if (needs_value(fault->kind) && fault->text[0] == '\0') {
        return err_set(err, ERR_USAGE, 0, "the fault `%s` needs a value (NAME=VALUE)", spec);
    }
    bool number =
        fault->kind == FAULT_LATENCY || fault->kind == FAULT_LOGS_RETENTION || fault->kind == FAULT_SKEW;
    if (number && fault->number == -1) {
        return err_set(err, ERR_USAGE, 0, "the fault `%s` has a value that is not a number or a time", spec);
    }
    return true;
}

bool fault_parse(struct fault *out, const char *spec, struct err *err)
{
    *out = (struct fault){.number = -1, .probability = 1};
    size_t len = strlen(spec);

    /* A colon followed by nothing but a number ends the specification; a URL's colons are not like that. */
    const char *colon = strrchr(spec, ':');
    if (colon != NULL && colon[1] != '\0') {
        char *end;
        double probability = strtod(colon + 1, &end);
        if (*end == '\0' && probability >= 0 && probability <= 1) {
            out->probability = probability;
            len = (size_t)(colon - spec);
        } else if (memchr(spec, '=', (size_t)(colon - spec)) == NULL) {
            return err_set(err, ERR_USAGE, 0, "the fault `%s` has a probability that is not within 0..1",
                           spec);
        }
    }
    const char *at = memchr(spec, '@', len);
    if (at != NULL) {
        if (!copy(out->glob, at + 1, len - (size_t)(at + 1 - spec))) {
            return err_set(err, ERR_USAGE, 0, "the path of a fault is too long");
        }
        len = (size_t)(at - spec);
    }
    char name[FAULT_TEXT];
    const char *equals = memchr(spec, '=', len);
    size_t name_len = equals == NULL ? len : (size_t)(equals - spec);
    if (!copy(name, spec, name_len) || !find_kind(out, name)) {
        return err_set(err, ERR_USAGE, 0, "there is no fault `%s` (faults.h lists them)", spec);
    }
    if (equals != NULL) {
        if (!copy(out->text, equals + 1, len - name_len - 1)) {
            return err_set(err, ERR_USAGE, 0, "the value of a fault is too long");
        }
        out->number = read_number(out->text);
    }
    return fault_check(out, spec, err);
}

void faults_init(struct faults *faults)
{
    *faults = (struct faults){.random = 0x9e3779b97f4a7c15u};
    pthread_mutex_init(&faults->lock, NULL);
}

void faults_done(struct faults *faults)
{
    free(faults->list);
    faults->list = NULL;
    faults->count = 0;
    pthread_mutex_destroy(&faults->lock);
}

void faults_set(struct faults *faults, const struct fault *list, size_t count)
{
    struct fault *copied = mem_zalloc(count == 0 ? 1 : count, sizeof *copied);
    if (count > 0) {
        memcpy(copied, list, count * sizeof *copied);
    }
    pthread_mutex_lock(&faults->lock);
    free(faults->list);
    faults->list = copied;
    faults->count = count;
    pthread_mutex_unlock(&faults->lock);
}

/* A number in 0..1 (xorshift64*, S. Vigna 2014). */
static double draw(struct faults *faults)
{
    uint64_t x = faults->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    faults->random = x;
    return (double)((x * 0x2545f4914f6cdd1du) >> 11) / (double)(1ull << 53);
}

void faults_draw(struct faults *faults, const char *path, struct fault_hits *hits)
{
    memset(hits->on, 0, sizeof hits->on);
    pthread_mutex_lock(&faults->lock);
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->list[i];
        if (fault->glob[0] != '\0' && fnmatch(fault->glob, path, 0) != 0) {
            continue;
        }
        if (fault->probability < 1 && draw(faults) >= fault->probability) {
            continue;
        }
        if (!hits->on[fault->kind]) {
            hits->on[fault->kind] = true;
            hits->what[fault->kind] = *fault;
        }
    }
    pthread_mutex_unlock(&faults->lock);
}
