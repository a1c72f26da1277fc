#include "wire/rtcp.h"
#include "wire/twcc.h"

#include "fuzz.h"

static void read_feedback(const struct rtcp_packet *packet)
{
    static struct twcc_status statuses[2000];
    struct rtcp_feedback feedback;
    struct twcc_feedback twcc;
    uint16_t seqs[64];
    uint32_t ssrc;
    uint8_t command_seq;
    uint64_t rate;

    if (rtcp_read_feedback(packet, &feedback) != 0)
        return;
    fuzz_touch(feedback.fci);
    FUZZ_CHECK(rtcp_read_nack(feedback.fci, seqs, 64) <= 64);
    for (size_t i = 0; rtcp_read_fir(feedback.fci, i, &ssrc, &command_seq); i++)
        FUZZ_CHECK(8 * i < feedback.fci.len);
    (void)rtcp_read_remb(feedback.fci, &rate);
    if (twcc_read(feedback.fci, &twcc, statuses, 2000) == 0)
        FUZZ_CHECK(twcc.status_count <= 2000);
}

static void read_reports(const struct rtcp_packet *packet)
{
    struct rtcp_sender sender;
    struct rtcp_report report;
    uint32_t ssrc;

    (void)!rtcp_read_sr(packet, &sender);
    for (size_t i = 0; i < 40; i++) {
        int read = rtcp_read_report(packet, i, &report);

        FUZZ_CHECK(read != 0 || i < packet->count);
        FUZZ_CHECK(read != 0 || (report.lost <= 0x7fffff && report.lost >= -0x800000));
        (void)!rtcp_read_bye(packet, i, &ssrc);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct rtcp_compound compound;
    struct rtcp_packet packet;

    if (rtcp_open(bytes, len, &compound) != 0)
        return 0;
    while (rtcp_next(&compound, &packet) == 1) {
        fuzz_touch(packet.body);
        read_reports(&packet);
        read_feedback(&packet);
    }
    return 0;
}
