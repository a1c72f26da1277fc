#include "worker/translate.h"

#include <string.h>

#include "base/counters.h"
#include "base/log.h"
#include "worker/roster.h"
#include "worker/tell.h"

_Static_assert((unsigned)ENGINE_SOURCES == IPC_SOURCES, "the same sources, in the same order");
_Static_assert(LIMIT_MID_BYTES == IPC_MAX_MID_BYTES, "the same mids");
_Static_assert(LIMIT_VIEWS <= IPC_MAX_VIEWS, "IPC_VIEW holds them");

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
        tell_event(translate, &event);
    if (!translate->refused)
        tell_refused(translate, offer, error, "", 0);
}

static void remember_leg(struct translate *translate, uint64_t id, bool new_leg)
{
    struct roster_participant *participant = roster_participant(translate->roster, id);
    if (!participant)
        return;
    if (new_leg || !participant->has_leg)
        participant->leg_state = ENGINE_LEG_CONNECTING;
    if (new_leg)
        roster_keep(&participant->publish, NULL, 0);
    participant->has_leg = true;
}

static void take_offer(struct translate *translate, uint64_t now_us,
                       const struct ipc_message *message, struct engine_command *out)
{
    struct ipc_offer offer;
    struct engine_source_mid sources[IPC_SOURCES];
    if (ipc_decode_offer(message->payload, message->payload_len, &offer) < 0) {
        translate->counters[WORKER_COUNTER_commands_refused]++;
        tell_refused(translate, message, ENGINE_ERROR_BAD_SDP, "", 0);
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
            .width = views.views[i].width,
            .height = views.views[i].height,
            .visible = views.views[i].visible,
            .pinned = views.views[i].pinned,
        };
    out->views = engine_views;
    out->view_count = views.count;
    out->audio_only = views.audio_only;
    int error = command(translate, now_us, out);
    (void)error; /* counted; control has nothing to do about it */
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
    roster_keep(&participant->seats, NULL, 0);
    roster_keep(&participant->publish, NULL, 0);
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
        tell_snapshot(translate);
        break;
    case IPC_COUNTERS_REQUEST:
        tell_counters(translate, message);
        break;
    case IPC_TIMELINE_REQUEST:
        tell_timeline(translate, message);
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
        {IPC_ROOM_PARTS, ENGINE_ROOM_PARTS},
    };
    struct engine_command out = {.room = message->room,
                                 .participant = message->participant,
                                 .request = message->request,
                                 .enabled = (uint8_t)message->flags,
                                 .parts = message->flags};
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

void translate_close_room(struct translate *translate, uint64_t now_us, uint64_t room)
{
    struct engine_command close = {.type = ENGINE_ROOM_CLOSE, .room = room};
    int error = command(translate, now_us, &close);
    (void)error; /* counted */
    roster_remove_room(translate->roster, room);
}
