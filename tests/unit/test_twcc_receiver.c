#include "test.h"

#include "engine/twcc_receiver.h"
#include "wire/rtcp.h"
#include "wire/twcc.h"

struct told {
    struct twcc_feedback feedback;
    struct twcc_status statuses[LIMIT_TWCC_PACKETS * 2];
    int more;
};

static struct told tell(struct twcc_receiver *twcc)
{
    uint8_t bytes[1200];
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct told told = {0};
    struct rtcp_compound compound;
    struct rtcp_packet packet;
    struct rtcp_feedback feedback;

    told.more = twcc_receiver_write(twcc, &writer, 11, 22);
    assert_true(told.more >= 0);
    assert_int_equal(rtcp_open(bytes, writer_len(&writer), &compound), 0);
    assert_int_equal(rtcp_next(&compound, &packet), 1);
    assert_int_equal(packet.type, RTCP_RTPFB);
    assert_int_equal(packet.count, RTCP_TWCC);
    assert_int_equal(rtcp_read_feedback(&packet, &feedback), 0);
    assert_int_equal(feedback.sender_ssrc, 11);
    assert_int_equal(feedback.media_ssrc, 22);
    assert_int_equal(
        twcc_read(feedback.fci, &told.feedback, told.statuses, TEST_COUNT(told.statuses)), 0);
    return told;
}

static void arrivals_and_losses_are_told_after_a_while(void **state)
{
    static struct twcc_receiver twcc;

    (void)state;
    assert_true(twcc_receiver_wake_at(&twcc) == UINT64_MAX);
    assert_true(twcc_receiver_note(&twcc, 65535, 1000000));
    assert_false(twcc_receiver_note(&twcc, 1, 1010000));
    assert_false(twcc_receiver_note(&twcc, 0, 1012000));
    assert_false(twcc_receiver_note(&twcc, 4, 1020000));
    assert_true(twcc_receiver_wake_at(&twcc) == 1000000 + TWCC_INTERVAL_US);
    const struct told told = tell(&twcc);
    assert_int_equal(told.more, 0);
    assert_int_equal(told.feedback.base_seq, 65535);
    assert_int_equal(told.feedback.status_count, 6);
    assert_true(told.statuses[0].received && told.statuses[1].received);
    assert_true(told.statuses[2].received && told.statuses[5].received);
    assert_false(told.statuses[3].received || told.statuses[4].received);
    assert_int_equal(told.statuses[1].delta_us, 12000);
    assert_int_equal(told.statuses[2].delta_us, -2000);
    assert_true(twcc_receiver_wake_at(&twcc) == UINT64_MAX);
}

static void the_next_feedback_goes_on_where_the_last_ended(void **state)
{
    static struct twcc_receiver twcc;

    (void)state;
    (void)twcc_receiver_note(&twcc, 10, 1000);
    assert_int_equal(tell(&twcc).feedback.feedback_count, 0);
    /* Told already; this one came too late. */
    assert_false(twcc_receiver_note(&twcc, 9, 60000));
    assert_true(twcc_receiver_note(&twcc, 13, 70000));
    const struct told told = tell(&twcc);
    assert_int_equal(told.feedback.feedback_count, 1);
    assert_int_equal(told.feedback.base_seq, 11);
    assert_int_equal(told.feedback.status_count, 3);
    assert_false(told.statuses[0].received);
    assert_true(told.statuses[2].received);
}

static void a_large_jump_starts_anew(void **state)
{
    static struct twcc_receiver twcc;

    (void)state;
    (void)twcc_receiver_note(&twcc, 10, 1000);
    (void)twcc_receiver_note(&twcc, 20000, 2000);
    const struct told told = tell(&twcc);
    assert_int_equal(told.feedback.base_seq, 20000);
    assert_int_equal(told.feedback.status_count, 1);
}

/* A gap in time that no delta holds needs a message of its own. */
static void everything_is_told_in_the_end(void **state)
{
    static struct twcc_receiver twcc;
    size_t told_count = 0;
    unsigned messages = 0;

    (void)state;
    for (uint16_t seq = 0; seq < 100; seq++)
        (void)twcc_receiver_note(&twcc, seq,
                                 1000000 + (uint64_t)seq * 5000 + (seq / 25) * 9000000u);
    struct told told;
    do {
        told = tell(&twcc);
        told_count += told.feedback.status_count;
        messages++;
    } while (told.more == 1);
    assert_int_equal(told_count, 100);
    assert_int_equal(messages, 4);
}

static void what_does_not_fit_is_not_due_for_ever(void **state)
{
    static struct twcc_receiver twcc;
    uint8_t bytes[8];
    struct writer writer = writer_of(bytes, sizeof bytes);

    (void)state;
    (void)twcc_receiver_note(&twcc, 10, 0);
    assert_int_equal(twcc_receiver_write(&twcc, &writer, 1, 2), -1);
    assert_true(twcc_receiver_wake_at(&twcc) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrivals_and_losses_are_told_after_a_while),
        cmocka_unit_test(the_next_feedback_goes_on_where_the_last_ended),
        cmocka_unit_test(a_large_jump_starts_anew),
        cmocka_unit_test(everything_is_told_in_the_end),
        cmocka_unit_test(what_does_not_fit_is_not_due_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
