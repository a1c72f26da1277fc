#include "ipc/operator.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME    "parley.sock"
#define BACKLOG 8

/* Socket addresses hold 107 characters, folders may be longer: by the way of /proc they fit.
 * The folder's descriptor, or -1. */
static int open_folder(const char *folder, struct sockaddr_un *address)
{
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/" NAME, fd);
    return fd;
}

static int close_both(int folder_fd, int fd, bool fine)
{
    int reason = errno;
    close(folder_fd);
    if (!fine && fd >= 0)
        close(fd);
    errno = reason;
    return fine ? fd : -1;
}

int operator_listen(const char *folder)
{
    struct sockaddr_un address;
    int folder_fd = open_folder(folder, &address);
    if (folder_fd < 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    unlinkat(folder_fd, NAME, 0);
    /* Its rights are right from the first moment on. */
    mode_t former = umask(S_IXUSR | S_IRWXG | S_IRWXO);
    bool fine = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
                listen(fd, BACKLOG) == 0;
    umask(former);
    return close_both(folder_fd, fd, fine);
}

int operator_connect(const char *folder)
{
    struct sockaddr_un address;
    int folder_fd = open_folder(folder, &address);
    if (folder_fd < 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    bool fine = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    return close_both(folder_fd, fd, fine);
}

void operator_format(const struct operator_state *state, char out[static OPERATOR_TEXT_BYTES])
{
    snprintf(out, OPERATOR_TEXT_BYTES, "draining=%d rooms=%u participants=%u", state->draining,
             state->rooms, state->participants);
}

bool operator_parse(const char *text, struct operator_state *out)
{
    unsigned draining = 0, rooms = 0, participants = 0;
    if (sscanf(text, "draining=%1u rooms=%9u participants=%9u", &draining, &rooms, &participants) !=
        3)
        return false;
    *out = (struct operator_state){draining != 0, rooms, participants};
    return true;
}
