#include "test.h"

#include "client/client_reception.h"

static void arrive(struct client_reception *reception, uint64_t now_us, uint16_t seq)
{
    bool first = !reception->seqs.started;
    uint64_t extended = seq16_unwrap(&reception->seqs, seq);

    if (first)
        reception->first_seq = extended;
    reception->received++;
    client_reception_arrived(reception, now_us, seq * 3000u);
}

static void reports_tell_of_the_loss_since_the_last(void **state)
{
    struct client_reception reception = {.clock_rate_hz = 90000};
    struct rtcp_report report;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        if (i % 4 != 1)
            arrive(&reception, 1000000, (uint16_t)i);
    report = client_reception_report(&reception, 77, 2000000);
    assert_int_equal(report.ssrc, 77);
    assert_int_equal(report.lost, 25);
    assert_int_equal(report.highest_seq, 99);
    assert_in_range(report.fraction_lost, 62, 64);
    for (unsigned i = 100; i < 200; i++)
        arrive(&reception, 1000000, (uint16_t)i);
    report = client_reception_report(&reception, 77, 2500000);
    assert_int_equal(report.lost, 25);
    assert_int_equal(report.fraction_lost, 0);
}

static void sender_reports_are_answered_with_their_age(void **state)
{
    struct client_reception reception = {.clock_rate_hz = 90000};
    struct rtcp_report report;

    (void)state;
    arrive(&reception, 1000000, 1);
    report = client_reception_report(&reception, 77, 2000000);
    assert_int_equal(report.last_sr, 0);
    assert_int_equal(report.delay_since_sr, 0);
    client_reception_sr(&reception, 2000000, UINT64_C(0x123456789abcdef0));
    report = client_reception_report(&reception, 77, 2500000);
    assert_int_equal(report.last_sr, 0x56789abcu);
    assert_int_equal(report.delay_since_sr, 32768);
}

static void jitter_is_that_of_the_arrivals(void **state)
{
    struct client_reception even = {.clock_rate_hz = 90000}, uneven = {.clock_rate_hz = 90000};

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        uint64_t due_us = 1000000 + i * 100000u / 3;

        arrive(&even, due_us, (uint16_t)i);
        arrive(&uneven, due_us + (i % 2) * 10000, (uint16_t)i);
    }
    assert_in_range(client_reception_report(&even, 1, 2000000).jitter, 0, 2);
    /* 10 ms are 900 ticks */
    assert_in_range(client_reception_report(&uneven, 1, 2000000).jitter, 800, 910);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_tell_of_the_loss_since_the_last),
        cmocka_unit_test(sender_reports_are_answered_with_their_age),
        cmocka_unit_test(jitter_is_that_of_the_arrivals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
