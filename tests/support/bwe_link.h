/* One sender with a bandwidth estimate, one bottleneck, one receiver that gives feedback: enough of
 * a network to see where an estimate settles. Steps of 1 ms, seeded, no engine in it. */
#ifndef PARLEY_TESTS_SUPPORT_BWE_LINK_H
#define PARLEY_TESTS_SUPPORT_BWE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "engine/bwe.h"

#define BWE_LINK_PACKETS 8192u /* a power of two; on the way, or waiting to be told of */
#define BWE_LINK_SAMPLES 200000u
#define BWE_LINK_STEPS   8u

/* What may be changed while it runs. */
struct bwe_link_path {
    uint64_t rate_bps;
    uint64_t delay_us;      /* one way, without queueing */
    uint64_t queue_us;      /* drop-tail: a packet that would wait longer is lost */
    unsigned loss_permille; /* random, both ways */
    uint64_t jitter_us;     /* uniform, in order */
    bool dead;              /* nothing gets through, either way */
};

struct bwe_link_app {
    /* Elastic: video of min(target, media). With steps (rising, 0 ends): the highest that fits. */
    uint64_t media_bps;
    uint64_t steps_bps[BWE_LINK_STEPS + 1];
    bool deaf; /* cannot send probes */
};

struct bwe_link_packet {
    uint64_t arrives_us; /* 0: lost */
    uint16_t sequence;
};

struct bwe_link {
    struct bwe bwe;
    struct bwe_link_path path;
    struct bwe_link_app app;
    struct rng rng;
    uint64_t now_us;
    /* sender */
    uint16_t next_sequence;
    uint64_t next_frame_us, next_audio_us;
    double pacer_bytes; /* video that waits */
    double pacer_credit;
    struct bwe_probe probe;
    double probe_left, probe_credit;
    unsigned probe_size;
    int probe_packets;
    /* bottleneck */
    uint64_t busy_until_us;
    uint64_t last_arrival_us;
    struct bwe_link_packet packets[BWE_LINK_PACKETS];
    uint32_t first, end; /* packets not told of yet; counts */
    uint64_t next_feedback_us;
    struct {
        uint64_t at_us;
        size_t count;
        struct bwe_arrival arrivals[1024];
    } feedback[64]; /* on the way back */
    uint32_t feedback_first, feedback_end;
    /* what is measured */
    uint64_t media_sent_bytes, probe_sent_bytes, packets_sent, packets_lost;
    uint32_t targets_kbps[BWE_LINK_SAMPLES]; /* every ms */
    uint32_t queue_ms[BWE_LINK_SAMPLES];
    uint32_t sent_kbps[BWE_LINK_SAMPLES]; /* what the application decided to send */
    uint32_t samples;
};

void bwe_link_init(struct bwe_link *link, const struct bwe_config *config,
                   const struct bwe_link_path *path, const struct bwe_link_app *app, uint64_t seed);
void bwe_link_run(struct bwe_link *link, double seconds);
double bwe_link_seconds(const struct bwe_link *link);
/* Over the samples from that second to now. */
double bwe_link_mean_kbps(const struct bwe_link *link, double from_s);
unsigned bwe_link_target_percentile(const struct bwe_link *link, double from_s, unsigned percent);
unsigned bwe_link_queue_percentile(const struct bwe_link *link, double from_s, unsigned percent);
/* Seconds from then until the target first was at least (or, below: at most) that; -1: never. */
double bwe_link_reached_s(const struct bwe_link *link, double from_s, unsigned kbps);
double bwe_link_fell_s(const struct bwe_link *link, double from_s, unsigned kbps);

#endif
