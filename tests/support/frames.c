#include "tests/support/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct wire_frame frames_only(const struct buf *out, enum wire_type type)
{
    struct wire_frame frame = {0};
    size_t at = 0;
    assert_int_equal(wire_take(out, &at, &frame), WIRE_TAKEN_FRAME);
    assert_int_equal(at, out->len);
    assert_int_equal(frame.type, type);
    return frame;
}
