#include "cli/doctor_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/load_clock.h"

#define TCP_LISTEN 10u /* include/net/tcp_states.h */

/* ---- who listens ----------------------------------------------------------------------------- */

/* /proc/net/tcp: "  sl  local_address rem_address   st … inode"; 0: nobody there does. */
static unsigned long find_listener(const char *table, unsigned port)
{
    char line[512];
    unsigned long found = 0;
    FILE *file = fopen(table, "re");
    while (file && found == 0 && fgets(line, sizeof line, file)) {
        unsigned local, state;
        unsigned long inode;
        if (sscanf(line,
                   " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu",
                   &local, &state, &inode) == 3 &&
            local == port && state == TCP_LISTEN)
            found = inode;
    }
    if (file)
        fclose(file);
    return found;
}

static bool has_socket(const char *pid, unsigned long inode)
{
    char path[PATH_MAX], wanted[64], target[64];
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
    DIR *folder = opendir(path);
    bool found = false;
    for (struct dirent *entry; folder && !found && (entry = readdir(folder));) {
        ssize_t len = readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1);
        target[len > 0 ? len : 0] = '\0';
        found = strcmp(target, wanted) == 0;
    }
    if (folder)
        closedir(folder);
    return found;
}

/* "Max open files            1024                 524288               files": the hard one, which
 * the supervisor takes. */
static bool read_limit(const char *pid, uint64_t *out)
{
    char path[PATH_MAX], line[256], hard[32];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%s/limits", pid);
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file))
        found = sscanf(line, "Max open files %*s %31s", hard) == 1;
    if (file)
        fclose(file);
    if (found)
        *out = strcmp(hard, "unlimited") == 0 ? UINT64_MAX : strtoull(hard, NULL, 10);
    return found;
}

bool doctor_process_files(unsigned port, uint64_t *out)
{
    unsigned long inode = find_listener("/proc/net/tcp6", port);
    bool found = false;
    if (inode == 0)
        inode = find_listener("/proc/net/tcp", port);
    DIR *processes = inode ? opendir("/proc") : NULL;
    for (struct dirent *entry; processes && !found && (entry = readdir(processes));)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && has_socket(entry->d_name, inode))
            found = read_limit(entry->d_name, out);
    if (processes)
        closedir(processes);
    return found;
}

/* ---- what a program says --------------------------------------------------------------------- */

static pid_t start(const char *program, const char *argument, int out_fd)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(out_fd, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    execl(program, program, argument, (char *)NULL);
    _exit(127);
}

static size_t read_until(int fd, uint64_t until_us, char *out, size_t size)
{
    size_t len = 0;
    for (;;) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        uint64_t now_us = load_clock_us();
        if (len + 1 >= size || now_us >= until_us ||
            poll(&poll_fd, 1, (int)((until_us - now_us) / 1000u) + 1) <= 0)
            return len;
        ssize_t got = read(fd, out + len, size - 1 - len);
        if (got <= 0)
            return len;
        len += (size_t)got;
    }
}

bool doctor_process_output(const char *program, const char *argument, uint64_t timeout_us,
                           char *out, size_t size)
{
    int ends[2], status;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t child = start(program, argument, ends[1]);
    close(ends[1]);
    size_t len = child > 0 ? read_until(ends[0], load_clock_us() + timeout_us, out, size) : 0;
    out[len] = '\0';
    close(ends[0]);
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
    }
    return len > 0;
}
