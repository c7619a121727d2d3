/*
 * Control and escape sequences. Only what stands in the tables here does anything, and libvterm is sent
 * nothing but sequences printed here, with at most two parameters that are already inside the screen.
 */
#include "client/shell/emulator_private.h"

#include "client/shell/pen.h"

#include <stdio.h>
#include <string.h>

typedef void command(struct emulator *emulator, const struct guard_token *token);

/* Parameter `index`, or 0 when it is not given. */
static int param(const struct guard_token *token, int index)
{
    return index < token->param_count ? token->params[index].value : 0;
}

/* As param for counts and positions: 0 means 1. */
static int count_of(const struct guard_token *token, int index)
{
    int value = param(token, index);
    return value > 0 ? value : 1;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

/* --- moving the cursor (ECMA-48 8.3.18-23; margins as xterm: CUU and CUD stop at them) --- */

static void move_up(struct emulator *emulator, int count, int col)
{
    int limit = emulator->row >= emulator->top ? emulator->top : 0;
    emulator_move(emulator, larger(emulator->row - count, limit), col);
}

static void move_down(struct emulator *emulator, int count, int col)
{
    int limit = emulator->row < emulator->bottom ? emulator->bottom - 1 : emulator->rows - 1;
    emulator_move(emulator, smaller(emulator->row + count, limit), col);
}

static void do_cuu(struct emulator *emulator, const struct guard_token *token)
{
    move_up(emulator, count_of(token, 0), emulator->col);
}

static void do_cud(struct emulator *emulator, const struct guard_token *token)
{
    move_down(emulator, count_of(token, 0), emulator->col);
}

static void do_cnl(struct emulator *emulator, const struct guard_token *token)
{
    move_down(emulator, count_of(token, 0), 0);
}

static void do_cpl(struct emulator *emulator, const struct guard_token *token)
{
    move_up(emulator, count_of(token, 0), 0);
}

static void do_cuf(struct emulator *emulator, const struct guard_token *token)
{
    emulator_move(emulator, emulator->row, smaller(emulator->col + count_of(token, 0), emulator->cols - 1));
}

static void do_cub(struct emulator *emulator, const struct guard_token *token)
{
    emulator_move(emulator, emulator->row, larger(emulator->col - count_of(token, 0), 0));
}

static void do_cha(struct emulator *emulator, const struct guard_token *token)
{
    emulator_move(emulator, emulator->row, smaller(count_of(token, 0), emulator->cols) - 1);
}

/* A row as the program counts them: from the top margin in origin mode. */
static int absolute_row(const struct emulator *emulator, int row)
{
    if (!emulator->modes.origin)
        return smaller(row, emulator->rows) - 1;
    return smaller(emulator->top + row, emulator->bottom) - 1;
}

static void do_cup(struct emulator *emulator, const struct guard_token *token)
{
    emulator_move(emulator, absolute_row(emulator, count_of(token, 0)),
                  smaller(count_of(token, 1), emulator->cols) - 1);
}

static void do_vpa(struct emulator *emulator, const struct guard_token *token)
{
    emulator_move(emulator, absolute_row(emulator, count_of(token, 0)), emulator->col);
}

/* VPR (ECMA-48 8.3.160) does not stop at margins, but origin mode keeps the cursor between them. */
static void do_vpr(struct emulator *emulator, const struct guard_token *token)
{
    int limit = emulator->modes.origin ? emulator->bottom : emulator->rows;
    emulator_move(emulator, smaller(emulator->row + count_of(token, 0), limit - 1), emulator->col);
}

static void do_cht(struct emulator *emulator, const struct guard_token *token)
{
    for (int i = smaller(count_of(token, 0), emulator->cols); i > 0; i--)
        emulator_control(emulator, '\t');
}

static void do_cbt(struct emulator *emulator, const struct guard_token *token)
{
    int col = emulator->col;
    for (int i = count_of(token, 0); i > 0 && col > 0; i--) {
        while (--col > 0 && emulator->tabs[col] == 0)
            ;
    }
    emulator_move(emulator, emulator->row, col);
}

static void do_tbc(struct emulator *emulator, const struct guard_token *token)
{
    if (param(token, 0) == 0)
        emulator->tabs[emulator->col] = 0;
    else if (param(token, 0) == 3)
        memset(emulator->tabs, 0, sizeof emulator->tabs);
}

/* --- erasing, inserting, deleting, scrolling: libvterm knows the geometry --- */

/* ICH, DCH, ECH, SU, SD. */
static void forward(struct emulator *emulator, const struct guard_token *token)
{
    emulator_send_number(emulator, 0, count_of(token, 0), (char)token->final);
}

/* SD with five parameters is xterm's highlight tracking. */
static void do_sd(struct emulator *emulator, const struct guard_token *token)
{
    if (token->param_count == 1)
        emulator_send_number(emulator, 0, count_of(token, 0), 'T');
}

/* IL and DL return to the first column (ECMA-48 8.3.67, 8.3.32). Outside of the margins they do nothing. */
static void insert_or_delete_lines(struct emulator *emulator, const struct guard_token *token)
{
    if (emulator->row < emulator->top || emulator->row >= emulator->bottom)
        return;
    emulator->deleting = token->final == 'M';
    emulator_send_number(emulator, 0, count_of(token, 0), (char)token->final);
    emulator->deleting = false;
    emulator_move(emulator, emulator->row, 0);
}

/* ED; 3 is xterm's: the scrollback goes. Parts 0..2 erase as ECMA-48 8.3.39 says. */
static void erase_display(struct emulator *emulator, const struct guard_token *token)
{
    int part = param(token, 0);
    if (part == 3) {
        history_clear(&emulator->flow.history);
        reflow_forget(&emulator->flow, true);
        grid_at(&emulator->main, 0)->continued = false;
        emulator->all_dirty = true;
        return;
    }
    if (part == 2 && emulator->grid == &emulator->main)
        reflow_forget(&emulator->flow, true);
    if (part <= 2)
        emulator_send_number(emulator, (char)token->leader, part, 'J');
}

static void erase_line(struct emulator *emulator, const struct guard_token *token)
{
    if (param(token, 0) <= 2)
        emulator_send_number(emulator, (char)token->leader, param(token, 0), 'K');
}

static void do_rep(struct emulator *emulator, const struct guard_token *token)
{
    emulator_repeat(emulator, count_of(token, 0));
}

/* DECSTBM: at least two rows (VT220 programmer reference 4.14). */
static void do_margins(struct emulator *emulator, const struct guard_token *token)
{
    int top = count_of(token, 0) - 1;
    int bottom = param(token, 1) > 0 ? smaller(param(token, 1), emulator->rows) : emulator->rows;
    if (top + 1 < bottom)
        emulator_set_margins(emulator, top, bottom);
}

static void do_sgr(struct emulator *emulator, const struct guard_token *token)
{
    pen_apply(&emulator->pen, token->params, token->param_count);
}

/* --- modes --- */

static void set_modes(struct emulator *emulator, const struct guard_token *token)
{
    bool on = token->final == 'h';
    for (int i = 0; i < token->param_count; i++) {
        if (token->leader == '?')
            emulator_set_mode(emulator, param(token, i), on);
        else
            modes_set(&emulator->modes, false, param(token, i), on);
    }
}

static void report_mode(struct emulator *emulator, const struct guard_token *token)
{
    bool private = token->leader == '?';
    int number = param(token, 0);
    emulator_reply(emulator, "\x1b[%s%d;%d$y", private ? "?" : "", number,
                   modes_report(&emulator->modes, private, number));
}

static void do_save(struct emulator *emulator, const struct guard_token *token)
{
    if (token->param_count == 1 && !token->params[0].given) /* else DECSLRM, which we do not have */
        emulator_save_cursor(emulator);
}

static void do_restore(struct emulator *emulator, const struct guard_token *token)
{
    (void)token;
    emulator_restore_cursor(emulator);
}

/* XTWINOPS 22 and 23, which vim and others put around their own title; everything else it can do would act on
 * the operator's window or tell about it. 1 means the icon's title, which we do not have. */
static void do_window(struct emulator *emulator, const struct guard_token *token)
{
    if (param(token, 1) == 1)
        return;
    if (param(token, 0) == 22)
        emulator_push_title(emulator);
    else if (param(token, 0) == 23)
        emulator_pop_title(emulator);
}

/* DECSCUSR, xterm's numbers: 0 is the terminal's own choice. Blinking ones are shown steady. */
static void do_cursor_shape(struct emulator *emulator, const struct guard_token *token)
{
    static const enum cursor_shape shapes[] = {CURSOR_DEFAULT,   CURSOR_BLOCK, CURSOR_BLOCK, CURSOR_UNDERLINE,
                                               CURSOR_UNDERLINE, CURSOR_BAR,   CURSOR_BAR};
    if (param(token, 0) < (int)(sizeof shapes / sizeof shapes[0]))
        emulator->shape = shapes[param(token, 0)];
}

/* DECSCA */
static void do_protect(struct emulator *emulator, const struct guard_token *token)
{
    emulator->pen.flags = param(token, 0) == 1 ? GRID_PROTECTED : 0;
}

/* --- reports: from this fixed list and no other --- */

static void do_device_attributes(struct emulator *emulator, const struct guard_token *token)
{
    if (param(token, 0) == 0)
        emulator_reply(emulator, "%s", token->leader == '>' ? "\x1b[>41;320;0c" : "\x1b[?62;22c");
}

static void do_status_report(struct emulator *emulator, const struct guard_token *token)
{
    int first = emulator->modes.origin ? emulator->top : 0;
    if (param(token, 0) == 5)
        emulator_reply(emulator, "\x1b[0n");
    else if (param(token, 0) == 6)
        emulator_reply(emulator, "\x1b[%d;%dR", emulator->row - first + 1, emulator->col + 1);
}

static void do_soft_reset(struct emulator *emulator, const struct guard_token *token)
{
    (void)token;
    emulator_soft_reset(emulator);
}

/* --- dispatch --- */

static command *const plain[] = {
    ['@' - '@'] = forward, /* ICH */
    ['A' - '@'] = do_cuu,
    ['B' - '@'] = do_cud,
    ['C' - '@'] = do_cuf,
    ['D' - '@'] = do_cub,
    ['E' - '@'] = do_cnl,
    ['F' - '@'] = do_cpl,
    ['G' - '@'] = do_cha,
    ['H' - '@'] = do_cup,
    ['I' - '@'] = do_cht,
    ['J' - '@'] = erase_display,
    ['K' - '@'] = erase_line,
    ['L' - '@'] = insert_or_delete_lines,
    ['M' - '@'] = insert_or_delete_lines,
    ['P' - '@'] = forward, /* DCH */
    ['S' - '@'] = forward, /* SU */
    ['T' - '@'] = do_sd,
    ['X' - '@'] = forward, /* ECH */
    ['Z' - '@'] = do_cbt,
    ['`' - '@'] = do_cha, /* HPA */
    ['a' - '@'] = do_cuf, /* HPR */
    ['b' - '@'] = do_rep,
    ['c' - '@'] = do_device_attributes,
    ['d' - '@'] = do_vpa,
    ['e' - '@'] = do_vpr,
    ['f' - '@'] = do_cup, /* HVP */
    ['g' - '@'] = do_tbc,
    ['h' - '@'] = set_modes,
    ['l' - '@'] = set_modes,
    ['m' - '@'] = do_sgr,
    ['n' - '@'] = do_status_report,
    ['r' - '@'] = do_margins,
    ['s' - '@'] = do_save,
    ['t' - '@'] = do_window,
    ['u' - '@'] = do_restore,
    ['~' - '@'] = NULL,
};

static const struct {
    char leader, intermed, final;
    command *run;
} special[] = {
    {'?', 0, 'J', erase_display}, /* DECSED */
    {'?', 0, 'K', erase_line},    /* DECSEL */
    {'?', 0, 'h', set_modes},         {'?', 0, 'l', set_modes},         {'>', 0, 'c', do_device_attributes},
    {0, ' ', 'q', do_cursor_shape},   {0, '"', 'q', do_protect},        {0, '!', 'p', do_soft_reset},
    {0, '$', 'p', report_mode},       {'?', '$', 'p', report_mode},     {'?', 0, 'u', emulator_keyboard},
    {'>', 0, 'u', emulator_keyboard}, {'<', 0, 'u', emulator_keyboard}, {'=', 0, 'u', emulator_keyboard},
    {'>', 0, 'm', emulator_keyboard}, {'>', 0, 'n', emulator_keyboard}, {'?', 0, 'm', emulator_keyboard},
};

static command *find_command(const struct guard_token *token)
{
    if (token->leader == 0 && token->intermed == 0)
        return plain[token->final - '@'];
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        if (special[i].leader == token->leader && special[i].intermed == token->intermed &&
            special[i].final == token->final)
            return special[i].run;
    }
    return NULL;
}

void emulator_command(struct emulator *emulator, const struct guard_token *token)
{
    command *run = find_command(token);
    if (run != NULL)
        run(emulator, token);
    if (run != do_sgr && run != do_rep)
        emulator_forget_last(emulator);
}

/* DECALN: the screen full of E, margins and cursor as new (VT100 user guide, chapter 3). */
static void fill_with_e(struct emulator *emulator)
{
    static const struct grid_look look = {0};
    emulator_set_origin(emulator, false);
    emulator_set_margins(emulator, 0, emulator->rows);
    grid_clear(emulator->grid, COLOR_DEFAULT_VALUE);
    char line[GRID_COLS_MAX];
    memset(line, 'E', sizeof line);
    for (int row = 0; row < emulator->rows; row++)
        grid_put_ascii(emulator->grid, row, 0, line, emulator->cols, &look);
}

void emulator_escape(struct emulator *emulator, const struct guard_token *token)
{
    emulator_forget_last(emulator);
    if (token->intermed >= '(' && token->intermed <= '+') {
        charset_designate(&emulator->charset, token->intermed - '(', token->final);
        return;
    }
    if (token->intermed == '#' && token->final == '8')
        fill_with_e(emulator);
    if (token->intermed != 0)
        return;
    switch (token->final) {
    case '7':
        emulator_save_cursor(emulator);
        break;
    case '8':
        emulator_restore_cursor(emulator);
        break;
    case '=':
    case '>':
        emulator->modes.app_keypad = token->final == '=';
        break;
    case 'D': /* IND */
        emulator_line_feed(emulator);
        break;
    case 'E': /* NEL */
        emulator_line_feed(emulator);
        emulator_move(emulator, emulator->row, 0);
        break;
    case 'M': /* RI */
        emulator_send(emulator, "\x1bM", 2);
        emulator_move(emulator, emulator->row, emulator->col);
        break;
    case 'H': /* HTS */
        emulator->tabs[emulator->col] = 1;
        break;
    case 'N': /* SS2 */
    case 'O': /* SS3 */
        emulator->charset.single = token->final == 'N' ? 2 : 3;
        break;
    case 'n': /* LS2 */
    case 'o': /* LS3 */
        emulator->charset.left = token->final == 'n' ? 2 : 3;
        break;
    case 'c': /* RIS */
        emulator_reset(emulator);
        break;
    default:
        break;
    }
}
