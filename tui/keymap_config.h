/*
 * [keys] of the configuration, applied to the keymap. What it names must exist: a typing error is said, not
 * passed over.
 */
#pragma once

#include "client/profile.h"
#include "tui/action.h"

/* Binds what the configuration (NULL is fine) says. False with *err set ("FILE:LINE: ..."). */
bool keymap_configure(struct keymap *keymap, const struct profile_config *config, struct err *err);

/* Whether it can be applied at all; for the time before the terminal is touched. */
bool keymap_check(const struct profile_config *config, struct err *err);

/* The first action that has lost all its default keys to others without the configuration naming it,
 * ACTION_NONE when there is none: the operator should know. */
enum action keymap_lost(const struct keymap *keymap, const struct profile_config *config);
