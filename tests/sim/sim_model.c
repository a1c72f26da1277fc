/* The model of the network is itself held against what it claims. */
#include <string.h>

#include "sim/cubic.h"
#include "sim/network.h"
#include "unit/test.h"

#define SECOND      UINT64_C(1000000)
#define MILLISECOND UINT64_C(1000)
#define BYTES       972u /* 1,000 on the wire */

/* One datagram every interval_us; how many arrived in the end. */
static unsigned send_many(struct network *network, struct link *link, unsigned count,
                          uint64_t interval_us)
{
    const struct datagram datagram = {.len = BYTES};
    struct datagram *arrived;
    unsigned arrivals = 0;

    for (unsigned i = 0; i < count; i++) {
        (void)network_send(network, link, i * interval_us, &datagram);
        while ((arrived = network_pop(network, i * interval_us)) != NULL) {
            arrivals++;
            network_done(arrived);
        }
    }
    while ((arrived = network_pop(network, UINT64_MAX - 1)) != NULL) {
        arrivals++;
        network_done(arrived);
    }
    return arrivals;
}

static void a_bottleneck_passes_its_rate(void **state)
{
    struct link link = {.own = {.rate_bps = 1000000, .queue_us = 300 * MILLISECOND}};
    struct network network;

    (void)state;
    network_init(&network, 1);
    /* 2 Mbit/s for 10 s: half of it passes. */
    assert_in_range(send_many(&network, &link, 2500, 4 * MILLISECOND), 1250, 1300);
    assert_in_range(network_delay_us(&link.own, 95), 290 * MILLISECOND, 310 * MILLISECOND);
    assert_int_equal(link.dropped, link.own.overflowed);
    network_fini(&network);
}

static void links_share_a_bottleneck(void **state)
{
    struct bottleneck shared = {.rate_bps = 1000000, .queue_us = 300 * MILLISECOND};
    struct link one = {.shared = &shared}, other = {.shared = &shared};
    const struct datagram datagram = {.len = BYTES};
    struct network network;

    (void)state;
    network_init(&network, 1);
    for (unsigned i = 0; i < 1250; i++) {
        (void)network_send(&network, &one, i * 8 * MILLISECOND, &datagram);
        (void)network_send(&network, &other, i * 8 * MILLISECOND, &datagram);
    }
    assert_in_range(shared.passed, 1250, 1300);
    assert_true(one.dropped + other.dropped > 1100);
    network_fini(&network);
}

static void a_trace_changes_the_rate(void **state)
{
    static const struct rate_step steps[] = {{0, 2000000}, {5 * 1000000, 500000}};
    struct link link = {
        .own = {.queue_us = 300 * MILLISECOND, .steps = steps, .step_count = TEST_COUNT(steps)}};
    struct network network;

    (void)state;
    network_init(&network, 1);
    /* 2 Mbit/s pass for 5 s, then a quarter of it, and what fits the queue. */
    assert_in_range(send_many(&network, &link, 2500, 4 * MILLISECOND), 1250 + 312, 1250 + 312 + 25);
    network_fini(&network);
}

static void bursts_take_their_share(void **state)
{
    struct link link = {.bursts = {.mean_us = 100 * MILLISECOND, .share = 30}};
    struct network network;
    unsigned arrived;

    (void)state;
    network_init(&network, 1);
    arrived = send_many(&network, &link, 1000000, MILLISECOND);
    assert_in_range(arrived, 960000, 980000);
    network_fini(&network);
}

static void a_tcp_connection_fills_its_link(void **state)
{
    struct bottleneck shared = {.rate_bps = 2000000, .queue_us = 300 * MILLISECOND};
    struct cubic cubic = {.link = {.shared = &shared, .delay_us = 25 * MILLISECOND},
                          .return_us = 25 * MILLISECOND};
    struct network network;
    uint64_t now_us = 1;

    (void)state;
    network_init(&network, 1);
    cubic_start(&cubic, now_us);
    while (now_us < 60 * SECOND) {
        uint64_t next_us = network_next_us(&network), wake_us = cubic_wake_at(&cubic);
        struct datagram *ack;

        next_us = wake_us < next_us ? wake_us : next_us;
        now_us = next_us > now_us ? next_us : now_us;
        while ((ack = network_pop(&network, now_us)) != NULL) {
            cubic_receive(&cubic, &network, now_us, ack);
            network_done(ack);
        }
        cubic_run(&cubic, &network, now_us);
    }
    assert_true(cubic.delivered_bytes * 8 > 60 * UINT64_C(2000000) * 90 / 100);
    assert_true(cubic.reductions > 2);
    network_fini(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bottleneck_passes_its_rate),
        cmocka_unit_test(links_share_a_bottleneck),
        cmocka_unit_test(a_trace_changes_the_rate),
        cmocka_unit_test(bursts_take_their_share),
        cmocka_unit_test(a_tcp_connection_fills_its_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
