/* See negotiate_extensions.h. */
#include "engine/negotiate_extensions.h"

static enum rtp_ext_kind kind_of(const struct sdp_extmap *extmap)
{
    return rtp_ext_kind_of_uri(extmap->uri.at, extmap->uri.len);
}

/* RFC 8285 4.2: ids 1 to 14 in the one-byte form, where 15 is reserved; 4.3: 1 to 255 in the
 * two-byte form, which needs a=extmap-allow-mixed beside the other. */
static bool id_usable(const struct negotiated *leg, uint16_t id)
{
    return (id >= 1 && id <= 14) || (leg->extmap_allow_mixed && id >= 16 && id <= 255);
}

bool negotiate_extension_agreed(const struct negotiated *leg, const struct sdp_media *offer,
                                const struct sdp_extmap *extmap)
{
    const enum rtp_ext_kind kind = kind_of(extmap);
    if (kind == RTP_EXT_NONE || !id_usable(leg, extmap->id) ||
        leg->ext_ids.kind_of_id[extmap->id] != kind)
        return false;
    return offer->direction == SDP_INACTIVE || (extmap->direction & offer->direction) != 0;
}

/* RFC 8843 9.1: an id means the same in all of a BUNDLE group; the first m-line to use it wins. */
static void claim_ids(const struct sdp_media *offer, struct negotiated *leg)
{
    for (size_t i = 0; i < offer->extmap_count; i++) {
        const struct sdp_extmap *extmap = &offer->extmaps[i];
        if (!id_usable(leg, extmap->id))
            continue;
        uint8_t *kind = &leg->ext_ids.kind_of_id[extmap->id];
        if (*kind == RTP_EXT_NONE)
            *kind = (uint8_t)kind_of(extmap);
    }
}

/* In a seat's m-line what the client takes, in a source's what it sends. */
static void take_ids(const struct negotiated *leg, const struct sdp_media *offer,
                     struct negotiated_media *media)
{
    const uint8_t needed = media->seat != NEGOTIATE_NO_SEAT ? SDP_RECVONLY : SDP_SENDONLY;
    for (size_t i = 0; i < offer->extmap_count; i++) {
        const struct sdp_extmap *extmap = &offer->extmaps[i];
        if (!negotiate_extension_agreed(leg, offer, extmap) || (extmap->direction & needed) == 0)
            continue;
        uint8_t *id = &media->extension_ids[kind_of(extmap)];
        if (*id == 0)
            *id = (uint8_t)extmap->id;
    }
}

void negotiate_extensions(const struct sdp *offer, struct negotiated *leg)
{
    leg->extmap_allow_mixed = true;
    for (uint8_t i = 0; i < leg->media_count; i++)
        leg->extmap_allow_mixed &= leg->media[i].rejected || offer->media[i].extmap_allow_mixed;
    for (uint8_t i = 0; i < leg->media_count; i++) {
        struct negotiated_media *media = &leg->media[i];
        if (media->rejected)
            continue;
        claim_ids(&offer->media[i], leg);
        take_ids(leg, &offer->media[i], media);
        for (size_t c = 0; c < media->codec_count; c++) {
            if (media->extension_ids[RTP_EXT_TRANSPORT_SEQ] == 0)
                media->codecs[c].feedback &= (uint8_t)~NEGOTIATE_FB_TRANSPORT_CC;
        }
    }
}
