#include "client/shell/keyboard.h"

#include <string.h>

static struct keyboard_stack *stack_of(struct keyboard *keyboard, bool alternate)
{
    return &keyboard->stacks[alternate ? 1 : 0];
}

int keyboard_flags(const struct keyboard *keyboard, bool alternate)
{
    const struct keyboard_stack *stack = &keyboard->stacks[alternate ? 1 : 0];
    return stack->flags[stack->depth];
}

void keyboard_push(struct keyboard *keyboard, bool alternate, int flags)
{
    struct keyboard_stack *stack = stack_of(keyboard, alternate);
    if (stack->depth < KEYBOARD_DEPTH - 1)
        stack->depth++;
    else
        memmove(stack->flags, stack->flags + 1, KEYBOARD_DEPTH - 1);
    stack->flags[stack->depth] = (uint8_t)(flags & KEYBOARD_FLAGS);
}

void keyboard_pop(struct keyboard *keyboard, bool alternate, int count)
{
    struct keyboard_stack *stack = stack_of(keyboard, alternate);
    if (count < 1)
        count = 1;
    if (count > stack->depth)
        *stack = (struct keyboard_stack){0};
    else
        stack->depth = (uint8_t)(stack->depth - count);
}

void keyboard_set(struct keyboard *keyboard, bool alternate, int flags, int how)
{
    struct keyboard_stack *stack = stack_of(keyboard, alternate);
    uint8_t *now = &stack->flags[stack->depth];
    flags &= KEYBOARD_FLAGS;
    if (how == 1)
        *now = (uint8_t)flags;
    else if (how == 2)
        *now = (uint8_t)(*now | flags);
    else if (how == 3)
        *now = (uint8_t)(*now & ~flags);
}

void keyboard_modify_others(struct keyboard *keyboard, int level)
{
    keyboard->other_keys = (uint8_t)(level >= 0 && level <= 2 ? level : 0);
}
