/* The judge must be able to find fault: each kind of error is shown to it once. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "client/client_sink.h"
#include "client/client_source.h"

#define STEP_US 66000u

struct bench {
    struct client_source source;
    struct client_sink *sink;
    uint64_t now_us;
    uint16_t seq;
    uint32_t timestamp;
    uint16_t picture_id;
};

static int setup(void **state)
{
    static struct bench bench;
    struct rng rng;

    memset(&bench, 0, sizeof(bench));
    rng_init(&rng, 1, 1);
    bench.source = (struct client_source){
        .ssrc = 5, .video = true, .owner = 7, .frame_bytes = 1500, .timestamp_step = 6000};
    client_source_init(&bench.source, &rng);
    bench.sink = calloc(1, sizeof(*bench.sink));
    bench.sink->video = bench.sink->repairs = true;
    bench.sink->ssrc = 5;
    bench.sink->rtx_ssrc = 6;
    bench.sink->reception.clock_rate_hz = 90000;
    bench.now_us = 1000000;
    bench.seq = 65530; /* wraps on the way */
    *state = &bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;

    free(bench->sink);
    return 0;
}

static void give(struct bench *bench, const struct client_sent *sent, uint16_t seq, bool rtx)
{
    uint8_t payload[CLIENT_PAYLOAD_BYTES];
    size_t len = client_source_payload(&bench->source, sent, payload);
    struct rtp_packet packet = {
        .seq = seq, .timestamp = sent->timestamp, .ssrc = 5, .marker = sent->marker};

    client_sink_receive(bench->sink, bench->now_us, &packet, (struct span){payload, len}, rtx);
}

/* One frame; the piece-th packet is left out if it is skipped. */
static void frame(struct bench *bench, unsigned skipped)
{
    unsigned pieces = client_source_frame(&bench->source);

    bench->now_us += STEP_US;
    for (unsigned piece = 0; piece < pieces; piece++) {
        const struct client_sent *sent = client_source_next(&bench->source, piece, pieces);

        if (piece != skipped)
            give(bench, sent, bench->seq, false);
        bench->seq++;
    }
}

#define WHOLE 1000u

static void whole_frames_are_fine(void **state)
{
    struct bench *bench = *state;

    for (int i = 0; i < 50; i++)
        frame(bench, WHOLE);
    assert_int_equal(bench->sink->stats.frames, 50);
    assert_int_equal(bench->sink->stats.key_frames, 1);
    assert_int_equal(bench->sink->stats.owner, 7);
    assert_int_equal(client_seat_errors(&bench->sink->stats), 0);
    assert_false(client_sink_wants_key(bench->sink, bench->now_us));
}

static void a_gap_is_asked_for_and_filled(void **state)
{
    struct bench *bench = *state;
    uint16_t seqs[CLIENT_SINK_NACKS], missing;

    frame(bench, WHOLE);
    missing = (uint16_t)(bench->seq + 1);
    frame(bench, 1);
    frame(bench, WHOLE);
    assert_int_equal(client_sink_nacks(bench->sink, bench->now_us + 30000, seqs), 1);
    assert_int_equal(seqs[0], missing);
    assert_int_equal(client_sink_nacks(bench->sink, bench->now_us + 40000, seqs), 0);
    assert_int_equal(bench->sink->stats.frames, 1);
    /* The source counts from elsewhere: its packet that got this number. */
    give(bench, client_source_find(&bench->source, (uint16_t)(bench->source.seq - 3)), missing,
         true);
    assert_int_equal(bench->sink->stats.frames, 3);
    assert_int_equal(bench->sink->stats.lost, 0);
    assert_int_equal(client_seat_errors(&bench->sink->stats), 0);
}

static void a_gap_given_up_waits_for_a_key_frame(void **state)
{
    struct bench *bench = *state;
    uint16_t seqs[CLIENT_SINK_NACKS];

    frame(bench, WHOLE);
    frame(bench, 1);
    for (int i = 0; i < 40; i++) {
        frame(bench, WHOLE);
        (void)client_sink_nacks(bench->sink, bench->now_us, seqs);
        client_sink_run(bench->sink, bench->now_us);
    }
    assert_int_equal(bench->sink->stats.lost, 1);
    assert_int_equal(bench->sink->stats.frames, 1);
    assert_true(client_sink_wants_key(bench->sink, bench->now_us));
    bench->source.key_wanted = true;
    frame(bench, WHOLE);
    frame(bench, WHOLE);
    assert_int_equal(bench->sink->stats.frames, 3);
    /* Loss is nobody's error. */
    assert_int_equal(client_seat_errors(&bench->sink->stats), 0);
}

static void a_broken_chain_is_an_error(void **state)
{
    struct bench *bench = *state;

    frame(bench, WHOLE);
    (void)client_source_frame(&bench->source); /* left out, but the numbers go on */
    bench->source.picture_id--;
    frame(bench, WHOLE);
    assert_int_equal(bench->sink->stats.broken_chains, 1);
    assert_int_equal(client_seat_errors(&bench->sink->stats), 1);
}

static void a_skipped_picture_is_an_error(void **state)
{
    struct bench *bench = *state;

    frame(bench, WHOLE);
    bench->source.picture_id += 3;
    frame(bench, WHOLE);
    assert_int_equal(bench->sink->stats.pictures_skipped, 1);
}

static void time_that_runs_back_is_an_error(void **state)
{
    struct bench *bench = *state;

    frame(bench, WHOLE);
    bench->source.timestamp -= 20000;
    frame(bench, WHOLE);
    assert_true(bench->sink->stats.timestamps_back > 0);
}

static void two_packets_of_one_number_are_an_error(void **state)
{
    struct bench *bench = *state;
    const struct client_sent *sent;

    frame(bench, WHOLE);
    (void)client_source_frame(&bench->source);
    sent = client_source_next(&bench->source, 0, 2);
    give(bench, sent, (uint16_t)(bench->seq + 1), false);
    give(bench, sent, (uint16_t)(bench->seq + 1), false);
    assert_int_equal(bench->sink->stats.duplicates, 1);
    assert_int_equal(bench->sink->stats.conflicts, 0);
    sent = client_source_next(&bench->source, 1, 2);
    give(bench, sent, (uint16_t)(bench->seq + 1), false);
    assert_int_equal(bench->sink->stats.conflicts, 1);
}

static void foreign_bytes_are_an_error(void **state)
{
    struct bench *bench = *state;
    const uint8_t payload[40] = {0x10};
    struct rtp_packet packet = {.seq = bench->seq};

    client_sink_receive(bench->sink, bench->now_us, &packet,
                        (struct span){payload, sizeof(payload)}, false);
    assert_int_equal(bench->sink->stats.malformed, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(whole_frames_are_fine),
        TEST(a_gap_is_asked_for_and_filled),
        TEST(a_gap_given_up_waits_for_a_key_frame),
        TEST(a_broken_chain_is_an_error),
        TEST(a_skipped_picture_is_an_error),
        TEST(time_that_runs_back_is_an_error),
        TEST(two_packets_of_one_number_are_an_error),
        TEST(foreign_bytes_are_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
