/* Server messages as JSON. */
#include "control/encode.h"

#include <inttypes.h>
#include <stdio.h>

#include "control/people.h"
#include "control/server.h"

#define MAX_SEATS      24
#define PROTOCOL_MINOR 3 /* see protocol.md, "Versions" */
#define VIDEO_LAYERS   3

const char *encode_id(uint64_t id, char out[static ENCODE_ID_BYTES])
{
    snprintf(out, ENCODE_ID_BYTES, "%016" PRIx64, id);
    return out;
}

static json_t *id_json(uint64_t id)
{
    char text[ENCODE_ID_BYTES];
    return json_string(encode_id(id, text));
}

/* Replies carry the request's id; none if it had none. */
static json_t *reply(const char *type, uint32_t request)
{
    json_t *json = json_pack("{s:s}", "type", type);
    if (request != 0)
        json_object_set_new(json, "id", json_integer(request));
    return json;
}

/* ---- parts ----------------------------------------------------------------------------------- */

json_t *encode_room(const struct store_room *settings, bool locked)
{
    static const char *const modes[] = {"auto", "p2p", "sfu"};
    char id[PROQUINT_TEXT_BYTES];
    char created[SERVER_TIME_BYTES];
    return json_pack("{s:s,s:s,s:s,s:i,s:s,s:b,s:b}", "room_id", proquint_format(settings->id, id),
                     "name", settings->name, "mode", modes[settings->mode], "capacity",
                     (int)settings->capacity, "created_at",
                     server_format_time(settings->created_s * 1000u, created), "locked", locked,
                     "lobby", settings->lobby);
}

static json_t *sources_json(uint8_t enabled)
{
    return json_pack("{s:b,s:b,s:b,s:b}", "microphone", enabled & 1, "camera", enabled & 2,
                     "screen", enabled & 4, "screen-audio", enabled & 8);
}

static json_t *codecs_json(uint8_t codecs)
{
    static const char *const names[] = {"vp8", "vp9", "h264", "av1"};
    json_t *list = json_array();
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (codecs & 1u << i)
            json_array_append_new(list, json_string(names[i]));
    }
    return list;
}

json_t *encode_participant(const struct member *member)
{
    json_t *json = json_pack("{s:o,s:s,s:I,s:o,s:s,s:s}", "participant_id", id_json(member->id),
                             "name", member->name, "order", (json_int_t)member->order, "sources",
                             sources_json(member->enabled), "state",
                             member->socket != NULL ? "present" : "reconnecting", "role",
                             rights_role_name(member->role));
    if (member->decodes != 0)
        json_object_set_new(json, "decodes", codecs_json(member->decodes));
    return json;
}

json_t *encode_chat_message(const struct store_chat *chat)
{
    char sent[SERVER_TIME_BYTES];
    return json_pack("{s:I,s:o,s:s,s:s,s:s}", "message_id", (json_int_t)chat->id, "participant_id",
                     id_json(chat->participant), "name", chat->name, "text", chat->text, "sent_at",
                     server_format_time(chat->sent_ms, sent));
}

static const char *mode_name(bool sfu)
{
    return sfu ? "sfu" : "p2p";
}

/* ---- replies --------------------------------------------------------------------------------- */

struct frame *encode_joined(const struct encode_joined *joined)
{
    const struct member *member = joined->member;
    json_t *json = reply("joined", joined->request);
    json_t *mode = json_pack("{s:s,s:i,s:b}", "mode", mode_name(joined->sfu), "epoch",
                             (int)joined->epoch, "switching", joined->switching);
    json_t *room = encode_room(&member->room->settings, member->room->locked);
    json_t *rest = json_pack("{s:o,s:s,s:b,s:o,s:s,s:I,s:o,s:o,s:o,s:i,s:i,s:i}", "participant_id",
                             id_json(member->id), "session", joined->session, "resumed",
                             joined->resumed, "room", room, "role", rights_role_name(member->role),
                             "order", (json_int_t)member->order, "mode", mode, "chat", joined->chat,
                             "ice_servers", joined->ice_servers, "resume_s", (int)joined->resume_s,
                             "max_seats", MAX_SEATS, "protocol_minor", PROTOCOL_MINOR);
    json_object_update(json, rest);
    json_decref(rest);
    if (member->role == ROLE_HOST && member->room->settings.lobby)
        json_object_set_new(json, "knocks", lobby_json(member->room));
    const struct people_wanted others = {
        .room = member->room, .most = PEOPLE_ALL, .except = member};
    return frame_of(people_dump(json, &others));
}

struct frame *encode_ok(uint32_t request)
{
    return frame_new(reply("ok", request));
}

struct frame *encode_chat_ok(uint32_t request, uint64_t message_id)
{
    json_t *json = reply("ok", request);
    json_object_set_new(json, "message_id", json_integer((json_int_t)message_id));
    return frame_new(json);
}

struct frame *encode_pong(uint32_t request)
{
    return frame_new(reply("pong", request));
}

struct frame *encode_answer(uint32_t request, uint32_t epoch, const char *sdp, size_t len)
{
    json_t *json = reply("answer", request);
    json_object_set_new(json, "epoch", json_integer(epoch));
    json_object_set_new(json, "sdp", json_stringn(sdp, len));
    return frame_new(json);
}

struct frame *encode_error(uint32_t request, enum message_code code, const char *text)
{
    json_t *json = reply("error", request);
    json_object_set_new(json, "code", json_string(message_code_name(code)));
    json_object_set_new(json, "message", json_string(text));
    return frame_new(json);
}

/* ---- relayed --------------------------------------------------------------------------------- */

struct frame *encode_description(uint64_t from, uint32_t epoch, bool answer, struct text sdp)
{
    return frame_new(json_pack("{s:s,s:o,s:i,s:{s:s,s:s%}}", "type", "description", "from",
                               id_json(from), "epoch", (int)epoch, "description", "type",
                               answer ? "answer" : "offer", "sdp", sdp.bytes, sdp.len));
}

static json_t *text_or_null(struct text text)
{
    return text.bytes == NULL ? json_null() : json_stringn(text.bytes, text.len);
}

static json_t *candidate_json(const struct message_candidate *candidate)
{
    if (candidate->end)
        return json_null();
    json_t *index =
        candidate->sdp_mline_index < 0 ? json_null() : json_integer(candidate->sdp_mline_index);
    return json_pack("{s:o,s:o,s:o,s:o}", "candidate", text_or_null(candidate->candidate), "sdpMid",
                     text_or_null(candidate->sdp_mid), "sdpMLineIndex", index, "usernameFragment",
                     text_or_null(candidate->username_fragment));
}

struct frame *encode_candidate(uint64_t from, uint32_t epoch,
                               const struct message_candidate *candidate)
{
    return frame_new(json_pack("{s:s,s:o,s:i,s:o}", "type", "candidate", "from", id_json(from),
                               "epoch", (int)epoch, "candidate", candidate_json(candidate)));
}

/* ---- notifications --------------------------------------------------------------------------- */

struct frame *encode_participant_joined(const struct member *member)
{
    return frame_new(json_pack("{s:s,s:o}", "type", "participant-joined", "participant",
                               encode_participant(member)));
}

json_t *encode_leaver(uint64_t id, const char *reason)
{
    return json_pack("{s:o,s:s}", "participant_id", id_json(id), "reason", reason);
}

struct frame *encode_changes(const struct room *room)
{
    json_t *left = room->left != NULL ? json_incref(room->left) : json_array();
    json_t *json = json_pack("{s:s,s:o}", "type", "participants", "left", left);
    const struct people_wanted wanted = {.room = room, .most = PEOPLE_ALL, .changed = true};
    return frame_of(people_dump(json, &wanted));
}

struct frame *encode_participant_left(uint64_t id, const char *reason)
{
    return frame_new(json_pack("{s:s,s:o,s:s}", "type", "participant-left", "participant_id",
                               id_json(id), "reason", reason));
}

struct frame *encode_participant_updated(const struct member *member)
{
    return frame_new(json_pack("{s:s,s:o}", "type", "participant-updated", "participant",
                               encode_participant(member)));
}

struct frame *encode_mode(const struct mode *mode, enum mode_reason reason)
{
    static const char *const reasons[] = {
        [MODE_THIRD_JOINED] = "third-joined", [MODE_TWO_REMAIN] = "two-remain",
        [MODE_P2P_FAILED] = "p2p-failed",     [MODE_ROOM_MODE] = "room-mode",
        [MODE_FIRST_PAIR] = "first-pair",
    };
    return frame_new(json_pack("{s:s,s:s,s:i,s:s}", "type", "mode", "mode", mode_name(mode->sfu),
                               "epoch", (int)mode->epoch, "reason", reasons[reason]));
}

struct frame *encode_mode_done(const struct mode *mode)
{
    return frame_new(json_pack("{s:s,s:s,s:i}", "type", "mode-done", "mode", mode_name(mode->sfu),
                               "epoch", (int)mode->epoch));
}

static json_t *seat_json(const struct room *room, int index, const struct ipc_seat *seat)
{
    bool taken = seat->participant != 0 && rooms_member(room, seat->participant) != NULL;
    json_t *json = json_pack("{s:i,s:o,s:s,s:b,s:b}", "seat", index, "participant_id",
                             taken ? id_json(seat->participant) : json_null(), "group",
                             seat->group == 1 ? "screen" : "camera", "audio", taken && seat->audio,
                             "video", taken && seat->video);
    static const char *const pauses[] = {NULL, "bandwidth", "hidden", "audio_only"};
    const char *paused = taken && seat->paused < 4 ? pauses[seat->paused] : NULL;
    json_object_set_new(json, "paused", paused != NULL ? json_string(paused) : json_null());
    if (taken && seat->problem != 0)
        json_object_set_new(json, "problem", json_string("codec"));
    return json;
}

struct frame *encode_seats(const struct room *room, const struct ipc_seats *seats)
{
    json_t *list = json_array();
    for (size_t i = 0; i < seats->count; i++)
        json_array_append_new(list, seat_json(room, (int)i, &seats->seats[i]));
    return frame_new(json_pack("{s:s,s:o}", "type", "seats", "seats", list));
}

struct frame *encode_speakers(const struct room *room, const struct ipc_speakers *speakers)
{
    json_t *list = json_array();
    for (size_t i = 0; i < speakers->count; i++) {
        const struct ipc_speaker *speaker = &speakers->speakers[i];
        if (rooms_member(room, speaker->participant) != NULL && speaker->level_dbov <= 127)
            json_array_append_new(list, json_pack("{s:o,s:i}", "participant_id",
                                                  id_json(speaker->participant), "level",
                                                  (int)speaker->level_dbov));
    }
    bool dominant = speakers->dominant != 0 && rooms_member(room, speakers->dominant) != NULL;
    return frame_new(json_pack("{s:s,s:o,s:o}", "type", "speakers", "dominant",
                               dominant ? id_json(speakers->dominant) : json_null(), "speakers",
                               list));
}

static json_t *publish_json(const struct ipc_publish_source *source, const char *name)
{
    json_t *layers = json_array();
    for (unsigned i = 0; i < VIDEO_LAYERS; i++)
        json_array_append_new(layers, json_boolean(source->layers >> i & 1u));
    return json_pack("{s:s,s:o,s:i}", "source", name, "layers", layers, "max_temporal",
                     (int)source->max_temporal);
}

struct frame *encode_publish(const struct ipc_publish *publish)
{
    static const char *const names[IPC_SOURCES] = {[1] = "camera", [2] = "screen"};
    json_t *list = json_array();
    for (size_t i = 0; i < publish->count; i++) {
        const struct ipc_publish_source *source = &publish->sources[i];
        if (source->source < IPC_SOURCES && names[source->source] != NULL)
            json_array_append_new(list, publish_json(source, names[source->source]));
    }
    return frame_new(json_pack("{s:s,s:o}", "type", "publish", "sources", list));
}

json_t *encode_scores(const struct room *room, const struct ipc_qualities *qualities, size_t count)
{
    static const char *const reasons[] = {"fine",  "loss",        "bandwidth",
                                          "delay", "no_feedback", "sender"};
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct ipc_quality *quality = &qualities->participants[i];
        if (rooms_member(room, quality->participant) != NULL && quality->reason < 6)
            json_array_append_new(
                list, json_pack("{s:o,s:i,s:s}", "participant_id", id_json(quality->participant),
                                "score", (int)quality->score, "reason", reasons[quality->reason]));
    }
    return list;
}

static json_t *known_or_null(uint32_t value)
{
    return value != 0 ? json_integer(value) : json_null();
}

static json_t *own_json(const struct ipc_quality *own)
{
    if (own == NULL)
        return json_null();
    return json_pack("{s:o,s:I,s:i,s:o,s:I,s:i}", "down_kbps", known_or_null(own->down_kbps),
                     "sent_kbps", (json_int_t)own->sent_kbps, "down_loss_permille",
                     (int)own->down_loss_permille, "rtt_ms", known_or_null(own->rtt_ms), "up_kbps",
                     (json_int_t)own->up_kbps, "up_loss_permille", (int)own->up_loss_permille);
}

struct frame *encode_quality(json_t *scores, const struct ipc_quality *own)
{
    return frame_new(json_pack("{s:s,s:O,s:o}", "type", "quality", "participants", scores, "own",
                               own_json(own)));
}

struct frame *encode_chat(const struct store_chat *chat)
{
    return frame_new(json_pack("{s:s,s:o}", "type", "chat", "message", encode_chat_message(chat)));
}

struct frame *encode_waiting(void)
{
    return frame_new(json_pack("{s:s}", "type", "waiting"));
}

json_t *encode_knock_json(const struct knock *knock)
{
    return json_pack("{s:o,s:s}", "participant_id", id_json(knock->token.participant), "name",
                     knock->name);
}

struct frame *encode_knock(const struct knock *knock)
{
    return frame_new(json_pack("{s:s,s:o}", "type", "knock", "knock", encode_knock_json(knock)));
}

struct frame *encode_knock_over(uint64_t participant)
{
    return frame_new(
        json_pack("{s:s,s:o}", "type", "knock-over", "participant_id", id_json(participant)));
}

struct frame *encode_room_updated(const struct room *room)
{
    return frame_new(json_pack("{s:s,s:o}", "type", "room-updated", "room",
                               encode_room(&room->settings, room->locked)));
}

struct frame *encode_muted(uint8_t source, uint64_t by)
{
    static const char *const names[] = {"microphone", "camera", "screen", "screen-audio"};
    return frame_new(
        json_pack("{s:s,s:s,s:o}", "type", "muted", "source", names[source], "by", id_json(by)));
}

struct frame *encode_media_restart(uint32_t epoch)
{
    return frame_new(json_pack("{s:s,s:i}", "type", "media-restart", "epoch", (int)epoch));
}

struct frame *encode_closing(const char *reason)
{
    return frame_new(json_pack("{s:s,s:s}", "type", "closing", "reason", reason));
}
