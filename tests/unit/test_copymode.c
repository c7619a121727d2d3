/* Copy mode's moves, selections and searches over a few lines, and what holds after any of them. */
#include "tui/copymode.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COLS = 20, LINES_MAX = 64, FIRST = 1000 };

/* Lines of text, one a string; '\\' before a line: it goes on from the one above. */
struct page {
    const char *const *texts;
    uint64_t count;
};

static int read_line(void *ctx, uint64_t number, struct cell *cells, bool *continued)
{
    const struct page *page = ctx;
    assert_in_range(number, FIRST, FIRST + page->count - 1);
    const char *text = page->texts[number - FIRST];
    *continued = text[0] == '\\';
    text += *continued;
    memset(cells, 0, COLS * sizeof *cells);
    int used = 0;
    for (size_t at = 0, len = strlen(text); at < len;) {
        uint32_t cp;
        at += utf8_decode_final(text + at, len - at, &cp);
        if (utf8_width(cp) == 0) {
            int base = used - 1 - (cells[used - 1].ch == CELL_WIDE_TAIL);
            cells[base].marks[0] = cp;
            continue;
        }
        assert_true(used + utf8_width(cp) <= COLS);
        cells[used++].ch = cp;
        if (utf8_width(cp) == 2)
            cells[used++].ch = CELL_WIDE_TAIL;
    }
    return used;
}

static const char *const sample[] = {
    "$ make -j2 all",       /* 1000 */
    "  CC   wire.c",        /* 1001 */
    "",                     /* 1002 */
    "abcdefghij klmnopqrs", /* 1003: soft-wrapped over three rows */
    "\\tuv wxyz 0123456789",
    "\\0 end",
    "a\xe4\xb8\x96\xe7\x95\x8c b\xcc\x81 c", /* 1006: wide characters, a mark */
    "trailing    ",                          /* 1007 */
    "$ ",                                    /* 1008 */
    "",
    "", /* 1009, 1010: below the prompt */
};
enum { SAMPLE = sizeof sample / sizeof sample[0] };

static void start(struct copymode *copy, struct page *page, struct copy_place cursor, int rows)
{
    *page = (struct page){sample, SAMPLE};
    struct copy_source source = {page, read_line, FIRST, FIRST + SAMPLE, COLS};
    copymode_init(copy, &source, FIRST + SAMPLE, cursor, rows, COLS);
}

/* What ; and , look for. */
struct found {
    uint32_t ch;
    bool back, till;
};

static const char *press_find(struct copymode *copy, const char *keys, struct found *found, int count)
{
    switch (*keys) {
    case ';':
    case ',':
        copymode_find(copy, found->ch, found->back != (*keys == ','), found->till, true, count);
        return keys;
    default:
        *found =
            (struct found){(uint32_t)keys[1], *keys == 'F' || *keys == 'T', *keys == 't' || *keys == 'T'};
        copymode_find(copy, found->ch, found->back, found->till, false, count);
        return keys + 1;
    }
}

/* The keys of vi, with counts; u d b f are with Ctrl, X is Ctrl-v, and _ is g_. */
static void press(struct copymode *copy, const char *keys)
{
    static const char letters[] = "hlkjwbeWBE{}%0^$_HML\x02\x06\x15\x04gG";
    static const enum copy_move moves[] = {
        COPY_LEFT,         COPY_RIGHT,          COPY_UP,         COPY_DOWN,          COPY_WORD,
        COPY_WORD_BACK,    COPY_WORD_END,       COPY_BIG_WORD,   COPY_BIG_BACK,      COPY_BIG_END,
        COPY_PARAGRAPH_UP, COPY_PARAGRAPH_DOWN, COPY_MATCH,      COPY_LINE_START,    COPY_LINE_TEXT,
        COPY_LINE_END,     COPY_LINE_LAST,      COPY_SCREEN_TOP, COPY_SCREEN_MIDDLE, COPY_SCREEN_BOTTOM,
        COPY_PAGE_UP,      COPY_PAGE_DOWN,      COPY_HALF_UP,    COPY_HALF_DOWN,     COPY_FIRST,
        COPY_LAST};
    struct found found = {0};
    int count = 0;
    for (; *keys != '\0'; keys++) {
        const char *letter = strchr(letters, *keys);
        if ((*keys >= '1' && *keys <= '9') || (*keys == '0' && count > 0)) {
            count = count * 10 + (*keys - '0');
            continue;
        }
        if (letter != NULL)
            copymode_move(copy, moves[letter - letters], count);
        else if (strchr("fFtT;,", *keys) != NULL)
            keys = press_find(copy, keys, &found, count);
        else if (*keys == 'o')
            copymode_other_end(copy);
        else
            copymode_select(copy, *keys == 'v'   ? COPY_SELECT_CHARS
                                  : *keys == 'V' ? COPY_SELECT_LINES
                                                 : COPY_SELECT_BLOCK);
        count = 0;
    }
}

static void moves_as_vi_does(void **state)
{
    (void)state;
    static const struct {
        struct copy_place from;
        const char *keys;
        struct copy_place to;
    } cases[] = {
        {{1000, 0}, "l", {1000, 1}},
        {{1000, 0}, "h", {1000, 0}},
        {{1000, 13}, "l", {1000, 13}}, /* not past the text */
        {{1000, 0}, "$", {1000, 13}},
        {{1000, 5}, "0", {1000, 0}},
        {{1001, 10}, "^", {1001, 2}},
        {{1000, 0}, "w", {1000, 2}},
        {{1000, 0}, "ww", {1000, 7}},  /* '-' is a word of signs */
        {{1000, 0}, "www", {1000, 8}}, /* and j2 one of letters */
        {{1000, 11}, "w", {1001, 2}},  /* over the line's end */
        {{1001, 7}, "wwww", {1003, 11}},
        {{1003, 11}, "w", {1004, 4}}, /* a soft wrap is no end of a word */
        {{1004, 4}, "bb", {1003, 0}},
        {{1004, 9}, "e", {1005, 0}}, /* 0123456789 and the 0 after the wrap */
        {{1000, 2}, "e", {1000, 5}},
        {{1001, 2}, "b", {1000, 11}},
        {{1000, 0}, "b", {1000, 0}},
        {{1010, 0}, "w", {1010, 0}},
        {{1000, 8}, "jj", {1002, 0}},  /* an empty line has one place */
        {{1000, 8}, "jjj", {1003, 8}}, /* the column is kept in mind */
        {{1000, 0}, "$jjj", {1003, 19}},
        {{1006, 0}, "l", {1006, 1}},
        {{1006, 1}, "l", {1006, 3}}, /* a wide character is one place */
        {{1006, 3}, "h", {1006, 1}},
        {{1007, 2}, "k", {1006, 1}}, /* column 2 is its right half */
        {{1004, 0}, "g", {1000, 0}},
        {{1004, 0}, "G", {1008, 0}}, /* blank rows below the prompt do not count */
        {{1005, 0}, "kkkkkkkkkk", {1000, 0}},
        {{1005, 0}, "jjjjjjjjjj", {1010, 0}},
        {{1005, 0}, "H", {1005, 0}},
        {{1005, 0}, "M", {1007, 0}},
        {{1005, 0}, "L", {1010, 0}},
        /* counts */
        {{1000, 0}, "3l", {1000, 3}},
        {{1000, 0}, "99l", {1000, 13}},
        {{1000, 5}, "2h", {1000, 3}},
        {{1000, 8}, "3j", {1003, 8}},
        {{1000, 0}, "12j", {1010, 0}},
        {{1005, 0}, "3k", {1002, 0}},
        {{1000, 0}, "3w", {1000, 8}},
        {{1001, 7}, "4w", {1003, 11}},
        {{1004, 4}, "2b", {1003, 0}},
        {{1000, 0}, "2e", {1000, 7}},
        {{1000, 0}, "99999w", {1010, 0}},
        {{1000, 0}, "4G", {1003, 0}}, /* lines count from the oldest */
        {{1005, 0}, "1G", {1000, 0}},
        {{1005, 0}, "2g", {1001, 0}}, /* vi's 2gg */
        {{1000, 0}, "99G", {1010, 0}},
        {{1000, 0}, "2$", {1001, 12}}, /* a line further */
        {{1005, 0}, "2H", {1006, 0}},
        {{1005, 0}, "2L", {1009, 0}},
        {{1005, 0}, "99L", {1005, 0}},
        {{1000, 5}, "10", {1000, 5}}, /* 0 behind a digit is one too */
        {{1000, 5}, "0", {1000, 0}},
        /* words that only blanks part */
        {{1000, 0}, "W", {1000, 2}},
        {{1000, 2}, "W", {1000, 7}},
        {{1000, 7}, "W", {1000, 11}}, /* -j2 */
        {{1000, 11}, "B", {1000, 7}},
        {{1000, 7}, "E", {1000, 9}},
        {{1000, 0}, "3W", {1000, 11}},
        {{1000, 13}, "2B", {1000, 7}},
        /* the ends of lines */
        {{1007, 0}, "$", {1007, 11}},
        {{1007, 0}, "_", {1007, 7}}, /* without the blanks */
        {{1000, 0}, "_", {1000, 13}},
        {{1002, 0}, "_", {1002, 0}},
        {{1000, 0}, "2_", {1001, 12}},
        /* empty lines */
        {{1000, 3}, "}", {1002, 0}},
        {{1002, 0}, "}", {1009, 0}},
        {{1000, 0}, "2}", {1009, 0}},
        {{1009, 0}, "}", {1010, 0}},
        {{1005, 3}, "{", {1002, 0}},
        {{1002, 0}, "{", {1000, 0}},
        {{1005, 0}, "2{", {1000, 0}},
        /* to a character of the line, which soft wraps do not end */
        {{1000, 0}, "fa", {1000, 3}},
        {{1000, 0}, "2fa", {1000, 11}},
        {{1000, 0}, "fa;", {1000, 11}},
        {{1000, 0}, "fa;,", {1000, 3}},
        {{1000, 0}, "3fa", {1000, 0}}, /* there are two */
        {{1000, 0}, "ta", {1000, 2}},
        {{1000, 0}, "ta;", {1000, 10}},
        {{1000, 13}, "Fa", {1000, 11}},
        {{1000, 13}, "Ta", {1000, 12}},
        {{1000, 13}, "Ta;", {1000, 4}},
        {{1000, 13}, "2Fa", {1000, 3}},
        {{1003, 0}, "fz", {1004, 7}},
        {{1005, 2}, "Fa", {1003, 0}},
        {{1003, 0}, "fC", {1003, 0}}, /* case counts, and the next line is another */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct copymode copy;
        struct page page;
        start(&copy, &page, cases[i].from, 6);
        press(&copy, cases[i].keys);
        if (copy.cursor.line != cases[i].to.line || copy.cursor.col != cases[i].to.col)
            fail_msg("%s from %d:%d goes to %d:%d, not %d:%d", cases[i].keys, (int)cases[i].from.line,
                     cases[i].from.col, (int)copy.cursor.line, copy.cursor.col, (int)cases[i].to.line,
                     cases[i].to.col);
        copymode_done(&copy);
    }
}

static void finds_the_bracket(void **state)
{
    (void)state;
    static const char *const texts[] = {"if (a[b(c)] == 1) {", "    run({1}); ]", "}", "no (end"};
    static const struct {
        struct copy_place from, to;
    } cases[] = {
        {{FIRST, 3}, {FIRST, 16}},          {{FIRST, 16}, {FIRST, 3}},
        {{FIRST, 0}, {FIRST, 16}}, /* the next one */
        {{FIRST, 5}, {FIRST, 10}},          {{FIRST, 7}, {FIRST, 9}},
        {{FIRST, 18}, {FIRST + 2, 0}}, /* over lines */
        {{FIRST + 2, 0}, {FIRST, 18}},      {{FIRST + 1, 8}, {FIRST + 1, 10}},
        {{FIRST + 1, 14}, {FIRST + 1, 14}}, /* none belongs to it */
        {{FIRST + 3, 0}, {FIRST + 3, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct copymode copy;
        struct page page = {texts, 4};
        struct copy_source source = {&page, read_line, FIRST, FIRST + 4, COLS};
        copymode_init(&copy, &source, FIRST, cases[i].from, 4, COLS);
        press(&copy, "%");
        if (copy.cursor.line != cases[i].to.line || copy.cursor.col != cases[i].to.col)
            fail_msg("case %zu: %d:%d", i, (int)(copy.cursor.line - FIRST), copy.cursor.col);
        copymode_done(&copy);
    }
}

static void selects(void **state)
{
    (void)state;
    static const struct {
        struct copy_place from;
        const char *keys;
        const char *text; /* NULL: nothing is selected */
    } cases[] = {
        {{1000, 2}, "", NULL},
        {{1000, 2}, "ve", "make"},
        {{1000, 5}, "vb", "make"},      /* backwards */
        {{1000, 2}, "veov", NULL},      /* v again ends it */
        {{1000, 2}, "veohh", "$ make"}, /* the other end moves */
        {{1000, 2}, "V", "$ make -j2 all\n"},
        {{1000, 2}, "Vj", "$ make -j2 all\n  CC   wire.c\n"},
        {{1000, 2}, "veV", "$ make -j2 all\n"}, /* another kind, the same ends */
        {{1000, 0}, "v$jj", "$ make -j2 all\n  CC   wire.c\n"},
        {{1003, 11}, "vjj$", "klmnopqrstuv wxyz 01234567890 end"}, /* soft wraps are joined */
        {{1004, 0}, "V", "tuv wxyz 0123456789\n"},
        {{1006, 1}, "vl", "\xe4\xb8\x96\xe7\x95\x8c"}, /* whole */
        {{1006, 5}, "v$", " b\xcc\x81 c"},             /* with its mark */
        {{1006, 1}, "X", "\xe4\xb8\x96"},
        {{1007, 0}, "V", "trailing\n"},
        {{1007, 0}, "v$", "trailing"},
        {{1007, 0}, "vj", "trailing\n$"},
        {{1000, 2}, "Xj2l", "mak\nCC"}, /* columns 2 to 4, blanks at the end dropped */
        {{1003, 1}, "Xjl", "bc\nuv"},   /* a block joins nothing */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct copymode copy;
        struct page page;
        start(&copy, &page, cases[i].from, 6);
        press(&copy, cases[i].keys);
        char *text = copymode_text(&copy);
        if ((text == NULL) != (cases[i].text == NULL) || (text != NULL && strcmp(text, cases[i].text) != 0))
            fail_msg("%s from %d:%d selects \"%s\", not \"%s\"", cases[i].keys, (int)cases[i].from.line,
                     cases[i].from.col, text != NULL ? text : "(nothing)",
                     cases[i].text != NULL ? cases[i].text : "(nothing)");
        free(text);
        copymode_done(&copy);
    }
}

/* The edge of a block goes through wide characters of other lines: they are taken whole. */
static void takes_wide_characters_whole(void **state)
{
    (void)state;
    struct copymode copy;
    struct page page;
    int from, to;
    start(&copy, &page, (struct copy_place){1007, 2}, 6);
    press(&copy, "X");
    copymode_go(&copy, (struct copy_place){1005, 3});
    assert_true(copymode_selected(&copy, 1006, &from, &to));
    assert_int_equal(from, 1); /* 2 is the right half of the one at 1 */
    assert_int_equal(to, 5);   /* 3 is the left half of the one that ends at 4 */
    assert_true(copymode_selected(&copy, 1007, &from, &to));
    assert_int_equal(from, 2);
    assert_int_equal(to, 4);
    assert_false(copymode_selected(&copy, 1004, &from, &to));
    copymode_done(&copy);
}

static void selects_words(void **state)
{
    (void)state;
    static const char *const texts[] = {"(src/wire.c:12) or", "x=\"a-b_c\"", "https://example.com/",
                                        "\\a?q=1&r=2, then"};
    static const struct {
        struct copy_place at;
        const char *text;
    } cases[] = {
        {{FIRST, 4}, "src/wire.c:12"},
        {{FIRST, 0}, "("},
        {{FIRST + 1, 5}, "a-b_c"},
        {{FIRST + 3, 2}, "https://example.com/a?q=1&r=2"},
        {{FIRST + 2, 0}, "https://example.com/a?q=1&r=2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct copymode copy;
        struct page page = {texts, 4};
        struct copy_source source = {&page, read_line, FIRST, FIRST + 4, COLS};
        copymode_init(&copy, &source, FIRST, cases[i].at, 4, COLS);
        copymode_select_word(&copy);
        char *text = copymode_text(&copy);
        assert_string_equal(text, cases[i].text);
        free(text);
        copymode_done(&copy);
    }
}

static void searches(void **state)
{
    (void)state;
    static const struct {
        struct copy_place from;
        const char *what;
        bool back;
        enum copy_found found;
        struct copy_place to;
        bool wrapped;
    } cases[] = {
        {{1000, 0}, "wire", false, COPY_FOUND, {1001, 7}, false},
        {{1005, 0}, "wire", false, COPY_FOUND, {1001, 7}, true},
        {{1005, 0}, "wire", true, COPY_FOUND, {1001, 7}, false},
        {{1000, 0}, "wire", true, COPY_FOUND, {1001, 7}, true},
        {{1001, 7}, "wire", false, COPY_FOUND, {1001, 7}, true}, /* the only one */
        {{1000, 0}, "Wire", false, COPY_NOT_FOUND, {1000, 0}, true},
        {{1000, 0}, "stuv", false, COPY_FOUND, {1003, 19}, false}, /* over a soft wrap */
        {{1000, 0}, "~[0-9]{11}", false, COPY_FOUND, {1004, 9}, false},
        {{1010, 0}, "~[a-z]+$", true, COPY_FOUND, {1006, 8}, false},
        {{1000, 0}, "\xe7\x95\x8c", false, COPY_FOUND, {1006, 3}, false},
        {{1000, 2}, "a", false, COPY_FOUND, {1000, 3}, false},
        {{1000, 3}, "a", false, COPY_FOUND, {1000, 11}, false},
        {{1000, 11}, "a", true, COPY_FOUND, {1000, 3}, false},
        {{1000, 3}, "a", true, COPY_FOUND, {1007, 2}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct copymode copy;
        struct page page;
        struct err err;
        struct pattern *pattern = pattern_new(cases[i].what, &err);
        start(&copy, &page, cases[i].from, 6);
        copymode_search(&copy, pattern, cases[i].back);
        enum copy_found found;
        int steps = 0;
        while ((found = copymode_search_step(&copy, 1)) == COPY_SEARCHING) /* a row at a time */
            assert_in_range(++steps, 1, 1000);
        bool same = found == cases[i].found && copy.cursor.line == cases[i].to.line &&
                    copy.cursor.col == cases[i].to.col && copy.search.wrapped == cases[i].wrapped;
        if (!same)
            fail_msg("%s %s from %d:%d: %d at %d:%d, wrapped %d", cases[i].back ? "?" : "/", cases[i].what,
                     (int)cases[i].from.line, cases[i].from.col, (int)found, (int)copy.cursor.line,
                     copy.cursor.col, copy.search.wrapped);
        pattern_free(pattern);
        copymode_done(&copy);
    }
}

static void shows_hits(void **state)
{
    (void)state;
    struct copymode copy;
    struct page page;
    struct err err;
    struct copy_hit hits[4];
    start(&copy, &page, (struct copy_place){1000, 0}, 6);
    struct pattern *pattern = pattern_new("rstu", &err);
    assert_int_equal(copymode_hits(&copy, pattern, 1003, hits, 4), 1); /* each row has its part */
    assert_int_equal(hits[0].from, 18);
    assert_int_equal(hits[0].to, 20);
    assert_int_equal(copymode_hits(&copy, pattern, 1004, hits, 4), 1);
    assert_int_equal(hits[0].from, 0);
    assert_int_equal(hits[0].to, 2);
    assert_int_equal(copymode_hits(&copy, pattern, 1005, hits, 4), 0);
    pattern_free(pattern);
    pattern = pattern_new("l", &err);
    assert_int_equal(copymode_hits(&copy, pattern, 1000, hits, 4), 2);
    assert_int_equal(copymode_hits(&copy, pattern, 1000, hits, 1), 1);
    pattern_free(pattern);
    copymode_done(&copy);
}

static void scrolls(void **state)
{
    (void)state;
    struct copymode copy;
    struct page page;
    start(&copy, &page, (struct copy_place){1008, 0}, 4);
    assert_int_equal(copy.top, 1007);
    assert_true(copymode_at_end(&copy));
    copymode_scroll(&copy, -2);
    assert_int_equal(copy.top, 1005);
    assert_int_equal(copy.cursor.line, 1008); /* still in sight */
    copymode_scroll(&copy, -100);
    assert_int_equal(copy.top, 1000);
    assert_int_equal(copy.cursor.line, 1003);
    assert_false(copymode_at_end(&copy));
    copymode_scroll(&copy, 100);
    assert_int_equal(copy.top, 1007);
    assert_int_equal(copy.cursor.line, 1007);
    copymode_done(&copy);
}

/* What must hold after anything. */
static void judge(struct copymode *copy)
{
    struct cell cells[COLS];
    bool continued;
    assert_in_range(copy->cursor.line, copy->source.first, copy->source.stop - 1);
    assert_in_range(copy->top, copy->source.first, copy->source.stop - 1);
    assert_in_range(copy->cursor.line - copy->top, 0, (uint64_t)copy->rows - 1);
    int used = read_line(copy->source.ctx, copy->cursor.line, cells, &continued);
    assert_in_range(copy->cursor.col, 0, used > 0 ? used - 1 : 0);
    assert_true(cells[copy->cursor.col].ch != CELL_WIDE_TAIL);
    assert_true(copy->cursor.col >= copy->left && copy->cursor.col < copy->left + copy->cols);
    char *text = copymode_text(copy);
    assert_int_equal(text != NULL, copy->select != COPY_SELECT_NONE);
    for (const char *at = text; at != NULL && *at != '\0'; at++)
        assert_true((unsigned char)*at >= 0x20 || *at == '\n');
    assert_true(text == NULL || (utf8_valid(text, strlen(text)) && strstr(text, " \n") == NULL));
    free(text);
}

static void holds_after_any_keys(void **state)
{
    (void)state;
    static const char keys[] = "hlkjwbeWBE{}%0^$_HML\x02\x06\x15\x04gGovVX;,";
    unsigned random = 12345;
    for (int round = 0; round < 200; round++) {
        struct copymode copy;
        struct page page;
        struct copy_place place = {FIRST + (uint64_t)(round % (SAMPLE + 2)), round % 30};
        start(&copy, &page, place, 1 + round % 13);
        for (int i = 0; i < 100; i++) {
            random = random * 1103515245 + 12345;
            unsigned pick = (random >> 16) % (sizeof keys + 3);
            if (pick < sizeof keys - 1)
                press(&copy, (const char[]){"1239"[round % 4], keys[pick], '\0'});
            else if (pick == sizeof keys)
                copymode_scroll(&copy, (int)(random >> 20) % 9 - 4);
            else if (pick == sizeof keys + 1)
                copymode_size(&copy, 1 + (int)(random >> 20) % 14, 2 + (int)(random >> 24) % 30);
            else
                copymode_select_word(&copy);
            judge(&copy);
        }
        copymode_done(&copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_as_vi_does),
        cmocka_unit_test(finds_the_bracket),
        cmocka_unit_test(selects),
        cmocka_unit_test(takes_wide_characters_whole),
        cmocka_unit_test(selects_words),
        cmocka_unit_test(searches),
        cmocka_unit_test(shows_hits),
        cmocka_unit_test(scrolls),
        cmocka_unit_test(holds_after_any_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
