/* RTCP from a peer: as a publisher (sender reports, goodbyes) and as a viewer (loss reports, NACK,
 * key-frame requests). */
#ifndef PARLEY_ENGINE_RTCP_RECEIVE_H
#define PARLEY_ENGINE_RTCP_RECEIVE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/leg.h"
#include "engine/shared.h"

/* One decrypted compound. */
void rtcp_receive(struct leg *leg, const uint8_t *bytes, size_t len, struct shared *shared);

#endif
