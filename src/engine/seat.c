/* The two halves of a seat. */
#include "engine/seat.h"

#include "engine/leg.h"
#include "engine/seat_header.h"
#include "engine/timeline.h"

static void init_stream(struct seat_stream *stream, uint8_t k, struct leg *viewer, bool video)
{
    *stream = (struct seat_stream){
        .viewer = viewer, .seat = k, .video = video, .media = NEGOTIATE_NO_MEDIA};
    list_node_init(&stream->in_track);
}

void seat_init(struct seat *seat, uint8_t k, struct leg *viewer,
               const struct negotiate_seat_ssrcs *ssrcs)
{
    *seat = (struct seat){0};
    init_stream(&seat->audio, k, viewer, false);
    init_stream(&seat->video, k, viewer, true);
    seat->audio.ssrc = ssrcs->audio;
    seat->video.ssrc = ssrcs->video;
    seat->video.rtx_ssrc = ssrcs->video_rtx;
}

void seat_fini(struct seat *seat)
{
    seat_stream_fini(&seat->audio);
    seat_stream_fini(&seat->video);
}

static int agree(struct seat_stream *stream, uint8_t media)
{
    if (stream->media != media)
        seat_stream_pause(stream, TIMELINE_WHY_CHANGED);
    stream->media = media;
    if (media == NEGOTIATE_NO_MEDIA)
        return 0;
    seat_header_prepare(stream);
    return seat_stream_prepare(stream);
}

int seat_negotiated(struct seat *seat, const struct negotiated_seat *negotiated)
{
    if (agree(&seat->audio, negotiated->audio) != 0)
        return -1;
    return agree(&seat->video, negotiated->video);
}

void seat_show(struct seat *seat, struct leg *occupant)
{
    const bool screen = seat->place.group == ENGINE_GROUP_SCREEN;
    struct track *const *tracks = occupant ? occupant->tracks : NULL;
    seat_stream_show(&seat->audio,
                     tracks ? tracks[screen ? ENGINE_SCREEN_AUDIO : ENGINE_MICROPHONE] : NULL);
    seat_stream_show(&seat->video, tracks ? tracks[screen ? ENGINE_SCREEN : ENGINE_CAMERA] : NULL);
}

struct engine_seat seat_describe(const struct seat *seat)
{
    const struct track *audio = seat->audio.track;
    const struct track *video = seat->video.track;
    return (struct engine_seat){
        .participant = seat->place.participant,
        .group = seat->place.group,
        .audio = audio && audio->enabled,
        .video = video && video->enabled,
        .problem = seat->video.no_codec ? ENGINE_SEAT_NO_CODEC : ENGINE_SEAT_FINE,
        .paused = video && video->enabled ? seat->paused : ENGINE_PAUSE_NONE,
    };
}
