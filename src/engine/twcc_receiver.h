/* Tells a publisher which of its packets came when (transport-wide congestion control), so that its
 * bandwidth estimate works: one feedback per TWCC_INTERVAL_US while packets come. */
#ifndef PARLEY_ENGINE_TWCC_RECEIVER_H
#define PARLEY_ENGINE_TWCC_RECEIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/seq.h"
#include "engine/limits.h"

#define TWCC_INTERVAL_US 50000u

/* Zeroed: nothing received. */
struct twcc_receiver {
    struct seq16_unwrapper unwrapper;
    uint64_t base; /* number of the first packet that the next feedback is about */
    uint64_t end;  /* highest received + 1; base == end: nothing to tell */
    uint64_t arrivals_us[LIMIT_TWCC_PACKETS]; /* by number; 0: not received */
    uint64_t due_us;                          /* meaningless if there is nothing to tell */
    uint8_t feedback_count;
};

/* True: the first since the last feedback, due_us is set. */
bool twcc_receiver_note(struct twcc_receiver *twcc, uint16_t sequence, uint64_t now_us);
/* UINT64_MAX: nothing to tell. */
uint64_t twcc_receiver_wake_at(const struct twcc_receiver *twcc);
/* Appends one feedback packet about media_ssrc (any of the publisher's). 1: and there is more to
 * tell, call again; 0: that was all; -1: it does not fit and is
 * forgotten. */
int twcc_receiver_write(struct twcc_receiver *twcc, struct writer *writer, uint32_t sender_ssrc,
                        uint32_t media_ssrc);

#endif
