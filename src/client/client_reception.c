#include "client/client_reception.h"

void client_reception_arrived(struct client_reception *reception, uint64_t now_us,
                              uint32_t timestamp)
{
    uint32_t arrival = (uint32_t)(now_us * (reception->clock_rate_hz / 1000) / 1000);
    uint32_t transit = arrival - timestamp;
    int32_t change = seq32_diff(transit, reception->last_transit);

    if (reception->has_transit) {
        uint32_t size = change < 0 ? (uint32_t) - (int64_t)change : (uint32_t)change;

        reception->jitter_q4 += size - ((reception->jitter_q4 + 8) >> 4);
    } else {
        reception->first_transit = transit;
    }
    reception->has_transit = true;
    reception->last_transit = transit;
}

void client_reception_sr(struct client_reception *reception, uint64_t now_us, uint64_t ntp)
{
    reception->last_sr = (uint32_t)(ntp >> 16);
    reception->last_sr_us = now_us;
}

struct rtcp_report client_reception_report(struct client_reception *reception, uint32_t ssrc,
                                           uint64_t now_us)
{
    uint64_t expected = reception->seqs.highest - reception->first_seq + 1;
    uint64_t expected_now = expected - reception->expected_before;
    uint64_t received_now = reception->received - reception->received_before;
    uint64_t lost_now = expected_now > received_now ? expected_now - received_now : 0;
    struct rtcp_report report = {
        .ssrc = ssrc,
        .highest_seq = (uint32_t)(reception->seqs.highest - 0x10000u),
        .jitter = reception->jitter_q4 >> 4,
        .lost = (int32_t)((int64_t)expected - (int64_t)reception->received),
        .fraction_lost = (uint8_t)(expected_now == 0 ? 0 : (lost_now << 8) / (expected_now + 1)),
        .last_sr = reception->last_sr,
        .delay_since_sr = reception->last_sr == 0
                              ? 0
                              : (uint32_t)((now_us - reception->last_sr_us) * 65536u / 1000000u),
    };

    reception->expected_before = expected;
    reception->received_before = reception->received;
    return report;
}
