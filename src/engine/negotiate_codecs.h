/* Which codecs of an m-line we agree to, and which of them are one and the same format. */
#ifndef PARLEY_ENGINE_NEGOTIATE_CODECS_H
#define PARLEY_ENGINE_NEGOTIATE_CODECS_H

#include "engine/negotiate.h"
#include "wire/sdp.h"

/* RFC 6184 8.1, table 5, told from profile_idc and profile-iop. */
enum h264_profile {
    H264_UNKNOWN = 0,
    H264_CONSTRAINED_BASELINE,
    H264_BASELINE,
    H264_MAIN,
    H264_EXTENDED,
    H264_CONSTRAINED_HIGH,
    H264_HIGH,
    H264_HIGH_444_PREDICTIVE,
};

/* profile_level_id: three bytes in hexadecimal, "42e01f". */
enum h264_profile h264_profile_of(struct sdp_text profile_level_id);

/* Fills media->codecs with what both sides know, in the offer's order, RTX and RED attached. What
 * does not fit into NEGOTIATE_CODECS is left out: it is the least wanted. */
void negotiate_codecs(const struct sdp_media *offer, struct negotiated_media *media);

#endif
