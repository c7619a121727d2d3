#include "tui/view_runs_parts.h"

#include "client/base/mem.h"
#include "tui/run_page.h"

#include <stdlib.h>
#include <string.h>

void view_runs_close_page(struct view_runs *runs)
{
    for (int i = 0; i < VIEW_RUNS_MARKS; i++) {
        free(runs->open[i]);
        runs->open[i] = NULL;
    }
    runs->leaf = LEAF_LIST;
    runs->wants_older = false;
    runs->older_pages = 0;
    runs->edition = (struct edition){0};
    sheet_done(&runs->sheet);
}

void view_runs_open_page(struct view_runs *runs, enum leaf leaf, const char *first, const char *second)
{
    char *ids[VIEW_RUNS_MARKS] = {mem_dup(first), mem_dup(second)};
    view_runs_close_page(runs);
    runs->leaf = leaf;
    memcpy(runs->open, ids, sizeof ids);
}

static struct edition edition_of(const struct view_runs *runs, const struct store_box *box, int cols)
{
    const struct app *app = runs->view.app;
    return (struct edition){
        .log = box->log.version,
        .jobs = app->jobs.version,
        .runs_ms = box->runs_ms + box->logs_ms,
        .second = app->now_ms / 1000,
        .cols = cols,
        .utc = app->utc,
    };
}

static bool fill_compare(struct view_runs *runs, const struct store_box *box, int cols)
{
    const struct app *app = runs->view.app;
    struct page_clock clock = {app->wall_ms, app->utc};
    struct run_story left = {0}, right = {0};
    bool known = run_story_read(&left, &app->jobs, box, runs->open[0]) &&
                 run_story_read(&right, &app->jobs, box, runs->open[1]) && left.run != NULL &&
                 right.run != NULL;
    if (known)
        run_page_compare(&runs->sheet, &left, &right, &clock, cols);
    runs->wants_older = known && (run_story_wants_older(&left) || run_story_wants_older(&right));
    run_story_done(&left);
    run_story_done(&right);
    return known;
}

static bool fill_run(struct view_runs *runs, const struct store_box *box, int cols)
{
    const struct app *app = runs->view.app;
    struct page_clock clock = {app->wall_ms, app->utc};
    struct run_story story = {0};
    bool known = run_story_read(&story, &app->jobs, box, runs->open[0]);
    if (known)
        run_page_fill(&runs->sheet, &story, &clock, cols);
    runs->wants_older = known && run_story_wants_older(&story);
    runs->line = known ? run_story_line(&story) : -1;
    run_story_done(&story);
    return known;
}

/* A run that is not known any more leaves its page as it was: what it told is still worth reading. */
void view_runs_draw_page(struct view_runs *runs, const struct paint *paint)
{
    const struct store_box *box = app_box(runs->view.app);
    if (box != NULL) {
        struct edition edition = edition_of(runs, box, paint->cols);
        if (memcmp(&edition, &runs->edition, sizeof edition) != 0) {
            bool known = runs->leaf == LEAF_COMPARE ? fill_compare(runs, box, paint->cols)
                                                    : fill_run(runs, box, paint->cols);
            if (!known && runs->sheet.count == 0)
                sheet_row(&runs->sheet, ROLE_DIM, 1, "This run is not in the box's list");
            runs->edition = edition;
        }
    }
    sheet_draw(&runs->sheet, paint);
}
