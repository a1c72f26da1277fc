#include "test.h"

#include "base/rng.h"
#include "engine/bwe_loss.h"

/* A sender that follows the limit up to 3 Mbit/s, over a link that loses at random and takes no
 * more than its rate. */
struct world {
    struct bwe_loss loss;
    struct rng rng;
    uint64_t now_us;
    uint64_t delay_bps;
    double link_kbps;
    unsigned loss_permille;
};

static struct world begin(void)
{
    struct world world = {.now_us = 1000000, .delay_bps = 3000000, .link_kbps = 1e9};
    rng_init(&world.rng, 7, 7);
    bwe_loss_init(&world.loss, 3000000);
    return world;
}

static uint64_t limit_bps(const struct world *world)
{
    const uint64_t limit = bwe_loss_limit_bps(&world->loss);
    return limit < world->delay_bps ? limit : world->delay_bps;
}

static void run(struct world *world, unsigned ms)
{
    for (unsigned i = 0; i < ms; i += 5, world->now_us += 5000) {
        const double sent_kbps = (double)limit_bps(world) / 1000.0;
        const double full = sent_kbps > world->link_kbps ? 1 - world->link_kbps / sent_kbps : 0;
        for (unsigned packet = 0; packet < 4; packet++) {
            const bool lost = rng_below(&world->rng, 1000) < world->loss_permille ||
                              rng_below(&world->rng, 1000) < (unsigned)(full * 1000);
            bwe_loss_add(&world->loss, world->now_us, (uint32_t)(sent_kbps * 5 / 8 / 4), lost);
        }
        if (i % 50 == 0) {
            const struct bwe_loss_input input = {
                .now_us = world->now_us, .delay_bps = world->delay_bps, .min_bps = 50000};
            bwe_loss_update(&world->loss, &input);
        }
    }
}

static void without_loss_it_is_no_limit(void **state)
{
    struct world world = begin();

    (void)state;
    run(&world, 10000);
    assert_false(world.loss.limiting);
    assert_int_equal(bwe_loss_recent_permille(&world.loss), 0);
    world.delay_bps = 1000000;
    run(&world, 1000);
    assert_false(world.loss.limiting);
}

static void random_loss_is_looked_at_and_believed(void **state)
{
    static const unsigned permilles[] = {20, 50, 100, 200, 300};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(permilles); i++) {
        struct world world = begin();
        run(&world, 5000);
        world.loss_permille = permilles[i];
        run(&world, 5000);
        uint64_t sum = 0;
        for (int second = 0; second < 30; second++) {
            run(&world, 1000);
            sum += limit_bps(&world) / 30;
        }
        assert_true(sum > 2700000);
        assert_in_range(bwe_loss_recent_permille(&world.loss), permilles[i] * 7 / 10,
                        permilles[i] * 13 / 10);
    }
}

static void a_link_that_takes_less_is_found(void **state)
{
    struct world world = begin();
    double sent = 0;

    (void)state;
    run(&world, 5000);
    world.link_kbps = 1000;
    run(&world, 2000);
    for (int i = 0; i < 200; i++) {
        run(&world, 100);
        sent += (double)limit_bps(&world) / 1000.0 / 200;
    }
    assert_true(sent > 850 && sent < 1150);
    assert_true(world.loss.limiting);
}

static void it_is_found_under_random_loss_too(void **state)
{
    struct world world = begin();
    double sent = 0;

    (void)state;
    world.loss_permille = 50;
    run(&world, 8000);
    world.link_kbps = 1000;
    run(&world, 3000);
    for (int i = 0; i < 200; i++) {
        run(&world, 100);
        sent += (double)limit_bps(&world) / 1000.0 / 200;
    }
    assert_true(sent > 700 && sent < 1350);
}

static void it_comes_back_when_the_loss_ends(void **state)
{
    struct world world = begin();

    (void)state;
    world.link_kbps = 1500;
    run(&world, 10000);
    assert_true(limit_bps(&world) < 1900000);
    world.link_kbps = 1e9;
    run(&world, 18000); /* by itself; a probe is quicker */
    assert_true(limit_bps(&world) > 2500000);
}

static void a_single_burst_is_forgiven(void **state)
{
    struct world world = begin();

    (void)state;
    run(&world, 5000);
    world.loss_permille = 500;
    run(&world, 100);
    world.loss_permille = 0;
    run(&world, 1000);
    assert_false(world.loss.limiting);
}

static void probes_speak_louder(void **state)
{
    struct world world = begin();

    (void)state;
    world.link_kbps = 1000;
    run(&world, 6000);
    assert_true(world.loss.limiting);
    bwe_loss_probed(&world.loss, world.now_us, 2000000, false);
    assert_int_equal(bwe_loss_limit_bps(&world.loss), 2000000);
    run(&world, 400);
    bwe_loss_probed(&world.loss, world.now_us, 950000, true);
    assert_true(bwe_loss_limit_bps(&world.loss) < 1300000);
}

static void never_below_the_least(void **state)
{
    struct world world = begin();

    (void)state;
    world.loss_permille = 1000;
    run(&world, 30000);
    assert_true(bwe_loss_limit_bps(&world.loss) >= 50000);
    assert_int_equal(bwe_loss_recent_permille(&world.loss), 1000);
}

static void what_comes_late_was_not_lost(void **state)
{
    struct bwe_loss loss;

    (void)state;
    bwe_loss_init(&loss, 1000000);
    bwe_loss_take_back(&loss); /* nothing there: nothing happens */
    bwe_loss_add(&loss, 1000000, 1000, true);
    bwe_loss_take_back(&loss);
    assert_int_equal(loss.lost, 0);
    assert_int_equal(loss.packets, 1);
}

static void a_probe_without_answers_says_nothing(void **state)
{
    struct world world = begin();

    (void)state;
    world.loss_permille = 200;
    run(&world, 10000);
    const uint64_t before_bps = limit_bps(&world);
    bwe_loss_probed(&world.loss, world.now_us, 0, true);
    assert_int_equal(limit_bps(&world), before_bps);
}

static void a_thin_moment_is_no_measure(void **state)
{
    struct world world = begin();
    const uint64_t limit = world.delay_bps;

    (void)state;
    run(&world, 5000);
    world.loss_permille = 200;
    run(&world, 500);
    world.delay_bps = 300000; /* a quarter of a second in which hardly anything was sent */
    run(&world, 250);
    world.delay_bps = limit;
    run(&world, 50);
    assert_true(bwe_loss_limit_bps(&world.loss) > 1000000);
}

static void a_burst_is_a_while_without_anything(void **state)
{
    struct world world = begin();

    (void)state;
    world.loss_permille = 200;
    run(&world, 10000);
    assert_false(bwe_loss_in_bursts(&world.loss, 0));
    world.loss_permille = 1000;
    run(&world, 60);
    assert_true(bwe_loss_in_bursts(&world.loss, world.now_us - 100000));
    world.loss_permille = 0;
    run(&world, 1000);
    assert_false(bwe_loss_in_bursts(&world.loss, world.now_us - 100000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_loss_it_is_no_limit),
        cmocka_unit_test(random_loss_is_looked_at_and_believed),
        cmocka_unit_test(a_link_that_takes_less_is_found),
        cmocka_unit_test(it_is_found_under_random_loss_too),
        cmocka_unit_test(it_comes_back_when_the_loss_ends),
        cmocka_unit_test(a_single_burst_is_forgiven),
        cmocka_unit_test(probes_speak_louder),
        cmocka_unit_test(never_below_the_least),
        cmocka_unit_test(what_comes_late_was_not_lost),
        cmocka_unit_test(a_probe_without_answers_says_nothing),
        cmocka_unit_test(a_thin_moment_is_no_measure),
        cmocka_unit_test(a_burst_is_a_while_without_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
