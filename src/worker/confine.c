#include "worker/confine.h"

#include <seccomp.h>
#include <stddef.h>

#include "sandbox/sandbox.h"

/* tests/fault/confined.py reads this list, and tries all others in a running process. */
static const int allowed[] = {
    /* the loop */
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(read),
    SCMP_SYS(close),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    /* sockets that are there, and accepted ones */
    SCMP_SYS(recvmmsg),
    SCMP_SYS(recvmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(accept4),
    SCMP_SYS(getsockname),
    SCMP_SYS(setsockopt),
    SCMP_SYS(shutdown),
    /* malloc, OpenSSL's random numbers and locks */
    SCMP_SYS(brk),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(getrandom),
    SCMP_SYS(futex),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    /* log lines; dying */
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(tgkill),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
};

const char *confine_worker(void)
{
    const char *lacks = sandbox_paths(NULL, 0) < 0 ? "landlock" : NULL;

    return sandbox_calls(allowed, sizeof allowed / sizeof allowed[0]) < 0 ? "seccomp" : lacks;
}
