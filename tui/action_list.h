/*
 * The one table of actions: what an operator can do, under which name, with which key, where, and how
 * dangerous it is. Keys, the palette, the help screen, the footer, the man page and the config parser are all
 * made from this list; see action.h for the columns.
 *
 * ACTION(id, name, default keys, where, risk, help)
 *   name   what the config file and the palette call it
 *   keys   names separated by spaces, as keyname.h spells them; a pane's own key wins over the same key of
 * APP where  the widest place it is valid: APP anywhere but a live shell, LIST, MAIN (any tab of a box),
 * LOGS, RUNS, COMMAND, SHELL risk   CALM changes nothing, CHANGE changes a box, COST may cost money, LOSS
 * destroys something
 */

/* Moving about. */
ACTION(HELP, "help", "?", APP, CALM, "show every key and what it does")
ACTION(PALETTE, "palette", ":", APP, CALM, "find any action by name and run it")
ACTION(MENU, "menu", "x", APP, CALM, "every action that is valid now for the selected box")
ACTION(BACK, "back", "q", APP, CALM, "go back one view; at the first one, quit")
ACTION(CANCEL, "cancel", "Escape", APP, CALM, "close the prompt, clear the filter or go back")
ACTION(INTERRUPT, "interrupt", "Ctrl-c", APP, CALM,
       "cancel the request under way; twice within a second quits")
ACTION(NEXT_PANE, "next-pane", "Tab", APP, CALM, "focus the next pane")
ACTION(PREVIOUS_PANE, "previous-pane", "Shift-Tab", APP, CALM, "focus the previous pane")
ACTION(PANE_1, "pane-1", "1", APP, CALM, "focus the box list")
ACTION(PANE_2, "pane-2", "2", APP, CALM, "focus the main pane")
ACTION(PANE_3, "pane-3", "3", APP, CALM, "focus the third pane")
ACTION(PANE_4, "pane-4", "4", APP, CALM, "focus the fourth pane")
ACTION(NEXT_TAB, "next-tab", "]", APP, CALM, "show the next tab")
ACTION(PREVIOUS_TAB, "previous-tab", "[", APP, CALM, "show the previous tab")
ACTION(ZOOM, "zoom", "z", APP, CALM, "give the focused pane the whole screen, or take it back")
ACTION(LAST_VIEW, "last-view", "-", APP, CALM, "go to the tab shown before this one")
ACTION(ATTENTION, "attention", "!", APP, CALM, "go to the worst thing that needs a person")
ACTION(REFRESH, "refresh", "Ctrl-r", APP, CALM, "ask the service again now")
ACTION(REDRAW, "redraw", "Ctrl-l", APP, CALM, "draw the whole screen again")
ACTION(SUSPEND, "suspend", "Ctrl-z", APP, CALM, "stop boxtop and go back to the calling shell")
ACTION(MOUSE, "mouse", "F2", APP, CALM, "switch the mouse off or on")
ACTION(CLOCK, "clock", "F3", APP, CALM, "show times in local time or in UTC")
ACTION(AUTH, "auth", "", APP, CALM, "read the API key again, or ask for it")
ACTION(QUIT, "quit", "Q", APP, CALM, "quit, asking when shells or requests are open")

/* What is shown of the selected box. */
ACTION(SHELL, "shell", "s", APP, COST, "open a shell in the selected box, or show the one that is open")
ACTION(LOGS, "logs", "l", APP, CALM, "show the log of the selected box")
ACTION(RUNS, "runs", "r", APP, CALM, "show the runs of the selected box")
ACTION(OVERVIEW, "overview", "i", APP, CALM, "show everything known about the selected box")
ACTION(COMMAND, "command", "c", APP, COST, "run a command in the selected box and watch its output")
ACTION(ASK, "ask", "a", APP, COST, "give the selected box's agent a prompt and watch it work")
ACTION(COPY, "copy", "y", APP, CALM, "copy the id of the selected box, or the line under the cursor")
ACTION(COPY_SSH, "copy-ssh", "Y", APP, CALM, "copy the ssh command of the selected box")
ACTION(COPY_CONSOLE, "copy-console", "U", APP, CALM,
       "copy the address of the selected box in the Upstash Console")

/* Moving a cursor, in every list and viewer. */
ACTION(DOWN, "down", "j Down", APP, CALM, "one line down")
ACTION(UP, "up", "k Up", APP, CALM, "one line up")
ACTION(PAGE_DOWN, "page-down", "PageDown Ctrl-f", APP, CALM, "one screen down")
ACTION(PAGE_UP, "page-up", "PageUp Ctrl-b", APP, CALM, "one screen up")
ACTION(HALF_DOWN, "half-down", "Ctrl-d", APP, CALM, "half a screen down")
ACTION(HALF_UP, "half-up", "Ctrl-u", APP, CALM, "half a screen up")
ACTION(TOP, "top", "g Home", APP, CALM, "to the first line")
ACTION(BOTTOM, "bottom", "G End", APP, CALM, "to the last line")
ACTION(LEFT, "left", "Left", APP, CALM, "sideways to the left")
ACTION(RIGHT, "right", "Right", APP, CALM, "sideways to the right")
ACTION(ENTER, "enter", "Enter", APP, CALM, "go in: the box, the run, the line")

/* The box list. */
ACTION(FILTER, "filter", "/", LIST, CALM,
       "show only boxes that match: text, ~regex, !not, l:label, s:status, r:runtime, a:agent")
ACTION(SORT, "sort", "o", LIST, CALM, "sort by the next column")
ACTION(SORT_REVERSE, "sort-reverse", "O", LIST, CALM, "turn the order round")
ACTION(DELETED, "deleted", "t", LIST, CALM, "switch between active and deleted boxes")
ACTION(MARK, "mark", "Space", LIST, CALM, "mark or unmark the box")
ACTION(MARK_ALL, "mark-all", "A", LIST, CALM, "mark all boxes shown, or unmark them")
ACTION(PAUSE, "pause", "P", LIST, CHANGE,
       "pause the box, or resume it when it is paused (marked boxes: all of them)")
ACTION(DELETE, "delete", "D", LIST, LOSS, "delete the box for good; its id must be typed")
ACTION(NEW_BOX, "new-box", "N", LIST, COST, "create a box")
ACTION(SNAPSHOT, "snapshot", "S", LIST, COST, "take a snapshot of the box")

/* The log. */
ACTION(FOLLOW, "follow", "f", LOGS, CALM, "follow new lines, or stop following")
ACTION(WRAP, "wrap", "w", LOGS, CALM, "wrap long lines, or cut them")
ACTION(TIMES, "times", "t", LOGS, CALM, "times: absolute, relative, delta, off")
ACTION(SEARCH, "search", "/", LOGS, CALM, "search, keeping all lines on screen")
ACTION(SEARCH_NEXT, "search-next", "n", LOGS, CALM, "to the next match")
ACTION(SEARCH_PREVIOUS, "search-previous", "N", LOGS, CALM, "to the match before")
ACTION(GREP, "grep", "&", LOGS, CALM, "show only lines that match; !text hides them")
ACTION(ERROR_NEXT, "error-next", "e", LOGS, CALM, "to the next error or warning")
ACTION(ERROR_PREVIOUS, "error-previous", "E", LOGS, CALM, "to the error or warning before")
ACTION(LINE_START, "line-start", "0", LOGS, CALM, "back to the start of the lines")
ACTION(LINE_END, "line-end", "$", LOGS, CALM, "to the end of the longest line shown")
ACTION(SAVE, "save", "Ctrl-s", LOGS, CALM, "save the lines shown to a file")

/* The runs of a box. */
ACTION(RUN_CANCEL, "run-cancel", "C", RUNS, CHANGE, "cancel the selected run")

/* A command's output, an agent's stream. */
ACTION(COMMAND_STOP, "command-stop", "C", COMMAND, CHANGE,
       "stop watching, and cancel the run when its id is known")
ACTION(COMMAND_AGAIN, "command-again", "R", COMMAND, COST, "run the same command again")

/* A shell: when it is live every key but this one goes to the box. */
ACTION(SHELL_LEAVE, "shell-leave", "Ctrl-\\", SHELL, CALM,
       "leave the shell, which stays open; twice sends the key to the box")
ACTION(SHELL_ENTER, "shell-enter", "i Enter", SHELL, CALM, "type into the shell again")
ACTION(SHELL_RECONNECT, "shell-reconnect", "R", SHELL, COST, "connect again")
ACTION(SHELL_CLOSE, "shell-close", "X", SHELL, CHANGE, "end this shell")
