/* Bytes in buckets of 200 ms; the last second of them is a rate. */
#include "engine/track_rate.h"

#include <string.h>

#define WINDOW_US (TRACK_RATE_BUCKETS * TRACK_RATE_BUCKET_US)
#define PLACES    (TRACK_RATE_BUCKETS + 1u)

/* True: a new bucket. */
static bool advance(struct track_rate *rate, uint64_t now_us)
{
    if (now_us < rate->bucket_us + TRACK_RATE_BUCKET_US)
        return false;
    const uint64_t passed = (now_us - rate->bucket_us) / TRACK_RATE_BUCKET_US;
    if (passed > TRACK_RATE_BUCKETS) {
        memset(rate, 0, sizeof *rate);
        rate->bucket_us = now_us;
        return true;
    }
    for (uint64_t i = 0; i < passed; i++) {
        rate->at = (uint8_t)((rate->at + 1u) % PLACES);
        memset(&rate->buckets[rate->at], 0, sizeof rate->buckets[0]);
    }
    const uint64_t full = rate->full + passed;
    rate->full = (uint8_t)(full < TRACK_RATE_BUCKETS ? full : TRACK_RATE_BUCKETS);
    rate->bucket_us += passed * TRACK_RATE_BUCKET_US;
    return true;
}

bool track_rate_note(struct track_rate *rate, const struct packet *packet)
{
    const bool fresh = advance(rate, packet->arrival_us);
    const uint32_t bytes = packet->payload_len + TRACK_RATE_OVERHEAD_BYTES;
    const unsigned spatial =
        packet->frame.spatial < PACKET_SPATIAL_LAYERS ? packet->frame.spatial : 0;
    const unsigned temporal = packet->frame.temporal < TRACK_RATE_TEMPORAL
                                  ? packet->frame.temporal
                                  : TRACK_RATE_TEMPORAL - 1u;
    const unsigned top = packet->frame.alone ? spatial : PACKET_SPATIAL_LAYERS - 1u;
    struct track_rate_bucket *bucket = &rate->buckets[rate->at];
    const uint16_t seen = bucket->seen;
    bucket->all += bytes;
    bucket->seen |= (uint16_t)(1u << (spatial * TRACK_RATE_TEMPORAL + temporal));
    for (unsigned i = spatial; i <= top; i++)
        bucket->bytes[i][temporal] += bytes;
    return fresh || bucket->seen != seen;
}

/* The n-th bucket back; NULL: too old. *since_us: when it began. */
static const struct track_rate_bucket *find_bucket(const struct track_rate *rate, unsigned back,
                                                   uint64_t now_us, uint64_t *since_us)
{
    const uint64_t age_us = (uint64_t)back * TRACK_RATE_BUCKET_US;
    if (back > rate->full || age_us > rate->bucket_us)
        return NULL;
    *since_us = rate->bucket_us - age_us;
    if (now_us > *since_us + WINDOW_US + TRACK_RATE_BUCKET_US)
        return NULL;
    return &rate->buckets[(rate->at + PLACES - back) % PLACES];
}

static uint32_t to_bps(uint64_t bytes, uint64_t covered_us)
{
    if (covered_us < TRACK_RATE_BUCKET_US)
        covered_us = TRACK_RATE_BUCKET_US;
    const uint64_t bps = bytes * 8000000u / covered_us;
    return bps < UINT32_MAX ? (uint32_t)bps : UINT32_MAX;
}

uint32_t track_rate_bps(const struct track_rate *rate, uint64_t now_us, unsigned spatial,
                        unsigned temporal)
{
    uint64_t bytes = 0, oldest_us = now_us, since_us;
    for (unsigned back = 0; back < PLACES; back++) {
        const struct track_rate_bucket *bucket = find_bucket(rate, back, now_us, &since_us);
        if (!bucket)
            break;
        oldest_us = since_us;
        for (unsigned i = 0; i <= temporal && i < TRACK_RATE_TEMPORAL; i++)
            bytes += bucket->bytes[spatial][i];
    }
    return to_bps(bytes, now_us > oldest_us ? now_us - oldest_us : 0);
}

uint32_t track_rate_all_bps(const struct track_rate *rate, uint64_t now_us)
{
    uint64_t bytes = 0, oldest_us = now_us, since_us;
    for (unsigned back = 0; back < PLACES; back++) {
        const struct track_rate_bucket *bucket = find_bucket(rate, back, now_us, &since_us);
        if (!bucket)
            break;
        oldest_us = since_us;
        bytes += bucket->all;
    }
    return to_bps(bytes, now_us > oldest_us ? now_us - oldest_us : 0);
}

struct track_rate_top track_rate_top(const struct track_rate *rate, uint64_t now_us)
{
    struct track_rate_top top = {0, 0};
    uint64_t since_us;
    uint16_t seen = 0;
    for (unsigned back = 0; back < PLACES; back++) {
        const struct track_rate_bucket *bucket = find_bucket(rate, back, now_us, &since_us);
        seen |= bucket ? bucket->seen : 0;
    }
    for (uint8_t s = 0; s < PACKET_SPATIAL_LAYERS; s++)
        for (uint8_t t = 0; t < TRACK_RATE_TEMPORAL; t++) {
            if ((seen & 1u << (s * TRACK_RATE_TEMPORAL + t)) == 0)
                continue;
            top.spatial = s;
            if (t > top.temporal)
                top.temporal = t;
        }
    return top;
}
