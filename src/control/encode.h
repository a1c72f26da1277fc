/* Server messages (docs/protocol.schema.json) as frames. NULL: out of memory; everything that takes
 * a frame accepts that. */
#ifndef PARLEY_CONTROL_ENCODE_H
#define PARLEY_CONTROL_ENCODE_H

#include <jansson.h>
#include <stdint.h>

#include "control/frame.h"
#include "control/lobby.h"
#include "control/message.h"
#include "control/rooms.h"
#include "ipc/ipc.h"

#define ENCODE_ID_BYTES 17u
const char *encode_id(uint64_t id, char out[static ENCODE_ID_BYTES]);

/* Parts that the REST replies use as well. */
json_t *encode_room(const struct store_room *settings, bool locked);
json_t *encode_knock_json(const struct knock *knock);
json_t *encode_participant(const struct member *member);
/* Of the `left` of a `participants` message. */
json_t *encode_leaver(uint64_t id, const char *reason);

struct encode_joined {
    const struct member *member;
    uint32_t request;
    const char *session;
    bool resumed;
    bool sfu, switching; /* the mode before the join itself changed it */
    uint32_t epoch;
    json_t *chat; /* taken over, as the next */
    json_t *ice_servers;
    uint32_t resume_s;
};
struct frame *encode_joined(const struct encode_joined *joined);
struct frame *encode_ok(uint32_t request);
struct frame *encode_chat_ok(uint32_t request, uint64_t message_id);
struct frame *encode_pong(uint32_t request);
struct frame *encode_answer(uint32_t request, uint32_t epoch, const char *sdp, size_t len);
struct frame *encode_error(uint32_t request, enum message_code code, const char *text);
struct frame *encode_description(uint64_t from, uint32_t epoch, bool answer, struct text sdp);
struct frame *encode_candidate(uint64_t from, uint32_t epoch,
                               const struct message_candidate *candidate);
struct frame *encode_participant_joined(const struct member *member);
/* Who joined, left or changed since the room was last told together. */
struct frame *encode_changes(const struct room *room);
struct frame *encode_participant_left(uint64_t id, const char *reason);
struct frame *encode_participant_updated(const struct member *member);
struct frame *encode_mode(const struct mode *mode, enum mode_reason reason);
struct frame *encode_mode_done(const struct mode *mode);
/* Seats of participants that the room does not know come out empty. */
struct frame *encode_seats(const struct room *room, const struct ipc_seats *seats);
struct frame *encode_speakers(const struct room *room, const struct ipc_speakers *speakers);
struct frame *encode_publish(const struct ipc_publish *publish);
/* `participants` of a quality message; those that the room does not know are left out. */
json_t *encode_scores(const struct room *room, const struct ipc_qualities *qualities, size_t count);
/* Borrows scores. own: NULL: nothing is known of the reader. */
struct frame *encode_quality(json_t *scores, const struct ipc_quality *own);
json_t *encode_chat_message(const struct store_chat *chat);
struct frame *encode_chat(const struct store_chat *chat);
/* To who waits in the lobby, and to the hosts about them. */
struct frame *encode_waiting(void);
struct frame *encode_knock(const struct knock *knock);
struct frame *encode_knock_over(uint64_t participant);
struct frame *encode_room_updated(const struct room *room);
/* To who was muted; source: as in struct message_source. */
struct frame *encode_muted(uint8_t source, uint64_t by);
struct frame *encode_media_restart(uint32_t epoch);
struct frame *encode_closing(const char *reason);

#endif
