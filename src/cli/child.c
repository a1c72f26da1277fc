#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "config/log_sink.h"
#include "worker/worker.h"

#define EXIT_USELESS 2 /* a restart will not help */

/* ---- the supervisor's side, up to exec ------------------------------------------------------- */

static int write_start(const struct child_start *start)
{
    int fd = memfd_create("parley-start", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    const char *at = (const char *)start;
    size_t left = sizeof *start;
    while (left > 0) {
        ssize_t written = write(fd, at, left);
        if (written <= 0) {
            close(fd);
            return -1;
        }
        at += written;
        left -= (size_t)written;
    }
    return lseek(fd, 0, SEEK_SET) == 0 ? fd : -1;
}

static void keep(int fd)
{
    if (fd >= 0)
        fcntl(fd, F_SETFD, 0);
}

static void keep_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        keep(fds[i]);
}

static void keep_descriptors(const struct child_start *start)
{
    keep(start->supervisor_fd);
    if (start->role == CHILD_CONTROL) {
        keep_all(start->worker_fds, CONTROL_MAX_SLOTS);
        keep(start->operator_fd);
        keep_all(start->http_fds, start->http_fd_count);
        keep_all(start->https_fds, start->https_fd_count);
    } else {
        keep(start->control_fd);
        keep(start->udp_fd);
        keep(start->tcp_fd);
        keep(start->xdp_fd);
        keep_all(start->pipes.in, PIPES_MAX_WORKERS);
        keep_all(start->pipes.out, PIPES_MAX_WORKERS);
        keep_all(start->pipes.wake, PIPES_MAX_WORKERS);
    }
}

/* In the new process: own group (Ctrl-C in the terminal is the supervisor's to handle), no signals
 * blocked, no standard input. */
static void detach(void)
{
    sigset_t none;
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    if (null >= 0)
        dup2(null, STDIN_FILENO);
}

/* Settings may be secrets, and a media worker was given those it needs. */
static void forget_settings(void)
{
    static const char prefix[] = "PARLEY_";
    for (size_t i = 0; environ[i];) {
        char name[128];
        const size_t len = strcspn(environ[i], "=");
        if (strncmp(environ[i], prefix, sizeof prefix - 1) != 0 || len >= sizeof name) {
            i++;
            continue;
        }
        memcpy(name, environ[i], len);
        name[len] = '\0';
        unsetenv(name); /* those behind it move up */
    }
}

/* Returns only if it fails. */
static void execute(const char *program, const char *const *arguments)
{
    /* execv does not write to them; its prototype is older than const. */
    execv(program, (char *const *)(uintptr_t)arguments);
}

pid_t child_spawn(const struct child_start *start)
{
    char number[16], role[16] = "control";
    int memfd = write_start(start);
    if (memfd < 0)
        return -1;
    snprintf(number, sizeof number, "%d", memfd);
    if (start->role == CHILD_MEDIA)
        snprintf(role, sizeof role, "media%u", start->slot);
    const char *const arguments[] = {"parley", "child", number, role, NULL};
    pid_t pid = fork();
    if (pid == 0) {
        detach();
        keep(memfd);
        keep_descriptors(start);
        if (start->role == CHILD_MEDIA)
            forget_settings();
        execute("/proc/self/exe", arguments);
        _exit(127);
    }
    close(memfd);
    return pid;
}

pid_t child_spawn_check(const char *const *arguments, int kept_fd, int output_fd)
{
    pid_t pid = fork();
    if (pid == 0) {
        detach();
        keep(kept_fd);
        dup2(output_fd, STDOUT_FILENO);
        dup2(output_fd, STDERR_FILENO);
        execute(arguments[0], arguments);
        dprintf(STDERR_FILENO, "%s: %s\n", arguments[0], strerror(errno));
        _exit(127);
    }
    return pid;
}

/* ---- privileges ------------------------------------------------------------------------------ */

/* Dies with the supervisor; after setuid, which clears the wish. */
static bool follow(pid_t supervisor)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == supervisor;
}

static bool drop(const struct setup_identity *identity)
{
    if (!identity->drop)
        return true;
    return setgroups(0, NULL) == 0 && setgid(identity->gid) == 0 && setuid(identity->uid) == 0 &&
           setuid(0) < 0;
}

static bool restrict_self(const struct setup_identity *identity, pid_t supervisor)
{
    return drop(identity) && follow(supervisor) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

pid_t child_spawn_turn(const struct setup *setup)
{
    pid_t supervisor = getpid();
    const char *const arguments[] = {"turnserver", "-c", setup->turn_config_path, NULL};
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    detach();
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0 && setup->config.log.level < CONFIG_LOG_DEBUG) {
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
    if (restrict_self(&setup->file_identity, supervisor))
        execute(setup->turn_program, arguments);
    _exit(127);
}

/* ---- the child's side, after exec ------------------------------------------------------------ */

static struct child_start *read_start(const char *number)
{
    int fd = atoi(number);
    struct child_start *start = malloc(sizeof *start);
    size_t len = 0;
    while (start && len < sizeof *start) {
        ssize_t got = read(fd, (char *)start + len, sizeof *start - len);
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    if (start && (len < sizeof *start || start->size != sizeof *start)) {
        free(start);
        start = NULL;
    }
    if (fd > STDERR_FILENO)
        close(fd);
    return start;
}

static int run_control(const struct child_start *start)
{
    struct control_start control = {.config = &start->config,
                                    .config_path =
                                        start->config_path[0] ? start->config_path : NULL,
                                    .supervisor_fd = start->supervisor_fd,
                                    .worker_count = start->worker_count,
                                    .operator_fd = start->operator_fd,
                                    .draining = start->draining,
                                    .http_fd_count = start->http_fd_count,
                                    .https_fd_count = start->https_fd_count,
                                    .certificate_path = start->certificate_path,
                                    .key_path = start->key_path,
                                    .web_root = start->web_root,
                                    .turn = start->turn};
    memcpy(control.worker_fds, start->worker_fds, sizeof control.worker_fds);
    memcpy(control.worker_generations, start->worker_generations,
           sizeof control.worker_generations);
    memcpy(control.http_fds, start->http_fds, sizeof control.http_fds);
    memcpy(control.https_fds, start->https_fds, sizeof control.https_fds);
    memcpy(control.secret, start->secret, sizeof control.secret);
    return control_main(&control);
}

static int run_media(const struct child_start *start)
{
    const struct worker_start worker = {.index = start->position,
                                        .supervisor_fd = start->supervisor_fd,
                                        .control_fd = start->control_fd,
                                        .udp_fd = start->udp_fd,
                                        .tcp_fd = start->tcp_fd,
                                        .pipes = start->pipes,
                                        .xdp_fd = start->xdp_fd,
                                        .xdp_interface = start->config.media.xdp_interface,
                                        .certificate_pem = start->dtls_certificate,
                                        .private_key_pem = start->dtls_key,
                                        .candidates = start->candidates,
                                        .candidate_count = start->candidate_count,
                                        .max_participants = start->config.media.max_participants,
                                        .loudest = start->config.media.loudest,
                                        .connections_per_address =
                                            start->config.limits.media_connections_per_address};
    return worker_main(&worker);
}

int child_main(const char *memfd_number)
{
    static char name[16] = "control"; /* also the process's name for ps and top */
    struct child_start *start = read_start(memfd_number);
    const struct rlimit no_core = {0, 0};
    if (!start)
        return EXIT_USELESS;
    if (start->role == CHILD_MEDIA)
        snprintf(name, sizeof name, "media%u", start->slot);
    prctl(PR_SET_NAME, name);
    log_sink_open(name);
    log_set_level((enum log_level)start->config.log.level);
    setrlimit(RLIMIT_CORE, &no_core); /* keys have no place in a core file */
    tzset(); /* gmtime_r() reads /etc/localtime the first time, and would be refused it later */
    if (!restrict_self(&start->identity, start->supervisor)) {
        log_write(LOG_ERROR, "child", "event=no_drop problem=\"cannot become user %s\"",
                  start->identity.name);
        free(start);
        return EXIT_USELESS;
    }
    int result = start->role == CHILD_CONTROL ? run_control(start) : run_media(start);
    free(start);
    return result;
}
