#include "cli/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/close_range.h>

#include "base/log.h"
#include "cli/child.h"
#include "ipc/ipc.h"

#define OUTPUT_BYTES 4096u
#define LINE_BYTES   400u

/* ---- our own path ---------------------------------------------------------------------------- */

static bool is_running(const char *path)
{
    struct stat there, here;
    return stat(path, &there) == 0 && stat("/proc/self/exe", &here) == 0 &&
           there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

/* /proc/self/exe names the file behind all links: of a link that is turned to the next release it
 * would show the former one for ever. So the path that exec was given comes first. */
bool upgrade_find_program(char out[static PATH_MAX])
{
    /* The kernel puts a pointer there. */
    const char *given = (const char *)(uintptr_t)getauxval(AT_EXECFN);
    char directory[PATH_MAX] = "";
    if (given && given[0] != '/' && !getcwd(directory, sizeof directory))
        given = NULL;
    if (given && strlen(directory) + strlen(given) + 2 <= PATH_MAX) {
        snprintf(out, PATH_MAX, "%.*s%s%.*s", (int)strlen(directory), directory,
                 directory[0] ? "/" : "", PATH_MAX / 2, given);
        if (is_running(out))
            return true;
    }
    ssize_t len = readlink("/proc/self/exe", out, PATH_MAX - 1);
    if (len <= 0)
        return false;
    out[len] = '\0';
    return is_running(out);
}

void upgrade_print_self(void)
{
    printf("parley %s ipc %u handover %u\n", PARLEY_VERSION, IPC_VERSION, HANDOVER_VERSION);
}

/* ---- checking -------------------------------------------------------------------------------- */

/* argv of `serve`; number: what handover_write() gave, as text. */
struct command {
    char number[16];
    const char *arguments[8];
};

static void make_command(struct command *command, const struct setup *setup, int handover_fd,
                         bool check)
{
    size_t count = 0;
    snprintf(command->number, sizeof command->number, "%d", handover_fd);
    command->arguments[count++] = setup->program;
    command->arguments[count++] = "serve";
    if (setup->config_path[0]) {
        command->arguments[count++] = "-c";
        command->arguments[count++] = setup->config_path;
    }
    if (check)
        command->arguments[count++] = "--check";
    command->arguments[count++] = "--handover";
    command->arguments[count++] = command->number;
    command->arguments[count] = NULL;
}

static int refuse(const char *problem)
{
    log_write(LOG_ERROR, "upgrade", "event=upgrade_refused problem=\"%s\"", problem);
    return -1;
}

static int start_check(struct upgrade_check *check, const struct setup *setup, int handover_fd)
{
    struct command command;
    int output[2];
    if (pipe2(output, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    make_command(&command, setup, handover_fd, true);
    check->pid = child_spawn_check(command.arguments, handover_fd, output[1]);
    close(output[1]);
    check->output_fd = output[0];
    if (check->pid > 0)
        return 0;
    close(output[0]);
    check->pid = 0;
    return -1;
}

int upgrade_check_begin(struct upgrade_check *check, const struct setup *setup,
                        const struct handover *handover)
{
    if (setup->program[0] == '\0')
        return refuse("the path of the running binary is not known");
    int fd = handover_write(handover);
    int result = fd >= 0 ? start_check(check, setup, fd) : -1;
    if (result < 0)
        refuse(strerror(errno));
    else
        log_write(LOG_INFO, "upgrade", "event=upgrade_check program=\"%s\"", setup->program);
    if (fd >= 0)
        close(fd);
    return result;
}

/* The last line, fit for the log, between quotes; what stands before it may be warnings. */
static void read_last_line(int fd, char out[static LINE_BYTES])
{
    char output[OUTPUT_BYTES];
    ssize_t len = read(fd, output, sizeof output - 1);
    close(fd);
    while (len > 0 && output[len - 1] == '\n')
        len--;
    output[len > 0 ? len : 0] = '\0';
    const char *before = strrchr(output, '\n');
    snprintf(out, LINE_BYTES, "%.*s", (int)LINE_BYTES - 1, before ? before + 1 : output);
    for (char *at = out; *at; at++)
        if (*at == '"')
            *at = '\'';
}

int upgrade_check_end(struct upgrade_check *check, int status)
{
    char output[LINE_BYTES], problem[LINE_BYTES + 64];
    unsigned ipc = 0, handover = 0;
    check->pid = 0;
    read_last_line(check->output_fd, output);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return refuse("the new binary does not answer");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        snprintf(problem, sizeof problem, "the new binary does not work: %s",
                 output[0] ? output : "it says nothing");
        return refuse(problem);
    }
    if (sscanf(output, "parley %31s ipc %u handover %u", check->release, &ipc, &handover) != 3)
        return refuse("the new binary is not one of parley");
    if (ipc == IPC_VERSION && handover == HANDOVER_VERSION)
        return 0;
    snprintf(
        problem, sizeof problem,
        "release %s cannot take calls over from %s (ipc %u and %u, handover %u and %u): parley "
        "serve --drain, then restart",
        check->release, PARLEY_VERSION, ipc, IPC_VERSION, handover, HANDOVER_VERSION);
    return refuse(problem);
}

/* ---- becoming it ----------------------------------------------------------------------------- */

void upgrade_execute(const struct setup *setup, const struct handover *handover)
{
    struct command command;
    int fd = handover_write(handover);
    if (fd < 0) {
        refuse(strerror(errno));
        return;
    }
    make_command(&command, setup, fd, false);
    handover_keep(handover);
    fcntl(fd, F_SETFD, 0);
    /* execv does not write to them; its prototype is older than const. */
    execv(setup->program, (char *const *)(uintptr_t)command.arguments);
    refuse(strerror(errno));
    close(fd);
    close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
}
