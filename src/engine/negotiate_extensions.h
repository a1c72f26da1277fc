/* Which RTP header extensions are agreed (RFC 8285 8), and under which ids. */
#ifndef PARLEY_ENGINE_NEGOTIATE_EXTENSIONS_H
#define PARLEY_ENGINE_NEGOTIATE_EXTENSIONS_H

#include "engine/negotiate.h"
#include "wire/sdp.h"

/* Fills ext_ids and each m-line's extension_ids; roles must be known. Feedback that needs
 * an extension which is not agreed goes from the codecs. */
void negotiate_extensions(const struct sdp *offer, struct negotiated *leg);

/* Is this line of an m-line's offer agreed, so that the answer repeats it? */
bool negotiate_extension_agreed(const struct negotiated *leg, const struct sdp_media *offer,
                                const struct sdp_extmap *extmap);

#endif
