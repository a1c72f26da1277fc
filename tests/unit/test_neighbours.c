#include "test.h"

#include <string.h>

#include "engine/limits.h"
#include "engine/neighbours.h"

#define MS     1000u
#define SECOND 1000000u

static struct neighbours neighbours;
static struct neighbour people[LIMIT_NEIGHBOURS + 1];
static uint64_t now_us;

static int begin(void **state)
{
    (void)state;
    memset(people, 0, sizeof people);
    now_us = SECOND;
    return neighbours_init(&neighbours, 8, 1234);
}

static int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(people); i++)
        neighbours_leave(&neighbours, &people[i]);
    assert_int_equal(neighbours.houses.count, 0);
    neighbours_fini(&neighbours);
    return 0;
}

static struct net_address v4(uint8_t last, uint16_t port)
{
    return (struct net_address){.ip = {192, 0, 2, last}, .port = port, .family = NET_IPV4};
}

static bool move(unsigned who, struct net_address address)
{
    return neighbours_move(&neighbours, &people[who], &address);
}

static void note(unsigned who, uint64_t queue_us, uint64_t rate_bps, uint64_t wanted_bps)
{
    const struct neighbour_view view = {
        .now_us = now_us, .queue_us = queue_us, .rate_bps = rate_bps, .wanted_bps = wanted_bps};
    neighbours_note(&people[who], &view);
}

/* A queue that comes for a second in three, later by so many for each person. */
static uint64_t queue(unsigned who, unsigned later)
{
    return (now_us / SECOND + (uint64_t)who * later) % 3u == 0 ? 60 * MS : 5 * MS;
}

/* The first has three parts, the others one each, of the rate. */
static void run(unsigned seconds, unsigned count, unsigned later)
{
    for (unsigned i = 0; i < seconds * 10u; i++, now_us += 100 * MS)
        for (unsigned who = 0; who < count; who++)
            note(who, queue(who, later), who == 0 ? 3000000 : 1000000, 4000000);
}

static void whose_queues_come_together_share(void **state)
{
    (void)state;
    for (uint16_t who = 0; who < 3; who++)
        assert_true(move(who, v4(1, (uint16_t)(1000 + who))));
    assert_int_equal(neighbours_level_bps(&people[0]), 0);
    run(10, 3, 0);
    assert_int_equal(neighbours_sharing(&people[0]), 3);
    assert_in_range(neighbours_level_bps(&people[1]), 1660000, 1670000);
}

static void one_address_alone_says_nothing(void **state)
{
    (void)state;
    for (uint16_t who = 0; who < 3; who++)
        assert_true(move(who, v4(1, (uint16_t)(1000 + who))));
    run(20, 3, 1);
    for (unsigned who = 0; who < 3; who++)
        assert_int_equal(neighbours_level_bps(&people[who]), 0);
}

static void nor_do_queues_alone(void **state)
{
    (void)state;
    for (uint8_t who = 0; who < 3; who++)
        assert_true(move(who, v4(who, 1000)));
    run(10, 3, 0);
    assert_int_equal(neighbours_sharing(&people[0]), 0);
}

static void who_moves_away_shares_no_more(void **state)
{
    (void)state;
    for (uint16_t who = 0; who < 3; who++)
        assert_true(move(who, v4(1, (uint16_t)(1000 + who))));
    run(10, 3, 0);
    assert_true(move(0, v4(2, 1000)));
    assert_int_equal(neighbours_sharing(&people[0]), 0);
    assert_int_equal(neighbours_sharing(&people[1]), 2);
    /* Other queues than the rest: not any more. */
    for (unsigned i = 0; i < 200; i++, now_us += 100 * MS) {
        note(1, queue(0, 0), 1000000, 4000000);
        note(2, queue(1, 1), 1000000, 4000000);
    }
    assert_int_equal(neighbours_sharing(&people[1]), 0);
}

static void what_one_does_not_want_is_the_others(void **state)
{
    (void)state;
    for (uint16_t who = 0; who < 3; who++)
        assert_true(move(who, v4(1, (uint16_t)(1000 + who))));
    for (unsigned i = 0; i < 100; i++, now_us += 100 * MS) {
        note(0, queue(0, 0), 2900000, 4000000);
        note(1, queue(0, 0), 100000, 100000);
        note(2, queue(0, 0), 1100000, 4000000);
    }
    assert_in_range(neighbours_level_bps(&people[2]), 1990000, 2010000);
}

static void one_at_a_time_probes_and_who_has_less_goes_first(void **state)
{
    (void)state;
    for (uint16_t who = 0; who < 3; who++)
        assert_true(move(who, v4(1, (uint16_t)(1000 + who))));
    run(10, 3, 0);
    neighbours_probed(&people[0], now_us);
    assert_false(neighbours_may_probe(&people[1], now_us + 100 * MS));
    assert_true(neighbours_may_probe(&people[1], now_us + SECOND));
    assert_false(neighbours_may_probe(&people[0], now_us + SECOND));
    assert_true(neighbours_may_probe(&people[0], now_us + 9 * SECOND));
}

static void room_that_a_probe_found_is_for_all_until_a_queue_comes(void **state)
{
    (void)state;
    for (uint16_t who = 0; who < 3; who++)
        assert_true(move(who, v4(1, (uint16_t)(1000 + who))));
    run(9, 3, 0);
    now_us = 13 * SECOND; /* without a queue */
    run(1, 3, 0);
    neighbours_found(&people[1], now_us, 4000000);
    run(1, 3, 0);
    assert_in_range(neighbours_level_bps(&people[0]), 2660000, 2670000);
    run(1, 3, 0);
    assert_in_range(neighbours_level_bps(&people[0]), 1660000, 1670000);
}

static void a_house_has_room_for_so_many(void **state)
{
    (void)state;
    for (uint16_t who = 0; who < LIMIT_NEIGHBOURS; who++)
        assert_true(move(who, v4(1, (uint16_t)(1000 + who))));
    assert_false(move(LIMIT_NEIGHBOURS, v4(1, 999)));
    note(LIMIT_NEIGHBOURS, 1000, 1, 1);
    assert_true(neighbours_may_probe(&people[LIMIT_NEIGHBOURS], now_us));
}

static void an_ipv6_network_is_one_house(void **state)
{
    (void)state;
    for (uint8_t who = 0; who < 2; who++) {
        struct net_address address = {.family = NET_IPV6, .port = 1000};
        address.ip[0] = 0x20;
        address.ip[15] = who;
        assert_true(move(who, address));
    }
    assert_ptr_equal(people[0].house, people[1].house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whose_queues_come_together_share, begin, end),
        cmocka_unit_test_setup_teardown(one_address_alone_says_nothing, begin, end),
        cmocka_unit_test_setup_teardown(nor_do_queues_alone, begin, end),
        cmocka_unit_test_setup_teardown(who_moves_away_shares_no_more, begin, end),
        cmocka_unit_test_setup_teardown(what_one_does_not_want_is_the_others, begin, end),
        cmocka_unit_test_setup_teardown(one_at_a_time_probes_and_who_has_less_goes_first, begin,
                                        end),
        cmocka_unit_test_setup_teardown(room_that_a_probe_found_is_for_all_until_a_queue_comes,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_house_has_room_for_so_many, begin, end),
        cmocka_unit_test_setup_teardown(an_ipv6_network_is_one_house, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
