/* The rate that the loss allows. Loss that does not depend on the rate is the path's own
 * ("inherent", radio) and no reason to send less; loss that grows with the rate is a full queue.
 * Which of the two it is is decided by likelihood over the last observations (after libwebrtc's
 * LossBasedBweV2). */
#ifndef PARLEY_ENGINE_BWE_LOSS_H
#define PARLEY_ENGINE_BWE_LOSS_H

#include <stdbool.h>
#include <stdint.h>

#define BWE_LOSS_WINDOW 15u

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
    /* the answer */
    double limit_kbps; /* what the loss allows; follows the delay's rate while it is no limit */
    double inherent;   /* 0..1 */
    double fitted;     /* the last fit's */
    double recent;     /* loss of the last observations, 0..1 */
    bool limiting;     /* the limit is below what the delay allows */
    bool decreasing;   /* and fell with the last observation */
    uint64_t hold_until_us;
    uint64_t hold_us; /* how long the next hold lasts */
    uint64_t decreased_us;
    /* the last cut that loss alone demanded; cut_kbps 0: checked already */
    double cut_kbps; /* sent before it */
    double cut_loss;
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
/* After each feedback: closes the observation when it is long enough. */
void bwe_loss_update(struct bwe_loss *loss, const struct bwe_loss_input *input);
/* A probe got through at that rate. */
void bwe_loss_probed(struct bwe_loss *loss, uint64_t rate_bps);
uint64_t bwe_loss_limit_bps(const struct bwe_loss *loss);
/* Loss of the last two seconds or so. */
unsigned bwe_loss_recent_permille(const struct bwe_loss *loss);

#endif
