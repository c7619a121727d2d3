#include "tui/footer.h"

#include "client/base/utf8.h"
#include "tui/panes.h"
#include "tui/views.h"

#include <stdio.h>
#include <string.h>

enum { HINTS = 14, BETWEEN = 2 };

struct hint {
    enum action action; /* ACTION_NONE ends a list */
    const char *word;
};

/* The most useful ones first: a narrow terminal shows no others. */
static const struct hint list_hints[] = {
    {ACTION_SHELL, "shell"},   {ACTION_ENTER, "open"},      {ACTION_LOGS, "logs"},   {ACTION_RUNS, "runs"},
    {ACTION_FILTER, "filter"}, {ACTION_SORT, "sort"},       {ACTION_MARK, "mark"},   {ACTION_MENU, "actions"},
    {ACTION_TAIL, "fleet"},    {ACTION_COMMAND, "command"}, {ACTION_NEW_BOX, "new"}, {ACTION_PAUSE, "pause"},
    {ACTION_PALETTE, "find"},  {ACTION_NONE, NULL}};
static const struct hint log_hints[] = {
    {ACTION_FOLLOW, "follow"}, {ACTION_SEARCH, "search"}, {ACTION_GREP, "filter"},
    {ACTION_WRAP, "wrap"},     {ACTION_TIMES, "times"},   {ACTION_ERROR_NEXT, "errors"},
    {ACTION_SHELL, "shell"},   {ACTION_BACK, "back"},     {ACTION_NONE, NULL}};
static const struct hint copy_hints[] = {{ACTION_COPY_CHARS, "select"},
                                         {ACTION_COPY_YANK, "copy"},
                                         {ACTION_COPY_SEARCH, "search"},
                                         {ACTION_BACK, "leave"},
                                         {ACTION_COPY_LINES, "lines"},
                                         {ACTION_COPY_BLOCK, "block"},
                                         {ACTION_NONE, NULL}};
static const struct hint tail_hints[] = {{ACTION_TAIL_OPEN, "open"}, {ACTION_TAIL_ONLY, "only"},
                                         {ACTION_TAIL_HIDE, "hide"}, {ACTION_TAIL_ALL, "all"},
                                         {ACTION_FOLLOW, "follow"},  {ACTION_SEARCH, "search"},
                                         {ACTION_GREP, "filter"},    {ACTION_LEVELS, "levels"},
                                         {ACTION_BACK, "back"},      {ACTION_NONE, NULL}};
static const struct hint run_hints[] = {
    {ACTION_ENTER, "open"},          {ACTION_RUN_AGAIN, "again"}, {ACTION_RUN_CANCEL, "cancel"},
    {ACTION_RUN_FILTER, "filter"},   {ACTION_RUN_SORT, "sort"},   {ACTION_RUN_MARK, "mark"},
    {ACTION_RUN_COMPARE, "compare"}, {ACTION_BACK, "back"},       {ACTION_NONE, NULL}};
static const struct hint attention_hints[] = {
    {ACTION_ENTER, "go there"}, {ACTION_NOTICE_SEEN, "seen"}, {ACTION_NOTICE_LATER, "wait 1 h"},
    {ACTION_NOTICE_ALL, "all"}, {ACTION_BACK, "back"},        {ACTION_NONE, NULL}};
static const struct hint command_hints[] = {{ACTION_COMMAND, "run"},       {ACTION_ASK, "ask"},
                                            {ACTION_COMMAND_STOP, "stop"}, {ACTION_COMMAND_AGAIN, "again"},
                                            {ACTION_BACK, "back"},         {ACTION_NONE, NULL}};
static const struct hint shell_hints[] = {
    {ACTION_SHELL_ENTER, "type"}, {ACTION_COPY_MODE, "copy"},  {ACTION_SHELL_SCROLL, "scroll"},

    {ACTION_SHELL_CLOSE, "end"},  {ACTION_FORWARD, "forward"}, {ACTION_RECORD, "record"},
    {ACTION_BACK, "back"},        {ACTION_NONE, NULL}};
static const struct hint other_hints[] = {{ACTION_SHELL, "shell"},
                                          {ACTION_LOGS, "logs"},
                                          {ACTION_MENU, "actions"},
                                          {ACTION_BACK, "back"},
                                          {ACTION_NONE, NULL}};

static const struct hint *hints_now(const struct app *app)
{
    static const struct hint *const lists[WHERE_COUNT] = {
        [WHERE_APP] = other_hints,       [WHERE_MAIN] = other_hints,
        [WHERE_COPY] = copy_hints,       [WHERE_LIST] = list_hints,
        [WHERE_LOGS] = log_hints,        [WHERE_TAIL] = tail_hints,
        [WHERE_RUNS] = run_hints,        [WHERE_ATTENTION] = attention_hints,
        [WHERE_COMMAND] = command_hints, [WHERE_SHELL] = shell_hints,
    };
    enum action_where where = panes_focused(app)->class->where;
    if (where == WHERE_SHELL && view_shell_is_copying(app->views[VIEW_SHELL]))
        return copy_hints;
    return lists[where];
}

/* A hint that found room. */
struct placed {
    const struct hint *hint;
    char keys[32];
    int col, cols;
};

/* Places hints from column `col` on, while there is room up to `end`: drawing and clicking agree. Returns how
 * many. */
static int place(const struct app *app, int col, int end, struct placed *out)
{
    int count = 0;
    for (const struct hint *hint = hints_now(app); hint->action != ACTION_NONE && count < HINTS; hint++) {
        struct placed *placed = &out[count];
        keymap_label(&app->keymap, hint->action, placed->keys, sizeof placed->keys);
        int cols = (int)(utf8_columns(placed->keys, strlen(placed->keys)) + 1 + strlen(hint->word));
        if (placed->keys[0] == '\0' ||
            (app->options.read_only && action_info(hint->action)->risk != RISK_CALM) || col + cols > end)
            continue;
        placed->hint = hint;
        placed->col = col;
        placed->cols = cols;
        col += cols + BETWEEN;
        count++;
    }
    return count;
}

static void draw_hints(const struct app *app, const struct paint *line, int col, int end)
{
    struct placed placed[HINTS];
    int count = place(app, col, end, placed);
    for (int i = 0; i < count; i++) {
        int used = paint_text(line, 0, placed[i].col, placed[i].cols, ROLE_KEY, placed[i].keys);
        paint_text(line, 0, placed[i].col + used + 1, placed[i].cols, ROLE_HINT, placed[i].hint->word);
    }
}

/* Shells with output or a bell that nobody has seen: "Z:2* ", "Z:1 bell ". */
static void shell_news(const struct app *app, char *out, size_t size)
{
    char keys[32];
    size_t unseen = 0;
    bool rang = false;
    for (size_t i = 0; i < app->shells.count; i++) {
        unseen += shell_entry_unseen(app->shells.entries[i]);
        rang |= shell_entry_rang(app->shells.entries[i]);
    }
    out[0] = '\0';
    keymap_label(&app->keymap, ACTION_SHELLS, keys, sizeof keys);
    if (unseen > 0)
        snprintf(out, size, "%s:%zu%s  ", keys, unseen, rang ? " bell" : "*");
}

/* What stands at the right: news of shells, what waits, the key of the help. */
struct corner {
    char text[160];
    int news, waiting; /* where the first part ends, and the second */
    bool urgent;
};

static struct corner corner_of(const struct app *app)
{
    struct corner corner;
    char news[64], keys[32], queue[32] = "";
    int waiting = view_attention_rows(app->views[VIEW_ATTENTION]);
    shell_news(app, news, sizeof news);
    keymap_label(&app->keymap, ACTION_HELP, keys, sizeof keys);
    if (waiting > 0)
        snprintf(queue, sizeof queue, "!%d  ", waiting);
    snprintf(corner.text, sizeof corner.text, "%s%s%s help ", news, queue, keys);
    corner.news = (int)strlen(news);
    corner.waiting = corner.news + (int)strlen(queue);
    corner.urgent = waiting > 0;
    return corner;
}

static bool is_full_shell(const struct app *app)
{
    return panes_focused(app) == app->views[VIEW_SHELL] && view_shell_is_full(app->views[VIEW_SHELL]);
}

/* One text after the other, as long as there is room. */
static int add(const struct paint *line, int col, enum role role, const char *text)
{
    if (text[0] == '\0' || col + (int)utf8_columns(text, strlen(text)) > line->cols)
        return col;
    return col + paint_text(line, 0, col, line->cols - col, role, text) + 3;
}

/* The line under a live shell: whose it is, how to leave, what needs attention elsewhere. */
static void draw_shell_line(const struct app *app, const struct paint *line)
{
    struct view_title title = {0};
    struct view *view = app->views[VIEW_SHELL];
    view->class->title(view, &title);
    if (view_shell_is_copying(view)) {
        draw_hints(app, line, add(line, 1, ROLE_STRONG, title.right), line->cols);
        return;
    }
    int col = add(line, 1, ROLE_STRONG, title.bottom);
    col = add(line, col, ROLE_HINT, title.right);
    char text[32];
    int waiting = view_attention_rows(app->views[VIEW_ATTENTION]);
    snprintf(text, sizeof text, "! %d", waiting);
    if (waiting > 0)
        add(line, col, ROLE_WARN, text);
}

void footer_draw(struct app *app, const struct paint *screen, struct rect r)
{
    if (rect_is_empty(r))
        return;
    struct paint line = paint_over(screen, r, ROLE_FOOTER);
    if (is_full_shell(app)) {
        draw_shell_line(app, &line);
        return;
    }
    struct corner corner = corner_of(app);
    int taken = (int)strlen(corner.text);
    draw_hints(app, &line, 1, line.cols - taken);
    paint_text(&line, 0, line.cols - taken, taken, corner.urgent ? ROLE_WARN : ROLE_HINT, corner.text);
}

bool footer_click(struct app *app, int col)
{
    if (is_full_shell(app))
        return false;
    struct corner corner = corner_of(app);
    int start = app->cols - (int)strlen(corner.text);
    if (col >= start) {
        app_act(app, col < start + corner.news      ? ACTION_SHELLS
                     : col < start + corner.waiting ? ACTION_ATTENTION
                                                    : ACTION_HELP);
        return true;
    }
    struct placed placed[HINTS];
    int count = place(app, 1, start, placed);
    for (int i = 0; i < count; i++)
        if (col >= placed[i].col && col < placed[i].col + placed[i].cols) {
            app_act(app, placed[i].hint->action);
            return true;
        }
    return false;
}
