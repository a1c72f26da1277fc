#include "test.h"

#include <string.h>

#include "client/client_inner.h"
#include "engine/engine.h"
#include "wire/rtcp.h"
#include "wire/wire.h"

#define AUDIO     0x1111u
#define VIDEO     0x2222u
#define VIDEO_RTX 0x3333u
#define START_US  UINT64_C(5000000)

/* A viewer with one seat whose connection stands, and the other end of its SRTP. */
struct bench {
    struct client *client;
    struct srtp *server;
    struct client_delays delays;
    uint64_t now_us;
    uint16_t transport_seq;
    /* what the client said since the last look */
    unsigned compounds, reports, nacks, plis, feedbacks;
    unsigned told, told_received; /* packets that feedback spoke of */
    uint16_t nacked[64];
};

static void bench_open(struct bench *bench)
{
    struct srtp_config config = {
        .profile = SRTP_PROFILE_GCM_128, .max_ssrcs_in = 8, .max_ssrcs_out = 8};
    struct srtp_master local;

    memset(bench, 0, sizeof(*bench));
    bench->now_us = START_US;
    bench->client = client_new(
        &(struct client_config){.seed = {1, 2}, .id = 9, .seats = 1, .light = true}, START_US);
    assert_non_null(bench->client);
    memset(config.local.key, 'a', sizeof(config.local.key));
    memset(config.remote.key, 'b', sizeof(config.remote.key));
    bench->server = srtp_new(&config);
    local = config.local;
    config.local = config.remote;
    config.remote = local;
    bench->client->srtp = srtp_new(&config);
    assert_non_null(bench->server);
    assert_non_null(bench->client->srtp);
    bench->client->state = CLIENT_CONNECTED;
    bench->client->ssrcs[0] = AUDIO;
    bench->client->ssrcs[2] = VIDEO;
    bench->client->ssrcs[3] = VIDEO_RTX;
    bench->client->counters[1].repairs = true;
    bench->client->next_audio_us = bench->client->next_video_us = UINT64_MAX;
    bench->client->next_sinks_us = UINT64_MAX;
    bench->client->next_feedback_us = START_US;
    client_set_delays(bench->client, &bench->delays);
}

static void bench_close(struct bench *bench)
{
    srtp_free(bench->server);
    client_free(bench->client);
}

static size_t protect(struct bench *bench, const struct rtp_header *header, struct span payload,
                      uint8_t *out)
{
    uint8_t head[64], transport[2];
    struct rtp_extension extension = {CLIENT_EXT_TRANSPORT, 2, transport};
    struct writer writer = writer_of(head, sizeof(head));
    size_t len;

    rtp_ext_put_transport_seq(transport, bench->transport_seq++);
    assert_int_equal(rtp_write_header(&writer, header, &extension, 1), 0);
    assert_int_equal(srtp_protect_rtp(bench->server, (struct span){head, writer_len(&writer)},
                                      payload, out, &len),
                     0);
    return len;
}

/* A packet of 200 bytes that was sent some time ago. */
static void give(struct bench *bench, uint32_t ssrc, uint16_t seq, uint32_t ago_us, bool spoilt)
{
    struct rtp_header header = {
        .ssrc = ssrc, .seq = seq, .payload_type = ssrc == AUDIO ? CLIENT_PT_OPUS : CLIENT_PT_VP8};
    struct client_tag tag = {.owner = 3, .sent_us = (uint32_t)bench->now_us - ago_us};
    uint8_t payload[200] = {0}, out[400];
    size_t len;

    client_tag_write(&tag, payload + sizeof(payload) - CLIENT_TAG_BYTES);
    len = protect(bench, &header, (struct span){payload, sizeof(payload)}, out);
    if (spoilt)
        out[len - 1] ^= 1;
    client_receive(bench->client, bench->now_us, out, len);
}

static void give_repetition(struct bench *bench, uint16_t seq, uint16_t of)
{
    struct rtp_header header = {.ssrc = VIDEO_RTX, .seq = seq, .payload_type = CLIENT_PT_RTX};
    uint8_t payload[40] = {0}, out[400];

    bytes_put_u16(payload, of);
    client_receive(bench->client, bench->now_us, out,
                   protect(bench, &header, (struct span){payload, sizeof(payload)}, out));
}

/* Nothing but padding, to probe the path: its count is the last byte of what is encrypted. */
static void give_padding(struct bench *bench, uint16_t seq)
{
    struct rtp_header header = {
        .ssrc = VIDEO_RTX, .seq = seq, .payload_type = CLIENT_PT_RTX, .padding = true};
    uint8_t payload[200] = {0}, out[400];

    payload[sizeof(payload) - 1] = 200;
    client_receive(bench->client, bench->now_us, out,
                   protect(bench, &header, (struct span){payload, sizeof(payload)}, out));
}

static void hear_twcc(struct bench *bench, struct span fci)
{
    struct twcc_feedback feedback;
    struct twcc_status statuses[512];

    assert_int_equal(twcc_read(fci, &feedback, statuses, 512), 0);
    bench->feedbacks++;
    for (size_t i = 0; i < feedback.status_count; i++) {
        bench->told++;
        bench->told_received += statuses[i].received;
    }
}

static void hear_packet(struct bench *bench, const struct rtcp_packet *packet)
{
    struct rtcp_feedback feedback;

    bench->reports += packet->type == RTCP_RR ? packet->count : 0;
    if (packet->type != RTCP_RTPFB && packet->type != RTCP_PSFB)
        return;
    assert_int_equal(rtcp_read_feedback(packet, &feedback), 0);
    if (packet->type == RTCP_PSFB) {
        assert_int_equal(feedback.media_ssrc, VIDEO);
        bench->plis++;
    } else if (packet->count == RTCP_TWCC) {
        hear_twcc(bench, feedback.fci);
    } else {
        assert_int_equal(feedback.media_ssrc, VIDEO);
        bench->nacks += (unsigned)rtcp_read_nack(feedback.fci, bench->nacked, 64);
    }
}

static void hear(struct bench *bench)
{
    struct engine_tx tx;

    while (client_next_tx(bench->client, &tx)) {
        struct rtcp_compound compound;
        struct rtcp_packet packet;
        uint8_t bytes[1500];
        size_t len = tx.len;

        memcpy(bytes, tx.bytes, len);
        if (wire_kind_of(bytes, len) != WIRE_RTCP)
            continue;
        assert_int_equal(srtp_unprotect_rtcp(bench->server, bytes, &len), 0);
        assert_int_equal(rtcp_open(bytes, len, &compound), 0);
        while (rtcp_next(&compound, &packet) == 1)
            hear_packet(bench, &packet);
    }
}

static void pass(struct bench *bench, uint64_t us)
{
    uint64_t until_us = bench->now_us + us;

    while (client_wake_at(bench->client) <= until_us) {
        bench->now_us = client_wake_at(bench->client);
        client_tick(bench->client, bench->now_us);
        hear(bench);
    }
    bench->now_us = until_us;
}

static void headers_are_counted_and_answered_with_feedback(void **state)
{
    struct bench bench;
    struct client_counts counts;

    (void)state;
    bench_open(&bench);
    for (uint16_t i = 0; i < 100; i++) {
        give(&bench, AUDIO, i, 300, false);
        give(&bench, VIDEO, (uint16_t)(500 + i), 300, false);
        pass(&bench, 20000);
    }
    client_count(bench.client, &counts);
    assert_int_equal(counts.expected, 200);
    assert_int_equal(counts.packets, 200);
    assert_int_equal(counts.lost, 0);
    assert_true(counts.first_audio_us == START_US && counts.first_video_us == START_US);
    assert_int_equal(client_stats(bench.client)->unauthentic, 0);
    /* Every 50 ms, on every packet; every second on both streams. */
    assert_in_range(bench.feedbacks, 38, 41);
    assert_in_range(bench.told, 190, 200);
    assert_int_equal(bench.told_received, bench.told);
    assert_in_range(bench.reports, 2, 4);
    assert_int_equal(bench.nacks + bench.plis, 0);
    bench_close(&bench);
}

static void a_new_connection_knows_what_the_former_one_brought(void **state)
{
    struct bench former, next;
    struct client_pause pause;

    (void)state;
    bench_open(&former);
    bench_open(&next);
    give(&former, AUDIO, 7, 100, false);
    pass(&former, 250000);
    give(&former, AUDIO, 8, 100, false);
    assert_true(client_pause(former.client, former.now_us, 0, &pause));
    assert_true(pause.seen && pause.here && pause.longest_us == 250000);
    client_forget_pauses(former.client);
    assert_true(client_pause(former.client, former.now_us + 70000, 0, &pause));
    assert_int_equal(pause.longest_us, 70000); /* it still lasts */
    client_go_on(next.client, former.client);
    assert_true(client_pause(next.client, former.now_us, 0, &pause));
    assert_true(pause.seen && !pause.here && pause.resumed_us == 0);
    next.now_us = former.now_us + 800000;
    give(&next, AUDIO, 4000, 100, false);
    assert_true(client_pause(next.client, next.now_us, 0, &pause));
    assert_true(pause.here && pause.resumed_us == 800000 && pause.longest_us == 0);
    assert_true(client_pause(next.client, next.now_us, 1, &pause));
    assert_false(pause.seen || pause.here); /* no video, before or after */
    assert_false(client_pause(next.client, next.now_us, 2, &pause));
    bench_close(&former);
    bench_close(&next);
}

static void one_packet_in_a_prime_tells_its_delay(void **state)
{
    struct bench bench;

    (void)state;
    bench_open(&bench);
    for (uint16_t i = 0; i < 10 * CLIENT_COUNTER_SAMPLE; i++)
        give(&bench, VIDEO, i, 1234, false);
    assert_int_equal(bench.delays.arrived_us.count, 10);
    assert_int_equal(bench.delays.arrived_us.max, 1234);
    assert_int_equal(client_stats(bench.client)->unauthentic, 0);
    bench_close(&bench);
}

static void give_video(struct bench *bench, uint16_t seq, uint8_t first, uint8_t tag, bool marker)
{
    /* RFC 6386 9.1: the tag's lowest bit is 0 in key frames, which go on with their start code. */
    const uint8_t payload[] = {first, tag, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00};
    struct rtp_header header = {.ssrc = VIDEO,
                                .seq = seq,
                                .timestamp = 3000,
                                .marker = marker,
                                .payload_type = CLIENT_PT_VP8};
    uint8_t out[400];

    client_receive(bench->client, bench->now_us, out,
                   protect(bench, &header, (struct span){payload, sizeof(payload)}, out));
}

static void the_first_key_frame_is_looked_for_in_all_that_comes(void **state)
{
    struct client_counts counts;
    struct bench bench;

    (void)state;
    bench_open(&bench);
    give_video(&bench, 1, 0x10, 1, true);
    give_video(&bench, 2, 0x10, 0, false);
    give_video(&bench, 3, 0x00, 1, false);
    client_count(bench.client, &counts);
    assert_int_equal(counts.key_frame_us, 0);
    bench.now_us += 5000;
    give_video(&bench, 4, 0x00, 1, true);
    client_count(bench.client, &counts);
    assert_int_equal(counts.key_frame_us, START_US + 5000);
    assert_int_equal(client_stats(bench.client)->unauthentic, 0);
    bench_close(&bench);
}

static void a_sample_that_cannot_be_decrypted_is_noticed(void **state)
{
    struct bench bench;

    (void)state;
    bench_open(&bench);
    give(&bench, VIDEO, 1, 100, true);
    assert_int_equal(client_stats(bench.client)->unauthentic, 1);
    assert_int_equal(bench.delays.arrived_us.count, 0);
    bench_close(&bench);
}

static void what_is_missing_is_asked_for_and_repaired(void **state)
{
    struct bench bench;
    struct client_counts counts;

    (void)state;
    bench_open(&bench);
    give(&bench, VIDEO, 10, 100, false);
    give(&bench, VIDEO, 12, 100, false);
    pass(&bench, 5000);
    assert_int_equal(bench.nacks, 1);
    assert_int_equal(bench.nacked[0], 11);
    pass(&bench, 50000);
    assert_int_equal(bench.nacks, 1); /* once a round trip */
    give_repetition(&bench, 1, 11);
    pass(&bench, 500000);
    assert_int_equal(bench.nacks, 1);
    client_count(bench.client, &counts);
    assert_int_equal(counts.repaired, 1);
    assert_int_equal(counts.repetitions, 1);
    assert_int_equal(counts.packets, 2);
    assert_int_equal(counts.lost, 0);
    bench_close(&bench);
}

static void what_never_comes_ends_in_a_key_frame_request(void **state)
{
    struct bench bench;

    (void)state;
    bench_open(&bench);
    give(&bench, VIDEO, 10, 100, false);
    give(&bench, VIDEO, 12, 100, false);
    pass(&bench, 2000000);
    assert_int_equal(bench.nacks, 10);
    assert_int_equal(bench.plis, 1);
    /* and then it rests */
    assert_true(bench.client->next_sinks_us == UINT64_MAX);
    bench_close(&bench);
}

static void padding_is_neither_media_nor_malformed(void **state)
{
    struct bench bench;
    struct client_counts counts;

    (void)state;
    bench_open(&bench);
    give(&bench, VIDEO, 10, 100, false);
    give_padding(&bench, 1);
    pass(&bench, 100000);
    client_count(bench.client, &counts);
    assert_int_equal(counts.packets, 1);
    assert_int_equal(counts.repetitions, 0);
    assert_true(client_stats(bench.client)->padding_bytes > 200);
    assert_int_equal(client_stats(bench.client)->unauthentic, 0);
    assert_int_equal(bench.told, 2); /* feedback speaks of it */
    bench_close(&bench);
}

static void strangers_and_rubbish_are_passed_over(void **state)
{
    struct bench bench;
    uint8_t rubbish[] = {0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0x22, 0x22, 0xbe, 0xde, 0xff, 0xff};
    struct client_counts counts;

    (void)state;
    bench_open(&bench);
    give(&bench, 0x9999, 10, 100, false);
    assert_int_equal(client_stats(bench.client)->unknown_ssrcs, 1);
    for (size_t len = 0; len <= sizeof(rubbish); len++)
        client_receive(bench.client, bench.now_us, rubbish, len);
    client_count(bench.client, &counts);
    assert_int_equal(counts.packets, 0);
    bench_close(&bench);
}

static void nobody_calls_it_more_often_than_its_feedback_needs(void **state)
{
    struct bench bench;
    unsigned calls = 0;

    (void)state;
    bench_open(&bench);
    while (bench.now_us < START_US + 1000000) {
        bench.now_us = client_wake_at(bench.client);
        client_tick(bench.client, bench.now_us);
        calls++;
    }
    assert_in_range(calls, 20, 23);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_counted_and_answered_with_feedback),
        cmocka_unit_test(a_new_connection_knows_what_the_former_one_brought),
        cmocka_unit_test(one_packet_in_a_prime_tells_its_delay),
        cmocka_unit_test(the_first_key_frame_is_looked_for_in_all_that_comes),
        cmocka_unit_test(a_sample_that_cannot_be_decrypted_is_noticed),
        cmocka_unit_test(what_is_missing_is_asked_for_and_repaired),
        cmocka_unit_test(what_never_comes_ends_in_a_key_frame_request),
        cmocka_unit_test(padding_is_neither_media_nor_malformed),
        cmocka_unit_test(strangers_and_rubbish_are_passed_over),
        cmocka_unit_test(nobody_calls_it_more_often_than_its_feedback_needs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
