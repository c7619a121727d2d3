#include "tui/views.h"

enum widget_move view_move_of(enum action action)
{
    switch (action) {
    case ACTION_UP:
        return MOVE_UP;
    case ACTION_DOWN:
        return MOVE_DOWN;
    case ACTION_PAGE_UP:
        return MOVE_PAGE_UP;
    case ACTION_PAGE_DOWN:
        return MOVE_PAGE_DOWN;
    case ACTION_HALF_UP:
        return MOVE_HALF_UP;
    case ACTION_HALF_DOWN:
        return MOVE_HALF_DOWN;
    case ACTION_TOP:
        return MOVE_FIRST;
    case ACTION_BOTTOM:
        return MOVE_LAST;
    default:
        return MOVE_NONE;
    }
}

enum role view_status_role(enum box_status status)
{
    static const enum role roles[] = {
        [BOX_STATUS_UNKNOWN] = ROLE_WARN,    [BOX_STATUS_CREATING] = ROLE_CREATED,
        [BOX_STATUS_IDLE] = ROLE_IDLE,       [BOX_STATUS_RUNNING] = ROLE_RUNNING,
        [BOX_STATUS_PAUSED] = ROLE_PAUSED,   [BOX_STATUS_ERROR] = ROLE_ERROR,
        [BOX_STATUS_DELETED] = ROLE_DELETED,
    };
    return roles[status];
}

enum role view_run_role(enum run_status status)
{
    static const enum role roles[] = {
        [RUN_STATUS_UNKNOWN] = ROLE_WARN,  [RUN_STATUS_RUNNING] = ROLE_RUNNING,
        [RUN_STATUS_COMPLETED] = ROLE_OK,  [RUN_STATUS_FAILED] = ROLE_ERROR,
        [RUN_STATUS_CANCELLED] = ROLE_DIM, [RUN_STATUS_SKIPPED] = ROLE_DIM,
    };
    return roles[status];
}
