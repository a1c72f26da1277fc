/* What feedback says is lost is sent again, whether the viewer asks for it or not. */
#include "test.h"

#include "base/counters.h"
#include "support/plain_call.h"
#include "wire/twcc.h"

struct pair {
    struct plain_call *call;
    struct plain_peer *sender, *viewer;
    uint32_t video, rtx;
    size_t told; /* packets of the viewer's inbox that feedback told of */
};

static struct pair set_up(void)
{
    static const struct plain_options one_seat = {.seats = 1};
    struct pair pair = {.call = plain_call_new(1)};

    pair.sender = plain_call_add(pair.call, &one_seat);
    pair.viewer = plain_call_add(pair.call, &one_seat);
    pair.video = plain_peer_seat_video(pair.viewer, 0);
    pair.rtx = plain_peer_seat_rtx(pair.viewer, 0);
    plain_peer_send_video(pair.call, pair.sender, 0, true);
    return pair;
}

/* Every n-th first transmission was lost (0: none), and so many repetitions of these. */
static void report(struct pair *pair, unsigned n, unsigned *repetitions_lost)
{
    struct twcc_arrival arrivals[64];
    size_t count = 0;
    uint16_t base = 0;
    for (; pair->told < pair->viewer->count && count < TEST_COUNT(arrivals); pair->told++) {
        const struct plain_packet *packet = pair->viewer->inbox[pair->told];
        if (packet->rtcp || !packet->ext.has_transport_seq)
            continue;
        if (count == 0)
            base = packet->ext.transport_seq;
        bool lost = n != 0 && packet->rtp.ssrc == pair->video && packet->rtp.seq % n == 0;
        if (packet->rtp.ssrc == pair->rtx && *repetitions_lost > 0) {
            (*repetitions_lost)--;
            lost = true;
        }
        arrivals[count++] =
            (struct twcc_arrival){.arrival_us = packet->at_us + 20000, .received = !lost};
    }
    const struct twcc_header header = {.sender_ssrc = 1, .media_ssrc = 1, .base_seq = base};
    uint8_t bytes[1000];
    struct writer writer = writer_of(bytes, sizeof bytes);
    if (count > 0 && twcc_write(&writer, &header, arrivals, count) == (int)count)
        plain_peer_send(pair->call, pair->viewer, bytes, writer_len(&writer));
}

static void play(struct pair *pair, unsigned reports, unsigned n, unsigned repetitions_lost)
{
    for (unsigned i = 0; i < reports; i++) {
        for (unsigned k = 0; k < 10; k++) {
            plain_peer_send_video(pair->call, pair->sender, 0, false);
            plain_call_run(pair->call, 10000);
        }
        report(pair, n, &repetitions_lost);
    }
}

static void nothing_is_repeated_where_nothing_is_lost(void **state)
{
    struct pair pair = set_up();

    (void)state;
    play(&pair, 40, 0, 0);
    assert_int_equal(plain_call_counter(pair.call, ENGINE_COUNTER_lost_repaired), 0);
    assert_int_equal(plain_call_counter(pair.call, ENGINE_COUNTER_rtx_sent), 0);
    plain_call_free(pair.call);
}

static void what_is_lost_is_repeated_unasked(void **state)
{
    struct pair pair = set_up();

    (void)state;
    play(&pair, 10, 5, 0); /* until the loss is known */
    const uint64_t before = plain_call_counter(pair.call, ENGINE_COUNTER_rtx_sent);
    play(&pair, 40, 5, 0);
    const uint64_t repaired = plain_call_counter(pair.call, ENGINE_COUNTER_rtx_sent) - before;
    assert_in_range(repaired, 70, 81); /* of 80 */
    assert_int_equal(plain_call_counter(pair.call, ENGINE_COUNTER_nacks_received), 0);
    plain_call_free(pair.call);
}

static void a_lost_repetition_is_repeated_too(void **state)
{
    struct pair pair = set_up();

    (void)state;
    play(&pair, 10, 5, 0);
    const uint64_t before = plain_call_counter(pair.call, ENGINE_COUNTER_rtx_sent);
    /* Both copies of ten of them. */
    play(&pair, 40, 5, 20);
    const uint64_t repaired = plain_call_counter(pair.call, ENGINE_COUNTER_rtx_sent) - before;
    assert_in_range(repaired, 76, 91);
    plain_call_free(pair.call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_repeated_where_nothing_is_lost),
        cmocka_unit_test(what_is_lost_is_repeated_unasked),
        cmocka_unit_test(a_lost_repetition_is_repeated_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
