#include "test.h"

#include "engine/layer_select.h"

static struct track track_of(uint8_t layers, uint64_t heard_us)
{
    struct track track = {.layer_count = layers};
    for (uint32_t i = 0; i < layers; i++) {
        track.layers[i].id = i + 1;
        track.layers[i].heard_us = heard_us;
        track.layers[i].codec.codec = CODEC_VP8;
    }
    return track;
}

static void the_highest_is_best(void **state)
{
    struct track track = track_of(3, 100);

    (void)state;
    assert_ptr_equal(layer_select(&track, 2, 200), &track.layers[2]);
}

static void a_silent_one_does_not_count(void **state)
{
    struct track track = track_of(3, 5000000);

    (void)state;
    track.layers[2].heard_us = 5000000 - 2000000;
    assert_ptr_equal(layer_select(&track, 2, 5000000), &track.layers[1]);
    track.layers[1].codec.codec = CODEC_NONE; /* it said goodbye */
    assert_ptr_equal(layer_select(&track, 2, 5000000), &track.layers[0]);
    track.layers[0].id = 0; /* it never came */
    assert_null(layer_select(&track, 2, 5000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_is_best),
        cmocka_unit_test(a_silent_one_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
