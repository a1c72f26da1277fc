/* What client messages do. */
#ifndef PARLEY_CONTROL_SIGNALLING_H
#define PARLEY_CONTROL_SIGNALLING_H

#include <jansson.h>

#include "control/message.h"

struct lws;
struct server;
struct socket;
struct token;

/* Handles one message: every request gets exactly one reply, now or (offer) later. */
void signalling_receive(struct socket *socket, const struct message *message);
/* The socket of a member is gone, or closes without having said leave. */
void signalling_lost(struct socket *socket);
/* Takes the member off the socket. */
void signalling_unbind(struct socket *socket);

/* ---- the handlers, by file ---- */
/* session.c */
void session_join(struct socket *socket, const struct message *message);
void session_resume(struct socket *socket, const struct message *message);
/* Into the room that the token is for, or the reply why not. admitted: a host said so, so the lock
 * does not count. */
void session_enter(struct socket *socket, uint32_t request, const struct token *token,
                   const char *name, bool admitted);
void session_leave(struct socket *socket, const struct message *message);
/* STUN and TURN for one participant, at the host under which the client knows us (with a port). */
json_t *session_ice_servers(const struct server *server, const char *host, uint64_t participant);
/* legs.c; the socket has a member, as in the rest */
void legs_offer(struct socket *socket, const struct message *message);
void legs_description(struct socket *socket, const struct message *message);
void legs_candidate(struct socket *socket, const struct message *message);
void legs_ready(struct socket *socket, const struct message *message);
void legs_failed(struct socket *socket, const struct message *message);
/* host.c; the member is a host */
void host_mute(struct socket *socket, const struct message *message);
void host_remove(struct socket *socket, const struct message *message);
void host_lock(struct socket *socket, const struct message *message);
void host_end(struct socket *socket, const struct message *message);
/* lobby.c; likewise */
void host_admit(struct socket *socket, const struct message *message);
/* talk.c */
void talk_sources(struct socket *socket, const struct message *message);
void talk_rename(struct socket *socket, const struct message *message);
void talk_view(struct socket *socket, const struct message *message);
void talk_chat(struct socket *socket, const struct message *message);

#endif
