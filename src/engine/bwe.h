/* How much may be sent to one peer: a bandwidth estimate from its transport-wide feedback (or RFC
 * 8888's). A plain value: no allocation, no clock, no I/O; the same inputs give the same answers.
 *
 *   each packet that carries a transport-wide number, when it goes out    bwe_sent()
 *   each feedback about such packets                                      bwe_feedback()
 *   what the allocator would send if it could, whenever that changes      bwe_set_demand()
 *   at bwe_wake_at()                                                      bwe_tick()
 *   after any of them:  bwe_target_bps(), bwe_take_decision() until false, and, when the sender has
 *                       nothing better to do, bwe_probe_wanted()
 *
 * No state is for good: a silence, a probe that nobody answers, a limit set by loss or delay, each
 * ends by a timeout, and where more is wanted than the target, a probe goes out every few seconds.
 */
#ifndef PARLEY_ENGINE_BWE_H
#define PARLEY_ENGINE_BWE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/bwe_gcc.h"
#include "engine/bwe_history.h"
#include "engine/bwe_loss.h"
#include "engine/bwe_path.h"
#include "engine/bwe_probe.h"

/* IP and UDP under each packet, and some for the worst of both: rates here are what the link
 * carries. The caller gives and gets IP payload sizes: a target is a rate on the link, so pace what
 * you send as bytes + BWE_OVERHEAD_BYTES. */
#define BWE_OVERHEAD_BYTES 48u

enum bwe_algorithm {
    BWE_GCC,
    BWE_NULL /* the target is start_bps for good; loss, round trip and queue are measured */
};

struct bwe_config {
    enum bwe_algorithm algorithm;
    uint64_t start_bps; /* between min and max; 0: the default of each */
    uint64_t min_bps;
    uint64_t max_bps;
};
#define BWE_DEFAULT_START_BPS 600000u
#define BWE_DEFAULT_MIN_BPS   50000u
#define BWE_DEFAULT_MAX_BPS   20000000u

enum bwe_kind { BWE_AUDIO, BWE_VIDEO, BWE_RTX, BWE_PADDING };

struct bwe_packet {
    uint16_t sequence; /* transport-wide; rises by one */
    uint16_t bytes;    /* of the UDP payload (SRTP with everything); overhead is added inside */
    uint8_t kind;      /* enum bwe_kind */
    uint8_t probe;     /* bwe_probe.id of the probe it belongs to, 0: none */
};

struct bwe_arrival {
    uint16_t sequence;
    bool received;
    int64_t arrival_us; /* the receiver's clock, any origin, unwrapped by the reader */
    uint8_t ecn;        /* RFC 8888: 0 Not-ECT, 1 ECT(1), 2 ECT(0), 3 CE; TWCC: 0 */
};

/* For the timeline. An estimate is told when it moved by a tenth. */
struct bwe_decision {
    uint8_t what;         /* TIMELINE_ESTIMATE or TIMELINE_PROBE */
    uint8_t why;          /* enum timeline_why */
    uint32_t before_kbps; /* ESTIMATE: before; PROBE: the rate tried */
    uint32_t after_kbps;  /* ESTIMATE: after; PROBE: measured, 0 when it begins */
};
#define BWE_DECISIONS 8u /* when nobody takes them the oldest goes */

struct bwe {
    struct bwe_config config;
    struct bwe_history history;
    struct bwe_path path;
    struct bwe_loss loss;
    struct bwe_gcc gcc;
    uint64_t now_us;    /* of the last call */
    uint64_t ticked_us; /* of the last bwe_tick() */
    uint16_t answered;  /* newest sequence that feedback told of */
    bool heard;         /* there was such */
    uint64_t target_bps;
    uint64_t told_bps;                            /* the target as last told in a decision */
    struct bwe_decision decisions[BWE_DECISIONS]; /* a ring */
    uint32_t decisions_made, decisions_taken;
};

void bwe_init(struct bwe *bwe, const struct bwe_config *config, uint64_t now_us);
void bwe_sent(struct bwe *bwe, uint64_t now_us, const struct bwe_packet *packet);
/* What bwe_sent() needs for that number and those after it (base/prefetch.h). */
void bwe_prefetch(const struct bwe *bwe, uint16_t sequence);
/* One feedback message, in the order of its sequence numbers. Returns how many entries were
 * ignored: never sent, answered for already, or with an impossible time. */
size_t bwe_feedback(struct bwe *bwe, uint64_t now_us, const struct bwe_arrival *arrivals,
                    size_t count);
/* wanted: the link rate with which everything would be sent; next_step: the one that the next step
 * up needs (with the allocator's margin). 0: nothing. Probes go for these and no further. */
void bwe_set_demand(struct bwe *bwe, uint64_t wanted_bps, uint64_t next_step_bps);

/* Who shares the link with others who are known has so much for a fair share (neighbours.h); 0: it
 * is not known to share it. sharing: how many they are. */
void bwe_set_level(struct bwe *bwe, uint64_t level_bps, unsigned sharing);

uint64_t bwe_target_bps(const struct bwe *bwe);
/* The target as it will be when the queue is gone that is being emptied now; not less than it. */
uint64_t bwe_settled_bps(const struct bwe *bwe);
/* What reaches the peer; of a full link, what it delivers now. 0: not known. */
uint64_t bwe_delivered_bps(const struct bwe *bwe);
/* Of the last two seconds or so, by the peer's feedback; drives RED and the quality score. */
unsigned bwe_loss_permille(const struct bwe *bwe);
/* Smoothed, what the receiver waits before it sends feedback included; 100 ms until known. */
uint64_t bwe_rtt_us(const struct bwe *bwe);
/* How long packets wait on the way now, by estimate. */
uint64_t bwe_queue_delay_us(const struct bwe *bwe);
/* The application sends much less than it may. */
bool bwe_in_alr(const struct bwe *bwe);

/* True: send *out now, packets marked with its id: repetitions of recent packets first, then
 * padding. A probe that could not be sent is asked for again later. One at a time. */
bool bwe_probe_wanted(struct bwe *bwe, uint64_t now_us, struct bwe_probe *out);
/* False: leave the rest of that probe; delay rises, or it took too long. */
bool bwe_probe_goes_on(const struct bwe *bwe, uint64_t now_us, uint8_t id);

/* UINT64_MAX: no need. After a tick it lies in the future; a probe may be wanted then, too. */
uint64_t bwe_wake_at(const struct bwe *bwe);
void bwe_tick(struct bwe *bwe, uint64_t now_us);

/* The oldest not taken yet; false: none. */
bool bwe_take_decision(struct bwe *bwe, struct bwe_decision *out);

#endif
