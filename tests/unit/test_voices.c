/* Whose microphone is forwarded in a room of more than five. */
#include "test.h"

#include "engine/timeline.h"
#include "support/plain_call.h"

#define PEOPLE 8u
#define SPEECH 30u
#define QUIET  75u

static struct plain_call *large_room(struct plain_peer *peers[static PEOPLE])
{
    struct plain_call *call = plain_call_new(1);
    for (size_t i = 0; i < PEOPLE; i++)
        peers[i] = plain_call_add(call, &(struct plain_options){.seats = PEOPLE - 1});
    return call;
}

/* Everybody's microphone is on; those in the mask talk. */
static void talk(struct plain_call *call, unsigned mask, unsigned ms)
{
    for (unsigned t = 0; t < ms; t += 20) {
        for (unsigned i = 0; i < call->peer_count; i++)
            plain_peer_send_audio(call, &call->peers[i], mask & 1u << i ? SPEECH : QUIET);
        plain_call_run(call, 20000);
    }
}

static uint32_t seat_of(const struct plain_peer *viewer, const struct plain_peer *who)
{
    for (unsigned k = 0; k < viewer->seat_count; k++)
        if (viewer->seats[k].participant == who->id)
            return plain_peer_seat_audio(viewer, k);
    return 0;
}

static unsigned count_heard(const struct plain_peer *viewer, struct plain_peer *const *peers,
                            size_t count)
{
    unsigned heard = 0;
    for (size_t i = 0; i < count; i++)
        if (peers[i] != viewer)
            heard += plain_peer_count(viewer, seat_of(viewer, peers[i])) > 0;
    return heard;
}

static void five_of_many_are_forwarded(void **state)
{
    struct plain_peer *peers[PEOPLE];
    struct plain_call *call = large_room(peers);

    (void)state;
    talk(call, 0x07, 1000);
    plain_peer_forget(peers[7]);
    talk(call, 0x07, 400);
    assert_int_equal(count_heard(peers[7], peers, PEOPLE), 5);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(plain_peer_count(peers[7], seat_of(peers[7], peers[i])), 20);
    plain_call_free(call);
}

static void in_a_small_room_all_are(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *peers[5];

    (void)state;
    for (size_t i = 0; i < 5; i++)
        peers[i] = plain_call_add(call, &(struct plain_options){.seats = 4});
    talk(call, 0x01, 400);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(plain_peer_count(peers[4], seat_of(peers[4], peers[i])), 20);
    plain_call_free(call);
}

/* The numbers of what was left out are not missing, the timestamps show the pause, and what was
 * said just before is there. */
static void the_first_syllable_is_whole(void **state)
{
    struct plain_peer *peers[PEOPLE];
    struct plain_call *call = large_room(peers);
    uint32_t timestamps[20];
    unsigned said = 0;

    (void)state;
    talk(call, 0x01, 1000);
    struct plain_peer *newcomer = peers[6];
    const uint32_t ssrc = seat_of(peers[7], newcomer);
    assert_int_equal(plain_peer_count(peers[7], ssrc), 0);
    for (; said < 20; said++) {
        timestamps[said] = newcomer->audio_timestamp;
        plain_peer_send_audio(call, newcomer, SPEECH);
        plain_call_run(call, 20000);
    }
    /* 150 ms of what came before it was loud, and all since: the first is heard at the second loud
     * packet, with 7 from the ring. */
    const size_t count = plain_peer_count(peers[7], ssrc);
    assert_in_range(count, 26, 27);
    const struct plain_packet *first = plain_peer_nth(peers[7], ssrc, 0);
    for (size_t i = 1; i < count; i++) {
        const struct plain_packet *packet = plain_peer_nth(peers[7], ssrc, i);
        assert_int_equal((uint16_t)(packet->rtp.seq - first->rtp.seq), i);
        assert_int_equal(packet->rtp.timestamp - first->rtp.timestamp, 960 * i);
    }
    /* It was silenced, and comes again: the pause is in the timestamps, not in the numbers. */
    const struct plain_packet *last = plain_peer_last(peers[7], ssrc);
    const uint16_t last_seq = last->rtp.seq;
    const uint32_t offset = last->rtp.timestamp - timestamps[19];
    plain_call_run(call, 1500000);
    talk(call, 0x1f, 1500);
    plain_peer_forget(peers[7]);
    const uint32_t began = newcomer->audio_timestamp;
    talk(call, 0x40, 1500);
    const struct plain_packet *again = plain_peer_nth(peers[7], seat_of(peers[7], newcomer), 0);
    assert_non_null(again);
    assert_true((uint16_t)(again->rtp.seq - last_seq) < 70);
    assert_true(again->rtp.timestamp - offset - (began - 8 * 960) <= 60 * 960);
    plain_call_free(call);
}

static void an_old_packet_is_not_heard_twice(void **state)
{
    struct plain_peer *peers[PEOPLE];
    struct plain_call *call = large_room(peers);

    (void)state;
    /* All talk in turn, fast: whoever is put out comes back before the ring forgets. */
    talk(call, 0x01, 400);
    for (unsigned n = 0; n < 12; n++) {
        talk(call, 1u << (1 + n % 7), 100);
        plain_call_run(call, 200000);
    }
    for (unsigned i = 1; i < PEOPLE - 1; i++) {
        const uint32_t ssrc = seat_of(peers[7], peers[i]);
        for (size_t n = 1; n < plain_peer_count(peers[7], ssrc); n++) {
            const struct rtp_packet *a = &plain_peer_nth(peers[7], ssrc, n - 1)->rtp;
            const struct rtp_packet *b = &plain_peer_nth(peers[7], ssrc, n)->rtp;
            assert_int_equal((uint16_t)(b->seq - a->seq), 1);
            assert_true((int32_t)(b->timestamp - a->timestamp) >= 960);
        }
    }
    plain_call_free(call);
}

/* Two seats, both for others: who talks is heard there all the same, from the beginning. */
static void who_talks_is_heard_without_being_seen(void **state)
{
    struct plain_peer *peers[PEOPLE];
    struct plain_call *call = large_room(peers);
    struct plain_peer *viewer = plain_call_add(call, &(struct plain_options){.seats = 2});
    const struct engine_view views[] = {{.participant = peers[0]->id, .visible = true},
                                        {.participant = peers[1]->id, .visible = true}};
    struct engine_command command = {.type = ENGINE_VIEW, .views = views, .view_count = 2};

    (void)state;
    assert_int_equal(plain_call_command(call, viewer, &command), 0);
    talk(call, 0x80, 2000);
    assert_true(seat_of(viewer, peers[7]) != 0 && seat_of(viewer, peers[6]) == 0);
    plain_peer_forget(viewer);
    for (unsigned t = 0; t < 4; t++) {
        plain_peer_send_audio(call, peers[6], SPEECH);
        plain_call_run(call, 20000);
    }
    const uint32_t ssrc = seat_of(viewer, peers[6]);
    assert_true(ssrc != 0 && seat_of(viewer, peers[0]) != 0);
    assert_in_range(plain_peer_count(viewer, ssrc), 4 + 6, 4 + 7);
    plain_call_free(call);
}

static void the_timeline_says_why(void **state)
{
    struct plain_peer *peers[PEOPLE];
    struct plain_call *call = large_room(peers);
    static struct timeline_entry entries[LIMIT_TIMELINE_ENTRIES];
    unsigned opened = 0, crowned = 0;

    (void)state;
    talk(call, 0x01, 1000);
    talk(call, 0x40, 1000);
    const size_t count =
        engine_timeline(call->engine, PLAIN_ROOM, 0, entries, LIMIT_TIMELINE_ENTRIES);
    for (size_t i = 0; i < count; i++) {
        const struct timeline_note *note = &entries[i].note;
        opened += note->what == TIMELINE_MICROPHONE && note->about == peers[6]->id &&
                  note->why == TIMELINE_WHY_SPEAKING && note->a == 1;
        crowned += note->what == TIMELINE_SPEAKER && note->about == peers[6]->id;
    }
    assert_int_equal(opened, 1);
    assert_int_equal(crowned, 1);
    assert_true(call->dominant == peers[6]->id);
    plain_call_free(call);
}

static void when_people_leave_nothing_is_chosen(void **state)
{
    struct plain_peer *peers[PEOPLE];
    struct plain_call *call = large_room(peers);

    (void)state;
    talk(call, 0x01, 1000);
    for (unsigned i = 0; i < 3; i++)
        plain_peer_leave(call, peers[i]);
    plain_peer_forget(peers[7]);
    for (unsigned t = 0; t < 10; t++) {
        for (unsigned i = 3; i < PEOPLE; i++)
            plain_peer_send_audio(call, peers[i], QUIET);
        plain_call_run(call, 20000);
    }
    assert_int_equal(count_heard(peers[7], peers + 3, PEOPLE - 3), 4);
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_of_many_are_forwarded),
        cmocka_unit_test(in_a_small_room_all_are),
        cmocka_unit_test(the_first_syllable_is_whole),
        cmocka_unit_test(an_old_packet_is_not_heard_twice),
        cmocka_unit_test(who_talks_is_heard_without_being_seen),
        cmocka_unit_test(the_timeline_says_why),
        cmocka_unit_test(when_people_leave_nothing_is_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
