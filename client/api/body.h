/* Request bodies: small JSON objects. */
#pragma once

/* {"name":"text", ...} of pairs of names and texts that end with a NULL name; a NULL text leaves its pair
 * out. Bytes that are not UTF-8 become U+FFFD. The caller frees it. */
char *body_object(const char *name, const char *text, ...) __attribute__((sentinel));

/* The request body of exec (box-api.md 2.3): {"command":["sh","-c",text], "folder":folder}. */
char *body_exec(const char *text, const char *folder);
