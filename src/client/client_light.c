/* Receivers for crowds: header and extensions of SRTP are in clear (RFC 3711 3.1), which is enough
 * to count and to answer with feedback. Decrypted are repetitions, for the number of what they
 * repeat, and one packet in CLIENT_COUNTER_SAMPLE, to see that it can be, and how long it took. */
#include "client/client_inner.h"

#define RETRY_INTERVAL_US 20000u /* NackRequester::kUpdateInterval */
#define PADDING_BIT       0x20u

unsigned client_find_stream(const struct client *client, uint32_t ssrc, bool *rtx)
{
    unsigned count = 2 * client_streams(client);

    *rtx = false;
    for (unsigned i = 0; i < count && ssrc != 0; i++) {
        if (client->ssrcs[i] != ssrc)
            continue;
        *rtx = i % 2 == 1;
        return i / 2;
    }
    return client_streams(client);
}

bool client_count_packet(struct client *client, uint64_t now_us, unsigned stream,
                         const struct rtp_packet *packet, size_t len)
{
    struct client_counter *counter = &client->counters[stream];
    uint64_t *first_us = counter->video ? &client->first_video_us : &client->first_audio_us;

    if (*first_us == 0)
        *first_us = now_us;
    return client_counter_receive(counter, now_us, packet->seq, packet->timestamp, len);
}

void client_note_key_frame(struct client *client, uint64_t now_us, unsigned stream,
                           const struct rtp_packet *packet, struct span payload)
{
    if (client->counters != NULL && client->counters[stream].video)
        client_key_frame_take(&client->key_frame, now_us, stream, packet, payload);
}

void client_note_delay(struct client *client, uint64_t now_us, struct span payload)
{
    struct client_tag tag;

    if (client->delays != NULL && client_tag_read(payload.bytes, payload.len, &tag))
        client_delays_add(client->delays, now_us, tag.sent_us);
}

/* The count of padding bytes is the last byte of what is encrypted, so the bit says nothing yet. */
static int read_header(uint8_t *bytes, size_t len, struct rtp_packet *packet)
{
    uint8_t first = bytes[0];
    int error;

    bytes[0] = (uint8_t)(first & ~PADDING_BIT);
    error = rtp_parse(bytes, len, packet);
    bytes[0] = first;
    return error;
}

/* False: it cannot be decrypted. */
static bool decrypt(struct client *client, uint8_t *bytes, size_t *len, struct rtp_packet *packet)
{
    if (srtp_unprotect_rtp(client->srtp, bytes, len) == 0 && rtp_parse(bytes, *len, packet) == 0)
        return true;
    client->stats.unauthentic++;
    return false;
}

static void receive_repetition(struct client *client, uint64_t now_us, unsigned stream,
                               uint8_t *bytes, size_t len)
{
    struct client_counter *counter = &client->counters[stream];
    struct rtp_packet packet;

    if (!decrypt(client, bytes, &len, &packet))
        return;
    if (packet.payload_len < 2) {
        client->stats.padding_bytes += len; /* to probe the path */
        return;
    }
    const uint64_t repaired = counter->repaired;
    packet.seq = bytes_get_u16(bytes + packet.payload_at);
    client_counter_repair(counter, packet.seq);
    if (counter->repaired > repaired)
        client_note_key_frame(
            client, now_us, stream, &packet,
            (struct span){bytes + packet.payload_at + 2, packet.payload_len - 2u});
}

static void receive_first(struct client *client, uint64_t now_us, unsigned stream, bool sample,
                          uint8_t *bytes, size_t len)
{
    struct rtp_packet packet;

    if (!decrypt(client, bytes, &len, &packet))
        return;
    struct span payload = {bytes + packet.payload_at, packet.payload_len};
    if (sample)
        client_note_delay(client, now_us, payload);
    client_note_key_frame(client, now_us, stream, &packet, payload);
}

/* Until there is one to be shown, all of it. */
static bool seeks_key_frame(const struct client *client, const struct client_counter *counter)
{
    return counter->video && client->key_frame.whole_us == 0;
}

static void count_first(struct client *client, uint64_t now_us, unsigned stream,
                        const struct rtp_packet *packet, uint8_t *bytes, size_t len)
{
    const struct client_counter *counter = &client->counters[stream];
    const uint64_t before = counter->reception.received;
    const bool sample = client_count_packet(client, now_us, stream, packet, len);
    const bool fresh = counter->reception.received > before;

    if (sample || (fresh && seeks_key_frame(client, counter)))
        receive_first(client, now_us, stream, sample, bytes, len);
}

static bool wants_feedback(const struct client_counter *counter)
{
    return counter->missing_count > 0 || counter->key_wanted;
}

void client_receive_light(struct client *client, uint64_t now_us, uint8_t *bytes, size_t len)
{
    struct rtp_packet packet;
    unsigned stream;
    bool rtx;

    if (read_header(bytes, len, &packet) != 0)
        return;
    stream = client_find_stream(client, packet.ssrc, &rtx);
    if (stream == client_streams(client)) {
        client->stats.unknown_ssrcs++;
        return;
    }
    client_note_transport_seq(client, now_us, &packet, bytes);
    client->stats.media_bytes += len;
    if (rtx)
        receive_repetition(client, now_us, stream, bytes, len);
    else
        count_first(client, now_us, stream, &packet, bytes, len);
    if (wants_feedback(&client->counters[stream]) && client->next_sinks_us == UINT64_MAX)
        client->next_sinks_us = now_us;
}

void client_tick_light(struct client *client, uint64_t now_us)
{
    bool missing = false;

    for (unsigned i = 0; i < client_streams(client); i++) {
        if (wants_feedback(&client->counters[i]))
            client_send_counter_feedback(client, now_us, i);
        missing = missing || wants_feedback(&client->counters[i]);
    }
    client->next_sinks_us = missing ? now_us + RETRY_INTERVAL_US : UINT64_MAX;
}

void client_set_delays(struct client *client, struct client_delays *delays)
{
    client->delays = delays;
}

void client_count(const struct client *client, struct client_counts *out)
{
    *out = (struct client_counts){.first_audio_us = client->first_audio_us,
                                  .first_video_us = client->first_video_us,
                                  .key_frame_us = client->key_frame.whole_us};
    for (unsigned i = 0; client->counters != NULL && i < client_streams(client); i++) {
        const struct client_counter *counter = &client->counters[i];

        out->expected += client_counter_expected(counter);
        out->packets += counter->reception.received;
        out->repaired += counter->repaired;
        out->lost += client_counter_lost(counter);
        out->bytes += counter->bytes;
        out->repetitions += counter->repetitions;
        out->duplicates += counter->duplicates;
    }
}

void client_go_on(struct client *client, const struct client *former)
{
    for (unsigned i = 0; client->counters != NULL && i < client_streams(client); i++)
        if (former->counters != NULL && i < client_streams(former))
            client_counter_go_on(&client->counters[i], &former->counters[i]);
}

void client_forget_pauses(struct client *client)
{
    for (unsigned i = 0; client->counters != NULL && i < client_streams(client); i++)
        client->counters[i].pause_us = 0;
}

bool client_pause(const struct client *client, uint64_t now_us, unsigned stream,
                  struct client_pause *out)
{
    const struct client_counter *counter;
    uint64_t lasting_us;

    if (client->counters == NULL || stream >= client_streams(client))
        return false;
    counter = &client->counters[stream];
    lasting_us = now_us > counter->last_us ? now_us - counter->last_us : 0;
    *out = (struct client_pause){
        .seen = counter->last_us != 0, .here = counter->started, .resumed_us = counter->resumed_us};
    if (counter->started)
        out->longest_us = lasting_us > counter->pause_us ? lasting_us : counter->pause_us;
    return true;
}
