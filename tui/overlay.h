/*
 * What lies over the views and takes the keys: questions, prompts, menus, the help. A stack; only the top one
 * has the keys. Each ends by calling back, never by a nested loop, and frees itself. An overlay that changes
 * a box remembers the box's id, not the cursor.
 */
#pragma once

#include "client/base/key.h"
#include "widgets/paint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct overlay;

/* What a kind of overlay is. The struct behind starts with struct overlay. */
struct overlay_class {
    void (*draw)(struct overlay *overlay, const struct paint *screen, struct rect body);
    /* True: it is over; the stack frees it afterwards. */
    bool (*key)(struct overlay *overlay, struct key key);
    bool (*paste)(struct overlay *overlay, const char *text, size_t len);
    void (*free)(struct overlay *overlay);
};

struct overlay {
    const struct overlay_class *class;
    struct app *app;
    struct overlay *below;
    int64_t held_until_ms; /* keys before this are dropped */
};

/* Puts an overlay on top; owned by the stack from now on. */
void overlay_push(struct app *app, struct overlay *overlay);

/* Removes and frees the top one. */
void overlay_pop(struct app *app);

/* Gives a key to the top overlay and removes it when it is over. False when there is none. */
bool overlay_key(struct app *app, struct key key);
bool overlay_paste(struct app *app, const char *text, size_t len);
void overlay_draw(struct app *app, const struct paint *screen, struct rect body);
void overlay_free_all(struct app *app);

/* Called once when a question is answered; `context` is freed with free() by the overlay afterwards. */
typedef void overlay_answer(struct app *app, void *context);
typedef void overlay_text_answer(struct app *app, void *context, const char *text);

/* A question with a harmless button first and the one that does it ("Pause"). `text` may have several lines.
 * `danger` colours the button. */
void overlay_ask(struct app *app, const char *title, const char *text, const char *button, bool danger,
                 overlay_answer *yes, overlay_answer *no, void *context);

/* The top overlay came by itself: what is typed in its first moments was meant for something else and is
 * dropped. */
void overlay_hold(struct app *app);

/* As overlay_ask, but `word` must be typed before the button works. */
void overlay_ask_typed(struct app *app, const char *title, const char *text, const char *word,
                       const char *button, overlay_answer *yes, overlay_answer *no, void *context);

/* One line of input in the footer. `hidden` shows stars. `changed` (may be NULL) sees every edit; `done` gets
 * the text, NULL when it was left with Escape. */
void overlay_prompt(struct app *app, const char *label, const char *initial, bool hidden,
                    overlay_text_answer *changed, overlay_text_answer *done, void *context);

/* Gives the prompt on top lines that Up and Down walk through, oldest first; they are copied. */
void overlay_prompt_history(struct app *app, char *const *lines, size_t count);

/* Text to read, scrollable; lines end in newlines. A line that starts with '#' is a heading; a TAB in a line
 * sets off what stands before it. The string is copied. */
void overlay_read(struct app *app, const char *title, const char *text);

/* A menu of the actions that are valid now, narrowed by typing; picks run through app_act. only_box: just
 * those about the selected box. */
void overlay_menu(struct app *app, const char *title, bool only_box);
