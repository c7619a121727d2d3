/* Any known_hosts text: no crash, and a key that is not in it, byte for byte in base64, never matches. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/shell/hostkey.h"
#include "client/shell/hostkey_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char OURS[] = "AAAAC3NzaC1lZDI1NTE5AAAAIKRs3SjX0SQvMsmTzvCcMMYwRF5CpZwY5vzwQNrtK1zb";

static void require(int truth)
{
    if (!truth)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hostkey key;
    uint8_t *blob = hostkey_base64(OURS, strlen(OURS), &key.len);
    key.blob = blob;
    struct hostkey_place places[] = {{.host = "box.example.com", .port = 22},
                                     {.host = "127.0.0.1", .port = 2222}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct hostkey_finding finding = {0};
        hostkey_read(&finding, (const char *)data, size, "known_hosts", &places[i], &key);
        bool says_yes = finding.verdict == HOSTKEY_MATCH || finding.verdict == HOSTKEY_REVOKED;
        require(!says_yes || memmem(data, size, OURS, strlen(OURS)) != NULL);
        require(finding.verdict == HOSTKEY_UNKNOWN || (finding.file != NULL && finding.line > 0));
        require(finding.verdict != HOSTKEY_MATCH || finding.known_types[0] != '\0');
        hostkey_finding_done(&finding);
    }
    free(blob);
    return 0;
}
