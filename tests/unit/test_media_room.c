/* Seats and speakers of whole rooms. */
#include "test.h"

#include "support/plain_call.h"

static void everyone_sees_everyone_else(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *peers[5];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(peers); i++)
        peers[i] = plain_call_add(call, &(struct plain_options){.seats = 4});
    for (size_t i = 0; i < TEST_COUNT(peers); i++) {
        unsigned seen = 0;
        assert_int_equal(peers[i]->seat_count, 4);
        for (size_t k = 0; k < 4; k++) {
            assert_true(peers[i]->seats[k].participant != peers[i]->id);
            assert_true(peers[i]->seats[k].audio && peers[i]->seats[k].video);
            seen |= 1u << (peers[i]->seats[k].participant - 101);
        }
        assert_int_equal(seen, 0x1fu & ~(1u << i));
    }
    for (size_t i = 0; i < TEST_COUNT(peers); i++)
        plain_peer_send_video(call, peers[i], 0, true);
    for (size_t i = 0; i < TEST_COUNT(peers); i++)
        for (unsigned k = 0; k < 4; k++)
            assert_int_equal(plain_peer_count(peers[i], plain_peer_seat_video(peers[i], k)), 1);
    plain_call_free(call);
}

static void who_only_watches_moves_nobody(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &(struct plain_options){.seats = 1});
    struct plain_peer *viewer = plain_call_add(call, &(struct plain_options){.seats = 2});
    struct engine_command leave = {.type = ENGINE_LEG_CLOSE};

    (void)state;
    assert_true(viewer->seats[0].participant == a->id);
    const unsigned events = viewer->seat_events;
    struct plain_peer *other = plain_call_join(call, &(struct plain_options){.seats = 2});
    assert_int_equal(viewer->seat_events, events);
    plain_peer_leave(call, other);
    assert_int_equal(viewer->seat_events, events);
    /* The publisher's leg goes, and its place is there again when it comes back. */
    assert_int_equal(plain_call_command(call, a, &leave), 0);
    assert_true(viewer->seats[0].participant == 0);
    assert_int_equal(plain_peer_offer(call, a, true), 0);
    assert_int_equal(plain_peer_connect(call, a), 0);
    assert_true(viewer->seats[0].participant == a->id);
    plain_call_free(call);
}

static void presence_without_media_takes_no_seat(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *viewer = plain_call_add(call, &(struct plain_options){.seats = 2});

    (void)state;
    (void)plain_call_join(call, &(struct plain_options){.seats = 2});
    assert_true(viewer->seats[0].participant == 0);
    assert_int_equal(viewer->seat_events, 1);
    plain_call_free(call);
}

static void seats_are_told_only_when_they_change(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &(struct plain_options){.seats = 1});
    struct plain_peer *viewer = plain_call_add(call, &(struct plain_options){.seats = 1});
    const unsigned events = viewer->seat_events;

    (void)state;
    plain_peer_enable(call, a, 0xf);
    for (unsigned i = 0; i < 50; i++) {
        plain_peer_send_audio(call, a, 30);
        plain_call_run(call, 20000);
    }
    assert_int_equal(viewer->seat_events, events);
    plain_peer_enable(call, a, 1u << ENGINE_CAMERA);
    assert_int_equal(viewer->seat_events, events + 1);
    assert_false(viewer->seats[0].audio);
    assert_true(viewer->seats[0].video);
    assert_true(viewer->seats[0].participant == a->id);
    plain_call_free(call);
}

static void wishes_decide_who_sits(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *viewer = plain_call_add(call, &(struct plain_options){.seats = 1});
    struct plain_peer *a = plain_call_add(call, &(struct plain_options){.seats = 1});
    struct plain_peer *b = plain_call_add(call, &(struct plain_options){.seats = 1});
    const struct engine_view wish = {.participant = b->id, .visible = true};
    struct engine_command command = {.type = ENGINE_VIEW, .views = &wish, .view_count = 1};

    (void)state;
    assert_true(viewer->seats[0].participant == a->id);
    assert_int_equal(plain_call_command(call, viewer, &command), 0);
    assert_true(viewer->seats[0].participant == b->id);
    command.view_count = 0;
    assert_int_equal(plain_call_command(call, viewer, &command), 0);
    assert_true(viewer->seats[0].participant == b->id);
    plain_call_free(call);
}

static void talk(struct plain_call *call, struct plain_peer *peer, unsigned ms)
{
    for (unsigned i = 0; i < ms / 20; i++) {
        plain_peer_send_audio(call, peer, 25);
        plain_call_run(call, 20000);
    }
}

static void a_speaker_without_a_seat_gets_one(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *viewer = plain_call_add(call, &(struct plain_options){.seats = 2});
    struct plain_peer *a = plain_call_add(call, &(struct plain_options){.seats = 1});
    struct plain_peer *b = plain_call_add(call, &(struct plain_options){.seats = 1});
    struct plain_peer *c = plain_call_add(call, &(struct plain_options){.seats = 1});

    (void)state;
    assert_true(viewer->seats[0].participant == a->id);
    assert_true(viewer->seats[1].participant == b->id);
    talk(call, a, 1000);
    assert_true(call->dominant == a->id);
    plain_call_run(call, 2000000);
    talk(call, c, 2000);
    assert_true(call->dominant == c->id);
    assert_true(viewer->seats[0].participant == a->id);
    assert_true(viewer->seats[1].participant == c->id);
    /* Its sound comes at once. */
    assert_true(plain_peer_count(viewer, plain_peer_seat_audio(viewer, 1)) > 10);
    plain_call_free(call);
}

static void speakers_are_told_seldom_and_silence_too(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &(struct plain_options){.seats = 1});

    (void)state;
    talk(call, a, 4000);
    assert_in_range(call->speaker_events, 1, 4);
    assert_int_equal(call->speaker_count, 1);
    assert_true(call->speakers[0].participant == a->id);
    assert_in_range(call->speakers[0].level_dbov, 24, 40);
    plain_call_run(call, 3000000);
    assert_int_equal(call->speaker_count, 0);
    assert_true(call->dominant == a->id);
    /* A muted microphone is not heard. */
    plain_peer_enable(call, a, 0);
    const unsigned events = call->speaker_events;
    talk(call, a, 1000);
    assert_in_range(call->speaker_events, events, events + 1);
    assert_int_equal(call->speaker_count, 0);
    plain_call_free(call);
}

static void a_dominant_speaker_who_leaves_is_gone(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &(struct plain_options){.seats = 1});

    (void)state;
    (void)plain_call_add(call, &(struct plain_options){.seats = 1});
    talk(call, a, 1000);
    plain_peer_leave(call, a);
    plain_call_run(call, 1000000);
    assert_true(call->dominant == 0);
    plain_call_free(call);
}

/* 50 people, and everybody looks at everybody: no seat is left empty, nobody twice. */
static void fifty_people_fit(void **state)
{
    struct plain_call *call = plain_call_new(1);

    (void)state;
    for (unsigned i = 0; i < 50; i++)
        (void)plain_call_add(call, &(struct plain_options){.seats = 24});
    for (unsigned i = 0; i < 50; i++)
        for (size_t k = 0; k < 24; k++) {
            assert_true(call->peers[i].seats[k].participant != 0);
            for (size_t j = 0; j < k; j++)
                assert_true(call->peers[i].seats[k].participant !=
                            call->peers[i].seats[j].participant);
        }
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyone_sees_everyone_else),
        cmocka_unit_test(who_only_watches_moves_nobody),
        cmocka_unit_test(presence_without_media_takes_no_seat),
        cmocka_unit_test(seats_are_told_only_when_they_change),
        cmocka_unit_test(wishes_decide_who_sits),
        cmocka_unit_test(a_speaker_without_a_seat_gets_one),
        cmocka_unit_test(speakers_are_told_seldom_and_silence_too),
        cmocka_unit_test(a_dominant_speaker_who_leaves_is_gone),
        cmocka_unit_test(fifty_people_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
