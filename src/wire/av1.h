/* AV1 payloads (AV1 RTP specification 4.4), as far as finding where decoding can start. */
#ifndef PARLEY_WIRE_AV1_H
#define PARLEY_WIRE_AV1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct av1_payload {
    bool continues;       /* Z: the first OBU element continues one of the previous packet */
    bool unfinished;      /* Y: the last OBU element goes on in the next packet */
    bool new_sequence;    /* N: first packet of a coded video sequence */
    bool sequence_header; /* holds the beginning of a sequence header OBU */
    bool key_frame;       /* decoding can start here: one of the two above */
};

/* Reads the RTP payload. 0 or enum wire_error. */
int av1_parse(const uint8_t *payload, size_t len, struct av1_payload *out)
    __attribute__((warn_unused_result));

#endif
