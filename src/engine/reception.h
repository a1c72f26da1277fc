/* What RFC 3550 wants known of one received RTP stream: which numbers came, how many are lost,
 * how unevenly they came (appendices A.1, A.3, A.8). */
#ifndef PARLEY_ENGINE_RECEPTION_H
#define PARLEY_ENGINE_RECEPTION_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed: nothing received yet. */
struct reception {
    bool started;
    bool jump_pending;
    uint16_t jump_next; /* RFC 3550 A.1 bad_seq: a second packet here proves a restart */
    uint32_t base;
    uint32_t highest; /* extended: cycles << 16 | sequence number */
    uint32_t received;
    uint32_t expected_prior;
    uint32_t received_prior;
    bool transit_known;
    uint32_t transit;
    uint32_t jitter_q4; /* timestamp units, 4 fraction bits, as in A.8 */
};

enum reception_order {
    RECEPTION_NEWEST,    /* beyond all that came before */
    RECEPTION_LATE,      /* fills a hole */
    RECEPTION_RESTARTED, /* the sender began anew; older numbers mean nothing now */
    RECEPTION_STRAY,     /* too far off to be real: drop it */
};

/* Gives the packet its extended number. Extended numbers only grow, across restarts too. */
enum reception_order reception_number(struct reception *reception, uint16_t sequence,
                                      uint32_t *extended);

/* Jitter: timestamp against the arrival, both in units of the stream's clock. */
void reception_jitter(struct reception *reception, uint32_t arrival_ticks, uint32_t timestamp);

struct reception_report {
    uint8_t fraction_lost;   /* since the report before, of 256 */
    int32_t cumulative_lost; /* clamped to 24 bits, may be negative (duplicates) */
    uint32_t highest;
    uint32_t jitter;
};
/* The block for the next receiver report; begins a new interval. */
struct reception_report reception_take_report(struct reception *reception);

#endif
