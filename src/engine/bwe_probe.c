/* Measures one cluster: the rate at which it was sent, the rate at which it came, the lower of the
 * two. Numbers are libwebrtc's where it has them. */
#include "engine/bwe_probe.h"

#include <string.h>

#define MIN_PACKETS 5u
#define MIN_BYTES   1000u
/* So much of what was asked for has to come back. (libwebrtc: 80; but at 20 % random loss every
 * fourth probe of five packets would fail for nothing.) */
#define BACK_PERCENT 60u
/* Received so much slower than sent: that is the link's rate, and a bit less leaves no queue. */
#define SATURATED_BELOW 0.9
#define SATURATED_USE   0.95
/* Received faster than sent by more than this: something on the way held it up and let it go. */
#define FASTER_MAX      2.0
#define INTERVAL_MAX_US 1000000
/* For the caller to begin sending. */
#define UNSENT_US 200000u
/* After the last packet, beside the round trip: the receiver's wait for its next feedback. */
#define ANSWER_US 500000u

void bwe_cluster_begin(struct bwe_cluster *cluster, uint64_t now_us, uint64_t rate_bps,
                       uint32_t duration_us, struct bwe_probe *out)
{
    const uint8_t id = cluster->last_id == UINT8_MAX ? 1 : (uint8_t)(cluster->last_id + 1);
    const uint64_t bytes = rate_bps * duration_us / 8000000u;
    memset(cluster, 0, sizeof *cluster);
    cluster->last_id = id;
    cluster->running = true;
    cluster->asked_us = now_us;
    cluster->last_activity_us = now_us;
    cluster->asked = (struct bwe_probe){
        .id = id,
        .rate_bps = rate_bps,
        .bytes = bytes > MIN_BYTES ? (uint32_t)bytes : MIN_BYTES,
        .packets = MIN_PACKETS,
    };
    cluster->asked.duration_us = (uint32_t)((uint64_t)cluster->asked.bytes * 8000000u / rate_bps);
    *out = cluster->asked;
}

void bwe_cluster_sent(struct bwe_cluster *cluster, uint64_t now_us, uint32_t bytes)
{
    cluster->sent_packets++;
    cluster->sent_bytes += bytes;
    cluster->last_activity_us = now_us;
}

void bwe_cluster_arrived(struct bwe_cluster *cluster, uint64_t sent_us, int64_t arrival_us,
                         uint32_t bytes)
{
    const bool first = cluster->packets == 0;
    cluster->answered++;
    cluster->packets++;
    cluster->bytes += bytes;
    if (first || sent_us < cluster->first_sent_us)
        cluster->first_sent_us = sent_us;
    if (first || sent_us >= cluster->last_sent_us) {
        cluster->last_sent_us = sent_us;
        cluster->last_sent_bytes = bytes;
    }
    if (first || arrival_us < cluster->first_arrival_us) {
        cluster->first_arrival_us = arrival_us;
        cluster->first_arrival_bytes = bytes;
    }
    if (first || arrival_us > cluster->last_arrival_us)
        cluster->last_arrival_us = arrival_us;
}

void bwe_cluster_lost(struct bwe_cluster *cluster)
{
    cluster->answered++;
}

/* Between the first and the last packet lie all bytes but the last's (sent), or but the first's
 * (received). False: these times tell nothing. */
static bool measure(const struct bwe_cluster *cluster, uint64_t *rate_bps)
{
    const int64_t sent_us = (int64_t)(cluster->last_sent_us - cluster->first_sent_us);
    const int64_t arrived_us = cluster->last_arrival_us - cluster->first_arrival_us;
    if (sent_us <= 0 || sent_us > INTERVAL_MAX_US || arrived_us <= 0 ||
        arrived_us > INTERVAL_MAX_US)
        return false;
    const double sent = (double)(cluster->bytes - cluster->last_sent_bytes) * 8e6 / (double)sent_us;
    const double arrived =
        (double)(cluster->bytes - cluster->first_arrival_bytes) * 8e6 / (double)arrived_us;
    if (arrived > FASTER_MAX * sent)
        return false;
    double rate = arrived < sent ? arrived : sent;
    if (arrived < SATURATED_BELOW * sent)
        rate = SATURATED_USE * arrived;
    *rate_bps = (uint64_t)rate;
    return true;
}

static bool enough_came(const struct bwe_cluster *cluster)
{
    return cluster->packets >= cluster->asked.packets * BACK_PERCENT / 100u &&
           cluster->bytes >= cluster->asked.bytes * BACK_PERCENT / 100u;
}

static bool timed_out(const struct bwe_cluster *cluster, uint64_t now_us, uint64_t rtt_us)
{
    return now_us - cluster->last_activity_us > ANSWER_US + 2 * rtt_us + cluster->asked.duration_us;
}

enum bwe_cluster_result bwe_cluster_poll(struct bwe_cluster *cluster, uint64_t now_us,
                                         uint64_t rtt_us, uint64_t *rate_bps)
{
    if (!cluster->running)
        return BWE_CLUSTER_WAIT;
    if (cluster->sent_packets == 0) {
        if (now_us - cluster->asked_us <= UNSENT_US)
            return BWE_CLUSTER_WAIT;
        cluster->running = false;
        return BWE_CLUSTER_UNSENT;
    }
    const bool all_sent = cluster->sent_packets >= cluster->asked.packets &&
                          cluster->sent_bytes >= cluster->asked.bytes;
    const bool all_answered = all_sent && cluster->answered >= cluster->sent_packets;
    if (!all_answered && !timed_out(cluster, now_us, rtt_us))
        return BWE_CLUSTER_WAIT;
    cluster->running = false;
    return enough_came(cluster) && measure(cluster, rate_bps) ? BWE_CLUSTER_MEASURED
                                                              : BWE_CLUSTER_FAILED;
}

uint64_t bwe_cluster_wake_at(const struct bwe_cluster *cluster, uint64_t rtt_us)
{
    if (!cluster->running)
        return UINT64_MAX;
    if (cluster->sent_packets == 0)
        return cluster->asked_us + UNSENT_US + 1;
    return cluster->last_activity_us + ANSWER_US + 2 * rtt_us + cluster->asked.duration_us + 1;
}

void bwe_cluster_abort(struct bwe_cluster *cluster)
{
    cluster->running = false;
}
