#include "support/seat_rig.h"

#include <stdlib.h>
#include <string.h>

#include "engine/tx.h"
#include "unit/test.h"

#define CLOCK_HZ 90000u

static const struct {
    uint8_t temporal;
    bool sync;
} pattern[8] = {{0, false}, {2, true},  {1, true},  {2, false},
                {0, false}, {2, false}, {1, false}, {2, false}};

static struct leg *make_leg(struct seat_rig *rig, struct participant *participant)
{
    struct leg *leg = calloc(1, sizeof *leg);
    assert_non_null(leg);
    leg->participant = participant;
    leg->negotiated = &rig->negotiated;
    leg->connected = true;
    participant->leg = leg;
    list_node_init(&participant->in_service);
    list_node_init(&participant->in_news);
    return leg;
}

static void negotiate(struct seat_rig *rig, uint8_t codec)
{
    rig->codec = (struct negotiated_codec){
        .codec = codec,
        .payload_type = RIG_PAYLOAD,
        .rtx_payload_type = RIG_RTX,
        .red_payload_type = NEGOTIATE_NO_PAYLOAD,
        .feedback = NEGOTIATE_FB_NACK | NEGOTIATE_FB_PLI,
        .h264_packetization = 1,
        .clock_rate_hz = CLOCK_HZ,
    };
    struct negotiated_media *media = &rig->negotiated.media[0];
    media->kind = NEGOTIATE_VIDEO;
    media->codec_count = 1;
    media->codecs[0] = rig->codec;
    media->extension_ids[RTP_EXT_TRANSPORT_SEQ] = 3;
    media->extension_ids[RTP_EXT_DEPENDENCY_DESCRIPTOR] = 8;
    rig->negotiated.media_count = 1;
}

static void start_transport(struct seat_rig *rig)
{
    struct transport *transport = transport_new(NULL, &rig->shared.rng, rig->shared.counters);
    uint8_t connected[] = {20, TRANSPORT_CONNECTED};
    size_t len = sizeof connected;
    bool checked;
    const struct net_path path = {0};
    assert_non_null(transport);
    (void)transport_receive(transport, 0, &path, connected, &len, rig->shared.tx, &checked);
    rig->viewer_leg->transport = transport;
}

static void start_layers(struct seat_rig *rig, uint8_t layers, bool reports)
{
    track_set_layers(rig->track, layers);
    for (unsigned i = 0; i < layers; i++) {
        struct layer *layer = &rig->track->layers[i];
        track_restart_layer(layer, &rig->shared);
        layer->ssrc = 100 + i;
        rig->layers[i].sequence = (uint16_t)(65000 + 300 * i);
        rig->layers[i].timestamp = 0xfff00000u + 7777777u * i;
        rig->layers[i].picture = (uint16_t)(32000 + i);
        /* At our time 0 each layer's clock showed its first timestamp. */
        layer->clock = (struct track_clock){
            .known = reports, .ntp = 1ull << 40, .timestamp = rig->layers[i].timestamp};
    }
}

struct seat_rig *rig_new(uint8_t codec, uint8_t layers, bool reports)
{
    struct seat_rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    struct shared *shared = &rig->shared;
    rng_init(&shared->rng, 5, 6);
    shared->now_us = 10000000;
    list_init(&shared->to_service);
    list_init(&shared->participant_news);
    shared->tx = tx_new(1 << 22, 4096);
    assert_non_null(shared->tx);
    assert_int_equal(packet_store_init(&shared->store, 64), 0);
    assert_int_equal(packet_store_grow(&shared->store, 1000, 1000), 0);
    negotiate(rig, codec);
    rig->publisher_leg = make_leg(rig, &rig->publisher);
    rig->viewer_leg = make_leg(rig, &rig->viewer);
    start_transport(rig);
    rig->track = track_new(rig->publisher_leg, ENGINE_CAMERA, shared);
    assert_non_null(rig->track);
    start_layers(rig, layers, reports);
    rig->stream = calloc(1, sizeof *rig->stream);
    assert_non_null(rig->stream);
    *rig->stream = (struct seat_stream){
        .viewer = rig->viewer_leg, .video = true, .ssrc = RIG_SSRC, .rtx_ssrc = RIG_RTX_SSRC};
    list_node_init(&rig->stream->in_track);
    assert_int_equal(seat_stream_prepare(rig->stream), 0);
    seat_stream_show(rig->stream, rig->track);
    return rig;
}

void rig_free(struct seat_rig *rig)
{
    seat_stream_fini(rig->stream);
    track_free(rig->track, &rig->shared);
    packet_store_fini(&rig->shared.store);
    tx_free(rig->shared.tx);
    transport_free(rig->viewer_leg->transport);
    free(rig->stream);
    free(rig->publisher_leg);
    free(rig->viewer_leg);
    free(rig);
}

void rig_forget(struct seat_rig *rig)
{
    rig->count = 0;
}

void rig_drain(struct seat_rig *rig)
{
    struct engine_tx out;
    while (tx_next(rig->shared.tx, &out)) {
        assert_true(rig->count < RIG_PACKETS && out.len <= sizeof rig->packets[0].bytes);
        struct rig_packet *packet = &rig->packets[rig->count++];
        memcpy(packet->bytes, out.bytes, out.len);
        packet->len = out.len;
        assert_int_equal(rtp_parse(packet->bytes, packet->len, &packet->rtp), 0);
    }
    tx_reset(rig->shared.tx);
}

void rig_receive(struct seat_rig *rig, unsigned layer, uint16_t sequence, uint32_t timestamp,
                 const uint8_t *payload, size_t len, bool marker)
{
    const struct arrival arrival = {
        .arrival_us = rig->shared.now_us,
        .sequence = sequence,
        .timestamp = timestamp,
        .marker = marker,
        .payload = {payload, len},
        .dependency_descriptor = rig->descriptor,
        .audio_level = PACKET_NO_LEVEL,
        .orientation = PACKET_NO_ORIENTATION,
        .codec = &rig->codec,
    };
    const struct packet *packet =
        track_receive(rig->track, &rig->track->layers[layer], &arrival, &rig->shared);
    if (packet)
        (void)seat_stream_forward(rig->stream, &rig->track->layers[layer], packet, &rig->shared);
    rig_drain(rig);
}

static void write_front(const struct seat_rig *rig, unsigned layer, unsigned piece, bool key,
                        struct writer *writer)
{
    const bool first = piece == 0;
    const unsigned phase = rig->layers[layer].since_key % 8;
    if (rig->codec.codec == CODEC_H264) {
        writer_u8(writer, first && key ? 0x65 : 0x61); /* IDR slice, or another one */
        return;
    }
    writer_u8(writer, first ? 0x90 : 0x80);
    writer_u8(writer, 0xe0);
    writer_u16(writer, (uint16_t)(0x8000u | rig->layers[layer].picture));
    writer_u8(writer, rig->layers[layer].tl0);
    writer_u8(writer, (uint8_t)(pattern[phase].temporal << 6 | (pattern[phase].sync ? 0x20 : 0)));
    if (first)
        writer_u8(writer, key ? 0x10 : 0x11);
    if (first && key)
        writer_bytes(writer, "\x02\x00\x9d\x01\x2a\x40\x01\xb4\x00", 9);
}

void rig_send(struct seat_rig *rig, unsigned layer, unsigned pieces, bool key)
{
    struct keyframe_gate *gate = &rig->track->layers[layer].keyframe;
    if (keyframe_take(gate, rig->shared.now_us)) {
        rig->key_requests++;
        key = true;
    }
    rig->layers[layer].since_key = key ? 0 : rig->layers[layer].since_key + 1;
    const uint8_t temporal = pattern[rig->layers[layer].since_key % 8].temporal;
    rig->layers[layer].picture = (rig->layers[layer].picture + 1) & 0x7fff;
    if (temporal == 0)
        rig->layers[layer].tl0++;
    rig->layers[layer].frame++;
    const uint32_t timestamp =
        rig->layers[layer].timestamp + shared_ticks(rig->shared.now_us, CLOCK_HZ);
    for (unsigned piece = 0; piece < pieces; piece++) {
        uint8_t payload[200] = {0};
        struct writer writer = writer_of(payload, sizeof payload);
        write_front(rig, layer, piece, key, &writer);
        writer_zeros(&writer, 100);
        writer_u8(&writer, (uint8_t)layer);
        writer_u8(&writer, temporal);
        writer_u8(&writer, (uint8_t)piece);
        writer_u8(&writer, (uint8_t)pieces);
        writer_u32(&writer, rig->layers[layer].frame);
        rig_receive(rig, layer, rig->layers[layer].sequence++, timestamp, payload, writer.at,
                    piece + 1 == pieces);
    }
}

struct rig_tag rig_tag_of(const struct rig_packet *packet)
{
    assert_true(packet->rtp.payload_len >= RIG_TAG_BYTES);
    const uint8_t *at =
        packet->bytes + packet->rtp.payload_at + packet->rtp.payload_len - RIG_TAG_BYTES;
    return (struct rig_tag){.layer = at[0],
                            .temporal = at[1],
                            .piece = at[2],
                            .pieces = at[3],
                            .frame = bytes_get_u32(at + 4)};
}
