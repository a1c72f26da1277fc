/* wire/vp8.h */
#include "wire/vp8.h"
#include "wire/wire.h"
#include "test.h"

/* X, S; I L T K; 15-bit picture id 0x1234, TL0PICIDX 7, TID 1 Y KEYIDX 5; key frame 640x360. */
static const uint8_t full[] = {0x90, 0xf0, 0x92, 0x34, 0x07, 0x65, 0x50, 0x2a,
                               0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01};

static void reads_a_full_descriptor_and_the_key_frame(void **state)
{
    struct vp8_payload p;

    (void)state;
    assert_int_equal(vp8_parse(full, sizeof full, &p), 0);
    assert_int_equal(p.picture_id_bits, 15);
    assert_int_equal(p.picture_id, 0x1234);
    assert_true(p.tl0picidx_at == 4 && p.tl0picidx == 7);
    assert_true(p.has_tid && p.tid == 1 && p.layer_sync);
    assert_true(p.has_keyidx && p.keyidx == 5);
    assert_true(p.frame_start && p.key_frame && !p.non_reference);
    assert_true(p.width == 640 && p.height == 360);
    assert_int_equal(p.descriptor_len, 6);
}

static void reads_small_descriptors(void **state)
{
    static const uint8_t bare[] = {0x10, 0x01}; /* inter frame */
    static const uint8_t short_id[] = {0xb0, 0x80, 0x7f, 0x01};
    static const uint8_t only_tid[] = {0x80, 0x20, 0xff};
    static const uint8_t only_keyidx[] = {0x80, 0x10, 0xff};
    struct vp8_payload p;

    (void)state;
    assert_int_equal(vp8_parse(bare, sizeof bare, &p), 0);
    assert_true(p.frame_start && !p.key_frame && p.descriptor_len == 1);
    assert_true(p.picture_id_bits == 0 && p.tl0picidx_at == 0);
    assert_int_equal(vp8_parse(short_id, sizeof short_id, &p), 0);
    assert_true(p.picture_id_bits == 7 && p.picture_id == 0x7f && p.non_reference);
    assert_int_equal(vp8_parse(only_tid, sizeof only_tid, &p), 0);
    assert_true(p.tid == 3 && p.layer_sync && !p.has_keyidx && p.keyidx == 0);
    assert_int_equal(vp8_parse(only_keyidx, sizeof only_keyidx, &p), 0);
    assert_true(p.tid == 0 && !p.layer_sync && p.keyidx == 31);
}

static void key_frames_only_begin_in_first_packets(void **state)
{
    static const uint8_t middle[] = {0x00, 0x00, 0x00, 0x00};
    static const uint8_t second_partition[] = {0x11, 0x00, 0x00, 0x00};
    struct vp8_payload p;

    (void)state;
    assert_int_equal(vp8_parse(middle, sizeof middle, &p), 0);
    assert_false(p.frame_start || p.key_frame);
    assert_int_equal(vp8_parse(second_partition, sizeof second_partition, &p), 0);
    assert_false(p.frame_start || p.key_frame);
}

static void cuts_are_refused_or_lack_the_size(void **state)
{
    uint8_t big[1501] = {0x10};
    struct vp8_payload p;

    (void)state;
    for (size_t len = 0; len < 6; len++)
        assert_int_equal(vp8_parse(full, len, &p), WIRE_TRUNCATED);
    for (size_t len = 6; len < sizeof full; len++) {
        assert_int_equal(vp8_parse(full, len, &p), 0);
        assert_int_equal(p.key_frame, len > 6);
        assert_int_equal(p.width, 0);
    }
    assert_int_equal(vp8_parse(big, sizeof big, &p), WIRE_OVERSIZE);
}

static void rewrites_in_place(void **state)
{
    uint8_t bytes[sizeof full], short_id[] = {0xb0, 0x80, 0x7f, 0x01};
    struct vp8_payload p, q;

    (void)state;
    for (size_t i = 0; i < sizeof full; i++)
        bytes[i] = full[i];
    assert_int_equal(vp8_parse(bytes, sizeof bytes, &p), 0);
    vp8_rewrite(bytes, &p, 0x0005, 0xfe);
    assert_int_equal(vp8_parse(bytes, sizeof bytes, &q), 0);
    assert_true(q.picture_id == 5 && q.picture_id_bits == 15 && q.tl0picidx == 0xfe);
    bytes[2] = full[2];
    bytes[3] = full[3];
    bytes[4] = full[4];
    assert_memory_equal(bytes, full, sizeof full);

    assert_int_equal(vp8_parse(short_id, sizeof short_id, &p), 0);
    vp8_rewrite(short_id, &p, 0x1281, 9);
    assert_memory_equal(short_id, "\xb0\x80\x01\x01", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_full_descriptor_and_the_key_frame),
        cmocka_unit_test(reads_small_descriptors),
        cmocka_unit_test(key_frames_only_begin_in_first_packets),
        cmocka_unit_test(cuts_are_refused_or_lack_the_size),
        cmocka_unit_test(rewrites_in_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
