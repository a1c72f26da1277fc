/* A rate for a peer that gives no transport-wide feedback: receiver reports say what share of its
 * packets got lost, once a second or so, and that is all there is. From a rate that most links
 * take it goes down while much is lost and back when little is, never to nothing. */
#ifndef PARLEY_ENGINE_LOSS_CONTROL_H
#define PARLEY_ENGINE_LOSS_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#define LOSS_CONTROL_MAX_BPS 2500000u
#define LOSS_CONTROL_MIN_BPS 150000u

struct loss_control {
    uint64_t target_bps;
    uint64_t cap_bps;       /* the peer's own estimate (REMB); 0: none */
    uint64_t capped_us;     /* when it said so */
    uint64_t changed_us;    /* last step */
    uint32_t sum, blocks;   /* of report blocks since then, in 1/256 */
    unsigned loss_permille; /* at the last step */
};

void loss_control_init(struct loss_control *control, uint64_t now_us);
/* One report block: fraction_lost in 1/256 (RFC 3550 6.4.1). */
void loss_control_report(struct loss_control *control, uint64_t now_us, uint8_t fraction_lost);
/* REMB: "the total bitrate the receiver is willing to receive". Holds for a few seconds; never
 * below the minimum, whatever it says. */
void loss_control_cap(struct loss_control *control, uint64_t now_us, uint64_t bps);
uint64_t loss_control_target_bps(const struct loss_control *control, uint64_t now_us);

#endif
