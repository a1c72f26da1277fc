#include "worker/translate.h"

#include <string.h>
#include <unistd.h>

#include "base/counters.h"
#include "base/log.h"
#include "worker/roster.h"

#define SNAPSHOT_HAS_LEG       1u
#define SNAPSHOT_ENABLED_SHIFT 8u

_Static_assert(ENGINE_COUNTERS + WORKER_COUNTERS <= IPC_MAX_COUNTERS, "IPC_COUNTERS holds them");
_Static_assert((unsigned)ENGINE_SOURCES == IPC_SOURCES, "the same sources, in the same order");
_Static_assert(LIMIT_SEATS == IPC_MAX_SEATS, "IPC_SEATS holds them");
_Static_assert(LIMIT_MID_BYTES == IPC_MAX_MID_BYTES, "the same mids");
_Static_assert(LIMIT_ROOM_PARTICIPANTS <= IPC_MAX_VIEWS, "IPC_VIEW holds them");

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

static void refuse_offer(struct translate *translate, const struct ipc_message *offer, int error,
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

/* ---- control → engine ------------------------------------------------------------------------ */

static int command(struct translate *translate, uint64_t now_us,
                   const struct engine_command *command_)
{
    int error = engine_command(translate->engine, now_us, command_);
    if (error < 0) {
        translate->counters[WORKER_COUNTER_commands_refused]++;
        log_write(LOG_DEBUG, "translate", "event=refused command=%d error=%s", (int)command_->type,
                  engine_error_name(error));
    }
    return error;
}

/* What the engine says about a bad offer comes as an event and is more exact; but it has none for a
 * participant that it does not know. */
static void settle_refusal(struct translate *translate, const struct ipc_message *offer, int error)
{
    struct engine_event event;
    while (engine_next_event(translate->engine, &event))
        translate_event(translate, &event);
    if (!translate->refused)
        refuse_offer(translate, offer, error, "", 0);
}

static void remember_leg(struct translate *translate, uint64_t id, bool new_leg)
{
    struct roster_participant *participant = roster_participant(translate->roster, id);
    if (!participant)
        return;
    if (new_leg || !participant->has_leg)
        participant->leg_state = ENGINE_LEG_CONNECTING;
    participant->has_leg = true;
}

static void take_offer(struct translate *translate, uint64_t now_us,
                       const struct ipc_message *message, struct engine_command *out)
{
    struct ipc_offer offer;
    struct engine_source_mid sources[IPC_SOURCES];
    if (ipc_decode_offer(message->payload, message->payload_len, &offer) < 0) {
        translate->counters[WORKER_COUNTER_commands_refused]++;
        refuse_offer(translate, message, ENGINE_ERROR_BAD_SDP, "", 0);
        return;
    }
    memset(sources, 0, sizeof sources);
    for (size_t i = 0; i < offer.source_count; i++) {
        memcpy(sources[i].mid, offer.sources[i].mid, sizeof offer.sources[i].mid);
        sources[i].source = offer.sources[i].source;
    }
    out->new_leg = offer.new_leg;
    out->sdp = offer.sdp;
    out->sdp_len = offer.sdp_len;
    out->sources = sources;
    out->source_count = offer.source_count;
    translate->refused = false;
    int error = command(translate, now_us, out);
    if (error < 0)
        settle_refusal(translate, message, error);
    else
        remember_leg(translate, message->participant, offer.new_leg);
}

static void take_view(struct translate *translate, uint64_t now_us,
                      const struct ipc_message *message, struct engine_command *out)
{
    struct ipc_views views;
    struct engine_view engine_views[IPC_MAX_VIEWS];
    if (ipc_decode_views(message->payload, message->payload_len, &views) < 0) {
        translate->counters[WORKER_COUNTER_commands_refused]++;
        return;
    }
    for (size_t i = 0; i < views.count; i++)
        engine_views[i] = (struct engine_view){
            .participant = views.views[i].participant,
            .group = views.views[i].group,
            .visible = true,
        };
    out->views = engine_views;
    out->view_count = views.count;
    int error = command(translate, now_us, out);
    (void)error; /* counted; control has nothing to do about it */
}

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

/* After the snapshot, what the engine last said: as if it happened now. */
static void repeat_events(struct translate *translate, const struct roster_participant *participant)
{
    struct ipc_message message = {.type = IPC_LEG_STATE,
                                  .flags = participant->leg_state,
                                  .room = participant->room,
                                  .participant = participant->id};
    if (!participant->has_leg)
        return;
    send_message(translate, &message);
    message.type = IPC_SEATS;
    message.flags = 0;
    if (participant->seats.len > 0)
        send_bytes(translate, message, participant->seats.bytes, (long)participant->seats.len);
}

static void send_snapshot(struct translate *translate)
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

static void send_counters(struct translate *translate, const struct ipc_message *request)
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

static void put_room(struct translate *translate, const struct ipc_message *message)
{
    if (roster_put_room(translate->roster, message->room, message->payload, message->payload_len) <
        0)
        translate->counters[WORKER_COUNTER_commands_refused]++;
}

static void put_participant(struct translate *translate, const struct ipc_message *message)
{
    if (roster_put_participant(translate->roster, message->participant, message->room,
                               message->payload, message->payload_len) < 0)
        translate->counters[WORKER_COUNTER_commands_refused]++;
}

static void set_enabled(struct translate *translate, const struct ipc_message *message)
{
    struct roster_participant *participant =
        roster_participant(translate->roster, message->participant);
    if (participant)
        participant->enabled = message->flags & ((1u << IPC_SOURCES) - 1);
}

static void close_leg(struct translate *translate, const struct ipc_message *message)
{
    struct roster_participant *participant =
        roster_participant(translate->roster, message->participant);
    if (!participant)
        return;
    participant->has_leg = false;
    roster_set_seats(participant, NULL, 0);
}

/* Commands without a payload of their own. Notes are kept even if the engine refuses (it may know
 * the participant already): control's word on who is there counts. */
static void take_plain(struct translate *translate, uint64_t now_us,
                       const struct ipc_message *message, struct engine_command *out)
{
    int error = command(translate, now_us, out);
    (void)error; /* counted */
    switch (message->type) {
    case IPC_ROOM_OPEN:
        put_room(translate, message);
        break;
    case IPC_ROOM_CLOSE:
        roster_remove_room(translate->roster, message->room);
        break;
    case IPC_PARTICIPANT_ADD:
        put_participant(translate, message);
        break;
    case IPC_PARTICIPANT_REMOVE:
        roster_remove_participant(translate->roster, message->participant);
        break;
    case IPC_LEG_CLOSE:
        close_leg(translate, message);
        break;
    case IPC_SOURCES_ENABLED:
        set_enabled(translate, message);
        break;
    default:
        break;
    }
}

static void take_own(struct translate *translate, const struct ipc_message *message)
{
    switch (message->type) {
    case IPC_PARTICIPANT_NOTE:
        if (roster_participant(translate->roster, message->participant))
            put_participant(translate, message);
        break;
    case IPC_SNAPSHOT_REQUEST:
        send_snapshot(translate);
        break;
    case IPC_COUNTERS_REQUEST:
        send_counters(translate, message);
        break;
    case IPC_LOG_LEVEL:
        if (message->flags <= LOG_DEBUG)
            log_set_level((enum log_level)message->flags);
        break;
    case IPC_SHUTDOWN:
        translate->shutdown = true;
        break;
    default:
        translate->counters[WORKER_COUNTER_commands_refused]++;
        break;
    }
}

void translate_message(struct translate *translate, uint64_t now_us,
                       const struct ipc_message *message)
{
    static const struct {
        uint8_t from;
        enum engine_command_type to;
    } table[] = {
        {IPC_ROOM_OPEN, ENGINE_ROOM_OPEN},
        {IPC_ROOM_CLOSE, ENGINE_ROOM_CLOSE},
        {IPC_PARTICIPANT_ADD, ENGINE_PARTICIPANT_ADD},
        {IPC_PARTICIPANT_REMOVE, ENGINE_PARTICIPANT_REMOVE},
        {IPC_OFFER, ENGINE_OFFER},
        {IPC_LEG_CLOSE, ENGINE_LEG_CLOSE},
        {IPC_SOURCES_ENABLED, ENGINE_SOURCES_ENABLED},
        {IPC_VIEW, ENGINE_VIEW},
    };
    struct engine_command out = {.room = message->room,
                                 .participant = message->participant,
                                 .request = message->request,
                                 .enabled = (uint8_t)message->flags};
    translate->counters[WORKER_COUNTER_commands]++;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].from != message->type)
            continue;
        out.type = table[i].to;
        if (message->type == IPC_OFFER)
            take_offer(translate, now_us, message, &out);
        else if (message->type == IPC_VIEW)
            take_view(translate, now_us, message, &out);
        else
            take_plain(translate, now_us, message, &out);
        return;
    }
    take_own(translate, message);
}

/* ---- engine → control ------------------------------------------------------------------------ */

static void send_seats(struct translate *translate, const struct engine_event *event,
                       struct ipc_message message)
{
    struct ipc_seats seats = {.count = 0};
    uint8_t payload[2 + 11 * IPC_MAX_SEATS];
    for (size_t i = 0; i < event->seat_count && i < IPC_MAX_SEATS; i++) {
        const struct engine_seat *seat = &event->seats[i];
        seats.seats[seats.count++] = (struct ipc_seat){seat->participant, seat->group, seat->audio,
                                                       seat->video, seat->problem};
    }
    long len = ipc_encode_seats(&seats, payload, sizeof payload);
    struct roster_participant *participant =
        roster_participant(translate->roster, event->participant);
    if (participant && len > 0)
        roster_set_seats(participant, payload, (size_t)len);
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

void translate_event(struct translate *translate, const struct engine_event *event)
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
        refuse_offer(translate, &message, event->error, event->text, event->text_len);
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
    case ENGINE_QUALITY:
        break; /* not produced yet */
    }
}

void translate_hello(struct translate *translate, uint32_t worker)
{
    struct ipc_message hello = {
        .type = IPC_HELLO, .flags = (uint16_t)worker, .request = (uint32_t)getpid()};
    send_message(translate, &hello);
}

void translate_close_room(struct translate *translate, uint64_t now_us, uint64_t room)
{
    struct engine_command close = {.type = ENGINE_ROOM_CLOSE, .room = room};
    int error = command(translate, now_us, &close);
    (void)error; /* counted */
    roster_remove_room(translate->roster, room);
}
