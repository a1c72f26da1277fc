#include "support/allocator_rig.h"

#include "engine/ladder.h"

/* s0: 75, 112.5, 150; s1: 375, 500 from half of the frames on. */
static void steps_begin_where_they_are_told_to(void **state)
{
    static const struct {
        struct ladder_lowest lowest;
        unsigned count;
        uint64_t first_bps;
    } cases[] = {{{0, 0}, 6, 75000}, {{0, 1}, 5, 75000}, {{1, 1}, 4, 112500}};
    struct ladder ladder;

    (void)state;
    set_up();
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        ladder_build(&ladder, &camera, SD, cases[i].lowest);
        assert_int_equal(ladder.count, cases[i].count);
        assert_int_equal(ladder.level, 0);
        assert_true(ladder_cost_at(&ladder, 0) == 0);
        assert_true(ladder_cost_at(&ladder, 1) == cases[i].first_bps);
        assert_true(ladder_cost_at(&ladder, ladder.count) == 500000);
        assert_int_equal(ladder_spatial_at(&ladder, 0), -1);
        assert_int_equal(ladder_spatial_at(&ladder, 1), 0);
        assert_int_equal(ladder_spatial_at(&ladder, ladder.count), 1);
    }
}

static void a_target_has_a_level(void **state)
{
    struct ladder ladder;

    (void)state;
    set_up();
    ladder_build(&ladder, &camera, SD, (struct ladder_lowest){1, 1});
    assert_int_equal(ladder_level_of(&ladder, (struct stream_target){-1, 0}), 0);
    /* The ladder begins above it. */
    assert_int_equal(ladder_level_of(&ladder, (struct stream_target){0, 0}), 1);
    assert_int_equal(ladder_level_of(&ladder, (struct stream_target){0, 1}), 1);
    assert_int_equal(ladder_level_of(&ladder, (struct stream_target){0, 2}), 2);
    assert_int_equal(ladder_level_of(&ladder, (struct stream_target){1, 1}), 3);
    assert_int_equal(ladder_level_of(&ladder, (struct stream_target){2, 2}), 4);
}

static void without_layers_there_are_no_steps(void **state)
{
    const struct track_layers none = {0};
    struct ladder ladder;

    (void)state;
    ladder_build(&ladder, &none, HD, (struct ladder_lowest){0, 1});
    assert_int_equal(ladder.count, 0);
    assert_int_equal(ladder_level_of(&ladder, (struct stream_target){1, 1}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_begin_where_they_are_told_to),
        cmocka_unit_test(a_target_has_a_level),
        cmocka_unit_test(without_layers_there_are_no_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
