#include "tui/timeline.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND_MS = 1000, ALIGN_MAX = 1000, CALL_BLOCK = 64, LAST_CALL_WITHIN = 4096, TOLD_WITHIN_MS = 5000 };

static void step_done(struct step *step)
{
    free(step->name);
    free(step->summary);
    free(step->tool_id);
}

void timeline_done(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->count; i++)
        step_done(&timeline->steps[i]);
    free(timeline->steps);
    *timeline = (struct timeline){0};
}

int64_t timeline_took(const struct step *step, int64_t wall_ms)
{
    int64_t took = (step->end != 0 ? step->end : wall_ms) - step->start;
    return took > 0 ? took : 0;
}

/* The first half goes at once, so that a run of a million calls does not move the rest for each of them. */
static void make_room(struct timeline *timeline)
{
    if (timeline->count < TIMELINE_STEPS)
        return;
    size_t gone = TIMELINE_STEPS / 2;
    for (size_t i = 0; i < gone; i++)
        step_done(&timeline->steps[i]);
    timeline->count -= gone;
    timeline->dropped += gone;
    memmove(timeline->steps, timeline->steps + gone, timeline->count * sizeof *timeline->steps);
}

static struct step *push(struct timeline *timeline, enum step_kind kind, int64_t at)
{
    make_room(timeline);
    timeline->steps =
        mem_grow(timeline->steps, &timeline->room, timeline->count + 1, sizeof *timeline->steps);
    struct step *step = &timeline->steps[timeline->count++];
    *step = (struct step){.kind = kind, .start = at};
    return step;
}

static struct step *last(const struct timeline *timeline)
{
    return timeline->count > 0 ? &timeline->steps[timeline->count - 1] : NULL;
}

/* ---- summaries ---- */

/* Adds to the one line that stands for a step: what comes before the first newline that follows a word. */
static void summarise(struct step *step, const char *text)
{
    if (text == NULL || step->whole)
        return;
    size_t had = step->summary != NULL ? strlen(step->summary) : 0;
    if (had == 0)
        text += strspn(text, " \n");
    size_t len = strcspn(text, "\n");
    size_t used = utf8_cut(text, len, TIMELINE_SUMMARY - had);
    if (len == 0 && had == 0)
        return;
    char *piece = mem_dup_bytes(text, used);
    char *joined = mem_format("%s%s", had > 0 ? step->summary : "", piece);
    free(piece);
    free(step->summary);
    step->summary = joined;
    step->whole = used < len || text[len] == '\n' || had + used >= TIMELINE_SUMMARY - UTF8_MAX;
}

static size_t count_newlines(const char *text)
{
    size_t lines = 0;
    for (; text != NULL && (text = strchr(text, '\n')) != NULL; text++)
        lines++;
    return lines;
}

/* ---- from a stream ---- */

/* Text and thinking end when anything else comes; tool calls when their answer does. */
static void end_words(struct timeline *timeline, int64_t at)
{
    struct step *step = last(timeline);
    if (step != NULL && step->end == 0 && step->kind != STEP_TOOL)
        step->end = at;
}

/* An agent that speaks again has had its answers. Some calls (notes to itself) never get one: they took until
 * the next step at most. */
static void end_calls(struct timeline *timeline, int64_t at)
{
    for (size_t i = 0; i < timeline->count; i++) {
        struct step *step = &timeline->steps[i];
        if (step->kind != STEP_TOOL || step->end != 0)
            continue;
        step->end = i + 1 < timeline->count ? timeline->steps[i + 1].start : at;
        step->assumed = true;
    }
}

static void add_words(struct timeline *timeline, const struct run_item *item)
{
    end_calls(timeline, item->at);
    enum step_kind kind = item->kind == RUN_ITEM_THINKING ? STEP_THINKING : STEP_TEXT;
    struct step *step = last(timeline);
    if (step == NULL || step->kind != kind || step->end != 0) {
        end_words(timeline, item->at);
        step = push(timeline, kind, item->at);
    }
    summarise(step, item->text);
    step->lines += count_newlines(item->text);
}

static void add_tool(struct timeline *timeline, const struct run_item *item)
{
    struct step *step = push(timeline, STEP_TOOL, item->at);
    step->name = mem_dup(item->name != NULL ? item->name : "tool");
    step->tool_id = mem_dup(item->tool_id);
    summarise(step, item->summary);
    step->whole = true;
}

/* An answer without a name, or with one that no call has, belongs to the call that has waited longest: agents
 * answer in order. */
static void add_answer(struct timeline *timeline, const struct run_item *item)
{
    struct step *oldest = NULL;
    for (size_t i = timeline->count; i-- > 0;) {
        struct step *step = &timeline->steps[i];
        if (step->kind != STEP_TOOL || step->end != 0)
            continue;
        oldest = step;
        if (item->tool_id != NULL && step->tool_id != NULL && strcmp(item->tool_id, step->tool_id) == 0)
            break;
    }
    if (oldest == NULL)
        return;
    oldest->end = item->at;
    size_t newlines = count_newlines(item->text);
    oldest->lines = newlines + (item->text != NULL && item->text[0] != '\0');
}

void timeline_add(struct timeline *timeline, const struct run_item *item)
{
    if (item->kind == RUN_ITEM_TEXT || item->kind == RUN_ITEM_THINKING) {
        add_words(timeline, item);
        return;
    }
    end_words(timeline, item->at);
    switch (item->kind) {
    case RUN_ITEM_TOOL:
        add_tool(timeline, item);
        break;
    case RUN_ITEM_TOOL_RESULT:
        add_answer(timeline, item);
        break;
    case RUN_ITEM_ERROR:
        timeline_close(timeline, item->at);
        summarise(push(timeline, STEP_ERROR, item->at), item->text);
        timeline_close(timeline, item->at);
        break;
    case RUN_ITEM_DONE:
        timeline_close(timeline, item->at);
        break;
    case RUN_ITEM_START:
    case RUN_ITEM_STATS:
    case RUN_ITEM_BREAK:
    case RUN_ITEM_OTHER:
    case RUN_ITEM_TEXT:
    case RUN_ITEM_THINKING:
        break;
    }
}

void timeline_close(struct timeline *timeline, int64_t at)
{
    for (size_t i = 0; i < timeline->count; i++)
        if (timeline->steps[i].end == 0)
            timeline->steps[i].end = at > timeline->steps[i].start ? at : timeline->steps[i].start;
}

const struct step *timeline_open_tool(const struct timeline *timeline)
{
    for (size_t i = timeline->count; i-- > 0;)
        if (timeline->steps[i].kind == STEP_TOOL && timeline->steps[i].end == 0)
            return &timeline->steps[i];
    return NULL;
}

/* ---- from the log ---- */

struct timeline_lines timeline_find_lines(const struct logbook *book, int64_t from, int64_t to)
{
    struct timeline_lines lines = {0};
    from -= from % SECOND_MS; /* log lines carry whole seconds */
    int64_t at = logbook_end(book);
    for (; at > book->first_number; at--) {
        int64_t time = logbook_at(book, at - 1)->line.time;
        if (to == 0 || (time != 0 && time <= to))
            break;
    }
    lines.end = at;
    for (; at > book->first_number; at--) {
        const struct line_entry *entry = logbook_at(book, at - 1);
        if (entry->line.time != 0 && entry->line.time < from) {
            lines.whole = true;
            break;
        }
        lines.gaps += entry->gap;
    }
    lines.first = at;
    lines.whole = lines.whole || book->at_start;
    return lines;
}

/* Tools that agents are known to have (box-api.md 3.1), in the spelling of their calls. */
static bool is_known_tool(const char *name)
{
    static const char *const known[] = {
        "Bash",          "Read",         "Edit",        "Write",     "Grep",         "Glob",
        "TodoWrite",     "MultiEdit",    "LS",          "WebFetch",  "WebSearch",    "Task",
        "EnterPlanMode", "ExitPlanMode", "BashOutput",  "KillShell", "NotebookEdit", "NotebookRead",
        "apply_patch",   "update_plan",  "exec_command"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i]) == 0)
            return true;
    return strncmp(name, "mcp__", 5) == 0;
}

/* "Read src/x.c" is a call, "Read the manual" is not. */
static bool names_a_file(const char *after)
{
    if (after[0] != ' ' || after[1] == '\0')
        return false;
    const char *word = after + 1;
    return word[strcspn(word, " ")] == '\0' && strpbrk(word, "/.") != NULL && word[strlen(word) - 1] != '.';
}

bool timeline_tool_line(const char *text, char name[TIMELINE_NAME], const char **rest)
{
    bool arrow = text[0] == '>' && text[1] == ' ';
    text += arrow ? 2 : 0;
    size_t len = 0;
    while (isalnum((unsigned char)text[len]) || text[len] == '_' || text[len] == '-')
        len++;
    if (len == 0 || len >= TIMELINE_NAME)
        return false;
    memcpy(name, text, len);
    name[len] = '\0';
    const char *after = text + len;
    bool ends = after[0] == ':' || after[0] == '(' || (arrow && (after[0] == '\0' || after[1] == ' '));
    if (!(ends || names_a_file(after)) || !(arrow || is_known_tool(name)))
        return false;
    *rest = after + (after[0] == ':');
    *rest += strspn(*rest, " ");
    return true;
}

/* What stands behind a bar is a tool's answer; where a service writes those, a line without one is text. */
static bool is_answer(const char *text, const struct step *step, bool barred)
{
    if (step == NULL || step->kind != STEP_TOOL)
        return false;
    size_t blanks = strspn(text, " ");
    return text[blanks] == '|' || !barred;
}

static void infer_line(struct timeline *timeline, const struct line_entry *entry, bool *barred)
{
    const struct log_line *line = &entry->line;
    const char *text = line->text.bytes != NULL ? line->text.bytes : "", *rest;
    char name[TIMELINE_NAME];
    struct step *step = last(timeline);
    if (!entry->continued && timeline_tool_line(text, name, &rest)) {
        step = push(timeline, STEP_TOOL, line->time);
        step->name = mem_dup(name);
        summarise(step, rest);
        *barred = false;
        return;
    }
    if (step != NULL && step->kind == STEP_TOOL && text[strspn(text, " ")] == '|')
        *barred = true;
    bool answer = is_answer(text, step, *barred);
    if (!answer && !entry->continued && (step == NULL || step->kind != STEP_TEXT))
        step = push(timeline, STEP_TEXT, line->time);
    if (step == NULL)
        return;
    if (step->kind == STEP_TEXT && step->summary == NULL) {
        summarise(step, text);
        step->whole = step->summary != NULL;
    }
    step->lines++;
    step->errors += line->level == LOG_LEVEL_ERROR;
}

/* Whether a line may be a run's own. */
static bool is_agents(const struct line_entry *entry)
{
    return !entry->gap && entry->line.source != LOG_SOURCE_SYSTEM && entry->line.source != LOG_SOURCE_USER;
}

void timeline_infer(struct timeline *timeline, const struct logbook *book, const struct timeline_lines *lines,
                    int64_t to)
{
    timeline_done(timeline);
    bool barred = false;
    for (int64_t at = lines->first; at < lines->end; at++) {
        const struct line_entry *entry = logbook_at(book, at);
        if (entry != NULL && is_agents(entry))
            infer_line(timeline, entry, &barred);
    }
    for (size_t i = 0; i + 1 < timeline->count; i++) {
        struct step *step = &timeline->steps[i];
        step->end = step[1].start > step->start ? step[1].start : step->start;
    }
    if (to != 0)
        timeline_close(timeline, to);
}

/* The last line of [first, end) that announces a call, `end` for none. */
static int64_t last_call(const struct logbook *book, int64_t first, int64_t end)
{
    char name[TIMELINE_NAME];
    const char *rest;
    int64_t found = end;
    for (int64_t at = first; at < end; at++) {
        const struct line_entry *entry = logbook_at(book, at);
        if (is_agents(entry) && !entry->continued && timeline_tool_line(entry->line.text.bytes, name, &rest))
            found = at;
    }
    return found;
}

void timeline_infer_last(struct timeline *timeline, const struct logbook *book, int64_t from)
{
    int64_t end = logbook_end(book), began = logbook_find_time(book, from - from % SECOND_MS);
    struct timeline_lines lines = {.first = end, .end = end};
    /* In blocks, each read forwards: that is how a log is read quickly. */
    for (int64_t block = end; block > began && lines.first == end && end - block < LAST_CALL_WITHIN;) {
        int64_t first = block - CALL_BLOCK > began ? block - CALL_BLOCK : began;
        int64_t found = last_call(book, first, block);
        if (found < block)
            lines.first = found;
        block = first;
    }
    timeline_infer(timeline, book, &lines, 0);
}

/* What it is worth to put two calls side by side: the same name decides, the same summary between equals. */
static int likeness(const struct step *a, const struct step *b)
{
    if (a->kind != STEP_TOOL || b->kind != STEP_TOOL || strcmp(a->name, b->name) != 0)
        return 0;
    const char *left = a->summary != NULL ? a->summary : "", *right = b->summary != NULL ? b->summary : "";
    return strcmp(left, right) == 0 ? 2 * ALIGN_MAX + 1 : 2 * ALIGN_MAX;
}

static void add_copy(struct timeline *out, const struct step *from)
{
    struct step *step = push(out, from->kind, from->start);
    *step = *from;
    step->name = mem_dup(from->name);
    step->summary = mem_dup(from->summary);
    step->tool_id = mem_dup(from->tool_id);
}

/* Whether one of the calls that the stream told last is this one of the log. */
static bool was_told(const struct timeline *stream, const struct step *step)
{
    for (size_t i = stream->count; i-- > 0 && stream->steps[i].start + TOLD_WITHIN_MS >= step->start;)
        if (likeness(&stream->steps[i], step) > 0)
            return true;
    return false;
}

void timeline_continue(struct timeline *out, const struct timeline *stream, const struct timeline *inferred,
                       int64_t broke_at, int64_t to)
{
    timeline_done(out);
    for (size_t i = 0; i < stream->count; i++)
        add_copy(out, &stream->steps[i]);
    out->dropped = stream->dropped;
    int64_t second = broke_at - broke_at % SECOND_MS;
    for (size_t i = 0; i < inferred->count; i++) {
        const struct step *step = &inferred->steps[i];
        bool told = step->start == second && (step->kind != STEP_TOOL || was_told(stream, step));
        if (step->start < second || told)
            continue;
        for (size_t k = out->count; k-- > 0 && out->steps[k].end == 0;)
            out->steps[k].end = step->start > out->steps[k].start ? step->start : out->steps[k].start;
        add_copy(out, step);
        last(out)->assumed = true;
    }
    if (to != 0)
        timeline_close(out, to);
}

/* ---- side by side ---- */

static size_t tools_of(const struct timeline *timeline, int *out)
{
    size_t count = 0;
    for (size_t i = 0; i < timeline->count && count < ALIGN_MAX; i++)
        if (timeline->steps[i].kind == STEP_TOOL)
            out[count++] = (int)i;
    return count;
}

struct table {
    const struct timeline *left, *right;
    int *left_tools, *right_tools;
    size_t rows, cols;
    int *best; /* (rows + 1) x (cols + 1): the worth of the calls from here to the end */
};

static int *cell(const struct table *table, size_t row, size_t col)
{
    return &table->best[row * (table->cols + 1) + col];
}

static int worth(const struct table *table, size_t row, size_t col)
{
    return likeness(&table->left->steps[table->left_tools[row]],
                    &table->right->steps[table->right_tools[col]]);
}

static void fill(const struct table *table)
{
    for (size_t row = table->rows; row-- > 0;)
        for (size_t col = table->cols; col-- > 0;) {
            int down = *cell(table, row + 1, col), across = *cell(table, row, col + 1);
            int pair = worth(table, row, col);
            int best = down > across ? down : across;
            if (pair > 0 && pair + *cell(table, row + 1, col + 1) > best)
                best = pair + *cell(table, row + 1, col + 1);
            *cell(table, row, col) = best;
        }
}

static size_t walk(const struct table *table, struct timeline_pair *out)
{
    size_t count = 0, row = 0, col = 0;
    while (row < table->rows || col < table->cols) {
        bool left = row < table->rows, right = col < table->cols;
        int pair = left && right ? worth(table, row, col) : 0;
        if (pair > 0 && *cell(table, row, col) == pair + *cell(table, row + 1, col + 1))
            out[count++] = (struct timeline_pair){table->left_tools[row++], table->right_tools[col++]};
        else if (left && (!right || *cell(table, row + 1, col) >= *cell(table, row, col + 1)))
            out[count++] = (struct timeline_pair){table->left_tools[row++], -1};
        else
            out[count++] = (struct timeline_pair){-1, table->right_tools[col++]};
    }
    return count;
}

size_t timeline_align(const struct timeline *left, const struct timeline *right, struct timeline_pair **out)
{
    int left_tools[ALIGN_MAX], right_tools[ALIGN_MAX];
    struct table table = {.left = left, .right = right, .left_tools = left_tools, .right_tools = right_tools};
    table.rows = tools_of(left, left_tools);
    table.cols = tools_of(right, right_tools);
    table.best = mem_zalloc((table.rows + 1) * (table.cols + 1), sizeof *table.best);
    fill(&table);
    *out = mem_zalloc(table.rows + table.cols + 1, sizeof **out);
    size_t count = walk(&table, *out);
    free(table.best);
    return count;
}
