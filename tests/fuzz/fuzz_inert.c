/* A stranger's text: whatever the bytes, what comes out is inert and within its cap. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "client/text/inert.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *text = (const char *)bytes;

    struct text line;
    inert_line(&line, text, len);
    fuzz_require_text(&line);
    fuzz_require(line.len <= INERT_LINE_MAX);
    text_done(&line);

    char *label = inert_label(text, len);
    fuzz_require(strlen(label) <= INERT_LABEL_MAX);
    fuzz_require_inert(label, strlen(label), false);
    free(label);

    char small[24];
    size_t used = inert_label_into(small, sizeof small, text, len);
    fuzz_require(used < sizeof small && small[used] == '\0' && strlen(small) == used);
    fuzz_require_inert(small, used, false);

    char *block = inert_block(text, len, 4096);
    fuzz_require(strlen(block) <= 4096);
    fuzz_require_inert(block, strlen(block), true);
    free(block);
    return 0;
}
