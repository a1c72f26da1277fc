/* base/pool.h */
#include <string.h>

#include "base/pool.h"
#include "test.h"

struct thing {
    uint64_t a;
    char b[5];
};

static void slots_are_zeroed_and_counted(void **state)
{
    struct pool pool;
    struct thing *first, *second;

    (void)state;
    assert_int_equal(pool_init(&pool, sizeof(struct thing), 2), 0);
    first = pool_take(&pool);
    second = pool_take(&pool);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(pool_take(&pool));
    assert_int_equal(pool_used(&pool), 2);
    memset(first, 0xff, sizeof *first);
    pool_give(&pool, first);
    assert_int_equal(pool_used(&pool), 1);
    first = pool_take(&pool);
    assert_true(first->a == 0 && first->b[4] == 0);
    pool_fini(&pool);
    pool_fini(&pool);
}

static void old_ids_find_nothing(void **state)
{
    struct pool pool;
    struct thing *thing;
    uint64_t old_id, new_id;

    (void)state;
    assert_int_equal(pool_init(&pool, sizeof(struct thing), 1), 0);
    assert_null(pool_find(&pool, 0));
    thing = pool_take(&pool);
    old_id = pool_id(&pool, thing);
    assert_true(old_id != 0);
    assert_ptr_equal(pool_find(&pool, old_id), thing);
    pool_give(&pool, thing);
    assert_null(pool_find(&pool, old_id));
    thing = pool_take(&pool);
    new_id = pool_id(&pool, thing);
    assert_true(new_id != old_id);
    assert_null(pool_find(&pool, old_id));
    assert_ptr_equal(pool_find(&pool, new_id), thing);
    assert_null(pool_find(&pool, new_id + 1));
    assert_null(pool_find(&pool, UINT64_MAX));
    pool_fini(&pool);
}

static void walks_taken_slots_by_index(void **state)
{
    struct pool pool;
    struct thing *things[3];

    (void)state;
    assert_int_equal(pool_init(&pool, sizeof(struct thing), 3), 0);
    for (uint32_t i = 0; i < 3; i++) {
        things[i] = pool_take(&pool);
        assert_int_equal(pool_index(&pool, things[i]), i);
    }
    pool_give(&pool, things[1]);
    assert_ptr_equal(pool_at(&pool, 0), things[0]);
    assert_null(pool_at(&pool, 1));
    assert_ptr_equal(pool_at(&pool, 2), things[2]);
    assert_null(pool_at(&pool, 3));
    pool_fini(&pool);
}

static void refuses_senseless_sizes(void **state)
{
    struct pool pool;

    (void)state;
    assert_int_equal(pool_init(&pool, 0, 4), -1);
    assert_int_equal(pool_init(&pool, 8, 0), -1);
    assert_int_equal(pool_init(&pool, SIZE_MAX, 4), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_zeroed_and_counted),
        cmocka_unit_test(old_ids_find_nothing),
        cmocka_unit_test(walks_taken_slots_by_index),
        cmocka_unit_test(refuses_senseless_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
