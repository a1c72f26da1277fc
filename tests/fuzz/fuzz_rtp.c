#include "wire/rtp.h"
#include "wire/rtp_ext.h"
#include "wire/wire.h"

#include "fuzz.h"

/* What was read is written again and must read the same. */
static void check_rewrite(const struct rtp_packet *packet, const struct rtp_extension *extensions,
                          size_t count)
{
    const struct rtp_header header = {.timestamp = packet->timestamp,
                                      .ssrc = packet->ssrc,
                                      .seq = packet->seq,
                                      .payload_type = packet->payload_type,
                                      .marker = packet->marker};
    uint8_t out[2 * WIRE_DATAGRAM_BYTES];
    struct writer writer = writer_of(out, sizeof out);
    struct rtp_packet again;
    struct rtp_extensions walk;
    struct rtp_extension extension;

    FUZZ_CHECK(rtp_write_header(&writer, &header, extensions, count) == 0);
    if (writer_len(&writer) > WIRE_DATAGRAM_BYTES)
        return;
    FUZZ_CHECK(rtp_parse(out, writer_len(&writer), &again) == 0);
    FUZZ_CHECK(again.seq == packet->seq && again.ssrc == packet->ssrc);
    FUZZ_CHECK(again.timestamp == packet->timestamp && again.marker == packet->marker);
    walk = rtp_extensions_of(&again, out);
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(rtp_extensions_next(&walk, &extension));
        FUZZ_CHECK(extension.id == extensions[i].id && extension.len == extensions[i].len);
        FUZZ_CHECK(memcmp(extension.value, extensions[i].value, extension.len) == 0);
    }
    FUZZ_CHECK(!rtp_extensions_next(&walk, &extension));
}

static void check_values(const struct rtp_packet *packet, const uint8_t *bytes)
{
    struct rtp_ext_ids ids;
    struct rtp_ext_values values;

    for (size_t i = 0; i < sizeof ids.kind_of_id; i++)
        ids.kind_of_id[i] = (uint8_t)(i % RTP_EXT_KINDS);
    rtp_ext_read(packet, bytes, &ids, &values);
    FUZZ_CHECK(values.mid.len <= RTP_EXT_MAX_ID_TEXT && values.rid.len <= RTP_EXT_MAX_ID_TEXT);
    fuzz_touch(values.mid);
    fuzz_touch(values.rid);
    fuzz_touch(values.repaired_rid);
    fuzz_touch(values.abs_capture_time);
    fuzz_touch(values.video_layers_allocation);
    fuzz_touch(values.dependency_descriptor);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct rtp_extension extensions[RTP_MAX_EXTENSIONS];
    struct rtp_extensions walk;
    struct rtp_packet packet;
    size_t count = 0;

    (void)wire_kind_of(bytes, len);
    if (rtp_parse(bytes, len, &packet) != 0)
        return 0;
    FUZZ_CHECK((size_t)packet.payload_at + packet.payload_len + packet.padding_len == len);
    fuzz_touch((struct span){bytes + packet.payload_at, packet.payload_len});
    walk = rtp_extensions_of(&packet, bytes);
    while (count < RTP_MAX_EXTENSIONS && rtp_extensions_next(&walk, &extensions[count])) {
        FUZZ_CHECK(extensions[count].id != 0);
        fuzz_touch((struct span){extensions[count].value, extensions[count].len});
        count++;
    }
    check_rewrite(&packet, extensions, count);
    check_values(&packet, bytes);
    return 0;
}
