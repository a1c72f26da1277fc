#include "test.h"

#include "engine/publish.h"

#define SECOND UINT64_C(1000000)

static void all_is_sent_at_first(void **state)
{
    struct publish publish = {0};

    (void)state;
    assert_false(publish_update(&publish, SECOND, 3, 0));
    assert_int_equal(publish_layers(&publish), 7);
    assert_false(publish_update(&publish, SECOND + PUBLISH_START_US - 1, 3, 0));
    assert_int_equal(publish_wake_at(&publish, 0), SECOND + PUBLISH_START_US);
    assert_true(publish_update(&publish, SECOND + PUBLISH_START_US, 3, 0));
    assert_int_equal(publish_layers(&publish), 0);
    assert_true(publish_wake_at(&publish, 0) == UINT64_MAX);
}

static uint64_t begin(struct publish *publish)
{
    *publish = (struct publish){0};
    (void)publish_update(publish, 0, 3, 3);
    (void)publish_update(publish, 10 * SECOND, 3, 3);
    return 10 * SECOND;
}

static void what_nobody_shows_stops_after_a_while(void **state)
{
    struct publish publish;
    const uint64_t now_us = begin(&publish);

    (void)state;
    assert_false(publish_update(&publish, now_us + 1, 3, 1));
    assert_false(publish_update(&publish, now_us + PUBLISH_HOLD_US - 1, 3, 1));
    assert_int_equal(publish_layers(&publish), 7);
    assert_int_equal(publish_wake_at(&publish, 1), now_us + PUBLISH_HOLD_US);
    assert_true(publish_update(&publish, now_us + PUBLISH_HOLD_US, 3, 1));
    assert_int_equal(publish_layers(&publish), 1);
}

static void a_glance_elsewhere_stops_nothing(void **state)
{
    struct publish publish;
    const uint64_t now_us = begin(&publish);

    (void)state;
    assert_false(publish_update(&publish, now_us + SECOND, 3, 0));
    assert_false(publish_update(&publish, now_us + SECOND + 1, 3, 3));
    assert_true(publish_wake_at(&publish, 3) == UINT64_MAX);
    assert_false(publish_update(&publish, now_us + 2 * SECOND + PUBLISH_HOLD_US / 2, 3, 3));
    assert_int_equal(publish_layers(&publish), 7);
}

static void a_wish_starts_it_at_once(void **state)
{
    struct publish publish;
    const uint64_t now_us = begin(&publish) + PUBLISH_HOLD_US;

    (void)state;
    assert_true(publish_update(&publish, now_us, 3, 0));
    assert_int_equal(publish_layers(&publish), 0);
    assert_true(publish_update(&publish, now_us + 1, 3, 2));
    assert_int_equal(publish_layers(&publish), 3);
    /* More than there is: all there is. */
    assert_true(publish_update(&publish, now_us + 2, 3, 9));
    assert_int_equal(publish_layers(&publish), 7);
}

static void what_may_be_needed_again_stops_later(void **state)
{
    struct publish publish;
    const uint64_t now_us = begin(&publish);

    (void)state;
    publish_extend(&publish, now_us, 2);
    assert_true(publish_update(&publish, now_us + PUBLISH_HOLD_US, 3, 0));
    assert_int_equal(publish_layers(&publish), 3);
    assert_int_equal(publish_wake_at(&publish, 0), now_us + PUBLISH_SOON_HOLD_US);
    assert_true(publish_update(&publish, now_us + PUBLISH_SOON_HOLD_US, 3, 0));
    assert_int_equal(publish_layers(&publish), 0);
}

static void another_offer_begins_anew(void **state)
{
    struct publish publish;
    const uint64_t now_us = begin(&publish) + 60 * SECOND;

    (void)state;
    (void)publish_update(&publish, now_us, 3, 1);
    assert_int_equal(publish_layers(&publish), 1);
    assert_true(publish_update(&publish, now_us, 2, 2));
    assert_int_equal(publish_layers(&publish), 3);
    assert_true(publish_update(&publish, now_us, 3, 2));
    assert_int_equal(publish_layers(&publish), 7);
    assert_false(publish_update(&publish, now_us + PUBLISH_START_US - 1, 3, 2));
    assert_true(publish_update(&publish, now_us + PUBLISH_START_US, 3, 2));
    assert_int_equal(publish_layers(&publish), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_sent_at_first),
        cmocka_unit_test(what_nobody_shows_stops_after_a_while),
        cmocka_unit_test(a_glance_elsewhere_stops_nothing),
        cmocka_unit_test(a_wish_starts_it_at_once),
        cmocka_unit_test(what_may_be_needed_again_stops_later),
        cmocka_unit_test(another_offer_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
