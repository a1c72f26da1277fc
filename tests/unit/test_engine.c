/* The contract of engine.h: commands and their errors, events, time. */
#include "test.h"

#include <string.h>

#include "base/counters.h"
#include "engine/holdings.h"
#include "support/plain_call.h"

static const struct plain_options two_seats = {.seats = 2};

static void commands_name_what_is_missing(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct engine_command command = {.type = ENGINE_PARTICIPANT_ADD, .room = 99, .participant = 5};

    (void)state;
    assert_int_equal(engine_command(call->engine, 0, &command), ENGINE_ERROR_UNKNOWN_ROOM);
    command.room = PLAIN_ROOM;
    assert_int_equal(engine_command(call->engine, 0, &command), 0);
    assert_int_equal(engine_command(call->engine, 0, &command), ENGINE_ERROR_EXISTS);
    command.type = ENGINE_LEG_CLOSE;
    assert_int_equal(engine_command(call->engine, 0, &command), 0);
    command.participant = 6;
    assert_int_equal(engine_command(call->engine, 0, &command), ENGINE_ERROR_UNKNOWN_PARTICIPANT);
    command.type = ENGINE_ROOM_CLOSE;
    assert_int_equal(engine_command(call->engine, 0, &command), 0);
    assert_int_equal(engine_command(call->engine, 0, &command), ENGINE_ERROR_UNKNOWN_ROOM);
    plain_call_free(call);
}

static void zero_is_never_an_id(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct engine_command command = {.type = ENGINE_ROOM_OPEN, .room = 0};

    (void)state;
    assert_int_equal(engine_command(call->engine, 0, &command), ENGINE_ERROR_FULL);
    command.type = ENGINE_PARTICIPANT_ADD;
    command.room = PLAIN_ROOM;
    assert_int_equal(engine_command(call->engine, 0, &command), ENGINE_ERROR_FULL);
    plain_call_free(call);
}

static void an_engine_takes_so_many_and_no_more(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct engine_command command = {.type = ENGINE_PARTICIPANT_ADD, .room = PLAIN_ROOM};

    (void)state;
    for (uint64_t id = 1; id <= PLAIN_PARTICIPANTS; id++) {
        command.participant = id;
        assert_int_equal(engine_command(call->engine, 0, &command), 0);
    }
    command.participant = 1000;
    assert_int_equal(engine_command(call->engine, 0, &command), ENGINE_ERROR_FULL);
    command.type = ENGINE_PARTICIPANT_REMOVE;
    command.participant = 3;
    assert_int_equal(engine_command(call->engine, 0, &command), 0);
    command.type = ENGINE_PARTICIPANT_ADD;
    command.participant = 1000;
    assert_int_equal(engine_command(call->engine, 0, &command), 0);
    plain_call_free(call);
}

static void a_participant_belongs_to_one_room(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct engine_command command = {.type = ENGINE_ROOM_OPEN, .room = 8};

    (void)state;
    assert_int_equal(engine_command(call->engine, 0, &command), 0);
    command.type = ENGINE_PARTICIPANT_ADD;
    command.participant = 5;
    assert_int_equal(engine_command(call->engine, 0, &command), 0);
    command.type = ENGINE_PARTICIPANT_REMOVE;
    command.room = PLAIN_ROOM;
    assert_int_equal(engine_command(call->engine, 0, &command), ENGINE_ERROR_UNKNOWN_PARTICIPANT);
    plain_call_free(call);
}

static void an_offer_leads_to_an_answer_and_a_connection(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *peer = plain_call_join(call, &two_seats);

    (void)state;
    assert_int_equal(plain_peer_offer(call, peer, true), 0);
    assert_non_null(peer->answer);
    assert_int_equal(peer->leg_state, ENGINE_LEG_CONNECTING);
    assert_int_equal(peer->leg_events, 1);
    assert_int_equal(peer->seat_count, 2);
    assert_int_equal(plain_peer_connect(call, peer), 0);
    assert_int_equal(peer->leg_events, 2);
    plain_call_free(call);
}

static void what_comes_from_nowhere_is_dropped_and_counted(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *peer = plain_call_add(call, &two_seats);
    struct net_path stranger = peer->path;
    uint8_t rtp[20] = {0x80, 111};
    uint8_t junk[20] = {77};
    uint8_t large[1600] = {0x80, 111};
    struct engine_datagram datagrams[] = {
        {.path = stranger, .bytes = rtp, .len = sizeof rtp},
        {.path = stranger, .bytes = junk, .len = sizeof junk},
        {.path = stranger, .bytes = large, .len = sizeof large},
        {.path = stranger, .bytes = junk, .len = 0},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(datagrams); i++)
        datagrams[i].path.remote.port = 9999;
    engine_receive(call->engine, call->now_us, datagrams, TEST_COUNT(datagrams));
    struct engine_tx tx;
    assert_false(engine_next_tx(call->engine, &tx));
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_dropped_unknown), 3);
    assert_int_equal(plain_call_counter(call, ENGINE_COUNTER_dropped_oversize), 1);
    plain_call_free(call);
}

static void leg_states_are_told_and_a_failed_leg_ends(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &two_seats);
    struct plain_peer *b = plain_call_add(call, &two_seats);

    (void)state;
    assert_int_equal(b->seats[0].participant, a->id);
    plain_peer_set_state(call, a, TRANSPORT_DISCONNECTED);
    assert_int_equal(a->leg_state, ENGINE_LEG_DISCONNECTED);
    assert_int_equal(b->seats[0].participant, a->id);
    plain_peer_set_state(call, a, TRANSPORT_CONNECTED);
    assert_int_equal(a->leg_state, ENGINE_LEG_CONNECTED);
    plain_peer_set_state(call, a, TRANSPORT_FAILED);
    assert_int_equal(a->leg_state, ENGINE_LEG_FAILED);
    assert_int_equal(b->seats[0].participant, 0);
    /* Still a participant: a new offer brings it back. */
    assert_int_equal(plain_peer_offer(call, a, true), 0);
    assert_int_equal(plain_peer_connect(call, a), 0);
    assert_int_equal(b->seats[0].participant, a->id);
    plain_call_free(call);
}

static void a_closed_tcp_connection_is_told_to_its_leg(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *peer = plain_call_join(call, &two_seats);
    struct engine_event event;

    (void)state;
    peer->path.proto = NET_TCP;
    peer->path.connection = 42;
    assert_int_equal(plain_peer_offer(call, peer, true), 0);
    assert_int_equal(plain_peer_connect(call, peer), 0);
    engine_connection_closed(call->engine, call->now_us, 41);
    assert_false(engine_next_event(call->engine, &event));
    engine_connection_closed(call->engine, call->now_us, 42);
    assert_true(engine_next_event(call->engine, &event));
    assert_int_equal(event.type, ENGINE_LEG_STATE);
    assert_int_equal(event.leg_state, ENGINE_LEG_DISCONNECTED);
    assert_false(engine_next_event(call->engine, &event));
    plain_call_free(call);
}

static void an_empty_engine_sleeps_for_ever(void **state)
{
    struct plain_call *call = plain_call_new(1);

    (void)state;
    assert_true(engine_wake_at(call->engine) == UINT64_MAX);
    struct plain_peer *peer = plain_call_add(call, &two_seats);
    assert_true(engine_wake_at(call->engine) != UINT64_MAX);
    plain_peer_leave(call, peer);
    plain_call_run(call, 2000000);
    assert_true(engine_wake_at(call->engine) == UINT64_MAX);
    plain_call_free(call);
}

/* At most 20 wake-ups a second while nobody sends. */
static void a_silent_call_wakes_seldom(void **state)
{
    struct plain_call *call = plain_call_new(1);

    (void)state;
    for (unsigned i = 0; i < 8; i++)
        (void)plain_call_add(call, &two_seats);
    plain_call_run(call, 1000000);
    call->wakes = 0;
    plain_call_run(call, 10000000);
    assert_in_range(call->wakes, 1, 200);
    plain_call_free(call);
}

static void time_that_goes_back_does_no_harm(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *peer = plain_call_add(call, &two_seats);

    (void)state;
    plain_call_run(call, 1000000);
    engine_tick(call->engine, 5);
    plain_peer_send_audio(call, peer, 30);
    assert_true(engine_wake_at(call->engine) > 5);
    plain_call_free(call);
}

static uint64_t hash_of_a_call(uint64_t seed)
{
    struct plain_call *call = plain_call_new(seed);
    struct plain_peer *peers[4];
    for (size_t i = 0; i < TEST_COUNT(peers); i++)
        peers[i] = plain_call_add(call, &(struct plain_options){.seats = 3, .simulcast = i % 2});
    for (unsigned n = 0; n < 100; n++) {
        for (size_t i = 0; i < TEST_COUNT(peers); i++) {
            plain_peer_send_audio(call, peers[i], (uint8_t)(n % 100));
            if (n % 7 == i)
                plain_peer_lose_video(peers[i], 0);
            plain_peer_send_video(call, peers[i], 0, n % 30 == 0);
        }
        plain_call_run(call, 20000);
    }
    const uint64_t hash = call->hash;
    plain_call_free(call);
    return hash;
}

static void same_seed_same_bytes(void **state)
{
    (void)state;
    assert_true(hash_of_a_call(5) == hash_of_a_call(5));
    assert_true(hash_of_a_call(5) != hash_of_a_call(6));
}

static void every_error_has_a_name(void **state)
{
    (void)state;
    for (int error = ENGINE_ERROR_NO_MEMORY; error <= ENGINE_ERROR_UNKNOWN_ROOM; error++)
        assert_string_not_equal(engine_error_name(error), "unknown");
    assert_string_equal(engine_error_name(ENGINE_ERROR_BAD_SDP), "bad_sdp");
    assert_string_equal(engine_error_name(-1), "unknown");
    assert_string_equal(engine_error_name(0), "ok");
}

static void closing_a_room_ends_all_in_it(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &two_seats);
    struct plain_peer *b = plain_call_add(call, &two_seats);
    struct engine_command command = {.type = ENGINE_ROOM_CLOSE};

    (void)state;
    (void)b;
    assert_int_equal(plain_call_command(call, a, &command), 0);
    plain_call_run(call, 2000000);
    assert_true(engine_wake_at(call->engine) == UINT64_MAX);
    plain_call_free(call);
}

static void what_is_held_goes_with_the_room(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *publisher = plain_call_add(call, &two_seats);
    struct engine_command command = {.type = ENGINE_ROOM_CLOSE};
    struct engine_holdings held;

    (void)state;
    (void)plain_call_add(call, &two_seats);
    plain_peer_send_audio(call, publisher, 20);
    plain_peer_send_video(call, publisher, 0, true);
    held = engine_holdings(call->engine);
    assert_int_equal(held.rooms, 1);
    assert_int_equal(held.participants, 2);
    assert_int_equal(held.publishers, 2);
    assert_int_equal(held.paths, 2);
    assert_int_equal(held.ufrags, 2);
    assert_int_equal(held.packets, 2);
    assert_true(held.packet_chunks > 0);
    assert_int_equal(plain_call_command(call, publisher, &command), 0);
    held = engine_holdings(call->engine);
    held.packet_chunks = 0;
    assert_memory_equal(&held, &(struct engine_holdings){0}, sizeof held);
    plain_call_free(call);
}

static void an_engine_needs_a_certificate(void **state)
{
    const struct engine_config config = {.certificate_pem = "no", .private_key_pem = "no"};

    (void)state;
    assert_null(engine_new(&config, 0));
    engine_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_name_what_is_missing),
        cmocka_unit_test(zero_is_never_an_id),
        cmocka_unit_test(an_engine_takes_so_many_and_no_more),
        cmocka_unit_test(a_participant_belongs_to_one_room),
        cmocka_unit_test(an_offer_leads_to_an_answer_and_a_connection),
        cmocka_unit_test(what_comes_from_nowhere_is_dropped_and_counted),
        cmocka_unit_test(leg_states_are_told_and_a_failed_leg_ends),
        cmocka_unit_test(a_closed_tcp_connection_is_told_to_its_leg),
        cmocka_unit_test(an_empty_engine_sleeps_for_ever),
        cmocka_unit_test(a_silent_call_wakes_seldom),
        cmocka_unit_test(time_that_goes_back_does_no_harm),
        cmocka_unit_test(same_seed_same_bytes),
        cmocka_unit_test(every_error_has_a_name),
        cmocka_unit_test(closing_a_room_ends_all_in_it),
        cmocka_unit_test(what_is_held_goes_with_the_room),
        cmocka_unit_test(an_engine_needs_a_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
