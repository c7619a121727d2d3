#include "client/shell/hostkey_match.h"

#include "client/base/mem.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

enum { SHA1_BYTES = 20 };

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

uint8_t *hostkey_base64(const char *text, size_t len, size_t *out_len)
{
    size_t padding = 0;
    while (padding < 2 && len > padding && text[len - 1 - padding] == '=')
        padding++;
    if (len == 0 || len % 4 != 0)
        return NULL;
    uint8_t *out = mem_alloc(len / 4 * 3);
    size_t used = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < len; i++) {
        int value = i < len - padding ? base64_value(text[i]) : 0;
        if (value < 0) {
            free(out);
            return NULL;
        }
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 == 3) {
            out[used++] = (uint8_t)(bits >> 16);
            out[used++] = (uint8_t)(bits >> 8);
            out[used++] = (uint8_t)bits;
        }
    }
    *out_len = used - padding;
    return out;
}

/* `*` any run, `?` any one character; the usual walk with one point of return, so that no pattern takes more
 * than the product of the two lengths. */
static bool pattern_matches(const char *pattern, size_t len, const char *name)
{
    size_t at = 0, star = SIZE_MAX;
    const char *mark = NULL;
    while (*name != '\0') {
        if (at < len && pattern[at] == '*') {
            star = at++;
            mark = name;
        } else if (at < len && (pattern[at] == '?' || tolower((unsigned char)pattern[at]) == *name)) {
            at++;
            name++;
        } else if (star != SIZE_MAX) {
            at = star + 1;
            name = ++mark;
        } else {
            return false;
        }
    }
    while (at < len && pattern[at] == '*')
        at++;
    return at == len;
}

static bool list_matches(const char *names, size_t len, const char *name)
{
    bool found = false;
    for (size_t at = 0; at < len;) {
        const char *comma = memchr(names + at, ',', len - at);
        size_t item = comma != NULL ? (size_t)(comma - (names + at)) : len - at;
        bool negated = item > 0 && names[at] == '!';
        if (pattern_matches(names + at + negated, item - negated, name)) {
            if (negated)
                return false;
            found = true;
        }
        at += item + 1;
    }
    return found;
}

/* |1|salt|hash: HMAC-SHA1 of the name under the salt. */
static bool hash_matches(const char *names, size_t len, const char *name)
{
    const char *bar = len > 3 && memcmp(names, "|1|", 3) == 0 ? memchr(names + 3, '|', len - 3) : NULL;
    if (bar == NULL)
        return false;
    size_t salt_len = 0, hash_len = 0;
    size_t salt_text = (size_t)(bar - (names + 3));
    uint8_t *salt = hostkey_base64(names + 3, salt_text, &salt_len);
    uint8_t *hash = hostkey_base64(bar + 1, len - 4 - salt_text, &hash_len);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_len = 0;
    bool same = salt != NULL && hash != NULL && salt_len == SHA1_BYTES && hash_len == SHA1_BYTES &&
                HMAC(EVP_sha1(), salt, SHA1_BYTES, (const unsigned char *)name, strlen(name), digest,
                     &digest_len) != NULL &&
                digest_len == SHA1_BYTES && memcmp(digest, hash, SHA1_BYTES) == 0;
    free(salt);
    free(hash);
    return same;
}

bool hostkey_names_match(const char *names, size_t len, const char *name)
{
    return len > 0 && names[0] == '|' ? hash_matches(names, len, name) : list_matches(names, len, name);
}
