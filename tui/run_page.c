#include "tui/run_page.h"

#include "client/base/mem.h"
#include "tui/format.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    INDENT = 10,
    STEP_TEXT_AT = 21,
    LOG_LINES_SHOWN = 400,
    OUTPUT_ROWS = 4000,
    PROMPT_ROWS = 40,
    ERROR_WITHIN = 1000
};

/* ---- the story ---- */

bool run_story_read(struct run_story *story, const struct jobs *jobs, const struct store_box *box,
                    const char *run_id)
{
    run_story_done(story);
    story->box = box;
    story->run = box != NULL ? store_find_run(box, run_id) : NULL;
    story->job = jobs_of_run(jobs, run_id);
    story->exact = story->job != NULL;
    story->timeline = &story->inferred;
    if (story->exact)
        story->timeline = &story->job->timeline;
    const struct run *run = story->run;
    story->has_exit = run != NULL && jobs_exit_of(jobs, run, &story->exit_code);
    if (run == NULL || run->created_at == 0)
        return run != NULL || story->exact;
    bool runs = run->status == RUN_STATUS_RUNNING;
    int64_t end = runs ? 0 : run->completed_at;
    if (!runs && end == 0)
        end = run->created_at + (run->duration_ms > 0 ? run->duration_ms : 0);
    story->lines = timeline_find_lines(&box->log, run->created_at, end);
    bool broke = story->exact && story->job->broke_at != 0;
    if (!story->exact || broke)
        timeline_infer(&story->inferred, &box->log, &story->lines, end);
    if (broke) {
        timeline_continue(&story->continued, &story->job->timeline, &story->inferred, story->job->broke_at,
                          end);
        story->timeline = &story->continued;
    }
    return true;
}

void run_story_done(struct run_story *story)
{
    timeline_done(&story->inferred);
    timeline_done(&story->continued);
    *story = (struct run_story){0};
}

int64_t run_story_line(const struct run_story *story)
{
    const struct timeline_lines *lines = &story->lines;
    if (lines->end <= lines->first)
        return -1;
    bool failed = story->run != NULL && story->run->status == RUN_STATUS_FAILED;
    for (int64_t at = lines->end; failed && at-- > lines->first && lines->end - at <= ERROR_WITHIN;) {
        const struct line_entry *entry = logbook_at(&story->box->log, at);
        if (!entry->gap && entry->line.level == LOG_LEVEL_ERROR)
            return at;
    }
    return lines->first;
}

bool run_story_wants_older(const struct run_story *story)
{
    return story->run != NULL && story->run->created_at > 0 && story->box->logs_ms != 0 &&
           !story->lines.whole && !story->box->log.trimmed && !story->box->log.at_start;
}

/* ---- figures ---- */

static void add_status(struct sheet *sheet, const struct run_story *story, const struct page_clock *clock)
{
    char took[16], text[160];
    const struct run *run = story->run;
    const char *model = run->model != NULL ? run->model : "";
    format_duration(took, sizeof took, run_took(run, clock->wall_ms));
    snprintf(text, sizeof text, "%s %s  %s  %.*s", run->status == RUN_STATUS_RUNNING ? "for" : "took", took,
             run_type_text(run), format_cut(model, 60), model);
    size_t used = strlen(text);
    if (story->has_exit)
        snprintf(text + used, sizeof text - used, "%sexit %d", model[0] != '\0' ? "  " : "",
                 story->exit_code);
    struct sheet_row *row = sheet_row(sheet, ROLE_TEXT, INDENT + 2, text);
    sheet_label(row, view_run_role(run->status), run_status_text(run));
}

static void add_times(struct sheet *sheet, const struct run *run, const struct page_clock *clock)
{
    char from[32], to[32], ago[16], text[160];
    const char *zone = clock->utc ? " UTC" : "";
    format_stamp(from, sizeof from, run->created_at, clock->utc);
    format_since(ago, sizeof ago, run->created_at, clock->wall_ms);
    if (run->completed_at > 0)
        snprintf(text, sizeof text, "%s to %s%s  (%s ago)", from,
                 format_clock(to, sizeof to, run->completed_at, clock->utc), zone, ago);
    else
        snprintf(text, sizeof text, "since %s%s  (%s ago)", from, zone, ago);
    sheet_label(sheet_row(sheet, ROLE_TEXT, INDENT, text), ROLE_DIM, "Time");
}

/* What the run cost and what its computing cost: whether one holds the other is not known (box-api.md 9,
 * #29), so they are never added. */
static void add_money(struct sheet *sheet, const struct run *run)
{
    char a[16], b[16], c[16], text[160];
    if (run_tokens(run) < 0)
        snprintf(text, sizeof text, "%s",
                 run->status == RUN_STATUS_RUNNING ? "not told before it ends" : "-");
    else
        snprintf(text, sizeof text, "%s in (%s cached), %s out", format_count(a, sizeof a, run->input_tokens),
                 format_count(b, sizeof b, run->cached_input_tokens),
                 format_count(c, sizeof c, run->output_tokens));
    sheet_label(sheet_row(sheet, ROLE_TEXT, INDENT, text), ROLE_DIM, "Tokens");
    snprintf(text, sizeof text, "%s   compute %s", format_usd(a, sizeof a, run_usd(run, run->cost_usd)),
             format_usd(b, sizeof b, run_usd(run, run->compute_cost_usd)));
    sheet_label(sheet_row(sheet, ROLE_COST, INDENT, text), ROLE_DIM, "Cost");
}

static void add_origin(struct sheet *sheet, const struct run_story *story)
{
    const struct run *run = story->run;
    char text[96], cpu[16], memory[16];
    sheet_heading(sheet, "More", run->id);
    snprintf(text, sizeof text, "CPU %s   memory %s at most", format_cpu(cpu, sizeof cpu, run->cpu_ns),
             format_bytes(memory, sizeof memory, run->memory_peak_bytes));
    sheet_label(sheet_row(sheet, ROLE_TEXT, INDENT, text), ROLE_DIM, "Used");
    if (run->schedule_id != NULL)
        sheet_label(sheet_row(sheet, ROLE_TEXT, INDENT, run->schedule_id), ROLE_DIM, "Schedule");
    if (run->session_id != NULL)
        sheet_label(sheet_row(sheet, ROLE_TEXT, INDENT, run->session_id), ROLE_DIM, "Session");
}

static void add_words(struct sheet *sheet, const char *heading, enum role role, const char *text, size_t most)
{
    if (text == NULL || text[0] == '\0')
        return;
    sheet_heading(sheet, heading, NULL);
    sheet_text(sheet, role, 1, text, most);
}

/* ---- the timeline ---- */

static const struct {
    const char *word;
    enum role role;
} step_looks[] = {
    [STEP_THINKING] = {"thinking", ROLE_DIM},
    [STEP_TEXT] = {"text", ROLE_TEXT},
    [STEP_TOOL] = {"", ROLE_TOOL},
    [STEP_ERROR] = {"error", ROLE_ERROR},
};

static const char *step_word(const struct step *step)
{
    return step->kind == STEP_TOOL ? step->name : step_looks[step->kind].word;
}

static void add_step(struct sheet *sheet, const struct step *step, int64_t began, int64_t wall_ms)
{
    char at[16], took[16], aside[48];
    bool open = step->end == 0;
    format_duration(at, sizeof at, step->start > began ? step->start - began : 0);
    format_duration(took, sizeof took, timeline_took(step, wall_ms));
    const char *word = step_word(step);
    char *text =
        mem_format("%-10.*s %s", format_cut(word, 10), word, step->summary != NULL ? step->summary : "");
    struct sheet_row *row = sheet_row(
        sheet, open && step->kind == STEP_TOOL ? ROLE_WARN : step_looks[step->kind].role, INDENT, text);
    free(text);
    sheet_label(row, ROLE_DIM, at);
    snprintf(aside, sizeof aside, "%s%s%s", step->errors > 0 ? "! " : "",
             open            ? "open "
             : step->assumed ? "~"
                             : "",
             took);
    sheet_aside(row, open ? ROLE_WARN : step->errors > 0 ? ROLE_ERROR : ROLE_DIM, -1, aside);
}

const char *run_story_note(const struct run_story *story)
{
    if (story->exact && story->job->broke_at != 0)
        return "exact until its stream broke, then inferred from the log";
    if (story->exact && story->job->state != JOB_RUNNING && !story->job->stream_ended)
        return "exact until its stream was left";
    if (story->exact)
        return "exact: streamed here";
    if (story->box->logs_ms == 0)
        return "asking for the log";
    if (!story->lines.whole)
        return "inferred from the log, whose first lines are missing";
    return story->lines.gaps > 0 ? "inferred from the log, in which lines are missing"
                                 : "inferred from the log, in whole seconds";
}

static void add_timeline(struct sheet *sheet, const struct run_story *story, const struct page_clock *clock)
{
    const struct timeline *timeline = story->timeline;
    int64_t began = story->exact ? story->job->started_at : story->run->created_at;
    sheet_heading(sheet, "Timeline", run_story_note(story));
    if (story->exact && story->job->state == JOB_RUNNING && story->job->progress != NULL)
        sheet_row(sheet, ROLE_WARN, 1, story->job->progress);
    if (timeline->dropped > 0) {
        char text[64];
        snprintf(text, sizeof text, "(%zu steps before these)", timeline->dropped);
        sheet_row(sheet, ROLE_DIM, INDENT, text);
    }
    for (size_t i = 0; i < timeline->count; i++)
        add_step(sheet, &timeline->steps[i], began, clock->wall_ms);
    if (timeline->count == 0)
        sheet_row(sheet, ROLE_DIM, INDENT, story->exact ? "nothing yet" : "no step is known");
}

/* ---- log lines ---- */

static void add_log_line(struct sheet *sheet, const struct line_entry *entry, const struct page_clock *clock)
{
    char when[16];
    if (entry->gap) {
        sheet_row(sheet, ROLE_GAP, INDENT, "~ lines are missing here ~");
        return;
    }
    const struct log_line *line = &entry->line;
    enum role role = line->level == LOG_LEVEL_ERROR  ? ROLE_LEVEL_ERROR
                     : line->level == LOG_LEVEL_WARN ? ROLE_LEVEL_WARN
                                                     : ROLE_TEXT;
    struct sheet_row *row = sheet_row(sheet, role, INDENT, line->text.bytes);
    if (!entry->continued)
        sheet_label(row, ROLE_DIM, format_clock(when, sizeof when, line->time, clock->utc));
}

static void add_log(struct sheet *sheet, const struct run_story *story, const struct page_clock *clock)
{
    const struct timeline_lines *lines = &story->lines;
    int64_t count = lines->end - lines->first, from = lines->first;
    char text[96];
    snprintf(text, sizeof text, "%lld line%s, inferred: those between its start and its end",
             (long long)count, count == 1 ? "" : "s");
    sheet_heading(sheet, "Log", text);
    if (count > LOG_LINES_SHOWN) {
        from = lines->end - LOG_LINES_SHOWN;
        snprintf(text, sizeof text, "(%lld lines before these: Enter opens the log)",
                 (long long)(count - LOG_LINES_SHOWN));
        sheet_row(sheet, ROLE_DIM, INDENT, text);
    }
    for (int64_t at = from; at < lines->end; at++)
        add_log_line(sheet, logbook_at(&story->box->log, at), clock);
}

/* ---- the page ---- */

/* The list of runs does not hold it yet, or not any more: the stream speaks. */
static void fill_from_stream(struct sheet *sheet, const struct run_story *story,
                             const struct page_clock *clock)
{
    char status[400];
    sheet_row(sheet, ROLE_STRONG, 1, job_status(story->job, clock->wall_ms, status, sizeof status));
    add_words(sheet, "Prompt", ROLE_TEXT, story->job->text, PROMPT_ROWS);
    add_timeline(sheet, story, clock);
}

void run_page_fill(struct sheet *sheet, const struct run_story *story, const struct page_clock *clock,
                   int cols)
{
    const struct run *run = story->run;
    sheet_begin(sheet, cols);
    if (run == NULL) {
        fill_from_stream(sheet, story, clock);
        return;
    }
    add_status(sheet, story, clock);
    add_times(sheet, run, clock);
    add_money(sheet, run);
    add_words(sheet, "Prompt", ROLE_TEXT, run->prompt, PROMPT_ROWS);
    add_words(sheet, "Error", ROLE_ERROR, run->error_message, OUTPUT_ROWS);
    if (story->exact || run->type != RUN_TYPE_SHELL)
        add_timeline(sheet, story, clock);
    add_words(sheet, "Output", ROLE_TEXT, run->output, OUTPUT_ROWS);
    add_origin(sheet, story);
    add_log(sheet, story, clock);
}
