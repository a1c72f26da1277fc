/* Figures, and one number to sum them up. */
#include "engine/quality.h"

#include "engine/downlink.h"
#include "engine/leg.h"
#include "engine/media_room.h"
#include "engine/participant.h"

#define SCORE_FINE 4u

/* Of a large room's publishers everybody is told. */
#define SHARED_MAX (LIMIT_QUALITIES / 2)

/* Feedback comes each 50 to 250 ms. */
#define SILENT_US 5000000u

/* From these on a connection scores 3, 2, 1. What is lost downwards shows, what is lost upwards is
 * mostly repaired before it goes on. */
#define STEPS 3u
static const uint64_t DOWN_LOSS_PERMILLE[STEPS] = {20, 60, 150};
static const uint64_t UP_LOSS_PERMILLE[STEPS] = {40, 100, 200};
static const uint64_t RTT_US[STEPS] = {300000, 600000, 1000000};

static uint8_t score_of(uint64_t value, const uint64_t thresholds[static STEPS])
{
    uint8_t score = SCORE_FINE;
    for (size_t i = 0; i < STEPS; i++)
        score = (uint8_t)(score - (value >= thresholds[i]));
    return score;
}

static uint8_t score_of_videos(const struct quality_signs *signs)
{
    if (signs->paused > 0)
        return signs->paused == signs->shown ? 1 : 2;
    return signs->lowered > 0 ? 3 : SCORE_FINE;
}

uint8_t quality_judge(const struct quality_signs *signs, uint8_t *reason)
{
    const struct {
        uint8_t score, reason;
    } all[] = {
        {signs->silent ? 0 : SCORE_FINE, ENGINE_QUALITY_NO_FEEDBACK},
        {score_of(signs->down_loss_permille, DOWN_LOSS_PERMILLE), ENGINE_QUALITY_LOSS},
        {score_of_videos(signs), ENGINE_QUALITY_BANDWIDTH},
        {score_of(signs->rtt_us, RTT_US), ENGINE_QUALITY_DELAY},
        {score_of(signs->up_loss_permille, UP_LOSS_PERMILLE), ENGINE_QUALITY_SENDER},
    };
    uint8_t score = SCORE_FINE;
    *reason = ENGINE_QUALITY_FINE;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].score < score) {
            score = all[i].score;
            *reason = all[i].reason;
        }
    }
    return score;
}

/* ---- signs ---------------------------------------------------------------------------------- */

/* Is there a layer above the one it gets that its tile could take? */
static bool is_lowered(const struct seat_stream *stream, int wanted, uint64_t now_us)
{
    const struct track *track = stream->track;
    struct track_layers layers;
    track_describe(track, now_us, &layers);
    for (int s = stream->target.spatial + 1; s <= wanted && s < layers.spatial_count; s++)
        for (unsigned t = 0; t < layers.temporal_count; t++)
            if (layers.at[s][t].alive)
                return true;
    return false;
}

static void look_at_videos(const struct leg *leg, uint64_t now_us, struct quality_signs *signs)
{
    for (size_t i = 0; i < leg->seat_count; i++) {
        const struct seat_stream *stream = &leg->seats[i]->video;
        if (!stream->track || !stream->track->enabled)
            continue;
        const int wanted = downlink_wanted_spatial(stream, now_us);
        if (wanted < 0)
            continue;
        signs->shown++;
        if (leg->seats[i]->paused == ENGINE_PAUSE_BANDWIDTH)
            signs->paused++;
        else if (is_lowered(stream, wanted, now_us))
            signs->lowered++;
    }
}

/* What was lost of what the participant sent since the last look, before any repair. */
static unsigned measure_up_loss(struct leg *leg)
{
    uint64_t expected = 0, received = 0;
    for (size_t i = 0; i < ENGINE_SOURCES; i++) {
        const struct track *track = leg->tracks[i];
        for (size_t j = 0; track && j < track->layer_count; j++) {
            const struct reception *reception = &track->layers[j].reception;
            if (!reception->started)
                continue;
            expected += reception->highest - reception->base + 1u;
            received += reception->received;
        }
    }
    struct quality *quality = &leg->quality;
    const uint64_t came = received - quality->received_before;
    const uint64_t due = expected - quality->expected_before;
    /* Layers began anew: their counts say nothing this time. */
    const bool counts = expected >= quality->expected_before &&
                        received >= quality->received_before && quality->at_us != 0;
    quality->expected_before = expected;
    quality->received_before = received;
    return counts && due > came ? (unsigned)((due - came) * 1000u / due) : 0;
}

static uint32_t measure_up_kbps(struct quality *quality, uint64_t now_us)
{
    const uint64_t bytes = quality->bytes_in - quality->bytes_in_before;
    const uint64_t passed_ms = (now_us - quality->at_us) / 1000u;
    quality->bytes_in_before = quality->bytes_in;
    return quality->at_us != 0 && passed_ms > 0 ? (uint32_t)(bytes * 8u / passed_ms) : 0;
}

static bool is_silent(const struct leg *leg, uint64_t now_us)
{
    const uint64_t heard_us = downlink_heard_us(leg);
    return !leg->connected ||
           (heard_us != 0 && now_us - heard_us > SILENT_US && downlink_sent_bps(leg, now_us) > 0);
}

static uint8_t why_of(uint8_t reason)
{
    static const uint8_t WHYS[] = {
        [ENGINE_QUALITY_FINE] = TIMELINE_WHY_NONE,
        [ENGINE_QUALITY_LOSS] = TIMELINE_WHY_LOSS,
        [ENGINE_QUALITY_BANDWIDTH] = TIMELINE_WHY_BUDGET,
        [ENGINE_QUALITY_DELAY] = TIMELINE_WHY_DELAY,
        [ENGINE_QUALITY_NO_FEEDBACK] = TIMELINE_WHY_NO_FEEDBACK,
        [ENGINE_QUALITY_SENDER] = TIMELINE_WHY_SENDER,
    };
    return WHYS[reason];
}

static void note_change(const struct leg *leg, uint8_t before, const struct shared *shared)
{
    const struct engine_quality *told = &leg->quality.told;
    timeline_note(leg->participant->room, shared->now_us,
                  &(struct timeline_note){
                      .participant = leg->participant->id,
                      .source = TIMELINE_NO_SOURCE,
                      .what = TIMELINE_QUALITY,
                      .why = why_of(told->reason),
                      .a = before,
                      .b = told->score,
                  });
}

static void look_at(struct leg *leg, struct shared *shared)
{
    struct quality *quality = &leg->quality;
    const uint64_t now_us = shared->now_us;
    const uint64_t rtt_us = downlink_rtt_us(leg);
    struct quality_signs signs = {
        .silent = is_silent(leg, now_us),
        .down_loss_permille = downlink_loss_permille(leg),
        .up_loss_permille = measure_up_loss(leg),
        .rtt_us = rtt_us != 0      ? rtt_us
                  : leg->rtt_known ? leg->rtt_us
                                   : 0,
    };
    look_at_videos(leg, now_us, &signs);
    const uint8_t before = quality->at_us != 0 ? quality->told.score : SCORE_FINE;
    quality->told = (struct engine_quality){
        .participant = leg->participant->id,
        .down_kbps = (uint32_t)(downlink_target_bps(leg, now_us) / 1000u),
        .sent_kbps = (uint32_t)(downlink_sent_bps(leg, now_us) / 1000u),
        .up_kbps = measure_up_kbps(quality, now_us),
        .down_loss_permille = (uint16_t)signs.down_loss_permille,
        .up_loss_permille = (uint16_t)signs.up_loss_permille,
        .rtt_ms = (uint16_t)(signs.rtt_us / 1000u),
    };
    quality->told.score = quality_judge(&signs, &quality->told.reason);
    quality->at_us = now_us;
    chronicle_link(leg, shared);
    if (quality->told.score != before)
        note_change(leg, before, shared);
}

void quality_review(struct media_room *room, struct shared *shared)
{
    LIST_EACH(&room->participants, node)
    {
        struct leg *leg = LIST_ELEMENT(node, struct participant, in_room)->leg;
        if (leg && !leg_is_piped(leg) && (leg->connected || leg->quality.at_us != 0))
            look_at(leg, shared);
    }
}

static bool has_quality(const struct participant *participant)
{
    return participant->leg && participant->leg->quality.at_us != 0;
}

static size_t list_all(const struct media_room *room,
                       struct engine_quality out[static LIMIT_QUALITIES])
{
    size_t count = 0;
    LIST_EACH(&room->participants, node)
    {
        const struct participant *participant = LIST_ELEMENT(node, struct participant, in_room);
        if (has_quality(participant))
            out[count++] = participant->leg->quality.told;
    }
    return count;
}

static size_t list_publishers(const struct media_room *room,
                              struct engine_quality out[static SHARED_MAX])
{
    size_t count = 0;
    LIST_EACH(&room->publishers, node)
    {
        const struct participant *participant =
            LIST_ELEMENT(node, struct participant, in_publishers);
        if (has_quality(participant) && count < SHARED_MAX)
            out[count++] = participant->leg->quality.told;
    }
    return count;
}

size_t quality_list(struct media_room *room, struct engine_quality out[static LIMIT_QUALITIES],
                    size_t *shared_count, bool *more)
{
    *more = false;
    if (room->participant_count <= LIMIT_QUALITIES)
        return *shared_count = list_all(room, out);
    size_t count = *shared_count = list_publishers(room, out);
    LIST_EACH(&room->participants, node)
    {
        const struct participant *participant = LIST_ELEMENT(node, struct participant, in_room);
        if (participant->joined <= room->quality_after || !has_quality(participant))
            continue;
        if (count == LIMIT_QUALITIES) {
            *more = true;
            return count;
        }
        out[count++] = participant->leg->quality.told;
        room->quality_after = participant->joined;
    }
    room->quality_after = 0;
    return count;
}
