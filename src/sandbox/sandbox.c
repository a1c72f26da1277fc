#include "sandbox/sandbox.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(fuzzer_no_main)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED

int sandbox_paths(const struct sandbox_path *paths, size_t count)
{
    (void)paths;
    (void)count;
    return 0;
}

int sandbox_calls(const int *calls, size_t count)
{
    (void)calls;
    (void)count;
    return 0;
}

#else

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- landlock -------------------------------------------------------------------------------- */

/* The kernel's struct as of ABI 6; older kernels, and older headers, know less of it. */
struct ruleset {
    uint64_t files, ports, scopes;
};

/* Rights by ABI: 13 of files at first, then REFER, TRUNCATE, and IOCTL_DEV in 5. */
#define FILES_ABI_1    ((UINT64_C(1) << 13) - 1)
#define FILE_REFER     (UINT64_C(1) << 13)
#define FILE_TRUNCATE  (UINT64_C(1) << 14)
#define FILE_IOCTL     (UINT64_C(1) << 15)
#define PORTS          UINT64_C(3) /* TCP: bind, connect */
#define SCOPES         UINT64_C(3) /* abstract UNIX sockets, signals */
#define DIRECTORY_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define DIRECTORY_WRITE                                                                            \
    (DIRECTORY_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | FILE_TRUNCATE)
#define FILE_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FILE_TRUNCATE)

static struct ruleset all_rights(long abi)
{
    struct ruleset all = {.files = FILES_ABI_1};

    all.files |=
        (abi >= 2 ? FILE_REFER : 0) | (abi >= 3 ? FILE_TRUNCATE : 0) | (abi >= 5 ? FILE_IOCTL : 0);
    all.ports = abi >= 4 ? PORTS : 0;
    all.scopes = abi >= 6 ? SCOPES : 0;
    return all;
}

static size_t ruleset_bytes(long abi)
{
    if (abi >= 6)
        return sizeof(struct ruleset);
    return abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

/* 0 or -1. A path that is not there needs no rule. */
static int allow(int ruleset, const struct sandbox_path *path, uint64_t known)
{
    struct landlock_path_beneath_attr rule = {.parent_fd = open(path->path, O_PATH | O_CLOEXEC)};
    struct stat found;
    long result = -1;

    if (rule.parent_fd < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
    rule.allowed_access = path->access == SANDBOX_WRITE ? DIRECTORY_WRITE : DIRECTORY_READ;
    if (fstat(rule.parent_fd, &found) == 0) {
        rule.allowed_access &= S_ISDIR(found.st_mode) ? known : known & FILE_RIGHTS;
        result = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    close(rule.parent_fd);
    return (int)result;
}

int sandbox_paths(const struct sandbox_path *paths, size_t count)
{
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct ruleset all;
    long result = 0;
    int ruleset;

    if (abi < 1)
        return -1;
    all = all_rights(abi);
    ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, ruleset_bytes(abi), 0);
    if (ruleset < 0)
        return -1;
    for (size_t i = 0; i < count && result == 0; i++)
        result = allow(ruleset, &paths[i], all.files);
    if (result == 0)
        result = syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
    return result == 0 ? 0 : -1;
}

/* ---- seccomp --------------------------------------------------------------------------------- */

/* Of every process. tests/fault/confined.py reads this list and those of the confine.c files. */
static const int common[] = {
    /* what is open */
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(close),
    /* time */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
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
    /* dying */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(tgkill),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
};

/* Executable memory is asked for in the third argument of both. */
static int allow_call(scmp_filter_ctx filter, int call)
{
    if (call == SCMP_SYS(mmap) || call == SCMP_SYS(mprotect))
        return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
                                SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
}

static int allow_calls(scmp_filter_ctx filter, const int *calls, size_t count)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < count; i++)
        result = allow_call(filter, calls[i]);
    return result;
}

int sandbox_calls(const int *calls, size_t count)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int result = filter != NULL ? 0 : -1;

    if (result == 0)
        result = allow_calls(filter, common, sizeof common / sizeof common[0]);
    if (result == 0)
        result = allow_calls(filter, calls, count);
    if (result == 0)
        result = seccomp_load(filter);
    seccomp_release(filter);
    return result == 0 ? 0 : -1;
}

#endif
