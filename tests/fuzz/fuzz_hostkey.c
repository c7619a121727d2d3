/* known_hosts: any file gives a verdict, and never one that accepts a key which is not in it. The input is
 * the file; the keys asked for are fixed. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/shell/hostkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool truth)
{
    if (!truth)
        abort();
}

/* An ed25519 key of zeroes, and one that no file of less than its size can hold. */
static const uint8_t zeroes[51] = "\0\0\0\013ssh-ed25519\0\0\0\040";
static const uint8_t never[51] =
    "\0\0\0\013ssh-ed25519\0\0\0\040\x5a\xa5\x3c\xc3\x69\x96\x0f\xf0"
    "\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\x01\x23\x45\x67\x89\xab";

static void ask(const char *text, size_t len, const uint8_t *blob, const char *host, int port, bool may_match)
{
    struct hostkey_finding finding = {0};
    const struct hostkey_place place = {host, port};
    const struct hostkey key = {blob, sizeof zeroes};
    hostkey_read(&finding, text, len, "known_hosts", &place, &key);
    require(may_match || finding.verdict != HOSTKEY_MATCH);
    require(memchr(finding.known_types, '\0', sizeof finding.known_types) != NULL);
    require((finding.verdict == HOSTKEY_UNKNOWN) == (finding.file == NULL));
    hostkey_finding_done(&finding);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *text = (const char *)bytes;
    ask(text, len, zeroes, "box.example", 22, true);
    ask(text, len, zeroes, "box.example", 2222, true);
    ask(text, len, never, "box.example", 22, false);
    ask(text, len, zeroes, "::1", 22, true);

    const struct hostkey stranger = {bytes, len};
    char type[HOSTKEY_TYPE_MAX], fingerprint[HOSTKEY_FINGERPRINT_MAX];
    if (hostkey_parse(&stranger, type))
        require(strlen(type) > 0 && strlen(type) < sizeof type);
    hostkey_fingerprint(&stranger, fingerprint);
    require(strncmp(fingerprint, "SHA256:", 7) == 0);
    return 0;
}
