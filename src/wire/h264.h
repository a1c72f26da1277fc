/* H.264 payloads (RFC 6184), as far as finding where decoding can start. */
#ifndef PARLEY_WIRE_H264_H
#define PARLEY_WIRE_H264_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct h264_payload {
    bool sps; /* holds a sequence parameter set */
    bool pps; /* holds a picture parameter set */
    bool idr; /* holds the beginning of an IDR slice */
    /* Decoding can start here: sps or idr. Browsers send SPS and PPS before each IDR, in the same
     * frame; senders with out-of-band parameter sets send the IDR alone. */
    bool key_frame;
    uint8_t ref_idc; /* nal_ref_idc of the first unit; 0: nothing refers to it */
};

/* Reads the RTP payload: single NAL unit, STAP-A or FU-A (packetization-mode 0 and 1).
 * 0 or enum wire_error (WIRE_MALFORMED: a packet type of mode 2 or a reserved one). */
int h264_parse(const uint8_t *payload, size_t len, struct h264_payload *out)
    __attribute__((warn_unused_result));

#endif
