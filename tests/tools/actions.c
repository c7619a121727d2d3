/*
 * Prints the table of actions, one a line: name, default keys, where it is valid, risk, help; separated by
 * tabs. The manual page and README's table of keys are made from it (generate.sh).
 */
#include <stdio.h>

#include "tui/action.h"

static const char *const risks[] = {
    [RISK_CALM] = "calm", [RISK_CHANGE] = "change", [RISK_COST] = "cost", [RISK_LOSS] = "loss"};

int main(void)
{
    for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
        const struct action_info *info = action_info((enum action)i);
        printf("%s\t%s\t%s\t%s\t%s\n", info->name, info->keys, action_where_title(info->where),
               risks[info->risk], info->help);
    }
    return 0;
}
