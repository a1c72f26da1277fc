/* wire/vp9.h */
#include <string.h>

#include "wire/vp9.h"
#include "wire/wire.h"
#include "test.h"

/* Non-flexible key frame with structure: I L B V; id 0x0102; TID 0 SID 0; TL0PICIDX 9; SS: two
 * spatial layers with sizes, two groups with one and two differences. */
static const uint8_t key[] = {0xaa, 0x81, 0x02, 0x00, 0x09, 0x38, 0x01, 0x40, 0x00, 0xb4, 0x02,
                              0x80, 0x01, 0x68, 0x02, 0x04, 0x01, 0x38, 0x01, 0x02, 0x55};

static void reads_a_key_frame_with_structure(void **state)
{
    struct vp9_payload p;

    (void)state;
    assert_int_equal(vp9_parse(key, sizeof key, &p), 0);
    assert_true(p.picture_id_bits == 15 && p.picture_id == 0x0102);
    assert_true(p.has_layers && p.tid == 0 && p.sid == 0 && !p.inter_layer);
    assert_true(p.tl0picidx == 9 && p.tl0picidx_at == 4);
    assert_true(p.frame_start && !p.frame_end && p.key_frame && !p.flexible);
    assert_true(p.has_structure && p.spatial_count == 2);
    assert_true(p.widths[0] == 320 && p.heights[0] == 180);
    assert_true(p.widths[1] == 640 && p.heights[1] == 360);
    assert_int_equal(p.descriptor_len, sizeof key - 1);
}

static void reads_flexible_mode_differences(void **state)
{
    /* I P L F B E Z; 7-bit id; TID 2 U SID 1 D; differences 1 and 4. */
    static const uint8_t bytes[] = {0xfd, 0x33, 0x53, 0x03, 0x08};
    struct vp9_payload p;

    (void)state;
    assert_int_equal(vp9_parse(bytes, sizeof bytes, &p), 0);
    assert_true(p.picture_id_bits == 7 && p.picture_id == 0x33);
    assert_true(p.flexible && p.inter_picture && p.not_reference_above);
    assert_true(p.tid == 2 && p.switching_up && p.sid == 1 && p.inter_layer);
    assert_true(p.tl0picidx_at == 0);
    assert_true(p.diff_count == 2 && p.diffs[0] == 1 && p.diffs[1] == 4);
    assert_true(p.frame_start && p.frame_end && !p.key_frame);
    assert_int_equal(p.descriptor_len, 5);
}

static void fourth_difference_is_refused(void **state)
{
    static const uint8_t three[] = {0x50, 0x03, 0x03, 0x02};
    static const uint8_t four[] = {0x50, 0x03, 0x03, 0x03, 0x02};
    struct vp9_payload p;

    (void)state;
    assert_int_equal(vp9_parse(three, sizeof three, &p), 0);
    assert_int_equal(p.diff_count, 3);
    assert_int_equal(vp9_parse(four, sizeof four, &p), WIRE_MALFORMED);
}

static void only_the_lowest_layer_starts_a_key_frame(void **state)
{
    static const uint8_t upper[] = {0x28, 0x03, 0x00};  /* L B; SID 1, D */
    static const uint8_t middle[] = {0x20, 0x00, 0x00}; /* L, not B */
    static const uint8_t no_layers[] = {0x08};
    struct vp9_payload p;

    (void)state;
    assert_int_equal(vp9_parse(upper, sizeof upper, &p), 0);
    assert_false(p.key_frame);
    assert_int_equal(vp9_parse(middle, sizeof middle, &p), 0);
    assert_false(p.key_frame);
    assert_int_equal(vp9_parse(no_layers, sizeof no_layers, &p), 0);
    assert_true(p.key_frame);
}

static void every_cut_is_refused(void **state)
{
    uint8_t big[1501] = {0};
    struct vp9_payload p;

    (void)state;
    for (size_t len = 0; len < sizeof key - 1; len++)
        assert_int_equal(vp9_parse(key, len, &p), WIRE_TRUNCATED);
    assert_int_equal(vp9_parse(big, sizeof big, &p), WIRE_OVERSIZE);
}

static void rewrites_in_place(void **state)
{
    uint8_t bytes[sizeof key], short_id[] = {0x88, 0x33};
    struct vp9_payload p, q;

    (void)state;
    memcpy(bytes, key, sizeof key);
    assert_int_equal(vp9_parse(bytes, sizeof bytes, &p), 0);
    vp9_rewrite(bytes, &p, 0x7fff, 200);
    assert_int_equal(vp9_parse(bytes, sizeof bytes, &q), 0);
    assert_true(q.picture_id == 0x7fff && q.picture_id_bits == 15 && q.tl0picidx == 200);
    assert_int_equal(q.descriptor_len, p.descriptor_len);
    assert_int_equal(vp9_parse(short_id, sizeof short_id, &p), 0);
    vp9_rewrite(short_id, &p, 0x1285, 0);
    assert_int_equal(short_id[1], 0x05);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_key_frame_with_structure),
        cmocka_unit_test(reads_flexible_mode_differences),
        cmocka_unit_test(fourth_difference_is_refused),
        cmocka_unit_test(only_the_lowest_layer_starts_a_key_frame),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(rewrites_in_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
