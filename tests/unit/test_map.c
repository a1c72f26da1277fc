/* base/map.h */
#include <string.h>

#include "base/map.h"
#include "base/rng.h"
#include "test.h"

static void puts_gets_replaces_removes(void **state)
{
    struct map map;
    uint64_t value = 77;
    int thing;

    (void)state;
    assert_int_equal(map_init(&map, 4, 1), 0);
    assert_false(map_get(&map, 5, &value));
    assert_true(value == 77);
    assert_int_equal(map_put(&map, 5, 50), 0);
    assert_int_equal(map_put(&map, 5, 51), 0);
    assert_int_equal(map.count, 1);
    assert_true(map_get(&map, 5, &value) && value == 51);
    assert_true(map_remove(&map, 5));
    assert_false(map_remove(&map, 5));
    assert_int_equal(map_put_pointer(&map, 0, &thing), 0);
    assert_ptr_equal(map_get_pointer(&map, 0), &thing);
    assert_null(map_get_pointer(&map, 1));
    map_clear(&map);
    assert_null(map_get_pointer(&map, 0));
    map_fini(&map);
    map_fini(&map);
}

static void full_map_refuses_new_keys_only(void **state)
{
    struct map map;

    (void)state;
    assert_int_equal(map_init(&map, 3, 1), 0);
    for (uint64_t key = 0; key < 3; key++)
        assert_int_equal(map_put(&map, key, key), 0);
    assert_int_equal(map_put(&map, 3, 3), -1);
    assert_int_equal(map_put(&map, 2, 9), 0);
    map_fini(&map);
    assert_int_equal(map_init(&map, 0, 1), -1);
    assert_int_equal(map_init(&map, UINT32_MAX, 1), -1);
}

static void walks_each_entry_once(void **state)
{
    struct map map;
    uint32_t cursor = 0;
    uint64_t key, value, sum = 0, count = 0;

    (void)state;
    assert_int_equal(map_init(&map, 100, 3), 0);
    for (uint64_t i = 1; i <= 100; i++)
        assert_int_equal(map_put(&map, i, i * 2), 0);
    while (map_next(&map, &cursor, &key, &value)) {
        assert_true(value == key * 2);
        sum += key;
        count++;
    }
    assert_true(count == 100 && sum == 5050);
    map_fini(&map);
}

/* Against a plain array, with few slots so that runs wrap round and collide. */
static void agrees_with_a_plain_array(void **state)
{
    struct map map;
    struct rng rng;
    uint64_t model[64];
    int present[64] = {0};
    uint32_t count = 0;

    (void)state;
    rng_init(&rng, 1, 2);
    assert_int_equal(map_init(&map, 24, 7), 0);
    for (int step = 0; step < 20000; step++) {
        uint32_t key = rng_below(&rng, 64);
        uint64_t value = rng_u64(&rng), found = 0;

        if (rng_below(&rng, 2) == 0) {
            int expected = !present[key] && count == 24 ? -1 : 0;

            assert_int_equal(map_put(&map, key, value), expected);
            if (expected == 0) {
                count += present[key] ? 0 : 1;
                present[key] = 1;
                model[key] = value;
            }
        } else {
            assert_int_equal(map_remove(&map, key), present[key]);
            count -= present[key] ? 1 : 0;
            present[key] = 0;
        }
        key = rng_below(&rng, 64);
        assert_int_equal(map_get(&map, key, &found), present[key]);
        if (present[key])
            assert_true(found == model[key]);
        assert_int_equal(map.count, count);
    }
    map_fini(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_gets_replaces_removes),
        cmocka_unit_test(full_map_refuses_new_keys_only),
        cmocka_unit_test(walks_each_entry_once),
        cmocka_unit_test(agrees_with_a_plain_array),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
