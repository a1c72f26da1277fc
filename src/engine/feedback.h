/* What a publisher has to hear soon: which packets are missing (NACK), that a key frame is needed
 * (PLI), and when its packets came (transport-wide feedback). */
#ifndef PARLEY_ENGINE_FEEDBACK_H
#define PARLEY_ENGINE_FEEDBACK_H

#include <stdint.h>

#include "engine/rtcp_out.h"

/* Writes all that is due. */
void feedback_write(struct leg *leg, struct rtcp_out *out);
/* UINT64_MAX: nothing to tell. */
uint64_t feedback_wake_at(const struct leg *leg);

#endif
