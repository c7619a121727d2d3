/*
 * What the numbers and letters of a terminal's sequences stand for: the tables behind input.c. Bytes are its
 * business; here are no states.
 */
#pragma once

#include "client/base/key.h"

#include <stddef.h>

enum { INPUT_PARAMS_MAX = 4, INPUT_SUBS_MAX = 2 };

/* The parameters of a sequence; further ones and further sub-parameters are dropped. */
struct input_params {
    int count;
    int value[INPUT_PARAMS_MAX];               /* 0 when empty */
    int sub[INPUT_PARAMS_MAX][INPUT_SUBS_MAX]; /* after colons, 0 when there is none */
};

struct input_params input_params_read(const char *text, size_t len);

/* xterm's number for modifiers as enum key_mod. */
unsigned input_mods(int param);

/* The key of `CSI number ~`; of `CSI letter` and `SS3 letter`; of `SS3 letter` on the keypad. 0 for none. */
uint32_t input_tilde_key(int number);
uint32_t input_letter_key(char letter);
uint32_t input_keypad_key(char letter);

/* A character or key given by number (CSI u, modifyOtherKeys). `shifted`: what Shift makes of it, `base`:
 * what is at its place on an English keyboard; 0 unknown. Code 0 for none. */
struct key input_numbered_key(int number, int shifted, int base, unsigned mods);
