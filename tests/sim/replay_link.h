/* A viewer's link as far as a timeline tells of it. How, in docs/explain.md; in short:
 *
 *   a probe that measured less than 0.8 of what it tried    the link took just that
 *   an estimate that fell for `delay`                       it took what is left / 0.85
 *   any other probe, an estimate that grew                  it took at least that
 *   link: round trips                                       their least is the path's
 *   link: losses                                            random, unless the link was full then
 */
#ifndef PARLEY_TESTS_SIM_REPLAY_LINK_H
#define PARLEY_TESTS_SIM_REPLAY_LINK_H

#include "sim/network.h"
#include "sim/replay_log.h"

#define REPLAY_LINK_STEPS 512u

struct replay_loss {
    uint64_t at_us;
    uint32_t down, up; /* per thousand */
};

struct replay_link {
    uint64_t rtt_us;
    struct rate_step steps[REPLAY_LINK_STEPS]; /* since the first entry; rate 0: no limit known */
    size_t step_count;
    struct replay_loss losses[REPLAY_LINK_STEPS];
    size_t loss_count;
};

void replay_link_find(struct replay_link *link, const struct replay_log *log, uint64_t participant);

#endif
