#include "cli/load_member.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/load_clip.h"
#include "cli/load_clock.h"
#include "cli/load_io.h"
#include "cli/load_options.h"
#include "cli/load_signal.h"
#include "client/client.h"

#define SDP_BYTES     65536u
#define MESSAGE_BYTES (1024u * 1024u) /* the list of everybody in a large room */
#define LOUD_DBOV     20u
#define CLIP_STEP     1009u
#define RESUME_US     30000000u /* the server keeps a place for so long */
#define FIRST_OF_OURS 4000u     /* close codes of the protocol that end a session */

static void fail(struct load_member *member, const char *what, const char *why)
{
    struct load_peer *peer = member->peer;
    if (member->step == LOAD_FAILED)
        return;
    if (peer->reason[0] == '\0')
        snprintf(peer->reason, sizeof peer->reason, "%s%s%s", what, why[0] ? ": " : "", why);
    member->step = LOAD_FAILED;
    member->signal->lost -= member->lost_us != 0;
    member->lost_us = 0;
    load_member_leave(member);
}

static void queue(struct load_member *member, char *message)
{
    if (!message || member->queued == LOAD_MEMBER_QUEUE) {
        free(message);
        fail(member, "out of memory", "");
        return;
    }
    member->queue[member->queued++] = message;
    if (member->wsi)
        lws_callback_on_writable(member->wsi);
}

/* ---- ticket ---------------------------------------------------------------------------------- */

/* 0, or -1: it has failed. */
static int open_socket(struct load_member *member)
{
    char url[LOAD_URL_BYTES], path[LOAD_URL_BYTES + 1], authority[LOAD_URL_BYTES + 16];
    const char *scheme, *host, *rest;
    int port;
    snprintf(url, sizeof url, "%s", member->ticket.url);
    if (lws_parse_uri(url, &scheme, &host, &port, &rest) != 0) {
        fail(member, "join-room", "its ws_url is none");
        return -1;
    }
    bool tls = strcmp(scheme, "wss") == 0;
    snprintf(path, sizeof path, "/%s", rest);
    load_http_authority(host, (unsigned)port, authority, sizeof authority);
    struct lws_client_connect_info info = {
        .context = member->signal->context,
        .address = load_http_address(member->signal->options, host),
        .port = port,
        .ssl_connection = load_http_flags(member->signal->options, tls),
        .path = path,
        .host = authority,
        .protocol = LOAD_MEMBER_PROTOCOL,
        .local_protocol_name = LOAD_MEMBER_PROTOCOL,
        .ietf_version_or_minus_one = -1,
        .alpn = "http/1.1",
        .userdata = member,
    };
    return lws_client_connect_via_info(&info) ? 0 : -1;
}

static void on_ticket(struct load_post *post, const char *error)
{
    struct load_member *member = post->owner;
    char text[LOAD_REASON_BYTES - 16];
    if (member->step == LOAD_FAILED)
        return;
    if (error) {
        fail(member, "join-room", error);
    } else if (post->status != 200) {
        load_message_problem(post->status, post->reply, post->reply_len, text, sizeof text);
        fail(member, "join-room", text);
    } else if (load_message_read_ticket(post->reply, post->reply_len, &member->ticket) != 0) {
        fail(member, "join-room", "the reply is not the protocol's");
    } else {
        member->step = LOAD_OPENING;
        if (open_socket(member) != 0)
            fail(member, "WebSocket", "no connection");
    }
    load_post_fini(post);
}

void load_member_begin(struct load_member *member, uint64_t now_us)
{
    member->peer->begun_us = now_us;
    member->step = LOAD_ASKING;
    member->post = (struct load_post){.done = on_ticket, .owner = member};
    /* `joined` lists everybody. */
    snprintf(member->post.path, sizeof member->post.path, "/join-room/%s?participants=0",
             member->room);
    load_http_post(member->signal->context, member->signal->options, &member->post);
}

/* ---- joining --------------------------------------------------------------------------------- */

/* Of a clip, each publisher shows another place, so that they are not alike at any time. */
static void use_clips(const struct load_member *member, struct client_config *config)
{
    const struct load_clips *clips = member->signal->clips;
    for (unsigned i = 0; i < clips->layers; i++)
        config->pictures[i] = &clips->pictures[i];
    if (clips->layers > 0) {
        config->layers = clips->layers;
        config->temporal_layers = 3;
    }
    config->sound = clips->sound.count > 0 ? &clips->sound : NULL;
    config->clip_from = member->number * CLIP_STEP;
}

static void configure(const struct load_member *member, struct client_config *out)
{
    const struct load_options *options = member->signal->options;
    const struct load_peer *peer = member->peer;
    unsigned layers = options->simulcast ? CLIENT_MAX_LAYERS : 1;
    uint32_t top_bps = options->video_kbps * 1000u;
    *out = (struct client_config){
        .id = member->number + 1,
        .dtls = member->signal->dtls,
        .seats = peer->seats,
        .microphone = peer->publisher,
        .camera = peer->publisher && !options->audio_only,
        .layers = layers,
        .fps = options->fps,
        .ntp_offset_us = member->signal->ntp_offset_us,
        .counts = true,
        .light = !peer->judged,
        .feedback_us = options->feedback_ms * 1000u,
    };
    load_signal_seed(member->signal, out->seed);
    for (unsigned i = 0; i < layers; i++)
        out->layer_bps[i] = i + 1 == layers   ? top_bps
                            : i + 2 == layers ? top_bps / 3
                                              : top_bps / 10;
    use_clips(member, out);
}

static void offer(struct load_member *member, uint32_t epoch)
{
    struct client_config config;
    configure(member, &config);
    char *sdp = malloc(SDP_BYTES);
    member->client = sdp ? client_new(&config, load_clock_us()) : NULL;
    if (!member->client || client_offer(member->client, sdp, SDP_BYTES) < 0) {
        free(sdp);
        fail(member, "offer", "out of memory, or the offer is too long");
        return;
    }
    client_set_level(member->client, LOUD_DBOV);
    if (config.camera && config.layers == 1 && !config.pictures[0])
        client_change_height(member->client, 720);
    member->step = LOAD_OFFERING;
    if (member->peer->publisher)
        queue(member, load_message_sources(config.microphone, config.camera));
    queue(member, load_message_offer(epoch, sdp, config.microphone, config.camera));
    free(sdp);
}

static void on_answer(struct load_member *member, struct load_message *message)
{
    struct client *client = member->client;
    member->client = NULL;
    member->step = LOAD_CONNECTING;
    const struct load_signal *signal = member->signal;
    int result = signal->take ? signal->take(signal->taker, client, message->sdp, message->sdp_len)
                              : load_io_add(member->io, member->peer, client, message->sdp,
                                            message->sdp_len);
    if (result != 0)
        fail(member, "out of memory", "");
}

static void on_joined(struct load_member *member, const struct load_message *message)
{
    member->session = message->session;
    if (message->minor >= LOAD_MINOR_TOGETHER)
        queue(member, load_message_together());
    const uint64_t lost_us = member->lost_us;
    if (lost_us != 0) {
        member->lost_us = 0;
        member->signal->lost--;
        member->peer->resumes++;
        histogram_add(&member->signal->resume_us, load_clock_us() - lost_us);
    }
    if (!message->sfu)
        fail(member, "join", "the room is not in mode sfu");
    else if (member->step == LOAD_ENTERING)
        offer(member, message->epoch);
}

/* As the page does: a new peer connection, by an offer of its own. */
static void on_restart(struct load_member *member, uint32_t epoch)
{
    if (member->step < LOAD_CONNECTING)
        fail(member, "the media worker was replaced", "");
    else if (member->step != LOAD_FAILED)
        offer(member, epoch);
}

static void on_message(struct load_member *member)
{
    struct load_message message;
    load_message_read(member->received, member->received_len, &message);
    switch (message.type) {
    case LOAD_MESSAGE_JOINED:
        on_joined(member, &message);
        break;
    case LOAD_MESSAGE_ANSWER:
        if (member->step == LOAD_OFFERING)
            on_answer(member, &message);
        else
            free(message.sdp);
        break;
    case LOAD_MESSAGE_ERROR:
        fail(member, member->step == LOAD_OFFERING ? "offer" : "join", message.reason);
        break;
    case LOAD_MESSAGE_PUBLISH:
        if (member->step >= LOAD_CONNECTING && member->step != LOAD_FAILED && member->io &&
            load_io_publish(member->io, member->peer, message.layers) != 0)
            fail(member, "out of memory", "");
        break;
    case LOAD_MESSAGE_RESTART:
        on_restart(member, message.epoch);
        break;
    case LOAD_MESSAGE_OTHER:
        break;
    }
}

/* In a large room most of what comes is about others; reading it all would cost more than media. */
static bool concerns(const struct load_member *member)
{
    static const char *const words[] = {"\"publish\"", "\"media-restart\"", "\"error\""};
    if (member->step < LOAD_CONNECTING || member->lost_us != 0)
        return true;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (memmem(member->received, member->received_len, words[i], strlen(words[i])))
            return true;
    return false;
}

/* ---- WebSocket ------------------------------------------------------------------------------- */

static int receive(struct load_member *member, struct lws *wsi, const char *bytes, size_t len)
{
    if (member->received_len + len > MESSAGE_BYTES)
        return -1;
    char *longer = realloc(member->received, member->received_len + len + 1);
    if (!longer)
        return -1;
    memcpy(longer + member->received_len, bytes, len);
    member->received = longer;
    member->received_len += len;
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) > 0)
        return 0;
    if (concerns(member))
        on_message(member);
    free(member->received);
    member->received = NULL;
    member->received_len = 0;
    return 0;
}

static int write_next(struct load_member *member, struct lws *wsi)
{
    if (member->leaving) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
        return -1;
    }
    if (member->queued == 0)
        return 0;
    char *message = member->queue[0];
    size_t len = strlen(message);
    unsigned char *copy = malloc(LWS_PRE + len);
    member->queued--;
    memmove(member->queue, member->queue + 1, member->queued * sizeof member->queue[0]);
    if (copy)
        memcpy(copy + LWS_PRE, message, len);
    int written = copy ? lws_write(wsi, copy + LWS_PRE, len, LWS_WRITE_TEXT) : -1;
    free(copy);
    free(message);
    if (member->queued > 0)
        lws_callback_on_writable(wsi);
    return written < 0 ? -1 : 0;
}

/* ---- resuming -------------------------------------------------------------------------------- */

/* As the page does (signalling.ts): at once, then after a while that grows, and is never quite the
 * same for two. */
static uint64_t wait_us(struct load_member *member)
{
    static const uint32_t waits_us[] = {0, 250000, 500000, 1000000, 2000000, 3000000};
    const unsigned last = sizeof waits_us / sizeof waits_us[0] - 1;
    const uint32_t base_us = waits_us[member->tries < last ? member->tries : last];
    member->tries++;
    return base_us * UINT64_C(3) / 4 + rng_u64(&member->signal->rng) % (base_us / 2 + 1);
}

/* In a call a dropped WebSocket is nothing but that: media go on. Whether it is tried again. */
static bool lose(struct load_member *member)
{
    const uint64_t now_us = load_clock_us();
    if (member->leaving || member->step < LOAD_CONNECTING || member->step == LOAD_FAILED ||
        member->session.secret[0] == '\0')
        return false;
    if (member->lost_us == 0) {
        member->lost_us = now_us;
        member->tries = 0;
        member->signal->lost++;
    }
    member->resume_at_us = now_us + wait_us(member);
    return now_us - member->lost_us < RESUME_US;
}

void load_member_resume(struct load_member *member, uint64_t now_us)
{
    if (member->lost_us == 0 || member->leaving || member->resume_at_us > now_us)
        return;
    member->resume_at_us = UINT64_MAX;
    if (open_socket(member) != 0 && !lose(member))
        fail(member, "resume", "no connection");
}

static void greet(struct load_member *member)
{
    if (member->lost_us != 0) {
        queue(member, load_message_resume(member->ticket.token, &member->session));
        return;
    }
    member->step = LOAD_ENTERING;
    queue(member, load_message_join(member->ticket.token, member->signal->options->name));
}

static void on_close_code(struct load_member *member, const unsigned char *bytes, size_t len)
{
    char code[16];
    if (len < 2 || member->leaving)
        return;
    const unsigned number = (unsigned)bytes[0] << 8 | bytes[1];
    if (number < FIRST_OF_OURS && number != LWS_CLOSE_STATUS_GOINGAWAY)
        return; /* what comes of it is decided when the socket is gone */
    snprintf(code, sizeof code, "%u", number);
    fail(member, "the server closed the WebSocket", code);
}

/* libwebsockets reads no body of a refused upgrade: its status is all there is. */
static void fail_opening(struct load_member *member, struct lws *wsi, const char *error)
{
    char status[64];
    if (member->lost_us != 0 && lose(member))
        return;
    unsigned code = lws_http_client_http_response(wsi);
    snprintf(status, sizeof status, "%u%s", code, code == 429 ? " too_many_requests" : "");
    if (code >= 400)
        fail(member, "WebSocket", status);
    else
        fail(member, "WebSocket", error ? error : "no connection");
}

int load_member_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                         size_t len)
{
    struct load_member *member = user;
    if (!member)
        return 0;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        fail_opening(member, wsi, in);
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        member->wsi = wsi;
        if (member->leaving) {
            lws_callback_on_writable(wsi);
            return 0;
        }
        greet(member);
        return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return write_next(member, wsi);
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return receive(member, wsi, in, len);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        on_close_code(member, in, len);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        member->wsi = NULL;
        if (!member->leaving && !lose(member))
            fail(member, "the server dropped the WebSocket", "");
        return 0;
    default:
        return 0;
    }
}

/* ---- afterwards ------------------------------------------------------------------------------ */

bool load_member_settled(struct load_member *member, uint64_t now_us)
{
    struct load_peer *peer = member->peer;
    uint64_t timeout_us = member->signal->options->join_timeout_s * UINT64_C(1000000);
    if (member->step == LOAD_FAILED || member->step == LOAD_INSIDE)
        return true;
    if (member->step == LOAD_CONNECTING && atomic_load(&peer->connected_us) != 0) {
        member->step = LOAD_INSIDE;
        return true;
    }
    if (member->step == LOAD_CONNECTING && atomic_load(&peer->closed_us) != 0)
        fail(member, "media", "the connection failed");
    else if (now_us - peer->begun_us > timeout_us)
        fail(member, member->step == LOAD_CONNECTING ? "media" : "join", "no answer in time");
    return member->step == LOAD_FAILED;
}

void load_member_leave(struct load_member *member)
{
    member->leaving = true;
    if (member->wsi)
        lws_callback_on_writable(member->wsi);
}

void load_member_fini(struct load_member *member)
{
    for (unsigned i = 0; i < member->queued; i++)
        free(member->queue[i]);
    free(member->received);
    load_post_fini(&member->post);
    client_free(member->client);
    *member = (struct load_member){0};
}
