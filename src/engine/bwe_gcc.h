/* Google Congestion Control on the sender's side: delay (groups, trend, AIMD), loss, and probes,
 * joined into one rate. Called by bwe.c only. */
#ifndef PARLEY_ENGINE_BWE_GCC_H
#define PARLEY_ENGINE_BWE_GCC_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/bwe_acked.h"
#include "engine/bwe_aimd.h"
#include "engine/bwe_alr.h"
#include "engine/bwe_groups.h"
#include "engine/bwe_probe.h"
#include "engine/bwe_probe_plan.h"
#include "engine/bwe_trend.h"

struct bwe;
struct bwe_record;

struct bwe_gcc {
    struct bwe_groups groups;
    struct bwe_trend trend;
    struct bwe_aimd aimd;
    struct bwe_acked acked;
    struct bwe_alr alr;
    struct bwe_cluster cluster;
    struct bwe_probe_plan plan;
    bool overuse_seen;       /* in the feedback being read */
    uint64_t overuse_us;     /* the last overuse; 0: never */
    uint64_t silence_cut_us; /* the last cut for want of feedback; 0: there is feedback */
    uint64_t silence_floor_bps;
};

void bwe_gcc_init(struct bwe *bwe, uint64_t now_us);
void bwe_gcc_sent(struct bwe *bwe, uint64_t now_us, const struct bwe_record *record);
void bwe_gcc_arrived(struct bwe *bwe, uint64_t now_us, const struct bwe_record *record,
                     int64_t arrival_us);
void bwe_gcc_lost(struct bwe *bwe, const struct bwe_record *record);
/* After the last entry of a feedback that had at least one known packet. */
void bwe_gcc_update(struct bwe *bwe, uint64_t now_us);
void bwe_gcc_tick(struct bwe *bwe, uint64_t now_us);
uint64_t bwe_gcc_wake_at(const struct bwe *bwe);
bool bwe_gcc_probe_wanted(struct bwe *bwe, uint64_t now_us, struct bwe_probe *out);

#endif
