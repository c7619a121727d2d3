/* The parts of the API: which functions carry out what. */
#pragma once

#include "client/api/job.h"

extern const struct job_ops boxes_list_ops; /* POLL_LIST, POLL_DELETED */
extern const struct job_ops boxes_get_ops;
extern const struct job_ops boxes_create_ops;
extern const struct job_ops boxes_pause_ops; /* and resume */
extern const struct job_ops boxes_delete_ops;
extern const struct job_ops runs_list_ops; /* POLL_RUNS */
extern const struct job_ops runs_cancel_ops;
extern const struct job_ops agent_ops;
extern const struct job_ops exec_ops;
extern const struct job_ops logs_tail_ops; /* POLL_LOGS */
extern const struct job_ops logs_older_ops;
extern const struct job_ops snapshots_list_ops;
extern const struct job_ops snapshots_create_ops;
extern const struct job_ops connect_ops;
