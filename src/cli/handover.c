#include "cli/handover.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"

/* ---- giving ---------------------------------------------------------------------------------- */

void handover_of(const struct setup *setup, struct handover *out)
{
    const struct config *config = &setup->config;
    *out = (struct handover){.version = HANDOVER_VERSION,
                             .size = sizeof *out,
                             .worker_count = (uint32_t)setup->worker_count,
                             .http_port = config->http.port,
                             .tls_port = config->http.tls_port,
                             .udp_port = config->media.udp_port,
                             .tcp_port = config->media.tcp_port,
                             .operator_fd = setup->operator_fd,
                             .http_fd_count = (uint32_t)setup->http_fd_count,
                             .https_fd_count = (uint32_t)setup->https_fd_count};
    if (setup->turn_managed) {
        out->turn_port = config->turn.port;
        out->turn_tls_port = config->turn.tls_port;
    }
    memcpy(out->http_fds, setup->http_fds, sizeof out->http_fds);
    memcpy(out->https_fds, setup->https_fds, sizeof out->https_fds);
    for (size_t i = 0; i < CONTROL_MAX_SLOTS; i++) {
        out->slots[i].udp_fd = setup->udp_fds[i];
        out->slots[i].tcp_fd = setup->tcp_fds[i];
    }
    memcpy(out->program, setup->program, sizeof out->program);
}

int handover_write(const struct handover *handover)
{
    int fd = memfd_create("parley-handover", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    if (write(fd, handover, sizeof *handover) == (ssize_t)sizeof *handover &&
        lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    close(fd);
    return -1;
}

static void keep(int fd)
{
    if (fd >= 0)
        fcntl(fd, F_SETFD, 0);
}

void handover_keep(const struct handover *handover)
{
    for (uint32_t i = 0; i < handover->http_fd_count; i++)
        keep(handover->http_fds[i]);
    for (uint32_t i = 0; i < handover->https_fd_count; i++)
        keep(handover->https_fds[i]);
    keep(handover->operator_fd);
    keep(handover->control.gift_fd);
    for (size_t i = 0; i < CONTROL_MAX_SLOTS; i++) {
        keep(handover->slots[i].process.gift_fd);
        keep(handover->slots[i].udp_fd);
        keep(handover->slots[i].tcp_fd);
    }
}

/* ---- taking ---------------------------------------------------------------------------------- */

bool handover_read(int fd, struct handover *out)
{
    ssize_t got = read(fd, out, sizeof *out);
    close(fd);
    return got == (ssize_t)sizeof *out && out->version == HANDOVER_VERSION &&
           out->size == sizeof *out && out->worker_count >= 1 &&
           out->worker_count <= CONTROL_MAX_WORKERS &&
           out->http_fd_count <= CONTROL_MAX_LISTENERS &&
           out->https_fd_count <= CONTROL_MAX_LISTENERS &&
           memchr(out->program, '\0', sizeof out->program) != NULL;
}

static void keep_port(const char *key, uint32_t *configured, uint32_t bound)
{
    if (*configured != bound)
        log_write(
            LOG_WARN, "handover",
            "event=port_kept key=%s port=%u problem=\"an upgrade does not change it: restart\"",
            key, bound);
    *configured = bound;
}

void handover_apply(const struct handover *handover, struct setup *setup)
{
    struct config *config = &setup->config;
    keep_port("http.port", &config->http.port, handover->http_port);
    keep_port("http.tls_port", &config->http.tls_port, handover->tls_port);
    keep_port("media.udp_port", &config->media.udp_port, handover->udp_port);
    keep_port("media.tcp_port", &config->media.tcp_port, handover->tcp_port);
    if (handover->turn_port) {
        /* Perhaps it gave way to another program's: nothing to be said about that again. */
        config->turn.port = handover->turn_port;
        config->turn.tls_port = handover->turn_tls_port;
    }
    setup->worker_count = handover->worker_count;
    setup->operator_fd = handover->operator_fd;
    setup->http_fd_count = handover->http_fd_count;
    setup->https_fd_count = handover->https_fd_count;
    memcpy(setup->http_fds, handover->http_fds, sizeof setup->http_fds);
    memcpy(setup->https_fds, handover->https_fds, sizeof setup->https_fds);
    for (size_t i = 0; i < CONTROL_MAX_SLOTS; i++) {
        setup->udp_fds[i] = handover->slots[i].udp_fd;
        setup->tcp_fds[i] = handover->slots[i].tcp_fd;
    }
    memcpy(setup->program, handover->program, sizeof setup->program);
    setup->handover = handover;
}
