#include "tests/boxd/wire.h"

#include <string.h>

static const char customer[] = "cus_7c1f02";

void wire_stamp(struct wire *wire, const char *key, int64_t wall_ms)
{
    if (wall_ms == 0) {
        return;
    }
    if (wire->hits->on[FAULT_SKEW]) {
        wall_ms += wire->hits->what[FAULT_SKEW].number;
    }
    jsonw_int_field(&wire->w, key, wire->hits->on[FAULT_MILLIS] ? wall_ms : wall_ms / 1000);
}

bool wire_open_list(struct wire *wire)
{
    if (wire->hits->on[FAULT_NULL_LISTS]) {
        jsonw_null(&wire->w);
        return false;
    }
    jsonw_open(&wire->w, '[');
    return true;
}

const char *wire_status(const struct fault_hits *hits, const char *word)
{
    if (!hits->on[FAULT_UNKNOWN_STATUS]) {
        return word;
    }
    const char *text = hits->what[FAULT_UNKNOWN_STATUS].text;
    return text[0] == '\0' ? "hibernating" : text;
}

struct breakage {
    const char *name;
    const char *members; /* what is put at the end of the item */
};

/* Each makes a strict JSON library refuse the document, or the item be of a shape nobody expects. */
static const struct breakage breakages[] = {
    {"surrogate", ",\"note\":\"\\ud83d lone\""},
    {"utf8", ",\"note\":\"\xc3\x28 \xff\xfe\""},
    {"real", ",\"total_cpu_ns\":1e400"},
    {"int", ",\"created_at\":18446744073709551616"},
    {"nul", ",\"note\":\"a\\u0000b\""},
    {"types", ",\"id\":12,\"status\":[],\"labels\":{},\"level\":7,\"message\":null,\"created_at\":\"soon\""},
    {"twice", ",\"id\":\"twice\",\"id\":\"twice\",\"status\":\"idle\",\"status\":\"error\""},
    {"depth", NULL},
};

static void add_depth(struct buf *buf)
{
    enum { DEPTH = 3000 };
    buf_add_text(buf, ",\"deep\":");
    for (int i = 0; i < DEPTH; i++) {
        buf_add_byte(buf, '[');
    }
    for (int i = 0; i < DEPTH; i++) {
        buf_add_byte(buf, ']');
    }
}

void wire_break_item(struct wire *wire, size_t index, size_t count)
{
    if (!wire->hits->on[FAULT_BROKEN_ITEM] || count == 0 || index != count / 2) {
        return;
    }
    const char *kind = wire->hits->what[FAULT_BROKEN_ITEM].text;
    const struct breakage *chosen = &breakages[0];
    for (size_t i = 0; i < sizeof breakages / sizeof *breakages; i++) {
        if (strcmp(breakages[i].name, kind) == 0) {
            chosen = &breakages[i];
        }
    }
    if (chosen->members == NULL) {
        add_depth(&wire->w.buf);
    } else {
        buf_add_text(&wire->w.buf, chosen->members);
    }
}

static void add_text(struct jsonw *w, const char *key, const char *value)
{
    if (value != NULL) {
        jsonw_text_field(w, key, value);
    }
}

static void add_value(struct jsonw *w, const char *key, const json_t *value)
{
    if (value != NULL) {
        jsonw_key(w, key);
        jsonw_value(w, value);
    }
}

static void add_labels(struct jsonw *w, const struct box *box)
{
    if (box->label_count == 0) {
        return;
    }
    jsonw_key(w, "labels");
    jsonw_open(w, '[');
    for (int i = 0; i < box->label_count; i++) {
        jsonw_text(w, box->labels[i]);
    }
    jsonw_close(w, ']');
}

static void add_settings(struct wire *wire, const struct box *box)
{
    struct jsonw *w = &wire->w;
    add_text(w, "name", box->name);
    add_labels(w, box);
    add_text(w, "size", box->size);
    jsonw_bool_field(w, "keep_alive", box->keep_alive);
    add_text(w, "model", box->model);
    add_text(w, "agent", box->agent);
    add_value(w, "enabled_skills", box->skills);
    add_text(w, "runtime", box->runtime);
    jsonw_text_field(w, "status", wire_status(wire->hits, box_status_word(box->status)));
    jsonw_key(w, "network_policy");
    if (box->network_policy != NULL) {
        jsonw_value(w, box->network_policy);
    } else {
        jsonw_open(w, '{');
        jsonw_text_field(w, "mode", "allow-all");
        jsonw_close(w, '}');
    }
    add_text(w, "clone_repo", box->clone_repo);
}

static void add_totals(struct wire *wire, const struct box *box)
{
    struct jsonw *w = &wire->w;
    jsonw_int_field(w, "total_input_tokens", box->input_tokens);
    jsonw_int_field(w, "total_output_tokens", box->output_tokens);
    jsonw_int_field(w, "total_prompts", box->prompts);
    add_text(w, "session_id", box->session_id);
    jsonw_int_field(w, "total_cpu_ns", box->cpu_ns);
    jsonw_real_field(w, "total_compute_cost_usd", box->compute_cost_usd);
    jsonw_real_field(w, "total_token_cost_usd", box->token_cost_usd);
    jsonw_bool_field(w, "use_managed_key", box->agent != NULL && strcmp(box->agent, "custom") != 0);
    wire_stamp(wire, "last_activity_at", box->activity_ms);
    wire_stamp(wire, "created_at", box->created_ms);
    wire_stamp(wire, "updated_at", box->updated_ms);
    if (box->ephemeral) {
        jsonw_bool_field(w, "ephemeral", true);
        wire_stamp(wire, "expires_at", box->expires_ms);
    }
}

/* The object with what a test has overridden: parsed once more, since this happens to a few boxes only. */
static void add_overridden(struct wire *wire, const struct box *box)
{
    struct wire plain = {.hits = wire->hits};
    jsonw_init(&plain.w);
    jsonw_open(&plain.w, '{');
    jsonw_text_field(&plain.w, "id", box->id);
    add_settings(&plain, box);
    add_totals(&plain, box);
    jsonw_close(&plain.w, '}');
    json_t *object = json_loadb(plain.w.buf.data, plain.w.buf.len, JSON_ALLOW_NUL, NULL);
    if (object != NULL) {
        json_object_update(object, box->extra);
    }
    jsonw_value(&wire->w, object);
    json_decref(object);
    jsonw_done(&plain.w);
}

void wire_box(struct wire *wire, const struct box *box, size_t index, size_t count)
{
    if (box->raw != NULL) {
        jsonw_raw(&wire->w, box->raw, box->raw_len);
        return;
    }
    if (box->extra != NULL) {
        add_overridden(wire, box);
        return;
    }
    jsonw_open(&wire->w, '{');
    jsonw_text_field(&wire->w, "id", box->id);
    jsonw_text_field(&wire->w, "customer_id", customer);
    add_settings(wire, box);
    add_totals(wire, box);
    wire_break_item(wire, index, count);
    jsonw_close(&wire->w, '}');
}

void wire_run(struct wire *wire, const struct box *box, const struct run *run, size_t index, size_t count)
{
    struct jsonw *w = &wire->w;
    int64_t end_ms = run->completed_ms == 0 ? run->created_ms : run->completed_ms;
    jsonw_open(w, '{');
    jsonw_text_field(w, "id", run->id);
    jsonw_text_field(w, "box_id", box->id);
    jsonw_text_field(w, "customer_id", customer);
    jsonw_text_field(w, "type", run->agent ? "agent" : "shell");
    jsonw_text_field(w, "status", wire_status(wire->hits, run_status_word(run->status)));
    add_text(w, "prompt", run->prompt);
    add_text(w, "model", run->model);
    add_text(w, "output", run->output);
    add_text(w, "error_message", run->error_message);
    add_text(w, "session_id", run->session_id);
    jsonw_int_field(w, "input_tokens", run->input_tokens);
    jsonw_int_field(w, "output_tokens", run->output_tokens);
    if (run->cached_input_tokens > 0) {
        jsonw_int_field(w, "cached_input_tokens", run->cached_input_tokens);
    }
    jsonw_real_field(w, "cost_usd", run->cost_usd);
    jsonw_int_field(w, "duration_ms", end_ms - run->created_ms);
    if (run->completed_ms != 0) {
        jsonw_real_field(w, "compute_cost_usd", run->compute_cost_usd);
        jsonw_int_field(w, "cpu_ns", run->cpu_ns);
        jsonw_int_field(w, "memory_peak_bytes", run->memory_peak_bytes);
    }
    wire_stamp(wire, "created_at", run->created_ms);
    wire_stamp(wire, "completed_at", run->completed_ms);
    add_text(w, "schedule_id", run->schedule_id);
    wire_break_item(wire, index, count);
    jsonw_close(w, '}');
}

void wire_log_line(struct wire *wire, const struct boxlog_line *line, const char *box_id, size_t index,
                   size_t count)
{
    struct jsonw *w = &wire->w;
    jsonw_open(w, '{');
    add_text(w, "box_id", box_id);
    wire_stamp(wire, "timestamp", line->at_ms);
    jsonw_text_field(w, "level", line->level);
    jsonw_text_field(w, "source", line->source);
    jsonw_key(w, "message");
    if (line->verbatim) {
        jsonw_verbatim(w, line->text, line->len);
    } else {
        jsonw_bytes(w, line->text, line->len);
    }
    wire_break_item(wire, index, count);
    jsonw_close(w, '}');
}

void wire_snapshot(struct wire *wire, const struct snapshot *snapshot)
{
    struct jsonw *w = &wire->w;
    const char *status = snapshot->failed ? "error" : snapshot->ready_at_ms != 0 ? "creating" : "ready";
    jsonw_open(w, '{');
    jsonw_text_field(w, "id", snapshot->id);
    jsonw_text_field(w, "name", snapshot->name);
    jsonw_text_field(w, "box_id", snapshot->box_id);
    jsonw_int_field(w, "size_bytes", snapshot->ready_at_ms != 0 ? 0 : snapshot->size_bytes);
    jsonw_text_field(w, "status", status);
    wire_stamp(wire, "created_at", snapshot->created_ms);
    jsonw_close(w, '}');
}

void wire_schedule(struct wire *wire, const struct box *box, const struct schedule *schedule)
{
    struct jsonw *w = &wire->w;
    const char *key;
    json_t *value;
    jsonw_open(w, '{');
    jsonw_text_field(w, "id", schedule->id);
    jsonw_text_field(w, "box_id", box->id);
    jsonw_text_field(w, "customer_id", customer);
    json_object_foreach(schedule->fields, key, value)
    {
        jsonw_key(w, key);
        jsonw_value(w, value);
    }
    jsonw_text_field(w, "status", schedule->paused ? "paused" : "active");
    if (schedule->last_run_ms != 0) {
        wire_stamp(wire, "last_run_at", schedule->last_run_ms);
        jsonw_text_field(w, "last_run_status", run_status_word(schedule->last_run_status));
        jsonw_text_field(w, "last_run_id", schedule->last_run_id);
    }
    jsonw_int_field(w, "total_runs", schedule->total_runs);
    jsonw_int_field(w, "total_failures", schedule->total_failures);
    wire_stamp(wire, "created_at", schedule->created_ms);
    wire_stamp(wire, "updated_at", schedule->updated_ms);
    jsonw_close(w, '}');
}
