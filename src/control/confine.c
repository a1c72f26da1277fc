#include "control/confine.h"

#include <limits.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/sandbox.h"
#include "control/control.h"

#define MOST_PATHS 10u

struct paths {
    struct sandbox_path list[MOST_PATHS];
    char texts[MOST_PATHS][PATH_MAX];
    size_t count;
};

static void add(struct paths *paths, const char *path, enum sandbox_access access)
{
    if (path == NULL || path[0] == '\0' || paths->count == MOST_PATHS)
        return;
    char *text = paths->texts[paths->count];
    snprintf(text, PATH_MAX, "%s", path);
    paths->list[paths->count++] = (struct sandbox_path){text, access};
}

static void add_directory_of(struct paths *paths, const char *file)
{
    char directory[PATH_MAX];
    snprintf(directory, sizeof directory, "%s", file);
    char *slash = strrchr(directory, '/');
    if (slash == NULL)
        snprintf(directory, sizeof directory, ".");
    else
        slash[slash == directory ? 1 : 0] = '\0';
    add(paths, directory, SANDBOX_READ);
}

/* A file that is replaced is another file: its directory. Where it is a symbolic link, as certbot
 * makes them, also the directory of what it leads to. */
static void add_replaceable(struct paths *paths, const char *file)
{
    char real[PATH_MAX];
    if (file == NULL || file[0] == '\0')
        return;
    add_directory_of(paths, file);
    if (realpath(file, real) != NULL)
        add_directory_of(paths, real);
}

/* Besides those of every process (sandbox.c). */
static const int allowed[] = {
    /* the loop */
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(readv),
    SCMP_SYS(clock_nanosleep),
    /* sockets that are there, accepted ones, and those of new workers */
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(shutdown),
    SCMP_SYS(ioctl),
    SCMP_SYS(fcntl),
    SCMP_SYS(dup),
    /* the page, the database, the configuration and the certificate */
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(getcwd),
    SCMP_SYS(lseek),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchown),
    SCMP_SYS(unlink),
    SCMP_SYS(getdents64),
    SCMP_SYS(prlimit64),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    /* what libraries want to know of the machine */
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(sched_yield),
};

static int keep_paths(const struct control_start *start)
{
    struct paths *paths = calloc(1, sizeof *paths);
    if (paths == NULL)
        return -1;
    add(paths, start->config->general.data_dir, SANDBOX_WRITE);
    add(paths, start->web_root, SANDBOX_READ);
    add_replaceable(paths, start->config_path);
    add_replaceable(paths, start->certificate_path);
    add_replaceable(paths, start->key_path);
    int result = sandbox_paths(paths->list, paths->count);
    free(paths);
    return result;
}

const char *confine_control(const struct control_start *start)
{
    const char *lacks = keep_paths(start) < 0 ? "landlock" : NULL;

    return sandbox_calls(allowed, sizeof allowed / sizeof allowed[0]) < 0 ? "seccomp" : lacks;
}
