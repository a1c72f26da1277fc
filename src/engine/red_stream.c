/* Redundancy chosen and written. */
#include "engine/red_stream.h"

#include "base/seq.h"
#include "wire/red.h"

/* RFC 2198 3: "timestamp offset: 14 bits", "block length: 10 bits". */
#define OFFSET_MAX 0x3fffu
#define BLOCK_MAX  0x3ffu

/* With the packet's own frame: far below any path's MTU. */
#define TOTAL_MAX 1000u

/* What is asked for goes out within a packet or two; DTX would make it 400 ms. */
#define ASKED_OFFSET_MAX (OFFSET_MAX - 3u * 960u)

static bool can_carry(const struct packet *packet, const struct packet *earlier, uint32_t most)
{
    const uint32_t offset = packet->timestamp - earlier->timestamp;
    return offset > 0 && offset <= most && earlier->payload_len > 0 &&
           earlier->payload_len <= BLOCK_MAX;
}

bool red_stream_ask(struct red_stream *red, const struct packet_ring *ring, uint32_t seq)
{
    const struct packet *missed = packet_ring_find(ring, seq);
    const struct packet *newest = packet_ring_find(ring, ring->next - 1);
    if (!missed || !newest || red->asked_count == RED_STREAM_ASKED)
        return false;
    if (missed != newest && !can_carry(newest, missed, ASKED_OFFSET_MAX))
        return false;
    for (size_t i = 0; i < red->asked_count; i++)
        if (red->asked[i] == seq)
            return true;
    red->asked[red->asked_count++] = seq;
    return true;
}

static void insert(struct red_frames *frames, const struct packet *packet)
{
    size_t at = frames->count;
    for (; at > 0 && !seq32_newer(packet->seq, frames->at[at - 1]->seq); at--)
        if (frames->at[at - 1] == packet)
            return;
    for (size_t i = frames->count; i > at; i--)
        frames->at[i] = frames->at[i - 1];
    frames->at[at] = packet;
    frames->count++;
}

/* False: there is no room any more. */
static bool add(struct red_frames *frames, const struct packet *packet,
                const struct packet *earlier, size_t *bytes)
{
    if (!earlier || !can_carry(packet, earlier, OFFSET_MAX))
        return true;
    if (frames->count == RED_STREAM_FRAMES || *bytes + earlier->payload_len > TOTAL_MAX)
        return false;
    *bytes += earlier->payload_len;
    insert(frames, earlier);
    return true;
}

/* What was asked for; what finds no room stays for the next packet. */
static void add_asked(struct red_stream *red, const struct packet_ring *ring,
                      const struct packet *packet, uint32_t first_seq, struct red_frames *out)
{
    size_t bytes = packet->payload_len;
    uint8_t kept = 0;
    for (size_t i = 0; i < out->count; i++)
        bytes += out->at[i]->payload_len;
    for (size_t i = 0; i < red->asked_count; i++) {
        const uint32_t seq = red->asked[i];
        if (!seq32_newer(first_seq, seq) && seq32_newer(packet->seq, seq) &&
            !add(out, packet, packet_ring_find(ring, seq), &bytes))
            red->asked[kept++] = seq;
    }
    red->asked_count = kept;
}

void red_stream_gather(struct red_stream *red, const struct packet_ring *ring,
                       const struct packet *packet, uint32_t first_seq, uint8_t distance,
                       struct red_frames *out)
{
    size_t bytes = packet->payload_len;
    out->count = 0;
    for (uint32_t i = 1; i <= distance && i <= RED_DISTANCE_MAX; i++)
        if (!seq32_newer(first_seq, packet->seq - i))
            (void)add(out, packet, packet_ring_find(ring, packet->seq - i), &bytes);
    add_asked(red, ring, packet, first_seq, out);
}

int red_stream_write(const struct red_frames *frames, const struct packet *packet, uint8_t opus,
                     struct writer *writer)
{
    struct red_packet red = {.count = frames->count + 1u};
    for (size_t i = 0; i < frames->count; i++)
        red.blocks[i] = (struct red_block){
            .timestamp_offset = (uint16_t)(packet->timestamp - frames->at[i]->timestamp),
            .payload_type = opus,
            .payload = {frames->at[i]->bytes, frames->at[i]->payload_len},
        };
    red.blocks[frames->count] = (struct red_block){
        .payload_type = opus,
        .payload = {packet->bytes, packet->payload_len},
    };
    return red_write(writer, &red) == 0 ? 0 : -1;
}
