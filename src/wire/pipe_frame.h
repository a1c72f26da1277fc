/* What media workers that hold parts of one room tell each other, a frame at a time, through rings
 * in shared memory (ARCHITECTURE.md, "Rooms of several workers"). No RFC: both ends are our own
 * binary; but each worker parses strangers' packets, so what comes from another is input from
 * outside.
 *
 *      0      1      2             8              16
 *     +------+------+-------------+--------------+-------------+------+
 *     | kind | zero, 7 bytes      | room (8)     | participant  | body |
 *     +------+--------------------+--------------+--------------+------+
 *
 * Integers in network order. */
#ifndef PARLEY_WIRE_PIPE_FRAME_H
#define PARLEY_WIRE_PIPE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define PIPE_FRAME_HEADER_BYTES 24u
#define PIPE_MAX_PUBLISHERS     128u
#define PIPE_MAX_SOURCES        4u
#define PIPE_MAX_MID_BYTES      31u
#define PIPE_MAX_SDP_BYTES      65536u
/* Body of the longest STATE; and of the longest OFFER without its SDP. */
#define PIPE_STATE_BYTES (2u + PIPE_MAX_PUBLISHERS * 21u)
#define PIPE_OFFER_BYTES (13u + PIPE_MAX_SOURCES * (2u + PIPE_MAX_MID_BYTES))

enum pipe_kind {
    /* From the worker that a publisher is connected to. */
    PIPE_MEDIA = 1, /* one of its RTP or RTCP packets, decrypted */
    PIPE_STATE,     /* participant 0: all who publish in this part; who is not in it, is gone */
    PIPE_OFFER,     /* what the publisher's peer connection offered */
    /* To it. */
    PIPE_ASK,      /* for the participant's OFFER; no body */
    PIPE_KEYFRAME, /* viewers of this part need one of the participant's layer */
    PIPE_NEED,     /* so many layers of a source are of use here */
};

struct pipe_frame {
    uint8_t kind; /* enum pipe_kind */
    uint64_t room, participant;
    struct span body; /* borrowed */
};

/* One of STATE's. */
struct pipe_publisher {
    uint64_t participant;
    uint64_t leg;     /* another one: another peer connection */
    uint32_t version; /* of its offer; a later offer, a higher one */
    uint8_t enabled;  /* bit per source: not muted */
};
struct pipe_state {
    struct pipe_publisher publishers[PIPE_MAX_PUBLISHERS];
    size_t count;
};
struct pipe_source {
    char mid[PIPE_MAX_MID_BYTES + 1];
    uint8_t source;
};
struct pipe_offer {
    uint64_t leg;
    uint32_t version;
    struct pipe_source sources[PIPE_MAX_SOURCES];
    size_t source_count;
    struct span sdp; /* borrowed from the body */
};
struct pipe_keyframe {
    uint8_t source, layer; /* layer: 0 is the lowest */
    uint8_t why;           /* for the room's log */
};
struct pipe_need {
    uint8_t source, layers;
};

/* All readers: 0, or WIRE_TRUNCATED, WIRE_MALFORMED or WIRE_LIMIT. Writers set the writer's flag
 * where there is no room. */
int pipe_frame_parse(const uint8_t *bytes, size_t len, struct pipe_frame *out)
    __attribute__((warn_unused_result));
/* The header alone; the body follows. */
void pipe_frame_write(struct writer *writer, const struct pipe_frame *frame);

int pipe_read_state(struct span body, struct pipe_state *out) __attribute__((warn_unused_result));
void pipe_write_state(struct writer *writer, const struct pipe_state *state);
int pipe_read_offer(struct span body, struct pipe_offer *out) __attribute__((warn_unused_result));
void pipe_write_offer(struct writer *writer, const struct pipe_offer *offer);
int pipe_read_keyframe(struct span body, struct pipe_keyframe *out)
    __attribute__((warn_unused_result));
void pipe_write_keyframe(struct writer *writer, const struct pipe_keyframe *keyframe);
int pipe_read_need(struct span body, struct pipe_need *out) __attribute__((warn_unused_result));
void pipe_write_need(struct writer *writer, const struct pipe_need *need);

#endif
