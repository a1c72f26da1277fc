#include "cli/doctor_server.h"

#include <string.h>
#include <time.h>

#include "cli/doctor_http.h"
#include "cli/doctor_media.h"
#include "cli/doctor_net.h"
#include "cli/doctor_turn.h"
#include "control/turn.h"

static void add(struct doctor *doctor, const struct doctor_finding *finding)
{
    doctor_report_add(&doctor->report, finding);
}

int doctor_server_target(const char *url, struct load_options *out,
                         char error[static LOAD_ERROR_BYTES])
{
    static char load[] = "load", insecure[] = "--insecure";
    char text[LOAD_URL_BYTES + 8];
    char *arguments[] = {load, text, insecure, NULL};
    int len = snprintf(text, sizeof text, "--url=%s", url);
    if (len < 0 || (size_t)len >= sizeof text) {
        snprintf(error, LOAD_ERROR_BYTES, "--url is longer than %u bytes", LOAD_URL_BYTES);
        return -1;
    }
    if (load_options_parse(3, arguments, out, error) != LOAD_OPTIONS_RUN)
        return -1;
    out->publishers = 1;
    out->subscribers = 0;
    out->audio_only = true;
    out->name = "parley doctor";
    return 0;
}

/* ---- health and clock ------------------------------------------------------------------------ */

/* False: this is none of ours. */
static bool read_health(struct doctor *doctor, const struct doctor_reply *reply,
                        struct doctor_finding *finding)
{
    json_t *json = json_loadb(reply->body ? reply->body : "", reply->len, 0, NULL);
    const json_t *workers = json_object_get(json, "workers");
    const json_t *connected = json_object_get(json, "workers_connected");
    bool ours = json_is_integer(workers) && json_is_integer(connected);
    if (ours) {
        doctor->workers = (unsigned)json_integer_value(workers);
        doctor_says(finding, "answers; %d of %u media workers are connected",
                    (int)json_integer_value(connected), doctor->workers);
    }
    if (ours && reply->status != 200) {
        finding->verdict = DOCTOR_FAIL;
        doctor_change(finding, "%s",
                      json_is_true(json_object_get(json, "store"))
                          ? "look into its log why a worker is missing (journalctl -u parley)"
                          : "its room store does not answer: look at data_dir (disk full?)");
    }
    json_decref(json);
    return ours;
}

static void check_offset(struct doctor *doctor, const char *date)
{
    struct doctor_finding finding = doctor_finding_of("clock");
    struct tm fields = {0};
    /* RFC 9110 5.6.7: IMF-fixdate */
    if (!strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &fields))
        return;
    doctor_judge_offset((int64_t)timegm(&fields) - (int64_t)time(NULL), &finding);
    if (doctor->options.url || finding.verdict != DOCTOR_OK)
        add(doctor, &finding);
}

/* Also puts down the address, so that nobody asks DNS again without a deadline. */
static bool is_reached(struct doctor *doctor, struct load_options *target,
                       struct doctor_finding *finding, const char *change)
{
    struct doctor_net net;
    bool reached =
        doctor_net_open(&net, target->host, target->port, DOCTOR_TCP, doctor->timeout_us) == 0;
    if (!reached) {
        doctor_says(finding, "no connection to %s port %u: %s", target->host, target->port,
                    net.error);
        doctor_change(finding, "%s", change);
    } else {
        doctor->visible = net.remote;
        net_ip_format(&net.remote, target->address);
    }
    doctor_net_close(&net);
    return reached;
}

bool doctor_server_health(struct doctor *doctor, const struct load_options *server,
                          const char *what, const char *change, enum doctor_verdict unreached)
{
    struct load_options reached = *server, *target = &reached;
    struct doctor_finding finding = doctor_finding_of(what);
    struct doctor_reply reply;
    if (!is_reached(doctor, target, &finding, change)) {
        finding.verdict = unreached;
        add(doctor, &finding);
        return false;
    }
    doctor_http(target, "/healthz", NULL, doctor->timeout_us, &reply);
    bool ours = reply.error[0] == '\0' && read_health(doctor, &reply, &finding);
    if (!ours) {
        finding.verdict = unreached;
        doctor_says(&finding, "something answers, but not Parley: %s",
                    reply.error[0] ? reply.error : "no healthz");
        doctor_change(&finding,
                      "see which program has the port (ss -tlnp 'sport = :%u'), or whom the "
                      "reverse proxy passes it to",
                      target->port);
    }
    add(doctor, &finding);
    if (ours && !doctor->answers)
        check_offset(doctor, reply.date);
    if (ours) {
        doctor->answers = true;
        doctor->target = *target;
    }
    doctor_reply_fini(&reply);
    return ours;
}

void doctor_server_certificate(struct doctor *doctor, const struct load_options *target,
                               const char *what)
{
    struct doctor_finding finding = doctor_finding_of(what);
    struct doctor_certificate certificate;
    struct doctor_net net;
    if (doctor_net_open(&net, target->host, target->port, DOCTOR_TLS, doctor->timeout_us) != 0 ||
        doctor_net_certificate(&net, target->host, &certificate) != 0) {
        finding.verdict = DOCTOR_FAIL;
        doctor_says(&finding, "none is shown: %s", net.error);
        doctor_change(&finding, "look at http.certificate and http.key, or the reverse proxy's");
    } else {
        doctor_judge_certificate(&certificate, false, (int64_t)time(NULL), &finding);
    }
    doctor_net_close(&net);
    add(doctor, &finding);
}

/* ---- a room ---------------------------------------------------------------------------------- */

static void say_refusal(const struct doctor_reply *reply, struct doctor_finding *finding)
{
    char text[200];
    if (reply->error[0]) {
        doctor_says(finding, "%s", reply->error);
    } else {
        load_message_problem(reply->status, reply->body ? reply->body : "", reply->len, text,
                             sizeof text);
        doctor_says(finding, "refused: %s", text);
    }
    bool draining = strstr(finding->says, "draining") != NULL;
    finding->verdict = draining ? DOCTOR_WARN : DOCTOR_FAIL;
    doctor_change(finding, "%s",
                  draining               ? "parley serve --drain=off lets new rooms in again"
                  : reply->status == 429 ? "wait a minute, or raise limits.rooms_per_minute"
                  : reply->status == 503 ? "look at data_dir: the store cannot be written"
                                         : "look into the server's log");
}

static bool make_room(struct doctor *doctor, struct doctor_finding *finding)
{
    struct doctor_reply reply;
    doctor_http(&doctor->target, "/create-room",
                "{\"name\":\"parley doctor\",\"mode\":\"sfu\",\"capacity\":2,\"expires_in_s\":60}",
                doctor->timeout_us, &reply);
    bool made = reply.error[0] == '\0' && reply.status == 201 &&
                load_message_read_room(reply.body ? reply.body : "", reply.len, doctor->room) == 0;
    if (!made)
        say_refusal(&reply, finding);
    doctor_reply_fini(&reply);
    return made;
}

static bool ask_for_servers(struct doctor *doctor, struct doctor_finding *finding)
{
    struct doctor_reply reply;
    char path[LOAD_ROOM_BYTES + 16];
    snprintf(path, sizeof path, "/join-room/%s", doctor->room);
    doctor_http(&doctor->target, path, "{}", doctor->timeout_us, &reply);
    json_t *json = json_loadb(reply.body ? reply.body : "", reply.len, 0, NULL);
    doctor->ice_servers = json_incref(json_object_get(json, "ice_servers"));
    json_decref(json);
    if (!doctor->ice_servers)
        say_refusal(&reply, finding);
    doctor_reply_fini(&reply);
    return doctor->ice_servers != NULL;
}

static bool check_room(struct doctor *doctor)
{
    struct doctor_finding finding = doctor_finding_of("rooms");
    doctor_says(&finding, "one was made, and let in");
    bool fine = make_room(doctor, &finding) && ask_for_servers(doctor, &finding);
    add(doctor, &finding);
    return fine;
}

/* ---- media ----------------------------------------------------------------------------------- */

static const char *text_of(const struct net_address *address, char text[static 64])
{
    char ip[NET_IP_TEXT_BYTES];
    bool v6 = address->family == NET_IPV6;
    snprintf(text, 64, "%s%s%s:%u", v6 ? "[" : "", net_ip_format(address, ip), v6 ? "]" : "",
             address->port);
    return text;
}

/* From elsewhere, nobody reaches private addresses; that says nothing. */
static bool counts(const struct doctor *doctor, const struct doctor_way *way)
{
    return !doctor->options.url || !net_ip_is_special(&way->address) ||
           net_ip_is_special(&doctor->visible);
}

static void list_silent(const struct doctor *doctor, const struct doctor_media *media, char *out,
                        size_t size)
{
    char text[64];
    size_t len = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < media->count && len < size; i++)
        if (!media->ways[i].answered && counts(doctor, &media->ways[i]))
            len += (size_t)snprintf(out + len, size - len, "%s%s", len ? ", " : "",
                                    text_of(&media->ways[i].address, text));
}

static void say_open(const struct doctor *doctor, bool tcp, struct doctor_finding *finding)
{
    const struct config_media *media = &doctor->config.media;
    const char *kind = tcp ? "tcp" : "udp";
    unsigned first = tcp ? media->tcp_port : media->udp_port;
    /* As many again for an upgrade. */
    unsigned last = first + (doctor->workers ? 2 * doctor->workers - 1 : 0);
    if (doctor->options.url)
        doctor_change(finding,
                      "open the media ports for %s in the server's firewall (media.%s_port, two "
                      "per worker), and behind a NAT forward them and set media.public_addresses",
                      kind, kind);
    else
        doctor_change(finding,
                      "open %u-%u/%s in the firewall; behind a NAT forward them and set "
                      "media.public_addresses",
                      first, last, kind);
}

static void judge_media(const struct doctor *doctor, const struct doctor_media *media, bool tcp,
                        struct doctor_finding *finding)
{
    char silent[DOCTOR_TEXT_BYTES / 2], text[64];
    list_silent(doctor, media, silent, sizeof silent);
    if (media->problem[0]) {
        finding->verdict = DOCTOR_FAIL;
        doctor_says(finding, "could not be tried: %s", media->problem);
        doctor_change(finding, "look into the server's log; a reverse proxy must pass WebSockets "
                               "(deploy/nginx.conf)");
    } else if (media->count == 0) {
        finding->verdict = DOCTOR_WARN;
        doctor_says(finding, "not offered");
        doctor_change(finding, "%s",
                      tcp ? "media.tcp_port helps people whose networks have no UDP"
                          : "set media.addresses");
    } else if (media->connected) {
        finding->verdict = silent[0] ? DOCTOR_WARN : DOCTOR_OK;
        doctor_says(finding, "ICE and DTLS by %s%s%s",
                    text_of(&media->ways[media->by].address, text), silent[0] ? "; silent: " : "",
                    silent);
        if (silent[0])
            say_open(doctor, tcp, finding);
    } else if (media->ways[media->by].answered) {
        finding->verdict = DOCTOR_FAIL;
        doctor_says(finding, "ICE by %s answers, DTLS does not",
                    text_of(&media->ways[media->by].address, text));
        doctor_change(finding, "something on the way drops larger packets: look at the MTU of "
                               "tunnels and at firewalls that know DTLS");
    } else {
        finding->verdict = tcp ? DOCTOR_WARN : DOCTOR_FAIL;
        doctor_says(finding, "no answer from %s", silent[0] ? silent : "any public address");
        say_open(doctor, tcp, finding);
    }
}

static void announce(struct doctor *doctor, const struct doctor_media *media)
{
    static const struct net_address loopback = {.ip = {127, 0, 0, 1}, .family = NET_IPV4};
    struct doctor_addresses *list = &doctor->announced;
    for (unsigned i = 0; i < media->count; i++)
        if (memcmp(media->ways[i].address.ip, loopback.ip, sizeof loopback.ip) != 0 &&
            list->count < sizeof list->items / sizeof list->items[0])
            list->items[list->count++] = media->ways[i].address;
}

static void check_media(struct doctor *doctor, bool tcp)
{
    struct doctor_finding finding = doctor_finding_of(tcp ? "media over TCP" : "media over UDP");
    struct doctor_media media;
    doctor->target.room = doctor->room;
    doctor_media_try(&doctor->target, tcp ? NET_TCP : NET_UDP, doctor->timeout_us, &media);
    judge_media(doctor, &media, tcp, &finding);
    add(doctor, &finding);
    if (!tcp)
        announce(doctor, &media);
}

static void check_announced(struct doctor *doctor)
{
    struct doctor_finding finding = doctor_finding_of("addresses");
    if (!doctor->options.url && net_ip_is_special(&doctor->visible))
        doctor->visible.family = NET_NONE; /* reached from inside */
    doctor_judge_announced(&doctor->announced, &doctor->visible, &finding);
    add(doctor, &finding);
}

/* ---- STUN and TURN --------------------------------------------------------------------------- */

static void say_unanswered(const struct doctor_turn_url *url, const char *error,
                           struct doctor_finding *finding)
{
    finding->verdict = DOCTOR_FAIL;
    doctor_says(finding, "%s port %u: %s", url->host, url->port, error);
    doctor_change(finding,
                  "see that coturn runs (ps -C turnserver; parley's log), and open %u/%s in the "
                  "firewall",
                  url->port, url->tcp ? "tcp" : "udp");
}

/* coturn relays from the machine's own address unless it is told of another; what it says then
 * nobody outside reaches. */
static bool is_unreachable(const struct doctor *doctor, const struct net_address *relayed)
{
    return doctor->visible.family != NET_NONE && !net_ip_is_special(&doctor->visible) &&
           net_ip_is_special(relayed);
}

static void judge_allocation(const struct doctor *doctor, const struct doctor_turn_url *url,
                             const struct doctor_turn_result *result,
                             struct doctor_finding *finding)
{
    char text[64];
    doctor_says(finding, "%s port %u relays from %s", url->host, url->port,
                text_of(&result->relayed, text));
    if (is_unreachable(doctor, &result->relayed)) {
        finding->verdict = DOCTOR_FAIL;
        doctor_change(finding, "nobody outside reaches that: set media.public_addresses (of an "
                               "external coturn: external-ip)");
    } else if (url->tls && (result->certificate.problem[0] || !result->certificate.name_matches)) {
        finding->verdict = DOCTOR_WARN;
        doctor_says(finding, "%s port %u relays, but browsers will not trust its certificate%s%s",
                    url->host, url->port, result->certificate.problem[0] ? ": " : "",
                    result->certificate.problem);
        doctor_change(finding, "a certificate of an authority in http.certificate and http.key "
                               "(of an external coturn: cert and pkey)");
    }
}

static void check_ice_url(struct doctor *doctor, const char *text, const char *username,
                          const char *credential)
{
    struct doctor_turn_url url;
    struct doctor_turn_result result;
    char mapped[64];
    if (doctor_turn_parse_url(text, &url) != 0)
        return;
    struct doctor_finding finding = doctor_finding_of(!url.relays ? "STUN"
                                                      : url.tls   ? "TURN over TLS"
                                                      : url.tcp   ? "TURN over TCP"
                                                                  : "TURN over UDP");
    doctor_turn_try(&url, username, credential, doctor->timeout_us, &result);
    if (result.error[0])
        say_unanswered(&url, result.error, &finding);
    else if (result.code)
        doctor_judge_turn_error(result.code, doctor->managed_turn, &finding);
    else if (url.relays)
        judge_allocation(doctor, &url, &result, &finding);
    else
        doctor_says(&finding, "%s port %u sees us at %s", url.host, url.port,
                    text_of(&result.mapped, mapped));
    add(doctor, &finding);
    /* An external one sees this machine as the world does. */
    if (!doctor->options.url && !result.error[0] && !url.relays &&
        result.mapped.family != NET_NONE && !net_ip_is_special(&result.mapped))
        doctor->visible = result.mapped;
}

static void check_ice_servers(struct doctor *doctor)
{
    const json_t *server, *url;
    size_t i, j, tried = 0;
    json_array_foreach(doctor->ice_servers, i, server)
    {
        const char *username = json_string_value(json_object_get(server, "username"));
        const char *credential = json_string_value(json_object_get(server, "credential"));
        json_array_foreach(json_object_get(server, "urls"), j, url)
        {
            const char *text = json_string_value(url);
            tried += text != NULL;
            if (text)
                check_ice_url(doctor, text, username ? username : "", credential ? credential : "");
        }
    }
    if (tried > 0)
        return;
    struct doctor_finding finding = doctor_finding_of("TURN");
    finding.verdict = DOCTOR_WARN;
    doctor_says(&finding, "none: people behind strict firewalls cannot join");
    doctor_change(&finding, "apt install coturn and restart parley (turn.managed: auto), or name a "
                            "server in turn.urls and turn.secret");
    add(doctor, &finding);
}

void doctor_server_calls(struct doctor *doctor)
{
    if (!check_room(doctor))
        return;
    check_media(doctor, false);
    check_media(doctor, true);
    check_ice_servers(doctor);
    check_announced(doctor);
}
