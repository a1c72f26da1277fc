#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "engine/negotiate.h"
#include "engine/payload.h"
#include "wire/vp8.h"
#include "wire/vp9.h"

static struct packet *packet_of(enum codec codec, const void *bytes, size_t len)
{
    struct packet *packet = calloc(1, sizeof *packet + len);
    assert_non_null(packet);
    packet->codec = (uint8_t)codec;
    packet->payload_len = (uint16_t)len;
    memcpy(packet->bytes, bytes, len);
    payload_describe(packet, &(struct payload_sizes){0});
    return packet;
}

/* X, S; I, L; picture id 0x7ffe; TL0PICIDX 250; a key frame's tag and start code */
static const uint8_t vp8_key[] = {0x90, 0xc0, 0xff, 0xfe, 250,  0x10, 0x02, 0x00,
                                  0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00, 0x55};

static void vp8_numbers_are_found_and_shifted(void **state)
{
    struct packet *packet = packet_of(CODEC_VP8, vp8_key, sizeof vp8_key);
    const struct payload_shift shift = {.picture = 5, .tl0 = 10};
    uint8_t bytes[32];
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct span rest = {packet->bytes, packet->payload_len};
    struct vp8_payload vp8;

    (void)state;
    assert_true(packet->keyframe);
    assert_int_equal(packet->picture.id, 0x7ffe);
    payload_renumber(packet, &shift, &writer, &rest);
    assert_int_equal(writer_len(&writer), 5);
    assert_ptr_equal(rest.bytes, packet->bytes + 5);
    assert_int_equal(rest.len, sizeof vp8_key - 5);
    assert_int_equal(vp8_parse(bytes, 5, &vp8), 0);
    assert_int_equal(vp8.picture_id, 3);
    assert_int_equal(vp8.picture_id_bits, 15);
    assert_int_equal(vp8.tl0picidx, 4);
    assert_true(vp8.frame_start);
    free(packet);
}

static void a_short_picture_id_is_left_alone(void **state)
{
    static const uint8_t payload[] = {0x90, 0x80, 0x11, 0x11, 0x00, 0x00};
    struct packet *packet = packet_of(CODEC_VP8, payload, sizeof payload);
    const struct payload_shift shift = {.picture = 5};
    uint8_t bytes[32];
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct span rest = {packet->bytes, packet->payload_len};

    (void)state;
    payload_renumber(packet, &shift, &writer, &rest);
    assert_int_equal(writer.at, 0);
    assert_int_equal(rest.len, sizeof payload);
    free(packet);
}

static void vp9_numbers_are_found_and_shifted(void **state)
{
    /* I, B, L; 15-bit picture id 7; layer bits; TL0PICIDX 9 */
    static const uint8_t payload[] = {0xa8, 0x80, 0x07, 0x00, 0x09, 0x82, 0x49, 0x83};
    struct packet *packet = packet_of(CODEC_VP9, payload, sizeof payload);
    const struct payload_shift shift = {.picture = 1, .tl0 = 1};
    uint8_t bytes[32];
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct span rest = {packet->bytes, packet->payload_len};
    struct vp9_payload vp9;

    (void)state;
    assert_true(packet->keyframe);
    payload_renumber(packet, &shift, &writer, &rest);
    assert_int_equal(vp9_parse(bytes, writer_len(&writer), &vp9), 0);
    assert_int_equal(vp9.picture_id, 8);
    assert_int_equal(vp9.tl0picidx, 10);
    free(packet);
}

static void key_frames_of_h264_and_av1_are_known(void **state)
{
    static const struct {
        enum codec codec;
        uint8_t bytes[4];
        bool key;
    } cases[] = {
        {CODEC_H264, {0x67, 0x42, 0xe0, 0x1f}, true},  /* SPS */
        {CODEC_H264, {0x65, 0x88, 0x84, 0x00}, true},  /* IDR slice */
        {CODEC_H264, {0x41, 0x9a, 0x00, 0x00}, false}, /* slice */
        {CODEC_AV1, {0x18, 0x0a, 0x0b, 0x00}, true},   /* N: new sequence */
        {CODEC_AV1, {0x10, 0x32, 0x00, 0x00}, false},
        {CODEC_OPUS, {0x67, 0x42, 0xe0, 0x1f}, false},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct packet *packet = packet_of(cases[i].codec, cases[i].bytes, 4);
        assert_int_equal(packet->keyframe, cases[i].key);
        free(packet);
    }
}

static void nonsense_is_no_key_frame_and_has_no_numbers(void **state)
{
    static const uint8_t nothing[1] = {0x90};
    static const enum codec codecs[] = {CODEC_VP8, CODEC_VP9, CODEC_H264, CODEC_AV1};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(codecs); i++) {
        struct packet *packet = packet_of(codecs[i], nothing, i % 2);
        assert_false(packet->keyframe);
        assert_int_equal(packet->picture.id_bits, 0);
        free(packet);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vp8_numbers_are_found_and_shifted),
        cmocka_unit_test(a_short_picture_id_is_left_alone),
        cmocka_unit_test(vp9_numbers_are_found_and_shifted),
        cmocka_unit_test(key_frames_of_h264_and_av1_are_known),
        cmocka_unit_test(nonsense_is_no_key_frame_and_has_no_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
