/* What is folded away under what: the rules, and the indexes of what is left against a naive model. */
#include "tui/logfold.h"
#include "tests/support/world.h"
#include "client/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct logbook book;
    struct book_feed book_feed;
    struct logfeed feed;
    struct logfold fold;
    int64_t clock; /* age of the next line, from which time runs on */
};

static int start(void **state)
{
    struct fixture *f = mem_zalloc(1, sizeof *f);
    logbook_init(&f->book, LOGBOOK_BYTES);
    f->feed = book_feed_init(&f->book_feed, &f->book);
    f->clock = 10 * 1000 * 1000;
    *state = f;
    return 0;
}

static int stop(void **state)
{
    struct fixture *f = *state;
    logfold_done(&f->fold);
    book_feed_done(&f->book_feed);
    logbook_done(&f->book);
    free(f);
    return 0;
}

/* As the viewer does after each change. */
static void settle(struct fixture *f)
{
    uint64_t changed = f->feed.changed(f->feed.ctx);
    if (changed != LOGFEED_SAME && logfold_is_active(&f->fold))
        logfold_changed(&f->fold, &f->feed, changed);
    for (int i = 0; !logfold_step(&f->fold, &f->feed, 7); i++)
        assert_true(i < 10000);
}

/* A message: lines separated by '\n'; "!" in front makes it an error, "$" one of the system. */
static struct log_line message(struct fixture *f, const char *text)
{
    bool bad = text[0] == '!', system = text[0] == '$';
    text += bad || system;
    size_t len = strcspn(text, "\n");
    char *first = mem_dup_bytes(text, len);
    struct log_line line = world_line(first, bad ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, f->clock);
    f->clock -= 1000;
    free(first);
    if (system)
        line.source = LOG_SOURCE_SYSTEM;
    for (text += len; *text == '\n'; text += len) {
        text++;
        len = strcspn(text, "\n");
        char *next = mem_dup_bytes(text, len);
        line.rest = realloc(line.rest, (line.rest_count + 1) * sizeof *line.rest);
        line.rest[line.rest_count++] = world_line(next, LOG_LEVEL_INFO, 0).text;
        free(next);
    }
    return line;
}

static void bring(struct fixture *f, enum log_join join, const char *text)
{
    struct log_line line = message(f, text);
    logbook_join(&f->book, &line, 1, join, 0);
    log_line_done(&line);
    settle(f);
}

static void append(struct fixture *f, const char *text)
{
    bring(f, LOG_JOIN_APPEND, text);
}

static uint64_t id_of(const struct fixture *f, const char *text)
{
    for (size_t i = 0; i < f->feed.count(f->feed.ctx); i++) {
        struct logfeed_item item;
        f->feed.item(f->feed.ctx, i, &item);
        if (item.line != NULL && strcmp(item.line->text.bytes, text) == 0)
            return f->feed.id(f->feed.ctx, i);
    }
    fail_msg("no line \"%s\"", text);
    return 0;
}

/* What is shown, a line each, "+n" behind what hides n. */
static void expect(struct fixture *f, const char *want)
{
    char got[2000] = "";
    size_t count = logfold_count(&f->fold, &f->feed);
    for (size_t i = 0; i < count; i++) {
        size_t at = logfold_index(&f->fold, &f->feed, i), used = strlen(got);
        uint64_t id = f->feed.id(f->feed.ctx, at);
        const struct logfold_group *group = logfold_of(&f->fold, id);
        struct logfeed_item item;
        f->feed.item(f->feed.ctx, at, &item);
        snprintf(got + used, sizeof got - used, "%s", item.line != NULL ? item.line->text.bytes : "~");
        used = strlen(got);
        if (group != NULL)
            snprintf(got + used, sizeof got - used, " +%u", group->further);
        strcat(got, "\n");
    }
    assert_string_equal(got, want);
}

static bool close_at(struct fixture *f, const char *text)
{
    uint64_t head;
    return logfold_close(&f->fold, &f->feed, id_of(f, text), &head);
}

static void a_tool_call_folds_up_to_the_next_thing(void **state)
{
    struct fixture *f = *state;
    append(f, "I look around.");
    append(f, "Bash: npm test");
    append(f, "PASS a");
    append(f, "!FAIL b");
    append(f, "Read: b.c");
    append(f, "int main");
    append(f, "$the box was paused");
    append(f, "on it goes");
    assert_true(close_at(f, &"!FAIL b"[1]));
    expect(f, "I look around.\nBash: npm test +2\nRead: b.c\nint main\nthe box was paused\non it goes\n");
    const struct logfold_group *group = logfold_of(&f->fold, id_of(f, "PASS a"));
    assert_int_equal(group->errors, 1);
    assert_int_equal(group->to_ms - group->from_ms, 2000);
    assert_true(close_at(f, "Read: b.c"));
    expect(f, "I look around.\nBash: npm test +2\nRead: b.c +1\nthe box was paused\non it goes\n");
    assert_true(logfold_open(&f->fold, id_of(f, "PASS a")));
    expect(f,
           "I look around.\nBash: npm test\nPASS a\nFAIL b\nRead: b.c +1\nthe box was paused\non it goes\n");
    /* Nothing heads these, or follows them. */
    assert_false(close_at(f, "I look around."));
    assert_false(close_at(f, "the box was paused"));
    assert_false(close_at(f, "on it goes"));
    assert_false(logfold_open(&f->fold, id_of(f, "on it goes")));
}

/* Where a service writes bars, the answer is as long as they go. */
static void bars_end_an_answer(void **state)
{
    struct fixture *f = *state;
    append(f, "> Bash  npm test");
    append(f, "| PASS");
    append(f, "| FAIL");
    append(f, "All is well.");
    assert_true(close_at(f, "| PASS"));
    expect(f, "> Bash  npm test +2\nAll is well.\n");
    assert_false(close_at(f, "All is well."));
}

static void a_message_folds_before_the_call_it_follows(void **state)
{
    struct fixture *f = *state;
    append(f, "Bash: ls");
    append(f, "a list\nof\nlines");
    append(f, "one more");
    assert_true(close_at(f, "of"));
    expect(f, "Bash: ls\na list +2\none more\n");
    assert_true(close_at(f, "one more"));
    expect(f, "Bash: ls +4\n");
    assert_true(logfold_open(&f->fold, id_of(f, "lines")));
    expect(f, "Bash: ls\na list\nof\nlines\none more\n");
}

static void a_folded_call_takes_what_comes(void **state)
{
    struct fixture *f = *state;
    append(f, "Bash: make");
    append(f, "one");
    assert_true(close_at(f, "one"));
    append(f, "two");
    append(f, "three\nfour");
    expect(f, "Bash: make +4\n");
    append(f, "Bash: make again");
    append(f, "five");
    expect(f, "Bash: make +4\nBash: make again\nfive\n");
}

static void everything_folds_as_it_comes(void **state)
{
    struct fixture *f = *state;
    append(f, "Bash: make");
    append(f, "one");
    logfold_set_all(&f->fold, true);
    settle(f);
    expect(f, "Bash: make +1\n");
    append(f, "two");
    append(f, "$a note\nwith more");
    expect(f, "Bash: make +2\na note +1\n");
    assert_true(logfold_open(&f->fold, id_of(f, "one")));
    append(f, "Bash: again");
    append(f, "six");
    expect(f, "Bash: make\none\ntwo\na note +1\nBash: again +1\n");
    /* What was opened stays open, also when older lines come, until it is closed. */
    f->clock += 100 * 1000;
    bring(f, LOG_JOIN_PREPEND, "Read: x.c\nits text");
    expect(f, "Read: x.c +1\nBash: make\none\ntwo\na note +1\nBash: again +1\n");
    assert_true(close_at(f, "two"));
    expect(f, "Read: x.c +1\nBash: make +2\na note +1\nBash: again +1\n");
    logfold_set_all(&f->fold, false);
    assert_false(logfold_is_active(&f->fold));
}

/* ---- against a model ---- */

enum { SEEDS = 200, STEPS = 80, LINES_MAX = 4000, HEADS_MAX = 400 };

struct model {
    uint64_t ids[LINES_MAX];
    bool head[LINES_MAX], follows[LINES_MAX]; /* it could head a group; it belongs to the line above */
    bool hidden[LINES_MAX];
    size_t count;
};

/* Which line belongs to which, looked at from the top: the rule once more, without any shortcut. */
static void read_lines(struct fixture *f, struct model *model)
{
    model->count = f->feed.count(f->feed.ctx);
    assert_true(model->count < LINES_MAX);
    for (size_t i = 0; i < model->count; i++) {
        struct logfeed_item item;
        model->ids[i] = f->feed.id(f->feed.ctx, i);
        f->feed.item(f->feed.ctx, i, &item);
        model->head[i] = item.line != NULL && !item.continued;
        model->hidden[i] = false;
    }
}

static bool is_call_text(const char *text)
{
    return strncmp(text, "Bash:", 5) == 0;
}

/* The last line that belongs to the head at `at`. */
static size_t last_of(struct fixture *f, const struct model *model, size_t at)
{
    struct logfeed_item item;
    f->feed.item(f->feed.ctx, at, &item);
    bool call = is_call_text(item.line->text.bytes), barred = false;
    enum log_source source = item.line->source;
    size_t last = at;
    for (size_t i = at + 1; i < model->count; i++) {
        f->feed.item(f->feed.ctx, i, &item);
        if (item.line == NULL)
            break;
        bool bar = item.line->text.bytes[0] == '|';
        bool other =
            !call || item.line->source != source || is_call_text(item.line->text.bytes) || (barred && !bar);
        if (!item.continued && other)
            break;
        barred = barred || bar;
        last = i;
    }
    return last;
}

static void hide_groups(struct fixture *f, struct model *model, const uint64_t *heads, size_t count)
{
    for (size_t h = 0; h < count; h++)
        for (size_t i = 0; i < model->count; i++)
            if (model->ids[i] == heads[h])
                for (size_t last = last_of(f, model, i); last > i; last--)
                    model->hidden[last] = true;
}

static void hide_all(struct fixture *f, struct model *model, const uint64_t *opened, size_t count)
{
    for (size_t i = 0; i < model->count;) {
        size_t last = model->head[i] ? last_of(f, model, i) : i;
        bool open = false;
        for (size_t h = 0; h < count; h++)
            open = open || opened[h] == model->ids[i];
        for (size_t k = i + 1; k <= last; k++)
            model->hidden[k] = !open;
        i = last + 1;
    }
}

static void compare(struct fixture *f, const struct model *model)
{
    size_t shown = 0, above = 0;
    for (size_t i = 0; i < model->count; i++) {
        if (!model->hidden[i]) {
            assert_int_equal(logfold_index(&f->fold, &f->feed, shown), i);
            above = shown++;
        }
        assert_int_equal(logfold_find(&f->fold, &f->feed, model->ids[i]), above);
    }
    assert_int_equal(logfold_count(&f->fold, &f->feed), shown);
    if (model->count > 0)
        assert_int_equal(logfold_find(&f->fold, &f->feed, model->ids[model->count - 1] + 1), shown);
}

static void random_line(struct fixture *f)
{
    static const char *const texts[] = {"Bash: x", "| bar",           "text",        "$system",
                                        "!bad",    "long\nand\nmore", "Bash: y\n| z"};
    enum log_join join = random() % 12 == 0  ? LOG_JOIN_GAP
                         : random() % 5 == 0 ? LOG_JOIN_PREPEND
                                             : LOG_JOIN_APPEND;
    bring(f, join, texts[random() % 7]);
}

static bool is_outermost(struct fixture *f, const struct model *model, uint64_t head)
{
    for (size_t i = 0; i < model->count; i = model->head[i] ? last_of(f, model, i) + 1 : i + 1)
        if (model->ids[i] == head)
            return true;
    return false;
}

static void drop_head(uint64_t *heads, size_t *count, uint64_t id)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++)
        if (heads[i] != id)
            heads[kept++] = heads[i];
    *count = kept;
}

/* Folds or opens at a random line, in the list of heads too. */
static void random_fold(struct fixture *f, const struct model *model, uint64_t *heads, size_t *count)
{
    if (model->count == 0)
        return;
    size_t at = (size_t)random() % model->count;
    uint64_t head;
    if (model->hidden[at]) {
        const struct logfold_group *group = logfold_of(&f->fold, model->ids[at]);
        assert_non_null(group);
        head = group->head;
        assert_true(logfold_open(&f->fold, model->ids[at]));
        if (f->fold.all)
            heads[(*count)++] = head;
        else
            drop_head(heads, count, head);
    } else if (logfold_of(&f->fold, model->ids[at]) == NULL &&
               logfold_close(&f->fold, &f->feed, model->ids[at], &head)) {
        const struct logfold_group *group = logfold_of(&f->fold, head);
        assert_true(group != NULL && group->head == head && group->further > 0);
        if (f->fold.all && !is_outermost(f, model, head)) { /* a message of a call that was opened */
            assert_true(logfold_open(&f->fold, head));
            return;
        }
        drop_head(heads, count, head);
        /* What was folded inside of it is a part of it now. */
        for (size_t i = *count; !f->fold.all && i-- > 0;)
            if (heads[i] > head && heads[i] <= group->last)
                drop_head(heads, count, heads[i]);
        if (!f->fold.all)
            heads[(*count)++] = head;
    }
    assert_true(*count < HEADS_MAX);
}

static void the_indexes_are_those_of_a_model(void **state)
{
    (void)state;
    static struct model model;
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        void *own;
        start(&own);
        struct fixture *f = own;
        uint64_t heads[HEADS_MAX];
        size_t count = 0;
        model.count = 0;
        srandom(seed);
        logfold_set_all(&f->fold, seed % 2 == 0);
        for (int step = 0; step < STEPS; step++) {
            if (random() % 3 != 0)
                random_line(f);
            else
                random_fold(f, &model, heads, &count);
            read_lines(f, &model);
            if (f->fold.all)
                hide_all(f, &model, heads, count);
            else
                hide_groups(f, &model, heads, count);
            compare(f, &model);
        }
        stop(&own);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_tool_call_folds_up_to_the_next_thing, start, stop),
        cmocka_unit_test_setup_teardown(bars_end_an_answer, start, stop),
        cmocka_unit_test_setup_teardown(a_message_folds_before_the_call_it_follows, start, stop),
        cmocka_unit_test_setup_teardown(a_folded_call_takes_what_comes, start, stop),
        cmocka_unit_test_setup_teardown(everything_folds_as_it_comes, start, stop),
        cmocka_unit_test(the_indexes_are_those_of_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
