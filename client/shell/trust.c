#include "client/shell/trust.h"

#include "client/base/log.h"

#include <stdio.h>
#include <string.h>

/* Reads all files. False when our own is there and cannot be read: what it forbids would be forgotten. */
static bool read_files(const struct trust_files *files, const struct hostkey_place *place,
                       const struct hostkey *key, struct hostkey_finding *finding, struct err *err)
{
    if (files->own != NULL && !hostkey_read_file(finding, files->own, place, key, err))
        return false;
    for (size_t i = 0; i < files->other_count; i++) {
        struct err other;
        if (!hostkey_read_file(finding, files->others[i], place, key, &other))
            log_line("trust", "%s", other.text);
    }
    return true;
}

/* The sentence of a refusal. */
static void explain(enum hostkey_verdict verdict, const struct hostkey_place *place,
                    const struct hostkey *key, const struct hostkey_finding *found, struct err *err)
{
    char type[HOSTKEY_TYPE_MAX];
    char fingerprint[HOSTKEY_FINGERPRINT_MAX];
    hostkey_parse(key, type);
    hostkey_fingerprint(key, fingerprint);
    if (verdict == HOSTKEY_REVOKED)
        err_set(err, ERR_HOST_KEY, 0, "The host key of %s is revoked: %s:%zu forbids %s; do not log in",
                place->host, found->file, found->line, fingerprint);
    else if (verdict == HOSTKEY_AUTHORITY)
        err_set(
            err, ERR_HOST_KEY, 0,
            "The host key of %s (%s) needs a certificate: %s:%zu is a @cert-authority line, which only ssh "
            "understands; use ssh",
            place->host, fingerprint, found->file, found->line);
    else if (strcmp(type, found->type) != 0)
        err_set(err, ERR_HOST_KEY, 0,
                "The host key of %s is of another type: %s:%zu has %s %s, the server sent %s %s; if it is "
                "right, add "
                "it to the file",
                place->host, found->file, found->line, found->type, found->fingerprint, type, fingerprint);
    else
        err_set(err, ERR_HOST_KEY, 0,
                "The host key of %s changed: %s:%zu has %s, the server sent %s; if you know why, remove that "
                "line, "
                "else do not log in",
                place->host, found->file, found->line, found->fingerprint, fingerprint);
}

enum trust trust_judge(const struct trust_files *files, const struct hostkey_place *place,
                       const struct hostkey *key, struct err *err)
{
    char type[HOSTKEY_TYPE_MAX];
    if (!hostkey_parse(key, type)) {
        err_set(err, ERR_HOST_KEY, 0, "The host key of %s cannot be read", place->host);
        return TRUST_NO;
    }
    struct hostkey_place plain_place = {.host = place->host, .port = 22};
    struct hostkey_finding finding = {0}, plain = {0};
    enum trust trust = TRUST_NO;
    if (read_files(files, place, key, &finding, err) && read_files(files, &plain_place, key, &plain, err)) {
        enum hostkey_verdict verdict = hostkey_judge(&finding, &plain);
        trust = verdict == HOSTKEY_MATCH ? TRUST_YES : verdict == HOSTKEY_UNKNOWN ? TRUST_ASK : TRUST_NO;
        if (trust == TRUST_NO)
            explain(verdict, place, key, finding.verdict == verdict ? &finding : &plain, err);
    }
    hostkey_finding_done(&finding);
    hostkey_finding_done(&plain);
    return trust;
}

void trust_known_types(const struct trust_files *files, const struct hostkey_place *place, char *out,
                       size_t size)
{
    static const struct hostkey none = {0};
    struct hostkey_finding finding = {0};
    struct err err;
    if (!read_files(files, place, &none, &finding, &err))
        log_line("trust", "%s", err.text);
    snprintf(out, size, "%s", finding.known_types);
    hostkey_finding_done(&finding);
}
