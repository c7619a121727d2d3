#include "client/shell/vt.h"

#include "client/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <vterm.h>

struct vt {
    VTerm *term;
    VTermState *state;
    VTermAllocatorFunctions allocator; /* libvterm keeps a pointer to it */
    const struct vt_events *events;
    void *user;
    int cols, rows;
    bool muted;
};

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* False when nothing of the rectangle is on the screen. */
static bool check_rect(const struct vt *vt, VTermRect from, struct vt_rect *rect)
{
    rect->top = clamp(from.start_row, 0, vt->rows);
    rect->bottom = clamp(from.end_row, 0, vt->rows);
    rect->left = clamp(from.start_col, 0, vt->cols);
    rect->right = clamp(from.end_col, 0, vt->cols);
    return rect->top < rect->bottom && rect->left < rect->right;
}

static int on_glyph(VTermGlyphInfo *info, VTermPos pos, void *user)
{
    struct vt *vt = user;
    bool inside = pos.row >= 0 && pos.row < vt->rows && pos.col >= 0 && info->width >= 1 &&
                  pos.col + info->width <= vt->cols;
    if (inside && !vt->muted)
        vt->events->glyph(vt->user, pos.row, pos.col, info->width);
    return 1;
}

/* Always 1, "done": 0 would make libvterm call moverect, which we do not have. */
static int on_scroll(VTermRect from, int downward, int rightward, void *user)
{
    struct vt *vt = user;
    struct vt_rect rect;
    if (!vt->muted && check_rect(vt, from, &rect)) {
        int height = rect.bottom - rect.top, width = rect.right - rect.left;
        vt->events->scroll(vt->user, rect, clamp(downward, -height, height), clamp(rightward, -width, width));
    }
    return 1;
}

static int on_erase(VTermRect from, int selective, void *user)
{
    struct vt *vt = user;
    struct vt_rect rect;
    if (!vt->muted && check_rect(vt, from, &rect))
        vt->events->erase(vt->user, rect, selective != 0);
    return 1;
}

/* Answers are made by the emulator, from a fixed list. */
static void ignore_output(const char *bytes, size_t len, void *user)
{
    (void)bytes;
    (void)len;
    (void)user;
}

/* libvterm does not check for NULL; mem_* never returns it. */
static void *allocate(size_t size, void *user)
{
    (void)user;
    return mem_zalloc(1, size);
}

static void release(void *memory, void *user)
{
    (void)user;
    free(memory);
}

struct vt *vt_new(int cols, int rows, const struct vt_events *events, void *user)
{
    static const VTermStateCallbacks callbacks = {
        .putglyph = on_glyph, .scrollrect = on_scroll, .erase = on_erase};
    assert(cols >= 2 && rows >= 1);
    struct vt *vt = mem_zalloc(1, sizeof *vt);
    vt->cols = cols;
    vt->rows = rows;
    vt->events = events;
    vt->user = user;
    vt->allocator = (VTermAllocatorFunctions){.malloc = allocate, .free = release};
    vt->term = vterm_new_with_allocator(rows, cols, &vt->allocator, NULL);
    vterm_set_utf8(vt->term, 1);
    vterm_output_set_callback(vt->term, ignore_output, NULL);
    vt->state = vterm_obtain_state(vt->term);
    vterm_state_set_callbacks(vt->state, &callbacks, vt);
    vt->muted = true;
    vterm_state_reset(vt->state, 1); /* writing before a reset crashes it */
    vt->muted = false;
    return vt;
}

void vt_free(struct vt *vt)
{
    if (vt == NULL)
        return;
    vterm_free(vt->term);
    free(vt);
}

void vt_send(struct vt *vt, const char *bytes, size_t len)
{
    assert(len <= VT_SEND_MAX);
    vterm_input_write(vt->term, bytes, len);
}

void vt_mute(struct vt *vt, bool muted)
{
    vt->muted = muted;
}

void vt_position(const struct vt *vt, int *row, int *col)
{
    VTermPos pos;
    vterm_state_get_cursorpos(vt->state, &pos);
    *row = clamp(pos.row, 0, vt->rows - 1);
    *col = clamp(pos.col, 0, vt->cols - 1);
}
