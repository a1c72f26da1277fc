/* Simulcast: a viewer is switched to and fro, and its decoder must never notice. */
#include "test.h"

#include "base/seq.h"
#include "support/dd_bits.h"
#include "support/seat_rig.h"
#include "wire/vp8.h"

#define FRAME_US 33333u

/* A decoder of the made-up streams: which frames of the present layer it has. */
struct decoder {
    bool any;
    uint16_t sequence, picture;
    uint8_t tl0;
    uint32_t timestamp;
    uint64_t at_us;
    uint8_t layer;
    uint32_t frame, piece;
    uint32_t last[3]; /* newest decoded frame of each temporal layer, since the key frame */
    bool has[3];
    unsigned switches, frames;
};

static void decode_first(struct decoder *decoder, const struct rig_tag *tag, bool key,
                         uint32_t since_key)
{
    if (key) {
        decoder->switches += decoder->any && decoder->layer != tag->layer;
        for (unsigned i = 0; i < 3; i++)
            decoder->last[i] = tag->frame;
    } else {
        assert_int_equal(decoder->layer, tag->layer);
        /* The layer-0 frame before it, four or fewer frames ago. */
        const uint32_t back = since_key % 4 == 0 ? 4 : since_key % 4;
        assert_int_equal(tag->frame - decoder->last[0], back);
        /* Beyond the sync frames each refers to the one before it in its own layer. */
        if (tag->temporal == 1 && since_key % 8 == 6)
            assert_int_equal(tag->frame - decoder->last[1], 4);
        if (tag->temporal == 2 && since_key % 8 != 1)
            assert_int_equal(tag->frame - decoder->last[2], 2);
    }
    decoder->last[tag->temporal] = tag->frame;
    decoder->layer = tag->layer;
    decoder->frame = tag->frame;
    decoder->frames++;
}

static void check_numbers(struct decoder *decoder, const struct rig_packet *packet, bool first)
{
    if (decoder->any)
        assert_int_equal((uint16_t)(packet->rtp.seq - decoder->sequence), 1);
    decoder->sequence = packet->rtp.seq;
    if (decoder->any && !first)
        assert_int_equal(packet->rtp.timestamp, decoder->timestamp);
    if (decoder->any && first)
        assert_true(seq32_newer(packet->rtp.timestamp, decoder->timestamp));
    decoder->timestamp = packet->rtp.timestamp;
}

static void check_pictures(struct decoder *decoder, const struct vp8_payload *vp8, bool first)
{
    if (decoder->any && first) {
        assert_int_equal((vp8->picture_id - decoder->picture) & 0x7fff, 1);
        assert_int_equal((uint8_t)(vp8->tl0picidx - decoder->tl0), vp8->tid == 0);
    }
    decoder->picture = vp8->picture_id;
    decoder->tl0 = vp8->tl0picidx;
}

static void decode(struct decoder *decoder, const struct seat_rig *rig)
{
    for (size_t i = 0; i < rig->count; i++) {
        const struct rig_packet *packet = &rig->packets[i];
        const struct rig_tag tag = rig_tag_of(packet);
        const uint8_t *payload = packet->bytes + packet->rtp.payload_at;
        bool key = tag.piece == 0 && payload[0] == 0x65;
        check_numbers(decoder, packet, tag.piece == 0);
        if (rig->codec.codec == CODEC_VP8) {
            struct vp8_payload vp8;
            assert_int_equal(vp8_parse(payload, packet->rtp.payload_len, &vp8), 0);
            check_pictures(decoder, &vp8, tag.piece == 0);
            key = vp8.key_frame;
        }
        assert_int_equal(packet->rtp.marker, tag.piece + 1 == tag.pieces);
        if (tag.piece == 0) {
            if (rig->codec.codec == CODEC_VP8)
                decode_first(decoder, &tag, key, rig->layers[tag.layer].since_key);
            else if (key)
                decoder->switches += decoder->any && decoder->layer != tag.layer;
            else
                assert_int_equal(tag.frame, decoder->frame + 1);
            decoder->layer = tag.layer;
            decoder->frame = tag.frame;
        } else {
            assert_int_equal(tag.frame, decoder->frame);
            assert_int_equal(tag.piece, decoder->piece + 1);
        }
        decoder->piece = tag.piece;
        decoder->any = true;
    }
}

/* Out: the error of the timestamps against the time that passed, in ticks. */
static void switch_at_random(uint8_t codec, bool reports, int32_t *worst)
{
    struct seat_rig *rig = rig_new(codec, 3, reports);
    struct decoder decoder = {0};
    uint64_t since_us = 0;
    uint32_t first = 0;

    *worst = 0;
    for (unsigned i = 0; decoder.switches < 1200; i++) {
        assert_true(i < 300000);
        if (rng_u32(&rig->shared.rng) % 40 == 0) {
            const struct stream_target target = {(int8_t)(rng_u32(&rig->shared.rng) % 3),
                                                 (int8_t)(rng_u32(&rig->shared.rng) % 3)};
            seat_stream_set_target(rig->stream, target, &rig->shared);
        }
        for (unsigned layer = 0; layer < 3; layer++) {
            rig_send(rig, layer, 1 + rng_u32(&rig->shared.rng) % 3, i == 0);
            /* The layers are encoded one after the other. */
            rig->shared.now_us += 2000;
        }
        decode(&decoder, rig);
        if (rig->count > 0) {
            if (since_us == 0) {
                since_us = rig->shared.now_us;
                first = decoder.timestamp;
            }
            const uint32_t expected = first + shared_ticks(rig->shared.now_us - since_us, 90000);
            const int32_t off = seq32_diff(decoder.timestamp, expected);
            if (off > *worst || -off > *worst)
                *worst = off < 0 ? -off : off;
        }
        rig_forget(rig);
        rig->shared.now_us += FRAME_US - 6000;
        if (i % 15 == 0)
            seat_stream_serve(rig->stream, &rig->shared);
    }
    assert_true(rig->key_requests >= 1200);
    rig_free(rig);
}

static void twelve_hundred_switches_of_vp8(void **state)
{
    int32_t worst;

    (void)state;
    switch_at_random(CODEC_VP8, true, &worst);
    /* By the reports, timestamps stay true to the clock: the layers lie 4 ms apart. */
    assert_in_range(worst, 0, 90 * 10);
}

static void twelve_hundred_switches_of_h264(void **state)
{
    int32_t worst;

    (void)state;
    switch_at_random(CODEC_H264, true, &worst);
    assert_in_range(worst, 0, 90 * 10);
}

static void without_reports_it_goes_by_arrival(void **state)
{
    int32_t worst;

    (void)state;
    switch_at_random(CODEC_VP8, false, &worst);
    assert_in_range(worst, 0, 90 * 40);
}

static void a_paused_stream_comes_back_by_itself(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 1, true);

    (void)state;
    rig_send(rig, 0, 2, true);
    assert_int_equal(rig->count, 2);
    seat_stream_set_target(rig->stream, (struct stream_target){-1, 0}, &rig->shared);
    for (unsigned i = 0; i < 60; i++, rig->shared.now_us += FRAME_US)
        rig_send(rig, 0, 2, false);
    assert_int_equal(rig->count, 2);
    seat_stream_set_target(rig->stream, STREAM_TARGET_BEST, &rig->shared);
    rig_send(rig, 0, 2, false); /* the gate asked: it is a key frame */
    assert_int_equal(rig->key_requests, 1);
    assert_int_equal(rig->count, 4);
    /* Two seconds passed. */
    assert_in_range(rig->packets[2].rtp.timestamp - rig->packets[1].rtp.timestamp, 179000, 181000);
    rig_free(rig);
}

/* A young group of pictures is sent again, in no time, and the clock is right afterwards. */
static void a_latecomer_gets_the_group_of_pictures(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 1, true);

    (void)state;
    seat_stream_set_target(rig->stream, (struct stream_target){-1, 0}, &rig->shared);
    rig_send(rig, 0, 2, true);
    for (unsigned i = 0; i < 20; i++) {
        rig->shared.now_us += FRAME_US;
        rig_send(rig, 0, 2, false);
    }
    assert_int_equal(rig->count, 0);
    seat_stream_set_target(rig->stream, STREAM_TARGET_BEST, &rig->shared);
    rig_drain(rig);
    assert_int_equal(rig->count, 42);
    assert_int_equal(rig->key_requests, 0);
    assert_false(rig->track->layers[0].keyframe.pending);
    const uint32_t newest = rig->packets[41].rtp.timestamp;
    for (unsigned i = 2; i < 42; i += 2)
        assert_true(seq32_newer(rig->packets[i].rtp.timestamp, rig->packets[i - 1].rtp.timestamp));
    assert_in_range(newest - rig->packets[0].rtp.timestamp, 20, 1000);
    rig->shared.now_us += FRAME_US;
    rig_send(rig, 0, 1, false);
    assert_in_range(rig->packets[42].rtp.timestamp - newest, 2990, 3010);
    rig_free(rig);
}

static void an_old_group_of_pictures_is_not_sent(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 1, true);

    (void)state;
    seat_stream_set_target(rig->stream, (struct stream_target){-1, 0}, &rig->shared);
    rig_send(rig, 0, 2, true);
    for (unsigned i = 0; i < 40; i++, rig->shared.now_us += FRAME_US)
        rig_send(rig, 0, 2, false);
    seat_stream_set_target(rig->stream, STREAM_TARGET_BEST, &rig->shared);
    rig_drain(rig);
    assert_int_equal(rig->count, 0);
    assert_true(rig->track->layers[0].keyframe.pending);
    rig_free(rig);
}

/* The wanted layer stops, the next lower one serves; when all below are gone, the next higher. */
static void layers_that_vanish_are_replaced(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 3, true);
    struct decoder decoder = {0};

    (void)state;
    seat_stream_set_target(rig->stream, (struct stream_target){1, 2}, &rig->shared);
    for (unsigned i = 0; i < 400; i++) {
        for (unsigned layer = 0; layer < 3; layer++)
            if ((layer != 1 || i < 100 || i > 300) && (layer != 0 || i < 200 || i > 300))
                rig_send(rig, layer, 1, i == 0);
        decode(&decoder, rig);
        rig_forget(rig);
        rig->shared.now_us += FRAME_US;
        if (i % 15 == 0)
            seat_stream_serve(rig->stream, &rig->shared);
        if (i == 99)
            assert_int_equal(decoder.layer, 1);
        if (i == 190)
            assert_int_equal(decoder.layer, 0);
        if (i == 290)
            assert_int_equal(decoder.layer, 2);
    }
    assert_int_equal(decoder.layer, 1);
    rig_free(rig);
}

/* The publisher's stream begins anew, with another SSRC and other numbers. */
static void a_source_that_starts_anew_goes_on(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_VP8, 1, false);
    struct decoder decoder = {0};

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        if (i % 100 == 50) {
            track_restart_layer(&rig->track->layers[0], &rig->shared);
            rig->layers[0].sequence = (uint16_t)(i * 37);
            rig->layers[0].timestamp = i * 123456789u;
            rig->layers[0].picture = (uint16_t)i;
        }
        rig_send(rig, 0, 2, i == 0);
        decode(&decoder, rig);
        rig_forget(rig);
        rig->shared.now_us += FRAME_US;
        if (i % 15 == 0)
            seat_stream_serve(rig->stream, &rig->shared);
    }
    assert_true(decoder.frames > 240);
    rig_free(rig);
}

/* An AV1 frame of one packet: template 0 is a key frame with its structure, 1 of T0, 2 of T1. */
static void receive_av1(struct seat_rig *rig, uint16_t sequence, unsigned offset, unsigned kind)
{
    static const uint8_t key[] = {0x18, 0x0a, 0x00, 0x00}, delta[] = {0x10, 0x30, 0x00, 0x00};
    struct bit_string bits = {0};
    put_mandatory(&bits, true, offset + kind, sequence);
    if (kind == 0)
        put_structure(&bits, offset);
    rig->descriptor = (struct span){bits.bytes, (bits.at + 7) / 8};
    rig_receive(rig, 0, sequence, sequence * 3000u, kind == 0 ? key : delta, 4, true);
}

/* Frames of a structure that is still under way wait for it, and follow in order. */
static void a_late_structure_is_waited_for(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_AV1, 1, true);

    (void)state;
    receive_av1(rig, 100, 0, 0);
    receive_av1(rig, 101, 0, 2);
    receive_av1(rig, 103, 10, 2);
    receive_av1(rig, 104, 10, 1);
    assert_int_equal(rig->count, 2);
    assert_true(rig->track->layers[0].keyframe.pending);
    receive_av1(rig, 102, 10, 0);
    assert_int_equal(rig->count, 5);
    for (unsigned i = 1; i < 5; i++)
        assert_int_equal((uint16_t)(rig->packets[i].rtp.seq - rig->packets[0].rtp.seq), i);
    assert_false(rig->track->layers[0].keyframe.pending);
    rig_free(rig);
}

/* A structure that was never sent: nothing of it goes out, and the next key frame heals all. */
static void a_structure_that_never_comes_is_got_over(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_AV1, 1, true);

    (void)state;
    receive_av1(rig, 100, 0, 0);
    for (uint16_t sequence = 101; sequence < 400; sequence++)
        receive_av1(rig, sequence, 30, 1 + sequence % 2);
    assert_int_equal(rig->count, 1);
    assert_true(rig->track->layers[0].keyframe.pending);
    receive_av1(rig, 400, 20, 0);
    receive_av1(rig, 401, 20, 2);
    assert_int_equal(rig->count, 3);
    assert_int_equal((uint16_t)(rig->packets[1].rtp.seq - rig->packets[0].rtp.seq), 1);
    rig_free(rig);
}

/* Nor does it begin with one. */
static void without_a_structure_nothing_begins(void **state)
{
    struct seat_rig *rig = rig_new(CODEC_AV1, 1, true);

    (void)state;
    receive_av1(rig, 100, 0, 2);
    receive_av1(rig, 101, 0, 1);
    assert_int_equal(rig->count, 0);
    receive_av1(rig, 102, 0, 0);
    assert_int_equal(rig->count, 1);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twelve_hundred_switches_of_vp8),
        cmocka_unit_test(twelve_hundred_switches_of_h264),
        cmocka_unit_test(without_reports_it_goes_by_arrival),
        cmocka_unit_test(a_paused_stream_comes_back_by_itself),
        cmocka_unit_test(a_latecomer_gets_the_group_of_pictures),
        cmocka_unit_test(an_old_group_of_pictures_is_not_sent),
        cmocka_unit_test(layers_that_vanish_are_replaced),
        cmocka_unit_test(a_source_that_starts_anew_goes_on),
        cmocka_unit_test(a_late_structure_is_waited_for),
        cmocka_unit_test(a_structure_that_never_comes_is_got_over),
        cmocka_unit_test(without_a_structure_nothing_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
