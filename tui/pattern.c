#define PCRE2_CODE_UNIT_WIDTH 8

#include "tui/pattern.h"

#include "client/base/mem.h"

#include <ctype.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

enum { MATCH_LIMIT = 200000 };

struct pattern {
    char *typed;
    bool compiled; /* by the JIT */
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *context; /* bounds the work on one subject */
};

static bool has_capital(const char *text)
{
    for (; *text != '\0'; text++)
        if (isupper((unsigned char)*text))
            return true;
    return false;
}

struct pattern *pattern_new(const char *typed, struct err *err)
{
    bool regex = typed[0] == '~';
    const char *text = typed + regex;
    /* \C would end matches inside a character. PCRE2 wants nothing else beside LITERAL. */
    uint32_t options = PCRE2_UTF | (regex ? PCRE2_NEVER_BACKSLASH_C : PCRE2_LITERAL) |
                       (has_capital(text) ? 0 : PCRE2_CASELESS);
    int code;
    PCRE2_SIZE at;
    pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, &code, &at, NULL);
    if (compiled == NULL) {
        char reason[128];
        pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason);
        err_set(err, ERR_USAGE, code, "The regular expression \"%.40s\" is wrong at character %zu: %s", text,
                at + 1, reason);
        return NULL;
    }
    struct pattern *pattern = mem_zalloc(1, sizeof *pattern);
    pattern->typed = mem_dup(typed);
    pattern->code = compiled;
    pattern->compiled = pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE) == 0;
    pattern->match = pcre2_match_data_create(1, NULL);
    pattern->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(pattern->context, MATCH_LIMIT);
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (pattern == NULL)
        return;
    pcre2_code_free(pattern->code);
    pcre2_match_data_free(pattern->match);
    pcre2_match_context_free(pattern->context);
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

bool pattern_find(const struct pattern *pattern, const char *bytes, size_t len, size_t from, size_t *start,
                  size_t *end)
{
    if (from > len || match(pattern, bytes, len, from) < 0)
        return false;
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

const char *pattern_text(const struct pattern *pattern)
{
    return pattern->typed;
}
