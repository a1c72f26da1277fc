#include "test.h"

#include <string.h>

#include "engine/packet_pool.h"

static void it_grows_by_chunks_up_to_its_maximum(void **state)
{
    struct packet_pool pool;

    (void)state;
    assert_int_equal(packet_pool_init(&pool, 100, 2), 0);
    assert_null(packet_pool_take(&pool));
    assert_int_equal(packet_pool_grow(&pool, 1), 0);
    assert_int_equal(pool.free_count, PACKET_POOL_CHUNK_SLOTS);
    assert_int_equal(packet_pool_grow(&pool, PACKET_POOL_CHUNK_SLOTS), 0);
    assert_int_equal(pool.free_count, PACKET_POOL_CHUNK_SLOTS);
    assert_int_equal(packet_pool_grow(&pool, 10 * PACKET_POOL_CHUNK_SLOTS), 0);
    assert_int_equal(pool.free_count, 2 * PACKET_POOL_CHUNK_SLOTS);
    packet_pool_fini(&pool);
    packet_pool_fini(&pool);
}

static void slots_are_distinct_and_come_back_last_in_first_out(void **state)
{
    struct packet_pool pool;
    uint8_t *slots[PACKET_POOL_CHUNK_SLOTS];

    (void)state;
    assert_int_equal(packet_pool_init(&pool, 33, 1), 0);
    assert_int_equal(packet_pool_grow(&pool, PACKET_POOL_CHUNK_SLOTS), 0);
    for (size_t i = 0; i < TEST_COUNT(slots); i++) {
        slots[i] = packet_pool_take(&pool);
        assert_non_null(slots[i]);
        memset(slots[i], (int)i, 33);
    }
    assert_null(packet_pool_take(&pool));
    for (size_t i = 0; i < TEST_COUNT(slots); i++)
        assert_int_equal(slots[i][32], (uint8_t)i);
    packet_pool_give(&pool, slots[7]);
    packet_pool_give(&pool, slots[9]);
    assert_ptr_equal(packet_pool_take(&pool), slots[9]);
    assert_ptr_equal(packet_pool_take(&pool), slots[7]);
    packet_pool_fini(&pool);
}

static void growing_keeps_used_slots_on_top(void **state)
{
    struct packet_pool pool;

    (void)state;
    assert_int_equal(packet_pool_init(&pool, 64, 2), 0);
    assert_int_equal(packet_pool_grow(&pool, 1), 0);
    void *used = packet_pool_take(&pool);
    packet_pool_give(&pool, used);
    assert_int_equal(packet_pool_grow(&pool, 2 * PACKET_POOL_CHUNK_SLOTS), 0);
    assert_ptr_equal(packet_pool_take(&pool), used);
    packet_pool_fini(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_by_chunks_up_to_its_maximum),
        cmocka_unit_test(slots_are_distinct_and_come_back_last_in_first_out),
        cmocka_unit_test(growing_keeps_used_slots_on_top),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
