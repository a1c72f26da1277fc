#include "support/plain_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/counters.h"
#include "support/identities.h"
#include "wire/rtcp.h"
#include "wire/stun.h"

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* ---- offers --------------------------------------------------------------------------------- */

struct text {
    char bytes[65536];
    size_t len;
};

#define ADD(text, ...)                                                                             \
    ((text)->len += (size_t)snprintf((text)->bytes + (text)->len,                                  \
                                     sizeof((text)->bytes) - (text)->len, __VA_ARGS__))

static void add_audio_codecs(struct text *text, const struct plain_options *options)
{
    if (options->red)
        ADD(text, "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n");
    ADD(text, "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n");
    if (options->audio_nack)
        ADD(text, "a=rtcp-fb:111 nack\r\n");
}

static void add_video_codecs(struct text *text, const struct plain_options *options)
{
    ADD(text, "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n"
              "a=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 transport-cc\r\n");
    if (!options->no_rtx)
        ADD(text, "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n");
}

static void add_h264(struct text *text)
{
    ADD(text, "a=rtpmap:102 H264/90000\r\n"
              "a=fmtp:102 packetization-mode=1;profile-level-id=42e01f\r\n");
}

static void add_media(struct text *text, const struct plain_peer *peer, const char *kind,
                      const char *formats, unsigned mid, const char *direction)
{
    ADD(text,
        "m=%s 9 UDP/TLS/RTP/SAVPF %s\r\nc=IN IP4 0.0.0.0\r\na=mid:%u\r\na=%s\r\na=rtcp-mux\r\n"
        "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=setup:actpass\r\na=fingerprint:sha-256 "
        "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:"
        "DD:EE:FF\r\n",
        kind, formats, mid, direction, peer->ufrag, peer->pwd);
    if (!peer->options.no_rsize)
        ADD(text, "a=rtcp-rsize\r\n");
    ADD(text,
        "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"
        "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
        "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n");
    if (strcmp(kind, "audio") == 0)
        ADD(text, "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n");
    else
        ADD(text, "a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\n"
                  "a=extmap:13 urn:3gpp:video-orientation\r\n"
                  "a=extmap:8 https://aomediacodec.github.io/av1-rtp-spec/"
                  "#dependency-descriptor-rtp-header-extension\r\n"
                  "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
                  "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n");
}

static void add_audio(struct text *text, const struct plain_peer *peer, unsigned mid,
                      const char *direction)
{
    add_media(text, peer, "audio", peer->options.red ? "63 111" : "111", mid, direction);
    add_audio_codecs(text, &peer->options);
    if (strcmp(direction, "sendonly") == 0 && !peer->options.no_ssrc)
        ADD(text, "a=ssrc:%u cname:x\r\n", plain_peer_audio_ssrc(peer));
}

static void add_camera(struct text *text, const struct plain_peer *peer, unsigned mid)
{
    add_media(text, peer, "video", peer->options.no_rtx ? "96" : "96 97", mid, "sendonly");
    add_video_codecs(text, &peer->options);
    if (peer->options.simulcast) {
        ADD(text, "a=rid:q send\r\na=rid:h send\r\na=rid:f send\r\na=simulcast:send q;h;f\r\n");
    } else if (!peer->options.no_ssrc) {
        ADD(text, "a=ssrc-group:FID %u %u\r\na=ssrc:%u cname:x\r\na=ssrc:%u cname:x\r\n",
            plain_peer_video_ssrc(peer, 0), plain_peer_rtx_ssrc(peer, 0),
            plain_peer_video_ssrc(peer, 0), plain_peer_rtx_ssrc(peer, 0));
    }
}

static void add_seat(struct text *text, const struct plain_peer *peer, unsigned mid)
{
    add_audio(text, peer, mid, "recvonly");
    if (peer->options.no_video_out) {
        add_media(text, peer, "video", "102", mid + 1, "recvonly");
        add_h264(text);
    } else {
        add_media(text, peer, "video", peer->options.no_rtx ? "96" : "96 97", mid + 1, "recvonly");
        add_video_codecs(text, &peer->options);
    }
}

static void write_offer(const struct plain_peer *peer, struct text *text)
{
    const unsigned sources = peer->options.screen ? 3 : 2;
    text->len = 0;
    ADD(text, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE");
    for (unsigned mid = 0; mid < sources + 2 * peer->options.seats; mid++)
        ADD(text, " %u", mid);
    ADD(text, "\r\na=extmap-allow-mixed\r\n");
    add_audio(text, peer, 0, "sendonly");
    add_camera(text, peer, 1);
    if (peer->options.screen) {
        add_media(text, peer, "video", "96", 2, "sendonly");
        add_video_codecs(text, &(struct plain_options){.no_rtx = true});
        ADD(text, "a=ssrc:%u cname:x\r\n", plain_peer_video_ssrc(peer, 5));
    }
    for (unsigned k = 0; k < peer->options.seats; k++)
        add_seat(text, peer, sources + 2 * k);
}

/* ---- the call ------------------------------------------------------------------------------- */

struct plain_call *plain_call_new(uint64_t seed)
{
    struct plain_call *call = calloc(1, sizeof *call);
    MUST(call);
    static const struct engine_candidate candidate = {
        .address = {.ip = {192, 0, 2, 1}, .port = 7900, .family = NET_IPV4}};
    const struct engine_config config = {
        .seed = {seed, 1},
        .certificate_pem = identity_server_certificate,
        .private_key_pem = identity_server_key,
        .candidates = &candidate,
        .candidate_count = 1,
        .max_participants = PLAIN_PARTICIPANTS,
        .ntp_offset_us = INT64_C(3900000000000000),
    };
    call->now_us = 1000000;
    call->engine = engine_new(&config, call->now_us);
    MUST(call->engine);
    struct engine_command open = {.type = ENGINE_ROOM_OPEN, .room = PLAIN_ROOM};
    MUST(engine_command(call->engine, call->now_us, &open) == 0);
    return call;
}

void plain_call_free(struct plain_call *call)
{
    engine_free(call->engine);
    for (size_t i = 0; i < call->peer_count; i++) {
        plain_peer_forget(&call->peers[i]);
        free(call->peers[i].inbox);
        free(call->peers[i].answer);
    }
    free(call);
}

uint64_t plain_call_counter(const struct plain_call *call, unsigned counter)
{
    size_t count;
    const uint64_t *values = engine_counters(call->engine, &count);
    MUST(counter < count);
    return values[counter];
}

static struct plain_peer *peer_of_port(struct plain_call *call, uint16_t port)
{
    MUST(port >= 1 && port <= call->peer_count);
    return &call->peers[port - 1];
}

static struct plain_peer *peer_of_id(struct plain_call *call, uint64_t id)
{
    for (size_t i = 0; i < call->peer_count; i++)
        if (call->peers[i].id == id)
            return &call->peers[i];
    return NULL;
}

/* SRTP would reuse a nonce. */
static void check_not_repeated(const struct plain_peer *peer, const struct plain_packet *fresh)
{
    for (size_t i = 0; i < peer->count; i++)
        MUST(peer->inbox[i]->rtcp || peer->inbox[i]->rtp.ssrc != fresh->rtp.ssrc ||
             peer->inbox[i]->rtp.seq != fresh->rtp.seq);
}

static void read_extensions(struct plain_packet *packet)
{
    static const struct rtp_ext_ids ids = {{
        [1] = RTP_EXT_AUDIO_LEVEL,
        [2] = RTP_EXT_ABS_SEND_TIME,
        [3] = RTP_EXT_TRANSPORT_SEQ,
        [4] = RTP_EXT_MID,
        [5] = RTP_EXT_PLAYOUT_DELAY,
        [8] = RTP_EXT_DEPENDENCY_DESCRIPTOR,
        [13] = RTP_EXT_VIDEO_ORIENTATION,
    }};
    rtp_ext_read(&packet->rtp, packet->bytes, &ids, &packet->ext);
}

static void keep(struct plain_call *call, const struct engine_tx *tx)
{
    struct plain_peer *peer = peer_of_port(call, tx->path.remote.port);
    if (peer->count == PLAIN_INBOX)
        plain_peer_forget(peer);
    struct plain_packet *packet = calloc(1, sizeof *packet);
    MUST(packet && tx->len <= sizeof packet->bytes);
    peer->inbox[peer->count] = packet;
    packet->len = tx->len;
    packet->at_us = call->now_us;
    memcpy(packet->bytes, tx->bytes, tx->len);
    packet->rtcp = rtp_is_rtcp(packet->bytes, packet->len);
    for (size_t i = 0; i < tx->len; i++)
        call->hash = (call->hash ^ tx->bytes[i]) * UINT64_C(0x100000001b3);
    if (!packet->rtcp) {
        MUST(rtp_parse(packet->bytes, packet->len, &packet->rtp) == 0);
        read_extensions(packet);
        check_not_repeated(peer, packet);
    }
    peer->count++;
}

static void take_event(struct plain_call *call, const struct engine_event *event)
{
    struct plain_peer *peer = peer_of_id(call, event->participant);
    switch (event->type) {
    case ENGINE_ANSWER:
        MUST(peer && event->request == call->requests);
        free(peer->answer);
        peer->answer = calloc(1, event->text_len + 1);
        MUST(peer->answer);
        memcpy(peer->answer, event->text, event->text_len);
        break;
    case ENGINE_REFUSED:
        MUST(peer && event->request == call->requests && event->text_len > 0);
        peer->refusals++;
        peer->refused = event->error;
        (void)snprintf(peer->refusal, sizeof peer->refusal, "%.*s", (int)event->text_len,
                       event->text);
        break;
    case ENGINE_LEG_STATE:
        MUST(peer);
        peer->leg_state = event->leg_state;
        peer->leg_events++;
        break;
    case ENGINE_SEATS:
        MUST(peer && event->seat_count <= LIMIT_SEATS);
        memcpy(peer->seats, event->seats, event->seat_count * sizeof event->seats[0]);
        peer->seat_count = event->seat_count;
        peer->seat_events++;
        break;
    case ENGINE_SPEAKERS:
        call->speaker_events++;
        call->dominant = event->dominant;
        call->speaker_count = event->speaker_count;
        memcpy(call->speakers, event->speakers, event->speaker_count * sizeof event->speakers[0]);
        break;
    case ENGINE_PUBLISH:
        MUST(peer && event->publish_count <= PLAIN_PUBLISHES);
        memcpy(peer->publishes, event->publishes,
               event->publish_count * sizeof event->publishes[0]);
        peer->publish_count = event->publish_count;
        peer->publish_events++;
        break;
    case ENGINE_QUALITY:
        MUST(event->quality_count <= LIMIT_QUALITIES);
        call->quality_events++;
        call->quality_count = event->quality_count;
        memcpy(call->qualities, event->qualities,
               event->quality_count * sizeof event->qualities[0]);
        break;
    }
}

static void drain(struct plain_call *call)
{
    struct engine_tx tx;
    struct engine_event event;
    do {
        while (engine_next_tx(call->engine, &tx)) {
            if (tx.path.proto != NET_PIPE)
                keep(call, &tx);
            else if (call->on_frame)
                call->on_frame(call->frame_context, tx.path.connection, tx.bytes, tx.len);
        }
    } while (!call->ignores_rest && engine_go_on(call->engine));
    while (engine_next_event(call->engine, &event))
        take_event(call, &event);
}

void plain_call_ignore_rest(struct plain_call *call, bool ignores)
{
    call->ignores_rest = ignores;
}

void plain_call_receive_frame(struct plain_call *call, uint32_t worker, const uint8_t *bytes,
                              size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    MUST(copy);
    if (len > 0)
        memcpy(copy, bytes, len);
    struct engine_datagram datagram = {
        .path = {.proto = NET_PIPE, .connection = worker}, .bytes = copy, .len = len};
    engine_receive(call->engine, call->now_us, &datagram, 1);
    free(copy);
    drain(call);
}

void plain_call_run(struct plain_call *call, uint64_t duration_us)
{
    const uint64_t end_us = call->now_us + duration_us;
    unsigned same_moment = 0;
    for (;;) {
        const uint64_t wake_us = engine_wake_at(call->engine);
        if (wake_us > end_us)
            break;
        same_moment = wake_us > call->now_us ? 0 : same_moment + 1;
        MUST(same_moment < 10);
        if (wake_us > call->now_us)
            call->now_us = wake_us;
        call->wakes++;
        engine_tick(call->engine, call->now_us);
        drain(call);
    }
    call->now_us = end_us;
}

unsigned plain_call_notes(const struct plain_call *call, unsigned what, struct timeline_note *last)
{
    static struct timeline_entry entries[LIMIT_TIMELINE_ENTRIES];
    const size_t count =
        engine_timeline(call->engine, PLAIN_ROOM, 0, entries, LIMIT_TIMELINE_ENTRIES);
    unsigned found = 0;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].note.what != what)
            continue;
        *last = entries[i].note;
        found++;
    }
    return found;
}

int plain_call_command(struct plain_call *call, struct plain_peer *peer,
                       struct engine_command *command)
{
    command->room = PLAIN_ROOM;
    command->participant = peer->id;
    command->request = ++call->requests;
    const int error = engine_command(call->engine, call->now_us, command);
    drain(call);
    return error;
}

struct plain_peer *plain_call_join(struct plain_call *call, const struct plain_options *options)
{
    MUST(call->peer_count < PLAIN_PEERS);
    struct plain_peer *peer = &call->peers[call->peer_count++];
    peer->id = call->id_base + 100 + call->peer_count;
    peer->options = *options;
    peer->path = (struct net_path){.remote = {.ip = {198, 51, 100, 7},
                                              .port = (uint16_t)call->peer_count,
                                              .family = NET_IPV4}};
    peer->inbox = calloc(PLAIN_INBOX, sizeof(struct plain_packet *));
    MUST(peer->inbox);
    (void)snprintf(peer->ufrag, sizeof peer->ufrag, "peer%zu", call->peer_count);
    (void)snprintf(peer->pwd, sizeof peer->pwd, "passwordpasswordpassword%zu", call->peer_count);
    peer->audio_seq = (uint16_t)(1000 * call->peer_count);
    for (size_t i = 0; i < 3; i++) {
        peer->video_seq[i] = (uint16_t)(2000 * call->peer_count + 100 * i);
        peer->video_timestamp[i] = (uint32_t)(77777 * call->peer_count + 999 * i);
        peer->picture[i] = (uint16_t)(3000 * call->peer_count + 10 * i);
    }
    struct engine_command add = {.type = ENGINE_PARTICIPANT_ADD};
    MUST(plain_call_command(call, peer, &add) == 0);
    return peer;
}

int plain_peer_offer(struct plain_call *call, struct plain_peer *peer, bool new_leg)
{
    static struct text text;
    write_offer(peer, &text);
    const struct engine_source_mid sources[] = {
        {"0", ENGINE_MICROPHONE}, {"1", ENGINE_CAMERA}, {"2", ENGINE_SCREEN}};
    struct engine_command offer = {
        .type = ENGINE_OFFER,
        .new_leg = new_leg,
        .sdp = text.bytes,
        .sdp_len = text.len,
        .sources = sources,
        .source_count = peer->options.screen ? 3 : 2,
    };
    const int error = plain_call_command(call, peer, &offer);
    const char *ufrag = error == 0 ? strstr(peer->answer, "a=ice-ufrag:") : NULL;
    if (ufrag)
        (void)sscanf(ufrag, "a=ice-ufrag:%63[^\r\n]", peer->server_ufrag);
    return error;
}

int plain_peer_connect(struct plain_call *call, struct plain_peer *peer)
{
    static const uint8_t transaction[STUN_TRANSACTION_BYTES] = {1, 2, 3};
    char username[128];
    uint8_t bytes[256];
    struct writer writer = writer_of(bytes, sizeof bytes);
    const int len = snprintf(username, sizeof username, "%s:%s", peer->server_ufrag, peer->ufrag);
    const struct stun_check check = {
        .transaction = transaction,
        .username = {(const uint8_t *)username, (size_t)len},
        .priority = 1,
        .role = STUN_CONTROLLING,
    };
    const struct span key = {(const uint8_t *)"key", 3};
    MUST(stun_write_check(&writer, &check, key) == 0);
    plain_peer_send(call, peer, bytes, writer_len(&writer));
    plain_peer_set_state(call, peer, TRANSPORT_CONNECTED);
    return peer->leg_state == ENGINE_LEG_CONNECTED ? 0 : -1;
}

struct plain_peer *plain_call_add(struct plain_call *call, const struct plain_options *options)
{
    struct plain_peer *peer = plain_call_join(call, options);
    MUST(plain_peer_offer(call, peer, true) == 0);
    MUST(plain_peer_connect(call, peer) == 0);
    return peer;
}

void plain_peer_set_state(struct plain_call *call, struct plain_peer *peer,
                          enum transport_state state)
{
    const uint8_t bytes[] = {20, (uint8_t)state};
    plain_peer_send(call, peer, bytes, sizeof bytes);
}

void plain_peer_enable(struct plain_call *call, struct plain_peer *peer, unsigned sources)
{
    struct engine_command command = {.type = ENGINE_SOURCES_ENABLED, .enabled = (uint8_t)sources};
    MUST(plain_call_command(call, peer, &command) == 0);
}

void plain_peer_look(struct plain_call *call, struct plain_peer *viewer,
                     const struct plain_peer *other)
{
    const struct engine_view view = {
        .participant = other->id, .width = 1280, .height = 720, .visible = true};
    struct engine_command command = {.type = ENGINE_VIEW, .views = &view, .view_count = 1};
    MUST(plain_call_command(call, viewer, &command) == 0);
}

void plain_peer_leave(struct plain_call *call, struct plain_peer *peer)
{
    struct engine_command command = {.type = ENGINE_PARTICIPANT_REMOVE};
    MUST(plain_call_command(call, peer, &command) == 0);
}

/* ---- SSRCs ---------------------------------------------------------------------------------- */

static uint32_t base_ssrc(const struct plain_peer *peer)
{
    return (uint32_t)peer->id * 1000u + peer->options.audio_ssrc_shift;
}

uint32_t plain_peer_audio_ssrc(const struct plain_peer *peer)
{
    return base_ssrc(peer) + 1;
}

uint32_t plain_peer_video_ssrc(const struct plain_peer *peer, unsigned layer)
{
    return base_ssrc(peer) + 10 + layer;
}

uint32_t plain_peer_rtx_ssrc(const struct plain_peer *peer, unsigned layer)
{
    return base_ssrc(peer) + 20 + layer;
}

/* The first number behind key in the answer's m-line for mid. */
static uint32_t ssrc_in_answer(const struct plain_peer *peer, unsigned mid, const char *format,
                               unsigned skip)
{
    char line[32];
    uint32_t first = 0, second = 0;
    (void)snprintf(line, sizeof line, "a=mid:%u\r\n", mid);
    const char *media = peer->answer ? strstr(peer->answer, line) : NULL;
    const char *end = media ? strstr(media, "\r\nm=") : NULL;
    const char *found = media ? strstr(media, format) : NULL;
    if (!found || (end && found > end))
        return 0;
    (void)sscanf(found + strlen(format), "%u %u", &first, &second);
    return skip == 0 ? first : second;
}

static unsigned seat_mid(const struct plain_peer *peer, unsigned seat)
{
    return (peer->options.screen ? 3 : 2) + 2 * seat;
}

uint32_t plain_peer_seat_audio(const struct plain_peer *peer, unsigned seat)
{
    return ssrc_in_answer(peer, seat_mid(peer, seat), "a=ssrc:", 0);
}

uint32_t plain_peer_seat_video(const struct plain_peer *peer, unsigned seat)
{
    return ssrc_in_answer(peer, seat_mid(peer, seat) + 1, "a=ssrc:", 0);
}

uint32_t plain_peer_seat_rtx(const struct plain_peer *peer, unsigned seat)
{
    return ssrc_in_answer(peer, seat_mid(peer, seat) + 1, "a=ssrc-group:FID ", 1);
}

/* ---- sending -------------------------------------------------------------------------------- */

void plain_peer_send(struct plain_call *call, struct plain_peer *peer, const uint8_t *bytes,
                     size_t len)
{
    uint8_t copy[2048];
    MUST(len <= sizeof copy);
    memcpy(copy, bytes, len);
    struct engine_datagram datagram = {.path = peer->path, .bytes = copy, .len = len};
    engine_receive(call->engine, call->now_us, &datagram, 1);
    drain(call);
}

static void send_rtp(struct plain_call *call, struct plain_peer *peer,
                     const struct rtp_header *header, const struct rtp_extension *extensions,
                     size_t count, struct span payload)
{
    uint8_t bytes[1500];
    struct writer writer = writer_of(bytes, sizeof bytes);
    MUST(rtp_write_header(&writer, header, extensions, count) == 0);
    writer_bytes(&writer, payload.bytes, payload.len);
    plain_peer_send(call, peer, bytes, writer_len(&writer));
}

/* mid, rid or repaired rid as needed, and the transport-wide number. */
static size_t common_extensions(struct plain_peer *peer, unsigned mid, int layer, bool rtx,
                                struct rtp_extension out[static 4])
{
    static const uint8_t *mids[] = {(const uint8_t *)"0", (const uint8_t *)"1",
                                    (const uint8_t *)"2"};
    static const uint8_t *rids[] = {(const uint8_t *)"q", (const uint8_t *)"h",
                                    (const uint8_t *)"f"};
    static uint8_t twcc[2];
    size_t count = 0;
    rtp_ext_put_transport_seq(twcc, peer->twcc_seq++);
    out[count++] = (struct rtp_extension){PLAIN_TWCC_ID, 2, twcc};
    if (peer->options.simulcast || peer->options.no_ssrc || peer->send_mid)
        out[count++] = (struct rtp_extension){PLAIN_MID_ID, 1, mids[mid]};
    if (peer->options.simulcast && layer >= 0)
        out[count++] = (struct rtp_extension){rtx ? PLAIN_RRID_ID : PLAIN_RID_ID, 1, rids[layer]};
    return count;
}

void plain_peer_send_audio(struct plain_call *call, struct plain_peer *peer, uint8_t level)
{
    const uint8_t number = (uint8_t)peer->audio_seq;
    const uint8_t opus[] = {0xfc, 1, 2, 3, 4, number};
    /* RFC 2198: the packet before, 960 ticks old, in a block of 6 bytes; then the primary. */
    const uint8_t red[] = {
        0x80 | 111, 0x0f, 0x00, 0x06, 111, 0xfc,  1, 2, 3, 4, (uint8_t)(number - 1u),
        0xfc,       1,    2,    3,    4,   number};
    struct rtp_extension extensions[4];
    size_t count = common_extensions(peer, 0, -1, false, extensions);
    extensions[count++] = (struct rtp_extension){PLAIN_LEVEL_ID, 1, &level};
    const struct rtp_header header = {
        .timestamp = peer->audio_timestamp,
        .ssrc = plain_peer_audio_ssrc(peer),
        .seq = peer->audio_seq++,
        .payload_type = peer->options.red ? PLAIN_RED : PLAIN_OPUS,
    };
    peer->audio_timestamp += 960;
    const struct span payload =
        peer->options.red ? (struct span){red, sizeof red} : (struct span){opus, sizeof opus};
    send_rtp(call, peer, &header, extensions, count, payload);
}

static size_t make_vp8(uint16_t picture, bool keyframe, uint8_t out[static 64])
{
    /* X, S; I; a 15-bit picture id; then the frame tag, and a key frame's start code and size */
    const uint8_t head[] = {0x90, 0x80, (uint8_t)(0x80u | ((picture >> 8) & 0x7fu)),
                            (uint8_t)picture};
    static const uint8_t key[] = {0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00};
    static const uint8_t delta[] = {0x11, 0x02, 0x00, 0xaa, 0xbb};
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, keyframe ? key : delta, keyframe ? sizeof key : sizeof delta);
    return sizeof head + (keyframe ? sizeof key : sizeof delta);
}

void plain_peer_send_video(struct plain_call *call, struct plain_peer *peer, unsigned layer,
                           bool keyframe)
{
    uint8_t payload[64];
    const size_t len = make_vp8(peer->picture[layer]++, keyframe, payload);
    struct rtp_extension extensions[4];
    const size_t count = common_extensions(peer, 1, (int)layer, false, extensions);
    const struct rtp_header header = {
        .timestamp = peer->video_timestamp[layer],
        .ssrc = plain_peer_video_ssrc(peer, layer),
        .seq = peer->video_seq[layer]++,
        .payload_type = PLAIN_VIDEO,
        .marker = true,
    };
    peer->video_timestamp[layer] += 3000;
    send_rtp(call, peer, &header, extensions, count, (struct span){payload, len});
}

#define PLAIN_BATCH 64u

/* One packet of the present frame; a marker ends the frame. Returns its length. */
static size_t make_packet(struct plain_peer *peer, const struct plain_piece *piece,
                          uint8_t out[static 1500])
{
    uint8_t descriptor[64];
    const size_t descriptor_len =
        make_vp8(peer->picture[piece->layer], piece->keyframe, descriptor);
    struct rtp_extension extensions[4];
    const size_t count = common_extensions(peer, 1, (int)piece->layer, false, extensions);
    const struct rtp_header header = {
        .timestamp = peer->video_timestamp[piece->layer],
        .ssrc = plain_peer_video_ssrc(peer, piece->layer),
        .seq = peer->video_seq[piece->layer]++,
        .payload_type = PLAIN_VIDEO,
        .marker = piece->last,
    };
    struct writer writer = writer_of(out, 1500);
    MUST(rtp_write_header(&writer, &header, extensions, count) == 0);
    const size_t at = writer_len(&writer);
    MUST(piece->len > descriptor_len);
    writer_bytes(&writer, descriptor, descriptor_len);
    writer_zeros(&writer, piece->len - descriptor_len);
    /* RFC 7741 4.2, S: "Start of VP8 partition". */
    if (!piece->first)
        out[at] &= 0xefu;
    if (piece->last) {
        peer->picture[piece->layer]++;
        peer->video_timestamp[piece->layer] += 3000;
    }
    return writer_len(&writer);
}

void plain_peer_send_piece(struct plain_call *call, struct plain_peer *peer,
                           const struct plain_piece *piece)
{
    uint8_t bytes[1500];
    const size_t len = make_packet(peer, piece, bytes);
    plain_peer_send(call, peer, bytes, len);
}

void plain_peer_send_frame(struct plain_call *call, struct plain_peer *peer, unsigned layer,
                           bool keyframe, const size_t *lens, size_t count)
{
    static uint8_t bytes[PLAIN_BATCH][1500];
    struct engine_datagram datagrams[PLAIN_BATCH];
    MUST(count <= PLAIN_BATCH);
    for (size_t i = 0; i < count; i++) {
        const struct plain_piece piece = {layer, lens[i], keyframe, i == 0, i + 1 == count};
        const size_t len = make_packet(peer, &piece, bytes[i]);
        datagrams[i] = (struct engine_datagram){.path = peer->path, .bytes = bytes[i], .len = len};
    }
    engine_receive(call->engine, call->now_us, datagrams, count);
    drain(call);
}

void plain_peer_lose_audio(struct plain_peer *peer)
{
    peer->audio_seq++;
    peer->audio_timestamp += 960;
}

void plain_peer_lose_video(struct plain_peer *peer, unsigned layer)
{
    peer->picture[layer]++;
    peer->video_seq[layer]++;
    peer->video_timestamp[layer] += 3000;
}

void plain_peer_repair_video(struct plain_call *call, struct plain_peer *peer, unsigned layer,
                             uint16_t seq, bool keyframe)
{
    const uint16_t back = (uint16_t)(peer->video_seq[layer] - seq);
    uint8_t payload[66];
    bytes_put_u16(payload, seq);
    const size_t len = make_vp8((uint16_t)(peer->picture[layer] - back), keyframe, payload + 2) + 2;
    struct rtp_extension extensions[4];
    const size_t count = common_extensions(peer, 1, (int)layer, true, extensions);
    const struct rtp_header header = {
        .timestamp = peer->video_timestamp[layer] - 3000u * back,
        .ssrc = plain_peer_rtx_ssrc(peer, layer),
        .seq = peer->rtx_seq++,
        .payload_type = PLAIN_RTX,
        .marker = true,
    };
    send_rtp(call, peer, &header, extensions, count, (struct span){payload, len});
}

void plain_peer_send_pli(struct plain_call *call, struct plain_peer *peer, uint32_t ssrc)
{
    uint8_t bytes[64];
    struct writer writer = writer_of(bytes, sizeof bytes);
    MUST(rtcp_write_pli(&writer, 1, ssrc) == 0);
    plain_peer_send(call, peer, bytes, writer_len(&writer));
}

void plain_peer_send_nack(struct plain_call *call, struct plain_peer *peer, uint32_t ssrc,
                          uint16_t seq)
{
    uint8_t bytes[64];
    struct writer writer = writer_of(bytes, sizeof bytes);
    MUST(rtcp_write_nack(&writer, 1, ssrc, &seq, 1) == 0);
    plain_peer_send(call, peer, bytes, writer_len(&writer));
}

void plain_peer_send_sr(struct plain_call *call, struct plain_peer *peer, uint32_t ssrc,
                        uint64_t ntp, uint32_t timestamp)
{
    uint8_t bytes[128];
    struct writer writer = writer_of(bytes, sizeof bytes);
    const struct rtcp_sender sender = {.ssrc = ssrc, .ntp = ntp, .rtp_timestamp = timestamp};
    MUST(rtcp_write_sr(&writer, &sender, NULL, 0) == 0);
    plain_peer_send(call, peer, bytes, writer_len(&writer));
}

/* ---- received ------------------------------------------------------------------------------- */

size_t plain_peer_count(const struct plain_peer *peer, uint32_t ssrc)
{
    size_t count = 0;
    for (size_t i = 0; i < peer->count; i++)
        count += !peer->inbox[i]->rtcp && peer->inbox[i]->rtp.ssrc == ssrc;
    return count;
}

const struct plain_packet *plain_peer_nth(const struct plain_peer *peer, uint32_t ssrc, size_t n)
{
    for (size_t i = 0; i < peer->count; i++)
        if (!peer->inbox[i]->rtcp && peer->inbox[i]->rtp.ssrc == ssrc && n-- == 0)
            return peer->inbox[i];
    return NULL;
}

const struct plain_packet *plain_peer_last(const struct plain_peer *peer, uint32_t ssrc)
{
    const size_t count = plain_peer_count(peer, ssrc);
    return count > 0 ? plain_peer_nth(peer, ssrc, count - 1) : NULL;
}

size_t plain_peer_count_rtcp(const struct plain_peer *peer, uint8_t type, uint8_t format)
{
    size_t count = 0;
    for (size_t i = 0; i < peer->count; i++) {
        struct rtcp_compound compound;
        struct rtcp_packet packet;
        if (!peer->inbox[i]->rtcp ||
            rtcp_open(peer->inbox[i]->bytes, peer->inbox[i]->len, &compound) != 0)
            continue;
        while (rtcp_next(&compound, &packet) == 1)
            count += packet.type == type && (format == 0xff || packet.count == format);
    }
    return count;
}

void plain_peer_forget(struct plain_peer *peer)
{
    for (size_t i = 0; i < peer->count; i++)
        free(peer->inbox[i]);
    peer->count = 0;
}
