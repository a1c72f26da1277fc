/* GET /rooms/{room_id}/timeline: asks the room's media worker why the call looks as it does. */
#ifndef PARLEY_CONTROL_EXPLAIN_H
#define PARLEY_CONTROL_EXPLAIN_H

#include "ipc/ipc.h"

struct explain_question;
struct http_request;
struct server;

/* rest: what stands behind "/rooms/". Answers at once with a problem, or later when the worker has
 * answered. Returns what the callback must return. */
int explain_request(struct http_request *request, const char *rest);
/* The worker's answer; one that nobody waits for is dropped and counted. */
void explain_answer(struct server *server, const struct ipc_message *message);
/* Its request is gone. Accepts NULL. */
void explain_forget(struct explain_question *question);

#endif
