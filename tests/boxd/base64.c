#include "tests/boxd/base64.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool base64_decode(const char *text, size_t len, struct buf *out)
{
    uint32_t held = 0;
    int count = 0;
    int padding = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n' || text[i] == '\r') {
            continue;
        }
        const char *digit = text[i] == '\0' ? NULL : strchr(digits, text[i]);
        if (text[i] == '=' && count >= 2) {
            padding++;
            held <<= 6;
        } else if (digit == NULL || padding > 0) {
            return false;
        } else {
            held = held << 6 | (uint32_t)(digit - digits);
        }
        if (++count == 4) {
            char bytes[3] = {(char)(held >> 16), (char)(held >> 8), (char)held};
            if (!buf_add(out, bytes, (size_t)(3 - padding))) {
                return false;
            }
            held = 0;
            count = 0;
        }
    }
    return count == 0;
}

bool base64_encode(const void *bytes, size_t len, struct buf *out)
{
    const unsigned char *in = bytes;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t held = (uint32_t)in[i] << 16;
        held |= i + 1 < len ? (uint32_t)in[i + 1] << 8 : 0;
        held |= i + 2 < len ? in[i + 2] : 0;
        char text[4] = {digits[held >> 18], digits[held >> 12 & 63],
                        i + 1 < len ? digits[held >> 6 & 63] : '=', i + 2 < len ? digits[held & 63] : '='};
        if (!buf_add(out, text, sizeof text)) {
            return false;
        }
    }
    return true;
}
