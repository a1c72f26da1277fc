/* The link model. */
#include "support/bwe_link.h"

#include <stdlib.h>
#include <string.h>

#define STEP_US        1000u
#define FRAME_US       33333u
#define AUDIO_US       20000u
#define AUDIO_BYTES    80u /* 32 kbit/s */
#define PACKET_BYTES   1150u
#define PACING         2.5
#define FEEDBACK_US    50000u
#define ARRIVAL_ORIGIN 7654321000 /* of the receiver's clock */

static struct bwe_link_packet *packet_at(struct bwe_link *link, uint32_t number)
{
    return &link->packets[number & (BWE_LINK_PACKETS - 1u)];
}

static bool chance(struct bwe_link *link, unsigned permille)
{
    return rng_below(&link->rng, 1000) < permille;
}

void bwe_link_init(struct bwe_link *link, const struct bwe_config *config,
                   const struct bwe_link_path *path, const struct bwe_link_app *app, uint64_t seed)
{
    memset(link, 0, sizeof *link);
    rng_init(&link->rng, seed, 0);
    link->now_us = 1000000;
    link->path = *path;
    link->app = *app;
    link->next_sequence = 65000;
    bwe_init(&link->bwe, config, link->now_us);
    link->next_feedback_us = link->now_us + FEEDBACK_US;
}

/* ---- sending -------------------------------------------------------------------------------- */

/* While a probe runs all that goes out belongs to it. */
static void send_packet(struct bwe_link *link, unsigned bytes, uint8_t kind)
{
    const uint8_t probe = link->probe_left > 0 ? link->probe.id : 0;
    const struct bwe_packet packet = {
        .sequence = link->next_sequence++, .bytes = (uint16_t)bytes, .kind = kind, .probe = probe};
    struct bwe_link_packet *sent = packet_at(link, link->end++);
    const uint64_t total = bytes + BWE_OVERHEAD_BYTES;
    const uint64_t start_us =
        link->busy_until_us > link->now_us ? link->busy_until_us : link->now_us;

    bwe_sent(&link->bwe, link->now_us, &packet);
    *sent = (struct bwe_link_packet){.sequence = packet.sequence};
    link->packets_sent++;
    if (probe != 0) {
        link->probe_left -= (double)total;
        if (--link->probe_packets > 0 && link->probe_left < 1)
            link->probe_left = 1; /* so many packets too */
        link->probe_credit -= (double)total;
    }
    if (kind == BWE_PADDING)
        link->probe_sent_bytes += total;
    else
        link->media_sent_bytes += total;
    if (link->path.dead || chance(link, link->path.loss_permille) ||
        start_us - link->now_us > link->path.queue_us) {
        link->packets_lost++;
        return;
    }
    link->busy_until_us = start_us + total * 8000000u / link->path.rate_bps;
    sent->arrives_us = link->busy_until_us + link->path.delay_us;
    if (link->path.jitter_us != 0)
        sent->arrives_us += rng_below(&link->rng, (uint32_t)link->path.jitter_us);
    if (sent->arrives_us < link->last_arrival_us)
        sent->arrives_us = link->last_arrival_us;
    link->last_arrival_us = sent->arrives_us;
}

static uint64_t media_bps(const struct bwe_link *link)
{
    const uint64_t target_bps = bwe_target_bps(&link->bwe);
    uint64_t best_bps = 0;
    if (link->app.steps_bps[0] == 0)
        return target_bps < link->app.media_bps ? target_bps : link->app.media_bps;
    for (size_t i = 0; link->app.steps_bps[i] != 0; i++)
        if (link->app.steps_bps[i] <= target_bps)
            best_bps = link->app.steps_bps[i];
    return best_bps;
}

static void tell_demand(struct bwe_link *link, uint64_t now_bps)
{
    uint64_t wanted_bps = link->app.media_bps;
    uint64_t next_bps = 0;
    for (size_t i = 0; link->app.steps_bps[i] != 0; i++) {
        wanted_bps = link->app.steps_bps[i] * 115u / 100u;
        if (link->app.steps_bps[i] > now_bps && next_bps == 0)
            next_bps = wanted_bps;
    }
    bwe_set_demand(&link->bwe, wanted_bps, next_bps != 0 ? next_bps : wanted_bps);
}

static void send_media(struct bwe_link *link)
{
    const uint64_t rate_bps = media_bps(link);
    if (link->now_us >= link->next_audio_us) {
        link->next_audio_us = link->now_us + AUDIO_US;
        send_packet(link, AUDIO_BYTES, BWE_AUDIO);
    }
    if (link->now_us >= link->next_frame_us) {
        const double audio_bps = (AUDIO_BYTES + BWE_OVERHEAD_BYTES) * 8e6 / AUDIO_US;
        const double video_bps = (double)rate_bps - audio_bps;
        /* Encoders do not hit each frame's size. */
        const double size = 0.8 + 0.4 * (double)rng_below(&link->rng, 1000) / 1000.0;
        link->next_frame_us = link->now_us + FRAME_US;
        if (video_bps > 0 && link->pacer_bytes < video_bps / 8 * 0.3)
            link->pacer_bytes += video_bps / 8 * FRAME_US / 1e6 * size;
        tell_demand(link, rate_bps);
    }
    link->pacer_credit += PACING * (double)bwe_target_bps(&link->bwe) / 8 * STEP_US / 1e6;
    while (link->pacer_bytes >= 1 && link->pacer_credit > 0) {
        double bytes = link->pacer_bytes < PACKET_BYTES ? link->pacer_bytes : PACKET_BYTES;
        if (bytes < 50)
            bytes = 50;
        link->pacer_bytes -= bytes + BWE_OVERHEAD_BYTES;
        link->pacer_credit -= bytes + BWE_OVERHEAD_BYTES;
        send_packet(link, (unsigned)bytes, BWE_VIDEO);
    }
    if (link->pacer_bytes < 0)
        link->pacer_bytes = 0;
    if (link->pacer_credit > 0)
        link->pacer_credit = 0;
}

static void send_probe(struct bwe_link *link)
{
    if (link->probe_left <= 0) {
        if (link->app.deaf || !bwe_probe_wanted(&link->bwe, link->now_us, &link->probe))
            return;
        const unsigned each = link->probe.bytes / link->probe.packets + 1;
        link->probe_size = each < PACKET_BYTES ? each : PACKET_BYTES;
        link->probe_left = link->probe.bytes;
        link->probe_credit = 0;
        link->probe_packets = link->probe.packets;
    } else if (!bwe_probe_goes_on(&link->bwe, link->now_us, link->probe.id)) {
        link->probe_left = 0;
        return;
    }
    link->probe_credit += (double)link->probe.rate_bps / 8 * STEP_US / 1e6;
    while (link->probe_left > 0 && link->probe_credit > 0)
        send_packet(link, link->probe_size - BWE_OVERHEAD_BYTES, BWE_PADDING);
}

/* ---- receiving ------------------------------------------------------------------------------ */

/* Tells of all packets up to the last that came by now. */
static void send_feedback(struct bwe_link *link)
{
    uint32_t end = link->first;
    for (uint32_t i = link->first; i != link->end; i++) {
        const uint64_t arrives_us = packet_at(link, i)->arrives_us;
        if (arrives_us != 0 && arrives_us <= link->now_us)
            end = i + 1;
    }
    const bool lost = link->path.dead || chance(link, link->path.loss_permille);
    size_t count = 0;
    const uint32_t slot = link->feedback_end % 64u;
    for (; link->first != end && count < 1024; link->first++) {
        const struct bwe_link_packet *packet = packet_at(link, link->first);
        link->feedback[slot].arrivals[count++] = (struct bwe_arrival){
            .sequence = packet->sequence,
            .received = packet->arrives_us != 0,
            /* Transport-wide feedback counts in quarters of a ms. */
            .arrival_us = (int64_t)(packet->arrives_us / 250u * 250u) + ARRIVAL_ORIGIN,
        };
    }
    if (count == 0 || lost)
        return;
    link->feedback[slot].at_us = link->now_us + link->path.delay_us;
    link->feedback[slot].count = count;
    link->feedback_end++;
}

static void receive_feedback(struct bwe_link *link)
{
    while (link->feedback_first != link->feedback_end &&
           link->feedback[link->feedback_first % 64u].at_us <= link->now_us) {
        const uint32_t slot = link->feedback_first++ % 64u;
        (void)bwe_feedback(&link->bwe, link->now_us, link->feedback[slot].arrivals,
                           link->feedback[slot].count);
    }
}

static void step(struct bwe_link *link)
{
    link->now_us += STEP_US;
    if (bwe_wake_at(&link->bwe) <= link->now_us)
        bwe_tick(&link->bwe, link->now_us);
    receive_feedback(link);
    send_media(link);
    send_probe(link);
    if (link->now_us >= link->next_feedback_us) {
        link->next_feedback_us = link->now_us + FEEDBACK_US;
        send_feedback(link);
    }
    if (link->samples == BWE_LINK_SAMPLES)
        return;
    const uint64_t queue_us =
        link->busy_until_us > link->now_us ? link->busy_until_us - link->now_us : 0;
    link->targets_kbps[link->samples] = (uint32_t)(bwe_target_bps(&link->bwe) / 1000u);
    link->sent_kbps[link->samples] = (uint32_t)(media_bps(link) / 1000u);
    link->queue_ms[link->samples++] = (uint32_t)(queue_us / 1000u);
}

void bwe_link_run(struct bwe_link *link, double seconds)
{
    const uint64_t until_us = link->now_us + (uint64_t)(seconds * 1e6);
    while (link->now_us < until_us)
        step(link);
}

/* ---- measuring ------------------------------------------------------------------------------ */

double bwe_link_seconds(const struct bwe_link *link)
{
    return (double)link->samples / 1000.0;
}

double bwe_link_mean_kbps(const struct bwe_link *link, double from_s)
{
    double sum = 0;
    const uint32_t from = (uint32_t)(from_s * 1000);
    for (uint32_t i = from; i < link->samples; i++)
        sum += link->targets_kbps[i];
    return sum / (link->samples - from);
}

static int compare(const void *a, const void *b)
{
    const uint32_t left = *(const uint32_t *)a;
    const uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static unsigned percentile(const struct bwe_link *link, const uint32_t *values, double from_s,
                           unsigned percent)
{
    static uint32_t sorted[BWE_LINK_SAMPLES];
    const uint32_t from = (uint32_t)(from_s * 1000);
    const uint32_t count = link->samples - from;
    memcpy(sorted, values + from, count * sizeof sorted[0]);
    qsort(sorted, count, sizeof sorted[0], compare);
    return sorted[(uint64_t)(count - 1) * percent / 100u];
}

unsigned bwe_link_target_percentile(const struct bwe_link *link, double from_s, unsigned percent)
{
    return percentile(link, link->targets_kbps, from_s, percent);
}

unsigned bwe_link_queue_percentile(const struct bwe_link *link, double from_s, unsigned percent)
{
    return percentile(link, link->queue_ms, from_s, percent);
}

double bwe_link_reached_s(const struct bwe_link *link, double from_s, unsigned kbps)
{
    for (uint32_t i = (uint32_t)(from_s * 1000); i < link->samples; i++)
        if (link->targets_kbps[i] >= kbps)
            return i / 1000.0 - from_s;
    return -1;
}

double bwe_link_fell_s(const struct bwe_link *link, double from_s, unsigned kbps)
{
    for (uint32_t i = (uint32_t)(from_s * 1000); i < link->samples; i++)
        if (link->targets_kbps[i] <= kbps)
            return i / 1000.0 - from_s;
    return -1;
}
