#include "tui/terminfo.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <curses.h>
#include <term.h>

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/base/style.h"

enum {
    ENTRY_MAX = 32768, /* ncurses' own limit for an entry with 32-bit numbers, term(5) */
    MAGIC = 01036,     /* an entry with 32-bit numbers */
    ABSENT = -1,
    DIRECT_COLORS = 1 << 24,
    PAIRS = 1 << 16,
};

/* The first numbers stay the palette's, so that the operator's own colours keep their places. */
static const char direct_foreground[] =
    "\033[%?%p1%{8}%<%t3%p1%d%e%p1%{16}%<%t9%p1%{8}%-%d%e%p1%{256}%<%t38;5;%p1%d"
    "%e38;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d%;m";
static const char direct_background[] =
    "\033[%?%p1%{8}%<%t4%p1%d%e%p1%{16}%<%t10%p1%{8}%-%d%e%p1%{256}%<%t48;5;%p1%d"
    "%e48;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;%p1%{255}%&%d%;m";

/* ---- styles ---- */

/* Replaces the one place of `from` in `text` (allocated) by `to`. False when there is none. */
static bool replace(char **text, const char *from, const char *to)
{
    const char *at = strstr(*text, from);
    if (at == NULL)
        return false;
    struct buf out;
    buf_init(&out, ENTRY_MAX);
    buf_add(&out, *text, (size_t)(at - *text));
    buf_add_text(&out, to);
    buf_add_text(&out, at + strlen(from));
    free(*text);
    *text = buf_take(&out, NULL);
    return true;
}

static const char *string_of(const char *capability)
{
    const char *text = tigetstr(capability);
    return text == (const char *)-1 ? NULL : text;
}

/* The entry's string of attributes with the styles in it. "smxx" and "Smulx" are the names under which tmux
 * and others look for them; the standard says %p4 is blink, %p7 invisible, %p8 protected, terminfo(5). */
static void add_styles(struct terminfo *out)
{
    const char *sgr = string_of("sgr");
    out->sgr = mem_dup(sgr == NULL ? "" : sgr);
    const char *strike = string_of("smxx");
    if (strike != NULL && strcmp(strike, "\033[9m") == 0 && replace(&out->sgr, "%?%p4%t;5%;", "%?%p4%t;9%;"))
        out->styles |= STYLE_STRIKE;
    if (string_of("Smulx") != NULL && replace(&out->sgr, "%?%p7%t;8%;", "%?%p7%t;4:2%;%?%p8%t;4:3%;"))
        out->styles |= STYLE_UNDERLINE_DOUBLE | STYLE_UNDERLINE_CURLY;
}

/* ---- the compiled form, term(5) ---- */

static void add_short(struct buf *out, int value)
{
    buf_add_byte(out, (char)(value & 0xFF));
    buf_add_byte(out, (char)(value >> 8 & 0xFF));
}

static void add_number(struct buf *out, int value)
{
    add_short(out, value & 0xFFFF);
    add_short(out, value >> 16 & 0xFFFF);
}

static void pad(struct buf *out)
{
    if (out->len % 2 != 0)
        buf_add_byte(out, '\0');
}

static int count(NCURSES_CONST char *const *names)
{
    int n = 0;
    while (names[n] != NULL)
        n++;
    return n;
}

static bool is(const char *name, const char *other)
{
    return strcmp(name, other) == 0;
}

/* boxtop never changes the palette. Without these ncurses does not reset it when it gives the terminal back,
 * which would take away colours that the operator has chosen. */
static bool is_unwanted(const char *name)
{
    return is(name, "ccc") || is(name, "initc") || is(name, "initp") || is(name, "oc");
}

static const char *choose_string(const struct terminfo *info, const char *name, bool direct)
{
    if (is_unwanted(name))
        return NULL;
    if (is(name, "sgr"))
        return info->sgr[0] != '\0' ? info->sgr : NULL;
    if (direct && is(name, "setaf"))
        return direct_foreground;
    if (direct && is(name, "setab"))
        return direct_background;
    return string_of(name);
}

static int choose_number(const char *name, bool direct)
{
    if (direct && is(name, "colors"))
        return DIRECT_COLORS;
    if (direct && is(name, "pairs"))
        return PAIRS;
    int value = tigetnum(name);
    return value < 0 ? ABSENT : value;
}

static void add_booleans(struct buf *out)
{
    for (int i = 0; boolnames[i] != NULL; i++)
        buf_add_byte(out, !is_unwanted(boolnames[i]) && tigetflag(boolnames[i]) > 0 ? 1 : 0);
    pad(out);
}

/* What ncurses itself asks for under names that it made up: AX, the default colours can be had back; RGB,
 * colour numbers are red, green and blue; U8, how lines are drawn under UTF-8 (user_caps(5)). */
static void add_extensions(struct buf *out, bool direct)
{
    bool keeps_default = tigetflag("AX") > 0;
    int drawing = tigetnum("U8");
    int booleans = keeps_default + direct, numbers = drawing >= 0;
    static const char names[] = "AX\0RGB\0U8"; /* at 0, 3 and 7 */
    add_short(out, booleans);
    add_short(out, numbers);
    add_short(out, 0);
    add_short(out, booleans + numbers);
    add_short(out, (int)sizeof names);
    for (int i = 0; i < booleans; i++)
        buf_add_byte(out, 1);
    pad(out);
    if (drawing >= 0)
        add_number(out, drawing);
    if (keeps_default)
        add_short(out, 0);
    if (direct)
        add_short(out, 3);
    if (drawing >= 0)
        add_short(out, 7);
    buf_add(out, names, sizeof names);
}

static void compile(const struct terminfo *info, const char *name, bool direct, struct buf *out)
{
    struct buf offsets, table;
    buf_init(&offsets, ENTRY_MAX);
    buf_init(&table, ENTRY_MAX);
    for (int i = 0; strnames[i] != NULL; i++) {
        const char *text = choose_string(info, strnames[i], direct);
        add_short(&offsets, text == NULL ? ABSENT : (int)table.len);
        if (text != NULL)
            buf_add(&table, text, strlen(text) + 1);
    }
    add_short(out, MAGIC);
    add_short(out, (int)strlen(name) + 1);
    add_short(out, count(boolnames));
    add_short(out, count(numnames));
    add_short(out, count(strnames));
    add_short(out, (int)table.len);
    buf_add(out, name, strlen(name) + 1);
    add_booleans(out);
    for (int i = 0; numnames[i] != NULL; i++)
        add_number(out, choose_number(numnames[i], direct));
    buf_add(out, offsets.data, offsets.len);
    buf_add(out, table.data, table.len);
    pad(out);
    add_extensions(out, direct);
    buf_done(&offsets);
    buf_done(&table);
}

static char *to_hex(const struct buf *bytes)
{
    static const char digits[] = "0123456789ABCDEF";
    struct buf out;
    buf_init(&out, 2 * ENTRY_MAX + 8);
    buf_add_text(&out, "hex:");
    for (size_t i = 0; i < bytes->len; i++) {
        buf_add_byte(&out, digits[(unsigned char)bytes->data[i] >> 4]);
        buf_add_byte(&out, digits[(unsigned char)bytes->data[i] & 0xF]);
    }
    return buf_take(&out, NULL);
}

bool terminfo_describe(const char *name, bool true_color, struct terminfo *out)
{
    int why;
    *out = (struct terminfo){0};
    if (setupterm(name, STDOUT_FILENO, &why) == ERR)
        return false;
    struct buf bytes;
    buf_init(&bytes, ENTRY_MAX);
    add_styles(out);
    compile(out, name, true_color || tigetflag("RGB") > 0 || tigetflag("Tc") > 0, &bytes);
    del_curterm(cur_term);
    out->entry = to_hex(&bytes);
    buf_done(&bytes);
    return true;
}

bool terminfo_taken(const struct terminfo *terminfo)
{
    const char *sgr = string_of("sgr");
    return strcmp(sgr == NULL ? "" : sgr, terminfo->sgr) == 0;
}

void terminfo_done(struct terminfo *terminfo)
{
    free(terminfo->entry);
    free(terminfo->sgr);
    *terminfo = (struct terminfo){0};
}
