#include "tui/create.h"

#include "client/base/mem.h"
#include "tui/app.h"
#include "widgets/form.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 3, LABELS_MAX = 5, LABEL_LENGTH = 20, NAME_LENGTH = 64 };

enum box_field { FIELD_NAME, FIELD_RUNTIME, FIELD_SIZE, FIELD_KEEP_ALIVE, FIELD_LABELS };
enum agent_field { FIELD_AGENT, FIELD_MODEL, FIELD_AGENT_KEY };
enum repo_field { FIELD_REPO, FIELD_GIT_NAME, FIELD_GIT_EMAIL };

struct create {
    struct overlay overlay;
    struct form steps[STEPS];
    int step;
};

static const char *const runtimes[] = {"node",        "python",      "golang",        "ruby",
                                       "rust",        "node-alpine", "python-alpine", "golang-alpine",
                                       "ruby-alpine", "rust-alpine"};
/* Sizes of box-api.md section 5; prices change and are not shown. */
static const char *const sizes[] = {"small", "medium", "large"};
static const char *const agents[] = {"none", "claude-code", "codex", "opencode", "cursor"};

static bool is_name(const char *value)
{
    for (; *value != '\0'; value++)
        if (!isalnum((unsigned char)*value) && strchr("_-.", *value) == NULL)
            return false;
    return true;
}

static bool check_name(void *context, const char *value, char *note)
{
    (void)context;
    if (strlen(value) <= NAME_LENGTH && is_name(value))
        return true;
    snprintf(note, FORM_NOTE, "letters, digits, _ - . only, %d at most", NAME_LENGTH);
    return false;
}

/* The next of the words in a field, separated by blanks or commas. False at the end. */
static bool next_word(const char **rest, const char **word, size_t *len)
{
    *rest += strspn(*rest, " ,");
    *word = *rest;
    *len = strcspn(*rest, " ,");
    *rest += *len;
    return *len > 0;
}

static bool check_labels(void *context, const char *value, char *note)
{
    (void)context;
    const char *word;
    size_t len, count = 0;
    for (const char *rest = value; next_word(&rest, &word, &len); count++)
        for (size_t i = 0; i < len; i++)
            if (len > LABEL_LENGTH || (!isalnum((unsigned char)word[i]) && strchr("._-:", word[i]) == NULL)) {
                snprintf(note, FORM_NOTE, "\"%.24s\": %d letters, digits, . _ - : at most", word,
                         LABEL_LENGTH);
                return false;
            }
    if (count <= LABELS_MAX)
        return true;
    snprintf(note, FORM_NOTE, "%d labels at most", LABELS_MAX);
    return false;
}

static bool check_repo(void *context, const char *value, char *note)
{
    (void)context;
    if (value[0] == '\0' ||
        (strncmp(value, "https://", 8) == 0 && value[8] != '\0' && strchr(value, ' ') == NULL))
        return true;
    snprintf(note, FORM_NOTE, "an address that starts with https://");
    return false;
}

/* The service wants agent and model together (box-api.md 2.2). */
static bool check_model(void *context, const char *value, char *note)
{
    const struct form *form = context;
    bool agent = strcmp(form_value(form, FIELD_AGENT), "none") != 0;
    if (agent && value[0] == '\0') {
        snprintf(note, FORM_NOTE, "an agent needs a model, e.g. anthropic/claude-sonnet-5");
        return false;
    }
    if (!agent && value[0] != '\0')
        snprintf(note, FORM_NOTE, "not used without an agent");
    return true;
}

static void init_steps(struct create *create)
{
    struct form *box = &create->steps[0], *agent = &create->steps[1], *repo = &create->steps[2];
    form_init(box, "New box, step 1 of 3: the box");
    form_text(box, "Name", "", NAME_LENGTH, "may stay empty: the service then makes one up");
    form_choice(box, "Runtime", runtimes, sizeof runtimes / sizeof runtimes[0], 0, NULL);
    form_choice(box, "Size", sizes, 3, 0,
                "small 2 vCPU 4 GB, medium 4 vCPU 8 GB, large 8 vCPU 16 GB; larger costs more");
    form_switch(box, "Keep alive", false, "never pauses; costs money all the time, paid plans only");
    form_text(box, "Labels", "", 128, "up to 5, separated by blanks");
    form_set_check(box, FIELD_NAME, check_name, NULL);
    form_set_check(box, FIELD_LABELS, check_labels, NULL);
    form_init(agent, "New box, step 2 of 3: its agent");
    form_choice(agent, "Agent", agents, sizeof agents / sizeof agents[0], 0, NULL);
    form_text(agent, "Model", "", 128, "e.g. anthropic/claude-sonnet-5");
    form_secret(agent, "Model key", 256,
                "empty: the service decides (its own key, or the one stored in the Console)");
    form_set_check(agent, FIELD_MODEL, check_model, agent);
    form_init(repo, "New box, step 3 of 3: its repository");
    form_text(repo, "Repository", "", 256, "https address to clone, may stay empty");
    form_text(repo, "Git name", "", 128, "author of commits, may stay empty");
    form_text(repo, "Git email", "", 128, NULL);
    form_set_check(repo, FIELD_REPO, check_repo, NULL);
    for (int i = 0; i < STEPS; i++) {
        form_button(&create->steps[i], "Cancel");
        if (i > 0)
            form_button(&create->steps[i], "Back");
        form_button(&create->steps[i], i == STEPS - 1 ? "Create (costs money)" : "Next");
    }
}

/* ---- what is sent ---- */

static void set_text(json_t *body, const char *key, const char *value)
{
    if (value[0] != '\0')
        json_object_set_new(body, key, json_string(value));
}

static char *make_body(struct create *create)
{
    const struct form *box = &create->steps[0], *agent = &create->steps[1], *repo = &create->steps[2];
    json_t *body = json_object();
    set_text(body, "name", form_value(box, FIELD_NAME));
    set_text(body, "runtime", form_value(box, FIELD_RUNTIME));
    set_text(body, "size", form_value(box, FIELD_SIZE));
    if (form_is_on(box, FIELD_KEEP_ALIVE))
        json_object_set_new(body, "keep_alive", json_true());
    json_t *labels = json_array();
    const char *word;
    size_t len;
    for (const char *rest = form_value(box, FIELD_LABELS); next_word(&rest, &word, &len);)
        json_array_append_new(labels, json_stringn(word, len));
    if (json_array_size(labels) > 0)
        json_object_set(body, "labels", labels);
    json_decref(labels);
    if (strcmp(form_value(agent, FIELD_AGENT), "none") != 0) {
        set_text(body, "agent", form_value(agent, FIELD_AGENT));
        set_text(body, "model", form_value(agent, FIELD_MODEL));
        set_text(body, "agent_api_key", form_value(agent, FIELD_AGENT_KEY));
    }
    set_text(body, "clone_repo", form_value(repo, FIELD_REPO));
    set_text(body, "git_user_name", form_value(repo, FIELD_GIT_NAME));
    set_text(body, "git_user_email", form_value(repo, FIELD_GIT_EMAIL));
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    return text;
}

static void send(struct create *create)
{
    struct app *app = create->overlay.app;
    struct request *request = request_new(REQUEST_BOX_CREATE, NULL);
    request->body = make_body(create);
    app_ask(app, request);
    app_note(app, "The box is being created");
}

/* ---- the overlay ---- */

static struct form *current(struct create *create)
{
    return &create->steps[create->step];
}

static bool end_step(struct create *create, unsigned result)
{
    struct form *form = current(create);
    create->overlay.app->dirty = true;
    if ((result & WIDGET_CANCELLED) != 0)
        return true;
    if ((result & WIDGET_DONE) == 0) {
        if (create->step == 1)
            form_set_check(form, FIELD_MODEL, check_model,
                           form); /* depends on the agent that may just have changed */
        return false;
    }
    int last = form->button_count - 1;
    if (form->pressed == 0)
        return true;
    if (form->pressed < last) {
        create->step--;
        return false;
    }
    if (create->step < STEPS - 1) {
        create->step++;
        return false;
    }
    send(create);
    return true;
}

static void create_draw(struct overlay *overlay, const struct paint *screen, struct rect body)
{
    struct paint inside = paint_within(screen, body);
    form_draw(current((struct create *)overlay), &inside);
}

static bool create_key(struct overlay *overlay, struct key key)
{
    struct create *create = (struct create *)overlay;
    return end_step(create, form_key(current(create), key));
}

static bool create_paste(struct overlay *overlay, const char *text, size_t len)
{
    struct create *create = (struct create *)overlay;
    return end_step(create, form_paste(current(create), text, len));
}

static void create_free(struct overlay *overlay)
{
    struct create *create = (struct create *)overlay;
    for (int i = 0; i < STEPS; i++)
        form_done(&create->steps[i]);
    free(create);
}

static const struct overlay_class create_class = {create_draw, create_key, create_paste, create_free};

void create_open(struct app *app)
{
    struct create *create = mem_zalloc(1, sizeof *create);
    create->overlay.class = &create_class;
    init_steps(create);
    overlay_push(app, &create->overlay);
}
