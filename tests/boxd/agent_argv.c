#include "tests/boxd/agent_argv.h"

#include "client/base/mem.h"
#include "tests/boxd/paths.h"

char **agent_argv(const struct boxd *boxd, const struct box *box, const char *prompt, const char *model)
{
    const char *command = json_string_value(json_object_get(box->custom_runner, "command"));
    const json_t *args = json_object_get(box->custom_runner, "args");
    size_t count = 0;
    char **argv = mem_zalloc(json_array_size(args) + 12, sizeof *argv);
    if (command != NULL) {
        argv[count++] = paths_translate(boxd, box, command);
        for (size_t i = 0; i < json_array_size(args); i++) {
            const char *word = json_string_value(json_array_get(args, i));
            argv[count++] = paths_translate(boxd, box, word == NULL ? "" : word);
        }
    } else {
        argv[count++] = mem_dup("sh");
        argv[count++] = mem_format("%s/demo/agent.sh", boxd->assets == NULL ? "" : boxd->assets);
    }
    argv[count++] = mem_dup("-p");
    argv[count++] = mem_dup(prompt);
    argv[count++] = mem_dup("--model");
    argv[count++] = mem_dup(model == NULL ? "" : model);
    argv[count++] = mem_dup("--stream");
    if (box->session_id != NULL) {
        argv[count++] = mem_dup("--session");
        argv[count++] = mem_dup(box->session_id);
    }
    return argv;
}
