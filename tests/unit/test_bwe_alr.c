#include "test.h"

#include "engine/bwe_alr.h"

/* So many bit/s for so many ms. */
static void send(struct bwe_alr *alr, uint64_t *now_us, uint64_t rate_bps, unsigned ms)
{
    for (unsigned i = 0; i < ms / 10; i++, *now_us += 10000)
        bwe_alr_sent(alr, *now_us, (uint32_t)(rate_bps / 800), 1000000);
}

static void begins_below_two_thirds_and_ends_above(void **state)
{
    struct bwe_alr alr = {0};
    uint64_t now_us = 1000000;

    (void)state;
    send(&alr, &now_us, 1000000, 1000);
    assert_false(bwe_alr_limited(&alr, now_us, 1000000));
    send(&alr, &now_us, 300000, 3000);
    assert_true(bwe_alr_limited(&alr, now_us, 1000000));
    send(&alr, &now_us, 900000, 1500);
    assert_false(bwe_alr_limited(&alr, now_us, 1000000));
}

static void silence_is_limited(void **state)
{
    struct bwe_alr alr = {0};
    uint64_t now_us = 1000000;

    (void)state;
    send(&alr, &now_us, 1000000, 1000);
    assert_true(bwe_alr_limited(&alr, now_us + 2000000, 1000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_below_two_thirds_and_ends_above),
        cmocka_unit_test(silence_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
