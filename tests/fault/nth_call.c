/* Makes system calls of a running process fail, by ptrace: the nth of those that may, and each
 * `every` calls after it another one, each time with the next errno that is plausible for it.
 *
 *   nth_call PID FILE      until SIGTERM; then the process goes on untouched
 *
 * What is to fail, and what has, is in FILE, which tests/fault/calling.py has in memory, too. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_FAILURES 4096u
#define MOST_ERRNOS   6u

/* As tests/fault/calling.py writes and reads it. */
struct order {
    uint64_t armed;      /* 0: nothing is counted */
    uint64_t nth, every; /* every 0: the nth alone; nth 0: none, they are counted only */
    uint64_t turn;       /* which errno is the first */
    uint64_t only;       /* this call alone counts; 0: all do */
    uint64_t attached, seen, failed;
    struct {
        uint32_t call, error;
    } failures[MOST_FAILURES];
};

/* What the kernel may answer to such a call although nothing is wrong with it. */
struct plausible {
    long call;
    bool made;                /* all the same: a close() that fails has closed */
    int errnos[MOST_ERRNOS];  /* 0 ends */
    unsigned long arguments1; /* bit per second argument with which it counts; 0: with each */
};

#define RECEIVING                                                                                  \
    {                                                                                              \
        EAGAIN, EINTR, ENOMEM                                                                      \
    }
#define SENDING                                                                                    \
    {                                                                                              \
        EAGAIN, ENOBUFS, ENOMEM, EINTR                                                             \
    }
#define LOOKING                                                                                    \
    {                                                                                              \
        ENOMEM, EINTR                                                                              \
    }
#define OPENING                                                                                    \
    {                                                                                              \
        EMFILE, ENFILE, ENOMEM, EINTR                                                              \
    }
#define LOCKS (1ul << F_SETLK | 1ul << F_SETLKW)

static const struct plausible table[] = {
    {SYS_epoll_pwait2, .errnos = {EINTR}},
    {SYS_epoll_pwait, .errnos = {EINTR}},
    {SYS_epoll_wait, .errnos = {EINTR}},
    {SYS_poll, .errnos = {EINTR, ENOMEM}},
    {SYS_ppoll, .errnos = {EINTR, ENOMEM}},
    {SYS_epoll_ctl, .errnos = {ENOMEM, ENOSPC}, .arguments1 = 1ul << EPOLL_CTL_ADD},
    {SYS_recvmmsg, .errnos = {EAGAIN, EINTR, ENOMEM, ECONNREFUSED}},
    {SYS_recvmsg, .errnos = RECEIVING},
    {SYS_recvfrom, .errnos = RECEIVING},
    {SYS_read, .errnos = {EINTR, EAGAIN, EIO}},
    {SYS_readv, .errnos = {EINTR, EAGAIN, EIO}},
    /* EIO: a network card that does not take segments (UDP_SEGMENT). */
    {SYS_sendmmsg, .errnos = {EAGAIN, ENOBUFS, ENOMEM, EINTR, EIO, EPERM}},
    {SYS_sendmsg, .errnos = SENDING},
    {SYS_sendto, .errnos = SENDING},
    {SYS_write, .errnos = {EAGAIN, EINTR, ENOSPC, EIO}},
    {SYS_writev, .errnos = {EAGAIN, EINTR, ENOSPC, EIO}},
    {SYS_accept, .errnos = {EMFILE, ECONNABORTED, ENOBUFS, EINTR}},
    {SYS_accept4, .errnos = {EMFILE, ECONNABORTED, ENOBUFS, EINTR}},
    {SYS_setsockopt, .errnos = {ENOMEM, ENOBUFS}},
    {SYS_getpeername, .errnos = {ENOTCONN, ENOBUFS}},
    {SYS_getsockname, .errnos = {ENOBUFS}},
    {SYS_shutdown, .errnos = {ENOTCONN}},
    {SYS_open, .errnos = OPENING},
    {SYS_openat, .errnos = OPENING},
    {SYS_stat, .errnos = LOOKING},
    {SYS_lstat, .errnos = LOOKING},
    {SYS_fstat, .errnos = LOOKING},
    {SYS_newfstatat, .errnos = LOOKING},
    {SYS_access, .errnos = LOOKING},
    {SYS_pread64, .errnos = {EIO, EINTR}},
    {SYS_pwrite64, .errnos = {ENOSPC, EIO, EINTR}},
    {SYS_fsync, .errnos = {EIO, ENOSPC}},
    {SYS_fdatasync, .errnos = {EIO, ENOSPC}},
    {SYS_ftruncate, .errnos = {EIO, EINTR}},
    {SYS_fallocate, .errnos = {ENOSPC, EIO}},
    {SYS_unlink, .errnos = {EIO, ENOENT}},
    {SYS_fcntl, .errnos = {EAGAIN, ENOLCK, EINTR}, .arguments1 = LOCKS},
    {SYS_close, .made = true, .errnos = {EINTR, EIO}},
    {SYS_mmap, .errnos = {ENOMEM}},
    {SYS_mremap, .errnos = {ENOMEM}},
    {SYS_mprotect, .errnos = {ENOMEM}},
};

static volatile struct order *order;
static volatile sig_atomic_t stopped;

static void on_term(int number)
{
    (void)number;
    stopped = 1;
}

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(2);
}

static const struct plausible *find(const struct user_regs_struct *registers)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].call != (long)registers->orig_rax)
            continue;
        if (table[i].arguments1 == 0 ||
            (registers->rsi < 64 && (table[i].arguments1 & 1ul << registers->rsi) != 0))
            return &table[i];
    }
    return NULL;
}

/* Reading or writing an eventfd that is ready cannot fail. libwebsockets wakes itself by one; where
 * a read of it fails it is closed, and written to all the same: to whoever has its number then. */
static bool is_eventfd(pid_t pid, const struct user_regs_struct *registers)
{
    char path[64], target[64];
    ssize_t len;

    if (registers->orig_rax != SYS_read && registers->orig_rax != SYS_write)
        return false;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, (int)registers->rdi);
    len = readlink(path, target, sizeof target - 1);
    target[len > 0 ? len : 0] = '\0';
    return strcmp(target, "anon_inode:[eventfd]") == 0;
}

/* Giving back a lock cannot fail either. */
static bool is_unlock(pid_t pid, const struct user_regs_struct *registers)
{
    long word;

    if (registers->orig_rax != SYS_fcntl)
        return false;
    word = ptrace(PTRACE_PEEKDATA, pid, registers->rdx + offsetof(struct flock, l_type), NULL);
    return (short)word == F_UNLCK;
}

static bool is_due(void)
{
    const uint64_t seen = ++order->seen;

    if (order->nth == 0 || seen < order->nth || order->failed >= MOST_FAILURES)
        return false;
    return seen == order->nth || (order->every != 0 && (seen - order->nth) % order->every == 0);
}

static int choose(const struct plausible *plausible)
{
    unsigned count = 0;

    while (count < MOST_ERRNOS && plausible->errnos[count] != 0)
        count++;
    return plausible->errnos[(order->turn + order->failed) % count];
}

/* At the entry of a call: the errno with which it will fail; 0: none. */
static int enter(pid_t pid)
{
    struct user_regs_struct registers;
    const struct plausible *plausible;
    int error;

    if (order->armed == 0 || ptrace(PTRACE_GETREGS, pid, NULL, &registers) != 0)
        return 0;
    plausible = find(&registers);
    if (plausible == NULL || (order->only != 0 && order->only != registers.orig_rax) ||
        is_eventfd(pid, &registers) || is_unlock(pid, &registers) || !is_due())
        return 0;
    error = choose(plausible);
    order->failures[order->failed].call = (uint32_t)plausible->call;
    order->failures[order->failed].error = (uint32_t)error;
    order->failed++;
    registers.orig_rax = (unsigned long long)-1;
    if (!plausible->made && ptrace(PTRACE_SETREGS, pid, NULL, &registers) != 0)
        return 0;
    return error;
}

static void leave(pid_t pid, int error)
{
    struct user_regs_struct registers;

    if (error == 0 || ptrace(PTRACE_GETREGS, pid, NULL, &registers) != 0)
        return;
    registers.rax = (unsigned long long)-error;
    (void)ptrace(PTRACE_SETREGS, pid, NULL, &registers);
}

/* Which signal the process gets on its way; syscall stops are answered here. */
static int handle_stop(pid_t pid, int status, bool *inside, int *error)
{
    if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
        if (*inside)
            leave(pid, *error);
        else
            *error = enter(pid);
        *inside = !*inside;
        return 0;
    }
    return status >> 16 != 0 ? 0 : WSTOPSIG(status);
}

/* 0: told to stop; else the process has ended. */
static int trace(pid_t pid)
{
    bool inside = false, interrupted = false;
    int status, error = 0;

    for (;;) {
        if (stopped && !interrupted)
            interrupted = ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0;
        if (waitpid(pid, &status, __WALL) < 0) {
            if (errno == EINTR)
                continue;
            return 1;
        }
        if (!WIFSTOPPED(status))
            return 1;
        const int number = handle_stop(pid, status, &inside, &error);
        if (stopped && !inside) {
            (void)ptrace(PTRACE_DETACH, pid, NULL, number);
            return 0;
        }
        order->attached = 1;
        if (ptrace(PTRACE_SYSCALL, pid, NULL, number) != 0)
            return 1;
    }
}

static void open_order(const char *path)
{
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    void *memory = mmap(NULL, sizeof *order, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (fd < 0 || memory == MAP_FAILED)
        fail(path);
    close(fd);
    order = memory;
}

int main(int argc, char **argv)
{
    const struct sigaction term = {.sa_handler = on_term};
    pid_t pid;

    if (argc != 3)
        return 2;
    pid = (pid_t)strtol(argv[1], NULL, 10);
    open_order(argv[2]);
    sigaction(SIGTERM, &term, NULL);
    if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACESYSGOOD) != 0 ||
        ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0)
        fail("ptrace");
    return trace(pid);
}
