#include "tui/term_start.h"

#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"
#include "tui/terminfo.h"

/* A name that terminfo does not know but whose owner behaves like xterm: kitty, ghostty, foot and so on come
 * with their own entries, which other machines lack. */
static bool looks_like_xterm(const char *name)
{
    static const char *const known[] = {"xterm",   "kitty",   "alacritty", "ghostty", "foot",
                                        "wezterm", "contour", "konsole",   "gnome",   "vte",
                                        "iterm2",  "rio",     "st",        "tmux",    "screen"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strncmp(name, known[i], strlen(known[i])) == 0)
            return true;
    }
    return false;
}

static bool has_true_color(void)
{
    const char *depth = getenv("COLORTERM");
    return depth != NULL && (strcmp(depth, "truecolor") == 0 || strcmp(depth, "24bit") == 0);
}

static void set_number(const char *name, int value)
{
    char text[16];
    snprintf(text, sizeof text, "%d", value);
    setenv(name, text, 1);
}

/* Frees `value`. */
static void put_back(const char *name, char *value)
{
    if (value != NULL)
        setenv(name, value, 1);
    else
        unsetenv(name);
    free(value);
}

static SCREEN *try_names(const char *const *names, int count, FILE *memory)
{
    SCREEN *screen = NULL;
    for (int i = 0; i < count && screen == NULL; i++) {
        if (terminfo_knows(names[i]))
            screen = newterm(names[i], memory, stdin);
    }
    return screen;
}

/* Starts ncurses on the first name that works. With true colour, the entries that can say RGB come first;
 * those of xterm serve for its kin, and tmux and screen have their own. */
SCREEN *term_start_curses(FILE *memory, int rows, int cols)
{
    const char *name = getenv("TERM");
    const char *names[5] = {0};
    int count = 0;
    if (has_true_color() && strncmp(name, "xterm", 5) == 0) {
        names[count++] = "xterm-direct256";
        names[count++] = "xterm-direct16";
    } else if (has_true_color() && strncmp(name, "tmux", 4) == 0) {
        names[count++] = "tmux-direct";
    }
    names[count++] = name;
    if (looks_like_xterm(name))
        names[count++] = "xterm-256color";
    /* ncurses cannot ask a file in memory for its size. It sets the margins by what it believes at the start,
     * so it must know then: the environment is the way to tell it, and is put back for our children. */
    char *lines_was = mem_dup(getenv("LINES")), *columns_was = mem_dup(getenv("COLUMNS"));
    set_number("LINES", rows);
    set_number("COLUMNS", cols);
    SCREEN *screen = try_names(names, count, memory);
    put_back("LINES", lines_was);
    put_back("COLUMNS", columns_was);
    return screen;
}
