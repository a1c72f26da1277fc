/* The lobby: whoever joins a room that has one waits on an open socket until a host lets them in or
 * sends them away. They are not in the room: nobody but its hosts is told of them, and they are
 * told nothing. A room may have nobody in it but people who wait. */
#ifndef PARLEY_CONTROL_LOBBY_H
#define PARLEY_CONTROL_LOBBY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "control/message.h"
#include "control/store.h"
#include "control/token.h"

#define LOBBY_MAX 64u /* who wait for one room */

struct room;
struct server;
struct socket;

struct knock {
    struct token token;
    uint32_t request; /* of the join that waits for its reply; 0: it had no id */
    char name[STORE_WHO_BYTES];
};

/* The socket waits from now on; its `join` is answered later. */
void lobby_wait(struct socket *socket, const struct message *message, const struct token *token);
/* The socket is closed, or its time is over. Does nothing if it does not wait. */
void lobby_forget(struct socket *socket);
/* The time is over: answers the join. Does nothing if it does not wait. */
void lobby_give_up(struct socket *socket);
/* The room is gone: says so to all who wait for it. */
void lobby_clear(struct server *server, uint64_t room);
/* Who waits, as the schema's `knocks`. */
json_t *lobby_json(const struct room *room);

#endif
