/* RTCP of the client: reports, NACK, PLI and transport-wide feedback, both ways. */
#include "client/client_inner.h"

#include "wire/rtcp.h"
#include "wire/wire.h"

#define RTCP_BYTES 1200u

/* ---- in -------------------------------------------------------------------------------------- */

static struct client_source *source_of(struct client *client, uint32_t ssrc)
{
    for (unsigned i = 0; i < client->source_count; i++)
        if (client->sources[i].ssrc == ssrc)
            return &client->sources[i];
    return NULL;
}

static void receive_nack(struct client *client, uint64_t now_us, struct client_source *source,
                         struct span fci)
{
    uint16_t seqs[64];
    size_t count = rtcp_read_nack(fci, seqs, 64);

    client->stats.nacks_received += count;
    for (size_t i = 0; i < count; i++) {
        const struct client_sent *sent = client_source_find(source, seqs[i]);

        if (sent != NULL && source->rtx_ssrc != 0)
            client_send_packet(client, now_us, source, sent, true);
    }
}

static void receive_twcc(struct client *client, struct span fci)
{
    struct twcc_feedback feedback;
    struct twcc_status statuses[1024];

    if (twcc_read(fci, &feedback, statuses, 1024) != 0)
        return;
    for (size_t i = 0; i < feedback.status_count; i++) {
        client->stats.twcc_received += statuses[i].received;
        client->stats.twcc_lost += !statuses[i].received;
    }
}

static void receive_feedback(struct client *client, uint64_t now_us,
                             const struct rtcp_packet *packet)
{
    struct client_source *source;
    struct rtcp_feedback feedback;
    uint32_t ssrc;
    uint8_t command;

    if (rtcp_read_feedback(packet, &feedback) != 0)
        return;
    if (packet->type == RTCP_RTPFB && packet->count == RTCP_TWCC) {
        receive_twcc(client, feedback.fci);
        return;
    }
    if (packet->type == RTCP_PSFB && packet->count == RTCP_FIR &&
        rtcp_read_fir(feedback.fci, 0, &ssrc, &command))
        feedback.media_ssrc = ssrc;
    source = source_of(client, feedback.media_ssrc);
    if (source == NULL)
        return;
    if (packet->type == RTCP_RTPFB && packet->count == RTCP_NACK) {
        receive_nack(client, now_us, source, feedback.fci);
    } else if (packet->type == RTCP_PSFB &&
               (packet->count == RTCP_PLI || packet->count == RTCP_FIR)) {
        client->stats.plis_received++;
        client->stats.layer_plis[source->layer]++;
        source->key_wanted = true;
    }
}

static void receive_reports(struct client *client, const struct rtcp_packet *packet)
{
    struct rtcp_report report;

    for (size_t i = 0; i < packet->count && rtcp_read_report(packet, i, &report) == 0; i++) {
        if (source_of(client, report.ssrc) == NULL)
            continue;
        client->stats.reports_received++;
        if (source_of(client, report.ssrc)->video)
            client->stats.fraction_lost = report.fraction_lost;
    }
}

static struct client_reception *reception_of(struct client *client, unsigned stream)
{
    return client->sinks != NULL ? &client->sinks[stream].reception
                                 : &client->counters[stream].reception;
}

static void receive_sr(struct client *client, uint64_t now_us, const struct rtcp_packet *packet)
{
    struct rtcp_sender sender;
    unsigned stream;
    bool rtx;

    if (rtcp_read_sr(packet, &sender) != 0)
        return;
    client->stats.sender_reports++;
    stream = client_find_stream(client, sender.ssrc, &rtx);
    if (stream < client_streams(client) && !rtx)
        client_reception_sr(reception_of(client, stream), now_us, sender.ntp);
}

void client_receive_rtcp(struct client *client, uint64_t now_us, const uint8_t *bytes, size_t len)
{
    struct rtcp_compound compound;
    struct rtcp_packet packet;

    if (rtcp_open(bytes, len, &compound) != 0)
        return;
    while (rtcp_next(&compound, &packet) == 1) {
        switch (packet.type) {
        case RTCP_SR:
            receive_sr(client, now_us, &packet);
            receive_reports(client, &packet);
            break;
        case RTCP_RR:
            receive_reports(client, &packet);
            break;
        case RTCP_RTPFB:
        case RTCP_PSFB:
            receive_feedback(client, now_us, &packet);
            break;
        default:
            break;
        }
    }
}

/* ---- reports --------------------------------------------------------------------------------- */

static uint64_t ntp_of(const struct client *client, uint64_t now_us)
{
    uint64_t since_1900_us = (uint64_t)((int64_t)now_us + client->config.ntp_offset_us);

    return (since_1900_us / 1000000u) << 32 | ((since_1900_us % 1000000u) << 32) / 1000000u;
}

static bool is_started(const struct client *client, unsigned stream)
{
    return client->sinks != NULL ? client->sinks[stream].started : client->counters[stream].started;
}

static size_t collect_reports(struct client *client, uint64_t now_us, unsigned *next,
                              struct rtcp_report *reports)
{
    size_t count = 0;

    for (; *next < client_streams(client) && count < RTCP_MAX_REPORTS; (*next)++)
        if (is_started(client, *next))
            reports[count++] = client_reception_report(reception_of(client, *next),
                                                       client->ssrcs[2 * *next], now_us);
    return count;
}

static void send_sender_reports(struct client *client, uint64_t now_us)
{
    for (unsigned i = 0; i < client->source_count; i++) {
        const struct client_source *source = &client->sources[i];
        struct rtcp_sender sender = {.ssrc = source->ssrc,
                                     .ntp = ntp_of(client, now_us),
                                     .rtp_timestamp = source->timestamp,
                                     .packets = (uint32_t)source->packets,
                                     .bytes = (uint32_t)source->bytes};
        uint8_t bytes[256];
        struct writer writer = writer_of(bytes, sizeof(bytes));

        if (source->packets > 0 && rtcp_write_sr(&writer, &sender, NULL, 0) == 0 &&
            rtcp_write_sdes_cname(&writer, source->ssrc,
                                  (struct span){(const uint8_t *)"client", 6}) == 0)
            client_send_rtcp(client, bytes, writer_len(&writer));
    }
}

void client_send_reports(struct client *client, uint64_t now_us)
{
    unsigned next = 0;

    send_sender_reports(client, now_us);
    do {
        struct rtcp_report reports[RTCP_MAX_REPORTS];
        size_t count = collect_reports(client, now_us, &next, reports);
        uint8_t bytes[RTCP_BYTES];
        struct writer writer = writer_of(bytes, sizeof(bytes));

        if (rtcp_write_rr(&writer, client->ssrc, reports, count) == 0)
            client_send_rtcp(client, bytes, writer_len(&writer));
    } while (next < client_streams(client));
}

/* ---- feedback -------------------------------------------------------------------------------- */

void client_send_sink_feedback(struct client *client, uint64_t now_us, struct client_sink *sink)
{
    uint16_t seqs[CLIENT_SINK_NACKS];
    size_t count = client_sink_nacks(sink, now_us, seqs);
    uint8_t bytes[512];
    struct writer writer = writer_of(bytes, sizeof(bytes));

    if (count > 0 && rtcp_write_nack(&writer, client->ssrc, sink->ssrc, seqs, count) == 0)
        client->stats.nacks_sent += count;
    if (client_sink_wants_key(sink, now_us) &&
        rtcp_write_pli(&writer, client->ssrc, sink->ssrc) == 0)
        client->stats.plis_sent++;
    client_send_rtcp(client, bytes, writer_len(&writer));
}

void client_send_counter_feedback(struct client *client, uint64_t now_us, unsigned stream)
{
    struct client_counter *counter = &client->counters[stream];
    uint32_t ssrc = client->ssrcs[2 * stream];
    uint16_t seqs[CLIENT_COUNTER_MISSING];
    size_t count = client_counter_nacks(counter, now_us, seqs);
    uint8_t bytes[512];
    struct writer writer = writer_of(bytes, sizeof(bytes));

    if (count > 0 && rtcp_write_nack(&writer, client->ssrc, ssrc, seqs, count) == 0)
        client->stats.nacks_sent += count;
    if (client_counter_wants_key(counter, now_us) &&
        rtcp_write_pli(&writer, client->ssrc, ssrc) == 0)
        client->stats.plis_sent++;
    client_send_rtcp(client, bytes, writer_len(&writer));
}

void client_note_arrival(struct client *client, uint64_t now_us, uint16_t transport_seq,
                         uint32_t ssrc)
{
    struct client_arrivals *arrivals = &client->arrivals;
    bool first = !arrivals->seqs.started;
    uint64_t before = arrivals->seqs.highest, seq = seq16_unwrap(&arrivals->seqs, transport_seq);

    if (first)
        arrivals->next_seq = seq;
    if (seq < arrivals->next_seq)
        return;
    if (seq >= arrivals->next_seq + CLIENT_TWCC_WINDOW)
        arrivals->next_seq = before = seq; /* after an outage: begin anew */
    for (uint64_t i = before + 1; !first && i < seq; i++)
        arrivals->window[i % CLIENT_TWCC_WINDOW].received = false;
    arrivals->window[seq % CLIENT_TWCC_WINDOW] = (struct twcc_arrival){now_us, true};
    arrivals->media_ssrc = ssrc;
    arrivals->fresh = true;
}

void client_note_transport_seq(struct client *client, uint64_t now_us,
                               const struct rtp_packet *packet, const uint8_t *bytes)
{
    struct rtp_extensions extensions = rtp_extensions_of(packet, bytes);
    struct rtp_extension extension;

    while (rtp_extensions_next(&extensions, &extension)) {
        if (extension.id != CLIENT_EXT_TRANSPORT || extension.len != 2)
            continue;
        client_note_arrival(client, now_us, bytes_get_u16(extension.value), packet->ssrc);
        return;
    }
}

/* What was not reported yet, in order. It begins with "the expected first sequence number [...] we
 * might not have actually received it" (libwebrtc, TransportSequenceNumberFeedbackGenerator). */
static size_t collect_arrivals(const struct client_arrivals *arrivals, struct twcc_arrival *out)
{
    size_t count = 0;

    for (uint64_t seq = arrivals->next_seq;
         seq <= arrivals->seqs.highest && count < CLIENT_TWCC_WINDOW; seq++)
        out[count++] = arrivals->window[seq % CLIENT_TWCC_WINDOW];
    return count;
}

void client_send_feedback(struct client *client)
{
    struct client_arrivals *arrivals = &client->arrivals;
    struct twcc_arrival list[CLIENT_TWCC_WINDOW];

    while (arrivals->fresh) {
        size_t count = collect_arrivals(arrivals, list);
        struct twcc_header header = {.sender_ssrc = client->ssrc,
                                     .media_ssrc = arrivals->media_ssrc,
                                     .base_seq = (uint16_t)arrivals->next_seq,
                                     .feedback_count = arrivals->feedback_count++};
        uint8_t bytes[RTCP_BYTES];
        struct writer writer = writer_of(bytes, sizeof(bytes));
        int covered = count == 0 ? 0 : twcc_write(&writer, &header, list, count);

        arrivals->fresh = covered > 0 && (size_t)covered < count;
        if (covered <= 0) {
            arrivals->next_seq += count; /* nothing came for too long to be told in one message */
            return;
        }
        client_send_rtcp(client, bytes, writer_len(&writer));
        for (int i = 0; i < covered; i++)
            arrivals->window[arrivals->next_seq++ % CLIENT_TWCC_WINDOW].received = false;
    }
}
