/*
 * The one file that knows libvterm: its parser and state layer behind a narrow door. libvterm keeps the
 * cursor, the margins, wrapping and the geometry of erasing, inserting and scrolling; it is sent placeholders
 * for glyphs and a few whitelisted sequences, and calls back with positions that are checked here.
 *
 * Works with 0.1.4 (Debian 12) and 0.3.x: of both only what they have in common is used. What they answer is
 * thrown away, a live terminal is never resized, and no parameter list is longer than two.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct vt;

/* Rows and columns from 0; ends are exclusive. Inside the screen and not empty. */
struct vt_rect {
    int top, bottom;
    int left, right;
};

struct vt_events {
    /* A glyph of `width` columns belongs at this place; it fits. */
    void (*glyph)(void *user, int row, int col, int width);
    /* The rectangle moves up by `down` rows (down negative: downwards) or left by `right` columns. */
    void (*scroll)(void *user, struct vt_rect rect, int down, int right);
    void (*erase)(void *user, struct vt_rect rect, bool selective);
};

/* A terminal after a hard reset; `events` and `user` must outlive it. cols >= 2, rows >= 1. */
struct vt *vt_new(int cols, int rows, const struct vt_events *events, void *user);
void vt_free(struct vt *vt);

/* Feeds at most VT_SEND_MAX bytes: whole characters and whole sequences only. */
enum { VT_SEND_MAX = 64 };
void vt_send(struct vt *vt, const char *bytes, size_t len);

/* While muted nothing is reported. */
void vt_mute(struct vt *vt, bool muted);

/* Where the cursor is; always inside the screen. */
void vt_position(const struct vt *vt, int *row, int *col);
