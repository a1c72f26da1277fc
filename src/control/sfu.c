/* Between the WebSocket and the worker's ipc. */
#include "control/sfu.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/encode.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/socket.h"
#include "control/workers.h"

#define OFFER_TIMEOUT_MS 5000u

static void copy_source(const struct message_source *from, struct ipc_source_mid *to)
{
    memcpy(to->mid, from->mid.bytes, from->mid.len); /* at most MESSAGE_MID_BYTES */
    to->mid[from->mid.len] = '\0';
    to->source = from->source;
}

_Static_assert(MESSAGE_MID_BYTES == IPC_MAX_MID_BYTES, "a mid that passes here fits there");
_Static_assert(MESSAGE_SOURCES == IPC_SOURCES, "likewise");
_Static_assert(MESSAGE_VIEWS == IPC_MAX_VIEWS, "likewise");

/* What is sent again when the client comes back; frame: NULL: nothing. */
static void keep(struct frame **kept, struct frame *frame)
{
    frame_put(*kept);
    *kept = frame != NULL ? frame_get(frame) : NULL;
}

static int send_offer(struct member *member, const struct message *message, uint32_t request)
{
    /* One at a time in one thread; too large for a stack that is kept small. */
    static uint8_t payload[IPC_MAX_BYTES - IPC_HEADER_BYTES];
    struct ipc_offer offer = {
        .new_leg = message->offer.new_leg,
        .source_count = message->offer.source_count,
        .sdp = message->offer.sdp.bytes,
        .sdp_len = message->offer.sdp.len,
    };
    for (size_t i = 0; i < offer.source_count; i++)
        copy_source(&message->offer.sources[i], &offer.sources[i]);
    long len = ipc_encode_offer(&offer, payload, sizeof payload);
    if (len < 0)
        return -1;
    struct ipc_message out = {
        .type = IPC_OFFER,
        .request = request,
        .room = member->room->id,
        .participant = member->id,
        .payload = payload,
        .payload_len = (size_t)len,
    };
    return workers_send_member(member, &out);
}

void sfu_offer(struct member *member, const struct message *message)
{
    static uint32_t last_request;
    if (member->offer.request != 0) {
        socket_refuse(member->socket, message->id, CODE_TOO_MANY, "an offer is under way already");
        return;
    }
    if (++last_request == 0)
        last_request = 1;
    if (send_offer(member, message, last_request) != 0) {
        socket_refuse(member->socket, message->id, CODE_UNAVAILABLE, "no media worker, try again");
        return;
    }
    member->has_leg = true;
    if (message->offer.new_leg)
        keep(&member->publish, NULL);
    member->offer = (struct member_offer){
        .request = last_request,
        .id = message->id,
        .epoch = message->offer.epoch,
        .deadline_ms = server_now_ms() + OFFER_TIMEOUT_MS,
    };
}

void sfu_drop_offer(struct member *member)
{
    if (member->offer.request != 0 && member->socket != NULL)
        socket_refuse(member->socket, member->offer.id, CODE_UNAVAILABLE,
                      "the media worker did not answer, try again");
    member->offer = (struct member_offer){0};
}

void sfu_forget_leg(struct member *member)
{
    member->has_leg = false;
    keep(&member->seats, NULL);
    keep(&member->publish, NULL);
}

void sfu_tick(struct room *room, uint64_t now_ms)
{
    LIST_EACH(&room->members, node)
    {
        struct member *member = LIST_ELEMENT(node, struct member, in_room);
        if (member->offer.request != 0 && now_ms >= member->offer.deadline_ms)
            sfu_drop_offer(member);
    }
}

static void keep_view(struct member *member, const uint8_t *payload, long len)
{
    free(member->view.payload);
    member->view.payload = len > 0 ? malloc((size_t)len) : NULL;
    member->view.len = member->view.payload != NULL ? (size_t)len : 0;
    if (member->view.payload != NULL)
        memcpy(member->view.payload, payload, (size_t)len);
}

void sfu_repeat_view(struct member *member)
{
    struct ipc_message message = {
        .type = IPC_VIEW,
        .room = member->room->id,
        .participant = member->id,
        .payload = member->view.payload,
        .payload_len = member->view.len,
    };
    if (member->view.payload != NULL && workers_send_member(member, &message) != 0)
        log_write(LOG_DEBUG, "sfu", "event=view_not_sent");
}

void sfu_view(struct member *member, const struct message *message)
{
    uint8_t payload[3 + 14 * IPC_MAX_VIEWS];
    struct ipc_views views = {0};
    for (size_t i = 0; i < message->view.count; i++) {
        const struct message_view *wanted = &message->view.wanted[i];
        /* Someone who has just left is no mistake of the client's. */
        if (rooms_member(member->room, wanted->participant) == NULL)
            continue;
        views.views[views.count++] = (struct ipc_view){
            .participant = wanted->participant,
            .group = wanted->group,
            .width = wanted->width,
            .height = wanted->height,
            .visible = wanted->visible,
            .pinned = wanted->pinned,
        };
    }
    views.audio_only = message->view.audio_only;
    keep_view(member, payload, ipc_encode_views(&views, payload, sizeof payload));
    sfu_repeat_view(member);
}

/* ---- from the worker ------------------------------------------------------------------------- */

/* Whether this answers the member's offer; it is settled then. */
static bool take_offer(struct member *member, uint32_t request, struct member_offer *out)
{
    if (member->offer.request == 0 || member->offer.request != request)
        return false;
    *out = member->offer;
    member->offer = (struct member_offer){0};
    return member->socket != NULL;
}

void sfu_on_answer(struct member *member, const struct ipc_message *message)
{
    struct member_offer offer;
    if (!take_offer(member, message->request, &offer))
        return;
    COUNT_CONTROL(member->room->server, offers_answered);
    struct frame *frame =
        encode_answer(offer.id, offer.epoch, (const char *)message->payload, message->payload_len);
    if (frame != NULL)
        socket_send(member->socket, frame);
    else /* no UTF-8: not what a worker writes */
        socket_refuse(member->socket, offer.id, CODE_INTERNAL, "the answer could not be read");
}

static enum message_code code_of_refusal(const char *word)
{
    static const enum message_code codes[] = {CODE_BAD_SDP,        CODE_NO_ICE,
                                              CODE_NO_FINGERPRINT, CODE_NO_BUNDLE,
                                              CODE_BAD_SOURCES,    CODE_CHANGED_MLINES};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(word, message_code_name(codes[i])) == 0)
            return codes[i];
    return CODE_UNAVAILABLE; /* the worker's limits and memory */
}

void sfu_on_refused(struct member *member, const struct ipc_message *message)
{
    struct member_offer offer;
    struct ipc_refusal refusal;
    if (!take_offer(member, message->request, &offer))
        return;
    if (ipc_decode_refusal(message->payload, message->payload_len, &refusal) != 0)
        memset(&refusal, 0, sizeof refusal);
    const char *text = refusal.text[0] != '\0' ? refusal.text : "the offer was refused";
    socket_refuse(member->socket, offer.id, code_of_refusal(refusal.code), text);
}

void sfu_on_seats(struct member *member, const struct ipc_message *message)
{
    struct ipc_seats seats;
    if (ipc_decode_seats(message->payload, message->payload_len, &seats) != 0) {
        COUNT_CONTROL(member->room->server, ipc_malformed);
        return;
    }
    struct frame *frame = encode_seats(member->room, &seats);
    if (frame == NULL)
        return;
    keep(&member->seats, frame);
    member_send(member, frame);
}

void sfu_on_publish(struct member *member, const struct ipc_message *message)
{
    struct ipc_publish publish;
    if (ipc_decode_publish(message->payload, message->payload_len, &publish) != 0) {
        COUNT_CONTROL(member->room->server, ipc_malformed);
        return;
    }
    struct frame *frame = encode_publish(&publish);
    if (frame == NULL)
        return;
    keep(&member->publish, frame);
    member_send(member, frame);
}

static const struct ipc_quality *find_own(const struct ipc_qualities *qualities, uint64_t id)
{
    for (size_t i = 0; i < qualities->count; i++)
        if (qualities->participants[i].participant == id)
            return &qualities->participants[i];
    return NULL;
}

void sfu_forget_scores(struct room *room, uint32_t position)
{
    if (position >= ROOM_PARTS_MAX)
        return;
    json_decref(room->scores[position]);
    room->scores[position] = NULL;
}

void sfu_forget_all_scores(struct room *room)
{
    for (uint32_t i = 0; i < ROOM_PARTS_MAX; i++)
        sfu_forget_scores(room, i);
}

static void add_scores(json_t *all, json_t *part)
{
    size_t i;
    json_t *score;
    json_array_foreach(part, i, score)
    {
        if (json_array_size(all) < IPC_MAX_QUALITIES)
            json_array_append(all, score);
    }
}

/* Those of one part, and of the others as they said last. Takes over the reference; gives one. */
static json_t *join_scores(struct room *room, uint32_t worker, json_t *scores)
{
    const uint32_t position = workers_position(room->server, worker);
    if (room->parts == UINT64_C(1) << position || position >= ROOM_PARTS_MAX)
        return scores;
    sfu_forget_scores(room, position);
    room->scores[position] = scores;
    json_t *all = json_array();
    for (uint32_t i = 0; i < ROOM_PARTS_MAX; i++)
        add_scores(all, room->scores[i]);
    return all;
}

/* Each worker tells those in its part of the room. */
static void send_quality(struct member *member, uint32_t worker, json_t *scores,
                         const struct ipc_quality *own)
{
    if (member == NULL || member->worker != worker || member->socket == NULL)
        return;
    struct frame *frame = encode_quality(scores, own);
    if (frame != NULL) /* the next one makes up for it */
        socket_send(member->socket, frame);
}

/* Scores go to everybody, the figures behind one only to whom they are about. Of a large room
 * everybody is told of those who can be seen (the first `shared`) and of itself. */
void sfu_on_quality(struct room *room, uint32_t worker, const struct ipc_message *message)
{
    struct ipc_qualities qualities;
    const bool part = (message->flags & IPC_QUALITY_PART) != 0;
    if (ipc_decode_qualities(message->payload, message->payload_len, &qualities) != 0 ||
        (message->flags & IPC_QUALITY_SHARED) > qualities.count) {
        COUNT_CONTROL(room->server, ipc_malformed);
        return;
    }
    if (!room->mode.sfu)
        return;
    const size_t shared = part ? message->flags & IPC_QUALITY_SHARED : qualities.count;
    json_t *scores = join_scores(room, worker, encode_scores(room, &qualities, shared));
    if (!part) {
        LIST_EACH(&room->members, node)
        {
            struct member *member = LIST_ELEMENT(node, struct member, in_room);
            send_quality(member, worker, scores, find_own(&qualities, member->id));
        }
    }
    for (size_t i = shared; i < qualities.count; i++)
        send_quality(rooms_member(room, qualities.participants[i].participant), worker, scores,
                     &qualities.participants[i]);
    json_decref(scores);
}

/* What the next one makes up for: no memory for it, no harm. */
static void send_passing(struct room *room, struct frame *frame)
{
    if (frame != NULL)
        rooms_send(room, NULL, frame);
}

void sfu_on_speakers(struct room *room, const struct ipc_message *message)
{
    struct ipc_speakers speakers;
    if (ipc_decode_speakers(message->payload, message->payload_len, &speakers) == 0)
        send_passing(room, encode_speakers(room, &speakers));
}
