#include "wire/sdp.h"

#include "fuzz.h"

static void touch(struct sdp_text text)
{
    fuzz_touch((struct span){(const uint8_t *)text.at, text.len});
}

static void touch_transport(const struct sdp_transport *transport)
{
    touch(transport->ice_ufrag);
    touch(transport->ice_pwd);
    FUZZ_CHECK(transport->fingerprint_count <= SDP_FINGERPRINTS);
    for (size_t i = 0; i < transport->fingerprint_count; i++)
        FUZZ_CHECK(transport->fingerprints[i].len >= 20 && transport->fingerprints[i].len <= 64);
}

static void touch_lists(const struct sdp_media *media)
{
    for (size_t i = 0; i < media->format_count; i++) {
        FUZZ_CHECK(media->formats[i].payload_type <= 127);
        touch(media->formats[i].name);
        touch(media->formats[i].fmtp);
    }
    for (size_t i = 0; i < media->extmap_count; i++)
        touch(media->extmaps[i].uri);
    for (size_t i = 0; i < media->rid_count; i++)
        touch(media->rids[i].id);
    for (size_t i = 0; i < media->simulcast_send_count; i++)
        touch(media->simulcast_send[i]);
    for (size_t i = 0; i < media->simulcast_recv_count; i++)
        touch(media->simulcast_recv[i]);
    for (size_t i = 0; i < media->ssrc_group_count; i++)
        touch(media->ssrc_groups[i].semantics);
    for (size_t i = 0; i < media->candidate_count; i++) {
        touch(media->candidates[i].address);
        touch(media->candidates[i].type);
        touch(media->candidates[i].tcptype);
    }
}

static void touch_media(const struct sdp_media *media)
{
    FUZZ_CHECK(media->direction <= SDP_SENDRECV);
    FUZZ_CHECK(media->format_count <= SDP_FORMATS && media->extmap_count <= SDP_EXTMAPS);
    FUZZ_CHECK(media->rid_count <= SDP_RIDS && media->ssrc_count <= SDP_SSRCS);
    FUZZ_CHECK(media->mid.len <= SDP_MID_BYTES);
    touch(media->kind_text);
    touch(media->proto);
    touch(media->formats_text);
    touch(media->mid);
    touch(media->msid_stream);
    touch(media->msid_track);
    touch_transport(&media->transport);
    touch_lists(media);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct sdp sdp;
    struct sdp_problem problem;

    if (sdp_parse((const char *)bytes, len, &sdp, &problem) != 0) {
        FUZZ_CHECK(problem.reason != NULL && problem.line <= SDP_LINES + 1);
        return 0;
    }
    FUZZ_CHECK(problem.reason == NULL && sdp.media_count <= SDP_MEDIA);
    for (size_t i = 0; i < sdp.media_count; i++)
        touch_media(&sdp.media[i]);
    for (size_t i = 0; i < sdp.bundle_count; i++)
        touch(sdp.bundle[i]);
    return 0;
}
