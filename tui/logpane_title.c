/*
 * What stands in the corners of the viewer's frame: whether it follows, how lines are shown, how many there
 * are, what is left out, and how far a search is.
 */
#include "tui/format.h"
#include "tui/logpane_parts.h"

#include <stdio.h>
#include <string.h>

static void add(char *out, size_t size, const char *word)
{
    size_t used = strlen(out);
    snprintf(out + used, size - used, "%s%s", used > 0 ? "  " : "", word);
}

static void title_counts(struct logpane *pane, struct view_title *title)
{
    char lines[24], word[48];
    format_grouped(lines, sizeof lines,
                   pane->book != NULL ? pane->book->count : pane->feed.count(pane->feed.ctx));
    snprintf(word, sizeof word, "%s lines", lines);
    add(title->bottom_right, sizeof title->bottom_right, word);
    if (pane->book == NULL)
        return;
    snprintf(word, sizeof word, "%zu gap%s", pane->book->gaps, pane->book->gaps > 1 ? "s" : "");
    if (pane->book->gaps > 0)
        add(title->bottom_right, sizeof title->bottom_right, word);
    char bad[72];
    logpane_bad_describe(pane, bad, sizeof bad);
    snprintf(word, sizeof word, "%zu error%s", pane->book->errors, pane->book->errors > 1 ? "s" : "");
    if (bad[0] != '\0')
        add(title->bottom_right, sizeof title->bottom_right, bad);
    else if (pane->book->errors > 0)
        add(title->bottom_right, sizeof title->bottom_right, word);
}

void logpane_title(struct logpane *pane, struct view_title *title)
{
    static const char *const times[LOGVIEW_TIMES] = {[LOGVIEW_RELATIVE] = "t:rel",
                                                     [LOGVIEW_ABSOLUTE] = "t:abs",
                                                     [LOGVIEW_DELTA] = "t:delta",
                                                     [LOGVIEW_NO_TIME] = "t:off"};
    char news[40] = "", grouped[24];
    struct logview_source source = logpane_source(pane);
    size_t fresh = logpane_new_count(pane);
    if (fresh > 0)
        snprintf(news, sizeof news, "%s new  ", format_grouped(grouped, sizeof grouped, fresh));
    snprintf(title->right, sizeof title->right, "%s%s%s%s  %s", news,
             pane->choosing      ? "CHOOSING"
             : pane->view.follow ? "FOLLOW"
                                 : "PAUSED",
             pane->view.wrap ? "  wrap" : "", pane->fold.all ? "  folded" : "", times[pane->view.time]);
    if (pane->feed.count == NULL)
        return;
    title_counts(pane, title);
    char words[96];
    logfilter_describe(&pane->filter, words, sizeof words);
    if (words[0] != '\0') {
        add(title->bottom, sizeof title->bottom, words);
        snprintf(words, sizeof words, "%s%zu", pane->shown_all ? ": " : "... ", source.count);
        size_t used = strlen(title->bottom);
        snprintf(title->bottom + used, sizeof title->bottom - used, "%s", words);
    }
    logpane_search_describe(pane, words, sizeof words);
    if (words[0] != '\0')
        add(title->bottom, sizeof title->bottom, words);
    logpane_out_describe(pane, words, sizeof words);
    if (words[0] != '\0')
        add(title->bottom, sizeof title->bottom, words);
}
