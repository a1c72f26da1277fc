/* The a= lines of SDP, for sdp.c alone. */
#ifndef PARLEY_WIRE_SDP_ATTRIBUTE_H
#define PARLEY_WIRE_SDP_ATTRIBUTE_H

#include "wire/sdp.h"

/* Reads one attribute ("mid:0", "rtcp-mux") into *media; media == &sdp->session above the first
 * m-line. NULL, or a static reason why the SDP is refused. */
const char *sdp_attribute_read(struct sdp *sdp, struct sdp_media *media, struct sdp_text attribute);

#endif
