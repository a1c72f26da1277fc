#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "engine/replay.h"

static void an_index_is_fresh_once(void **state)
{
    struct replay replay = {0};

    (void)state;
    assert_true(replay_is_fresh(&replay, 1000));
    replay_mark(&replay, 1000);
    assert_false(replay_is_fresh(&replay, 1000));
    assert_true(replay_is_fresh(&replay, 1001));
    assert_true(replay_is_fresh(&replay, 999));
    replay_mark(&replay, 999);
    assert_false(replay_is_fresh(&replay, 999));
}

static void what_is_too_old_is_not_fresh(void **state)
{
    struct replay replay = {0};

    (void)state;
    replay_mark(&replay, 5000);
    assert_true(replay_is_fresh(&replay, 5000 - REPLAY_WINDOW + 1));
    assert_false(replay_is_fresh(&replay, 5000 - REPLAY_WINDOW));
    assert_true(REPLAY_WINDOW >= 128);
}

static void a_jump_forgets_nothing_wrong(void **state)
{
    struct replay replay = {0};

    (void)state;
    replay_mark(&replay, 0);
    replay_mark(&replay, 63);
    replay_mark(&replay, 64 * 100);
    for (uint64_t i = 64 * 100 - REPLAY_WINDOW + 1; i < 64 * 100; i++)
        assert_true(replay_is_fresh(&replay, i));
}

/* Against a plain array of flags. */
static void it_agrees_with_a_naive_model(void **state)
{
    enum { INDICES = 20000 };
    struct replay replay = {0};
    bool *seen = calloc(INDICES, sizeof(*seen));
    uint64_t newest = 0;
    struct rng rng;

    (void)state;
    assert_non_null(seen);
    rng_init(&rng, 7, 7);
    for (uint64_t base = 0; base + 700 < INDICES; base += rng_below(&rng, 40)) {
        uint64_t index = base + rng_below(&rng, 700);
        bool fresh = index > newest || (newest - index < REPLAY_WINDOW && !seen[index]);

        if (base == 0 && !replay.started)
            fresh = true;
        assert_int_equal(replay_is_fresh(&replay, index), fresh);
        if (!fresh)
            continue;
        replay_mark(&replay, index);
        seen[index] = true;
        newest = index > newest ? index : newest;
    }
    free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_is_fresh_once),
        cmocka_unit_test(what_is_too_old_is_not_fresh),
        cmocka_unit_test(a_jump_forgets_nothing_wrong),
        cmocka_unit_test(it_agrees_with_a_naive_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
