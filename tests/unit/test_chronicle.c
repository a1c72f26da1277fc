/* What the room's log holds of a call beside decisions. */
#include "test.h"

#include "engine/chronicle.h"
#include "support/plain_call.h"

static const struct plain_options layered = {.seats = 3, .simulcast = true, .red = true};

static struct timeline_note last(const struct plain_call *call, unsigned what, unsigned count)
{
    struct timeline_note note = {0};
    assert_int_equal(plain_call_notes(call, what, &note), count);
    return note;
}

static void who_comes_and_goes(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &layered);
    struct plain_peer *b = plain_call_add(call, &layered);

    (void)state;
    const struct timeline_note join = last(call, TIMELINE_JOIN, 2);
    assert_true(join.participant == b->id && join.a == 2 && join.b == LIMIT_LOUDEST_DEFAULT);
    const struct timeline_note seats = last(call, TIMELINE_SEATS, 2);
    assert_true(seats.participant == b->id && seats.a == 3 && seats.b == 1);
    /* The same again is no news. */
    assert_int_equal(plain_peer_offer(call, a, false), 0);
    (void)last(call, TIMELINE_SEATS, 2);
    plain_peer_leave(call, a);
    const struct timeline_note leave = last(call, TIMELINE_LEAVE, 1);
    assert_true(leave.participant == a->id && leave.a == 1);
    plain_call_free(call);
}

/* The newest entry about that source. */
static struct timeline_note source_note(const struct plain_call *call, uint8_t source)
{
    static struct timeline_entry entries[LIMIT_TIMELINE_ENTRIES];
    const size_t count =
        engine_timeline(call->engine, PLAIN_ROOM, 0, entries, LIMIT_TIMELINE_ENTRIES);
    struct timeline_note note = {0};
    for (size_t i = 0; i < count; i++)
        if (entries[i].note.what == TIMELINE_SOURCE && entries[i].note.source == source)
            note = entries[i].note;
    return note;
}

static void what_is_published(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &layered);

    (void)state;
    struct timeline_note camera = source_note(call, ENGINE_CAMERA);
    assert_true(camera.about == a->id && camera.why == TIMELINE_WHY_START);
    assert_true(camera.a == 3 && camera.b == TIMELINE_CODING(0, true));
    plain_peer_send_video(call, a, 0, true);
    plain_peer_send_audio(call, a, 30);
    plain_call_run(call, 1000000);
    camera = source_note(call, ENGINE_CAMERA);
    assert_true(camera.why == TIMELINE_WHY_CHANGED && camera.b == TIMELINE_CODING(2, true));
    assert_true(source_note(call, ENGINE_MICROPHONE).b == TIMELINE_CODING(1, true));
    plain_peer_enable(call, a, 1u << ENGINE_MICROPHONE);
    camera = source_note(call, ENGINE_CAMERA);
    assert_true(camera.why == TIMELINE_WHY_MUTED && camera.b == TIMELINE_CODING(2, false));
    plain_peer_enable(call, a, ~0u);
    assert_int_equal(source_note(call, ENGINE_CAMERA).why, TIMELINE_WHY_UNMUTED);
    plain_call_free(call);
}

static void send_layers(struct plain_call *call, struct plain_peer *sender, unsigned layers,
                        unsigned ms)
{
    for (unsigned t = 0; t < ms; t += 20) {
        for (unsigned layer = 0; layer < layers; layer++)
            plain_peer_send_video(call, sender, layer, t == 0);
        plain_call_run(call, 20000);
    }
}

static void rates_are_told_once_while_they_stay(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &layered);

    (void)state;
    plain_call_run(call, 10000000);
    send_layers(call, a, 2, 20000);
    const struct timeline_note rate = last(call, TIMELINE_RATE, 2);
    assert_true(rate.about == a->id && rate.source == ENGINE_CAMERA && rate.a == 1);
    /* 50 packets a second of about 80 bytes. */
    assert_in_range(rate.b, 20, 50);
    /* A layer that stops is told at once. */
    send_layers(call, a, 1, 3000);
    struct timeline_note none = {0};
    assert_in_range(plain_call_notes(call, TIMELINE_RATE, &none), 3, 4);
    assert_true(none.a == 1 && none.b == 0);
    plain_call_free(call);
}

static void who_looks_at_whom(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &layered);
    struct plain_peer *b = plain_call_add(call, &layered);
    struct engine_view view = {.participant = a->id, .width = 640, .height = 360, .visible = true};
    struct engine_command command = {.type = ENGINE_VIEW, .views = &view, .view_count = 1};

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(plain_call_command(call, b, &command), 0);
    struct timeline_note note = last(call, TIMELINE_VIEW, 1);
    assert_true(note.participant == b->id && note.about == a->id && note.source == ENGINE_CAMERA);
    assert_true(note.a == TIMELINE_SIZE(640, 360) && note.b == TIMELINE_LOOK(true, false));
    view.pinned = true;
    assert_int_equal(plain_call_command(call, b, &command), 0);
    note = last(call, TIMELINE_VIEW, 2);
    assert_true(note.b == TIMELINE_LOOK(true, true));
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_and_goes),
        cmocka_unit_test(what_is_published),
        cmocka_unit_test(rates_are_told_once_while_they_stay),
        cmocka_unit_test(who_looks_at_whom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
