/*
 * boxtop: from the command line to the loop and back. The one struct of the program lives here; every
 * subsystem is started in order and ended in reverse, whatever failed in between.
 */
#include "client/apikey.h"
#include "client/base/clock.h"
#include "client/base/log.h"
#include "client/base/mem.h"
#include "client/cache.h"
#include "client/cache_tails.h"
#include "client/client.h"
#include "client/file.h"
#include "client/profile.h"
#include "client/shell/shell.h"
#include "tui/app.h"
#include "tui/auth.h"
#include "tui/cli/cli.h"
#include "tui/hint.h"
#include "tui/keymap_config.h"
#include "tui/logroom.h"
#include "tui/loop.h"
#include "tui/options.h"
#include "tui/rules.h"
#include "tui/tails.h"
#include "tui/term.h"
#include "tui/views.h"
#include "widgets/canvas.h"
#include "widgets/theme.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_AUTH = 4, EXIT_NETWORK = 5 };

enum { VERB_RATE = 20 }; /* a verb that ends may be quick: requests a second */

static const char default_service[] = "https://us-east-1.box.upstash.com";

struct boxtop {
    struct options options;
    const char *program;           /* this binary, to run shell helpers */
    struct profile_config *config; /* NULL when there is no home to look in */
    const struct profile *profile; /* the one in use, NULL for none */
    struct apikey *environment;    /* the key that was in the environment, NULL for none */
    struct apikey *key;            /* the one in use, NULL for none */
    char *own_known_hosts;         /* NULL without a home */
    char *user_known_hosts;        /* NULL without a home */
    char *key_file;                /* where a key that is typed is kept, NULL without a home */
    char *cache_file;              /* the last known world, NULL without a home */
    struct tails *tails;           /* the newest lines of its logs */
    char *ssh_host;                /* NULL: the service's */
    int ssh_port;                  /* 0: the default */
    const char *base_url;
    struct client *client;
    struct term *term;
    struct canvas *canvas;
    struct app app;
    bool app_ready;
    struct loop loop;
};

static int complain(const struct err *err)
{
    fprintf(stderr, "boxtop: %s\n", err->text);
    switch (err->kind) {
    case ERR_USAGE:
        return EXIT_USAGE;
    case ERR_AUTH:
        return EXIT_AUTH;
    case ERR_NETWORK:
        return EXIT_NETWORK;
    default:
        return 1;
    }
}

/* ---- what the app asks of main ---- */

static const char *app_api_key(void *user)
{
    const struct boxtop *self = user;
    return self->key != NULL ? apikey_text(self->key) : NULL;
}

static bool use_key(struct boxtop *self, struct apikey *key, struct err *err)
{
    log_hide_secret(apikey_text(key));
    if (!client_set_key(self->client, apikey_text(key), err)) {
        apikey_free(key);
        return false;
    }
    apikey_free(self->key);
    self->key = key;
    return true;
}

static bool app_set_key(void *user, const char *text, bool keep, struct err *err)
{
    struct boxtop *self = user;
    struct apikey *key = apikey_new(text, strlen(text), err);
    if (key == NULL || !use_key(self, key, err))
        return false;
    if (!keep)
        return true;
    if (self->key_file == NULL)
        return err_set(err, ERR_LOCAL, 0, "There is no home folder to keep the API key in");
    return apikey_save(self->key_file, self->key, err);
}

static struct apikey *find_key(struct boxtop *self, struct err *err)
{
    const struct profile *profile = self->profile;
    const char *kept = self->key_file != NULL && access(self->key_file, F_OK) == 0 ? self->key_file : NULL;
    struct apikey_sources sources = {
        .file = self->options.api_key_file,
        .command = profile != NULL ? (const char *const *)profile->api_key_cmd : NULL,
        .environment = self->environment,
        .config_file = profile != NULL && profile->api_key_file != NULL ? profile->api_key_file : kept,
    };
    return apikey_find(&sources, NULL, err);
}

static bool app_reread_key(void *user, struct err *err)
{
    struct boxtop *self = user;
    struct apikey *key = find_key(self, err);
    if (key == NULL)
        return false;
    if (self->key != NULL && strcmp(apikey_text(key), apikey_text(self->key)) == 0) {
        apikey_free(key);
        return err_set(err, ERR_AUTH, 0, "The API key is still the same: type another");
    }
    return use_key(self, key, err);
}

/* Where the clipboard cannot be reached the text goes to a file that only the operator can read. */
static bool app_copy_out(void *user, const char *text, char *where, size_t size)
{
    struct boxtop *self = user;
    struct err err;
    if (term_copy(self->term, text, strlen(text), &err)) {
        snprintf(where, size, "to the clipboard");
        return true;
    }
    char *path = file_user_path("XDG_STATE_HOME", ".local/state", "copied");
    bool done = path != NULL && file_write_private(path, text, strlen(text), FILE_QUICK, &err);
    if (done)
        snprintf(where, size, "to %s: it is too long for the clipboard", path);
    free(path);
    return done;
}

static void app_alert(void *user, bool bell, bool notify)
{
    struct boxtop *self = user;
    term_alert(self->term, bell, notify);
}

static void app_suspend(void *user)
{
    struct boxtop *self = user;
    self->loop.suspend = true;
}

static void app_page(void *user, const char *path)
{
    struct boxtop *self = user;
    free(self->loop.page);
    self->loop.page = mem_dup(path);
}

/* ---- start ---- */

static bool read_config(struct boxtop *self, struct err *err)
{
    char *path = self->options.config != NULL ? mem_dup(self->options.config) : profile_default_path();
    if (path == NULL)
        return true;
    self->config = profile_load(path, self->options.config != NULL, err);
    free(path);
    if (self->config == NULL)
        return false;
    self->profile = profile_find(self->config, self->options.profile, err);
    self->key_file = profile_key_path(self->options.profile);
    return err->kind == ERR_NONE;
}

/* Option, environment, profile, default: what is nearer to the operator's fingers wins. */
static bool choose_service(struct boxtop *self, struct err *err)
{
    const struct profile *profile = self->profile;
    const char *from_environment = getenv("UPSTASH_BOX_BASE_URL");
    self->base_url = default_service;
    if (profile != NULL && profile->base_url != NULL)
        self->base_url = profile->base_url;
    if (from_environment != NULL && from_environment[0] != '\0' && self->options.profile == NULL)
        self->base_url = from_environment;
    if (self->options.base_url != NULL)
        self->base_url = self->options.base_url;
    self->options.read_only = self->options.read_only || (profile != NULL && profile->read_only);
    self->cache_file = cache_path(self->options.profile, self->base_url);
    if (self->options.ssh != NULL)
        return profile_parse_ssh(self->options.ssh, &self->ssh_host, &self->ssh_port, err);
    if (profile != NULL && profile->ssh_host != NULL && self->options.base_url == NULL) {
        self->ssh_host = mem_dup(profile->ssh_host);
        self->ssh_port = profile->ssh_port;
    }
    return true;
}

static bool start_client(struct boxtop *self, struct err *err)
{
    struct client_options options = {
        .base_url = self->base_url,
        .ssh_host = self->ssh_host,
        .ssh_port = self->ssh_port,
        .rate = self->options.rate,
        .user_agent = "boxtop/" BOXTOP_VERSION,
        .raw_text = cli_wants_raw(&self->options),
    };
    if (self->options.verb != NULL && self->options.rate <= 0 && !self->options.follow)
        options.rate = VERB_RATE;
    self->client = client_new(&options, err);
    return self->client != NULL;
}

/* No key at all is fine: the console asks. One that is there and wrong is not. */
static bool start_key(struct boxtop *self, struct err *err)
{
    struct apikey *key = find_key(self, err);
    if (key == NULL && err->kind == ERR_AUTH && err->code == 0) {
        err_clear(err);
        return true;
    }
    if (key == NULL) {
        err->kind = ERR_AUTH; /* whatever it was: there is no key */
        return false;
    }
    log_hide_secret(apikey_text(key));
    self->key = key;
    return true;
}

/* Nothing is asked of the service before everything else is known to work, and the first frame is there: it
 * needs neither libcurl nor the network. */
static bool start_asking(struct boxtop *self, struct err *err)
{
    return self->key == NULL || client_set_key(self->client, apikey_text(self->key), err);
}

struct ui_choice {
    const struct theme *theme;
    bool utc;
    bool mouse;
    bool clipboard_asks;
};

static bool is_yes(const char *value)
{
    return strcasecmp(value, "yes") == 0 || strcasecmp(value, "on") == 0 || strcasecmp(value, "true") == 0;
}

/* What programs in a shell may do to the clipboard. */
static bool is_policy(const char *value)
{
    return strcmp(value, "deny") == 0 || strcmp(value, "ask") == 0;
}

/* [ui] of the configuration. What it names must exist: a typing error is said, not passed over. */
static bool choose_ui(const struct boxtop *self, struct ui_choice *ui, struct err *err)
{
    *ui = (struct ui_choice){.theme = theme_by_name("default"), .mouse = true};
    for (size_t i = 0; self->config != NULL && i < self->config->ui_count; i++) {
        const struct profile_item *item = &self->config->ui[i];
        if (strcmp(item->name, "utc") == 0)
            ui->utc = is_yes(item->value);
        else if (strcmp(item->name, "mouse") == 0)
            ui->mouse = is_yes(item->value);
        else if (strcmp(item->name, "clipboard") == 0 && is_policy(item->value))
            ui->clipboard_asks = strcmp(item->value, "ask") == 0;
        else if (strcmp(item->name, "clipboard") == 0)
            return err_set(err, ERR_USAGE, 0, "%.120s:%d: clipboard is deny or ask", self->config->path,
                           item->line);
        else if (strcmp(item->name, "theme") != 0)
            return err_set(err, ERR_USAGE, 0,
                           "%.120s:%d: \"%.40s\" is not a setting of [ui]: theme, utc, mouse, clipboard",
                           self->config->path, item->line, item->name);
        else if ((ui->theme = theme_by_name(item->value)) == NULL)
            return err_set(err, ERR_USAGE, 0, "%.120s:%d: there is no theme \"%.40s\"", self->config->path,
                           item->line, item->value);
    }
    return true;
}

/* [attention] of the configuration. */
struct attention_choice {
    struct rules_limits limits;
    bool bell, notify;
};

static bool choose_attention(const struct boxtop *self, struct attention_choice *choice, struct err *err)
{
    *choice = (struct attention_choice){0};
    rules_limits_init(&choice->limits);
    for (size_t i = 0; self->config != NULL && i < self->config->attention_count; i++) {
        const struct profile_item *item = &self->config->attention[i];
        struct err why = {0};
        if (strcmp(item->name, "bell") == 0)
            choice->bell = is_yes(item->value);
        else if (strcmp(item->name, "notify") == 0)
            choice->notify = is_yes(item->value);
        else if (!rules_limits_set(&choice->limits, item->name, item->value, &why))
            return err_set(err, ERR_USAGE, 0, "%.120s:%d: %s", self->config->path, item->line, why.text);
    }
    return true;
}

/* What was seen is shared by the console and the verbs. */
static char *acks_path(void)
{
    return file_user_path("XDG_STATE_HOME", ".local/state", "attention.json");
}

static bool set_attention(struct boxtop *self, struct err *err)
{
    struct attention_choice choice;
    if (!choose_attention(self, &choice, err))
        return false;
    char *file = acks_path();
    self->app.wall_ms = clock_wall_ms();
    view_attention_setup(self->app.views[VIEW_ATTENTION], &choice.limits, file, choice.bell, choice.notify);
    free(file);
    return true;
}

static bool set_logs(struct boxtop *self, struct err *err)
{
    struct linepool_options room;
    bool ok = true;
    logroom_init(&room);
    for (size_t i = 0; self->config != NULL && ok && i < self->config->logs_count; i++) {
        const struct profile_item *item = &self->config->logs[i];
        struct err why = {0};
        ok = logroom_set(&room, item->name, item->value, &why);
        if (!ok)
            err_set(err, ERR_USAGE, 0, "%.120s:%d: %s", self->config->path, item->line, why.text);
    }
    if (ok)
        store_limit_logs(&self->app.store, &room);
    logroom_done(&room);
    return ok;
}

enum { TAILS_AT_START_US = 4000 };

/* The first frame shows the world as it was known last. */
static void load_cache(struct boxtop *self)
{
    struct box *boxes = NULL;
    size_t count = 0;
    int64_t saved_at = 0;
    struct err err;
    if (self->cache_file == NULL || !cache_load(self->cache_file, &boxes, &count, &saved_at, &err))
        return;
    store_load(&self->app.store, boxes, count, saved_at);
    boxes_free(boxes, count);
    tails_load(self->tails, &self->app.store, self->client, self->options.box);
    for (int64_t until = clock_us() + TAILS_AT_START_US; clock_us() < until;)
        if (!tails_load_next(self->tails, &self->app.store, self->client))
            break;
}

static bool app_on_tick(void *user)
{
    struct boxtop *self = user;
    struct app *app = &self->app;
    tails_step(self->tails, &app->store, app->now_ms, app->wall_ms);
    return tails_load_next(self->tails, &app->store, self->client);
}

static void save_cache(const struct boxtop *self)
{
    const struct store *store = &self->app.store;
    if (self->cache_file == NULL || store->list_ms == 0)
        return;
    struct box *boxes = mem_zalloc(store->box_count, sizeof *boxes);
    size_t count = 0;
    for (size_t i = 0; i < store->box_count; i++)
        if (!store->boxes[i]->gone)
            boxes[count++] = store->boxes[i]->box; /* borrowed: only written out */
    struct err err;
    cache_save(self->cache_file, boxes, count, clock_wall_ms(), &err);
    free(boxes);
}

/* What the log viewer remembers: one file for each account, as the cache has it. */
static void load_memory(struct boxtop *self)
{
    const char *name = self->cache_file != NULL ? strrchr(self->cache_file, '/') : NULL;
    if (name == NULL)
        return;
    const char *dot = strrchr(name, '.');
    char *file = mem_format("viewer-%.*s.json", dot != NULL ? (int)(dot - name - 1) : 64, name + 1);
    char *path = file_user_path("XDG_STATE_HOME", ".local/state", file);
    logmemory_load(&self->app.memory, path);
    free(path);
    free(file);
}

static bool start_console(struct boxtop *self, struct err *err)
{
    struct ui_choice ui;
    if (!choose_ui(self, &ui, err) || !keymap_check(self->config, err))
        return false;
    self->term = term_new(err);
    if (self->term == NULL)
        return false;
    const char *no_color = getenv("NO_COLOR");
    self->canvas = canvas_new(ui.theme, term_is_ascii(self->term), no_color != NULL && no_color[0] != '\0');
    canvas_set_styles(self->canvas, term_styles(self->term));
    int rows, cols;
    term_size(self->term, &rows, &cols);
    const char *scheme = strstr(self->base_url, "://");
    struct app_options options = {
        .client = self->client,
        .program = self->program,
        .own_known_hosts = self->own_known_hosts,
        .user_known_hosts = self->user_known_hosts,
        .service = scheme != NULL ? scheme + 3 : self->base_url,
        .read_only = self->options.read_only,
        .ascii = term_is_ascii(self->term),
        .api_key = app_api_key,
        .set_key = app_set_key,
        .reread_key = app_reread_key,
        .copy = app_copy_out,
        .suspend = app_suspend,
        .page = app_page,
        .alert = app_alert,
        .tick = app_on_tick,
        .user = self,
        .fill_ms = self->options.rate > 0 ? (int64_t)(4000 / self->options.rate) : 1000,
    };
    app_init(&self->app, &options, rows, cols);
    self->app_ready = true;
    self->app.utc = ui.utc;
    self->app.mouse_off = !ui.mouse;
    self->app.clipboard_asks = ui.clipboard_asks;
    if (!keymap_configure(&self->app.keymap, self->config, err) || !set_attention(self, err) ||
        !set_logs(self, err))
        return false;
    char *tails_file = self->cache_file != NULL ? cache_tails_path(self->cache_file) : NULL;
    self->tails = tails_new(tails_file);
    free(tails_file);
    enum action lost = keymap_lost(&self->app.keymap, self->config);
    if (lost != ACTION_NONE)
        app_note(&self->app, "\"%s\" has no key any more: the config gave it to another action",
                 action_info(lost)->name);
    load_cache(self);
    load_memory(self);
    self->app.wanted_box = self->options.box != NULL ? mem_dup(self->options.box) : hint_box();
    self->app.wanted_named = self->options.box != NULL;
    self->app.wanted_shell = self->options.shell;
    if (self->key == NULL)
        auth_ask(&self->app, NULL);
    return true;
}

static int run_console(struct boxtop *self, struct err *err)
{
    self->loop =
        (struct loop){.app = &self->app, .term = self->term, .canvas = self->canvas, .client = self->client};
    loop_open(&self->loop);
    self->loop.gone = !start_asking(self, err) || self->loop.gone;
    int status = loop_run(&self->loop);
    save_cache(self);
    tails_save(self->tails, &self->app.store, clock_ms(), clock_wall_ms());
    return self->app.store.link.state == LINK_REFUSED && status == 0 ? EXIT_AUTH : status;
}

static void end(struct boxtop *self)
{
    tails_free(self->tails);
    if (self->app_ready)
        app_done(&self->app);
    canvas_free(self->canvas);
    term_free(self->term);
    client_free(self->client);
    apikey_free(self->key);
    apikey_free(self->environment);
    profile_free(self->config);
    free(self->own_known_hosts);
    free(self->user_known_hosts);
    free(self->key_file);
    free(self->cache_file);
    free(self->ssh_host);
    log_close();
}

static int carry_out_verb(struct boxtop *self)
{
    struct ui_choice ui;
    struct attention_choice attention;
    struct err err = {0};
    if (!choose_ui(self, &ui, &err) || !choose_attention(self, &attention, &err))
        return complain(&err);
    char *acks_file = acks_path();
    int status = cli_run(&(struct cli_setup){.options = &self->options,
                                             .client = self->client,
                                             .limits = attention.limits,
                                             .acks_file = acks_file,
                                             .utc = ui.utc || self->options.utc});
    free(acks_file);
    return status;
}

/* A verb asks nobody for a key. */
static int run_verb(struct boxtop *self)
{
    struct err err;
    int status = self->key != NULL ? carry_out_verb(self) : EXIT_AUTH;
    if (self->key == NULL) {
        err_set(&err, ERR_AUTH, 0, "There is no API key: set UPSTASH_BOX_API_KEY or give --api-key-file");
        complain(&err);
    }
    end(self);
    return status;
}

int main(int argc, char **argv)
{
    if (shell_is_helper(argc, argv))
        shell_helper_main();
    static struct boxtop self;
    struct err err = {0};
    setlocale(LC_ALL, "");
    self.program = access("/proc/self/exe", X_OK) == 0 ? "/proc/self/exe" : argv[0];
    apikey_harden_process();
    if (!options_parse(&self.options, argc, argv, &err)) {
        complain(&err);
        fprintf(stderr, "Try \"boxtop --help\".\n");
        return EXIT_USAGE;
    }
    if (self.options.help || self.options.version) {
        printf(self.options.help ? "%s" : "boxtop %s\n", self.options.help ? options_help() : BOXTOP_VERSION);
        return fflush(stdout) == 0 ? 0 : 1;
    }
    const char *home = getenv("HOME");
    self.own_known_hosts = file_user_path("XDG_CONFIG_HOME", ".config", "known_hosts");
    self.user_known_hosts = home != NULL && home[0] == '/' ? mem_format("%s/.ssh/known_hosts", home) : NULL;
    self.environment = apikey_take_environment(&err);
    if (err.kind != ERR_NONE)
        err.kind = ERR_AUTH;
    bool ready = err.kind == ERR_NONE && (self.options.log == NULL || log_open(self.options.log, &err)) &&
                 read_config(&self, &err) && choose_service(&self, &err) && start_client(&self, &err) &&
                 start_key(&self, &err);
    bool verb = self.options.verb != NULL;
    ready = ready && (verb ? start_asking(&self, &err) : start_console(&self, &err));
    if (ready && verb)
        return run_verb(&self);
    int status = ready ? run_console(&self, &err) : 0;
    bool refused = ready && status == EXIT_AUTH;
    end(&self);
    if (refused)
        err_set(&err, ERR_AUTH, 401, "The service refused the API key");
    return err.kind != ERR_NONE ? complain(&err) : status;
}
