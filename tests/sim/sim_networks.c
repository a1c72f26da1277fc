/* Rooms on networks that lose, double, reorder, rebind and break. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/counters.h"
#include "sim/deterministic.h"
#include "sim/sim.h"
#include "unit/test.h"

#define SECOND UINT64_C(1000000)

static const struct client_config talker = {.microphone = true, .camera = true, .seats = 4};

/* SIM_SEEDS=100 tries more of them than every test run can afford. */
static uint64_t seeds(void)
{
    const char *text = getenv("SIM_SEEDS");

    return text != NULL ? strtoull(text, NULL, 10) : 4;
}

static struct sim *room(uint64_t seed, unsigned count, const struct link *link)
{
    struct sim *sim = sim_new(seed);

    for (unsigned i = 0; i < count; i++)
        (void)sim_add(sim, &talker);
    if (link != NULL)
        sim_set_links(sim, link);
    for (unsigned i = 0; i < count; i++)
        sim_join(sim, i);
    return sim;
}

static void assert_all_see_all(struct sim *sim, uint64_t within_us)
{
    for (unsigned i = 0; i < sim->client_count; i++) {
        if (sim_videos_live(sim, i, within_us) != sim->client_count - 1)
            sim_print(sim);
        assert_int_equal(sim_videos_live(sim, i, within_us), sim->client_count - 1);
        assert_int_equal(sim_audios_live(sim, i, within_us), sim->client_count - 1);
    }
}

static uint64_t bad_network(uint64_t seed, const struct link *link)
{
    struct sim *sim = room(seed, 3, link);
    uint64_t hash;

    sim_run(sim, 12 * SECOND);
    assert_all_see_all(sim, 2 * SECOND);
    if (sim_errors(sim) > 0)
        print_message("seed %u\n", (unsigned)seed);
    assert_int_equal(sim_errors(sim), 0);
    hash = sim->hash;
    sim_free(sim);
    return hash;
}

static void losses_are_repaired(void **state)
{
    const struct link link = {.delay_us = 20000, .loss = 50};

    (void)state;
    for (uint64_t seed = 1; seed <= seeds(); seed++)
        assert_true(bad_network(seed, &link) == bad_network(seed, &link));
}

/* Both legs of each packet's way are lossy; NACK and RTX work on each of them. */
static void retransmissions_fill_most_gaps(void **state)
{
    const struct link link = {.delay_us = 20000, .loss = 50};
    struct sim *sim = room(30, 3, &link);
    uint64_t packets = 0, again = 0, lost = 0, frames = 0, undecodable = 0;

    (void)state;
    sim_run(sim, 20 * SECOND);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(client_stats(sim->clients[i].client)->rtx_sent > 10);
        assert_true(client_stats(sim->clients[i].client)->nacks_sent > 10);
        assert_true(client_stats(sim->clients[i].client)->reports_received > 10);
        assert_true(client_stats(sim->clients[i].client)->sender_reports > 10);
        assert_true(client_stats(sim->clients[i].client)->twcc_received > 100);
        for (unsigned seat = 0; seat < talker.seats; seat++) {
            const struct client_seat_stats *video = client_seat_video(sim->clients[i].client, seat);

            packets += video->packets;
            again += video->rtx_packets;
            lost += video->lost;
            frames += video->frames;
            undecodable += video->undecodable;
        }
    }
    print_message("packets %u again %u lost %u frames %u undecodable %u\n", (unsigned)packets,
                  (unsigned)again, (unsigned)lost, (unsigned)frames, (unsigned)undecodable);
    assert_true(again * 100 > packets * 3);
    assert_true(lost * 1000 < packets);
    /* Who lost a frame for good waits for a key frame, and those are asked for once a second. */
    assert_true(undecodable * 33 < frames);
    sim_free(sim);
}

/* Viewers who decrypt nothing answer as others do: the server gives them as much, and repairs. */
static void crowds_that_only_count_are_served_alike(void **state)
{
    static const struct client_config judging = {.seats = 1, .counts = true};
    static const struct client_config counting = {.seats = 1, .light = true};
    const struct link link = {
        .own = {.rate_bps = 1200000, .queue_us = 300000}, .delay_us = 20000, .loss = 20};
    const struct link uplink = {.delay_us = 20000};
    struct client_counts counts[3];
    struct sim *sim = sim_new(31);

    (void)state;
    (void)sim_add(sim, &(struct client_config){
                           .microphone = true, .camera = true, .layer_bps = {600000}, .fps = 30});
    (void)sim_add(sim, &judging);
    (void)sim_add(sim, &counting);
    sim_set_links(sim, &link);
    sim->clients[0].up = uplink;
    for (unsigned i = 0; i < 3; i++)
        sim_join(sim, i);
    sim_run(sim, 30 * SECOND);
    for (unsigned i = 1; i < 3; i++) {
        client_count(sim->clients[i].client, &counts[i]);
        /* 50 packets of sound and 90 of video each second, without the start. */
        assert_in_range(counts[i].packets + counts[i].repaired, 3500, 4300);
        assert_true(counts[i].repaired > 20);
        assert_true(counts[i].lost * 100 < counts[i].expected);
        assert_int_equal(client_stats(sim->clients[i].client)->unauthentic, 0);
        assert_int_equal(client_stats(sim->clients[i].client)->unknown_ssrcs, 0);
    }
    assert_in_range(counts[2].packets, counts[1].packets * 9 / 10, counts[1].packets * 11 / 10);
    sim_free(sim);
}

static void reordering_and_duplicates_do_no_harm(void **state)
{
    const struct link link = {
        .delay_us = 20000, .jitter_us = 20000, .reorder = 100, .duplicate = 50};

    (void)state;
    for (uint64_t seed = 1; seed <= seeds(); seed++)
        assert_true(bad_network(seed, &link) == bad_network(seed, &link));
}

static void all_at_once_on_a_slow_link(void **state)
{
    const struct link link = {.own = {.rate_bps = 3000000, .queue_us = 300000},
                              .delay_us = 40000,
                              .jitter_us = 30000,
                              .loss = 30,
                              .reorder = 30,
                              .duplicate = 20};

    (void)state;
    for (uint64_t seed = 1; seed <= seeds(); seed++)
        (void)bad_network(seed, &link);
}

static void a_rebound_nat_costs_a_moment(void **state)
{
    struct sim *sim = room(11, 3, NULL);

    (void)state;
    sim_run(sim, 5 * SECOND);
    assert_all_see_all(sim, SECOND);
    sim_rebind(sim, 0);
    sim_run(sim, 4 * SECOND);
    assert_all_see_all(sim, SECOND);
    assert_int_equal(client_stats(sim->clients[0].client)->address_changes, 1);
    assert_int_equal(sim_errors(sim), 0);
    sim_free(sim);
}

static void a_partition_heals(void **state)
{
    static const uint64_t durations[] = {2 * SECOND, 8 * SECOND, 20 * SECOND};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(durations); i++) {
        struct sim *sim = room(12 + i, 3, NULL);

        sim_run(sim, 5 * SECOND);
        sim_partition(sim, 1, true);
        sim_run(sim, durations[i]);
        /* The others do not notice. */
        assert_true(sim_videos_live(sim, 0, SECOND) >= 1);
        sim_partition(sim, 1, false);
        sim_run(sim, 5 * SECOND);
        assert_all_see_all(sim, SECOND);
        assert_int_equal(sim_errors(sim), 0);
        sim_free(sim);
    }
}

static void who_stays_away_is_given_up(void **state)
{
    struct sim *sim = room(16, 3, NULL);

    (void)state;
    sim_run(sim, 5 * SECOND);
    sim_partition(sim, 1, true);
    sim_run(sim, 20 * SECOND);
    assert_int_equal(sim->clients[1].leg_state, ENGINE_LEG_DISCONNECTED);
    sim_run(sim, 15 * SECOND);
    assert_int_equal(sim->clients[1].leg_state, ENGINE_LEG_FAILED);
    assert_int_equal(sim_videos_live(sim, 0, SECOND), 1);
    sim_partition(sim, 1, false);
    sim_new_leg(sim, 1);
    sim_run(sim, 5 * SECOND);
    assert_all_see_all(sim, SECOND);
    sim_free(sim);
}

static void new_legs_replace_old_ones(void **state)
{
    struct sim *sim = room(17, 3, NULL);

    (void)state;
    sim_run(sim, 5 * SECOND);
    for (unsigned i = 0; i < 3; i++)
        sim_new_leg(sim, i);
    sim_run(sim, 5 * SECOND);
    assert_all_see_all(sim, SECOND);
    assert_int_equal(sim_errors(sim), 0);
    sim_free(sim);
}

static void a_replaced_engine_takes_everyone_back(void **state)
{
    struct sim *sim = room(20, 3, NULL);

    (void)state;
    sim_run(sim, 5 * SECOND);
    sim_replace_engine(sim);
    sim_run(sim, SECOND / 2); /* until control has noticed */
    for (unsigned i = 0; i < 3; i++)
        sim_rejoin(sim, i);
    sim_run(sim, 3 * SECOND);
    assert_all_see_all(sim, SECOND);
    assert_int_equal(sim_errors(sim), 0);
    sim_free(sim);
}

static void an_ice_restart_interrupts_nothing(void **state)
{
    struct sim *sim = room(18, 3, NULL);

    (void)state;
    sim_run(sim, 5 * SECOND);
    sim_ice_restart(sim, 0);
    sim_run(sim, 2 * SECOND);
    sim_rebind(sim, 0);
    sim_ice_restart(sim, 0);
    sim_run(sim, 4 * SECOND);
    assert_all_see_all(sim, SECOND);
    assert_int_equal(sim_errors(sim), 0);
    sim_free(sim);
}

static void strangers_get_no_answer_and_do_no_harm(void **state)
{
    struct sim *sim = room(19, 3, NULL);
    uint8_t junk[1200];
    struct rng rng;

    (void)state;
    rng_init(&rng, 1, 1);
    sim_run(sim, 3 * SECOND);
    for (int i = 0; i < 2000; i++) {
        rng_bytes(&rng, junk, sizeof(junk));
        junk[0] = (uint8_t)(i % 4 == 0 ? 0 : i % 4 == 1 ? 22 : 128);
        sim_junk(sim, junk, 1 + rng_below(&rng, sizeof(junk)));
        sim_run(sim, 1000);
    }
    sim_run(sim, SECOND);
    assert_int_equal(sim->junk_out_bytes, 0);
    assert_all_see_all(sim, SECOND);
    assert_int_equal(sim_errors(sim), 0);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_repaired),
        cmocka_unit_test(retransmissions_fill_most_gaps),
        cmocka_unit_test(crowds_that_only_count_are_served_alike),
        cmocka_unit_test(reordering_and_duplicates_do_no_harm),
        cmocka_unit_test(all_at_once_on_a_slow_link),
        cmocka_unit_test(a_rebound_nat_costs_a_moment),
        cmocka_unit_test(a_partition_heals),
        cmocka_unit_test(who_stays_away_is_given_up),
        cmocka_unit_test(new_legs_replace_old_ones),
        cmocka_unit_test(a_replaced_engine_takes_everyone_back),
        cmocka_unit_test(an_ice_restart_interrupts_nothing),
        cmocka_unit_test(strangers_get_no_answer_and_do_no_harm),
    };

    deterministic_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
