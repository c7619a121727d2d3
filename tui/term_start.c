#include "tui/term_start.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/base/mem.h"
#include "tui/terminfo.h"

bool term_is_xterm_like(const char *name)
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

bool term_has_cursor_shapes(const char *name)
{
    /* tigetstr says (char *)-1 for a name that it does not know. */
    const char *set = tigetstr("Ss");
    if (set != NULL && set != (const char *)-1)
        return true;
    bool gnu_screen = strncmp(name, "screen", 6) == 0 && getenv("TMUX") == NULL;
    return term_is_xterm_like(name) && !gnu_screen;
}

/* COLORTERM is how terminals say it. GNU screen passes the word on and cannot do it; tmux under the same name
 * can. */
static bool has_true_color(const char *name)
{
    const char *depth = getenv("COLORTERM");
    if (depth == NULL || (strcmp(depth, "truecolor") != 0 && strcmp(depth, "24bit") != 0))
        return false;
    return strncmp(name, "screen", 6) != 0 || getenv("TMUX") != NULL;
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

/* Before its first endwin() ncurses takes each movement of the cursor for a program's own and flushes it: a
 * frame would be hundreds of writes. What the call writes is not for the terminal. */
static void start_whole_frames(FILE *memory)
{
    endwin();
    lseek(fileno(memory), 0, SEEK_SET);
}

/* Starts ncurses with our description of the terminal of this name. NULL when there is none. */
static SCREEN *start_as(const char *name, FILE *memory, uint16_t *styles)
{
    struct terminfo info;
    if (!terminfo_describe(name, has_true_color(getenv("TERM")), &info))
        return NULL;
    char *was = mem_dup(getenv("TERMINFO"));
    setenv("TERMINFO", info.entry, 1);
    SCREEN *screen = newterm(name, memory, stdin);
    put_back("TERMINFO", was);
    if (screen != NULL)
        start_whole_frames(memory);
    *styles = screen != NULL && terminfo_taken(&info) ? info.styles : 0;
    terminfo_done(&info);
    return screen;
}

SCREEN *term_start_curses(FILE *memory, int rows, int cols, uint16_t *styles)
{
    const char *name = getenv("TERM");
    /* ncurses cannot ask a file in memory for its size. It sets the margins by what it believes at the start,
     * so it must know then: the environment is the way to tell it, and is put back for our children. */
    char *lines_was = mem_dup(getenv("LINES")), *columns_was = mem_dup(getenv("COLUMNS"));
    set_number("LINES", rows);
    set_number("COLUMNS", cols);
    SCREEN *screen = start_as(name, memory, styles);
    if (screen == NULL && term_is_xterm_like(name))
        screen = start_as("xterm-256color", memory, styles);
    put_back("LINES", lines_was);
    put_back("COLUMNS", columns_was);
    return screen;
}
