/*
 * What reached the operator's clipboard in a story (OSC 52).
 */
#pragma once

#include "tests/support/story.h"

#include <stdbool.h>

/* Waits until the last text that boxtop copied is this one. */
void story_copied(struct story *story, const char *text);

/* Whether it copied any. */
bool story_copied_any(struct story *story);
