/* What one part of a room tells the others. */
#include "engine/pipe.h"

#include <stdlib.h>
#include <string.h>

#include "engine/leg.h"
#include "engine/media_room.h"
#include "engine/participant.h"
#include "engine/tx.h"
#include "wire/rtcp.h"
#include "wire/wire.h"

struct pipe_kept {
    uint32_t version;
    size_t source_count;
    struct pipe_source sources[PIPE_MAX_SOURCES];
    size_t sdp_len;
    uint8_t sdp[];
};

_Static_assert((unsigned)ENGINE_SOURCES == PIPE_MAX_SOURCES, "one m-line each");
_Static_assert(LIMIT_MID_BYTES == PIPE_MAX_MID_BYTES, "the same mids");
_Static_assert(LIMIT_ROOM_PUBLISHERS <= PIPE_MAX_PUBLISHERS, "STATE holds them");
_Static_assert(LIMIT_SDP_BYTES <= PIPE_MAX_SDP_BYTES, "OFFER holds it");

void pipe_keep_offer(struct leg *leg, const struct engine_command *offer)
{
    const uint32_t version = leg->offer ? leg->offer->version + 1 : 1;
    pipe_kept_free(leg->offer);
    leg->offer = leg->has_slots ? malloc(sizeof *leg->offer + offer->sdp_len) : NULL;
    if (!leg->offer)
        return;
    struct pipe_kept *kept = leg->offer;
    *kept = (struct pipe_kept){
        .version = version, .source_count = offer->source_count, .sdp_len = offer->sdp_len};
    for (size_t i = 0; i < offer->source_count; i++) {
        kept->sources[i].source = offer->sources[i].source;
        memcpy(kept->sources[i].mid, offer->sources[i].mid, sizeof kept->sources[i].mid);
    }
    memcpy(kept->sdp, offer->sdp, offer->sdp_len);
}

void pipe_kept_free(struct pipe_kept *kept)
{
    free(kept);
}

/* ---- frames ---------------------------------------------------------------------------------- */

/* Lost like any datagram where the arena is full. */
static void send_to(uint32_t worker, const struct pipe_frame *frame, struct shared *shared)
{
    const struct net_path path = {.proto = NET_PIPE, .connection = worker};
    const size_t len = PIPE_FRAME_HEADER_BYTES + frame->body.len;
    uint8_t *out = tx_reserve(shared->tx, len);
    if (!out) {
        SHARED_COUNT(shared, tx_arena_full);
        return;
    }
    struct writer writer = writer_of(out, len);
    pipe_frame_write(&writer, frame);
    writer_bytes(&writer, frame->body.bytes, frame->body.len);
    tx_commit(shared->tx, &path, len);
}

static void send_to_all(uint64_t workers, const struct pipe_frame *frame, struct shared *shared)
{
    for (; workers != 0; workers &= workers - 1)
        send_to((uint32_t)__builtin_ctzll(workers), frame, shared);
}

/* To where the participant is connected. */
static void send_home(const struct participant *participant, uint8_t kind, struct span body,
                      struct shared *shared)
{
    const struct pipe_frame frame = {
        .kind = kind, .room = participant->room->id, .participant = participant->id, .body = body};
    send_to(participant->origin - 1, &frame, shared);
}

/* ---- to the other parts ---------------------------------------------------------------------- */

static void describe(const struct media_room *room, struct pipe_state *state)
{
    state->count = 0;
    LIST_EACH(&room->publishers, node)
    {
        const struct participant *publisher = LIST_ELEMENT(node, struct participant, in_publishers);
        if (publisher->origin == 0 && publisher->leg && publisher->leg->offer)
            state->publishers[state->count++] = (struct pipe_publisher){
                .participant = publisher->id,
                .leg = publisher->leg->session_id,
                .version = publisher->leg->offer->version,
                .enabled = publisher->enabled,
            };
    }
}

void pipe_tell_state(struct media_room *room, struct shared *shared)
{
    if (room->parts == 0)
        return;
    struct pipe_state state;
    uint8_t body[PIPE_STATE_BYTES];
    struct writer writer = writer_of(body, sizeof body);
    describe(room, &state);
    pipe_write_state(&writer, &state);
    const struct pipe_frame frame = {
        .kind = PIPE_STATE, .room = room->id, .body = {body, writer_len(&writer)}};
    send_to_all(room->parts, &frame, shared);
}

void pipe_tell_offer(const struct participant *participant, uint32_t worker, struct shared *shared)
{
    const struct leg *leg = participant->leg;
    if (!leg || !leg->offer)
        return;
    struct pipe_offer offer = {.leg = leg->session_id,
                               .version = leg->offer->version,
                               .source_count = leg->offer->source_count,
                               .sdp = {leg->offer->sdp, leg->offer->sdp_len}};
    memcpy(offer.sources, leg->offer->sources, sizeof offer.sources);
    const size_t size = PIPE_FRAME_HEADER_BYTES + PIPE_OFFER_BYTES + offer.sdp.len;
    uint8_t *out = tx_reserve(shared->tx, size);
    if (!out) {
        SHARED_COUNT(shared, tx_arena_full);
        return;
    }
    struct writer writer = writer_of(out, size);
    pipe_frame_write(&writer, &(struct pipe_frame){.kind = PIPE_OFFER,
                                                   .room = participant->room->id,
                                                   .participant = participant->id});
    pipe_write_offer(&writer, &offer);
    tx_commit(shared->tx, &(struct net_path){.proto = NET_PIPE, .connection = worker},
              writer_len(&writer));
}

/* What viewers' clocks are set by, or that a layer ends; all else concerns this part alone. */
static bool is_of_use(const uint8_t *bytes, size_t len)
{
    return wire_kind_of(bytes, len) == WIRE_RTP || bytes[1] == RTCP_SR || bytes[1] == RTCP_BYE;
}

void pipe_media(const struct leg *leg, const uint8_t *bytes, size_t len, struct shared *shared)
{
    const struct participant *publisher = leg->participant;
    if (publisher->room->parts == 0 || !leg->offer || !is_of_use(bytes, len))
        return;
    const struct pipe_frame frame = {.kind = PIPE_MEDIA,
                                     .room = publisher->room->id,
                                     .participant = publisher->id,
                                     .body = {bytes, len}};
    send_to_all(publisher->room->parts, &frame, shared);
}

/* ---- to where a publisher is connected ------------------------------------------------------- */

void pipe_ask(const struct participant *participant, struct shared *shared)
{
    send_home(participant, PIPE_ASK, (struct span){0}, shared);
}

void pipe_want_keyframe(const struct track *track, const struct layer *layer, struct shared *shared)
{
    uint8_t body[3];
    struct writer writer = writer_of(body, sizeof body);
    pipe_write_keyframe(&writer,
                        &(struct pipe_keyframe){track->source, (uint8_t)(layer - track->layers),
                                                layer->keyframe.why});
    send_home(track->leg->participant, PIPE_KEYFRAME, (struct span){body, writer_len(&writer)},
              shared);
}

void pipe_need(const struct track *track, uint8_t layers, struct shared *shared)
{
    uint8_t body[2];
    struct writer writer = writer_of(body, sizeof body);
    pipe_write_need(&writer, &(struct pipe_need){track->source, layers});
    send_home(track->leg->participant, PIPE_NEED, (struct span){body, writer_len(&writer)}, shared);
}
