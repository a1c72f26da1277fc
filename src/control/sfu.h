/* Offers to the media worker and what it says back, in the protocol's words. */
#ifndef PARLEY_CONTROL_SFU_H
#define PARLEY_CONTROL_SFU_H

#include <stdint.h>

#include "control/message.h"
#include "ipc/ipc.h"

struct member;
struct room;

/* Sends the offer on; its reply comes later (answer or error), or at once if it cannot be sent. */
void sfu_offer(struct member *member, const struct message *message);
/* Replies "unavailable" to an offer that no one will answer any more. */
void sfu_drop_offer(struct member *member);
/* The worker that held the member's peer connection is gone. */
void sfu_forget_leg(struct member *member);
/* Offers without an answer in time. */
void sfu_tick(struct room *room, uint64_t now_ms);
void sfu_view(struct member *member, const struct message *message);
/* To a worker that has not heard it. */
void sfu_repeat_view(struct member *member);

/* From the worker; the room is known and its own, the member is in it. */
void sfu_on_answer(struct member *member, const struct ipc_message *message);
void sfu_on_refused(struct member *member, const struct ipc_message *message);
void sfu_on_seats(struct member *member, const struct ipc_message *message);
void sfu_on_publish(struct member *member, const struct ipc_message *message);
/* What one worker, by its position, or each told of its part of the room. */
void sfu_forget_scores(struct room *room, uint32_t position);
void sfu_forget_all_scores(struct room *room);
void sfu_on_quality(struct room *room, uint32_t worker, const struct ipc_message *message);
void sfu_on_speakers(struct room *room, const struct ipc_message *message);

#endif
