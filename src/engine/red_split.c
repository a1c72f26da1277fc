/* RED taken apart. */
#include "engine/red_split.h"

#include "engine/packet.h"

/* Opus packets are 120 ms long at most (RFC 7587 4.2), on a clock of 48 kHz. */
#define PACKET_MAX_TICKS 5760u

static struct arrival take_block(const struct arrival *arrival, const struct red_block *block,
                                 const struct negotiated_codec *opus)
{
    struct arrival out = *arrival;
    out.timestamp -= block->timestamp_offset;
    out.payload = block->payload;
    out.payload_type = opus->payload_type;
    out.codec = opus;
    return out;
}

/* An earlier packet: what its header said is not known. */
static struct arrival take_earlier(const struct arrival *arrival, const struct red_block *block,
                                   uint16_t distance, const struct negotiated_codec *opus)
{
    struct arrival out = take_block(arrival, block, opus);
    out.sequence = (uint16_t)(arrival->sequence - distance);
    out.repaired = true;
    out.marker = false;
    out.has_transport_sequence = false;
    out.audio_level = PACKET_NO_LEVEL;
    return out;
}

size_t red_split(const struct arrival *arrival, const struct negotiated_codec *opus,
                 struct arrival out[static RED_MAX_BLOCKS])
{
    struct red_packet red;
    if (red_parse(arrival->payload.bytes, arrival->payload.len, &red) != 0 || red.count == 0)
        return 0;
    const struct red_block *primary = &red.blocks[red.count - 1];
    if (primary->payload.len == 0 || primary->payload_type != opus->payload_type)
        return 0;
    size_t count = 0;
    uint32_t previous = UINT32_MAX;
    for (size_t i = 0; i + 1 < red.count; i++) {
        const struct red_block *block = &red.blocks[i];
        const uint16_t distance = (uint16_t)(red.count - 1 - i);
        const bool plausible = block->timestamp_offset > 0 && block->timestamp_offset < previous &&
                               block->timestamp_offset <= distance * PACKET_MAX_TICKS;
        if (!plausible || block->payload.len == 0 || block->payload_type != opus->payload_type)
            continue;
        previous = block->timestamp_offset;
        out[count++] = take_earlier(arrival, block, distance, opus);
    }
    out[count++] = take_block(arrival, primary, opus);
    return count;
}
