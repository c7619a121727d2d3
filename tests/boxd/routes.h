/*
 * The route table: method, path pattern, handler. A `{}` segment takes any text and becomes an argument.
 * Fixed segments stand before `{}` in the table, since the first match wins (box-api.md 2.0).
 */
#pragma once

#include "tests/boxd/request.h"

struct route {
    const char *method;
    const char *pattern;
    void (*handle)(struct request *rq);
};

/* The route of a request, with its arguments filled in; NULL after replying 404, 405 or 400. *index gets its
 * place in the table. */
const struct route *routes_find(struct request *rq, size_t *index);

/* The table, for the counters. */
const struct route *routes_table(size_t *count);

/* The box of argument 0; NULL after replying 404. */
struct box *routes_box(struct request *rq);

/* Handlers, by file. */
void boxes_list(struct request *rq);
void boxes_create(struct request *rq);
void boxes_get(struct request *rq);
void boxes_status(struct request *rq);
void boxes_delete(struct request *rq);
void boxes_delete_many(struct request *rq);
void boxes_pause(struct request *rq);
void boxes_resume(struct request *rq);

void runs_list(struct request *rq);
void runs_get(struct request *rq);
void runs_cancel(struct request *rq);

void exec_run(struct request *rq);
void exec_stream(struct request *rq);
void code_run(struct request *rq);
void code_stream(struct request *rq);
void agent_run(struct request *rq);
void agent_stream(struct request *rq);

void logs_of_box(struct request *rq);
void logs_of_account(struct request *rq);

void files_get(struct request *rq);
void files_put(struct request *rq);
void files_list(struct request *rq);
void files_upload(struct request *rq);
void files_download(struct request *rq);
void files_stat(struct request *rq);
void files_mkdir(struct request *rq);
void files_rename(struct request *rq);
void files_remove(struct request *rq);

void snapshots_create(struct request *rq);
void snapshots_of_box(struct request *rq);
void snapshots_of_account(struct request *rq);
void snapshots_delete(struct request *rq);
void snapshots_delete_many(struct request *rq);
void snapshots_restore(struct request *rq);

void schedules_create(struct request *rq);
void schedules_list(struct request *rq);
void schedules_get(struct request *rq);
void schedules_update(struct request *rq);
void schedules_pause(struct request *rq);
void schedules_resume(struct request *rq);
void schedules_delete(struct request *rq);

void git_status(struct request *rq);
void git_diff(struct request *rq);
void git_exec(struct request *rq);
void git_clone(struct request *rq);
void git_commit(struct request *rq);
void git_push(struct request *rq);
void git_create_pr(struct request *rq);
void git_checkout(struct request *rq);
void git_config(struct request *rq);

void config_model(struct request *rq);
void config_custom_runner(struct request *rq);
void config_network_policy(struct request *rq);
void config_add_skill(struct request *rq);
void config_remove_skill(struct request *rq);
void config_add_label(struct request *rq);
void config_remove_label(struct request *rq);

void startup_get(struct request *rq);
void startup_set(struct request *rq);
void startup_delete(struct request *rq);

void env_list(struct request *rq);
void env_replace(struct request *rq);
void env_set(struct request *rq);
void env_delete(struct request *rq);

void apikeys_list(struct request *rq);

void preview_create(struct request *rq);
void preview_list(struct request *rq);
void preview_delete(struct request *rq);

void control_faults(struct request *rq);
void control_counters(struct request *rq);
void control_log(struct request *rq);
void control_box(struct request *rq);
