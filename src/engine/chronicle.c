/* Compares with what was written last. */
#include "engine/chronicle.h"

#include "engine/leg.h"
#include "engine/media_room.h"
#include "engine/timeline.h"

/* Encoders' rates always move: a new figure is worth a line when it is off by a third, and not more
 * often than this. Loss and round trips are measured over 2 s as they are. */
#define RATE_INTERVAL_US  10000000u
#define RATE_WINDOW_US    1000000u
#define RATE_OFF_DEN      3u
#define RTT_OFF_MS        10u
#define RTT_OFF_DEN       4u
#define LOSS_OFF_PERMILLE 10u

static void write(const struct participant *participant, const struct timeline_note *note,
                  const struct shared *shared)
{
    struct timeline_note whose = *note;
    whose.participant = participant->id;
    timeline_note(participant->room, shared->now_us, &whose);
}

void chronicle_join(const struct participant *participant, const struct shared *shared)
{
    write(participant,
          &(struct timeline_note){.what = TIMELINE_JOIN,
                                  .why = TIMELINE_WHY_JOINED,
                                  .source = TIMELINE_NO_SOURCE,
                                  .a = participant->room->participant_count,
                                  .b = shared->loudest},
          shared);
}

void chronicle_leave(const struct participant *participant, const struct shared *shared)
{
    write(participant,
          &(struct timeline_note){.what = TIMELINE_LEAVE,
                                  .why = TIMELINE_WHY_LEFT,
                                  .source = TIMELINE_NO_SOURCE,
                                  .a = participant->room->participant_count},
          shared);
}

/* ---- what goes out and comes in -------------------------------------------------------------- */

static bool takes_red(const struct leg *leg)
{
    for (size_t k = 0; k < leg->seat_count; k++) {
        const uint8_t index = leg->seats[k]->audio.media;
        if (index == NEGOTIATE_NO_MEDIA)
            continue;
        const struct negotiated_media *media = &leg->negotiated->media[index];
        for (size_t i = 0; i < media->codec_count; i++)
            if (media->codecs[i].codec == CODEC_RED)
                return true;
    }
    return false;
}

void chronicle_seats(struct leg *leg, const struct shared *shared)
{
    struct chronicle_leg *last = &leg->chronicle;
    const bool red = takes_red(leg);
    if (last->seats_written && last->seats == leg->seat_count && last->red == red)
        return;
    last->seats_written = true;
    last->seats = leg->seat_count;
    last->red = red;
    write(leg->participant,
          &(struct timeline_note){.what = TIMELINE_SEATS,
                                  .why = TIMELINE_WHY_CHANGED,
                                  .source = TIMELINE_NO_SOURCE,
                                  .a = leg->seat_count,
                                  .b = red},
          shared);
}

/* As docs/protocol.md numbers them. */
static uint8_t codec_number(const struct track *track)
{
    static const uint8_t NUMBERS[] = {
        [CODEC_NONE] = 0, [CODEC_OPUS] = 1, [CODEC_RED] = 1, [CODEC_VP8] = 2,
        [CODEC_VP9] = 3,  [CODEC_H264] = 4, [CODEC_AV1] = 5,
    };
    for (size_t i = track->layer_count; i > 0; i--)
        if (track->layers[i - 1].codec.codec != CODEC_NONE)
            return NUMBERS[track->layers[i - 1].codec.codec];
    return 0;
}

static void write_source(const struct leg *leg, const struct track *track, uint8_t why,
                         const struct shared *shared)
{
    const struct chronicle_track *now = &track->chronicle;
    write(leg->participant,
          &(struct timeline_note){.about = leg->participant->id,
                                  .source = track->source,
                                  .what = TIMELINE_SOURCE,
                                  .why = why,
                                  .a = now->encodings,
                                  .b = TIMELINE_CODING(now->codec, now->unmuted)},
          shared);
}

/* A codec that was known stays so while nothing comes. */
static void follow_source(const struct leg *leg, struct track *track, const struct shared *shared)
{
    struct chronicle_track *last = &track->chronicle;
    const struct chronicle_track before = *last;
    const uint8_t codec = codec_number(track);
    last->encodings = track->layer_count;
    last->codec = codec != 0 ? codec : before.codec;
    last->unmuted = track->enabled;
    last->written = true;
    if (!before.written)
        write_source(leg, track, TIMELINE_WHY_START, shared);
    else if (before.unmuted != last->unmuted)
        write_source(leg, track, last->unmuted ? TIMELINE_WHY_UNMUTED : TIMELINE_WHY_MUTED, shared);
    else if (before.encodings != last->encodings || before.codec != last->codec)
        write_source(leg, track, TIMELINE_WHY_CHANGED, shared);
}

static bool is_worth_a_line(const struct chronicle_track *last, size_t layer, uint32_t kbps,
                            uint64_t now_us)
{
    const uint32_t before = last->kbps[layer];
    const uint32_t off = kbps > before ? kbps - before : before - kbps;
    if (last->kbps_us[layer] == 0)
        return kbps != 0;
    if ((kbps == 0) != (before == 0))
        return true;
    return off * RATE_OFF_DEN > before && now_us - last->kbps_us[layer] >= RATE_INTERVAL_US;
}

/* Whatever rate stands there first is that of a whole second. */
static bool is_measured(struct chronicle_track *last, size_t layer, uint32_t kbps, uint64_t now_us)
{
    if (kbps == 0)
        last->came_us[layer] = 0;
    else if (last->came_us[layer] == 0)
        last->came_us[layer] = now_us;
    return kbps == 0 || now_us - last->came_us[layer] >= RATE_WINDOW_US;
}

static void follow_rates(const struct leg *leg, struct track *track, const struct shared *shared)
{
    struct chronicle_track *last = &track->chronicle;
    struct track_layers layers;
    track_describe(track, shared->now_us, &layers);
    for (uint8_t i = 0; i < layers.spatial_count; i++) {
        const uint32_t kbps = layers.at[i][TRACK_TEMPORAL_LAYERS - 1].bps / 1000u;
        if (!is_measured(last, i, kbps, shared->now_us) ||
            !is_worth_a_line(last, i, kbps, shared->now_us))
            continue;
        last->kbps[i] = kbps;
        last->kbps_us[i] = shared->now_us;
        write(leg->participant,
              &(struct timeline_note){.about = leg->participant->id,
                                      .source = track->source,
                                      .what = TIMELINE_RATE,
                                      .why = TIMELINE_WHY_CHANGED,
                                      .a = i,
                                      .b = kbps},
              shared);
    }
}

void chronicle_sources(struct leg *leg, const struct shared *shared)
{
    for (size_t i = 0; i < ENGINE_SOURCES; i++) {
        struct track *track = leg->tracks[i];
        if (!track)
            continue;
        follow_source(leg, track, shared);
        if (track->video)
            follow_rates(leg, track, shared);
    }
}

void chronicle_source_gone(const struct leg *leg, uint8_t source, const struct shared *shared)
{
    write(leg->participant,
          &(struct timeline_note){.about = leg->participant->id,
                                  .source = source,
                                  .what = TIMELINE_SOURCE,
                                  .why = TIMELINE_WHY_LEFT},
          shared);
}

/* ---- who looks at whom ----------------------------------------------------------------------- */

static bool same_view(const struct engine_view *a, const struct engine_view *b)
{
    return a->width == b->width && a->height == b->height && a->visible == b->visible &&
           a->pinned == b->pinned;
}

static bool is_known(const struct participant *participant, const struct engine_view *view)
{
    for (size_t i = 0; i < participant->view_count; i++) {
        const struct engine_view *before = &participant->views[i];
        if (before->participant == view->participant && before->group == view->group)
            return same_view(before, view);
    }
    return false;
}

void chronicle_views(const struct participant *participant, const struct engine_view *views,
                     size_t count, const struct shared *shared)
{
    const size_t seats = participant->leg ? participant->leg->seat_count : LIMIT_SEATS;
    for (size_t i = 0; i < count && i < seats; i++) {
        if (is_known(participant, &views[i]))
            continue;
        write(participant,
              &(struct timeline_note){
                  .about = views[i].participant,
                  .source = views[i].group == ENGINE_GROUP_SCREEN ? ENGINE_SCREEN : ENGINE_CAMERA,
                  .what = TIMELINE_VIEW,
                  .why = TIMELINE_WHY_VIEW,
                  .a = TIMELINE_SIZE(views[i].width, views[i].height),
                  .b = TIMELINE_LOOK(views[i].visible, views[i].pinned)},
              shared);
    }
}

/* ---- links ----------------------------------------------------------------------------------- */

static unsigned apart(unsigned a, unsigned b)
{
    return a > b ? a - b : b - a;
}

static bool moved(const struct chronicle_leg *last, const struct engine_quality *now)
{
    const unsigned rtt_off = apart(last->rtt_ms, now->rtt_ms);
    return !last->link_written ||
           (rtt_off >= RTT_OFF_MS && rtt_off * RTT_OFF_DEN >= last->rtt_ms) ||
           apart(last->down_loss_permille, now->down_loss_permille) >= LOSS_OFF_PERMILLE ||
           apart(last->up_loss_permille, now->up_loss_permille) >= LOSS_OFF_PERMILLE;
}

void chronicle_link(struct leg *leg, const struct shared *shared)
{
    struct chronicle_leg *last = &leg->chronicle;
    const struct engine_quality *now = &leg->quality.told;
    if (now->rtt_ms == 0 || !moved(last, now))
        return;
    last->link_written = true;
    last->rtt_ms = now->rtt_ms;
    last->down_loss_permille = now->down_loss_permille;
    last->up_loss_permille = now->up_loss_permille;
    write(leg->participant,
          &(struct timeline_note){
              .source = TIMELINE_NO_SOURCE,
              .what = TIMELINE_LINK,
              .why = TIMELINE_WHY_CHANGED,
              .a = now->rtt_ms,
              .b = TIMELINE_LOSSES(now->down_loss_permille, now->up_loss_permille)},
          shared);
}
