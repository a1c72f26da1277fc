/* Whose queue is it? Beside a TCP connection that fills the bottleneck's queue and keeps it full,
 * the queue stays however little is sent; whoever takes its delay for his own fault gives way until
 * nothing is left. Then only loss counts, as for TCP (RFC 8836 2: neither starve nor be starved).
 */
#ifndef PARLEY_ENGINE_BWE_RIVAL_H
#define PARLEY_ENGINE_BWE_RIVAL_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed: nobody is there. */
struct bwe_rival {
    bool there;
    uint64_t long_since_us;        /* the queue is long; 0: it is not */
    uint64_t full_bps;             /* what the link delivered a little later; 0: not known yet */
    uint64_t short_since_us;       /* it is there, and the queue is short; 0: it is not */
    uint64_t seen_us;              /* it was last there; 0: never */
    uint64_t lost_us;              /* when its overflow was last answered; 0: never */
    uint64_t second_us;            /* what was sent: since when, … */
    uint64_t sent_bytes, sent_bps; /* … how much, and the rate before that */
};

struct bwe_rival_view {
    uint64_t now_us;
    uint64_t queue_us;
    uint64_t full_bps; /* what the link delivers while packets wait; 0: they do not */
};

void bwe_rival_sent(struct bwe_rival *rival, uint64_t now_us, uint32_t bytes);
/* True: it has just shown itself. */
bool bwe_rival_watch(struct bwe_rival *rival, const struct bwe_rival_view *view);
/* So much was lost lately: true if that calls for less. */
bool bwe_rival_answers_loss(struct bwe_rival *rival, uint64_t now_us, unsigned loss_permille);

#endif
