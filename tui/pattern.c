#define PCRE2_CODE_UNIT_WIDTH 8

#include "tui/pattern.h"

#include "client/base/clock.h"
#include "client/base/mem.h"

#include <ctype.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

/* PCRE2 bounds the steps from one place to start at, and not how many places there are. So in a long subject
 * only so many of them are tried at a time, between looks at the clock. */
enum {
    STEPS_MAX = 50000,    /* from one place: less than half a millisecond */
    SHORT_SUBJECT = 1024, /* bytes: all places at once */
    STARTS = 64,          /* places at first, then as many as take about PART_US */
    STARTS_MAX = 1 << 20,
    PART_US = 200,
    SUBJECT_US = 1000, /* given up after so long */
    STACK_MIN = 32 << 10,
    STACK_MAX = 512 << 10,
};

struct pattern {
    char *typed;
    bool literal;
    bool compiled; /* by the JIT */
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *context; /* bounds the work on one subject */
    pcre2_jit_stack *stack;
    size_t given_up;
};

/* The capital of an escape such as \S is none that was meant as a letter. */
static bool has_capital(const char *text, bool regex)
{
    for (; *text != '\0'; text++) {
        if (regex && text[0] == '\\' && text[1] != '\0')
            text++;
        else if (isupper((unsigned char)*text))
            return true;
    }
    return false;
}

static bool is_ascii(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

/* An ASCII text is compared byte by byte, which is several times faster: its case is that of ASCII. PCRE2
 * wants no other option beside LITERAL. \C would end matches inside a character. */
static uint32_t options_of(const char *text, bool regex)
{
    uint32_t options = has_capital(text, regex) ? 0 : PCRE2_CASELESS;
    if (regex)
        return options | PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT;
    return options | PCRE2_LITERAL | (is_ascii(text) ? 0 : PCRE2_UTF);
}

struct pattern *pattern_new(const char *typed, struct err *err)
{
    bool regex = typed[0] == '~';
    const char *text = typed + regex;
    int code;
    PCRE2_SIZE at;
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options_of(text, regex), &code, &at, NULL);
    if (compiled == NULL) {
        char reason[128];
        pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason);
        err_set(err, ERR_USAGE, code, "The regular expression \"%.40s\" is wrong at character %zu: %s", text,
                at + 1, reason);
        return NULL;
    }
    struct pattern *pattern = mem_zalloc(1, sizeof *pattern);
    pattern->typed = mem_dup(typed);
    pattern->literal = !regex;
    pattern->code = compiled;
    pattern->compiled = pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE) == 0;
    pattern->match = pcre2_match_data_create(1, NULL);
    pattern->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(pattern->context, STEPS_MAX);
    if (regex && pattern->compiled) {
        pattern->stack = pcre2_jit_stack_create(STACK_MIN, STACK_MAX, NULL);
        pcre2_jit_stack_assign(pattern->context, NULL, pattern->stack);
    }
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (pattern == NULL)
        return;
    pcre2_code_free(pattern->code);
    pcre2_match_data_free(pattern->match);
    pcre2_match_context_free(pattern->context);
    pcre2_jit_stack_free(pattern->stack);
    free(pattern->typed);
    free(pattern);
}

/* Subjects are inert text, so well-formed: checking them again would cost more than the search. So would
 * the checks that pcre2_match makes of its own arguments: a line is short. */
static int match(const struct pattern *pattern, const char *bytes, size_t len, size_t from)
{
    return pattern->compiled
               ? pcre2_jit_match(pattern->code, (PCRE2_SPTR)bytes, len, from, PCRE2_NOTEMPTY, pattern->match,
                                 pattern->context)
               : pcre2_match(pattern->code, (PCRE2_SPTR)bytes, len, from, PCRE2_NOTEMPTY | PCRE2_NO_UTF_CHECK,
                             pattern->match, pattern->context);
}

static size_t next_character(const char *bytes, size_t len, size_t at)
{
    while (at < len && ((unsigned char)bytes[at] & 0xC0) == 0x80)
        at++;
    return at;
}

/* Some places at a time. */
static int match_long(const struct pattern *pattern, const char *bytes, size_t len, size_t from)
{
    int64_t began = clock_us(), before = began;
    size_t starts = STARTS;
    int result = PCRE2_ERROR_NOMATCH;
    while (from <= len) {
        pcre2_set_offset_limit(pattern->context, from + starts - 1);
        result = match(pattern, bytes, len, from);
        if (result != PCRE2_ERROR_NOMATCH || len - from < starts)
            break;
        int64_t now = clock_us();
        if (now - began > SUBJECT_US) {
            result = PCRE2_ERROR_MATCHLIMIT;
            break;
        }
        from = next_character(bytes, len, from + starts);
        starts = now - before > PART_US ? STARTS : starts < STARTS_MAX ? starts * 2 : starts;
        before = now;
    }
    pcre2_set_offset_limit(pattern->context, PCRE2_UNSET);
    return result;
}

bool pattern_find(const struct pattern *pattern, const char *bytes, size_t len, size_t from, size_t *start,
                  size_t *end)
{
    if (from > len)
        return false;
    bool at_once = pattern->literal || len - from <= SHORT_SUBJECT;
    int result = (at_once ? match : match_long)(pattern, bytes, len, from);
    if (result < 0) {
        if (result != PCRE2_ERROR_NOMATCH)
            ((struct pattern *)pattern)->given_up++; /* a count for people: finding changes nothing else */
        return false;
    }
    const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(pattern->match);
    *start = bounds[0];
    *end = bounds[1];
    return true;
}

bool pattern_matches(const struct pattern *pattern, const char *text)
{
    size_t start, end;
    return text != NULL && pattern_find(pattern, text, strlen(text), 0, &start, &end);
}

bool pattern_is_literal(const struct pattern *pattern)
{
    return pattern->literal;
}

size_t pattern_sweep(const void *pattern, const char *texts, size_t len)
{
    size_t start, end;
    return pattern_find(pattern, texts, len, 0, &start, &end) ? start : len;
}

size_t pattern_given_up(const struct pattern *pattern)
{
    return pattern->given_up;
}

const char *pattern_text(const struct pattern *pattern)
{
    return pattern->typed;
}
