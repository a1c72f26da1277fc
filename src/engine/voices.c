/* Opens and closes microphones, and crowns the dominant speaker. */
#include "engine/voices.h"

#include "base/seq.h"
#include "engine/leg.h"
#include "engine/media_room.h"

/* Who was loud so lately keeps the seat that it has for being heard. */
#define SEAT_US 10000000u

static struct track *microphone(const struct participant *participant)
{
    const struct leg *leg = participant->leg;
    struct track *track = leg ? leg->tracks[ENGINE_MICROPHONE] : NULL;
    return track && track->enabled ? track : NULL;
}

static struct participant *owner_of(struct speaker *speaker)
{
    return LIST_ELEMENT(speaker, struct participant, speaker);
}

static size_t list_entrants(const struct media_room *room,
                            struct speaker_entrant out[static LIMIT_ROOM_PUBLISHERS])
{
    size_t count = 0;
    LIST_EACH(&room->publishers, node)
    {
        struct participant *participant = LIST_ELEMENT(node, struct participant, in_publishers);
        if (microphone(participant))
            out[count++] = (struct speaker_entrant){participant->id, &participant->speaker};
    }
    return count;
}

/* ---- the dominant speaker ------------------------------------------------------------------- */

static void tell(struct media_room *room, struct shared *shared)
{
    room->contest.reported_dominant = room->contest.dominant;
    room->has_speaker_news = true;
    if (!list_linked(&room->in_news))
        list_push_back(&shared->room_news, &room->in_news);
}

static void crown(struct media_room *room, struct participant *speaker, struct shared *shared)
{
    room->dominant = speaker;
    timeline_note(room, shared->now_us,
                  &(struct timeline_note){
                      .about = room->contest.dominant,
                      .source = ENGINE_MICROPHONE,
                      .what = TIMELINE_SPEAKER,
                      .why = speaker ? TIMELINE_WHY_SPEAKING : TIMELINE_WHY_LEFT,
                      .a = speaker ? speaker->speaker.level_q8 >> 8 : 0,
                  });
    if (speaker)
        speaker->spoke_us = shared->now_us;
    media_room_mark(room, shared);
    tell(room, shared);
}

static void challenge(struct participant *participant, struct shared *shared)
{
    struct media_room *room = participant->room;
    const struct speaker_entrant entrant = {participant->id, &participant->speaker};
    if (speaker_challenge(&room->contest, shared->now_us, &entrant,
                          room->dominant ? &room->dominant->speaker : NULL))
        crown(room, participant, shared);
}

void voices_round(struct media_room *room, struct shared *shared)
{
    struct speaker_entrant entrants[LIMIT_ROOM_PUBLISHERS] = {0};
    const size_t count = list_entrants(room, entrants);
    const uint64_t dominant = room->contest.dominant;
    if (speaker_round(&room->contest, shared->now_us, entrants, count))
        tell(room, shared);
    if (room->contest.dominant != dominant)
        crown(room, NULL, shared);
    if (room->dominant && room->dominant->speaker.speaking)
        room->dominant->spoke_us = shared->now_us;
}

/* ---- the loudest few ------------------------------------------------------------------------ */

bool voices_pass(const struct track *track)
{
    if (track->source != ENGINE_MICROPHONE)
        return true;
    const struct participant *participant = track->leg->participant;
    const struct speaker *speaker = &participant->speaker;
    return !participant->room->loudest.choosing || speaker->chosen || speaker->heard_us == 0;
}

static void note_gate(const struct participant *participant, bool open, enum timeline_why why,
                      const struct shared *shared)
{
    timeline_note(participant->room, shared->now_us,
                  &(struct timeline_note){
                      .participant = participant->id,
                      .about = participant->id,
                      .source = ENGINE_MICROPHONE,
                      .what = TIMELINE_MICROPHONE,
                      .why = (uint8_t)why,
                      .a = open,
                      .b = participant->speaker.level_q8 >> 8,
                  });
}

/* What comes next is not heard: its streams pause, so that the numbers of what is left out are not
 * taken for losses. */
static void shut(struct participant *participant, enum timeline_why why, struct shared *shared)
{
    struct track *track = microphone(participant);
    if (!track)
        return;
    participant->speaker.unheard_seq = track->layers[0].reception.highest + 1;
    LIST_EACH(&track->viewers, node)
    seat_stream_pause(LIST_ELEMENT(node, struct seat_stream, in_track), TIMELINE_WHY_SPEAKING);
    note_gate(participant, false, why, shared);
}

/* The first packet of the last LOUDEST_REPLAY_US that nobody heard. NULL: there is none. */
static const struct packet *find_replay(const struct track *track, uint64_t now_us)
{
    const uint32_t unheard = track->leg->participant->speaker.unheard_seq;
    const struct layer *layer = &track->layers[0];
    const struct packet *first = NULL;
    if (layer->ring.oldest == layer->ring.next)
        return NULL;
    for (uint32_t seq = layer->ring.next - 1;
         !seq32_newer(layer->ring.oldest, seq) && !seq32_newer(unheard, seq); seq--) {
        const struct packet *packet = packet_ring_find(&layer->ring, seq);
        if (packet && packet->arrival_us + LOUDEST_REPLAY_US < now_us)
            break;
        if (packet)
            first = packet;
    }
    return first;
}

static bool lacks_seat(const struct participant *participant, const struct track *track)
{
    uint32_t viewers = 1;
    LIST_EACH(&track->viewers, node)
    viewers++;
    return viewers < participant->room->participant_count;
}

/* To all that do not get it yet. */
static void replay(struct track *track, struct shared *shared)
{
    const struct packet *first = find_replay(track, shared->now_us);
    if (!first)
        return;
    LIST_EACH(&track->viewers, node)
    seat_stream_replay(LIST_ELEMENT(node, struct seat_stream, in_track), &track->layers[0], first,
                       shared);
}

void voices_catch_up(struct media_room *room, struct shared *shared)
{
    for (size_t i = 0; i < room->loudest.count; i++) {
        struct track *track = microphone(owner_of(room->loudest.members[i]));
        if (track)
            replay(track, shared);
    }
}

uint64_t voices_loud_us(const struct participant *participant, uint64_t now_us)
{
    const struct speaker *speaker = &participant->speaker;
    const bool chosen = participant->room->loudest.choosing && speaker->chosen;
    return chosen && now_us - speaker->loud_us < SEAT_US ? speaker->loud_us : 0;
}

static void open(struct participant *participant, struct shared *shared)
{
    struct track *track = microphone(participant);
    if (!track)
        return;
    replay(track, shared);
    SHARED_COUNT(shared, microphones_opened);
    note_gate(participant, true, TIMELINE_WHY_SPEAKING, shared);
    if (lacks_seat(participant, track))
        media_room_mark(participant->room, shared);
}

static void admit(struct participant *participant, struct shared *shared)
{
    struct media_room *room = participant->room;
    struct speaker *out;
    if (!loudest_admit(&room->loudest, shared->loudest, shared->now_us, &participant->speaker,
                       room->dominant ? &room->dominant->speaker : NULL, &out))
        return;
    if (out) {
        const bool talked = speaker_loud_slots(out, shared->now_us, 50) > 0;
        shut(owner_of(out), talked ? TIMELINE_WHY_LOUDER : TIMELINE_WHY_SILENT, shared);
    }
    open(participant, shared);
}

void voices_heard(struct participant *participant, struct shared *shared)
{
    media_room_hear(participant->room, shared);
    if (participant->room->loudest.choosing && !participant->speaker.chosen)
        admit(participant, shared);
    challenge(participant, shared);
}

void voices_review(struct media_room *room, struct shared *shared)
{
    struct speaker_entrant entrants[LIMIT_ROOM_PUBLISHERS] = {0};
    bool heard[LIMIT_ROOM_PUBLISHERS] = {0};
    const size_t count = list_entrants(room, entrants);
    for (size_t i = 0; i < count; i++)
        heard[i] = voices_pass(microphone(owner_of(entrants[i].speaker)));
    loudest_review(&room->loudest, shared->loudest, entrants, count);
    for (size_t i = 0; i < count; i++) {
        struct participant *participant = owner_of(entrants[i].speaker);
        const bool passes = voices_pass(microphone(participant));
        if (heard[i] && !passes)
            shut(participant, TIMELINE_WHY_JOINED, shared);
        else if (!heard[i] && passes)
            note_gate(participant, true, TIMELINE_WHY_FEW, shared);
    }
}

void voices_forget(struct participant *participant)
{
    loudest_forget(&participant->room->loudest, &participant->speaker);
    if (participant->room->dominant == participant)
        participant->room->dominant = NULL;
}
