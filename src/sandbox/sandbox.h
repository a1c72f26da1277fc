/* What a process gives up for good before it reads anything of others: files (landlock), network
 * (landlock) and system calls (seccomp). What it has open stays open. All are no-ops under
 * sanitizers, which need more. */
#ifndef PARLEY_SANDBOX_SANDBOX_H
#define PARLEY_SANDBOX_SANDBOX_H

#include <stddef.h>

enum sandbox_access {
    SANDBOX_READ,
    SANDBOX_WRITE, /* reads, makes and removes, too */
};

struct sandbox_path {
    const char
        *path; /* a directory with all beneath it, or a file; one that is not there is left out */
    enum sandbox_access access;
};

/* From here on no file is reachable by its name but these, nothing can be executed, no TCP port
 * bound or connected to, no process outside of the sandbox signalled, as far as the kernel knows
 * how (landlock ABI 1: files; 4: ports; 6: signals). Needs PR_SET_NO_NEW_PRIVS. 0; -1, and errno:
 * the kernel has no landlock (ENOSYS, EOPNOTSUPP), or no descriptors are left. */
int sandbox_paths(const struct sandbox_path *paths, size_t count)
    __attribute__((warn_unused_result));
/* From here on all system calls but these (SCMP_SYS numbers), and those of malloc, of locks and
 * random numbers, of reading and writing what is open and of dying, fail with EPERM. They do not
 * kill: a library's odd system call should not end everybody's call. With mmap and mprotect, memory
 * cannot be made executable. 0; -1: the kernel has no seccomp. */
int sandbox_calls(const int *calls, size_t count) __attribute__((warn_unused_result));

#endif
