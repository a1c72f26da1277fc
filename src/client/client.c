/* The client's life: offer, checks, DTLS, then media by the clock. */
#include "client/client_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "engine/engine.h"
#include "engine/srtp_stream.h"
#include "wire/red.h"
#include "wire/wire.h"

#define TX_BYTES     (512u << 10)
#define TX_DATAGRAMS 512u
/* Of one that sends no media: feedback and reports of one call. */
#define LIGHT_TX_BYTES     (32u << 10)
#define LIGHT_TX_DATAGRAMS 64u
#define SSRCS_PER_SEAT     4u /* audio, video, and each one's repetitions; so many more for RTCP */
#define MAX_SSRCS          SRTP_MAX_STREAMS

#define AUDIO_INTERVAL_US    20000u /* RFC 7587: 20 ms frames */
#define AUDIO_STEP           960u
#define VIDEO_CLOCK_HZ       90000u
#define REPORT_INTERVAL_US   1000000u
#define FEEDBACK_INTERVAL_US 50000u
#define SINKS_INTERVAL_US    20000u /* NackRequester::kUpdateInterval */
#define LOWEST_HEIGHT        180u
#define SIZES_VARY_PERCENT   20u

static void configure_layer(const struct client_config *config, struct client_source *source)
{
    uint32_t bps = config->layer_bps[source->layer];

    source->frame_bytes = bps == 0 ? config->frame_bytes << source->layer : bps / 8 / config->fps;
    source->vary_percent = bps == 0 ? 0 : SIZES_VARY_PERCENT;
    source->height = (uint16_t)(LOWEST_HEIGHT << source->layer);
    source->temporal_layers = config->temporal_layers;
    source->clip = config->pictures[source->layer];
    if (source->clip != NULL)
        source->height = source->clip->height;
}

static bool has_sources(const struct client_config *config)
{
    return config->microphone || config->camera;
}

static int allocate_sources(struct client *client)
{
    /* Their history is the larger part of a client: a crowd without any does without. */
    if (client->config.light && !has_sources(&client->config))
        return 0;
    client->sources = calloc(CLIENT_MAX_SOURCES, sizeof(*client->sources));
    if (client->sources == NULL)
        return -1;
    client->source_count = CLIENT_MAX_SOURCES;
    return 0;
}

static void configure_sources(struct client *client)
{
    static const char *const rids[CLIENT_MAX_LAYERS] = {"q", "h", "f"};
    const struct client_config *config = &client->config;

    for (unsigned i = 0; i < client->source_count; i++) {
        struct client_source *source = &client->sources[i];

        source->ssrc = rng_u32(&client->rng) | 1u;
        source->rtx_ssrc = i == 0 ? 0 : rng_u32(&client->rng) | 1u;
        source->video = i > 0;
        source->codec = config->codec;
        source->layer = (uint8_t)(i == 0 ? 0 : i - 1);
        source->mid = i == 0 ? "mic" : "cam";
        source->rid =
            i > 0 && config->layers > 1 && config->codec != CLIENT_VP9 ? rids[i - 1] : NULL;
        source->owner = config->id;
        source->timestamp_step = i == 0 ? AUDIO_STEP : VIDEO_CLOCK_HZ / config->fps;
        source->clip = config->sound;
        source->clip_next = config->clip_from;
        if (i > 0)
            configure_layer(config, source);
        client_source_init(source, &client->rng);
    }
}

static void configure_streams(struct client *client)
{
    for (unsigned i = 0; i < client_streams(client); i++) {
        bool video = i % 2 == 1;
        uint32_t clock_rate_hz = video ? VIDEO_CLOCK_HZ : 48000u;

        if (client->sinks != NULL) {
            client->sinks[i].video = video;
            client->sinks[i].reception.clock_rate_hz = clock_rate_hz;
        }
        if (client->counters != NULL) {
            client->counters[i].video = video;
            client->counters[i].reception.clock_rate_hz = clock_rate_hz;
        }
    }
}

static int allocate_streams(struct client *client)
{
    const struct client_config *config = &client->config;
    size_t count = client_streams(client) + 1u; /* calloc of nothing may be NULL */

    client->ssrcs = calloc(2 * count, sizeof(*client->ssrcs));
    if (!config->light)
        client->sinks = calloc(count, sizeof(*client->sinks));
    if (config->counts || config->light)
        client->counters = calloc(count, sizeof(*client->counters));
    if (client->ssrcs == NULL || (!config->light && client->sinks == NULL) ||
        ((config->counts || config->light) && client->counters == NULL))
        return -1;
    configure_streams(client);
    return 0;
}

struct client *client_new(const struct client_config *config, uint64_t now_us)
{
    struct client *client = calloc(1, sizeof(*client));

    PARLEY_ASSERT(config->seats <= CLIENT_MAX_SEATS && config->layers <= CLIENT_MAX_LAYERS);
    if (client == NULL)
        return NULL;
    client->context = config->dtls;
    client->config = *config;
    client->config.layers = config->layers == 0 ? 1 : config->layers;
    client->config.fps = config->fps == 0 ? 15 : config->fps;
    client->config.frame_bytes = config->frame_bytes == 0 ? 1500 : config->frame_bytes;
    client->level_dbov = 127;
    rng_init(&client->rng, config->seed[0], config->seed[1]);
    client->ssrc = rng_u32(&client->rng) | 1u;
    client_ice_init(&client->ice, &client->rng);
    client->config.feedback_us =
        config->feedback_us == 0 ? FEEDBACK_INTERVAL_US : config->feedback_us;
    if (config->light && !has_sources(config))
        client->tx = tx_new(LIGHT_TX_BYTES, LIGHT_TX_DATAGRAMS);
    else
        client->tx = tx_new(TX_BYTES, TX_DATAGRAMS);
    if (client->tx == NULL || allocate_sources(client) != 0 || allocate_streams(client) != 0) {
        client_free(client);
        return NULL;
    }
    configure_sources(client);
    client->next_report_us = now_us + REPORT_INTERVAL_US;
    return client;
}

void client_free(struct client *client)
{
    if (client == NULL)
        return;
    srtp_free(client->srtp);
    dtls_free(client->dtls);
    tx_free(client->tx);
    free(client->sources);
    free(client->sinks);
    free(client->counters);
    free(client->ssrcs);
    free(client);
}

/* ---- out ------------------------------------------------------------------------------------- */

static void begin(struct client *client)
{
    if (client->sending)
        tx_reset(client->tx);
    client->sending = false;
}

static void commit(struct client *client, size_t len)
{
    tx_commit(client->tx, &client->path, len);
    client->stats.datagrams_out++;
    client->sending = true;
}

static void send_bytes(struct client *client, const uint8_t *bytes, size_t len)
{
    uint8_t *out = tx_reserve(client->tx, len);

    if (out == NULL || len == 0)
        return;
    memcpy(out, bytes, len);
    commit(client, len);
}

static void send_dtls(void *context, const uint8_t *bytes, size_t len)
{
    send_bytes(context, bytes, len);
}

void client_send_rtcp(struct client *client, const uint8_t *bytes, size_t len)
{
    uint8_t *out = tx_reserve(client->tx, len + SRTP_MAX_OVERHEAD);
    size_t out_len;

    if (out == NULL || client->srtp == NULL || len == 0 ||
        srtp_protect_rtcp(client->srtp, (struct span){bytes, len}, out, &out_len) != 0)
        return;
    commit(client, out_len);
}

/* The extensions of one packet; their values live in the caller's buffer. */
struct extension_values {
    uint8_t send_time[RTP_EXT_ABS_SEND_TIME_BYTES];
    uint8_t transport[RTP_EXT_TRANSPORT_SEQ_BYTES];
    uint8_t level[RTP_EXT_AUDIO_LEVEL_BYTES];
};

static size_t list_extensions(struct client *client, uint64_t now_us,
                              const struct client_source *source, bool rtx,
                              struct rtp_extension *out, struct extension_values *values)
{
    size_t count = 0;

    rtp_ext_put_abs_send_time(values->send_time, now_us);
    out[count++] = (struct rtp_extension){CLIENT_EXT_SEND_TIME, 3, values->send_time};
    if (client->transport_ext) {
        rtp_ext_put_transport_seq(values->transport, client->transport_seq++);
        out[count++] = (struct rtp_extension){CLIENT_EXT_TRANSPORT, 2, values->transport};
    }
    out[count++] = (struct rtp_extension){CLIENT_EXT_MID, 3, (const uint8_t *)source->mid};
    if (source->rid != NULL)
        out[count++] = (struct rtp_extension){rtx ? CLIENT_EXT_REPAIRED_RID : CLIENT_EXT_RID, 1,
                                              (const uint8_t *)source->rid};
    if (source->video && client->descriptor.len > 0)
        out[count++] = (struct rtp_extension){
            CLIENT_EXT_DESCRIPTOR, (uint8_t)client->descriptor.len, client->descriptor.bytes};
    if (!source->video) {
        rtp_ext_put_audio_level(values->level, client->level_dbov, client->level_dbov < 127);
        out[count++] = (struct rtp_extension){CLIENT_EXT_LEVEL, 1, values->level};
    }
    return count;
}

static uint8_t payload_type_of(const struct client_source *source, const struct client_sent *sent,
                               bool rtx)
{
    if (!source->video)
        return CLIENT_PT_OPUS;
    if (sent->codec == CLIENT_H264)
        return rtx ? CLIENT_PT_H264_RTX : CLIENT_PT_H264;
    if (sent->codec == CLIENT_VP9)
        return rtx ? CLIENT_PT_VP9_RTX : CLIENT_PT_VP9;
    return rtx ? CLIENT_PT_RTX : CLIENT_PT_VP8;
}

void client_send_packet(struct client *client, uint64_t now_us, struct client_source *source,
                        const struct client_sent *sent, bool rtx)
{
    struct rtp_header header = {.timestamp = sent->timestamp,
                                .ssrc = rtx ? source->rtx_ssrc : source->ssrc,
                                .seq = rtx ? source->rtx_seq++ : sent->seq,
                                .payload_type = payload_type_of(source, sent, rtx),
                                .marker = sent->marker};
    struct rtp_extension extensions[RTP_MAX_EXTENSIONS];
    struct extension_values values;
    size_t count = list_extensions(client, now_us, source, rtx, extensions, &values);
    uint8_t head[128], payload[2 + CLIENT_PAYLOAD_BYTES];
    struct writer writer = writer_of(head, sizeof(head));
    size_t osn_len = rtx ? 2 : 0; /* RFC 4588 4: the original sequence number comes first */
    size_t len = osn_len + client_source_payload(source, sent, payload + osn_len);
    uint8_t *out = tx_reserve(client->tx, sizeof(head) + len + SRTP_MAX_OVERHEAD);

    if (rtx)
        bytes_put_u16(payload, sent->seq);
    if (out == NULL || rtp_write_header(&writer, &header, extensions, count) != 0)
        return;
    if (srtp_protect_rtp(client->srtp, (struct span){head, writer_len(&writer)},
                         (struct span){payload, len}, out, &len) != 0)
        return;
    commit(client, len);
    client->stats.rtx_sent += rtx;
    client->stats.packets_sent += !rtx;
    source->packets++;
    source->bytes += len;
}

static void send_pieces(struct client *client, uint64_t now_us, struct client_source *source,
                        unsigned pieces)
{
    source->tag.sent_us = (uint32_t)now_us;
    if (source->video) {
        client->stats.frames_sent++;
        client->stats.key_frames_sent += source->tag.key;
        client->stats.layer_key_frames[source->tag.layer] += source->tag.key;
        client->stats.layer_bytes[source->tag.layer] += source->size;
    }
    for (unsigned piece = 0; piece < pieces; piece++) {
        const struct client_sent *sent = client_source_next(source, piece, pieces);

        client_send_packet(client, now_us, source, sent, false);
    }
}

static void send_frame(struct client *client, uint64_t now_us, struct client_source *source)
{
    send_pieces(client, now_us, source, client_source_frame(source));
}

/* One picture of all spatial layers that somebody wants, in one stream. */
static void send_picture(struct client *client, uint64_t now_us)
{
    unsigned top = client->layers_agreed - 1;

    while (top > 0 && client->sources[1 + top].stopped)
        top--;
    for (unsigned layer = 0; layer <= top; layer++) {
        unsigned bytes = client->config.layer_bps[layer] / 8 / client->config.fps;

        send_pieces(client, now_us, &client->sources[1],
                    client_source_spatial(&client->sources[1], layer, layer == top, bytes));
    }
}

static void run_layers(struct client *client, uint64_t now_us)
{
    for (unsigned i = 1; i <= client->layers_agreed; i++) {
        if (client->sources[i].stopped)
            client_source_pass(&client->sources[i]);
        else
            send_frame(client, now_us, &client->sources[i]);
    }
}

static void run_sources(struct client *client, uint64_t now_us)
{
    if (client->next_audio_us <= now_us) {
        if (client->audio_on)
            send_frame(client, now_us, &client->sources[0]);
        client->next_audio_us += AUDIO_INTERVAL_US;
    }
    if (client->next_video_us <= now_us) {
        if (client->video_on && client->config.codec == CLIENT_VP9)
            send_picture(client, now_us);
        else if (client->video_on)
            run_layers(client, now_us);
        client->next_video_us += 1000000u / client->config.fps;
    }
}

/* ---- signalling ------------------------------------------------------------------------------ */

int client_answer(struct client *client, uint64_t now_us, const char *text, size_t len)
{
    if (client_read_answer(client, text, len) != 0)
        return -1;
    client->audio_on = client->audio_agreed;
    client->video_on = client->video_agreed;
    client_ice_start(&client->ice, now_us);
    if (client->state == CLIENT_NEW)
        client->state = CLIENT_CHECKING;
    return 0;
}

void client_restart_ice(struct client *client)
{
    client_ice_restart(&client->ice, &client->rng);
}

void client_mute(struct client *client, bool microphone, bool camera)
{
    client->audio_on = client->audio_agreed && !microphone;
    if (client->video_agreed && !camera && !client->video_on)
        for (unsigned i = 1; i <= client->layers_agreed; i++)
            client->sources[i].key_wanted = true; /* an encoder starts with one */
    client->video_on = client->video_agreed && !camera;
}

void client_publish(struct client *client, unsigned layers)
{
    for (unsigned i = 1; i < client->source_count; i++)
        client_source_stop(&client->sources[i], (layers >> (i - 1) & 1u) == 0);
    /* An encoder with other spatial layers begins anew. */
    if (client->config.codec == CLIENT_VP9 && client->source_count > 0)
        client->sources[1].key_wanted = true;
}

void client_set_jitter_target(struct client *client, uint64_t target_us)
{
    for (unsigned i = 0; client->sinks != NULL && i < client->config.seats; i++) {
        client->sinks[2 * i].playout.least_us = target_us;
        client->sinks[2 * i + 1].render.least_us = target_us;
    }
}

void client_change_codec(struct client *client, enum client_codec codec)
{
    for (unsigned i = 1; i < client->source_count; i++)
        client_source_use(&client->sources[i], (uint8_t)codec, client->sources[i].height);
}

void client_change_height(struct client *client, unsigned lines)
{
    for (unsigned i = 1; i <= client->config.layers && i < client->source_count; i++)
        client_source_use(&client->sources[i], client->sources[i].codec,
                          (uint16_t)(lines >> (client->config.layers - i)));
}

void client_change_ssrcs(struct client *client)
{
    for (unsigned i = 1; i < client->source_count; i++)
        client_source_renew(&client->sources[i], &client->rng);
}

void client_set_descriptor(struct client *client, const uint8_t *bytes, size_t len)
{
    client->descriptor = (struct span){bytes, len};
}

void client_set_level(struct client *client, uint8_t level_dbov)
{
    client->level_dbov = level_dbov;
}

/* ---- DTLS ------------------------------------------------------------------------------------ */

static void start_dtls(struct client *client, uint64_t now_us)
{
    struct dtls_config config = {.context = client->context,
                                 .role = client->role,
                                 .hash = client->hash,
                                 .send = send_dtls,
                                 .send_context = client};

    memcpy(config.fingerprint, client->fingerprint, sizeof(config.fingerprint));
    client->dtls = dtls_new(&config, now_us);
    if (client->dtls == NULL) {
        client->state = CLIENT_CLOSED;
        return;
    }
    client->state = CLIENT_SECURING;
    if (client->role == DTLS_CLIENT)
        dtls_start(client->dtls, now_us);
}

static void start_media(struct client *client, uint64_t now_us)
{
    bool small = client->config.light && client->source_count == 0;
    struct srtp_config config = {.max_ssrcs_in = small ? SSRCS_PER_SEAT * (client->config.seats + 1)
                                                       : MAX_SSRCS,
                                 .max_ssrcs_out = small ? SSRCS_PER_SEAT : MAX_SSRCS};

    if (dtls_export_srtp(client->dtls, &config) == 0)
        client->srtp = srtp_new(&config);
    client->state = client->srtp != NULL ? CLIENT_CONNECTED : CLIENT_CLOSED;
    /* Not all clients of a room tick in step. */
    client->next_audio_us = now_us + rng_below(&client->rng, AUDIO_INTERVAL_US);
    client->next_video_us = now_us + rng_below(&client->rng, 1000000u / client->config.fps);
    client->next_report_us = now_us + rng_below(&client->rng, REPORT_INTERVAL_US);
    client->next_feedback_us = now_us + rng_below(&client->rng, client->config.feedback_us);
    client->next_sinks_us = now_us + rng_below(&client->rng, SINKS_INTERVAL_US);
    if (!client->config.light)
        return;
    client->next_sinks_us = UINT64_MAX; /* until something is missing */
    if (!has_sources(&client->config))
        client->next_audio_us = client->next_video_us = UINT64_MAX;
}

static void follow_dtls(struct client *client, uint64_t now_us)
{
    if (client->dtls == NULL)
        return;
    switch (dtls_state(client->dtls)) {
    case DTLS_HANDSHAKING:
        break;
    case DTLS_CONNECTED:
        if (client->srtp == NULL)
            start_media(client, now_us);
        break;
    case DTLS_CLOSED:
    case DTLS_FAILED:
        client->state = CLIENT_CLOSED;
        break;
    }
}

/* ---- in -------------------------------------------------------------------------------------- */

static void receive_stun(struct client *client, uint64_t now_us, struct span datagram)
{
    struct net_address before = client->ice.mapped;
    uint8_t answer[256];
    struct writer writer = writer_of(answer, sizeof(answer));

    if (!client_ice_receive(&client->ice, datagram)) {
        if (client_ice_respond(&client->ice, datagram, &client->path.remote, &writer))
            send_bytes(client, answer, writer_len(&writer));
        return;
    }
    if (before.family != NET_NONE && !net_address_equal(&before, &client->ice.mapped))
        client->stats.address_changes++;
    if (client->state == CLIENT_CHECKING)
        start_dtls(client, now_us);
}

static void receive_red(struct client_sink *sink, uint64_t now_us, const struct rtp_packet *packet,
                        struct span payload)
{
    struct red_packet red;

    if (red_parse(payload.bytes, payload.len, &red) != 0) {
        sink->stats.malformed++;
        return;
    }
    client_sink_receive(sink, now_us, packet, red.blocks[red.count - 1].payload, false);
    for (size_t i = 0; i + 1 < red.count; i++)
        client_sink_recover(sink, packet->timestamp - red.blocks[i].timestamp_offset);
}

static void count(struct client *client, uint64_t now_us, unsigned stream,
                  const struct rtp_packet *packet, size_t len, bool rtx)
{
    if (client->counters == NULL)
        return;
    if (rtx)
        client_counter_repair(&client->counters[stream], packet->seq);
    else
        (void)client_count_packet(client, now_us, stream, packet, len);
}

static void receive_rtp(struct client *client, uint64_t now_us, uint8_t *bytes, size_t len)
{
    struct rtp_packet packet;
    struct client_sink *sink;
    struct span payload;
    unsigned stream;
    bool rtx;

    if (rtp_parse(bytes, len, &packet) != 0)
        return;
    client_note_transport_seq(client, now_us, &packet, bytes);
    stream = client_find_stream(client, packet.ssrc, &rtx);
    if (stream == client_streams(client)) {
        client->stats.unknown_ssrcs++;
        return;
    }
    sink = &client->sinks[stream];
    client->stats.media_bytes += len;
    payload = (struct span){bytes + packet.payload_at, packet.payload_len};
    if (rtx) {
        if (payload.len < 2) {
            client->stats.padding_bytes += len;
            return; /* to probe the path */
        }
        packet.seq = bytes_get_u16(payload.bytes);
        packet.payload_type--; /* our offers give RTX the number after its codec's */
        payload = (struct span){payload.bytes + 2, payload.len - 2};
    }
    count(client, now_us, stream, &packet, len, rtx);
    client_note_key_frame(client, now_us, stream, &packet, payload);
    if (!rtx)
        client_note_delay(client, now_us, payload);
    if (packet.payload_type == CLIENT_PT_RED)
        receive_red(sink, now_us, &packet, payload);
    else
        client_sink_receive(sink, now_us, &packet, payload, rtx);
    if (sink->gap)
        client_send_sink_feedback(client, now_us, sink);
}

static void receive_srtp(struct client *client, uint64_t now_us, enum wire_kind kind,
                         uint8_t *bytes, size_t len)
{
    int error;

    if (client->srtp == NULL)
        return;
    if (client->config.light && kind == WIRE_RTP) {
        client_receive_light(client, now_us, bytes, len);
        return;
    }
    error = kind == WIRE_RTP ? srtp_unprotect_rtp(client->srtp, bytes, &len)
                             : srtp_unprotect_rtcp(client->srtp, bytes, &len);
    if (error != 0)
        client->stats.unauthentic++;
    else if (kind == WIRE_RTP)
        receive_rtp(client, now_us, bytes, len);
    else
        client_receive_rtcp(client, now_us, bytes, len);
}

void client_receive(struct client *client, uint64_t now_us, uint8_t *bytes, size_t len)
{
    enum wire_kind kind = wire_kind_of(bytes, len);

    begin(client);
    client->stats.datagrams_in++;
    switch (kind) {
    case WIRE_STUN:
        receive_stun(client, now_us, (struct span){bytes, len});
        break;
    case WIRE_DTLS:
        if (client->dtls != NULL)
            dtls_receive(client->dtls, now_us, bytes, len);
        follow_dtls(client, now_us);
        break;
    case WIRE_RTP:
    case WIRE_RTCP:
        receive_srtp(client, now_us, kind, bytes, len);
        break;
    case WIRE_UNKNOWN:
        break;
    }
}

/* ---- time ------------------------------------------------------------------------------------ */

static void run_sinks(struct client *client, uint64_t now_us)
{
    for (unsigned i = 0; i < 2 * client->config.seats; i++) {
        struct client_sink *sink = &client->sinks[i];

        if (!sink->started)
            continue;
        client_sink_run(sink, now_us);
        client_send_sink_feedback(client, now_us, sink);
    }
}

static void tick_media(struct client *client, uint64_t now_us)
{
    run_sources(client, now_us);
    if (client->next_sinks_us <= now_us && client->config.light) {
        client_tick_light(client, now_us);
    } else if (client->next_sinks_us <= now_us) {
        run_sinks(client, now_us);
        client->next_sinks_us = now_us + SINKS_INTERVAL_US;
    }
    if (client->next_feedback_us <= now_us) {
        client_send_feedback(client);
        client->next_feedback_us = now_us + client->config.feedback_us;
    }
    if (client->next_report_us <= now_us) {
        client_send_reports(client, now_us);
        client->next_report_us = now_us + REPORT_INTERVAL_US;
    }
}

void client_tick(struct client *client, uint64_t now_us)
{
    uint8_t check[1024];
    struct writer writer = writer_of(check, sizeof(check));

    begin(client);
    if (client->state == CLIENT_NEW || client->state == CLIENT_CLOSED)
        return;
    if (client_ice_tick(&client->ice, now_us, &client->rng, &writer))
        send_bytes(client, check, writer_len(&writer));
    if (client->state == CLIENT_CONNECTED) { /* DTLS has no timer any more */
        tick_media(client, now_us);
        return;
    }
    if (client->dtls != NULL)
        dtls_tick(client->dtls, now_us);
    follow_dtls(client, now_us);
    if (client->state == CLIENT_CONNECTED)
        tick_media(client, now_us);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t client_wake_at(const struct client *client)
{
    uint64_t wake_us;

    if (client->state == CLIENT_NEW || client->state == CLIENT_CLOSED)
        return UINT64_MAX;
    wake_us = client->ice.next_us;
    if (client->state != CLIENT_CONNECTED)
        return client->dtls == NULL ? wake_us : earlier(wake_us, dtls_wake_at(client->dtls));
    wake_us = earlier(wake_us, earlier(client->next_audio_us, client->next_video_us));
    wake_us = earlier(wake_us, client->next_sinks_us);
    return earlier(wake_us, earlier(client->next_report_us, client->next_feedback_us));
}

bool client_next_tx(struct client *client, struct engine_tx *out)
{
    return client->sending && tx_next(client->tx, out);
}

void client_inject_rtcp(struct client *client, const uint8_t *bytes, size_t len)
{
    begin(client);
    client_send_rtcp(client, bytes, len);
}

uint32_t client_seat_ssrc(const struct client *client, unsigned seat, bool video)
{
    return client->ssrcs[2 * (2 * seat + (video ? 1u : 0u))];
}

enum client_state client_state(const struct client *client)
{
    return client->state;
}

void client_close(struct client *client)
{
    begin(client);
    if (client->dtls != NULL)
        dtls_close(client->dtls);
    client->state = CLIENT_CLOSED;
}

const struct client_stats *client_stats(const struct client *client)
{
    return &client->stats;
}

const struct client_seat_stats *client_seat_audio(const struct client *client, unsigned seat)
{
    PARLEY_ASSERT(client->sinks != NULL && seat < client->config.seats);
    return &client->sinks[2 * seat].stats;
}

const struct client_seat_stats *client_seat_video(const struct client *client, unsigned seat)
{
    PARLEY_ASSERT(client->sinks != NULL && seat < client->config.seats);
    return &client->sinks[2 * seat + 1].stats;
}

struct client_audio_view client_seat_heard(const struct client *client, unsigned seat)
{
    const struct client_playout *playout = &client->sinks[2 * seat].playout;

    return (struct client_audio_view){.played = playout->played,
                                      .concealed = client_playout_concealed(playout)};
}

struct client_video_view client_seat_seen(const struct client *client, unsigned seat,
                                          uint64_t now_us)
{
    const struct client_render *render = &client->sinks[2 * seat + 1].render;

    return (struct client_video_view){.shown = render->frames,
                                      .freezes = render->freezes,
                                      .frozen_us = client_render_frozen_us(render, now_us)};
}

uint64_t client_seat_errors(const struct client_seat_stats *stats)
{
    return stats->conflicts + stats->timestamps_back + stats->pictures_skipped +
           stats->broken_chains + stats->malformed;
}
