/* What is said of each connection. */
#include "test.h"

#include "engine/media_room.h"
#include "engine/quality.h"
#include "support/plain_call.h"

static uint8_t reason;

static void a_good_connection_is_fine(void **state)
{
    const struct quality_signs signs = {.shown = 9, .rtt_us = 100000, .down_loss_permille = 10};

    (void)state;
    assert_int_equal(quality_judge(&signs, &reason), 4);
    assert_int_equal(reason, ENGINE_QUALITY_FINE);
}

static void the_worst_sign_decides(void **state)
{
    struct quality_signs signs = {.shown = 3, .lowered = 1, .rtt_us = 300000};

    (void)state;
    assert_int_equal(quality_judge(&signs, &reason), 3);
    assert_int_equal(reason, ENGINE_QUALITY_BANDWIDTH);
    signs.rtt_us = 700000;
    assert_int_equal(quality_judge(&signs, &reason), 2);
    assert_int_equal(reason, ENGINE_QUALITY_DELAY);
    signs.up_loss_permille = 250;
    assert_int_equal(quality_judge(&signs, &reason), 1);
    assert_int_equal(reason, ENGINE_QUALITY_SENDER);
    signs.silent = true;
    assert_int_equal(quality_judge(&signs, &reason), 0);
    assert_int_equal(reason, ENGINE_QUALITY_NO_FEEDBACK);
}

static void losses_and_pauses_lower_the_score(void **state)
{
    (void)state;
    for (unsigned permille = 0, before = 4; permille <= 1000; permille += 5) {
        const struct quality_signs signs = {.down_loss_permille = permille};
        const uint8_t score = quality_judge(&signs, &reason);
        assert_in_range(score, 1, before);
        assert_int_equal(reason, score == 4 ? ENGINE_QUALITY_FINE : ENGINE_QUALITY_LOSS);
        before = score;
    }
    assert_int_equal(quality_judge(&(struct quality_signs){.shown = 2, .paused = 1}, &reason), 2);
    assert_int_equal(quality_judge(&(struct quality_signs){.shown = 2, .paused = 2}, &reason), 1);
}

static void everybody_is_told_every_two_seconds(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &(struct plain_options){.seats = 1});
    struct plain_peer *b = plain_call_add(call, &(struct plain_options){.seats = 1});

    (void)state;
    (void)plain_call_join(call, &(struct plain_options){.seats = 1});
    plain_call_run(call, 600000);
    const unsigned events = call->quality_events;
    for (unsigned i = 0; i < 200; i++) {
        plain_peer_send_audio(call, a, 30);
        /* A third of what b sends does not arrive. */
        if (i % 3 == 0)
            plain_peer_lose_audio(b);
        else
            plain_peer_send_audio(call, b, 60);
        plain_call_run(call, 20000);
    }
    assert_int_equal(call->quality_events - events, 2);
    assert_int_equal(call->quality_count, 2);
    assert_true(call->qualities[0].participant == a->id && call->qualities[1].participant == b->id);
    assert_int_equal(call->qualities[0].score, 4);
    assert_in_range(call->qualities[0].up_kbps, 5, 60);
    assert_int_equal(call->qualities[0].up_loss_permille, 0);
    assert_in_range(call->qualities[1].up_loss_permille, 300, 360);
    assert_int_equal(call->qualities[1].score, 1);
    assert_int_equal(call->qualities[1].reason, ENGINE_QUALITY_SENDER);
    /* Cut off. */
    plain_peer_set_state(call, b, TRANSPORT_DISCONNECTED);
    plain_call_run(call, 2100000);
    assert_int_equal(call->qualities[1].score, 0);
    assert_int_equal(call->qualities[1].reason, ENGINE_QUALITY_NO_FEEDBACK);
    plain_call_free(call);
}

static void a_room_without_connections_sleeps(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &(struct plain_options){.seats = 1});

    (void)state;
    plain_call_run(call, 3000000);
    plain_peer_leave(call, a);
    plain_call_run(call, 1000000);
    assert_true(engine_wake_at(call->engine) == UINT64_MAX);
    plain_call_free(call);
}

/* 300 people, every 50th of whom publishes: all are told of those six, and each of itself. */
static void a_large_room_is_told_in_parts(void **state)
{
    static struct participant people[300];
    static struct leg legs[TEST_COUNT(people)];
    static unsigned told[TEST_COUNT(people)];
    struct media_room room = {.participant_count = TEST_COUNT(people)};
    struct engine_quality list[LIMIT_QUALITIES];
    bool more = true;

    (void)state;
    list_init(&room.participants);
    list_init(&room.publishers);
    for (size_t i = 0; i < TEST_COUNT(people); i++) {
        people[i] = (struct participant){.id = i, .joined = i + 1, .leg = &legs[i]};
        legs[i].quality = (struct quality){.at_us = 1, .told = {.participant = i}};
        list_push_back(&room.participants, &people[i].in_room);
        if (i % 50 == 0)
            list_push_back(&room.publishers, &people[i].in_publishers);
    }
    people[7].leg = NULL;
    for (unsigned parts = 0; more; parts++) {
        size_t shared;
        const size_t count = quality_list(&room, list, &shared, &more);
        assert_true(parts < 10);
        assert_int_equal(shared, 6);
        for (size_t i = 0; i < shared; i++)
            assert_int_equal(list[i].participant, 50 * i);
        for (size_t i = shared; i < count; i++)
            told[list[i].participant]++;
    }
    for (size_t i = 0; i < TEST_COUNT(people); i++)
        assert_int_equal(told[i], i != 7);
    /* And from the beginning the next time. */
    size_t shared;
    (void)quality_list(&room, list, &shared, &more);
    assert_int_equal(list[shared].participant, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_connection_is_fine),
        cmocka_unit_test(the_worst_sign_decides),
        cmocka_unit_test(losses_and_pauses_lower_the_score),
        cmocka_unit_test(everybody_is_told_every_two_seconds),
        cmocka_unit_test(a_room_without_connections_sleeps),
        cmocka_unit_test(a_large_room_is_told_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
