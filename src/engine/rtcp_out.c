/* Compound RTCP. */
#include "engine/rtcp_out.h"

#include "base/assert.h"
#include "engine/transport.h"
#include "wire/rtcp.h"

struct span rtcp_out_cname(void)
{
    static const uint8_t cname[] = {'p', 'a', 'r', 'l', 'e', 'y'};
    return (struct span){cname, sizeof cname};
}

static void start(struct rtcp_out *out)
{
    out->writer = writer_of(out->bytes, sizeof out->bytes);
    if (!out->leg->reduced_rtcp) {
        /* An empty report fits into any buffer. */
        const int report = rtcp_write_rr(&out->writer, out->leg->ssrc, NULL, 0);
        const int cname = rtcp_write_sdes_cname(&out->writer, out->leg->ssrc, rtcp_out_cname());
        PARLEY_ASSERT(report == 0 && cname == 0);
    }
    out->prefix = out->writer.at;
}

void rtcp_out_begin(struct rtcp_out *out, struct leg *leg, struct shared *shared)
{
    out->leg = leg;
    out->shared = shared;
    start(out);
}

struct writer *rtcp_out_room(struct rtcp_out *out, size_t len)
{
    if (writer_left(&out->writer) < len) {
        rtcp_out_end(out);
        start(out);
    }
    return &out->writer;
}

void rtcp_out_end(struct rtcp_out *out)
{
    const size_t len = writer_len(&out->writer);
    if (len <= out->prefix)
        return;
    if (transport_send_rtcp(out->leg->transport, out->bytes, len, out->shared->tx) == 0)
        SHARED_COUNT(out->shared, rtcp_sent);
}
