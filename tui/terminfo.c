#include "tui/terminfo.h"

#include <stddef.h>
#include <unistd.h>
#include <curses.h>
#include <term.h>

bool terminfo_knows(const char *name)
{
    int why;
    if (setupterm(name, STDOUT_FILENO, &why) == ERR)
        return false;
    del_curterm(cur_term);
    return true;
}
