/* From a stream to its viewer's transport: each packet that goes out passes here. */
#ifndef PARLEY_ENGINE_SEAT_SEND_H
#define PARLEY_ENGINE_SEAT_SEND_H

#include <stddef.h>
#include <stdint.h>

#include "engine/seat_header.h"
#include "engine/seat_stream.h"

/* Header and payload as `header` says, with `padding` bytes of padding after it. kind: enum
 * downlink_kind. Returns the bytes sent, 0: it could not be written or sent. */
size_t seat_send(struct seat_stream *stream, struct seat_header *header, uint8_t padding,
                 uint8_t kind, uint8_t probe, struct shared *shared)
    __attribute__((warn_unused_result));

#endif
