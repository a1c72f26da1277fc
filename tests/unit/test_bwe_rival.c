#include "test.h"

#include "engine/bwe_rival.h"

#define MS 1000u

static struct bwe_rival rival;
static uint64_t now_us;

static int begin(void **state)
{
    (void)state;
    rival = (struct bwe_rival){0};
    now_us = 10000000;
    return 0;
}

/* For so long, in steps of 50 ms. True: it showed itself meanwhile. */
static bool run(unsigned ms, uint64_t queue_us, uint64_t sent_bps, uint64_t full_bps)
{
    bool shown = false;
    for (unsigned i = 0; i < ms; i += 50, now_us += 50 * MS) {
        const struct bwe_rival_view view = {
            .now_us = now_us, .queue_us = queue_us, .full_bps = full_bps};
        bwe_rival_sent(&rival, now_us, (uint32_t)(sent_bps / 8u / 20u));
        shown |= bwe_rival_watch(&rival, &view);
    }
    return shown;
}

static void who_gets_only_what_he_gives_is_not_alone(void **state)
{
    (void)state;
    assert_false(run(1000, 5000, 1000000, 0));
    assert_false(run(1000, 200000, 1000000, 900000));
    assert_true(run(3000, 200000, 500000, 490000));
    assert_true(rival.there);
}

static void an_own_queue_is_delivered_at_the_rate_of_the_link(void **state)
{
    (void)state;
    assert_false(run(500, 200000, 1000000, 900000));
    assert_false(run(10000, 200000, 500000, 900000));
    assert_false(rival.there);
}

static void a_link_that_gets_ever_narrower_is_no_rival(void **state)
{
    (void)state;
    assert_false(run(500, 200000, 1000000, 900000));
    assert_false(run(10000, 200000, 500000, 300000));
    assert_false(rival.there);
}

static void it_goes_when_the_queue_has_gone(void **state)
{
    (void)state;
    who_gets_only_what_he_gives_is_not_alone(state);
    (void)run(1500, 5000, 500000, 0);
    (void)run(500, 200000, 500000, 500000);
    assert_true(rival.there); /* it only had a loss */
    (void)run(2500, 5000, 500000, 0);
    assert_false(rival.there);
    /* Known by sight for a while. */
    assert_true(run(600, 200000, 500000, 500000));
    (void)run(2500, 5000, 500000, 0);
    (void)run(30000, 5000, 500000, 0);
    assert_false(run(600, 200000, 500000, 500000));
}

static void one_answer_for_one_overflow(void **state)
{
    (void)state;
    assert_false(bwe_rival_answers_loss(&rival, now_us, 500));
    who_gets_only_what_he_gives_is_not_alone(state);
    assert_false(bwe_rival_answers_loss(&rival, now_us, 10));
    assert_true(bwe_rival_answers_loss(&rival, now_us, 50));
    assert_false(bwe_rival_answers_loss(&rival, now_us + 500 * MS, 50));
    assert_true(bwe_rival_answers_loss(&rival, now_us + 1100 * MS, 50));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_gets_only_what_he_gives_is_not_alone, begin),
        cmocka_unit_test_setup(an_own_queue_is_delivered_at_the_rate_of_the_link, begin),
        cmocka_unit_test_setup(a_link_that_gets_ever_narrower_is_no_rival, begin),
        cmocka_unit_test_setup(it_goes_when_the_queue_has_gone, begin),
        cmocka_unit_test_setup(one_answer_for_one_overflow, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
