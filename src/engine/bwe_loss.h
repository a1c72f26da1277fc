/* The rate that the loss allows. Loss that does not depend on the rate is the path's own
 * ("inherent", radio) and no reason to send less; loss that goes away with less is a full queue.
 * libwebrtc's LossBasedBweV2 decides between the two by likelihood over its last observations,
 * which tells nothing while the rate stands still, and so ends up far too low at 10 % and stuck at
 * 20 %. Here it is an experiment: on new loss send no more than came through, and look. If the loss
 * stays the rate was not why: it is believed from then on, and the rate is given back. */
#ifndef PARLEY_ENGINE_BWE_LOSS_H
#define PARLEY_ENGINE_BWE_LOSS_H

#include <stdbool.h>
#include <stdint.h>

#define BWE_LOSS_WINDOW 8u
/* Longer than a frame of sound. */
#define BWE_LOSS_BURST_US 30000u

/* What became of the packets sent during at least 250 ms. */
struct bwe_loss_observation {
    uint32_t packets;
    uint32_t lost;
    double sent_kbps;
};

struct bwe_loss {
    struct bwe_loss_observation window[BWE_LOSS_WINDOW]; /* a ring */
    uint32_t count;                                      /* observations ever */
    /* the observation being made */
    uint32_t packets, lost;
    uint64_t bytes;
    uint64_t first_sent_us, last_sent_us;
    uint64_t from_us; /* what was sent before is not counted */
    /* packets lost in a row, and when such a run was last a burst; 0: never */
    uint32_t run;
    uint64_t run_from_us, burst_us;
    /* the answer */
    double limit_kbps; /* follows the delay's rate while it is no limit */
    double inherent;   /* 0..1 */
    double proven;     /* what an experiment said it is */
    bool limiting;     /* the limit is below what the delay allows */
    bool decreasing;   /* and fell with the last observation */
    uint64_t decreased_us;
    uint64_t hold_us; /* how long the last hold lasts */
    /* the experiment; cut_kbps 0: none runs */
    double cut_kbps;    /* sent before it */
    double cut_loss;    /* lost before it */
    double before_kbps; /* the limit before it */
};

struct bwe_loss_input {
    uint64_t now_us;
    uint64_t delay_bps; /* what the delay allows */
    uint64_t min_bps;
};

void bwe_loss_init(struct bwe_loss *loss, uint64_t start_bps);
/* One packet's fate. */
void bwe_loss_add(struct bwe_loss *loss, uint64_t sent_us, uint32_t bytes, bool lost);
/* One that was said to be lost has arrived after all. */
void bwe_loss_take_back(struct bwe_loss *loss);
/* After each feedback: closes the observation when it is long enough, and draws conclusions. */
void bwe_loss_update(struct bwe_loss *loss, const struct bwe_loss_input *input);
/* A probe came through at that rate, 0: it cannot be told; full: it was sent faster. */
void bwe_loss_probed(struct bwe_loss *loss, uint64_t now_us, uint64_t rate_bps, bool full);
uint64_t bwe_loss_limit_bps(const struct bwe_loss *loss);
/* All that was sent for BWE_LOSS_BURST_US was lost, some time after since_us. */
bool bwe_loss_in_bursts(const struct bwe_loss *loss, uint64_t since_us);
/* Of the last observation, a quarter of a second or more. */
unsigned bwe_loss_latest_permille(const struct bwe_loss *loss);
/* Loss of the last two seconds or so. */
unsigned bwe_loss_recent_permille(const struct bwe_loss *loss);

#endif
