#include "test.h"

#include <string.h>

#include "engine/engine.h"
#include "engine/tx.h"

static void datagrams_come_out_in_order_and_stay(void **state)
{
    struct tx *tx = tx_new(64, 8);
    struct net_path path = {.connection = 1};
    struct engine_tx first, second, none;

    (void)state;
    memset(tx_reserve(tx, 40), 'a', 40);
    tx_commit(tx, &path, 10);
    path.connection = 2;
    memset(tx_reserve(tx, 40), 'b', 40);
    tx_commit(tx, &path, 40);
    assert_true(tx_next(tx, &first));
    assert_true(tx_next(tx, &second));
    assert_false(tx_next(tx, &none));
    assert_int_equal(first.len, 10);
    assert_int_equal(first.path.connection, 1);
    assert_memory_equal(first.bytes, "aaaaaaaaaa", 10);
    assert_int_equal(second.len, 40);
    assert_int_equal(second.path.connection, 2);
    tx_free(tx);
}

static void it_says_when_to_drain(void **state)
{
    struct tx *tx = tx_new(1 << 20, 8);
    const struct net_path path = {.connection = 1};
    struct engine_tx out;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        assert_false(tx_is_worth_draining(tx));
        assert_non_null(tx_reserve(tx, 40));
        tx_commit(tx, &path, 40);
    }
    assert_true(tx_is_worth_draining(tx));
    assert_int_equal(tx_unread(tx), 4);
    assert_true(tx_next(tx, &out));
    assert_int_equal(tx_unread(tx), 3);
    tx_reset(tx);
    assert_false(tx_is_worth_draining(tx));
    assert_non_null(tx_reserve(tx, 1 << 19));
    tx_commit(tx, &path, 1 << 19);
    assert_true(tx_is_worth_draining(tx));
    tx_free(tx);
}

static void a_reservation_without_commit_costs_nothing(void **state)
{
    struct tx *tx = tx_new(64, 8);
    struct engine_tx out;

    (void)state;
    assert_non_null(tx_reserve(tx, 64));
    assert_non_null(tx_reserve(tx, 64));
    assert_false(tx_next(tx, &out));
    tx_free(tx);
}

static void a_full_arena_or_list_says_so(void **state)
{
    struct tx *tx = tx_new(64, 2);
    struct net_path path = {0};

    (void)state;
    assert_null(tx_reserve(tx, 65));
    for (int i = 0; i < 2; i++) {
        assert_non_null(tx_reserve(tx, 8));
        tx_commit(tx, &path, 8);
    }
    assert_null(tx_reserve(tx, 8));
    tx_reset(tx);
    assert_non_null(tx_reserve(tx, 64));
    tx_commit(tx, &path, 64);
    assert_null(tx_reserve(tx, 1));
    tx_free(tx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_come_out_in_order_and_stay),
        cmocka_unit_test(a_reservation_without_commit_costs_nothing),
        cmocka_unit_test(it_says_when_to_drain),
        cmocka_unit_test(a_full_arena_or_list_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
