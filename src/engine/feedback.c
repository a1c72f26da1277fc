/* Feedback to publishers. */
#include "engine/feedback.h"

#include "engine/leg.h"
#include "engine/participant.h"
#include "engine/pipe.h"
#include "engine/timeline.h"
#include "wire/rtcp.h"

/* RFC 4585 6.1: 12 bytes before the FCI; a NACK's worst case is 4 bytes per number. */
#define NACK_BYTES (12u + 4u * LIMIT_NACK_SEQS_PER_RTCP)
#define PLI_BYTES  12u
#define FIR_BYTES  20u
#define TWCC_BYTES 1000u

/* Of audio only what is younger: 300 ms at 20 ms each; and only where the answer takes less. */
#define AUDIO_NACK_PACKETS    15u
#define AUDIO_NACK_MAX_RTT_US 200000u

static size_t take_nacks(const struct leg *leg, struct layer *layer, uint64_t now_us,
                         uint16_t seqs[static LIMIT_NACK_SEQS_PER_RTCP])
{
    bool gave_up;
    const size_t count = nack_generator_take(&layer->nack, now_us, leg->rtt_us, seqs, &gave_up);
    /* Where the stream says itself what its frames need, each viewer's filter asks (layer_chain.h).
     */
    if (gave_up && !layer_structures_protect(&layer->structures))
        keyframe_want(&layer->keyframe, TIMELINE_WHY_UNREPAIRED);
    return count;
}

static void write_nack(struct leg *leg, struct layer *layer, struct rtcp_out *out)
{
    uint16_t seqs[LIMIT_NACK_SEQS_PER_RTCP];
    const size_t count = take_nacks(leg, layer, out->shared->now_us, seqs);
    if (count == 0)
        return;
    struct writer *writer = rtcp_out_room(out, NACK_BYTES);
    if (rtcp_write_nack(writer, leg->ssrc, layer->ssrc, seqs, count) == 0)
        out->shared->counters[ENGINE_COUNTER_nacks_sent] += count;
}

/* Sound is played within 100 to 200 ms: what cannot come in time is not asked for. */
static void forgo_late_audio(const struct leg *leg, struct layer *layer)
{
    if (leg->rtt_us >= AUDIO_NACK_MAX_RTT_US)
        layer->nack.count = 0;
    nack_generator_forget_before(&layer->nack, layer->reception.highest - AUDIO_NACK_PACKETS);
}

static void tell_keyframe(const struct track *track, const struct layer *layer, unsigned askers,
                          const struct shared *shared)
{
    const struct participant *publisher = track->leg->participant;
    const struct timeline_note note = {
        .participant = publisher->id,
        .about = publisher->id,
        .what = TIMELINE_KEYFRAME,
        .why = layer->keyframe.why,
        .source = track->source,
        .a = (uint32_t)(layer - track->layers),
        .b = askers,
    };
    timeline_note(publisher->room, shared->now_us, &note);
}

static void write_keyframe(struct leg *leg, const struct track *track, struct layer *layer,
                           struct rtcp_out *out)
{
    const unsigned askers = layer->keyframe.askers;
    if (layer->ssrc == 0 || !keyframe_take(&layer->keyframe, out->shared->now_us))
        return;
    /* PLI unless only FIR was agreed on (RFC 5104 3.5.1). */
    const uint8_t feedback = layer->codec.feedback;
    const bool fir = (feedback & NEGOTIATE_FB_PLI) == 0 && (feedback & NEGOTIATE_FB_FIR) != 0;
    struct writer *writer = rtcp_out_room(out, fir ? FIR_BYTES : PLI_BYTES);
    const int result = fir ? rtcp_write_fir(writer, leg->ssrc, layer->ssrc, layer->fir_sequence++)
                           : rtcp_write_pli(writer, leg->ssrc, layer->ssrc);
    if (result != 0)
        return;
    SHARED_COUNT(out->shared, keyframes_requested);
    tell_keyframe(track, layer, askers, out->shared);
}

static uint32_t any_ssrc(const struct leg *leg)
{
    for (size_t i = ENGINE_SOURCES; i > 0; i--)
        if (leg->tracks[i - 1] && leg->tracks[i - 1]->layers[0].ssrc != 0)
            return leg->tracks[i - 1]->layers[0].ssrc;
    return 0;
}

static void write_twcc(struct leg *leg, struct rtcp_out *out)
{
    if (twcc_receiver_wake_at(&leg->twcc) > out->shared->now_us)
        return;
    int more = 1;
    for (size_t i = 0; more == 1 && i < LIMIT_TWCC_PACKETS; i++)
        more = twcc_receiver_write(&leg->twcc, rtcp_out_room(out, TWCC_BYTES), leg->ssrc,
                                   any_ssrc(leg));
}

void feedback_write(struct leg *leg, struct rtcp_out *out)
{
    for (size_t i = 0; i < ENGINE_SOURCES; i++) {
        struct track *track = leg->tracks[i];
        for (size_t j = 0; track && j < track->layer_count; j++) {
            if (!track->video)
                forgo_late_audio(leg, &track->layers[j]);
            write_nack(leg, &track->layers[j], out);
            if (track->video)
                write_keyframe(leg, track, &track->layers[j], out);
        }
    }
    write_twcc(leg, out);
}

static void hand_on(struct leg *leg, struct track *track, struct layer *layer,
                    struct shared *shared)
{
    uint16_t seqs[LIMIT_NACK_SEQS_PER_RTCP];
    if (!track->video)
        forgo_late_audio(leg, layer);
    (void)take_nacks(leg, layer, shared->now_us, seqs);
    const unsigned askers = layer->keyframe.askers;
    if (!track->video || !keyframe_take(&layer->keyframe, shared->now_us))
        return;
    pipe_want_keyframe(track, layer, shared);
    tell_keyframe(track, layer, askers, shared);
}

void feedback_hand_on(struct leg *leg, struct shared *shared)
{
    for (size_t i = 0; i < ENGINE_SOURCES; i++) {
        struct track *track = leg->tracks[i];
        for (size_t j = 0; track && j < track->layer_count; j++)
            hand_on(leg, track, &track->layers[j], shared);
    }
}

static uint64_t earlier(uint64_t a_us, uint64_t b_us)
{
    return a_us < b_us ? a_us : b_us;
}

uint64_t feedback_wake_at(const struct leg *leg)
{
    uint64_t at_us = twcc_receiver_wake_at(&leg->twcc);
    for (size_t i = 0; i < ENGINE_SOURCES; i++) {
        const struct track *track = leg->tracks[i];
        for (size_t j = 0; track && j < track->layer_count; j++) {
            const struct layer *layer = &track->layers[j];
            at_us = earlier(at_us, nack_generator_wake_at(&layer->nack));
            if (track->video && (layer->ssrc != 0 || leg_is_piped(leg)))
                at_us = earlier(at_us, keyframe_wake_at(&layer->keyframe));
        }
    }
    return at_us;
}
