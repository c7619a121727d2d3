/*
 * Which box is meant when none is named: the environment's BOX_ID, else the first line of the nearest file
 * called `.box`, from the working folder upwards, as the service's own CLI reads them (box-api.md 1.1).
 */
#pragma once

/* The id or name, which the caller frees; NULL when there is none. */
char *hint_box(void);
