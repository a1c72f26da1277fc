/* File descriptors from the supervisor to a child: eight bytes that name the worker, and the fd as
 * SCM_RIGHTS, over a SOCK_SEQPACKET pair. */
#include "ipc/ipc.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control_buffer {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

int ipc_gift_send(int socket, const struct ipc_gift *gift)
{
    union control_buffer control;
    uint32_t words[2] = {gift->worker, gift->generation};
    struct iovec piece = {words, sizeof words};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    memset(&control, 0, sizeof control);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof gift->fd);
    memcpy(CMSG_DATA(header), &gift->fd, sizeof gift->fd);

    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof words ? 0 : -1;
}

/* The fd that came along, or -1. One at most fits into our buffer: the kernel closes the others. */
static int take_fd(struct msghdr *message)
{
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len != CMSG_LEN(sizeof(int)))
        return -1;
    int fd;
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

int ipc_gift_receive(int socket, struct ipc_gift *out)
{
    union control_buffer control;
    uint32_t words[2];
    struct iovec piece = {words, sizeof words};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t len;
    do {
        len = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (len < 0 && errno == EINTR);
    /* No memory just now: the gift waits. Whoever ended for that would end all calls with it. */
    if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ENOMEM))
        return 0;
    if (len <= 0)
        return -1;
    int fd = take_fd(&message);
    if (fd < 0 || len != (ssize_t)sizeof words) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    *out = (struct ipc_gift){words[0], words[1], fd};
    return 1;
}
