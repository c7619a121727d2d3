/*
 * Two runs side by side: prompt, figures, the sequence of their tool calls lined up, output.
 */
#include "client/base/mem.h"
#include "tui/format.h"
#include "tui/run_page.h"
#include "tui/views.h"
#include "widgets/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL = 10, NARROW = 70, OUTPUT_ROWS = 2000 };

/* Where the two columns are; in a narrow page there is one, and the second run stands below the first. */
struct pair {
    struct sheet *sheet;
    const struct run_story *left, *right;
    const struct page_clock *clock;
    int middle; /* where the right column begins; 0: one above the other */
};

static struct sheet_row *both(struct pair *pair, enum role left_role, const char *left, enum role right_role,
                              const char *right, int indent)
{
    struct sheet_row *row = sheet_row(pair->sheet, left_role, indent, left);
    sheet_aside(row, right_role, pair->middle, right != NULL ? right : "");
    return row;
}

/* What is the same in both may be overlooked. */
static void figure(struct pair *pair, const char *label, const char *left, const char *right)
{
    bool same = strcmp(left, right) == 0;
    enum role role = same ? ROLE_DIM : ROLE_TEXT;
    if (pair->middle > 0) {
        sheet_label(both(pair, role, left, role, right, LABEL), ROLE_DIM, label);
        return;
    }
    sheet_label(sheet_row(pair->sheet, role, LABEL, left), ROLE_DIM, label);
    if (!same)
        sheet_row(pair->sheet, role, LABEL, right);
}

static size_t wrap_into(char **out, size_t room, const char *text, int columns)
{
    struct wrap_row part;
    size_t count = 0, at = 0, len = strlen(text);
    while (count < room && wrap_words(text, len, columns > 0 ? (size_t)columns : 1, &at, &part))
        out[count++] = mem_dup_bytes(text + part.start, part.len);
    return count;
}

static void text_beside(struct pair *pair, const char *left, const char *right)
{
    char **lines = mem_zalloc(2 * OUTPUT_ROWS, sizeof *lines);
    size_t lefts = wrap_into(lines, OUTPUT_ROWS, left, pair->middle - 2);
    size_t rights = wrap_into(lines + OUTPUT_ROWS, OUTPUT_ROWS, right, pair->sheet->cols - pair->middle - 1);
    for (size_t i = 0; i < lefts || i < rights; i++)
        both(pair, ROLE_TEXT, lines[i], ROLE_TEXT, lines[OUTPUT_ROWS + i], 1);
    for (size_t i = 0; i < 2 * OUTPUT_ROWS; i++)
        free(lines[i]);
    free(lines);
}

static void words(struct pair *pair, const char *heading, const char *left, const char *right)
{
    left = left != NULL ? left : "";
    right = right != NULL ? right : "";
    if (left[0] == '\0' && right[0] == '\0')
        return;
    bool same = strcmp(left, right) == 0;
    sheet_heading(pair->sheet, heading, same ? "the same in both" : NULL);
    if (same) {
        sheet_text(pair->sheet, ROLE_TEXT, 1, left, OUTPUT_ROWS);
    } else if (pair->middle > 0) {
        text_beside(pair, left, right);
    } else {
        sheet_label(sheet_row(pair->sheet, ROLE_TEXT, 1, NULL), ROLE_REMOVED, "First");
        sheet_text(pair->sheet, ROLE_TEXT, 1, left[0] != '\0' ? left : "-", OUTPUT_ROWS);
        sheet_label(sheet_row(pair->sheet, ROLE_TEXT, 1, NULL), ROLE_ADDED, "Second");
        sheet_text(pair->sheet, ROLE_TEXT, 1, right[0] != '\0' ? right : "-", OUTPUT_ROWS);
    }
}

/* ---- figures ---- */

static const char *tokens_text(char *out, size_t size, const struct run *run)
{
    char in[16], sent[16];
    if (run_tokens(run) < 0)
        snprintf(out, size, "-");
    else
        snprintf(out, size, "%s in, %s out", format_count(in, sizeof in, run->input_tokens),
                 format_count(sent, sizeof sent, run->output_tokens));
    return out;
}

static void figures(struct pair *pair)
{
    const struct run *a = pair->left->run, *b = pair->right->run;
    int64_t now = pair->clock->wall_ms;
    char left[64], right[64], x[16];
    figure(pair, "Run", a->id, b->id);
    figure(pair, "Status", run_status_text(a), run_status_text(b));
    figure(pair, "Model", a->model != NULL ? a->model : "-", b->model != NULL ? b->model : "-");
    figure(pair, "Started", format_stamp(left, sizeof left, a->created_at, pair->clock->utc),
           format_stamp(right, sizeof right, b->created_at, pair->clock->utc));
    figure(pair, "Took", format_duration(left, sizeof left, run_took(a, now)),
           format_duration(right, sizeof right, run_took(b, now)));
    figure(pair, "Tokens", tokens_text(left, sizeof left, a), tokens_text(right, sizeof right, b));
    figure(pair, "Cached", format_count(left, sizeof left, a->cached_input_tokens),
           format_count(right, sizeof right, b->cached_input_tokens));
    snprintf(left, sizeof left, "%s", format_usd(x, sizeof x, run_usd(a, a->cost_usd)));
    snprintf(right, sizeof right, "%s", format_usd(x, sizeof x, run_usd(b, b->cost_usd)));
    figure(pair, "Cost", left, right);
    snprintf(left, sizeof left, "%s", format_usd(x, sizeof x, run_usd(a, a->compute_cost_usd)));
    snprintf(right, sizeof right, "%s", format_usd(x, sizeof x, run_usd(b, b->compute_cost_usd)));
    figure(pair, "Compute", left, right);
}

/* ---- tool calls ---- */

static char *call_text(const struct timeline *timeline, int at, int64_t wall_ms)
{
    char took[16];
    if (at < 0)
        return mem_dup("");
    const struct step *step = &timeline->steps[at];
    format_duration(took, sizeof took, timeline_took(step, wall_ms));
    return mem_format("%6s  %s  %s", took, step->name, step->summary != NULL ? step->summary : "");
}

static void call(struct pair *pair, const struct timeline_pair *at)
{
    char *left = call_text(pair->left->timeline, at->left, pair->clock->wall_ms);
    char *right = call_text(pair->right->timeline, at->right, pair->clock->wall_ms);
    enum role role = at->right < 0 ? ROLE_REMOVED : at->left < 0 ? ROLE_ADDED : ROLE_TEXT;
    const char *sign = at->right < 0 ? "-" : at->left < 0 ? "+" : " ";
    struct sheet_row *row;
    if (pair->middle > 0) {
        row = both(pair, role, left, role, right, 3);
        sheet_label(row, role, sign);
    } else {
        row = sheet_row(pair->sheet, role, 3, at->left < 0 ? right : left);
        sheet_label(row, role, sign);
        if (at->left >= 0 && at->right >= 0) {
            char took[16];
            format_duration(took, sizeof took,
                            timeline_took(&pair->right->timeline->steps[at->right], pair->clock->wall_ms));
            sheet_aside(row, ROLE_DIM, -1, took);
        }
    }
    free(left);
    free(right);
}

static void calls(struct pair *pair)
{
    struct timeline_pair *pairs;
    size_t count = timeline_align(pair->left->timeline, pair->right->timeline, &pairs);
    bool inferred = !pair->left->exact || !pair->right->exact;
    sheet_heading(pair->sheet, "Tool calls", inferred ? "inferred from the log" : "exact");
    for (size_t i = 0; i < count; i++)
        call(pair, &pairs[i]);
    if (count == 0)
        sheet_row(pair->sheet, ROLE_DIM, 3, "none is known");
    free(pairs);
}

void run_page_compare(struct sheet *sheet, const struct run_story *left, const struct run_story *right,
                      const struct page_clock *clock, int cols)
{
    struct pair pair = {.sheet = sheet, .left = left, .right = right, .clock = clock};
    pair.middle = cols >= NARROW ? cols / 2 : 0;
    sheet_begin(sheet, cols);
    figures(&pair);
    words(&pair, "Prompt", left->run->prompt, right->run->prompt);
    words(&pair, "Error", left->run->error_message, right->run->error_message);
    calls(&pair);
    words(&pair, "Output", left->run->output, right->run->output);
}
