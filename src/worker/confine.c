#include "worker/confine.h"

#include <seccomp.h>
#include <stddef.h>

#include "sandbox/sandbox.h"

/* Besides those of every process (sandbox.c). */
static const int allowed[] = {
    /* the loop */
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_ctl),
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
};

const char *confine_worker(void)
{
    const char *lacks = sandbox_paths(NULL, 0) < 0 ? "landlock" : NULL;

    return sandbox_calls(allowed, sizeof allowed / sizeof allowed[0]) < 0 ? "seccomp" : lacks;
}
