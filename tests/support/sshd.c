#include "tests/support/sshd.h"

#include "client/base/buf.h"
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/run.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ATTEMPTS = 5, START_MS = 15000, END_MS = 3000, TEXT_MAX = 4 * 1024 * 1024, MEMBERS_MAX = 512 };

static const char PROGRAM[] = "/usr/sbin/sshd";
static const char *const USUAL_KEYS[] = {"ed25519", "ecdsa", NULL};

struct sshd {
    pid_t pid; /* 0 when it does not run */
    uint16_t port;
    char *folder;
    char *home;
};

/* --- files --- */

static bool write_file(const struct sshd *sshd, const char *name, const char *text, struct err *err)
{
    char *path = mem_format("%s/%s", sshd->folder, name);
    FILE *file = fopen(path, "we");
    bool written = file != NULL && fputs(text, file) >= 0;
    if (file != NULL && fclose(file) != 0)
        written = false;
    if (!written)
        err_set(err, ERR_LOCAL, errno, "%s could not be written: %s", path, strerror(errno));
    free(path);
    return written;
}

static char *read_file(const struct sshd *sshd, const char *name)
{
    char *path = mem_format("%s/%s", sshd->folder, name), bytes[4096];
    FILE *file = fopen(path, "re");
    struct buf text;
    buf_init(&text, TEXT_MAX);
    free(path);
    if (file == NULL)
        return NULL;
    for (size_t got; (got = fread(bytes, 1, sizeof bytes, file)) > 0;)
        if (!buf_add(&text, bytes, got))
            break;
    fclose(file);
    return buf_take(&text, NULL);
}

/* The first path that a pattern matches, or NULL. */
static char *find(const char *pattern)
{
    glob_t found;
    char *path = NULL;
    if (glob(pattern, 0, NULL, &found) == 0) {
        path = mem_dup(found.gl_pathv[0]);
        globfree(&found);
    }
    return path;
}

/* --- making its folder --- */

static bool make_keys(const struct sshd *sshd, const char *const *types, struct err *err)
{
    for (size_t i = 0; types[i] != NULL; i++) {
        char *path = mem_format("%s/key_%s", sshd->folder, types[i]);
        const char *argv[] = {"ssh-keygen", "-q", "-t", types[i], "-N", "", "-f", path, NULL};
        struct run_result result;
        run_program(&(struct program){.argv = argv, .timeout_ms = START_MS}, &result);
        int status = result.status;
        run_result_done(&result);
        free(path);
        if (status != 0)
            return err_set(err, status == 127 ? ERR_NOT_FOUND : ERR_LOCAL, status,
                           "ssh-keygen made no %s key (status %d)", types[i], status);
    }
    return true;
}

/* Accounts, passwords and the PAM service that read them. No `tty` group: with one, an ordinary user's sshd
 * fails to hand the pty over. */
static bool write_accounts(const struct sshd *sshd, const struct sshd_options *options, const char *matrix,
                           struct err *err)
{
    unsigned uid = getuid(), gid = getgid();
    /* The box first: a test run by root asks for the name of uid 0 and should hear the box's. */
    char *passwd = mem_format("%s:x:%u:%u:box:%s:/bin/bash\n"
                              "root:x:0:0:root:/root:/bin/bash\n"
                              "sshd:x:65534:65534:privsep:/run/sshd:/usr/sbin/nologin\n",
                              options->box_id, uid, gid, sshd->home);
    char *group = mem_format("root:x:0:\nbox:x:%u:\n", gid);
    char *secrets = mem_format("%s:%s:sshd\n", options->box_id, options->api_key);
    struct buf pam;
    buf_init(&pam, TEXT_MAX);
    static const char *const kinds[] = {"auth", "account", "password", "session"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        buf_add_format(&pam, "%s required %s passdb=%s/secrets\n", kinds[i], matrix, sshd->folder);
    bool written = write_file(sshd, "passwd", passwd, err) && write_file(sshd, "group", group, err) &&
                   write_file(sshd, "secrets", secrets, err) &&
                   write_file(sshd, "pam.d/sshd", buf_text(&pam), err);
    buf_done(&pam);
    free(secrets);
    free(group);
    free(passwd);
    return written;
}

/* sshd keeps the first value of each setting, so the caller's lines come first. */
static bool write_config(const struct sshd *sshd, const struct sshd_options *options, struct err *err)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    for (size_t i = 0; options->config != NULL && options->config[i] != NULL; i++)
        buf_add_format(&text, "%s\n", options->config[i]);
    buf_add_format(&text, "Port %u\nListenAddress 127.0.0.1\nPidFile %s/pid\n", sshd->port, sshd->folder);
    const char *const *types = options->key_types != NULL ? options->key_types : USUAL_KEYS;
    for (size_t i = 0; types[i] != NULL; i++)
        buf_add_format(&text, "HostKey %s/key_%s\n", sshd->folder, types[i]);
    buf_add_text(&text, "UsePAM yes\nPasswordAuthentication yes\nKbdInteractiveAuthentication yes\n"
                        "PubkeyAuthentication no\nStrictModes no\nPrintMotd no\nPrintLastLog no\nUseDNS no\n"
                        "Subsystem sftp internal-sftp\nAcceptEnv LANG LC_* COLORTERM\nMaxStartups 200\n");
    if (getuid() == 0)
        buf_add_text(&text, "PermitRootLogin yes\n");
    buf_add_format(&text,
                   "SetEnv LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD=%s/passwd "
                   "NSS_WRAPPER_GROUP=%s/group\n",
                   sshd->folder, sshd->folder);
    bool written = write_file(sshd, "config", buf_text(&text), err);
    buf_done(&text);
    return written;
}

static bool make_folder(struct sshd *sshd, const char *name, struct err *err)
{
    char *path = mem_format("%s/%s", sshd->folder, name);
    bool made = mkdir(path, 0700) == 0;
    free(path);
    return made || err_set(err, ERR_LOCAL, errno, "No folder for sshd: %s", strerror(errno));
}

static bool prepare(struct sshd *sshd, const struct sshd_options *options, struct err *err)
{
    const char *above = getenv("TMPDIR");
    char *wrapper = find("/usr/lib/*/libnss_wrapper.so"),
         *matrix = find("/usr/lib/*/pam_wrapper/pam_matrix.so");
    bool ready = false;
    sshd->folder = mem_format("%s/sshd_XXXXXX", above != NULL ? above : "/tmp");
    if (access(PROGRAM, X_OK) < 0)
        err_set(err, ERR_NOT_FOUND, 0, "needs %s (package openssh-server)", PROGRAM);
    else if (wrapper == NULL || matrix == NULL)
        err_set(err, ERR_NOT_FOUND, 0,
                "needs nss_wrapper and pam_wrapper (packages libnss-wrapper, libpam-wrapper)");
    else if (mkdtemp(sshd->folder) == NULL)
        err_set(err, ERR_LOCAL, errno, "No folder for sshd: %s", strerror(errno));
    else
        ready = true;
    if (!ready) {
        free(sshd->folder);
        sshd->folder = NULL;
    } else {
        sshd->home = mem_format("%s/home", sshd->folder);
        ready = make_folder(sshd, "home", err) && make_folder(sshd, "pam.d", err) &&
                make_keys(sshd, options->key_types != NULL ? options->key_types : USUAL_KEYS, err) &&
                write_accounts(sshd, options, matrix, err);
    }
    free(wrapper);
    free(matrix);
    return ready;
}

/* --- the process --- */

/* A port that was free a moment ago. */
static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        address.sin_port = 0;
    if (fd >= 0)
        close(fd);
    return ntohs(address.sin_port);
}

static bool launch(struct sshd *sshd, struct err *err)
{
    char *config = mem_format("%s/config", sshd->folder), *log = mem_format("%s/log", sshd->folder);
    char *env[] = {mem_dup("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                   mem_dup("LD_PRELOAD=libnss_wrapper.so libpam_wrapper.so"),
                   mem_format("NSS_WRAPPER_PASSWD=%s/passwd", sshd->folder),
                   mem_format("NSS_WRAPPER_GROUP=%s/group", sshd->folder),
                   mem_dup("PAM_WRAPPER=1"),
                   mem_format("PAM_WRAPPER_SERVICE_DIR=%s/pam.d", sshd->folder),
                   NULL};
    const char *argv[] = {PROGRAM, "-D", "-e", "-f", config, NULL};
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pid_t test = getpid(), pid = fd >= 0 && nothing >= 0 ? fork() : -1;
    if (pid == 0) {
        /* sshd must not outlive a test that is killed. */
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != test || dup2(nothing, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
            _exit(126);
        signal(SIGPIPE, SIG_DFL);
        execve(PROGRAM, (char *const *)argv, env);
        _exit(127);
    }
    int code = errno;
    if (fd >= 0)
        close(fd);
    if (nothing >= 0)
        close(nothing);
    for (size_t i = 0; env[i] != NULL; i++)
        free(env[i]);
    free(config);
    free(log);
    sshd->pid = pid > 0 ? pid : 0;
    return pid > 0 || err_set(err, ERR_LOCAL, code, "sshd could not be started: %s", strerror(code));
}

/* Whether something that speaks SSH answers on the port. */
static bool answers(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    char start[4] = "";
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    bool spoke = connected && poll(&wait, 1, START_MS) == 1 && recv(fd, start, 4, MSG_WAITALL) == 4 &&
                 memcmp(start, "SSH-", 4) == 0;
    if (fd >= 0)
        close(fd);
    return spoke;
}

/* Waits until it answers; false when it ended or took too long. */
static bool wait_until_ready(struct sshd *sshd)
{
    for (int64_t until = clock_ms() + START_MS; clock_ms() < until;) {
        if (waitpid(sshd->pid, NULL, WNOHANG) != 0) {
            sshd->pid = 0;
            return false;
        }
        if (answers(sshd->port))
            return true;
        poll(NULL, 0, 5);
    }
    return false;
}

struct sshd *sshd_start(const struct sshd_options *options, struct err *err)
{
    struct sshd *sshd = mem_zalloc(1, sizeof *sshd);
    if (getuid() == 0)
        mkdir("/run/sshd", 0755); /* sshd's own demand when it runs as root */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    bool prepared = prepare(sshd, options, err);
    for (int i = 0; prepared && i < ATTEMPTS; i++) {
        sshd->port = free_port();
        if (!write_config(sshd, options, err) || !launch(sshd, err))
            break;
        if (wait_until_ready(sshd))
            return sshd;
        char *log = sshd_log(sshd);
        size_t len = strlen(log);
        err_set(err, ERR_LOCAL, 0, "sshd did not start; its log ends: %s", log + (len > 240 ? len - 240 : 0));
        bool taken = strstr(log, "already in use") != NULL;
        free(log);
        if (!taken)
            break;
    }
    sshd_stop(sshd);
    return NULL;
}

/* --- the end --- */

/* The parent of a process by /proc (field 4 of stat); 0 when it is gone or a zombie. */
static pid_t parent_of(pid_t pid)
{
    char path[64], line[512], state = 'Z';
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    size_t len = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[len] = '\0';
    const char *rest = strrchr(line, ')');
    if (rest == NULL || sscanf(rest + 1, " %c %d", &state, &parent) != 2 || state == 'Z')
        return 0;
    return parent;
}

/* Whether a process was started by a shell of this sshd: SetEnv has put our folder in its environment. Finds
 * those whose parents are gone. */
static bool has_our_mark(pid_t pid, const char *folder)
{
    char path[64], bytes[32768];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return memmem(bytes, len, folder, strlen(folder)) != NULL;
}

/* sshd, and all that came of it: a list that only grows. */
struct family {
    pid_t pids[MEMBERS_MAX]; /* the first is sshd itself */
    size_t count;
};

static bool family_has(const struct family *family, pid_t pid)
{
    for (size_t i = 0; i < family->count; i++)
        if (family->pids[i] == pid)
            return true;
    return false;
}

/* Adds the living that belong to it, by descent or by mark. */
static void family_find(struct family *family, const char *folder)
{
    for (bool grew = true; grew;) {
        grew = false;
        DIR *proc = opendir("/proc");
        for (struct dirent *entry; proc != NULL && (entry = readdir(proc)) != NULL;) {
            pid_t pid = atoi(entry->d_name);
            if (pid <= 0 || pid == getpid() || family_has(family, pid) || family->count == MEMBERS_MAX)
                continue;
            pid_t parent = parent_of(pid);
            if (parent == 0 || !(family_has(family, parent) || has_our_mark(pid, folder)))
                continue;
            family->pids[family->count++] = pid;
            grew = true;
        }
        if (proc != NULL)
            closedir(proc);
    }
}

/* sshd's connections are sessions of their own and survive the listener, and a shell's jobs survive both: all
 * of them must go, the listener last. Those that lose their parent become ours to reap
 * (PR_SET_CHILD_SUBREAPER). */
static void end_family(pid_t pid, const char *folder)
{
    struct family family = {.pids = {pid}, .count = 1};
    bool alive = true;
    for (int64_t until = clock_ms() + END_MS; alive && clock_ms() < until;) {
        family_find(&family, folder);
        alive = false;
        for (size_t i = 1; i < family.count; i++) {
            if (waitpid(family.pids[i], NULL, WNOHANG) > 0 || parent_of(family.pids[i]) == 0)
                continue;
            kill(family.pids[i], SIGKILL);
            alive = true;
        }
        if (alive)
            poll(NULL, 0, 2);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    for (size_t i = 1; i < family.count; i++)
        waitpid(family.pids[i], NULL, WNOHANG);
}

void sshd_stop(struct sshd *sshd)
{
    if (sshd == NULL)
        return;
    if (sshd->pid > 0)
        end_family(sshd->pid, sshd->folder);
    if (sshd->folder != NULL) {
        const char *argv[] = {"rm", "-rf", sshd->folder, NULL};
        struct run_result result;
        run_program(&(struct program){.argv = argv, .timeout_ms = END_MS}, &result);
        run_result_done(&result);
    }
    free(sshd->folder);
    free(sshd->home);
    free(sshd);
}

/* --- questions --- */

uint16_t sshd_port(const struct sshd *sshd)
{
    return sshd->port;
}

const char *sshd_home(const struct sshd *sshd)
{
    return sshd->home;
}

char *sshd_host_key(const struct sshd *sshd, const char *type)
{
    char *name = mem_format("key_%s.pub", type), *line = read_file(sshd, name);
    free(name);
    if (line != NULL) {
        char *end = strchr(line, ' ');
        end = end != NULL ? strpbrk(end + 1, " \n") : NULL;
        if (end != NULL)
            *end = '\0';
    }
    return line;
}

char *sshd_log(const struct sshd *sshd)
{
    char *log = read_file(sshd, "log");
    return log != NULL ? log : mem_dup("");
}
