#include "support/allocator_rig.h"

#include "engine/ladder.h"

/* ---- what fits ------------------------------------------------------------------------------ */

static void one_camera_gets_what_fits(void **state)
{
    /* s0: 75, 112.5, 150; s1: 375, 500 (a quarter of the frames is no gain there); s2: 1275, 1700.
     */
    static const struct {
        uint64_t bps;
        int spatial, temporal;
    } cases[] = {
        {74000, -1, 0},  {75000, 0, 0},   {112499, 0, 0},  {112500, 0, 1},   {150000, 0, 2},
        {374000, 0, 2},  {375000, 1, 1},  {499999, 1, 1},  {500000, 1, 2},   {1274000, 1, 2},
        {1275000, 2, 1}, {1699999, 2, 1}, {1700000, 2, 2}, {90000000, 2, 2},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        set_up();
        add(ALLOCATOR_VISIBLE, HD);
        decide(cases[i].bps);
        ASSERT_TARGET(0, cases[i].spatial, cases[i].temporal);
        assert_true(outcome.cost_bps <= cases[i].bps);
        assert_true(outcome.wanted_bps == 1700000);
    }
}

static void a_tile_gets_no_more_than_it_has_pixels_for(void **state)
{
    static const struct {
        uint32_t pixels;
        int spatial;
    } cases[] = {
        {1, 0},         {160 * 90, 0},  {SMALL, 0}, {400 * 225, 0},     {404 * 228, 1},  {SD, 1},
        {800 * 450, 1}, {804 * 453, 2}, {HD, 2},    {3840u * 2160u, 2}, {360u * 640u, 1}};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        set_up();
        add(ALLOCATOR_VISIBLE, cases[i].pixels);
        decide(20000000);
        ASSERT_TARGET(0, cases[i].spatial, 2);
        assert_int_equal(outcome.next_step_bps, 0);
        assert_int_equal(ladder_useful_spatial(&camera, cases[i].pixels), cases[i].spatial);
    }
}

static void audio_and_repairs_come_first(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    reserved_bps = 100000;
    decide(500000);
    ASSERT_TARGET(0, 1, 1);
    assert_true(outcome.cost_bps == 475000);
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    reserved_bps = 600000;
    decide(500000);
    ASSERT_PAUSED(0);
    assert_true(outcome.cost_bps == 600000);
}

static void repairs_come_before_better_layers_but_not_before_bases(void **state)
{
    const struct allocator_link link = {
        .target_bps = 500000, .reserved_bps = 100000, .repairs_bps = 60000};

    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    allocator_decide(&allocator, now_us, &link, sources, count, &outcome);
    ASSERT_TARGET(0, 0, 2);
    assert_true(outcome.cost_bps == 310000);
    set_up();
    for (unsigned i = 0; i < 5; i++)
        add(ALLOCATOR_VISIBLE, HD);
    allocator_decide(&allocator, now_us, &link, sources, count, &outcome);
    for (size_t i = 0; i < 5; i++)
        ASSERT_TARGET(i, 0, 0);
}

static void everybody_gets_a_base_before_anybody_gets_more(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, SMALL);
    add(ALLOCATOR_PINNED, HD);
    add(ALLOCATOR_VISIBLE, HD);
    decide(3 * 75000);
    ASSERT_TARGET(0, 0, 0);
    ASSERT_TARGET(1, 0, 0);
    ASSERT_TARGET(2, 0, 0);
    /* The smallest tile of the lowest class is the first to have nothing. */
    set_up();
    add(ALLOCATOR_VISIBLE, SMALL);
    add(ALLOCATOR_PINNED, HD);
    add(ALLOCATOR_VISIBLE, HD);
    decide(3 * 75000 - 1);
    ASSERT_PAUSED(0);
    ASSERT_TARGET(1, 0, 1);
    ASSERT_TARGET(2, 0, 0);
}

static void classes_are_raised_in_order(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    add(ALLOCATOR_SPEAKER, HD);
    add(ALLOCATOR_PINNED, HD);
    decide(1700000 + 500000 + 75000);
    ASSERT_TARGET(2, 2, 2);
    ASSERT_TARGET(1, 1, 2);
    ASSERT_TARGET(0, 0, 0);
}

static void equals_share(void **state)
{
    (void)state;
    set_up();
    for (unsigned i = 0; i < 3; i++)
        add(ALLOCATOR_VISIBLE, HD);
    decide(1500000);
    for (size_t i = 0; i < 3; i++)
        ASSERT_TARGET(i, 1, 2);
    set_up();
    for (unsigned i = 0; i < 3; i++)
        add(ALLOCATOR_VISIBLE, HD);
    decide(1300000);
    ASSERT_TARGET(0, 1, 2);
    ASSERT_TARGET(1, 1, 1);
    ASSERT_TARGET(2, 1, 1);
}

static void larger_tiles_come_first(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, SMALL);
    add(ALLOCATOR_VISIBLE, SD);
    add(ALLOCATOR_VISIBLE, HD);
    decide(75000);
    ASSERT_PAUSED(0);
    ASSERT_PAUSED(1);
    ASSERT_TARGET(2, 0, 0);
    assert_true(outcome.next_step_bps == 165000);
}

static void a_screen_may_be_oversent(void **state)
{
    (void)state;
    camera = simulcast(1, 1);
    set_up();
    camera = simulcast(1, 1);
    camera.at[0][0].bps = 700000;
    add(ALLOCATOR_SCREEN, HD);
    add(ALLOCATOR_VISIBLE, HD);
    decide(200000);
    ASSERT_TARGET(0, 0, 0);
    ASSERT_PAUSED(1);
    /* And stays so. */
    decide_for(200000, 3000000);
    ASSERT_TARGET(0, 0, 0);
    decide(180000);
    ASSERT_PAUSED(0);
}

static void a_screen_takes_sharpness_before_frames(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_SCREEN, HD);
    decide(900000);
    ASSERT_TARGET(0, 2, 0);
}

/* ---- layers that are not as usual ------------------------------------------------------------ */

static void dead_layers_are_left_out(void **state)
{
    (void)state;
    set_up();
    for (unsigned t = 0; t < 3; t++)
        camera.at[2][t].alive = false;
    add(ALLOCATOR_VISIBLE, HD);
    decide(20000000);
    ASSERT_TARGET(0, 1, 2);
    for (unsigned t = 0; t < 3; t++)
        camera.at[1][t].alive = false;
    decide(20000000);
    ASSERT_TARGET(0, 0, 2);
    for (unsigned t = 0; t < 3; t++)
        camera.at[0][t].alive = false;
    decide(20000000);
    ASSERT_PAUSED(0);
}

static void a_layer_that_is_too_large_is_better_than_none(void **state)
{
    (void)state;
    set_up();
    for (unsigned t = 0; t < 3; t++)
        camera.at[0][t].alive = camera.at[1][t].alive = false;
    add(ALLOCATOR_VISIBLE, SMALL);
    decide(20000000);
    ASSERT_TARGET(0, 2, 2);
}

static void nothing_to_choose_from_is_a_pause(void **state)
{
    (void)state;
    set_up();
    camera = (struct track_layers){0};
    add(ALLOCATOR_VISIBLE, HD);
    decide(20000000);
    ASSERT_PAUSED(0);
    assert_int_equal(outcome.wanted_bps, 0);
    count = 0;
    decide(20000000);
    assert_int_equal(outcome.cost_bps, 0);
}

static void unmeasured_layers_cost_what_is_usual(void **state)
{
    (void)state;
    set_up();
    for (unsigned s = 0; s < 3; s++)
        for (unsigned t = 0; t < 3; t++)
            camera.at[s][t].bps = 0;
    add(ALLOCATOR_VISIBLE, HD);
    decide(2000000);
    ASSERT_TARGET(0, 2, 2);
    set_up();
    for (unsigned s = 0; s < 3; s++)
        for (unsigned t = 0; t < 3; t++)
            camera.at[s][t] = (struct track_layers){.at[0][0].alive = true}.at[0][0];
    add(ALLOCATOR_VISIBLE, HD);
    decide(500000);
    ASSERT_TARGET(0, 1, 2);
}

static void a_better_layer_for_no_more_is_taken(void **state)
{
    (void)state;
    set_up();
    /* A still picture: all layers are cheap. */
    for (unsigned t = 0; t < 3; t++)
        camera.at[2][t].bps = 90000;
    add(ALLOCATOR_VISIBLE, HD);
    decide(100000);
    ASSERT_TARGET(0, 2, 2);
}

static void a_single_stream_has_one_step(void **state)
{
    (void)state;
    set_up();
    camera = simulcast(1, 1);
    add(ALLOCATOR_VISIBLE, HD);
    decide(149999);
    ASSERT_PAUSED(0);
    decide_for(173000, 1500000);
    ASSERT_TARGET(0, 0, 0);
}

/* ---- up with care, down at once -------------------------------------------------------------- */

static void up_needs_room_for_a_second(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    decide_for(200000, 3000000);
    ASSERT_TARGET(0, 0, 2);
    /* 375 kbit/s times 1.15 is 431.25. */
    decide_for(431000, 5000000);
    ASSERT_TARGET(0, 0, 2);
    decide(432000);
    ASSERT_TARGET(0, 0, 2);
    const uint64_t since_us = now_us;
    for (; sources[0].target.spatial == 0 && now_us < since_us + 3000000; now_us += 50000)
        decide(432000);
    ASSERT_TARGET(0, 1, 1);
    assert_in_range(now_us - since_us, 950000, 1350000);
}

static void a_dip_starts_the_second_anew(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    decide_for(200000, 2000000);
    for (unsigned i = 0; i < 10; i++) {
        decide_for(1000000, 800000);
        decide_for(400000, 100000);
    }
    ASSERT_TARGET(0, 0, 2);
}

static void a_passed_probe_needs_no_second(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    decide_for(200000, 2000000);
    allocator_probed(&allocator, now_us);
    decide(600000);
    ASSERT_TARGET(0, 1, 2);
}

static void a_probe_is_forgotten(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    decide_for(200000, 2000000);
    allocator_probed(&allocator, now_us);
    decide_for(200000, ALLOCATOR_PROBED_US);
    decide(600000);
    ASSERT_TARGET(0, 0, 2);
}

static void down_is_at_once(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    decide_for(2500000, 3000000);
    ASSERT_TARGET(0, 2, 2);
    decide(450000);
    ASSERT_TARGET(0, 1, 1);
    now_us += 1000;
    decide(80000);
    ASSERT_TARGET(0, 0, 0);
    /* A base is not taken away for a moment. */
    decide_for(0, ALLOCATOR_SHORT_US);
    ASSERT_TARGET(0, 0, 0);
    decide(0);
    ASSERT_PAUSED(0);
    assert_true(outcome.next_step_bps == 82500);
}

/* What is sent less to empty a queue is no reason to take a picture away. */
static void bases_are_judged_without_the_queue(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    decide_for(2500000, 3000000);
    for (unsigned i = 0; i < 30; i++, now_us += 100000) {
        const struct allocator_link link = {
            .target_bps = 60000, .settled_bps = 80000, .loses = true};
        allocator_decide(&allocator, now_us, &link, sources, count, &outcome);
        accept();
        ASSERT_TARGET(0, 0, 0);
    }
}

static void where_nothing_is_lost_a_base_is_kept_longer(void **state)
{
    (void)state;
    set_up();
    loses = false;
    add(ALLOCATOR_VISIBLE, HD);
    decide_for(2500000, 3000000);
    assert_false(allocator_keeps_bases(&allocator));
    decide_for(0, ALLOCATOR_SHORT_MAX_US);
    ASSERT_TARGET(0, 0, 0);
    assert_true(allocator_keeps_bases(&allocator));
    decide(0);
    ASSERT_PAUSED(0);
    /* And with the first loss no longer. */
    decide_for(2500000, 3000000);
    decide_for(0, ALLOCATOR_SHORT_US);
    ASSERT_TARGET(0, 0, 0);
    loses = true;
    decide_for(0, 100000);
    ASSERT_PAUSED(0);
    assert_false(allocator_keeps_bases(&allocator));
}

/* s0 has half of its frames from 112.5 kbit/s on, all three take a third of 1,012.5. */
static void where_much_is_lost_nobody_has_a_quarter_of_the_frames(void **state)
{
    static const struct {
        uint64_t bps;
        bool much;
        int pinned, temporal;
    } cases[] = {{1430000, false, 2, 0}, {1430000, true, 1, 1}, {660000, true, 1, 0}};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        const struct allocator_link link = {
            .target_bps = cases[i].bps, .loses = true, .loses_much = cases[i].much};
        set_up();
        add(ALLOCATOR_PINNED, HD);
        add(ALLOCATOR_VISIBLE, SMALL);
        add(ALLOCATOR_VISIBLE, SMALL);
        allocator_decide(&allocator, now_us, &link, sources, count, &outcome);
        assert_int_equal(sources[0].target.spatial, cases[i].pinned);
        for (size_t k = 1; k < 3; k++) {
            assert_int_equal(sources[k].target.spatial, 0);
            assert_true(sources[k].target.temporal >= cases[i].temporal);
        }
        assert_true(outcome.cost_bps <= cases[i].bps);
    }
}

static void a_small_miss_is_no_miss(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    decide_for(2500000, 3000000);
    decide(1650000);
    ASSERT_TARGET(0, 2, 2);
    decide(1600000);
    ASSERT_TARGET(0, 2, 1);
}

static void a_base_is_kept_if_a_tenth_is_missing_and_comes_back_with_a_tenth_to_spare(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_PINNED, SD);
    add(ALLOCATOR_VISIBLE, SD);
    decide_for(150000, 2000000);
    decide(140000);
    ASSERT_TARGET(1, 0, 0);
    decide_for(136000, ALLOCATOR_SHORT_US);
    ASSERT_TARGET(1, 0, 0);
    decide(136000);
    ASSERT_PAUSED(1);
    ASSERT_TARGET(0, 0, 0);
    decide_for(164000, 3000000);
    ASSERT_PAUSED(1);
    decide_for(165000, 400000);
    ASSERT_PAUSED(1);
    decide_for(165000, 500000);
    ASSERT_TARGET(1, 0, 0);
}

static void down_raises_nobody(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_PINNED, SD);
    add(ALLOCATOR_VISIBLE, HD);
    decide(500000 + 1275000);
    ASSERT_TARGET(0, 1, 2);
    ASSERT_TARGET(1, 2, 1);
    /* The pinned camera's layers grew; what is taken from the other one goes to nobody. */
    camera.at[1][1].bps = 450000;
    camera.at[1][2].bps = 700000;
    decide(1600000);
    ASSERT_TARGET(0, 1, 2);
    ASSERT_TARGET(1, 1, 2);
}

/* Raises it (at once, by a probe) and takes it back. */
static void fail_once(void)
{
    allocator_probed(&allocator, now_us);
    decide(700000);
    ASSERT_TARGET(0, 1, 2);
    now_us += 1000000;
    decide(200000);
    ASSERT_TARGET(0, 0, 2);
}

static uint64_t time_to_raise(void)
{
    const uint64_t since_us = now_us;
    while (sources[0].target.spatial == 0 && now_us < since_us + 60000000) {
        now_us += 100000;
        decide(700000);
    }
    return now_us - since_us;
}

/* Between the small picture and the middle one with all frames lies nothing. */
static void set_up_without_small_steps(void)
{
    set_up();
    camera.at[1][1].bps = camera.at[1][2].bps;
    add(ALLOCATOR_VISIBLE, HD);
}

static void failed_ups_wait_longer_and_longer(void **state)
{
    (void)state;
    set_up_without_small_steps();
    decide_for(200000, 2000000);
    static const uint64_t holds_us[] = {5000000, 10000000, 20000000, 20000000};
    for (size_t i = 0; i < TEST_COUNT(holds_us); i++) {
        if (i == 0) {
            fail_once();
        } else {
            now_us += 500000;
            decide(200000);
        }
        assert_in_range(time_to_raise(), holds_us[i] - 600000, holds_us[i] + 100000);
    }
    /* One that held makes all good. */
    decide_for(700000, ALLOCATOR_FAILED_US + 1000000);
    decide(200000);
    now_us += 100000;
    assert_in_range(time_to_raise(), 1000000, 1400000);
    now_us += 500000;
    decide(200000);
    assert_in_range(time_to_raise(), 4500000, 5100000);
}

static void what_costs_well_less_than_the_failed_up_may_be_had_meanwhile(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    decide_for(200000, 2000000);
    fail_once(); /* with 500 kbit/s */
    decide_for(700000, 1500000);
    ASSERT_TARGET(0, 1, 1); /* 375 */
    decide_for(700000, 2500000);
    ASSERT_TARGET(0, 1, 1);
    decide_for(700000, 2000000);
    ASSERT_TARGET(0, 1, 2);
}

static void beside_a_rival_it_may_not(void **state)
{
    struct allocator_link link = {.target_bps = 700000, .rival = true};

    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    decide_for(200000, 2000000);
    fail_once();
    for (unsigned i = 0; i < 40; i++, now_us += 100000) {
        allocator_decide(&allocator, now_us, &link, sources, count, &outcome);
        sources[0].current = sources[0].target;
        ASSERT_TARGET(0, 0, 2);
    }
}

/* All that is wanted may fit, and yet nobody come back: the link has to be asked for more. */
static void a_base_that_is_missing_is_wanted_with_its_margin(void **state)
{
    (void)state;
    set_up();
    camera = simulcast(1, 1);
    add(ALLOCATOR_VISIBLE, SMALL);
    reserved_bps = 900000;
    decide(1000000);
    ASSERT_PAUSED(0);
    const uint64_t all_bps = 900000 + camera.at[0][0].bps;
    assert_true(outcome.wanted_bps == all_bps * ALLOCATOR_BACK_PERCENT / 100);
    assert_true(outcome.wanted_bps == outcome.next_step_bps);
    reserved_bps = 0;
    decide_for(2000000, 2000000);
    ASSERT_TARGET(0, 0, 0);
    assert_true(outcome.wanted_bps == camera.at[0][0].bps);
}

static void a_much_better_link_ends_the_wait(void **state)
{
    (void)state;
    set_up_without_small_steps();
    decide_for(200000, 2000000);
    fail_once();
    decide_for(800000, 3000000);
    ASSERT_TARGET(0, 0, 2);
    decide_for(900000, 1500000);
    ASSERT_TARGET(0, 1, 2);
}

static void what_held_for_long_did_not_fail(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    decide_for(200000, 2000000);
    decide_for(700000, 20000000);
    ASSERT_TARGET(0, 1, 2);
    decide(200000);
    ASSERT_TARGET(0, 0, 2);
    assert_in_range(time_to_raise(), 1000000, 1400000);
}

static void a_steady_link_switches_never(void **state)
{
    static const int wobble[] = {0, 3, -2, 4, -4, 1, -3, 2};
    unsigned switches = 0;

    (void)state;
    set_up();
    for (unsigned i = 0; i < 3; i++)
        add(ALLOCATOR_VISIBLE, SD);
    for (unsigned i = 0; i < 1200; i++, now_us += 100000) {
        const int percent = 100 + wobble[i % TEST_COUNT(wobble)];
        struct stream_target before[3];
        for (size_t j = 0; j < 3; j++)
            before[j] = sources[j].current;
        decide(900000u * (unsigned)percent / 100u);
        for (size_t j = 0; i > 20 && j < 3; j++)
            switches += before[j].spatial != sources[j].current.spatial ||
                        before[j].temporal != sources[j].current.temporal;
    }
    assert_int_equal(switches, 0);
}

/* ---- wishes ---------------------------------------------------------------------------------- */

static void another_pin_takes_over_at_once(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_PINNED, HD);
    add(ALLOCATOR_VISIBLE, HD);
    decide_for(2000000, 3000000);
    ASSERT_TARGET(0, 2, 2);
    ASSERT_TARGET(1, 0, 2);
    sources[0].class = ALLOCATOR_VISIBLE;
    sources[1].class = ALLOCATOR_PINNED;
    decide(2000000);
    ASSERT_TARGET(0, 0, 2);
    ASSERT_TARGET(1, 2, 2);
}

static void a_newcomer_gets_its_base_at_once(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, SD);
    decide_for(560000, 3000000);
    ASSERT_TARGET(0, 1, 2);
    add(ALLOCATOR_VISIBLE, SD);
    decide(560000);
    ASSERT_TARGET(0, 1, 1);
    ASSERT_TARGET(1, 0, 2);
    /* Where there is no room, from what the other one has. */
    set_up();
    add(ALLOCATOR_VISIBLE, SD);
    decide(150000);
    ASSERT_TARGET(0, 0, 2);
    add(ALLOCATOR_VISIBLE, SD);
    decide(150000);
    ASSERT_TARGET(0, 0, 0);
    ASSERT_TARGET(1, 0, 0);
}

static void newcomers_are_no_failed_up(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, HD);
    decide_for(200000, 2000000);
    add(ALLOCATOR_VISIBLE, HD);
    decide(200000);
    decide(100000);
    assert_true(allocator.hold_until_us == 0);
}

static void a_larger_tile_gets_more_at_once_where_there_is_room(void **state)
{
    (void)state;
    set_up();
    add(ALLOCATOR_VISIBLE, SMALL);
    decide_for(5000000, 3000000);
    ASSERT_TARGET(0, 0, 2);
    sources[0].pixels = HD;
    decide(5000000);
    ASSERT_TARGET(0, 2, 2);
    sources[0].pixels = SMALL;
    decide(5000000);
    ASSERT_TARGET(0, 0, 2);
}

static void a_room_of_fifty_is_shared_in_order(void **state)
{
    (void)state;
    set_up();
    for (unsigned i = 0; i < 50; i++)
        add(i == 49   ? ALLOCATOR_SCREEN
            : i == 20 ? ALLOCATOR_SPEAKER
                      : ALLOCATOR_VISIBLE,
            i == 49 || i == 20 ? HD : SMALL);
    decide(8000000);
    ASSERT_TARGET(49, 2, 2);
    ASSERT_TARGET(20, 2, 2);
    for (size_t i = 0; i < 49; i++)
        assert_true(i == 20 || sources[i].target.spatial == 0);
    assert_true(outcome.cost_bps <= 8000000);
    assert_true(outcome.cost_bps > 7900000);
    /* Full, at the limit of sources. */
    while (count < ALLOCATOR_SOURCES)
        add(ALLOCATOR_VISIBLE, SMALL);
    decide_for(100000000, 1500000);
    assert_true(outcome.cost_bps == outcome.wanted_bps);
}

/* Whatever the numbers: never above the link (a screen's base aside), and never a target that is
 * not there. */
static void any_numbers_are_safe(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        if (i % 100 == 0)
            set_up();
        static struct track_layers layers[8];
        for (unsigned j = 0; j < 8; j++) {
            for (unsigned k = 0; k < 12; k++) {
                seed = seed * 1664525u + 1013904223u;
                layers[j].at[k / 4][k % 4].bps = seed >> (8 + seed % 24);
                layers[j].at[k / 4][k % 4].alive = (seed & 0x70000u) != 0;
                layers[j].at[k / 4][k % 4].width = (uint16_t)(seed >> 16);
                layers[j].at[k / 4][k % 4].height = (uint16_t)seed;
            }
            layers[j].spatial_count = (uint8_t)(seed >> 9) % 4u;
            layers[j].temporal_count = (uint8_t)(1u + (seed >> 13) % 4u);
        }
        seed = seed * 1664525u + 1013904223u;
        count = 8;
        for (unsigned j = 0; j < 8; j++) {
            sources[j].layers = &layers[j];
            sources[j].class = (uint8_t)(1u + (seed >> j) % 3u);
            sources[j].pixels = seed << j;
            sources[j].fresh = ((seed >> (j + 8)) & 1u) != 0;
        }
        const uint64_t target = seed >> (seed % 28);
        now_us += seed % 3000000;
        decide(target);
        assert_true(outcome.cost_bps <= target + target / 10);
        for (unsigned j = 0; j < 8; j++) {
            assert_true(sources[j].target.spatial < (int)layers[j].spatial_count);
            assert_true(sources[j].target.temporal < (int)layers[j].temporal_count);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_camera_gets_what_fits),
        cmocka_unit_test(a_tile_gets_no_more_than_it_has_pixels_for),
        cmocka_unit_test(audio_and_repairs_come_first),
        cmocka_unit_test(repairs_come_before_better_layers_but_not_before_bases),
        cmocka_unit_test(everybody_gets_a_base_before_anybody_gets_more),
        cmocka_unit_test(classes_are_raised_in_order),
        cmocka_unit_test(equals_share),
        cmocka_unit_test(larger_tiles_come_first),
        cmocka_unit_test(a_screen_may_be_oversent),
        cmocka_unit_test(a_screen_takes_sharpness_before_frames),
        cmocka_unit_test(dead_layers_are_left_out),
        cmocka_unit_test(a_layer_that_is_too_large_is_better_than_none),
        cmocka_unit_test(nothing_to_choose_from_is_a_pause),
        cmocka_unit_test(unmeasured_layers_cost_what_is_usual),
        cmocka_unit_test(a_better_layer_for_no_more_is_taken),
        cmocka_unit_test(a_single_stream_has_one_step),
        cmocka_unit_test(up_needs_room_for_a_second),
        cmocka_unit_test(a_dip_starts_the_second_anew),
        cmocka_unit_test(a_passed_probe_needs_no_second),
        cmocka_unit_test(a_probe_is_forgotten),
        cmocka_unit_test(down_is_at_once),
        cmocka_unit_test(bases_are_judged_without_the_queue),
        cmocka_unit_test(where_nothing_is_lost_a_base_is_kept_longer),
        cmocka_unit_test(where_much_is_lost_nobody_has_a_quarter_of_the_frames),
        cmocka_unit_test(a_small_miss_is_no_miss),
        cmocka_unit_test(a_base_is_kept_if_a_tenth_is_missing_and_comes_back_with_a_tenth_to_spare),
        cmocka_unit_test(down_raises_nobody),
        cmocka_unit_test(failed_ups_wait_longer_and_longer),
        cmocka_unit_test(what_costs_well_less_than_the_failed_up_may_be_had_meanwhile),
        cmocka_unit_test(beside_a_rival_it_may_not),
        cmocka_unit_test(a_base_that_is_missing_is_wanted_with_its_margin),
        cmocka_unit_test(a_much_better_link_ends_the_wait),
        cmocka_unit_test(what_held_for_long_did_not_fail),
        cmocka_unit_test(a_steady_link_switches_never),
        cmocka_unit_test(another_pin_takes_over_at_once),
        cmocka_unit_test(a_newcomer_gets_its_base_at_once),
        cmocka_unit_test(newcomers_are_no_failed_up),
        cmocka_unit_test(a_larger_tile_gets_more_at_once_where_there_is_room),
        cmocka_unit_test(a_room_of_fifty_is_shared_in_order),
        cmocka_unit_test(any_numbers_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
