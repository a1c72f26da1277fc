/* Google Congestion Control on the sender's side: delay (groups, trend, AIMD), loss, and probes,
 * joined into one rate. Called by bwe.c only. */
#ifndef PARLEY_ENGINE_BWE_GCC_H
#define PARLEY_ENGINE_BWE_GCC_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/bwe_acked.h"
#include "engine/bwe_aimd.h"
#include "engine/bwe_alr.h"
#include "engine/bwe_full.h"
#include "engine/bwe_groups.h"
#include "engine/bwe_loss.h"
#include "engine/bwe_path.h"
#include "engine/bwe_probe.h"
#include "engine/bwe_probe_plan.h"
#include "engine/bwe_rival.h"
#include "engine/bwe_trend.h"

struct bwe_record;

struct bwe_gcc {
    struct bwe_groups groups;
    struct bwe_trend trend;
    struct bwe_acked acked;
    struct bwe_full full;
    struct bwe_aimd aimd;
    struct bwe_alr alr;
    struct bwe_cluster cluster;
    struct bwe_probe_plan plan;
    struct bwe_rival rival;
    uint64_t target_bps;
    uint64_t level_bps;   /* bwe_set_level() */
    unsigned sharing;     /* how many */
    uint64_t settled_bps; /* the target when the present queue is gone; not less than it */
    uint8_t why;          /* enum timeline_why: the last change's */
    double trust;         /* in what a probe measured above the target, 0..1 */
    uint64_t trusted_us;  /* the target was last raised by a probe; 0: never, or judged */
    uint64_t overuse_us;  /* the last; 0: never */
    uint64_t heard_us;    /* the last feedback */
    uint64_t sent_us;     /* the last packet */
    uint64_t limited_us;  /* the application last sent far less than it might; 0: never */
    uint64_t cut_at_us;   /* the next cut for want of feedback; 0: there is feedback */
    uint64_t cut_floor_bps;
    bool probe_ended; /* bwe_gcc_probe_result() has something to tell */
    uint64_t probe_measured_bps;
};

/* What bwe.c measures for every algorithm. */
struct bwe_measured {
    const struct bwe_path *path;
    struct bwe_loss *loss;
};

void bwe_gcc_init(struct bwe_gcc *gcc, uint64_t now_us, uint64_t start_bps, uint64_t min_bps,
                  uint64_t max_bps);
void bwe_gcc_sent(struct bwe_gcc *gcc, const struct bwe_record *record);
/* A packet that arrived; the path has noted it. */
void bwe_gcc_arrived(struct bwe_gcc *gcc, uint64_t now_us, const struct bwe_record *record,
                     const struct bwe_path *path);
void bwe_gcc_lost(struct bwe_gcc *gcc, const struct bwe_record *record);
/* Nobody will ever tell of packets sent after those that were told of so far. */
void bwe_gcc_untold(struct bwe_gcc *gcc);
/* The receiver's clock jumped: arrival times from before are of no use. */
void bwe_gcc_restart(struct bwe_gcc *gcc);
/* After the last entry of a feedback in which at least one packet was known. */
void bwe_gcc_update(struct bwe_gcc *gcc, uint64_t now_us, const struct bwe_measured *measured);
/* silent_us: since when packets go out and nothing comes back; UINT64_MAX: it is not so. */
void bwe_gcc_tick(struct bwe_gcc *gcc, uint64_t now_us, const struct bwe_measured *measured,
                  uint64_t silent_us);
uint64_t bwe_gcc_wake_at(const struct bwe_gcc *gcc, const struct bwe_path *path,
                         uint64_t silent_us);
bool bwe_gcc_probe_wanted(struct bwe_gcc *gcc, uint64_t now_us, const struct bwe_measured *measured,
                          struct bwe_probe *out);
bool bwe_gcc_probe_goes_on(const struct bwe_gcc *gcc, uint64_t now_us);

#endif
