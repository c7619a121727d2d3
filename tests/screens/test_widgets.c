/* The other widgets: their pictures when empty, with one row, overflowing, narrow, and what their keys do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "tests/support/screen.h"
#include "widgets/dialog.h"
#include "widgets/form.h"
#include "widgets/gauge.h"
#include "widgets/palette.h"
#include "widgets/table.h"
#include "widgets/tabs.h"
#include "widgets/terminal.h"
#include "widgets/toast.h"
#include "widgets/wrap.h"

static const struct key enter = {KEY_NAME_ENTER, 0}, escape = {KEY_NAME_ESCAPE, 0}, tab = {KEY_NAME_TAB, 0};

static struct key letter(uint32_t ch)
{
    return (struct key){ch, 0};
}

/* ---- table ---- */

static const struct table_column columns[] = {
    {.title = "S", .min = 1, .want = 1, .keep = true},
    {.title = "NAME", .min = TABLE_NAME_MIN, .want = 18, .grows = true, .keep = true},
    {.title = "STATUS", .min = 7, .want = 8},
    {.title = "COST", .min = 6, .want = 6, .right = true},
};

static void draw_cell(void *ctx, size_t row, int column, const struct paint *cell)
{
    static const char *const names[] = {"current-wasp", "auth-refactor", "flaky-tests-of-the-parser-1",
                                        "日本語の箱の名前"};
    (void)ctx;
    if (column == 0)
        paint_text(cell, 0, 0, 1, ROLE_RUNNING, "R");
    else if (column == 1)
        paint_name(cell, 0, 0, cell->cols, ROLE_STRONG, row < 4 ? names[row] : "other");
    else if (column == 2)
        paint_format(cell, 0, 0, cell->cols, ROLE_RUNNING, "run %zu", row);
    else
        paint_right(cell, 0, 0, cell->cols, ROLE_COST, "1.90");
}

static char draw_sign(void *ctx, size_t row)
{
    (void)ctx;
    return row == 0 ? '!' : row == 1 ? '*' : ' ';
}

static struct table_rows rows_of(size_t count, size_t selected)
{
    return (struct table_rows){
        .count = count, .selected = selected, .draw = draw_cell, .sign = draw_sign, .empty = "no boxes"};
}

static void draw_table(struct screen *screen, struct table *table, size_t count, size_t selected)
{
    struct paint p = screen_begin(screen);
    struct table_rows rows = rows_of(count, selected);
    table_draw(table, &p, &rows, true);
}

static void a_table_drops_columns_from_the_right(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 5, .cols = 50});
    struct table table;
    table_init(&table, columns, 4);
    table.sort = 1;
    draw_table(screen, &table, 100, 2);
    screen_expect(screen, "  S NAME▴                          STATUS     COST\n"
                          " !R current-wasp                   run 0      1.90\n"
                          " *R auth-refactor                  run 1      1.90\n"
                          "> R flaky-tests-of-the-parser-1    run 2      1.90\n"
                          "  R 日本語の箱の名前               run 3      1.90\n");
    screen_resize(screen, 5, 26);
    table.descending = true;
    draw_table(screen, &table, 100, 2);
    screen_expect(screen, "  S NAME▾         STATUS\n"
                          " !R current-wasp  run 0\n"
                          " *R auth-refactor run 1\n"
                          "> R flaky-…rser-1 run 2\n"
                          "  R 日本語…の名前 run 3\n");
    screen_resize(screen, 3, 16);
    draw_table(screen, &table, 100, 2);
    screen_expect(screen, "  S NAME▾\n"
                          " *R auth-r…actor\n"
                          "> R flaky-…ser-1\n");
    for (int cols = 2; cols < 8; cols++) {
        screen_resize(screen, 1, cols);
        draw_table(screen, &table, 100, 2);
        screen_end(screen);
    }
    screen_free(screen);
}

static void table_widths_hold_for_every_width(void **state)
{
    (void)state;
    struct table table;
    table_init(&table, columns, 4);
    for (int cols = 0; cols < 400; cols++) {
        int widths[TABLE_COLUMNS], used = 2, shown = 0;
        table_fit(&table, cols, widths);
        for (int i = 0; i < 4; i++) {
            assert_true(widths[i] >= 0);
            used += widths[i] + (widths[i] > 0 && shown++ > 0 ? 1 : 0);
        }
        assert_true(used <= cols || cols < 2);
        assert_true(widths[1] >= TABLE_NAME_MIN || cols < 4 + TABLE_NAME_MIN);
    }
}

static void an_empty_table_says_so(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 4, .cols = 40});
    struct table table;
    table_init(&table, columns, 4);
    draw_table(screen, &table, 0, TABLE_NONE);
    screen_expect(screen, "  S NAME                 STATUS     COST\n  no boxes\n");
    assert_int_equal(table_move(&table, MOVE_DOWN, TABLE_NONE, 0), TABLE_NONE);
    draw_table(screen, &table, 1, 0);
    screen_expect(screen,
                  "  S NAME                 STATUS     COST\n>!R current-wasp         run 0      1.90\n");
    screen_free(screen);
}

static void a_selected_row_stays_put_when_rows_come_above(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 6, .cols = 30});
    struct table table;
    table_init(&table, columns, 4);
    draw_table(screen, &table, 100, 0);
    size_t selected = table_move(&table, MOVE_PAGE_DOWN, 0, 100);
    selected = table_move(&table, MOVE_PAGE_DOWN, selected, 100);
    screen_end(screen);
    draw_table(screen, &table, 100, selected);
    screen_end(screen);
    assert_int_equal(selected, 8);
    size_t place = selected - table.top;
    draw_table(screen, &table, 120, selected + 20);
    assert_int_equal(selected + 20 - table.top, place);
    draw_table(screen, &table, 100, selected);
    assert_int_equal(selected - table.top, place);
    /* The end of the list is never scrolled past. */
    draw_table(screen, &table, 9, 8);
    assert_int_equal(table.top, 4);
    assert_int_equal(table_row_at(&table, 1, 9), 4);
    assert_int_equal(table_row_at(&table, 0, 9), TABLE_NONE);
    assert_int_equal(table_column_at(&table, 4), 1);
    assert_int_equal(table_column_at(&table, 0), -1);
    screen_free(screen);
}

/* ---- terminal ---- */

static struct cell terminal_rows[3][6];

static const struct cell *terminal_row(void *ctx, int row)
{
    (void)ctx;
    for (int col = 0; col < 6; col++)
        terminal_rows[row][col] = (struct cell){.ch = (uint32_t)('a' + row * 6 + col)};
    return terminal_rows[row];
}

/* From the third character of the first row to the second of the next. */
static int terminal_marks(void *ctx, int row, struct terminal_mark out[TERMINAL_MARKS])
{
    (void)ctx;
    out[0] = row == 0 ? (struct terminal_mark){2, 6, ROLE_SELECTION}
                      : (struct terminal_mark){0, 2, ROLE_SELECTION};
    return 1;
}

static void a_terminal_keeps_its_cursor_in_sight(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 2, .cols = 4});
    struct screen_state shown = {
        .rows = 3, .cols = 6, .cursor_row = 2, .cursor_col = 1, .cursor_visible = true};
    struct terminal_source source = {.state = &shown, .row = terminal_row};
    struct paint p = screen_begin(screen);
    assert_int_equal(terminal_draw(&p, &source, true), 1);
    screen_expect(screen, "ghij\nmnop\n");
    assert_int_equal(screen_get_state(screen).cursor_row, 1);
    assert_int_equal(screen_get_state(screen).cursor_col, 1);
    p = screen_begin(screen);
    source.marks = terminal_marks;
    shown.cursor_row = 1;
    assert_int_equal(terminal_draw(&p, &source, false), 0);
    screen_expect(screen, "abcd\nghij\n");
    assert_false(screen_get_state(screen).cursor_visible);
    assert_true((screen_cell(screen, 0, 2).style.attr & STYLE_REVERSE) != 0);
    assert_false((screen_cell(screen, 0, 1).style.attr & STYLE_REVERSE) != 0);
    assert_true((screen_cell(screen, 1, 1).style.attr & STYLE_REVERSE) != 0);
    assert_false((screen_cell(screen, 1, 2).style.attr & STYLE_REVERSE) != 0);
    p = screen_begin(screen);
    source.left = 2;
    shown.cursor_row = 0;
    shown.cursor_col = 4;
    terminal_draw(&p, &source, true);
    screen_expect(screen, "cdef\nijkl\n");
    assert_int_equal(screen_get_state(screen).cursor_col, 2);
    assert_true((screen_cell(screen, 0, 0).style.attr & STYLE_REVERSE) != 0);
    assert_false((screen_cell(screen, 1, 0).style.attr & STYLE_REVERSE) != 0);
    screen_free(screen);
}

/* ---- dialog ---- */

static void expect_dialog(struct screen *screen, struct dialog *dialog, const char *picture)
{
    struct paint p = screen_begin(screen);
    dialog_draw(dialog, &p);
    screen_expect(screen, picture);
}

static void a_dialog_presses_the_harmless_button_first(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 7, .cols = 36});
    struct dialog dialog;
    dialog_init(&dialog, "Quit", "2 shells are open.");
    dialog_button(&dialog, "Stay", 's', false);
    dialog_button(&dialog, "Quit", 'u', true);
    expect_dialog(screen, &dialog,
                  "\n┏━ Quit ━━━━━━━━━━━━━━━━━━━━━━━━━━━┓\n"
                  "┃ 2 shells are open.               ┃\n"
                  "┃                                  ┃\n"
                  "┃               [ Stay ]    Quit   ┃\n"
                  "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n");
    assert_true((dialog_key(&dialog, enter) & WIDGET_DONE) != 0);
    assert_int_equal(dialog.focus, 0);
    assert_false((dialog_key(&dialog, tab) & WIDGET_DONE) != 0);
    assert_true((dialog_key(&dialog, enter) & WIDGET_DONE) != 0);
    assert_int_equal(dialog.focus, 1);
    assert_true((dialog_key(&dialog, letter('s')) & WIDGET_DONE) != 0);
    assert_int_equal(dialog.focus, 0);
    assert_true((dialog_key(&dialog, escape) & WIDGET_CANCELLED) != 0);
    assert_int_equal(dialog_key(&dialog, letter('z')), WIDGET_HANDLED);
    dialog_done(&dialog);
    screen_free(screen);
}

static void a_dangerous_dialog_wants_the_word(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 10, .cols = 44});
    struct dialog dialog;
    dialog_init(&dialog, "Delete", "The box and all that is in it will be gone for good.");
    dialog_button(&dialog, "Keep", 'k', false);
    dialog_button(&dialog, "Delete", 'd', true);
    dialog_require(&dialog, "box-17");
    dialog_key(&dialog, letter('d'));
    assert_true((dialog_key(&dialog, tab) & WIDGET_DONE) == 0);
    assert_true((dialog_key(&dialog, enter) & WIDGET_DONE) == 0);
    dialog_key(&dialog, (struct key){'u', KEY_CTRL});
    expect_dialog(screen, &dialog,
                  "┏━ Delete ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓\n"
                  "┃ The box and all that is in it will be    ┃\n"
                  "┃ gone for good.                           ┃\n"
                  "┃                                          ┃\n"
                  "┃ Type box-17 to go on:                    ┃\n"
                  "┃                                          ┃\n"
                  "┃                                          ┃\n"
                  "┃                     [ Keep ]    Delete   ┃\n"
                  "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n");
    dialog_paste(&dialog, "box-17", 6);
    assert_true(dialog_confirmed(&dialog));
    screen_resize(screen, 5, 20);
    expect_dialog(screen, &dialog,
                  "┏━ Delete ━━━━━━━━━┓\n"
                  "┃ Type box-17 to … ┃\n"
                  "┃ box-17           ┃\n"
                  "┃   Keep  [Delete] ┃\n"
                  "┗━━━━━━━━━━━━━━━━━━┛\n");
    assert_true((dialog_key(&dialog, enter) & WIDGET_DONE) != 0);
    assert_int_equal(dialog.focus, 1);
    dialog_done(&dialog);
    screen_free(screen);
}

static void a_long_dialog_scrolls(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 6, .cols = 20});
    struct dialog dialog;
    dialog_init(&dialog, "Help", "one\ntwo\n\nfour\nfive\nsix");
    dialog_button(&dialog, "Close", 'c', false);
    dialog_key(&dialog, letter('x'));
    expect_dialog(screen, &dialog,
                  "┏━ Help ━━━━━━━━━━━┓\n"
                  "┃ one              █\n"
                  "┃ two              █\n"
                  "┃                  ┃\n"
                  "┃        [ Close ] ┃\n"
                  "┗━━━━━━━━━━━━━━━━━━┛\n");
    dialog_key(&dialog, letter('G'));
    expect_dialog(screen, &dialog,
                  "┏━ Help ━━━━━━━━━━━┓\n"
                  "┃ four             ┃\n"
                  "┃ five             ┃\n"
                  "┃ six              █\n"
                  "┃        [ Close ] █\n"
                  "┗━━━━━━━━━━━━━━━━━━┛\n");
    screen_resize(screen, 1, 2);
    struct paint p = screen_begin(screen);
    dialog_draw(&dialog, &p);
    screen_end(screen);
    dialog_done(&dialog);
    screen_free(screen);
}

/* ---- form ---- */

static bool check_name(void *ctx, const char *value, char *note)
{
    (void)ctx;
    if (value[0] != '\0')
        return true;
    strcpy(note, "a name is needed");
    return false;
}

static void a_form_checks_as_one_types(void **state)
{
    (void)state;
    static const char *const sizes[] = {"small", "large"};
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 10, .cols = 44});
    struct form form;
    form_init(&form, "New box");
    int name = form_text(&form, "Name", "", 64, "letters and digits");
    form_set_check(&form, name, check_name, NULL);
    int size = form_choice(&form, "Size", sizes, 2, 0, "what it costs");
    int alive = form_switch(&form, "Keep alive", false, NULL);
    int key = form_secret(&form, "Key", 64, NULL);
    form_button(&form, "Cancel");
    form_button(&form, "Create");
    assert_false(form_valid(&form));
    /* Down to "Create", pressed: the focus goes to what is wrong. */
    for (int i = 0; i < 5; i++)
        form_key(&form, tab);
    assert_int_equal(form_key(&form, enter) & WIDGET_DONE, 0);
    assert_int_equal(form.focus, name);
    struct paint p = screen_begin(screen);
    form_draw(&form, &p);
    screen_expect(screen, "┏━ New box ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓\n"
                          "┃ > Name       !                           ┃\n"
                          "┃   Size         < small >  1/2            ┃\n"
                          "┃   Keep alive   [ ] off                   ┃\n"
                          "┃   Key                                    ┃\n"
                          "┃                                          ┃\n"
                          "┃ a name is needed                         ┃\n"
                          "┃                                          ┃\n"
                          "┃                     Cancel      Create   ┃\n"
                          "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n");
    form_paste(&form, "web\n", 4);
    form_key(&form, (struct key){KEY_NAME_DOWN, 0});
    form_key(&form, (struct key){KEY_NAME_RIGHT, 0});
    form_key(&form, tab);
    form_key(&form, letter(' '));
    form_key(&form, tab);
    form_key(&form, letter('k'));
    form_key(&form, letter('q'));
    p = screen_begin(screen);
    form_draw(&form, &p);
    screen_expect(screen, "┏━ New box ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓\n"
                          "┃   Name         web                       ┃\n"
                          "┃   Size         < large >  2/2            ┃\n"
                          "┃   Keep alive   [x] on                    ┃\n"
                          "┃ > Key          ••                        ┃\n"
                          "┃                                          ┃\n"
                          "┃                                          ┃\n"
                          "┃                                          ┃\n"
                          "┃                     Cancel      Create   ┃\n"
                          "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n");
    assert_string_equal(form_value(&form, size), "large");
    assert_true(form_is_on(&form, alive));
    assert_string_equal(form_value(&form, key), "kq");
    form_key(&form, tab);
    form_key(&form, tab);
    assert_true((form_key(&form, enter) & WIDGET_DONE) != 0);
    assert_int_equal(form.pressed, 1);
    assert_true((form_key(&form, escape) & WIDGET_CANCELLED) != 0);
    form_done(&form);
    screen_free(screen);
}

static void a_form_scrolls_in_a_small_pane(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 6, .cols = 24});
    struct form form;
    form_init(&form, "Many");
    for (char name[] = "f0"; name[1] <= '5'; name[1]++)
        form_text(&form, name, name, 8, NULL);
    form_button(&form, "OK");
    for (int i = 0; i < 4; i++)
        form_key(&form, tab);
    struct paint p = screen_begin(screen);
    form_draw(&form, &p);
    screen_expect(screen, "┏━ Many ━━━━━━━━━━━━━━━┓\n"
                          "┃   f3   f3            ┃\n"
                          "┃ > f4   f4            ┃\n"
                          "┃                      █\n"
                          "┃                 OK   ┃\n"
                          "┗━━━━━━━━━━━━━━━━━━━━━━┛\n");
    screen_resize(screen, 2, 3);
    p = screen_begin(screen);
    form_draw(&form, &p);
    screen_end(screen);
    form_done(&form);
    screen_free(screen);
}

/* ---- palette ---- */

static void a_palette_narrows_as_one_types(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 6, .cols = 50});
    struct palette palette;
    palette_init(&palette, "Actions", false);
    palette_add(&palette, 1, "Open shell", "s", "ssh into the box", 0, false);
    palette_add(&palette, 2, "Snapshot", "S", "keep the disk", 0, false);
    palette_add(&palette, 3, "Delete", "D", NULL, 0, true);
    palette_key(&palette, letter('s'));
    struct paint p = screen_begin(screen);
    palette_draw(&palette, &p);
    screen_expect(screen, "┏━ Actions ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓\n"
                          "┃:s                                              ┃\n"
                          "┃> Snapshot    keep the disk                   S ┃\n"
                          "┃  Open shell  ssh into the box                s ┃\n"
                          "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n");
    palette_key(&palette, (struct key){KEY_NAME_DOWN, 0});
    assert_int_equal(palette_selected(&palette), 1);
    assert_true((palette_key(&palette, enter) & WIDGET_DONE) != 0);
    palette_paste(&palette, "zzz", 3);
    assert_int_equal(palette_selected(&palette), -1);
    p = screen_begin(screen);
    palette_draw(&palette, &p);
    screen_expect(screen, "\n┏━ Actions ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓\n"
                          "┃:szzz                                           ┃\n"
                          "┃  nothing matches                               ┃\n"
                          "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n");
    assert_string_equal(palette_typed(&palette), "szzz");
    palette_done(&palette);
    screen_free(screen);
}

static void a_menu_chooses_by_letter(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 4, .cols = 40});
    struct palette menu;
    palette_init(&menu, "web-dev", true);
    palette_add(&menu, 7, "Open shell", NULL, NULL, 's', false);
    palette_add(&menu, 8, "Delete", NULL, "asks first", 'd', true);
    struct paint p = screen_begin(screen);
    palette_draw(&menu, &p);
    screen_expect(screen, "┏━ web-dev ━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓\n"
                          "┃> s  Open shell                       ┃\n"
                          "┃  d  Delete      asks first           ┃\n"
                          "┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛\n");
    palette_key(&menu, letter('j'));
    assert_int_equal(palette_selected(&menu), 8);
    palette_key(&menu, letter('k'));
    assert_true((palette_key(&menu, letter('d')) & WIDGET_DONE) != 0);
    assert_int_equal(palette_selected(&menu), 8);
    assert_true((palette_key(&menu, letter('q')) & WIDGET_CANCELLED) != 0);
    palette_done(&menu);
    screen_free(screen);
}

static void scores_prefer_starts(void **state)
{
    (void)state;
    assert_true(palette_score("open", "Open shell") > palette_score("open", "Reopen"));
    assert_true(palette_score("sh", "Open shell") > palette_score("sh", "Refresh"));
    assert_true(palette_score("delete", "delete") > palette_score("delete", "deleted"));
    assert_true(palette_score("shle", "shell-leave") > 0);
    assert_true(palette_score("cc", "copy-console") > 0);
    /* Letters in order, but at the start of nothing, are no match; nor are two of them inside a word. */
    assert_int_equal(palette_score("rfs", "Refresh"), 0);
    assert_int_equal(palette_score("es", "Refresh"), 0);
    assert_true(palette_score("resh", "Refresh") > 0);
    assert_int_equal(palette_score("xyz", "Refresh"), 0);
    assert_int_equal(palette_score("open xyz", "Open shell"), 0);
    assert_true(palette_score("", "anything") > 0);
}

/* ---- the small ones ---- */

static void tabs_keep_the_active_one_in_sight(void **state)
{
    (void)state;
    static const char *const names[] = {"Logs", "Runs", "Overview", "Terminal"};
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 4, .cols = 40});
    struct paint p = screen_begin(screen);
    assert_int_equal(tabs_draw(&p, 0, 0, 40, names, 4, 1), 33);
    tabs_draw(&p, 1, 0, 12, names, 4, 0);
    tabs_draw(&p, 2, 0, 12, names, 4, 3);
    tabs_draw(&p, 3, 0, 5, names, 4, 2);
    screen_expect(screen, "Logs │ Runs │ Overview │ Terminal\n"
                          "Logs │ Runs›\n"
                          "‹Terminal\n"
                          "Over…\n");
    assert_int_equal(tabs_at(40, names, 4, 1, 0), 0);
    assert_int_equal(tabs_at(40, names, 4, 1, 5), -1);
    assert_int_equal(tabs_at(40, names, 4, 1, 7), 1);
    assert_int_equal(tabs_at(12, names, 4, 3, 2), 3);
    assert_int_equal(tabs_at(12, names, 4, 3, 0), 2); /* the marks are the tabs they stand for */
    assert_int_equal(tabs_at(12, names, 4, 0, 11), 2);
    assert_int_equal(tabs_at(40, names, 4, 1, 39), -1);
    screen_free(screen);
}

static void gauges_and_sparklines(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 7, .cols = 10});
    double values[] = {100, 0, 1, 2, 4, NAN, -3, 8};
    struct paint p = screen_begin(screen);
    gauge_draw(&p, 0, 0, 10, 0.53, ROLE_OK);
    gauge_draw(&p, 1, 0, 10, 2, ROLE_OK);
    gauge_draw(&p, 2, 0, 10, NAN, ROLE_OK);
    sparkline_draw(&p, 3, 0, 7, values, 8, ROLE_OK);
    sparkline_draw(&p, 4, 0, 10, values, 3, ROLE_OK);
    sparkline_draw(&p, 5, 0, 10, values, 0, ROLE_OK);
    gauge_draw(&p, 6, 0, 0, 1, ROLE_OK);
    screen_expect(screen, "█████▎░░░░\n"
                          "██████████\n"
                          "░░░░░░░░░░\n"
                          "▁▂▃▅▁▁█\n"
                          "       █▁▁\n");
    screen_free(screen);
}

static void toasts_go_by_themselves(void **state)
{
    (void)state;
    struct screen *screen = screen_new(&(struct screen_setup){.rows = 3, .cols = 20});
    struct toast_queue queue = {0};
    assert_int_equal(toast_next_ms(&queue), -1);
    toast_push(&queue, ROLE_TOAST, "copied", 0, 100);
    toast_push(&queue, ROLE_TOAST_ERROR, "pause failed: HTTP 409 conflict", 10, 300);
    struct paint p = screen_begin(screen);
    toast_draw(&queue, &p);
    screen_expect(screen, "\n             copied\n pause failed: HTT…\n");
    /* The same again is not shown twice. */
    toast_push(&queue, ROLE_TOAST, "copied", 50, 100);
    assert_int_equal(queue.count, 2);
    assert_int_equal(toast_next_ms(&queue), 150);
    assert_false(toast_tick(&queue, 149));
    assert_true(toast_tick(&queue, 150));
    assert_int_equal(queue.count, 1);
    for (char text[] = "a"; text[0] < 'z'; text[0]++)
        toast_push(&queue, ROLE_TOAST, text, 200, 100);
    assert_int_equal(queue.count, TOAST_COUNT);
    toast_clear(&queue);
    assert_int_equal(queue.count, 0);
    screen_free(screen);
}

static void words_wrap_at_blanks(void **state)
{
    (void)state;
    static const char text[] = "one two three\n\nverylongword 日本 x\n";
    static const char *const want[] = {"one two", "three", "", "verylong", "word", "日本 x"};
    struct wrap_row row;
    size_t at = 0, count = 0;
    while (wrap_words(text, sizeof text - 1, 8, &at, &row)) {
        assert_true(count < 6);
        assert_int_equal(row.len, strlen(want[count]));
        assert_memory_equal(text + row.start, want[count], row.len);
        count++;
    }
    assert_int_equal(count, 6);
    assert_int_equal(wrap_count(text, sizeof text - 1, 8), 6);
    assert_int_equal(wrap_count("", 0, 8), 1);
    assert_int_equal(wrap_count("日本", 6, 1), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_drops_columns_from_the_right),
        cmocka_unit_test(table_widths_hold_for_every_width),
        cmocka_unit_test(an_empty_table_says_so),
        cmocka_unit_test(a_selected_row_stays_put_when_rows_come_above),
        cmocka_unit_test(a_terminal_keeps_its_cursor_in_sight),
        cmocka_unit_test(a_dialog_presses_the_harmless_button_first),
        cmocka_unit_test(a_dangerous_dialog_wants_the_word),
        cmocka_unit_test(a_long_dialog_scrolls),
        cmocka_unit_test(a_form_checks_as_one_types),
        cmocka_unit_test(a_form_scrolls_in_a_small_pane),
        cmocka_unit_test(a_palette_narrows_as_one_types),
        cmocka_unit_test(a_menu_chooses_by_letter),
        cmocka_unit_test(scores_prefer_starts),
        cmocka_unit_test(tabs_keep_the_active_one_in_sight),
        cmocka_unit_test(gauges_and_sparklines),
        cmocka_unit_test(toasts_go_by_themselves),
        cmocka_unit_test(words_wrap_at_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
