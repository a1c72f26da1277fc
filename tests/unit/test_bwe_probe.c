#include "test.h"

#include "engine/bwe_probe.h"

#define NOW 5000000u
#define RTT 50000u

/* Ten packets of 500 bytes, so far apart when sent and when they came; the last `lost` do not. */
static enum bwe_cluster_result run(uint64_t sent_apart_us, int64_t apart_us, uint32_t lost,
                                   uint64_t *rate_bps)
{
    struct bwe_cluster cluster = {0};
    struct bwe_probe asked;
    bwe_cluster_begin(&cluster, NOW, 2000000, 20000, &asked);
    assert_int_equal(asked.bytes, 5000);
    assert_int_equal(asked.packets, 5);
    assert_int_equal(asked.duration_us, 20000);
    for (uint32_t i = 0; i < 10; i++)
        bwe_cluster_sent(&cluster, NOW + i * sent_apart_us, 500);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(bwe_cluster_poll(&cluster, NOW + 90000, RTT, rate_bps), BWE_CLUSTER_WAIT);
        if (i < 10 - lost)
            bwe_cluster_arrived(&cluster, NOW + i * sent_apart_us, 777 + i * apart_us, 500);
        else
            bwe_cluster_lost(&cluster);
    }
    return bwe_cluster_poll(&cluster, NOW + 100000, RTT, rate_bps);
}

static void an_open_link_gives_the_rate_sent(void **state)
{
    uint64_t rate_bps = 0;

    (void)state;
    assert_int_equal(run(2000, 2000, 0, &rate_bps), BWE_CLUSTER_MEASURED);
    assert_int_equal(rate_bps, 2000000);
    /* Faster than sent by a little: no more than was sent. */
    assert_int_equal(run(2000, 1500, 0, &rate_bps), BWE_CLUSTER_MEASURED);
    assert_int_equal(rate_bps, 2000000);
}

static void a_full_link_gives_a_little_less_than_its_own(void **state)
{
    uint64_t rate_bps = 0;

    (void)state;
    assert_int_equal(run(2000, 4000, 0, &rate_bps), BWE_CLUSTER_MEASURED);
    assert_int_equal(rate_bps, 950000);
}

static void some_loss_is_no_failure_and_much_is(void **state)
{
    uint64_t rate_bps = 0;

    (void)state;
    assert_int_equal(run(2000, 2000, 3, &rate_bps), BWE_CLUSTER_MEASURED);
    assert_int_equal(run(2000, 2000, 6, &rate_bps), BWE_CLUSTER_FAILED);
}

static void impossible_times_are_no_measure(void **state)
{
    uint64_t rate_bps = 0;

    (void)state;
    assert_int_equal(run(2000, 100, 0, &rate_bps), BWE_CLUSTER_FAILED); /* let go at once */
    assert_int_equal(run(2000, 0, 0, &rate_bps), BWE_CLUSTER_FAILED);
    assert_int_equal(run(0, 2000, 0, &rate_bps), BWE_CLUSTER_FAILED);
    assert_int_equal(run(2000, 500000, 0, &rate_bps), BWE_CLUSTER_FAILED);
}

static void ends_though_nobody_answers(void **state)
{
    struct bwe_cluster cluster = {0};
    struct bwe_probe asked;
    uint64_t rate_bps;

    (void)state;
    assert_true(bwe_cluster_wake_at(&cluster, RTT) == UINT64_MAX);
    bwe_cluster_begin(&cluster, NOW, 1000000, 20000, &asked);
    bwe_cluster_sent(&cluster, NOW, 500);
    const uint64_t wake_us = bwe_cluster_wake_at(&cluster, RTT);
    assert_in_range(wake_us, NOW + 100000, NOW + 1000000);
    assert_int_equal(bwe_cluster_poll(&cluster, wake_us - 2, RTT, &rate_bps), BWE_CLUSTER_WAIT);
    assert_int_equal(bwe_cluster_poll(&cluster, wake_us, RTT, &rate_bps), BWE_CLUSTER_FAILED);
    assert_false(cluster.running);
    assert_int_equal(bwe_cluster_poll(&cluster, wake_us, RTT, &rate_bps), BWE_CLUSTER_WAIT);
}

static void says_when_the_sender_had_nothing(void **state)
{
    struct bwe_cluster cluster = {0};
    struct bwe_probe asked;
    uint64_t rate_bps;

    (void)state;
    bwe_cluster_begin(&cluster, NOW, 1000000, 20000, &asked);
    const uint64_t wake_us = bwe_cluster_wake_at(&cluster, RTT);
    assert_int_equal(bwe_cluster_poll(&cluster, wake_us, RTT, &rate_bps), BWE_CLUSTER_UNSENT);
}

static void ids_go_round_without_zero(void **state)
{
    struct bwe_cluster cluster = {0};
    struct bwe_probe asked;

    (void)state;
    for (int i = 0; i < 600; i++) {
        const uint8_t before = cluster.last_id;
        bwe_cluster_begin(&cluster, NOW, 100000, 20000, &asked);
        assert_int_not_equal(asked.id, 0);
        assert_int_not_equal(asked.id, before);
        assert_int_equal(asked.bytes, 1000); /* never less */
        bwe_cluster_abort(&cluster);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_link_gives_the_rate_sent),
        cmocka_unit_test(a_full_link_gives_a_little_less_than_its_own),
        cmocka_unit_test(some_loss_is_no_failure_and_much_is),
        cmocka_unit_test(impossible_times_are_no_measure),
        cmocka_unit_test(ends_though_nobody_answers),
        cmocka_unit_test(says_when_the_sender_had_nothing),
        cmocka_unit_test(ids_go_round_without_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
