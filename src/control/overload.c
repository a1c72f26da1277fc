#include "control/overload.h"

#include "control/server.h"
#include "control/workers.h"

#define NEVER_PERCENT 100u

bool overload_of(const struct server *server, uint32_t permille)
{
    const uint32_t most = server->config->limits.cpu_percent;
    return most < NEVER_PERCENT && permille > most * (BUSY_WHOLE / 100u);
}

bool overload_refuses(struct server *server, const struct room *room)
{
    const bool refuses = overload_of(server, server->busy.permille) ||
                         server->socket_count >= server->most_sockets ||
                         workers_overloaded(server, room);
    if (refuses)
        COUNT_CONTROL(server, overloads);
    return refuses;
}
