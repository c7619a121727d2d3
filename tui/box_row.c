#include "tui/box_row.h"

#include "tui/format.h"
#include "tui/views.h"

/* Columns drop from the right when there is no room, so the ones an operator can do without stand last. */
const struct table_column box_row_columns[BOX_COLUMNS] = {
    [BOX_COLUMN_STATUS_LETTER] = {"S", 1, 1, false, false, true},
    [BOX_COLUMN_NAME] = {"NAME", 18, 24, false, true, true},
    [BOX_COLUMN_STATUS] = {"STATUS", 8, 8, false, false, false},
    [BOX_COLUMN_RUN] = {"RUN", 10, 10, false, false, false},
    [BOX_COLUMN_RUNTIME] = {"RUNTIME", 7, 10, false, false, false},
    [BOX_COLUMN_AGENT] = {"AGENT", 8, 11, false, false, false},
    [BOX_COLUMN_AGE] = {"AGE", 4, 4, true, false, false},
    [BOX_COLUMN_LAST] = {"LAST", 4, 4, true, false, false},
    [BOX_COLUMN_COST] = {"COST", 6, 7, true, false, false},
    [BOX_COLUMN_LABELS] = {"LABELS", 8, 16, false, false, false},
    [BOX_COLUMN_ID] = {"ID", 18, 22, false, false, false},
};

static const char *pending_word(const struct app *app, const struct box *box)
{
    static const struct {
        enum request_kind kind;
        const char *word;
    } words[] = {
        {REQUEST_BOX_PAUSE, "pausing"}, {REQUEST_BOX_RESUME, "resuming"}, {REQUEST_BOX_DELETE, "deleting"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (store_request_of(&app->store, words[i].kind, box->id) != NULL)
            return words[i].word;
    return NULL;
}

static void draw_status(const struct app *app, const struct roster_row *row, const struct paint *cell)
{
    const char *pending = pending_word(app, row->box);
    if (pending != NULL)
        paint_text(cell, 0, 0, cell->cols, ROLE_WARN, pending);
    else if (row->entry != NULL && row->entry->gone)
        paint_text(cell, 0, 0, cell->cols, ROLE_DELETED, "gone");
    else if (row->box->status == BOX_STATUS_UNKNOWN && row->box->status_word != NULL)
        paint_text(cell, 0, 0, cell->cols, ROLE_WARN, row->box->status_word);
    else
        paint_text(cell, 0, 0, cell->cols, view_status_role(row->box->status),
                   box_status_word(row->box->status));
}

static void draw_run(const struct app *app, const struct roster_row *row, const struct paint *cell)
{
    static const struct {
        const char *word;
        enum role role;
    } moods[] = {
        [MOOD_NONE] = {"-", ROLE_DIM},          [MOOD_RUNNING] = {"run", ROLE_RUNNING},
        [MOOD_QUIET] = {"quiet", ROLE_WARN},    [MOOD_DONE] = {"done", ROLE_DIM},
        [MOOD_FAILED] = {"failed", ROLE_ERROR}, [MOOD_CANCELLED] = {"stopped", ROLE_DIM},
    };
    int64_t since;
    struct rules_ears ears = app_ears(app);
    enum run_mood mood = roster_mood(row->entry, &ears, &since);
    char age[16] = "";
    if (since > 0)
        format_since(age, sizeof age, since, app->wall_ms);
    paint_format(cell, 0, 0, cell->cols, moods[mood].role, "%s %s", moods[mood].word, age);
}

static void draw_labels(const struct box *box, const struct paint *cell)
{
    int col = 0;
    for (size_t i = 0; i < box->label_count && col < cell->cols; i++)
        col += paint_text(cell, 0, col, cell->cols - col, ROLE_DIM, box->labels[i]) + 1;
}

void box_row_draw(const struct app *app, const struct roster_row *row, enum box_column column,
                  const struct paint *cell)
{
    const struct box *box = row->box;
    char text[32];
    switch (column) {
    case BOX_COLUMN_STATUS_LETTER:
        paint_format(cell, 0, 0, 1, view_status_role(box->status), "%c", box_status_letter(box->status));
        break;
    case BOX_COLUMN_NAME:
        paint_name(cell, 0, 0, cell->cols, row->entry != NULL && row->entry->gone ? ROLE_DIM : ROLE_STRONG,
                   box_title(box));
        break;
    case BOX_COLUMN_STATUS:
        draw_status(app, row, cell);
        break;
    case BOX_COLUMN_RUN:
        draw_run(app, row, cell);
        break;
    case BOX_COLUMN_RUNTIME:
        paint_text(cell, 0, 0, cell->cols, ROLE_DIM, box->runtime != NULL ? box->runtime : "-");
        break;
    case BOX_COLUMN_AGENT:
        paint_text(cell, 0, 0, cell->cols, ROLE_DIM, box->agent != NULL ? box->agent : "-");
        break;
    case BOX_COLUMN_AGE:
        paint_right(cell, 0, 0, cell->cols, ROLE_DIM,
                    format_since(text, sizeof text, box->created_at, app->wall_ms));
        break;
    case BOX_COLUMN_LAST:
        paint_right(cell, 0, 0, cell->cols, ROLE_DIM,
                    format_since(text, sizeof text, box->last_activity_at, app->wall_ms));
        break;
    case BOX_COLUMN_COST:
        paint_right(cell, 0, 0, cell->cols, ROLE_COST, format_money(text, sizeof text, box_cost_usd(box)));
        break;
    case BOX_COLUMN_LABELS:
        draw_labels(box, cell);
        break;
    case BOX_COLUMN_ID:
        paint_name(cell, 0, 0, cell->cols, ROLE_DIM, box->id);
        break;
    case BOX_COLUMNS:
        break;
    }
}
