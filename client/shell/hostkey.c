#include "client/shell/hostkey.h"

#include "client/base/mem.h"
#include "client/base/log.h"
#include "client/shell/hostkey_match.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The key types of OpenSSH 9.2 and how many fields follow the name in the blob. A line with another type is
 * skipped, as ssh skips it. */
static const struct key_type {
    const char *name;
    size_t fields;
    size_t exact; /* length of the first field, 0 for any */
} key_types[] = {
    {"ssh-ed25519", 1, 32},
    {"ecdsa-sha2-nistp256", 2, 8},
    {"ecdsa-sha2-nistp384", 2, 8},
    {"ecdsa-sha2-nistp521", 2, 8},
    {"ssh-rsa", 2, 0},
    {"ssh-dss", 4, 0},
    {"sk-ssh-ed25519@openssh.com", 2, 32},
    {"sk-ecdsa-sha2-nistp256@openssh.com", 3, 8},
};

/* One field of a blob: a length and bytes. */
static bool take_field(const uint8_t **at, size_t *left, const uint8_t **field, size_t *len)
{
    if (*left < 4)
        return false;
    const uint8_t *b = *at;
    *len = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
    if (*len > *left - 4)
        return false;
    *field = b + 4;
    *at += 4 + *len;
    *left -= 4 + *len;
    return true;
}

static const struct key_type *find_type(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof key_types / sizeof key_types[0]; i++)
        if (strlen(key_types[i].name) == len && memcmp(key_types[i].name, name, len) == 0)
            return &key_types[i];
    return NULL;
}

bool hostkey_parse(const struct hostkey *key, char type[HOSTKEY_TYPE_MAX])
{
    const uint8_t *at = key->blob, *field;
    size_t left = key->len, len;
    type[0] = '\0';
    if (!take_field(&at, &left, &field, &len))
        return false;
    const struct key_type *known = find_type((const char *)field, len);
    if (known == NULL)
        return false;
    for (size_t i = 0; i < known->fields; i++)
        if (!take_field(&at, &left, &field, &len) || len == 0 ||
            (i == 0 && known->exact > 0 && len != known->exact))
            return false;
    if (left > 0)
        return false;
    snprintf(type, HOSTKEY_TYPE_MAX, "%s", known->name);
    return true;
}

void hostkey_fingerprint(const struct hostkey *key, char out[HOSTKEY_FINGERPRINT_MAX])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    char text[48] = "";
    if (EVP_Digest(key->blob, key->len, digest, &len, EVP_sha256(), NULL) == 1 && len == 32)
        EVP_EncodeBlock((unsigned char *)text, digest, 32);
    text[strcspn(text, "=")] = '\0';
    snprintf(out, HOSTKEY_FINGERPRINT_MAX, "SHA256:%s", text);
}

/* Reading lines. */

enum marker { MARKER_NONE, MARKER_REVOKED, MARKER_AUTHORITY, MARKER_BAD };

/* A line that is for our host. */
struct line {
    enum marker marker;
    struct hostkey key;
    char type[HOSTKEY_TYPE_MAX];
};

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " \t");
}

static enum marker take_marker(const char **at)
{
    enum marker marker = MARKER_NONE;
    while (**at == '@') {
        size_t len = strcspn(*at, " \t");
        if (marker != MARKER_NONE)
            return MARKER_BAD;
        if (len == strlen("@revoked") && memcmp(*at, "@revoked", len) == 0)
            marker = MARKER_REVOKED;
        else if (len == strlen("@cert-authority") && memcmp(*at, "@cert-authority", len) == 0)
            marker = MARKER_AUTHORITY;
        else
            return MARKER_BAD;
        *at += len;
        skip_blanks(at);
    }
    return marker;
}

/* "type base64 comment": the blob must say the same type as the line. */
static bool take_key(const char *at, struct line *line, uint8_t **blob)
{
    size_t type_len = strcspn(at, " \t");
    const char *text = at + type_len;
    skip_blanks(&text);
    size_t len = strcspn(text, " \t\r");
    line->key.blob = *blob = hostkey_base64(text, len, &line->key.len);
    return *blob != NULL && hostkey_parse(&line->key, line->type) && strlen(line->type) == type_len &&
           memcmp(line->type, at, type_len) == 0;
}

static void add_known_type(struct hostkey_finding *finding, const char *type)
{
    size_t len = strlen(type), used = strlen(finding->known_types);
    for (const char *at = finding->known_types; *at != '\0';) {
        size_t item = strcspn(at, ",");
        if (item == len && memcmp(at, type, len) == 0)
            return;
        at += item + (at[item] == ',');
    }
    if (used + len + 2 <= sizeof finding->known_types)
        snprintf(finding->known_types + used, sizeof finding->known_types - used, "%s%s", used > 0 ? "," : "",
                 type);
}

/* The order of weight: a revoked key is refused whatever else is said, a match beats lines that differ, and
 * those beat an authority. */
static int weight(enum hostkey_verdict verdict)
{
    static const int weights[] = {[HOSTKEY_UNKNOWN] = 0,
                                  [HOSTKEY_AUTHORITY] = 1,
                                  [HOSTKEY_CHANGED] = 2,
                                  [HOSTKEY_MATCH] = 3,
                                  [HOSTKEY_REVOKED] = 4};
    return weights[verdict];
}

static void merge_line(struct hostkey_finding *finding, const struct line *line, const struct hostkey *key,
                       const char *file, size_t number)
{
    bool same =
        key->blob != NULL && key->len == line->key.len && memcmp(key->blob, line->key.blob, key->len) == 0;
    enum hostkey_verdict verdict = same ? HOSTKEY_MATCH : HOSTKEY_CHANGED;
    if (line->marker == MARKER_REVOKED)
        verdict = same ? HOSTKEY_REVOKED : HOSTKEY_UNKNOWN;
    else if (line->marker == MARKER_AUTHORITY)
        verdict = HOSTKEY_AUTHORITY;
    else
        add_known_type(finding, line->type);
    /* Among lines that differ, one of the offered key's own type says most: it is the one to mend. */
    bool better = weight(verdict) > weight(finding->verdict);
    if (verdict == HOSTKEY_CHANGED && finding->verdict == HOSTKEY_CHANGED && key->blob != NULL) {
        char type[HOSTKEY_TYPE_MAX];
        better =
            hostkey_parse(key, type) && strcmp(type, line->type) == 0 && strcmp(type, finding->type) != 0;
    }
    if (!better)
        return;
    finding->verdict = verdict;
    free(finding->file);
    finding->file = mem_dup(file);
    finding->line = number;
    memcpy(finding->type, line->type, sizeof finding->type);
    hostkey_fingerprint(&line->key, finding->fingerprint);
}

/* ssh takes a NUL after the names for a blank, and one before them for the end of the line. */
static void blank_nuls(char *line, size_t len)
{
    size_t start = strspn(line, " \t");
    for (size_t i = start; i < len && line[start] != '\0'; i++)
        if (line[i] == '\0')
            line[i] = ' ';
}

/* One line, NUL-terminated and without its newline. */
static void read_line(struct hostkey_finding *finding, const char *text, const char *file, size_t number,
                      const char *name, const struct hostkey *key)
{
    skip_blanks(&text);
    if (*text == '\0' || *text == '#' || *text == '\r')
        return;
    struct line line = {.marker = take_marker(&text)};
    size_t names = strcspn(text, " \t");
    if (line.marker == MARKER_BAD || !hostkey_names_match(text, names, name))
        return;
    text += names;
    skip_blanks(&text);
    uint8_t *blob = NULL;
    if (take_key(text, &line, &blob)) {
        merge_line(finding, &line, key, file, number);
    } else {
        finding->skipped++;
        log_line("hostkey", "%s:%zu skipped: not a key that can be read", file, number);
    }
    free(blob);
}

/* ssh(1) looks for the lower-case name, in brackets when the port is not 22. */
static char *lookup_name(const struct hostkey_place *place)
{
    char *name = place->port == 22 ? mem_dup(place->host) : mem_format("[%s]:%d", place->host, place->port);
    for (char *c = name; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return name;
}

void hostkey_read(struct hostkey_finding *finding, const char *text, size_t len, const char *file,
                  const struct hostkey_place *place, const struct hostkey *key)
{
    char *name = lookup_name(place);
    size_t number = 0;
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line_len = end != NULL ? (size_t)(end - (text + at)) : len - at;
        char *line = mem_dup_bytes(text + at, line_len);
        blank_nuls(line, line_len);
        read_line(finding, line, file, ++number, name, key);
        free(line);
        at += line_len + 1;
    }
    free(name);
}

static bool read_all(int fd, struct buf *out)
{
    char chunk[16384];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got == 0)
            return true;
        if (got < 0 && errno == EINTR)
            continue;
        if (got > 0 && !buf_add(out, chunk, (size_t)got))
            errno = EFBIG;
        else if (got > 0)
            continue;
        return false;
    }
}

bool hostkey_read_file(struct hostkey_finding *finding, const char *file, const struct hostkey_place *place,
                       const struct hostkey *key, struct err *err)
{
    /* O_NONBLOCK: opening a FIFO must not wait for its writer. */
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return true;
    struct stat status;
    struct buf text;
    buf_init(&text, HOSTKEY_FILE_MAX);
    bool ok = fd >= 0 && fstat(fd, &status) == 0;
    if (ok && !S_ISREG(status.st_mode)) {
        errno = EINVAL;
        ok = false;
    }
    ok = ok && read_all(fd, &text);
    if (ok)
        hostkey_read(finding, buf_text(&text), text.len, file, place, key);
    else
        err_set(err, ERR_LOCAL, errno, "The known hosts file %s could not be read: %s", file,
                strerror(errno));
    buf_done(&text);
    if (fd >= 0)
        close(fd);
    return ok;
}

enum hostkey_verdict hostkey_judge(const struct hostkey_finding *finding, const struct hostkey_finding *plain)
{
    bool may_ask = finding->verdict == HOSTKEY_UNKNOWN &&
                   (plain->verdict == HOSTKEY_MATCH || plain->verdict == HOSTKEY_REVOKED);
    return may_ask ? plain->verdict : finding->verdict;
}

void hostkey_finding_done(struct hostkey_finding *finding)
{
    free(finding->file);
    *finding = (struct hostkey_finding){0};
}
