/* Redundancy of sound follows each viewer's own losses. */
#include "test.h"

#include "support/plain_call.h"
#include "wire/red.h"
#include "wire/twcc.h"

#define STEP_US 100000u

/* Tells the engine of all that came since *told, but for every n-th packet (0: all came). */
static void report(struct plain_call *call, struct plain_peer *viewer, size_t *told, unsigned n)
{
    struct twcc_arrival arrivals[64];
    size_t count = 0;
    uint16_t base = 0;
    for (; *told < viewer->count && count < TEST_COUNT(arrivals); (*told)++) {
        const struct plain_packet *packet = viewer->inbox[*told];
        if (packet->rtcp || !packet->ext.has_transport_seq)
            continue;
        if (count == 0)
            base = packet->ext.transport_seq;
        const uint16_t seq = packet->ext.transport_seq;
        arrivals[count++] = (struct twcc_arrival){.arrival_us = packet->at_us + 20000,
                                                  .received = n == 0 || seq % n != 0};
    }
    const struct twcc_header header = {.sender_ssrc = 1, .media_ssrc = 1, .base_seq = base};
    uint8_t bytes[1000];
    struct writer writer = writer_of(bytes, sizeof bytes);
    if (count > 0 && twcc_write(&writer, &header, arrivals, count) == (int)count)
        plain_peer_send(call, viewer, bytes, writer_len(&writer));
}

static void talk(struct plain_call *call, struct plain_peer *sender, unsigned ms)
{
    for (unsigned t = 0; t < ms; t += 20) {
        plain_peer_send_audio(call, sender, 30);
        plain_call_run(call, 20000);
    }
}

/* How many earlier frames the newest packet carries. */
static size_t carried(const struct plain_peer *viewer)
{
    const struct plain_packet *packet = plain_peer_last(viewer, plain_peer_seat_audio(viewer, 0));
    struct red_packet red;
    assert_non_null(packet);
    if (packet->rtp.payload_type == PLAIN_OPUS)
        return 0;
    assert_int_equal(packet->rtp.payload_type, PLAIN_RED);
    assert_int_equal(
        red_parse(packet->bytes + packet->rtp.payload_at, packet->rtp.payload_len, &red), 0);
    for (size_t i = 0; i < red.count; i++)
        assert_int_equal(red.blocks[i].timestamp_offset, 960 * (red.count - 1 - i));
    return red.count - 1;
}

static void each_viewer_gets_what_its_own_link_needs(void **state)
{
    struct plain_call *call = plain_call_new(1);
    const struct plain_options with_red = {.seats = 1, .red = true};
    struct plain_peer *sender = plain_call_add(call, &with_red);
    struct plain_peer *good = plain_call_add(call, &with_red);
    struct plain_peer *bad = plain_call_add(call, &with_red);
    struct plain_peer *plain = plain_call_add(call, &(struct plain_options){.seats = 1});
    size_t told[3] = {0};

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        talk(call, sender, STEP_US / 1000);
        report(call, good, &told[0], 0);
        report(call, bad, &told[1], 5);
        report(call, plain, &told[2], 5);
    }
    assert_int_equal(carried(good), 0);
    assert_int_equal(carried(bad), 2);
    assert_int_equal(carried(plain), 0);
    /* The losses end. */
    for (unsigned i = 0; i < 400; i++) {
        talk(call, sender, STEP_US / 1000);
        report(call, bad, &told[1], 0);
    }
    assert_int_equal(carried(bad), 0);
    plain_call_free(call);
}

static struct timeline_note newest(const struct plain_call *call, unsigned what)
{
    struct timeline_note note = {0};
    assert_true(plain_call_notes(call, what, &note) > 0);
    return note;
}

/* And what was lost on whose link. */
static void the_log_says_why_there_is_more_or_less(void **state)
{
    struct plain_call *call = plain_call_new(1);
    const struct plain_options with_red = {.seats = 1, .red = true};
    struct plain_peer *sender = plain_call_add(call, &with_red);
    struct plain_peer *bad = plain_call_add(call, &with_red);
    size_t told = 0;

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        talk(call, sender, STEP_US / 1000);
        report(call, bad, &told, 5);
    }
    struct timeline_note red = newest(call, TIMELINE_RED);
    assert_true(red.participant == bad->id && red.b == 2 && red.why == TIMELINE_WHY_LOSS);
    const struct timeline_note link = newest(call, TIMELINE_LINK);
    assert_int_equal(link.participant, bad->id);
    assert_true(link.a > 0);
    assert_in_range(link.b >> 16, 150, 250);
    for (unsigned i = 0; i < 400; i++) {
        talk(call, sender, STEP_US / 1000);
        report(call, bad, &told, 0);
    }
    red = newest(call, TIMELINE_RED);
    assert_true(red.b == 0 && red.why == TIMELINE_WHY_CALM);
    assert_in_range(newest(call, TIMELINE_LINK).b >> 16, 0, 20);
    plain_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_viewer_gets_what_its_own_link_needs),
        cmocka_unit_test(the_log_says_why_there_is_more_or_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
