/* Walks a compound and acts on each packet. What names an SSRC that is not the peer's own, or not
 * one of ours towards it, has no effect. */
#include "engine/rtcp_receive.h"

#include "engine/downlink.h"
#include "engine/nack_responder.h"
#include "engine/rtcp_report.h"
#include "wire/rtcp.h"

/* Above this a round trip is nonsense or useless for timing anything. */
#define RTT_MAX_US 2000000u

static struct seat_stream *find_stream(struct leg *leg, uint32_t ssrc)
{
    for (size_t i = 0; i < leg->seat_count; i++) {
        struct seat *seat = leg->seats[i];
        if (seat->audio.ssrc == ssrc)
            return &seat->audio;
        if (seat->video.ssrc == ssrc || seat->video.rtx_ssrc == ssrc)
            return &seat->video;
    }
    return NULL;
}

static struct layer *find_layer(struct leg *leg, uint32_t ssrc)
{
    const struct ssrc_role *role = ssrc_table_find(&leg->ssrcs, ssrc);
    if (!role || role->rtx || !leg->tracks[role->source])
        return NULL;
    return &leg->tracks[role->source]->layers[role->layer];
}

/* RFC 3550 6.4.1: the round trip is now - LSR - DLSR, in units of 1/65536 s. */
static void measure_rtt(struct leg *leg, const struct rtcp_report *report, struct shared *shared)
{
    if (report->last_sr == 0)
        return;
    const uint32_t now = (uint32_t)(shared_ntp(shared, shared->now_us) >> 16);
    const uint32_t units = now - report->last_sr - report->delay_since_sr;
    const uint64_t rtt_us = ((uint64_t)units * 1000000u) >> 16;
    if (rtt_us > RTT_MAX_US)
        return;
    leg->rtt_us = leg->rtt_known ? (leg->rtt_us * 7u + rtt_us) / 8u : rtt_us;
    leg->rtt_known = true;
}

static void receive_reports(struct leg *leg, const struct rtcp_packet *packet,
                            struct shared *shared)
{
    struct rtcp_report report;
    for (size_t i = 0; i < packet->count; i++)
        if (rtcp_read_report(packet, i, &report) == 0 && find_stream(leg, report.ssrc)) {
            measure_rtt(leg, &report, shared);
            downlink_report(leg, &report, shared);
        }
}

static void receive_sender(struct leg *leg, const struct rtcp_packet *packet, struct shared *shared)
{
    struct rtcp_sender sender;
    if (rtcp_read_sr(packet, &sender) != 0)
        return;
    struct layer *layer = find_layer(leg, sender.ssrc);
    if (layer && layer->id != 0)
        rtcp_report_on_sender(leg, layer, sender.ntp, sender.rtp_timestamp, shared);
    receive_reports(leg, packet, shared);
}

/* The layer stopped; its viewers go to another one. */
static void receive_bye(struct leg *leg, const struct rtcp_packet *packet, struct shared *shared)
{
    uint32_t ssrc;
    for (size_t i = 0; i < packet->count; i++) {
        struct layer *layer = rtcp_read_bye(packet, i, &ssrc) == 0 ? find_layer(leg, ssrc) : NULL;
        if (layer)
            layer->codec.codec = CODEC_NONE;
    }
    leg_choose_layers(leg, shared);
}

static void receive_nack(struct leg *leg, const struct rtcp_feedback *feedback,
                         struct shared *shared)
{
    uint16_t seqs[LIMIT_NACK_SEQS_PER_RTCP];
    struct seat_stream *stream = find_stream(leg, feedback->media_ssrc);
    const size_t count = rtcp_read_nack(feedback->fci, seqs, LIMIT_NACK_SEQS_PER_RTCP);
    shared->counters[ENGINE_COUNTER_nacks_received] += count;
    if (stream)
        nack_responder_answer(stream, seqs, count, shared);
}

static void want_keyframe(struct seat_stream *stream, struct shared *shared)
{
    if (downlink_may_want_keyframe(stream, shared))
        seat_stream_want_keyframe(stream, shared);
}

static void receive_fir(struct leg *leg, const struct rtcp_feedback *feedback,
                        struct shared *shared)
{
    uint32_t ssrc;
    uint8_t command_seq;
    for (size_t i = 0; rtcp_read_fir(feedback->fci, i, &ssrc, &command_seq); i++) {
        struct seat_stream *stream = find_stream(leg, ssrc);
        if (stream)
            want_keyframe(stream, shared);
    }
}

/* Only one kind of application layer feedback is of use, and only from peers that give none of the
 * transport-wide kind. */
static void receive_remb(struct leg *leg, const struct rtcp_feedback *feedback,
                         struct shared *shared)
{
    uint64_t bps;
    if (rtcp_read_remb(feedback->fci, &bps))
        downlink_cap(leg, bps, shared);
}

static void receive_feedback(struct leg *leg, const struct rtcp_packet *packet,
                             struct shared *shared)
{
    struct rtcp_feedback feedback;
    if (rtcp_read_feedback(packet, &feedback) != 0)
        return;
    struct seat_stream *stream = find_stream(leg, feedback.media_ssrc);
    if (packet->type == RTCP_RTPFB) {
        if (packet->count == RTCP_NACK)
            receive_nack(leg, &feedback, shared);
        else if (packet->count == RTCP_TWCC)
            downlink_feedback(leg, feedback.fci, shared);
    } else if (packet->count == RTCP_FIR) {
        SHARED_COUNT(shared, plis_received);
        receive_fir(leg, &feedback, shared);
    } else if (packet->count == RTCP_PLI) {
        SHARED_COUNT(shared, plis_received);
        if (stream)
            want_keyframe(stream, shared);
    } else if (packet->count == RTCP_AFB) {
        receive_remb(leg, &feedback, shared);
    }
}

static void receive_packet(struct leg *leg, const struct rtcp_packet *packet, struct shared *shared)
{
    switch (packet->type) {
    case RTCP_SR:
        receive_sender(leg, packet, shared);
        break;
    case RTCP_RR:
        receive_reports(leg, packet, shared);
        break;
    case RTCP_BYE:
        receive_bye(leg, packet, shared);
        break;
    case RTCP_RTPFB:
    case RTCP_PSFB:
        receive_feedback(leg, packet, shared);
        break;
    default:
        break;
    }
}

void rtcp_receive(struct leg *leg, const uint8_t *bytes, size_t len, struct shared *shared)
{
    struct rtcp_compound compound;
    struct rtcp_packet packet;
    int result = rtcp_open(bytes, len, &compound);
    if (result == 0)
        while ((result = rtcp_next(&compound, &packet)) == 1)
            receive_packet(leg, &packet, shared);
    if (result < 0)
        SHARED_COUNT(shared, dropped_malformed_rtcp);
}
