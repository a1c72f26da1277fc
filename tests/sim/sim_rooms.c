/* Rooms on a network that behaves: joining, talking, leaving, muting; twice per seed. */
#include <stdio.h>
#include <string.h>

#include "base/counters.h"
#include "sim/deterministic.h"
#include "sim/sim.h"
#include "unit/test.h"

#define SECOND UINT64_C(1000000)

static const struct client_config talker = {.microphone = true, .camera = true, .seats = 8};

static void add_and_join(struct sim *sim, unsigned count, const struct client_config *config)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned client = sim_add(sim, config);

        sim_join(sim, client);
        sim_run(sim, SECOND / 10);
    }
}

static void assert_all_see_all(struct sim *sim, unsigned others)
{
    for (unsigned i = 0; i < sim->client_count; i++) {
        if (sim->clients[i].left)
            continue;
        /* Of a large room's microphones the loudest few, one's own not counted. */
        const bool large = others + 1 > LIMIT_LOUDEST_DEFAULT;
        const unsigned audios = sim_audios_live(sim, i, SECOND);
        const unsigned least = large ? LIMIT_LOUDEST_DEFAULT - 1 : others;

        if (sim_videos_live(sim, i, SECOND) != others || audios < least)
            sim_print(sim);
        assert_int_equal(sim_videos_live(sim, i, SECOND), others);
        assert_in_range(audios, least, large ? LIMIT_LOUDEST_DEFAULT : others);
    }
}

static uint64_t talk(uint64_t seed, unsigned count)
{
    struct sim *sim = sim_new(seed);
    uint64_t hash;

    add_and_join(sim, count, &talker);
    sim_run(sim, 5 * SECOND);
    assert_all_see_all(sim, count - 1);
    assert_int_equal(sim_errors(sim), 0);
    hash = sim->hash;
    sim_free(sim);
    return hash;
}

static void small_rooms_see_and_hear_each_other(void **state)
{
    (void)state;
    for (unsigned count = 2; count <= 6; count++)
        (void)talk(count, count);
}

static void a_seed_repeats_itself_byte_for_byte(void **state)
{
    (void)state;
    assert_true(talk(42, 3) == talk(42, 3));
    assert_true(talk(42, 3) != talk(43, 3));
}

static void those_who_stay_go_on_when_others_leave(void **state)
{
    struct sim *sim = sim_new(5);

    (void)state;
    add_and_join(sim, 4, &talker);
    sim_run(sim, 3 * SECOND);
    assert_all_see_all(sim, 3);
    sim_leave(sim, 1);
    sim_run(sim, 2 * SECOND);
    assert_all_see_all(sim, 2);
    sim_join(sim, 1);
    sim_run(sim, 3 * SECOND);
    assert_all_see_all(sim, 3);
    assert_int_equal(sim_errors(sim), 0);
    sim_free(sim);
}

static void a_muted_camera_stops_and_comes_back(void **state)
{
    struct sim *sim = sim_new(6);

    (void)state;
    add_and_join(sim, 3, &talker);
    sim_run(sim, 3 * SECOND);
    sim_mute(sim, 0, false, true);
    sim_run(sim, 3 * SECOND);
    assert_int_equal(sim_videos_live(sim, 1, SECOND), 1);
    assert_int_equal(sim_audios_live(sim, 1, SECOND), 2);
    sim_mute(sim, 0, false, false);
    sim_run(sim, 2 * SECOND);
    assert_all_see_all(sim, 2);
    assert_int_equal(sim_errors(sim), 0);
    sim_free(sim);
}

static void simulcast_reaches_everyone(void **state)
{
    struct client_config config = talker;
    struct sim *sim = sim_new(7);

    (void)state;
    config.layers = 3;
    add_and_join(sim, 4, &config);
    sim_run(sim, 8 * SECOND);
    assert_all_see_all(sim, 3);
    assert_int_equal(sim_errors(sim), 0);
    sim_free(sim);
}

static void the_loudest_is_found(void **state)
{
    struct sim *sim = sim_new(8);

    (void)state;
    add_and_join(sim, 3, &talker);
    client_set_level(sim->clients[1].client, 20);
    sim_run(sim, 5 * SECOND);
    assert_true(sim->speakers_events > 0);
    assert_int_equal(sim->dominant, sim->clients[1].participant);
    sim_free(sim);
}

static void forwarding_allocates_nothing(void **state)
{
    struct sim *sim = sim_new(9);
    uint64_t before, datagrams;
    int64_t network;

    (void)state;
    add_and_join(sim, 4, &talker);
    sim_run(sim, 5 * SECOND);
    before = sim_allocations();
    datagrams = sim->network.order;
    network = 0;
    sim_run(sim, 10 * SECOND);
    /* The network model takes one per datagram under way; nobody else takes any. */
    network = (int64_t)(sim->network.order - datagrams);
    assert_true(network > 1000);
    assert_int_equal(sim_allocations() - before, (uint64_t)network);
    sim_free(sim);
}

static void an_empty_room_leaves_nothing(void **state)
{
    struct sim *sim = sim_new(10);
    int64_t before[3];

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        (void)sim_add(sim, &talker);
    /* The first round warms up what OpenSSL and the pools keep for good. */
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 3; i++)
            sim_join(sim, i);
        sim_run(sim, 3 * SECOND);
        for (unsigned i = 0; i < 3; i++)
            sim_leave(sim, i);
        sim_run(sim, 2 * SECOND);
        assert_int_equal(sim->network.count, 0);
        before[round] = sim_allocations_held();
    }
    assert_int_equal(before[2], before[1]);
    sim_free(sim);
}

static void a_room_of_fifty_works(void **state)
{
    struct client_config config = talker;
    struct sim *sim = sim_new(50);

    (void)state;
    config.seats = 4;
    config.fps = 5;
    config.frame_bytes = 600;
    add_and_join(sim, 50, &config);
    sim_run(sim, 4 * SECOND);
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(sim_videos_live(sim, i, SECOND), 4);
    assert_int_equal(sim_errors(sim), 0);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_rooms_see_and_hear_each_other),
        cmocka_unit_test(a_seed_repeats_itself_byte_for_byte),
        cmocka_unit_test(those_who_stay_go_on_when_others_leave),
        cmocka_unit_test(a_muted_camera_stops_and_comes_back),
        cmocka_unit_test(simulcast_reaches_everyone),
        cmocka_unit_test(the_loudest_is_found),
        cmocka_unit_test(forwarding_allocates_nothing),
        cmocka_unit_test(an_empty_room_leaves_nothing),
        cmocka_unit_test(a_room_of_fifty_works),
    };

    deterministic_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
