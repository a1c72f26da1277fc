#include "test.h"

#include "engine/bwe.h"
#include "engine/bwe_null.h"

static void stays_where_it_is(void **state)
{
    static struct bwe bwe;
    const struct bwe_config config = {.algorithm = BWE_NULL, .start_bps = 1234000};
    struct bwe_probe probe;

    (void)state;
    assert_int_equal(bwe_null_target_bps(&config), 1234000);
    bwe_init(&bwe, &config, 1000000);
    bwe_set_demand(&bwe, 5000000, 5000000);
    assert_false(bwe_probe_wanted(&bwe, 1000000, &probe));
    assert_true(bwe_wake_at(&bwe) == UINT64_MAX);
    for (uint16_t i = 0; i < 200; i++) {
        const struct bwe_packet packet = {.sequence = i, .bytes = 1000, .kind = BWE_VIDEO};
        const uint64_t sent_us = 1000000 + i * 10000u;
        /* A queue that grows, and every other packet lost. */
        const struct bwe_arrival arrival = {i, i % 2 == 0, (int64_t)sent_us + i * 5000, 0};
        bwe_sent(&bwe, sent_us, &packet);
        assert_int_equal(bwe_feedback(&bwe, sent_us + 50000, &arrival, 1), 0);
    }
    assert_int_equal(bwe_target_bps(&bwe), 1234000);
    /* What is measured is measured all the same. */
    assert_in_range(bwe_loss_permille(&bwe), 480, 520);
    assert_in_range(bwe_rtt_us(&bwe), 40000, 60000);
    assert_true(bwe_queue_delay_us(&bwe) > 500000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stays_where_it_is)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
