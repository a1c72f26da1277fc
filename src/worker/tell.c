/* Events, snapshots and answers as messages to control. */
#include "worker/tell.h"

#include <string.h>
#include <unistd.h>

#include "base/counters.h"
#include "engine/timeline.h"
#include "worker/roster.h"
#include "worker/translate.h"

#define SNAPSHOT_HAS_LEG       1u
#define SNAPSHOT_ENABLED_SHIFT 8u

_Static_assert(ENGINE_COUNTERS + WORKER_COUNTERS <= IPC_MAX_COUNTERS, "IPC_COUNTERS holds them");
_Static_assert(LIMIT_SEATS == IPC_MAX_SEATS, "IPC_SEATS holds them");
_Static_assert(LIMIT_QUALITIES <= IPC_MAX_QUALITIES, "IPC_QUALITY holds them");
_Static_assert((unsigned)TIMELINE_NO_SOURCE == IPC_NO_SOURCE, "the same nobody");

static void send_message(struct translate *translate, const struct ipc_message *message)
{
    if (translate->channel && ipc_send(translate->channel, message) == 0)
        return;
    translate->counters[WORKER_COUNTER_events_dropped]++;
}

static void send_bytes(struct translate *translate, struct ipc_message message,
                       const uint8_t *payload, long len)
{
    if (len < 0) {
        translate->counters[WORKER_COUNTER_events_dropped]++;
        return;
    }
    message.payload = payload;
    message.payload_len = (size_t)len;
    send_message(translate, &message);
}

/* ---- snapshot and counters --------------------------------------------------------------------
 */

static void send_room(struct translate *translate, const struct roster_room *room)
{
    struct ipc_message message = {.type = IPC_SNAPSHOT_ROOM, .room = room->id};
    send_bytes(translate, message, room->note.bytes, (long)room->note.len);
}

static void send_participant(struct translate *translate,
                             const struct roster_participant *participant)
{
    unsigned flags = (participant->has_leg ? SNAPSHOT_HAS_LEG : 0u) | (unsigned)participant->enabled
                                                                          << SNAPSHOT_ENABLED_SHIFT;
    struct ipc_message message = {.type = IPC_SNAPSHOT_PARTICIPANT,
                                  .flags = (uint16_t)flags,
                                  .room = participant->room,
                                  .participant = participant->id};
    send_bytes(translate, message, participant->note.bytes, (long)participant->note.len);
}

static void repeat_events(struct translate *translate, const struct roster_participant *participant)
{
    struct ipc_message message = {.type = IPC_LEG_STATE,
                                  .flags = participant->leg_state,
                                  .room = participant->room,
                                  .participant = participant->id};
    if (!participant->has_leg)
        return;
    send_message(translate, &message);
    message.flags = 0;
    message.type = IPC_SEATS;
    if (participant->seats.len > 0)
        send_bytes(translate, message, participant->seats.bytes, (long)participant->seats.len);
    message.type = IPC_PUBLISH;
    if (participant->publish.len > 0)
        send_bytes(translate, message, participant->publish.bytes, (long)participant->publish.len);
}

void tell_snapshot(struct translate *translate)
{
    const struct roster *roster = translate->roster;
    uint32_t rooms = roster_room_limit(roster);
    uint32_t participants = roster_participant_limit(roster);
    struct ipc_message end = {.type = IPC_SNAPSHOT_END};
    for (uint32_t i = 0; i < rooms; i++)
        if (roster_room_at(roster, i))
            send_room(translate, roster_room_at(roster, i));
    for (uint32_t i = 0; i < participants; i++)
        if (roster_participant_at(roster, i))
            send_participant(translate, roster_participant_at(roster, i));
    send_message(translate, &end);
    for (uint32_t i = 0; i < participants; i++)
        if (roster_participant_at(roster, i))
            repeat_events(translate, roster_participant_at(roster, i));
}

void tell_counters(struct translate *translate, const struct ipc_message *request)
{
    struct ipc_counters counters = {.count = 0};
    uint8_t payload[2 + 8 * IPC_MAX_COUNTERS];
    size_t engine_count;
    const uint64_t *engine = engine_counters(translate->engine, &engine_count);
    for (size_t i = 0; i < ENGINE_COUNTERS; i++)
        counters.values[counters.count++] = i < engine_count ? engine[i] : 0;
    for (size_t i = 0; i < WORKER_COUNTERS; i++)
        counters.values[counters.count++] = translate->counters[i];
    struct ipc_message message = {.type = IPC_COUNTERS, .request = request->request};
    send_bytes(translate, message, payload,
               ipc_encode_counters(&counters, payload, sizeof payload));
}

/* ---- events ---------------------------------------------------------------------------------- */

void tell_refused(struct translate *translate, const struct ipc_message *offer, int error,
                  const char *text, size_t text_len)
{
    struct ipc_refusal refusal = {{0}, {0}};
    uint8_t payload[sizeof refusal];
    struct ipc_message message = {.type = IPC_REFUSED,
                                  .request = offer->request,
                                  .room = offer->room,
                                  .participant = offer->participant};
    strncpy(refusal.code, engine_error_name(error), sizeof refusal.code - 1);
    if (text_len >= sizeof refusal.text)
        text_len = sizeof refusal.text - 1;
    if (text_len > 0)
        memcpy(refusal.text, text, text_len);
    send_bytes(translate, message, payload, ipc_encode_refusal(&refusal, payload, sizeof payload));
}

static void send_seats(struct translate *translate, const struct engine_event *event,
                       struct ipc_message message)
{
    struct ipc_seats seats = {.count = 0};
    uint8_t payload[2 + 12 * IPC_MAX_SEATS];
    for (size_t i = 0; i < event->seat_count && i < IPC_MAX_SEATS; i++) {
        const struct engine_seat *seat = &event->seats[i];
        seats.seats[seats.count++] = (struct ipc_seat){
            seat->participant, seat->group, seat->audio, seat->video, seat->problem, seat->paused};
    }
    long len = ipc_encode_seats(&seats, payload, sizeof payload);
    struct roster_participant *participant =
        roster_participant(translate->roster, event->participant);
    if (participant && len > 0)
        roster_keep(&participant->seats, payload, (size_t)len);
    send_bytes(translate, message, payload, len);
}

static void send_speakers(struct translate *translate, const struct engine_event *event,
                          struct ipc_message message)
{
    struct ipc_speakers speakers = {.dominant = event->dominant};
    uint8_t payload[10 + 9 * IPC_MAX_SPEAKERS];
    for (size_t i = 0; i < event->speaker_count && i < IPC_MAX_SPEAKERS; i++)
        speakers.speakers[speakers.count++] =
            (struct ipc_speaker){event->speakers[i].participant, event->speakers[i].level_dbov};
    send_bytes(translate, message, payload,
               ipc_encode_speakers(&speakers, payload, sizeof payload));
}

static void send_publish(struct translate *translate, const struct engine_event *event,
                         struct ipc_message message)
{
    struct ipc_publish publish = {.count = 0};
    uint8_t payload[2 + 3 * IPC_SOURCES];
    for (size_t i = 0; i < event->publish_count && i < IPC_SOURCES; i++) {
        const struct engine_publish *source = &event->publishes[i];
        publish.sources[publish.count++] =
            (struct ipc_publish_source){source->source, source->layers, source->max_temporal};
    }
    long len = ipc_encode_publish(&publish, payload, sizeof payload);
    struct roster_participant *participant =
        roster_participant(translate->roster, event->participant);
    if (participant && len > 0)
        roster_keep(&participant->publish, payload, (size_t)len);
    send_bytes(translate, message, payload, len);
}

static void send_qualities(struct translate *translate, const struct engine_event *event,
                           struct ipc_message message)
{
    struct ipc_qualities qualities = {.count = 0};
    uint8_t payload[2 + 28 * IPC_MAX_QUALITIES];
    for (size_t i = 0; i < event->quality_count && i < IPC_MAX_QUALITIES; i++) {
        const struct engine_quality *quality = &event->qualities[i];
        qualities.participants[qualities.count++] = (struct ipc_quality){
            .participant = quality->participant,
            .down_kbps = quality->down_kbps,
            .sent_kbps = quality->sent_kbps,
            .up_kbps = quality->up_kbps,
            .down_loss_permille = quality->down_loss_permille,
            .up_loss_permille = quality->up_loss_permille,
            .rtt_ms = quality->rtt_ms,
            .score = quality->score,
            .reason = quality->reason,
        };
    }
    send_bytes(translate, message, payload,
               ipc_encode_qualities(&qualities, payload, sizeof payload));
}

static void send_leg_state(struct translate *translate, const struct engine_event *event,
                           struct ipc_message message)
{
    struct roster_participant *participant =
        roster_participant(translate->roster, event->participant);
    if (participant)
        participant->leg_state = (uint16_t)event->leg_state;
    message.flags = (uint16_t)event->leg_state;
    send_message(translate, &message);
}

void tell_event(struct translate *translate, const struct engine_event *event)
{
    struct ipc_message message = {
        .request = event->request, .room = event->room, .participant = event->participant};
    switch (event->type) {
    case ENGINE_ANSWER:
        message.type = IPC_ANSWER;
        send_bytes(translate, message, (const uint8_t *)event->text, (long)event->text_len);
        break;
    case ENGINE_REFUSED:
        translate->refused = true;
        tell_refused(translate, &message, event->error, event->text, event->text_len);
        break;
    case ENGINE_LEG_STATE:
        message.type = IPC_LEG_STATE;
        send_leg_state(translate, event, message);
        break;
    case ENGINE_SEATS:
        message.type = IPC_SEATS;
        send_seats(translate, event, message);
        break;
    case ENGINE_SPEAKERS:
        message.type = IPC_SPEAKERS;
        send_speakers(translate, event, message);
        break;
    case ENGINE_PUBLISH:
        message.type = IPC_PUBLISH;
        send_publish(translate, event, message);
        break;
    case ENGINE_QUALITY:
        message.type = IPC_QUALITY;
        if (event->quality_shared < event->quality_count || event->quality_count == 0)
            message.flags = (uint16_t)(IPC_QUALITY_PART | event->quality_shared);
        send_qualities(translate, event, message);
        break;
    }
}

void tell_hello(struct translate *translate, uint32_t worker)
{
    struct ipc_message hello = {
        .type = IPC_HELLO, .flags = (uint16_t)worker, .request = (uint32_t)getpid()};
    send_message(translate, &hello);
}

/* ---- timeline -------------------------------------------------------------------------------- */

/* Whether somebody may have read so far in this log. A number above all of them is of an earlier
 * log of this room: of another worker, or before the room was empty. */
static bool is_of_this_log(const struct translate *translate, uint64_t room, uint64_t number)
{
    struct timeline_entry entry;
    return number == 0 || engine_timeline(translate->engine, room, number - 1, &entry, 1) > 0;
}

static void copy_entry(const struct translate *translate, const struct timeline_entry *from,
                       struct ipc_timeline_entry *to)
{
    const struct timeline_note *note = &from->note;
    *to = (struct ipc_timeline_entry){
        .number = from->number,
        .at_ms = (from->at_us + (uint64_t)translate->unix_offset_us) / 1000u,
        .participant = note->participant,
        .about = note->about,
        .source = note->source < IPC_SOURCES ? note->source : IPC_NO_SOURCE,
        .a = note->a,
        .b = note->b,
    };
    strncpy(to->what, timeline_what_word(note->what), sizeof to->what - 1);
    strncpy(to->why, timeline_why_word(note->why), sizeof to->why - 1);
}

void tell_timeline(struct translate *translate, const struct ipc_message *request)
{
    /* One thread, one at a time, and too large for a stack that is kept small. */
    static struct timeline_entry entries[IPC_MAX_TIMELINE + 1];
    static struct ipc_timeline timeline;
    static uint8_t payload[IPC_MAX_BYTES - IPC_HEADER_BYTES];
    struct ipc_timeline_request wanted;
    struct ipc_message message = {
        .type = IPC_TIMELINE, .request = request->request, .room = request->room};
    if (ipc_decode_timeline_request(request->payload, request->payload_len, &wanted) < 0) {
        translate->counters[WORKER_COUNTER_commands_refused]++;
        return;
    }
    timeline.after = is_of_this_log(translate, request->room, wanted.after) ? wanted.after : 0;
    size_t count =
        engine_timeline(translate->engine, request->room, timeline.after, entries, wanted.max + 1u);
    timeline.more = count > wanted.max;
    timeline.count = timeline.more ? wanted.max : count;
    for (size_t i = 0; i < timeline.count; i++)
        copy_entry(translate, &entries[i], &timeline.entries[i]);
    send_bytes(translate, message, payload,
               ipc_encode_timeline(&timeline, payload, sizeof payload));
}
