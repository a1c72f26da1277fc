/* The memory of frames, and streams that say nothing of layers. */
#include "test.h"

#include "engine/layer_filter.h"

static void a_stream_without_layers_goes_through(void **state)
{
    static struct layer_filter filter;
    struct packet packet = {.keyframe = true, .marker = true};

    (void)state;
    layer_filter_begin(&filter, &packet);
    for (unsigned i = 0; i < 10; i++) {
        const struct layer_judgement judgement =
            layer_filter_judge(&filter, &packet, (struct layer_limit){0}, NULL);
        assert_int_equal(judgement.verdict, LAYER_SEND);
        assert_true(judgement.marker);
        packet.keyframe = false;
    }
    assert_false(layer_filter_needs_key(&filter, (struct layer_limit){2, 2}, NULL));
}

static void a_source_may_say_more_at_its_next_key_frame(void **state)
{
    static struct layer_filter filter;
    struct packet packet = {.keyframe = true, .picture = {.tl0 = 1}};

    (void)state;
    layer_filter_begin(&filter, &packet);
    packet = (struct packet){.frame = {.layering = PACKET_VP8, .temporal = 2, .number = 8}};
    const struct layer_limit least = {0};
    assert_int_equal(layer_filter_judge(&filter, &packet, least, NULL).verdict, LAYER_SEND);
    packet.keyframe = true;
    packet.frame.temporal = 0;
    packet.frame.number = 9;
    assert_int_equal(layer_filter_judge(&filter, &packet, least, NULL).verdict, LAYER_SEND);
    packet.keyframe = false;
    packet.frame.temporal = 2;
    packet.frame.number = 10;
    assert_int_equal(layer_filter_judge(&filter, &packet, least, NULL).verdict, LAYER_DROP);
}

static void frames_are_remembered_across_the_wrap(void **state)
{
    static struct layer_filter filter;

    (void)state;
    filter.limit.temporal = 1;
    (void)layer_filter_add(&filter, 0x7ffe, 0x7fff);
    assert_true(layer_filter_is_newer(&filter, 1, 0x7fff));
    assert_false(layer_filter_is_newer(&filter, 0x7ffe, 0x7fff));
    assert_false(layer_filter_is_newer(&filter, 0x7ff0, 0x7fff));
    (void)layer_filter_add(&filter, 2, 0x7fff);
    for (unsigned i = 0; i < 5; i++) {
        const struct layer_filter_frame *frame =
            layer_filter_find(&filter, (uint16_t)(0x7ffe + i) & 0x7fff);
        assert_non_null(frame);
        assert_false(frame->judged);
        assert_int_equal(frame->limit.temporal, 1);
    }
    (void)layer_filter_add(&filter, 5000, 0x7fff);
    assert_null(layer_filter_find(&filter, 2));
    assert_non_null(layer_filter_find(&filter, 5000 - LAYER_FILTER_FRAMES + 1));
    assert_null(layer_filter_find(&filter, 5000 - LAYER_FILTER_FRAMES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_without_layers_goes_through),
        cmocka_unit_test(a_source_may_say_more_at_its_next_key_frame),
        cmocka_unit_test(frames_are_remembered_across_the_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
