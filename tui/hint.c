#include "tui/hint.h"

#include "client/base/mem.h"
#include "client/file.h"
#include "client/model.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HINT_FILE_MAX = 4096 };

static char *first_word(const char *text)
{
    text += strspn(text, " \t\r\n");
    size_t len = strcspn(text, " \t\r\n");
    return model_id_valid(text, len) ? mem_dup_bytes(text, len) : NULL;
}

static char *read_hint(const char *folder)
{
    char *path = mem_format("%s/.box", strcmp(folder, "/") == 0 ? "" : folder);
    size_t len;
    char *text = file_read(path, HINT_FILE_MAX, &len, NULL);
    char *hint = text != NULL ? first_word(text) : NULL;
    free(text);
    free(path);
    return hint;
}

char *hint_box(void)
{
    const char *variable = getenv("BOX_ID");
    if (variable != NULL && variable[0] != '\0')
        return first_word(variable);
    char *folder = getcwd(NULL, 0), *hint = NULL;
    while (folder != NULL && folder[0] == '/' && hint == NULL) {
        hint = read_hint(folder);
        char *slash = strrchr(folder, '/');
        if (slash == folder && folder[1] == '\0')
            break;
        slash[slash == folder ? 1 : 0] = '\0';
    }
    free(folder);
    return hint;
}
