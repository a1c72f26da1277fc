/* wire/dd.h. Descriptors are made by a bit writer that follows the specification's syntax. */
#include <string.h>

#include "wire/dd.h"
#include "wire/wire.h"
#include "test.h"

struct bit_writer {
    uint8_t bytes[300];
    size_t at;
};

static void put(struct bit_writer *w, unsigned count, uint32_t value)
{
    while (count-- > 0) {
        if ((value >> count & 1u) != 0)
            w->bytes[w->at / 8] |= (uint8_t)(0x80u >> w->at % 8);
        w->at++;
    }
}

static struct span written(const struct bit_writer *w)
{
    return (struct span){w->bytes, (w->at + 7) / 8};
}

static void put_mandatory(struct bit_writer *w, uint32_t template_id, uint32_t frame_number)
{
    put(w, 1, 1);
    put(w, 1, 0);
    put(w, 6, template_id);
    put(w, 16, frame_number);
}

/* L2T2: two spatial and two temporal layers, four templates at offset 60 (so that ids wrap), two
 * decode targets (low: S0T0; high: all), one chain, resolutions. */
static void put_l2t2_structure(struct bit_writer *w)
{
    static const uint8_t next_layer[4] = {1, 2, 1, 3};
    static const uint8_t dtis[4][2] = {{DD_SWITCH, DD_SWITCH},
                                       {DD_NOT_PRESENT, DD_DISCARDABLE},
                                       {DD_NOT_PRESENT, DD_SWITCH},
                                       {DD_NOT_PRESENT, DD_REQUIRED}};

    put(w, 6, 60);
    put(w, 5, 1);
    for (int i = 0; i < 4; i++)
        put(w, 2, next_layer[i]);
    for (int i = 0; i < 4; i++) {
        put(w, 2, dtis[i][0]);
        put(w, 2, dtis[i][1]);
    }
    put(w, 1, 0);                             /* template 0: no difference */
    put(w, 1, 1), put(w, 4, 3), put(w, 1, 0); /* 1: four frames back */
    put(w, 1, 1), put(w, 4, 0), put(w, 1, 0); /* 2: one */
    put(w, 1, 1), put(w, 4, 0), put(w, 1, 1), put(w, 4, 7), put(w, 1, 0); /* 3: one and eight */
    put(w, 2, 2); /* chains: ns(3) of 1 is 10 */
    for (uint32_t i = 0; i < 4; i++)
        put(w, 4, i); /* chain differences; protected_by takes no bits */
    put(w, 1, 1);
    put(w, 16, 319), put(w, 16, 179), put(w, 16, 639), put(w, 16, 359);
}

static struct bit_writer key_frame(void)
{
    struct bit_writer w = {{0}, 0};

    put_mandatory(&w, 60, 500);
    put(&w, 5, 0x10); /* structure only */
    put_l2t2_structure(&w);
    return w;
}

static struct dd_structure structure;
static struct dd_structure fresh;

static int read_key_frame(void **state)
{
    struct bit_writer w = key_frame();
    struct dd_frame frame;

    (void)state;
    assert_int_equal(dd_parse(written(&w), NULL, &structure, &frame), 0);
    assert_true(frame.has_structure);
    return 0;
}

static void reads_the_structure(void **state)
{
    struct bit_writer w = key_frame();
    struct dd_frame frame;

    (void)state;
    assert_int_equal(dd_parse(written(&w), NULL, &fresh, &frame), 0);
    assert_true(frame.has_structure && frame.start_of_frame && !frame.end_of_frame);
    assert_int_equal(frame.frame_number, 500);
    assert_true(frame.has_active_targets && frame.active_targets == 3);
    assert_int_equal(fresh.template_count, 4);
    assert_int_equal(fresh.decode_target_count, 2);
    assert_int_equal(fresh.spatial_count, 2);
    assert_int_equal(fresh.chain_count, 1);
    assert_true(fresh.templates[3].spatial_id == 1 && fresh.templates[3].temporal_id == 1);
    assert_true(fresh.templates[3].fdiff_count == 2 && fresh.templates[3].fdiffs[1] == 8);
    assert_int_equal(fresh.templates[3].chain_fdiffs[0], 3);
    assert_true(fresh.target_spatial_id[0] == 0 && fresh.target_temporal_id[0] == 0);
    assert_true(fresh.target_spatial_id[1] == 1 && fresh.target_temporal_id[1] == 1);
    assert_true(fresh.widths[1] == 640 && fresh.heights[1] == 360);
    assert_true(frame.width == 320 && frame.height == 180);
    assert_int_equal(frame.layer.dtis[0], DD_SWITCH);
}

static void mandatory_fields_use_the_last_structure(void **state)
{
    struct bit_writer w = {{0}, 0};
    struct dd_frame frame;

    (void)state;
    put_mandatory(&w, 63, 501);
    assert_int_equal(written(&w).len, DD_MANDATORY_BYTES);
    assert_int_equal(dd_parse(written(&w), NULL, &fresh, &frame), WIRE_NEEDS_STRUCTURE);
    assert_int_equal(dd_parse(written(&w), &structure, &fresh, &frame), 0);
    assert_false(frame.has_structure || frame.has_active_targets);
    assert_true(frame.layer.spatial_id == 1 && frame.layer.temporal_id == 1);
    assert_true(frame.layer.fdiff_count == 2 && frame.layer.fdiffs[0] == 1);
    assert_true(frame.width == 640);
}

static void template_ids_wrap_and_are_checked(void **state)
{
    struct dd_frame frame;
    struct dd_structure shifted = structure;

    (void)state;
    shifted.template_id_offset = 62;
    for (uint32_t id = 0; id < 64; id++) {
        struct bit_writer w = {{0}, 0};
        unsigned index = (id + 64 - 62) % 64;

        put_mandatory(&w, id, 1);
        assert_int_equal(dd_parse(written(&w), &shifted, &fresh, &frame),
                         index < 4 ? 0 : WIRE_MALFORMED);
        if (index < 4)
            assert_int_equal(frame.layer.spatial_id, index / 2);
    }
}

static void custom_values_replace_the_templates(void **state)
{
    struct bit_writer w = {{0}, 0};
    struct dd_frame frame;

    (void)state;
    put_mandatory(&w, 61, 502);
    put(&w, 5, 0x0f); /* active targets, dtis, fdiffs, chains */
    put(&w, 2, 1);
    put(&w, 2, DD_REQUIRED), put(&w, 2, DD_NOT_PRESENT);
    put(&w, 2, 3), put(&w, 12, 4095), put(&w, 2, 1), put(&w, 4, 0), put(&w, 2, 0);
    put(&w, 8, 255);
    assert_int_equal(dd_parse(written(&w), &structure, &fresh, &frame), 0);
    assert_true(frame.has_active_targets && frame.active_targets == 1);
    assert_true(frame.layer.dtis[0] == DD_REQUIRED && frame.layer.dtis[1] == DD_NOT_PRESENT);
    assert_true(frame.layer.fdiff_count == 2);
    assert_true(frame.layer.fdiffs[0] == 4096 && frame.layer.fdiffs[1] == 1);
    assert_int_equal(frame.layer.chain_fdiffs[0], 255);
}

static void every_cut_is_refused(void **state)
{
    struct bit_writer w = key_frame();
    struct span whole = written(&w);
    struct dd_frame frame;

    (void)state;
    for (size_t len = 0; len < whole.len; len++) {
        struct span cut = {whole.bytes, len};

        assert_true(dd_parse(cut, NULL, &fresh, &frame) < 0);
    }
}

static void endless_lists_hit_their_limits(void **state)
{
    struct bit_writer templates = {{0}, 0}, fdiffs = {{0}, 0}, layers = {{0}, 0};
    struct dd_frame frame;

    (void)state;
    put_mandatory(&templates, 0, 1);
    put(&templates, 5, 0x10), put(&templates, 11, 0);
    templates.at += 8 * 100; /* next_layer_idc 0 for ever */
    assert_int_equal(dd_parse(written(&templates), NULL, &fresh, &frame), WIRE_LIMIT);

    put_mandatory(&layers, 0, 1);
    put(&layers, 5, 0x10), put(&layers, 11, 0);
    for (int i = 0; i < 10; i++)
        put(&layers, 2, 2); /* a fifth spatial layer */
    assert_int_equal(dd_parse(written(&layers), NULL, &fresh, &frame), WIRE_LIMIT);

    put_mandatory(&fdiffs, 60, 1);
    put(&fdiffs, 5, 0x02);
    for (int i = 0; i < 20; i++)
        put(&fdiffs, 2, 1), put(&fdiffs, 4, 1);
    assert_int_equal(dd_parse(written(&fdiffs), &structure, &fresh, &frame), WIRE_LIMIT);
}

static void frame_number_is_rewritten(void **state)
{
    struct bit_writer w = key_frame();
    struct dd_frame frame;

    (void)state;
    dd_put_frame_number(w.bytes, 0xfedc);
    assert_int_equal(dd_parse(written(&w), NULL, &fresh, &frame), 0);
    assert_int_equal(frame.frame_number, 0xfedc);
    assert_int_equal(frame.template_id, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_structure),
        cmocka_unit_test_setup(mandatory_fields_use_the_last_structure, read_key_frame),
        cmocka_unit_test_setup(template_ids_wrap_and_are_checked, read_key_frame),
        cmocka_unit_test_setup(custom_values_replace_the_templates, read_key_frame),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test_setup(endless_lists_hit_their_limits, read_key_frame),
        cmocka_unit_test(frame_number_is_rewritten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
