/* Outgoing sequence numbers within one segment. What a viewer is not to get takes no number; what
 * is missing of the source keeps one, since it may come late.
 *
 *   source    101 102 103   -   105 106 107       103 is dropped, 104 is missing: it has 20
 *   outgoing   18  19   .  (20)  21  22  23 */
#ifndef PARLEY_ENGINE_SEAT_NUMBERS_H
#define PARLEY_ENGINE_SEAT_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/layer_filter.h"
#include "engine/packet.h"

/* Losses remembered. More at a time is beyond repair anyway: a key frame is asked for then. */
#define SEAT_NUMBERS_GAPS 16u

struct seat_gap {
    uint32_t seq; /* the first that is missing */
    uint16_t count;
    uint16_t sequence; /* its number of ours */
};

struct seat_numbers {
    uint32_t newest_seq;
    uint32_t timestamp; /* of the newest */
    uint8_t spatial;    /* likewise: frames of one picture share the timestamp */
    bool dropped;       /* the newest took no number */
    bool ended;         /* it was the last of its frame */
    uint8_t gap_next;
    struct seat_gap gaps[SEAT_NUMBERS_GAPS];
};

/* The segment's first packet will be this one. */
void seat_numbers_begin(struct seat_numbers *numbers, uint32_t first_seq);

/* Is the packet ahead of all that came before? */
bool seat_numbers_is_newer(const struct seat_numbers *numbers, const struct packet *packet);

/* Takes note of the newest packet; *next is the stream's next number and moves on. True: it gets
 * the number *sequence. */
bool seat_numbers_next(struct seat_numbers *numbers, const struct packet *packet,
                       const struct layer_judgement *judgement, uint16_t *next, uint16_t *sequence);

/* A late packet's number. False: none was kept for it. */
bool seat_numbers_late(const struct seat_numbers *numbers, uint32_t seq, uint16_t *sequence);

#endif
