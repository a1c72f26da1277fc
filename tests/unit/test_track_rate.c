#include "test.h"

#include "engine/track_rate.h"

static void note(struct track_rate *rate, uint64_t at_us, unsigned bytes, struct packet_frame frame)
{
    const struct packet packet = {
        .arrival_us = at_us,
        .payload_len = (uint16_t)(bytes - TRACK_RATE_OVERHEAD_BYTES),
        .frame = frame,
    };
    (void)track_rate_note(rate, &packet);
}

static void a_steady_stream_has_its_rate(void **state)
{
    struct track_rate rate = {0};
    uint64_t now_us = 50000000;

    (void)state;
    for (unsigned i = 0; i < 400; i++, now_us += 10000)
        note(&rate, now_us, 1000, (struct packet_frame){0});
    /* 100 packets of 1000 bytes a second */
    assert_in_range(track_rate_bps(&rate, now_us, 0, 3), 770000, 830000);
    assert_in_range(track_rate_bps(&rate, now_us, 3, 0), 770000, 830000);
    assert_int_equal(track_rate_top(&rate, now_us).spatial, 0);
    /* It stops. */
    assert_in_range(track_rate_bps(&rate, now_us + 600000, 0, 3), 300000, 500000);
    assert_int_equal(track_rate_bps(&rate, now_us + 1500000, 0, 3), 0);
    note(&rate, now_us + 9000000, 1000, (struct packet_frame){0});
    assert_int_equal(track_rate_bps(&rate, now_us + 9000000, 0, 3), 40000);
}

static void temporal_layers_add_up(void **state)
{
    static const uint8_t pattern[] = {0, 2, 1, 2};
    struct track_rate rate = {0};
    uint64_t now_us = 0;

    (void)state;
    for (unsigned i = 0; i < 400; i++, now_us += 10000)
        note(&rate, now_us, 1000, (struct packet_frame){.temporal = pattern[i % 4]});
    assert_in_range(track_rate_bps(&rate, now_us, 0, 0), 190000, 210000);
    assert_in_range(track_rate_bps(&rate, now_us, 0, 1), 380000, 420000);
    assert_in_range(track_rate_bps(&rate, now_us, 0, 2), 770000, 830000);
    assert_int_equal(track_rate_top(&rate, now_us).temporal, 2);
}

/* A frame that no higher layer needs counts for its own layer alone. */
static void spatial_layers_count_what_they_need(void **state)
{
    struct track_rate rate = {0};
    uint64_t now_us = 0;

    (void)state;
    for (unsigned i = 0; i < 300; i++, now_us += 10000)
        note(&rate, now_us, 1000,
             (struct packet_frame){.spatial = (uint8_t)(i % 3), .alone = i % 3 == 1});
    assert_in_range(track_rate_bps(&rate, now_us, 0, 3), 250000, 280000);
    assert_in_range(track_rate_bps(&rate, now_us, 1, 3), 510000, 560000);
    assert_in_range(track_rate_bps(&rate, now_us, 2, 3), 510000, 560000);
    assert_in_range(track_rate_all_bps(&rate, now_us), 770000, 830000);
    assert_int_equal(track_rate_top(&rate, now_us).spatial, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_stream_has_its_rate),
        cmocka_unit_test(temporal_layers_add_up),
        cmocka_unit_test(spatial_layers_count_what_they_need),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
