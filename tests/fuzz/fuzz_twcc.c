/* Arrivals from the input are written as feedback and must read back the same: 4 bytes per packet,
 * the first bit says whether it was received, the rest moves the clock on or back. */
#include "wire/rtcp.h"
#include "wire/twcc.h"

#include "fuzz.h"

#define MAX_ARRIVALS 600u

static void check_same(const struct twcc_feedback *feedback, const struct twcc_status *statuses,
                       const struct twcc_arrival *arrivals)
{
    int64_t at_us = feedback->reference_us;

    for (size_t i = 0; i < feedback->status_count; i++) {
        FUZZ_CHECK(statuses[i].received == arrivals[i].received);
        if (!statuses[i].received)
            continue;
        at_us += statuses[i].delta_us;
        FUZZ_CHECK(at_us == (int64_t)(arrivals[i].arrival_us / 250 * 250));
    }
}

static void check_written(const struct twcc_arrival *arrivals, size_t count)
{
    static struct twcc_status statuses[MAX_ARRIVALS];
    const struct twcc_header header = {.base_seq = 65000};
    struct twcc_feedback feedback;
    struct rtcp_compound compound;
    struct rtcp_packet packet;
    struct rtcp_feedback rtpfb;
    uint8_t out[1500];
    struct writer writer = writer_of(out, sizeof out);
    int covered = twcc_write(&writer, &header, arrivals, count);

    if (covered < 0)
        return;
    FUZZ_CHECK(covered > 0 && (size_t)covered <= count && writer_len(&writer) > 0);
    FUZZ_CHECK(rtcp_open(out, writer_len(&writer), &compound) == 0);
    FUZZ_CHECK(rtcp_next(&compound, &packet) == 1);
    FUZZ_CHECK(rtcp_read_feedback(&packet, &rtpfb) == 0);
    FUZZ_CHECK(twcc_read(rtpfb.fci, &feedback, statuses, MAX_ARRIVALS) == 0);
    FUZZ_CHECK(feedback.status_count == (size_t)covered);
    check_same(&feedback, statuses, arrivals);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct twcc_arrival arrivals[MAX_ARRIVALS];
    struct reader reader = reader_of(bytes, len);
    uint64_t now_us = 100000000;
    size_t count = 0;

    while (reader_left(&reader) >= 4 && count < MAX_ARRIVALS) {
        uint32_t word = reader_u32(&reader);

        /* At most 8 s on or 4 s back, and never below zero. */
        now_us += word & 0x7fffffu;
        if ((word & 0x40000000u) != 0)
            now_us -= now_us > 12000000 ? 12000000 : 0;
        arrivals[count++] = (struct twcc_arrival){now_us, (word & 0x80000000u) != 0};
    }
    check_written(arrivals, count);
    return 0;
}
