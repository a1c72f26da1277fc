/* Which layers publishers are told to send. */
#include "test.h"

#include "support/plain_call.h"

static const struct plain_options layered = {.seats = 2, .simulcast = true};

static void look(struct plain_call *call, struct plain_peer *viewer, const struct plain_peer *who,
                 bool visible, uint16_t width, uint16_t height)
{
    const struct engine_view view = {.participant = who->id,
                                     .group = ENGINE_GROUP_CAMERA,
                                     .visible = visible,
                                     .width = width,
                                     .height = height};
    struct engine_command command = {.type = ENGINE_VIEW, .views = &view, .view_count = 1};
    assert_int_equal(plain_call_command(call, viewer, &command), 0);
}

static void run(struct plain_call *call, struct plain_peer *sender, unsigned ms)
{
    for (unsigned t = 0; t < ms; t += 40) {
        for (unsigned layer = 0; layer < 3; layer++)
            plain_peer_send_video(call, sender, layer, t == 0);
        plain_call_run(call, 40000);
    }
}

static void a_small_tile_needs_the_lowest_layer_only(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &layered);
    struct plain_peer *b = plain_call_add(call, &layered);

    (void)state;
    look(call, b, a, true, 160, 90);
    run(call, a, 3000);
    assert_int_equal(a->publish_events, 0);
    run(call, a, 5000);
    assert_int_equal(a->publish_count, 1);
    assert_int_equal(a->publishes[0].source, ENGINE_CAMERA);
    assert_int_equal(a->publishes[0].layers, 1);
    /* A large one needs all, at once. */
    look(call, b, a, true, 1920, 1080);
    assert_int_equal(a->publishes[0].layers, 7);
    /* Hidden: nobody looks, but not for a moment only. */
    look(call, b, a, false, 1920, 1080);
    run(call, a, 1000);
    assert_int_equal(a->publishes[0].layers, 7);
    run(call, a, 3000);
    assert_int_equal(a->publishes[0].layers, 0);
    look(call, b, a, true, 160, 90);
    assert_int_equal(a->publishes[0].layers, 1);
    plain_call_free(call);
}

/* Scalable or not: its layers cannot be told apart by one bit. */
static void one_encoding_is_sent_whole_or_not_at_all(void **state)
{
    static const struct plain_options single = {.seats = 2};
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &single);
    struct plain_peer *b = plain_call_add(call, &single);

    (void)state;
    look(call, b, a, false, 0, 0);
    for (unsigned t = 0; t < 8000; t += 40) {
        plain_peer_send_video(call, a, 0, t == 0);
        plain_call_run(call, 40000);
    }
    assert_int_equal(a->publishes[0].layers, 0);
    look(call, b, a, true, 160, 90);
    assert_int_equal(a->publishes[0].layers, 7);
    plain_call_free(call);
}

static void whoever_comes_in_finds_all_layers(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &layered);

    (void)state;
    run(call, a, 8000);
    assert_int_equal(a->publishes[0].layers, 0);
    struct plain_peer *b = plain_call_join(call, &layered);
    assert_int_equal(a->publishes[0].layers, 0);
    assert_int_equal(plain_peer_offer(call, b, true), 0);
    assert_int_equal(a->publishes[0].layers, 7);
    plain_call_free(call);
}

static void a_new_speakers_large_picture_is_ready(void **state)
{
    struct plain_call *call = plain_call_new(1);
    struct plain_peer *a = plain_call_add(call, &layered);
    struct plain_peer *b = plain_call_add(call, &layered);
    struct plain_peer *viewer = plain_call_add(call, &layered);
    const struct engine_view views[] = {
        {b->id, ENGINE_GROUP_CAMERA, 1280, 720, true, false},
        {a->id, ENGINE_GROUP_CAMERA, 160, 90, true, false},
    };
    struct engine_command command = {.type = ENGINE_VIEW, .views = views, .view_count = 2};

    (void)state;
    assert_int_equal(plain_call_command(call, viewer, &command), 0);
    look(call, b, a, true, 160, 90);
    run(call, a, 8000);
    assert_int_equal(a->publishes[0].layers, 1);
    for (unsigned i = 0; i < 15; i++) {
        plain_peer_send_audio(call, a, 30);
        plain_call_run(call, 20000);
    }
    assert_true(call->dominant == a->id);
    assert_int_equal(a->publishes[0].layers, 7);
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_tile_needs_the_lowest_layer_only),
        cmocka_unit_test(one_encoding_is_sent_whole_or_not_at_all),
        cmocka_unit_test(whoever_comes_in_finds_all_layers),
        cmocka_unit_test(a_new_speakers_large_picture_is_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
