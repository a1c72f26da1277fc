#include "test.h"

#include "base/rng.h"
#include "engine/packet_ring.h"

struct fixture {
    struct packet_store store;
    struct packet_ring ring;
};

static void set_up(struct fixture *fixture, uint32_t capacity, uint32_t slots)
{
    assert_int_equal(packet_store_init(&fixture->store, 4), 0);
    assert_int_equal(packet_store_grow(&fixture->store, slots, slots), 0);
    assert_int_equal(packet_ring_init(&fixture->ring, capacity), 0);
}

/* Nothing may be left in the rings' hands. */
static void tear_down(struct fixture *fixture)
{
    packet_ring_fini(&fixture->ring, &fixture->store);
    assert_int_equal(fixture->store.large.free_count,
                     fixture->store.large.chunk_count * PACKET_POOL_CHUNK_SLOTS);
    assert_int_equal(fixture->store.small.free_count,
                     fixture->store.small.chunk_count * PACKET_POOL_CHUNK_SLOTS);
    packet_store_fini(&fixture->store);
}

static struct packet *put(struct fixture *fixture, uint32_t seq, uint64_t now_us)
{
    return packet_ring_put(&fixture->ring, &fixture->store, seq, 1000, now_us);
}

static void packets_are_found_by_number(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture, 64, 100);
    struct packet *packet = put(&fixture, 70000, 5);
    assert_non_null(packet);
    assert_int_equal(packet->seq, 70000);
    assert_false(packet->small);
    assert_ptr_equal(packet_ring_find(&fixture.ring, 70000), packet);
    assert_null(packet_ring_find(&fixture.ring, 69999));
    assert_null(packet_ring_find(&fixture.ring, 70001));
    assert_null(packet_ring_find(&fixture.ring, 70064));
    assert_null(put(&fixture, 70000, 6));
    tear_down(&fixture);
}

static void a_late_packet_fits_if_it_is_not_too_late(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture, 64, 100);
    assert_non_null(put(&fixture, 1000, 0));
    assert_non_null(put(&fixture, 1010, 0));
    assert_non_null(put(&fixture, 1005, 0));
    assert_non_null(put(&fixture, 990, 0));
    assert_null(put(&fixture, 1011 - 65, 0));
    assert_non_null(packet_ring_find(&fixture.ring, 990));
    assert_non_null(packet_ring_find(&fixture.ring, 1005));
    tear_down(&fixture);
}

static void the_window_moves_and_jumps(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture, 64, 100);
    for (uint32_t seq = 0xffffff00u; seq != 100; seq++)
        assert_non_null(put(&fixture, seq, 0));
    assert_null(packet_ring_find(&fixture.ring, 35));
    assert_non_null(packet_ring_find(&fixture.ring, 36));
    assert_non_null(put(&fixture, 100000, 0));
    assert_null(packet_ring_find(&fixture.ring, 99));
    tear_down(&fixture);
}

static void old_packets_go(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture, 64, 100);
    assert_non_null(put(&fixture, 1, 0));
    assert_non_null(put(&fixture, 5, 600000));
    packet_ring_expire(&fixture.ring, &fixture.store, PACKET_RING_AGE_US);
    assert_null(packet_ring_find(&fixture.ring, 1));
    assert_non_null(packet_ring_find(&fixture.ring, 5));
    packet_ring_expire(&fixture.ring, &fixture.store, 600000 + PACKET_RING_AGE_US);
    assert_null(packet_ring_find(&fixture.ring, 5));
    tear_down(&fixture);
}

static void short_of_slots_it_gives_up_its_own_oldest(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture, 512, PACKET_POOL_CHUNK_SLOTS);
    for (uint32_t seq = 0; seq < PACKET_POOL_CHUNK_SLOTS + 10; seq++)
        assert_non_null(put(&fixture, seq, 0));
    assert_null(packet_ring_find(&fixture.ring, 9));
    assert_non_null(packet_ring_find(&fixture.ring, 10));
    tear_down(&fixture);
}

static void small_packets_take_small_slots(void **state)
{
    struct fixture fixture;

    (void)state;
    set_up(&fixture, 64, 100);
    const uint32_t large = fixture.store.large.free_count;
    struct packet *packet = packet_ring_put(&fixture.ring, &fixture.store, 1, 100, 0);
    assert_non_null(packet);
    assert_true(packet->small);
    assert_int_equal(fixture.store.large.free_count, large);
    packet_ring_clear(&fixture.ring, &fixture.store);
    assert_null(packet_ring_find(&fixture.ring, 1));
    tear_down(&fixture);
}

static void random_use_never_loses_a_slot(void **state)
{
    struct fixture fixture;
    struct rng rng;
    uint32_t seq = 5;

    (void)state;
    rng_init(&rng, 1, 2);
    set_up(&fixture, 128, 200);
    for (uint64_t now_us = 0; now_us < 20000000; now_us += rng_below(&rng, 5000)) {
        const uint32_t kind = rng_below(&rng, 100);
        seq += kind == 0 ? rng_below(&rng, 5000) : kind < 50 ? 1 : 0;
        const uint32_t at = seq - (kind > 80 ? rng_below(&rng, 300) : 0);
        struct packet *packet =
            packet_ring_put(&fixture.ring, &fixture.store, at, rng_below(&rng, 1400), now_us);
        assert_true(packet == NULL || packet_ring_find(&fixture.ring, at) == packet);
    }
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_found_by_number),
        cmocka_unit_test(a_late_packet_fits_if_it_is_not_too_late),
        cmocka_unit_test(the_window_moves_and_jumps),
        cmocka_unit_test(old_packets_go),
        cmocka_unit_test(short_of_slots_it_gives_up_its_own_oldest),
        cmocka_unit_test(small_packets_take_small_slots),
        cmocka_unit_test(random_use_never_loses_a_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
