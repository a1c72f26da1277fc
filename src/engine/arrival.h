/* One decrypted RTP packet, parsed once: header, the extensions that were agreed on, codec, RTX
 * unwrapped (RFC 4588). Everything is a view into the datagram. */
#ifndef PARLEY_ENGINE_ARRIVAL_H
#define PARLEY_ENGINE_ARRIVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "engine/negotiate.h"
#include "wire/rtp_ext.h"

struct arrival {
    uint64_t arrival_us;
    uint32_t ssrc; /* as on the wire: of the RTX stream if repaired */
    uint32_t timestamp;
    uint16_t sequence;    /* of the original packet if repaired */
    uint8_t payload_type; /* as on the wire */
    bool marker;
    bool repaired;       /* came by RTX; set by arrival_unwrap() */
    struct span payload; /* without padding */

    /* Extensions; zero length or a PACKET_NO_… value where there is none. */
    struct span mid, rid, repaired_rid, dependency_descriptor, layers_allocation;
    bool has_transport_sequence;
    uint16_t transport_sequence;
    uint8_t audio_level; /* RFC 6464: -dBov, or PACKET_NO_LEVEL */
    bool voice;
    uint8_t orientation; /* as sent, or PACKET_NO_ORIENTATION */
    bool has_playout_delay;
    uint16_t playout_min_ms, playout_max_ms;

    /* Set by the caller when the layer is known. */
    const struct negotiated_codec *codec;
};

/* 0, or -1: not RTP. Extensions: by the ids that this leg agreed on. */
int arrival_parse(const uint8_t *bytes, size_t len, const struct rtp_ext_ids *ids,
                  struct arrival *out) __attribute__((warn_unused_result));

/* Turns an RTX packet into the packet that it repeats. -1: it repeats nothing (padding). */
int arrival_unwrap(struct arrival *arrival) __attribute__((warn_unused_result));

#endif
