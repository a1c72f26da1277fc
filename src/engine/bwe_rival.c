/* A long queue that does not go when the rate does. */
#include "engine/bwe_rival.h"

#define LONG_QUEUE_US  100000u
#define SHORT_QUEUE_US 30000u
/* An own queue is gone by then: cuts go below what the link delivers. */
#define PATIENCE_US 2500000u
/* Who was there comes back. */
#define GONE_US     2000000u
#define REMEMBER_US 20000000u
#define AGAIN_US    400000u
/* What came before the queue is out of the measure by then. */
#define SETTLE_US 600000u
/* Of an own queue the link delivers as much as ever, although less is sent. Of another's, what is
 * sent, and no more. */
#define GAVE_PERCENT  85u
#define LEAST_PERCENT 85u
#define MOST_PERCENT  115u
#define METER_US      500000u
#define LOSS_PERMILLE 20u
/* One overflow is one event, as for TCP; its losses are reported within this time. */
#define LOSS_EVENT_US 1000000u

void bwe_rival_sent(struct bwe_rival *rival, uint64_t now_us, uint32_t bytes)
{
    const uint64_t passed_us = now_us - rival->second_us;
    if (passed_us >= METER_US) {
        rival->sent_bps = rival->sent_bytes * 8000000u / passed_us;
        rival->sent_bytes = 0;
        rival->second_us = now_us;
    }
    rival->sent_bytes += bytes;
}

static bool takes_what_is_given(const struct bwe_rival *rival, const struct bwe_rival_view *view)
{
    const uint64_t full_bps = view->full_bps;
    return full_bps != 0 && full_bps < rival->full_bps / 100u * GAVE_PERCENT &&
           rival->sent_bps > full_bps / 100u * LEAST_PERCENT &&
           rival->sent_bps < full_bps / 100u * MOST_PERCENT;
}

/* Its queue comes and goes with each loss. */
static bool has_gone(struct bwe_rival *rival, const struct bwe_rival_view *view)
{
    if (view->queue_us >= SHORT_QUEUE_US)
        rival->short_since_us = 0;
    else if (rival->short_since_us == 0)
        rival->short_since_us = view->now_us;
    return rival->short_since_us != 0 && view->now_us - rival->short_since_us >= GONE_US;
}

bool bwe_rival_watch(struct bwe_rival *rival, const struct bwe_rival_view *view)
{
    if (rival->there) {
        rival->there = !has_gone(rival, view);
        rival->long_since_us = 0;
        rival->seen_us = view->now_us;
        return false;
    }
    rival->short_since_us = 0;
    if (view->queue_us < SHORT_QUEUE_US)
        rival->long_since_us = 0;
    else if (view->queue_us > LONG_QUEUE_US && rival->long_since_us == 0) {
        rival->long_since_us = view->now_us;
        rival->full_bps = 0;
    }
    if (rival->long_since_us == 0)
        return false;
    const uint64_t long_us = view->now_us - rival->long_since_us;
    if (rival->full_bps == 0 && long_us >= SETTLE_US)
        rival->full_bps = view->full_bps;
    const bool again = rival->seen_us != 0 && view->now_us - rival->seen_us < REMEMBER_US;
    rival->there =
        again ? long_us >= AGAIN_US : long_us >= PATIENCE_US && takes_what_is_given(rival, view);
    return rival->there;
}

bool bwe_rival_answers_loss(struct bwe_rival *rival, uint64_t now_us, unsigned loss_permille)
{
    if (!rival->there || loss_permille < LOSS_PERMILLE ||
        (rival->lost_us != 0 && now_us - rival->lost_us < LOSS_EVENT_US))
        return false;
    rival->lost_us = now_us;
    return true;
}
