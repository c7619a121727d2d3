/*
 * From the service's JSON to the structs of model.h. Nothing here fails: a field that is missing or has the
 * wrong type is unknown, and an item that cannot be read at all becomes an unreadable item whose name says
 * which one it was and why. Each function fills a struct that the caller later gives to its x_done.
 *
 * The element comes from json_split, or is made by json_element_whole for an answer that is one item.
 */
#pragma once

#include "client/json_split.h"
#include "client/model.h"

#include <stddef.h>

/* A whole answer as an element. */
struct json_element json_element_whole(const char *bytes, size_t len);

/* Box object, box-api.md 2.1. */
void model_read_box(struct box *out, const struct json_element *element);

/* Run, box-api.md 2.5. The only raw text is that of a prompt that is not the same when it is inert. */
void model_read_run(struct run *out, const struct json_element *element);

/* Log entry, box-api.md 2.6. The raw text stays NULL. */
void model_read_log_line(struct log_line *out, const struct json_element *element);

/* The same with the raw texts beside the inert ones. */
void model_read_raw_run(struct run *out, const struct json_element *element);
void model_read_raw_log_line(struct log_line *out, const struct json_element *element);

/* Snapshot, box-api.md 2.8. */
void model_read_snapshot(struct snapshot *out, const struct json_element *element);

/* The status word of an answer to GET .../status; BOX_STATUS_UNKNOWN when there is none. */
enum box_status model_read_status(const char *bytes, size_t len);

/* What a word of the service means; unknown words are BOX_STATUS_UNKNOWN, NULL too. */
enum box_status model_box_status(const char *word);
enum run_status model_run_status(const char *word);

/* The sentence of an error answer (box-api.md 1.4): its `error` text, or the message inside an error object,
 * or "Request failed with status N". Inert, never empty; the caller frees it. */
char *model_read_error(const char *bytes, size_t len, int http_status);
