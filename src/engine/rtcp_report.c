/* Sender and receiver reports.
 *
 * A publisher's report says: its clock N goes with its timestamp T. Its clock lies to ours by an
 * offset that is estimated once per publisher, from the quickest report of any of its tracks: the
 * same for audio and video, so an error in it moves both alike and lips stay in sync. For our own
 * report at our time now, the publisher's clock shows now - offset, its timestamp then is
 * T + (now - offset - N) * rate, and ours is that plus the segment's offset. */
#include "engine/rtcp_report.h"

#include <string.h>

#include "engine/leg.h"
#include "wire/rtcp.h"

/* A later report that seems slower by less was only under way for longer; the offset follows in
 * small steps, since clocks drift. By more: the publisher's clock was set. */
#define CLOCK_JUMP_NTP  (1ll << 31) /* half a second */
#define CLOCK_DRIFT_DIV 64

/* A report older than this says nothing any more, and keeps the arithmetic in its range. */
#define CLOCK_MAX_AGE_NTP (1ll << 38) /* 64 s */

/* Header, sender info, one block; and a CNAME chunk. */
#define SENDER_REPORT_BYTES (28u + 24u)
#define BLOCK_BYTES         24u
#define CNAME_BYTES         32u

static void follow_clock(struct leg_clock *clock, uint64_t sample)
{
    const int64_t later = (int64_t)(sample - clock->offset_ntp);
    if (!clock->known || later < 0 || later > CLOCK_JUMP_NTP)
        clock->offset_ntp = sample;
    else
        clock->offset_ntp += (uint64_t)(later / CLOCK_DRIFT_DIV);
    clock->known = true;
}

void rtcp_report_on_sender(struct leg *leg, struct layer *layer, uint64_t ntp, uint32_t timestamp,
                           const struct shared *shared)
{
    layer->clock = (struct track_clock){
        .known = true, .ntp = ntp, .timestamp = timestamp, .arrival_us = shared->now_us};
    follow_clock(&leg->clock, shared_ntp(shared, shared->now_us) - ntp);
}

bool rtcp_report_timestamp(const struct seat_stream *stream, const struct shared *shared,
                           uint32_t *timestamp)
{
    const struct seat_segment *segment = seat_stream_segment(stream);
    if (!segment || !stream->track)
        return false;
    const struct layer *layer = track_find_layer(stream->track, segment->layer_id);
    const struct leg_clock *clock = &stream->track->leg->clock;
    if (!layer || !layer->clock.known || !clock->known)
        return false;
    const uint64_t theirs = shared_ntp(shared, shared->now_us) - clock->offset_ntp;
    const int64_t since = (int64_t)(theirs - layer->clock.ntp);
    if (since > CLOCK_MAX_AGE_NTP || since < -CLOCK_MAX_AGE_NTP)
        return false;
    const int64_t ticks = since * (int64_t)segment->clock_rate_hz / (1ll << 32);
    *timestamp = layer->clock.timestamp + (uint32_t)ticks + segment->timestamp_offset;
    return true;
}

static void write_sender(struct seat_stream *stream, struct rtcp_out *out)
{
    uint32_t timestamp;
    if (stream->packets == stream->reported_packets ||
        !rtcp_report_timestamp(stream, out->shared, &timestamp))
        return;
    const struct rtcp_sender sender = {
        .ssrc = stream->ssrc,
        .ntp = shared_ntp(out->shared, out->shared->now_us),
        .rtp_timestamp = timestamp,
        .packets = stream->packets,
        .bytes = stream->octets,
    };
    char text[NEGOTIATE_CNAME_BYTES];
    const char *cname = negotiate_seat_cname(stream->seat, text);
    const struct span span = {(const uint8_t *)cname, strlen(cname)};
    struct writer *writer = rtcp_out_room(out, SENDER_REPORT_BYTES + CNAME_BYTES);
    if (rtcp_write_sr(writer, &sender, NULL, 0) == 0 &&
        rtcp_write_sdes_cname(writer, stream->ssrc, span) == 0)
        stream->reported_packets = stream->packets;
}

/* RFC 3550 6.4.1: the middle 32 bits of the last report's NTP time, and the delay since in units of
 * 1/65536 s. */
static void add_last_report(const struct track_clock *clock, uint64_t now_us,
                            struct rtcp_report *report)
{
    if (!clock->known)
        return;
    report->last_sr = (uint32_t)(clock->ntp >> 16);
    const uint64_t delay_us = now_us - clock->arrival_us;
    report->delay_since_sr = (uint32_t)((delay_us << 16) / 1000000u);
}

static size_t list_blocks(struct leg *leg, uint64_t now_us,
                          struct rtcp_report blocks[static LIMIT_TRACKS * LIMIT_LAYERS])
{
    size_t count = 0;
    for (size_t i = 0; i < ENGINE_SOURCES; i++) {
        struct track *track = leg->tracks[i];
        for (size_t j = 0; track && j < track->layer_count; j++) {
            struct layer *layer = &track->layers[j];
            if (!layer->reception.started || layer->ssrc == 0)
                continue;
            const struct reception_report taken = reception_take_report(&layer->reception);
            blocks[count] = (struct rtcp_report){
                .ssrc = layer->ssrc,
                .highest_seq = taken.highest,
                .jitter = taken.jitter,
                .lost = taken.cumulative_lost,
                .fraction_lost = taken.fraction_lost,
            };
            add_last_report(&layer->clock, now_us, &blocks[count++]);
        }
    }
    return count;
}

static void write_receiver(struct leg *leg, struct rtcp_out *out)
{
    struct rtcp_report blocks[LIMIT_TRACKS * LIMIT_LAYERS];
    const size_t count = list_blocks(leg, out->shared->now_us, blocks);
    if (count == 0)
        return;
    struct writer *writer = rtcp_out_room(out, 8u + count * BLOCK_BYTES + CNAME_BYTES);
    if (rtcp_write_rr(writer, leg->ssrc, blocks, count) != 0 ||
        rtcp_write_sdes_cname(writer, leg->ssrc, rtcp_out_cname()) != 0)
        SHARED_COUNT(out->shared, rtcp_no_room);
}

void rtcp_report_write(struct leg *leg, struct rtcp_out *out)
{
    for (size_t i = 0; i < leg->seat_count; i++) {
        write_sender(&leg->seats[i]->audio, out);
        write_sender(&leg->seats[i]->video, out);
    }
    write_receiver(leg, out);
}
