/* What a publisher has to hear soon: which packets are missing (NACK), that a key frame is needed
 * (PLI), and when its packets came (transport-wide feedback). */
#ifndef PARLEY_ENGINE_FEEDBACK_H
#define PARLEY_ENGINE_FEEDBACK_H

#include <stdint.h>

#include "engine/rtcp_out.h"

/* Writes all that is due. */
void feedback_write(struct leg *leg, struct rtcp_out *out);
/* Of a piped leg: missing packets are asked for by the worker that the publisher is connected to;
 * which key frames are needed here, that one is told (pipe.h). */
void feedback_hand_on(struct leg *leg, struct shared *shared);
/* UINT64_MAX: nothing to tell. */
uint64_t feedback_wake_at(const struct leg *leg);

#endif
