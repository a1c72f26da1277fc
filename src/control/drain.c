#include "control/drain.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/watch.h"
#include "ipc/operator.h"

#define ASKERS 8u
#define WORD   32u

struct asker {
    struct watch watch;
    struct drain *drain;
    int fd; /* -1: this place is free */
    char told[OPERATOR_TEXT_BYTES];
};

struct drain {
    struct server *server; /* borrowed */
    struct watch listener;
    struct asker askers[ASKERS];
};

bool drain_refuses(const struct server *server, uint64_t room)
{
    return server->draining && map_get_pointer(&server->rooms, room) == NULL;
}

/* ---- who asks -------------------------------------------------------------------------------- */

static void dismiss(struct asker *asker)
{
    if (asker->fd < 0)
        return;
    watch_close(&asker->watch);
    close(asker->fd);
    asker->fd = -1;
}

static void tell(struct asker *asker)
{
    const struct server *server = asker->drain->server;
    const struct operator_state state = {.draining = server->draining,
                                         .rooms = (uint32_t)rooms_live_count(server),
                                         .participants = server->member_count};
    char text[OPERATOR_TEXT_BYTES];
    operator_format(&state, text);
    if (strcmp(text, asker->told) == 0)
        return;
    ssize_t sent = send(asker->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0)
        memcpy(asker->told, text, sizeof text);
    else if (errno != EAGAIN && errno != EINTR) /* it does not read: with the next tick */
        dismiss(asker);
}

/* The supervisor keeps it for the next control. */
static void set(struct server *server, bool draining)
{
    const char *word = draining ? "D" : "U";
    if (server->draining == draining)
        return;
    server->draining = draining;
    log_write(LOG_INFO, "drain", "event=%s rooms=%zu participants=%u",
              draining ? "draining" : "taking_rooms", rooms_live_count(server),
              server->member_count);
    if (server->start->supervisor_fd >= 0 &&
        send(server->start->supervisor_fd, word, 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
        log_write(LOG_WARN, "drain", "event=draining_not_told");
}

static void on_word(struct watch *watch)
{
    struct asker *asker = watch->context;
    char word[WORD + 1];
    ssize_t len = -1;
    if (watch->wsi != NULL) {
        len = recv(asker->fd, word, WORD, MSG_DONTWAIT);
        if (len < 0 && (errno == EAGAIN || errno == EINTR))
            return;
    }
    if (len <= 0) {
        dismiss(asker);
        return;
    }
    word[len] = '\0';
    if (strcmp(word, "drain") == 0)
        set(asker->drain->server, true);
    else if (strcmp(word, "undrain") == 0)
        set(asker->drain->server, false);
    asker->told[0] = '\0';
    tell(asker);
}

static void seat(struct drain *drain, int fd)
{
    for (size_t i = 0; i < ASKERS; i++) {
        struct asker *asker = &drain->askers[i];
        if (asker->fd >= 0)
            continue;
        *asker = (struct asker){
            .watch = {.readable = on_word, .server = drain->server}, .drain = drain, .fd = fd};
        asker->watch.context = asker;
        if (watch_open(&asker->watch, fd) != 0)
            dismiss(asker);
        return;
    }
    close(fd);
}

static void on_asker(struct watch *watch)
{
    struct drain *drain = watch->context;
    if (watch->wsi == NULL)
        return;
    int fd = accept4(drain->server->start->operator_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        seat(drain, fd);
}

/* ---- life ------------------------------------------------------------------------------------ */

struct drain *drain_new(struct server *server)
{
    struct drain *drain = calloc(1, sizeof *drain);
    if (drain == NULL)
        return NULL;
    drain->server = server;
    server->draining = server->start->draining;
    for (size_t i = 0; i < ASKERS; i++)
        drain->askers[i].fd = -1;
    drain->listener = (struct watch){.readable = on_asker, .server = server, .context = drain};
    if (server->start->operator_fd >= 0 &&
        watch_open(&drain->listener, server->start->operator_fd) != 0) {
        free(drain);
        return NULL;
    }
    return drain;
}

void drain_free(struct drain *drain)
{
    if (drain == NULL)
        return;
    watch_close(&drain->listener);
    for (size_t i = 0; i < ASKERS; i++)
        dismiss(&drain->askers[i]);
    free(drain);
}

void drain_tick(struct drain *drain)
{
    for (size_t i = 0; i < ASKERS; i++)
        if (drain->askers[i].fd >= 0 && drain->askers[i].told[0] != '\0')
            tell(&drain->askers[i]);
}
