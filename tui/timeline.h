/*
 * What a run did, as steps in time: thinking, text, tool calls. Exact when it is made from the stream of a
 * run that was started here (box-api.md 3.1). Inferred when it is made from log lines: those carry whole
 * seconds, do not tell a tool's answer from the text after it, and belong to a run only by their time. Who
 * shows an inferred one says so.
 */
#pragma once

#include "client/event.h"
#include "tui/logbook.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIMELINE_STEPS = 4096, TIMELINE_SUMMARY = 300, TIMELINE_NAME = 64 };

enum step_kind { STEP_THINKING, STEP_TEXT, STEP_TOOL, STEP_ERROR };

struct step {
    enum step_kind kind;
    char *name;    /* of the tool, NULL for other kinds */
    char *summary; /* one line, NULL for nothing */
    char *tool_id; /* as the stream named the call, NULL when it did not */
    int64_t start; /* wall ms */
    int64_t end;   /* wall ms, 0 while it is open */
    size_t lines;  /* lines of what it brought */
    size_t errors; /* those among them that tell of an error: known from logs only */
    bool whole;    /* the summary has reached its end */
    bool assumed;  /* no answer came: the end is when something else began and the agent went on */
};

struct timeline {
    struct step *steps; /* in the order they began */
    size_t count, room;
    size_t dropped; /* first steps that went because there were too many */
};

void timeline_done(struct timeline *timeline);

/* Takes one happening of a stream; deltas of one kind make one step. What `item` holds stays its owner's. */
void timeline_add(struct timeline *timeline, const struct run_item *item);

/* The run is over: what is open ends at `at` (wall ms). */
void timeline_close(struct timeline *timeline, int64_t at);

/* The newest tool call that has no answer yet, NULL when there is none. */
const struct step *timeline_open_tool(const struct timeline *timeline);

/* How long a step took, or has taken up to `wall_ms`. Never negative. */
int64_t timeline_took(const struct step *step, int64_t wall_ms);

/* ---- from the log ---- */

/* The lines of a book that were written between two moments (wall ms; `to` 0: no end): numbers from `first`
 * to before `end`. */
struct timeline_lines {
    int64_t first, end;
    bool whole;  /* the book reaches back to `from`: none of them is missing at the start */
    size_t gaps; /* places among them where lines are missing */
};
struct timeline_lines timeline_find_lines(const struct logbook *book, int64_t from, int64_t to);

/* Makes the timeline anew from such lines. Each step ends where the next begins; the last one at `to`, or is
 * open when `to` is 0. */
void timeline_infer(struct timeline *timeline, const struct logbook *book, const struct timeline_lines *lines,
                    int64_t to);

/* The same from the newest tool call on, of a run that began at `from` and still goes on: empty when none is
 * near the end. Quick in a long log. */
void timeline_infer_last(struct timeline *timeline, const struct logbook *book, int64_t from);

/* Fills `out` with what a stream told until it broke at `broke_at` (wall ms), and with what the log tells
 * from there on; each step of the log is `assumed`. Log lines carry whole seconds: a call that the stream
 * told last is not taken from the log again. `to` as above. */
void timeline_continue(struct timeline *out, const struct timeline *stream, const struct timeline *inferred,
                       int64_t broke_at, int64_t to);

/* Whether a log line announces a tool call: "Bash: npm test", "> Bash  npm test", "mcp__x__y(...)". Fills the
 * name and where the rest of the line begins. */
bool timeline_tool_line(const char *text, char name[TIMELINE_NAME], const char **rest);

/* ---- two of them side by side ---- */

/* A tool call of one or of both; -1: the other has none here. */
struct timeline_pair {
    int left, right; /* indexes of steps */
};

/* Lines the tool calls of two timelines up, in order: as many as possible are beside one of the same name,
 * and of those as many as possible beside one of the same summary. Returns how many pairs there are; the
 * caller frees *out. Only the first 1,000 calls of each are looked at. */
size_t timeline_align(const struct timeline *left, const struct timeline *right, struct timeline_pair **out);
