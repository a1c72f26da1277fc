#include "test.h"

#include <string.h>

#include "base/counters.h"
#include "engine/layer_select.h"
#include "engine/track.h"

static struct shared shared;
static const struct negotiated_codec vp8 = {.codec = CODEC_VP8,
                                            .payload_type = 96,
                                            .rtx_payload_type = 97,
                                            .feedback = NEGOTIATE_FB_NACK | NEGOTIATE_FB_PLI,
                                            .clock_rate_hz = 90000};
static const uint8_t key[] = {0x90, 0x80, 0x80, 0x01, 0x10, 0x02, 0x00,
                              0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00};
static const uint8_t delta[] = {0x90, 0x80, 0x80, 0x02, 0x11, 0x02, 0x00};

static struct track *make_track(void)
{
    memset(&shared, 0, sizeof shared);
    assert_int_equal(packet_store_init(&shared.store, 2), 0);
    assert_int_equal(packet_store_grow(&shared.store, 100, 100), 0);
    struct track *track = track_new(NULL, ENGINE_CAMERA, &shared);
    assert_non_null(track);
    track_set_layers(track, 2);
    track_restart_layer(&track->layers[0], &shared);
    track_restart_layer(&track->layers[1], &shared);
    return track;
}

static void drop_track(struct track *track)
{
    track_free(track, &shared);
    assert_int_equal(shared.store.small.free_count, PACKET_POOL_CHUNK_SLOTS);
    packet_store_fini(&shared.store);
}

static const struct packet *receive(struct track *track, unsigned layer, uint16_t sequence,
                                    bool keyframe, bool repaired)
{
    const struct arrival arrival = {
        .arrival_us = shared.now_us,
        .sequence = sequence,
        .timestamp = sequence * 3000u,
        .marker = true,
        .repaired = repaired,
        .payload = keyframe ? (struct span){key, sizeof key} : (struct span){delta, sizeof delta},
        .dependency_descriptor = {(const uint8_t *)"\x80\x00\x07", 3},
        .audio_level = PACKET_NO_LEVEL,
        .orientation = 2,
        .codec = &vp8,
    };
    return track_receive(track, &track->layers[layer], &arrival, &shared);
}

static void a_packet_is_kept_with_all_that_matters(void **state)
{
    struct track *track = make_track();

    (void)state;
    const struct packet *packet = receive(track, 0, 100, true, false);
    assert_non_null(packet);
    assert_true(packet->keyframe && packet->marker);
    assert_int_equal(packet->timestamp, 300000);
    assert_int_equal(packet->payload_type, 96);
    assert_int_equal(packet->orientation, 2);
    assert_int_equal(packet->payload_len, sizeof key);
    assert_memory_equal(packet->bytes, key, sizeof key);
    assert_int_equal(packet->descriptor_len, 3);
    assert_int_equal(packet_dependency_descriptor(packet)[2], 7);
    assert_ptr_equal(packet_ring_find(&track->layers[0].ring, packet->seq), packet);
    drop_track(track);
}

static void gaps_are_asked_for_and_repairs_fill_them(void **state)
{
    struct track *track = make_track();
    struct layer *layer = &track->layers[0];

    (void)state;
    assert_non_null(receive(track, 0, 100, true, false));
    assert_non_null(receive(track, 0, 103, false, false));
    assert_int_equal(layer->nack.count, 2);
    assert_non_null(receive(track, 0, 101, false, true));
    assert_int_equal(layer->nack.count, 1);
    assert_null(receive(track, 0, 101, false, true));
    assert_int_equal(shared.counters[ENGINE_COUNTER_dropped_duplicate], 1);
    /* The reports still tell the loss (RFC 4588): 2 of 4. */
    assert_int_equal(reception_take_report(&layer->reception).cumulative_lost, 2);
    /* A key frame makes the rest needless. */
    assert_non_null(receive(track, 0, 104, true, false));
    assert_int_equal(layer->nack.count, 0);
    drop_track(track);
}

static void too_large_a_gap_needs_a_key_frame(void **state)
{
    struct track *track = make_track();

    (void)state;
    assert_non_null(receive(track, 0, 100, true, false));
    assert_false(track->layers[0].keyframe.pending);
    assert_non_null(receive(track, 0, 1000, false, false));
    assert_true(track->layers[0].keyframe.pending);
    assert_non_null(receive(track, 0, 1001, true, false));
    assert_false(track->layers[0].keyframe.pending);
    drop_track(track);
}

static void repairs_before_media_are_probes(void **state)
{
    struct track *track = make_track();

    (void)state;
    assert_null(receive(track, 0, 100, true, true));
    assert_false(track->layers[0].reception.started);
    drop_track(track);
}

static void a_sender_that_starts_anew_is_a_new_layer(void **state)
{
    struct track *track = make_track();
    struct layer *layer = &track->layers[0];
    const uint32_t id = layer->id;

    (void)state;
    assert_non_null(receive(track, 0, 30000, true, false));
    assert_null(receive(track, 0, 5, true, false));
    assert_int_equal(shared.counters[ENGINE_COUNTER_dropped_stray], 1);
    assert_non_null(receive(track, 0, 6, true, false));
    assert_int_not_equal(layer->id, id);
    assert_ptr_equal(track_find_layer(track, layer->id), layer);
    assert_null(track_find_layer(track, id));
    drop_track(track);
}

static void repairs_of_another_stream_are_no_packets_of_this_one(void **state)
{
    struct track *track = make_track();

    (void)state;
    assert_non_null(receive(track, 0, 1000, true, false));
    assert_non_null(receive(track, 0, 1002, false, false));
    assert_null(receive(track, 0, 9000, false, true));
    assert_null(receive(track, 0, 9001, false, true));
    assert_null(receive(track, 0, 60000, false, true));
    assert_int_equal(shared.counters[ENGINE_COUNTER_dropped_stray], 3);
    assert_non_null(receive(track, 0, 1001, false, true));
    assert_int_equal(track->layers[0].reception.highest, 65536 + 1002);
    drop_track(track);
}

/* The sender went on with another codec; a repair of the one before comes. */
static void late_packets_do_not_say_what_the_codec_is(void **state)
{
    static const struct negotiated_codec h264 = {
        .codec = CODEC_H264, .payload_type = 102, .clock_rate_hz = 90000};
    struct track *track = make_track();

    (void)state;
    track->layers[0].codec.payload_type = 0;
    assert_non_null(receive(track, 0, 1000, true, false));
    assert_int_equal(track->layers[0].codec.payload_type, 96);
    assert_non_null(receive(track, 0, 1002, false, false));
    track->layers[0].codec = h264;
    assert_non_null(receive(track, 0, 1001, false, true));
    assert_int_equal(track->layers[0].codec.payload_type, 102);
    drop_track(track);
}

static void the_best_layer_that_is_alive_is_selected(void **state)
{
    struct track *track = make_track();

    (void)state;
    shared.now_us = 1000000;
    assert_null(layer_select(track, 2, shared.now_us));
    (void)receive(track, 0, 1, true, false);
    assert_ptr_equal(layer_select(track, 2, shared.now_us), &track->layers[0]);
    (void)receive(track, 1, 1, true, false);
    assert_ptr_equal(layer_select(track, 2, shared.now_us), &track->layers[1]);
    shared.now_us += 1499999;
    assert_ptr_equal(layer_select(track, 2, shared.now_us), &track->layers[1]);
    (void)receive(track, 0, 2, false, false);
    shared.now_us += 1;
    assert_false(track_layer_alive(&track->layers[1], shared.now_us));
    assert_ptr_equal(layer_select(track, 2, shared.now_us), &track->layers[0]);
    track_set_layers(track, 1);
    track_restart_layer(&track->layers[0], &shared);
    assert_null(layer_select(track, 2, shared.now_us));
    drop_track(track);
}

/* Until a second of it came a layer is expected to take what its publisher announced. */
static void a_new_layer_counts_with_what_was_announced(void **state)
{
    static const uint8_t announced[] = {0x11, 0x00, 100, 0xac, 0x02}; /* two streams: 100, 300 */
    struct track *track = make_track();
    struct track_layers layers;
    struct arrival arrival = {.sequence = 1,
                              .marker = true,
                              .payload = {key, sizeof key},
                              .layers_allocation = {announced, sizeof announced},
                              .codec = &vp8};

    (void)state;
    shared.now_us = arrival.arrival_us = 50000000;
    assert_non_null(track_receive(track, &track->layers[1], &arrival, &shared));
    track_describe(track, shared.now_us, &layers);
    for (unsigned t = 0; t < TRACK_TEMPORAL_LAYERS; t++)
        assert_int_equal(layers.at[1][t].bps, 318000);
    assert_int_equal(layers.at[0][0].bps, 0); /* announced, but it does not come */
    for (uint16_t i = 2; i < 60; i++) {
        shared.now_us += 33000;
        assert_non_null(receive(track, 1, i, false, false));
    }
    track_describe(track, shared.now_us, &layers);
    assert_in_range(layers.at[1][0].bps, 1000, 40000);
    drop_track(track);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_layer_counts_with_what_was_announced),
        cmocka_unit_test(a_packet_is_kept_with_all_that_matters),
        cmocka_unit_test(gaps_are_asked_for_and_repairs_fill_them),
        cmocka_unit_test(too_large_a_gap_needs_a_key_frame),
        cmocka_unit_test(repairs_before_media_are_probes),
        cmocka_unit_test(a_sender_that_starts_anew_is_a_new_layer),
        cmocka_unit_test(repairs_of_another_stream_are_no_packets_of_this_one),
        cmocka_unit_test(late_packets_do_not_say_what_the_codec_is),
        cmocka_unit_test(the_best_layer_that_is_alive_is_selected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
