/* The signalling of `parley load` (cli/load_signal.h) for Janus: one WebSocket, one session, a
 * handle of the videoroom plugin for each client. Publishers offer; viewers come when all
 * publishers are there, get an offer, and answer. All else is parley load's, so that both servers
 * see the same crowd. A viewer takes `seats` publishers of its room, the first after its own
 * number. */
#include "cli/load_signal.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/load_clock.h"
#include "cli/load_io.h"
#include "cli/load_options.h"
#include "cli/load_peer.h"
#include "client/client.h"
#include "engine/dtls_context.h"
#include "janus_message.h"
#include "janus_sdp.h"

#define PROTOCOL  "janus-protocol"
#define TICK_US   2000
#define LEAVE_MS  500u
#define SDP_BYTES 65536u
#define LOUD_DBOV 20u

enum step { WAITING, ATTACHING, ENTERING, CONNECTING, INSIDE, FAILED };

struct load_member {
    struct load_peer *peer;
    unsigned number;
    enum step step;
    bool up; /* for Janus, too: from then on it can be watched */
    int64_t handle;
    int64_t feed;          /* of a publisher */
    struct client *client; /* owned, until a media thread has it */
};

struct queued {
    struct queued *next;
    size_t len;
    unsigned char bytes[]; /* LWS_PRE of them before the text */
};

/* The way to Janus, there once. */
struct load_room {
    struct lws *wsi;
    struct queued *first, **last;
    char *received;
    size_t received_len;
    int64_t session, handle;
    bool leaving;
};

/* ---- the WebSocket --------------------------------------------------------------------------- */

static void give_up(struct load_signal *signal, const char *what, const char *why)
{
    if (signal->problem[0] == '\0' && !signal->rooms->leaving)
        snprintf(signal->problem, sizeof signal->problem, "%s: %s", what, why);
}

/* Takes the text. */
static void say(struct load_signal *signal, char *text)
{
    struct load_room *way = signal->rooms;
    const size_t len = text ? strlen(text) : 0;
    struct queued *queued = text ? malloc(sizeof *queued + LWS_PRE + len) : NULL;
    if (queued) {
        queued->next = NULL;
        queued->len = len;
        memcpy(queued->bytes + LWS_PRE, text, len);
        *way->last = queued;
        way->last = &queued->next;
        if (way->wsi)
            lws_callback_on_writable(way->wsi);
    } else {
        give_up(signal, "Janus", "out of memory");
    }
    free(text);
}

static int write_next(struct load_room *way)
{
    struct queued *queued = way->first;
    if (way->leaving)
        return -1;
    if (!queued)
        return 0;
    const int written = lws_write(way->wsi, queued->bytes + LWS_PRE, queued->len, LWS_WRITE_TEXT);
    way->first = queued->next;
    if (!way->first)
        way->last = &way->first;
    else
        lws_callback_on_writable(way->wsi);
    free(queued);
    return written < 0 ? -1 : 0;
}

static struct janus_address to(const struct load_signal *signal, enum janus_topic topic,
                               unsigned number, int64_t handle)
{
    return (struct janus_address){
        .session = signal->rooms->session, .handle = handle, .topic = topic, .number = number};
}

/* ---- members --------------------------------------------------------------------------------- */

static void fail(struct load_signal *signal, struct load_member *member, const char *what,
                 const char *why)
{
    struct load_peer *peer = member->peer;
    if (member->step != FAILED && peer->reason[0] == '\0')
        snprintf(peer->reason, sizeof peer->reason, "%s: %s", what, why);
    member->step = FAILED;
    signal->failed++;
}

static struct client *make_client(struct load_signal *signal, const struct load_member *member,
                                  unsigned seats)
{
    const struct load_options *options = signal->options;
    const bool publisher = member->peer->publisher;
    struct client_config config = {
        .id = member->number + 1,
        .dtls = signal->dtls,
        .seats = seats,
        .microphone = publisher,
        .camera = publisher && !options->audio_only,
        .layers = 1,
        .fps = options->fps,
        .layer_bps = {options->video_kbps * 1000u},
        .ntp_offset_us = signal->ntp_offset_us,
        .counts = true,
        .light = !member->peer->judged,
        .feedback_us = options->feedback_ms * 1000u,
    };
    load_signal_seed(signal, config.seed);
    struct client *client = client_new(&config, load_clock_us());
    if (client && publisher) {
        client_set_level(client, LOUD_DBOV);
        client_change_height(client, 720);
    }
    return client;
}

/* The client is the media thread's from here on. remote: what Janus wrote, whose m-lines stand as
 * in an answer. */
static void hand_over(struct load_signal *signal, struct load_member *member, const char *remote)
{
    struct client *client = member->client;
    char *copy = strdup(remote);
    member->client = NULL;
    member->step = CONNECTING;
    if (!copy || load_io_add(signal->ios[member->peer->thread], member->peer, client, copy,
                             strlen(copy)) != 0)
        fail(signal, member, "join", "out of memory");
}

static void publish(struct load_signal *signal, struct load_member *member)
{
    static char offer[SDP_BYTES], text[SDP_BYTES];
    struct client *client = make_client(signal, member, 0);
    member->step = ENTERING;
    if (!client || client_offer(client, offer, sizeof offer) < 0 ||
        janus_sdp_offer(offer, text, sizeof text) < 0) {
        client_free(client);
        fail(signal, member, "offer", "out of memory, or too long");
        return;
    }
    member->client = client;
    say(signal, janus_message_publish(to(signal, JANUS_JOIN, member->number, member->handle),
                                      member->peer->room + 1, text));
}

static void subscribe(struct load_signal *signal, struct load_member *member)
{
    const struct load_options *options = signal->options;
    const unsigned seats = member->peer->seats;
    int64_t feeds[CLIENT_MAX_SEATS];
    /* Of a room, publishers stand in every rooms-th place, and so do viewers after them. */
    const unsigned first = (member->number / options->rooms + 1) % options->publishers;
    for (unsigned i = 0; i < seats; i++) {
        const unsigned place = (first + i) % options->publishers;
        feeds[i] = signal->members[place * options->rooms + member->peer->room].feed;
    }
    member->step = ENTERING;
    say(signal, janus_message_subscribe(to(signal, JANUS_JOIN, member->number, member->handle),
                                        member->peer->room + 1, feeds, seats));
}

static void answer(struct load_signal *signal, struct load_member *member, const char *offer)
{
    static char own[SDP_BYTES], text[SDP_BYTES];
    const uint8_t *fingerprint = dtls_context_fingerprint_sha256(signal->dtls);
    if (janus_sdp_pairs(offer) != (int)member->peer->seats) {
        fail(signal, member, "offer", "not what was asked for");
        return;
    }
    member->client = make_client(signal, member, member->peer->seats);
    if (!member->client || client_offer(member->client, own, sizeof own) < 0 ||
        janus_sdp_answer(offer, own, fingerprint, text, sizeof text) < 0) {
        fail(signal, member, "answer", "out of memory, or too long");
        return;
    }
    say(signal, janus_message_start(to(signal, JANUS_START, member->number, member->handle), text));
    hand_over(signal, member, offer);
}

static void on_member(struct load_signal *signal, struct load_member *member,
                      const struct janus_message *message)
{
    if (message->topic == JANUS_ATTACH && member->step == ATTACHING) {
        member->handle = message->id;
        if (member->peer->publisher)
            publish(signal, member);
        else
            subscribe(signal, member);
    } else if (message->topic == JANUS_JOIN && member->step == ENTERING) {
        member->feed = message->id;
        if (!message->sdp)
            fail(signal, member, "join", "no description came");
        else if (member->peer->publisher)
            hand_over(signal, member, message->sdp);
        else
            answer(signal, member, message->sdp);
    }
}

/* ---- what comes ------------------------------------------------------------------------------ */

static void on_way(struct load_signal *signal, const struct janus_message *message)
{
    struct load_room *way = signal->rooms;
    if (message->topic == JANUS_SESSION) {
        way->session = message->id;
        say(signal, janus_message_attach(to(signal, JANUS_HANDLE, 0, 0)));
        return;
    }
    if (message->topic == JANUS_HANDLE)
        way->handle = message->id;
    else
        signal->rooms_ended++;
    if (signal->rooms_asked < signal->options->rooms) {
        const unsigned room = ++signal->rooms_asked;
        say(signal,
            janus_message_room(to(signal, JANUS_ROOM, room, way->handle), room, signal->options));
    }
}

static void note_up(struct load_signal *signal, int64_t handle)
{
    for (unsigned i = 0; i < signal->begun; i++)
        if (signal->members[i].handle == handle)
            signal->members[i].up = true;
}

static void on_message(struct load_signal *signal, const char *text, size_t len)
{
    struct janus_message message;
    if (janus_message_read(text, len, &message) != 0 || message.acknowledged)
        return;
    const bool about_member = message.topic == JANUS_ATTACH || message.topic == JANUS_JOIN ||
                              message.topic == JANUS_START;
    if (about_member && message.number < signal->count) {
        struct load_member *member = &signal->members[message.number];
        if (message.problem[0])
            fail(signal, member, "join", message.problem);
        else
            on_member(signal, member, &message);
    } else if (message.topic == JANUS_UP) {
        note_up(signal, message.id);
    } else if (message.problem[0]) {
        give_up(signal, "Janus", message.problem);
    } else if (!about_member) {
        on_way(signal, &message);
    }
    free(message.sdp);
}

static int receive(struct load_signal *signal, struct lws *wsi, const char *bytes, size_t len)
{
    struct load_room *way = signal->rooms;
    char *longer = realloc(way->received, way->received_len + len);
    if (!longer)
        return -1;
    memcpy(longer + way->received_len, bytes, len);
    way->received = longer;
    way->received_len += len;
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) > 0)
        return 0;
    on_message(signal, way->received, way->received_len);
    way->received_len = 0;
    return 0;
}

static int on_socket(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len)
{
    struct load_signal *signal = user;
    if (!signal)
        return 0;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        give_up(signal, "WebSocket", in ? in : "no connection");
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        signal->rooms->wsi = wsi;
        say(signal, janus_message_create(to(signal, JANUS_SESSION, 0, 0)));
        return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return write_next(signal->rooms);
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return receive(signal, wsi, in, len);
    case LWS_CALLBACK_CLIENT_CLOSED:
        signal->rooms->wsi = NULL;
        give_up(signal, "WebSocket", "closed");
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {.name = PROTOCOL, .callback = on_socket, .rx_buffer_size = 16384},
    {.name = NULL},
};

/* ---- life ------------------------------------------------------------------------------------ */

static int connect_to(struct load_signal *signal)
{
    const struct load_options *options = signal->options;
    struct lws_client_connect_info info = {
        .context = signal->context,
        .address = options->host,
        .port = (int)options->port,
        .path = "/",
        .host = options->host,
        .protocol = PROTOCOL,
        .local_protocol_name = PROTOCOL,
        .ietf_version_or_minus_one = -1,
        .userdata = signal,
    };
    return lws_client_connect_via_info(&info) ? 0 : -1;
}

int load_signal_init(struct load_signal *signal)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .gid = -1,
        .uid = -1,
    };
    lws_set_log_level(0, NULL);
    signal->members = calloc(signal->count, sizeof *signal->members);
    signal->rooms = calloc(1, sizeof *signal->rooms);
    if (!signal->members || !signal->rooms)
        return -1;
    signal->rooms->last = &signal->rooms->first;
    for (unsigned i = 0; i < signal->count; i++) {
        signal->members[i].peer = &signal->peers[i];
        signal->members[i].number = i;
        if (signal->peers[i].publisher && signal->peers[i].watches)
            give_up(signal, "publishers only send here", "--publishers-watch no, and viewers");
    }
    signal->context = lws_create_context(&info);
    return signal->context ? connect_to(signal) : -1;
}

void load_signal_fini(struct load_signal *signal)
{
    struct load_room *way = signal->rooms;
    if (signal->context)
        lws_context_destroy(signal->context);
    for (unsigned i = 0; signal->members && i < signal->count; i++)
        client_free(signal->members[i].client);
    while (way && way->first) {
        struct queued *next = way->first->next;
        free(way->first);
        way->first = next;
    }
    if (way)
        free(way->received);
    free(way);
    free(signal->members);
}

void load_signal_seed(struct load_signal *signal, uint64_t seed[static 2])
{
    seed[0] = rng_u64(&signal->rng);
    seed[1] = rng_u64(&signal->rng);
}

/* ---- joins ----------------------------------------------------------------------------------- */

static bool settle(struct load_signal *signal, struct load_member *member, uint64_t now_us)
{
    const uint64_t timeout_us = signal->options->join_timeout_s * UINT64_C(1000000);
    struct load_peer *peer = member->peer;
    if (member->step == CONNECTING && atomic_load(&peer->connected_us) != 0 && member->up)
        member->step = INSIDE;
    else if (member->step == CONNECTING && atomic_load(&peer->closed_us) != 0)
        fail(signal, member, "media", "the connection failed");
    else if (member->step < INSIDE && now_us - peer->begun_us > timeout_us)
        fail(signal, member, member->step == CONNECTING ? "media" : "join", "no answer in time");
    return member->step >= INSIDE;
}

/* Viewers can name publishers that are there only. */
static bool may_begin(const struct load_signal *signal)
{
    const unsigned publishers = signal->options->rooms * signal->options->publishers;
    return signal->active_count < signal->options->join_concurrency &&
           (signal->begun != publishers || signal->active_count == 0);
}

static void look_after_joins(struct load_signal *signal, uint64_t now_us)
{
    signal->active_count = 0;
    for (unsigned i = 0; i < signal->begun; i++)
        signal->active_count += !settle(signal, &signal->members[i], now_us);
    if (signal->rooms_ended < signal->options->rooms || signal->begun == signal->count ||
        now_us < signal->next_join_us || !may_begin(signal))
        return;
    struct load_member *member = &signal->members[signal->begun++];
    member->peer->begun_us = now_us;
    member->step = ATTACHING;
    signal->active_count++;
    signal->next_join_us = now_us + 1000000u / signal->options->join_rate;
    say(signal, janus_message_attach(to(signal, JANUS_ATTACH, member->number, 0)));
}

bool load_signal_settled(const struct load_signal *signal)
{
    return signal->problem[0] || (signal->begun == signal->count && signal->active_count == 0);
}

static void on_tick(lws_sorted_usec_list_t *timer)
{
    (void)timer; /* that lws_service() returns is all it is for */
}

static void serve_once(struct load_signal *signal, unsigned us)
{
    lws_sorted_usec_list_t timer;
    memset(&timer, 0, sizeof timer);
    lws_sul_schedule(signal->context, 0, &timer, on_tick, us);
    lws_service(signal->context, 0);
    lws_sul_schedule(signal->context, 0, &timer, on_tick, LWS_SET_TIMER_USEC_CANCEL);
}

void load_signal_serve(struct load_signal *signal, unsigned ms)
{
    const uint64_t until_us = load_clock_us() + ms * UINT64_C(1000);
    do {
        serve_once(signal, load_signal_settled(signal) ? 10 * TICK_US : TICK_US);
        look_after_joins(signal, load_clock_us());
    } while (load_clock_us() < until_us);
}

void load_signal_leave(struct load_signal *signal)
{
    const uint64_t until_us = load_clock_us() + LEAVE_MS * UINT64_C(1000);
    signal->rooms->leaving = true;
    if (signal->rooms->wsi)
        lws_callback_on_writable(signal->rooms->wsi);
    while (signal->rooms->wsi && load_clock_us() < until_us)
        serve_once(signal, TICK_US);
}
