#include "cli/doctor_judge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/control.h"

#define DAY_S         INT64_C(86400)
#define WARN_DAYS     14
#define OFFSET_WARN_S 5
/* A join token is good for a minute, and TURN credentials count by the clock of both ends. */
#define OFFSET_FAIL_S 30
#define MS_PER_US     1000
/* SOCKET_BYTES of worker/udp.c; deploy/90-parley.conf gives twice as much. */
#define BUFFER_BYTES (4u * 1024 * 1024)

/* ---- certificate ----------------------------------------------------------------------------- */

static void format_day(int64_t unix_s, char text[static 16])
{
    time_t seconds = (time_t)unix_s;
    struct tm day = {0};
    gmtime_r(&seconds, &day);
    if (strftime(text, 16, "%Y-%m-%d", &day) == 0)
        text[0] = '\0';
}

static void judge_trust(const struct doctor_certificate *certificate, const char *day,
                        struct doctor_finding *out)
{
    if (certificate->self_signed) {
        out->verdict = DOCTOR_WARN;
        doctor_says(out, "self-signed, good until %s: browsers warn, and take no TURN over TLS",
                    day);
        doctor_change(out, "get one from a certificate authority (certbot) and name its files in "
                           "http.certificate and http.key");
    } else if (!certificate->name_matches) {
        out->verdict = DOCTOR_FAIL;
        doctor_says(out, "is not for this host name");
        doctor_change(out, "get one that names the host, or use the name that it is for");
    } else if (certificate->problem[0]) {
        out->verdict = DOCTOR_FAIL;
        doctor_says(out, "browsers will not trust it: %s", certificate->problem);
        doctor_change(out, "give the whole chain (fullchain.pem, not cert.pem) in "
                           "http.certificate, from an authority that browsers know");
    } else {
        out->verdict = DOCTOR_OK;
        doctor_says(out, "good until %s", day);
    }
}

void doctor_judge_certificate(const struct doctor_certificate *certificate, bool own, int64_t now_s,
                              struct doctor_finding *out)
{
    char day[16];
    int64_t left_s = certificate->not_after_s - now_s;
    format_day(certificate->not_after_s, day);
    const char *renew = own ? "restart parley, which makes a new one"
                            : "renew it (certbot renew), then systemctl reload parley";
    if (left_s <= 0) {
        out->verdict = DOCTOR_FAIL;
        doctor_says(out, "expired on %s", day);
        doctor_change(out, "%s", renew);
    } else if (certificate->not_before_s > now_s) {
        out->verdict = DOCTOR_FAIL;
        doctor_says(out, "is not valid yet");
        doctor_change(out, "set this machine's clock, or wait");
    } else if (left_s < WARN_DAYS * DAY_S) {
        out->verdict = DOCTOR_WARN;
        doctor_says(out, "expires on %s, in %" PRId64 " days", day, left_s / DAY_S);
        doctor_change(out, "%s", renew);
    } else {
        judge_trust(certificate, day, out);
    }
}

/* ---- clock ----------------------------------------------------------------------------------- */

void doctor_judge_offset(int64_t offset_s, struct doctor_finding *out)
{
    int64_t off_s = offset_s < 0 ? -offset_s : offset_s;
    out->verdict = off_s < OFFSET_WARN_S   ? DOCTOR_OK
                   : off_s < OFFSET_FAIL_S ? DOCTOR_WARN
                                           : DOCTOR_FAIL;
    if (out->verdict == DOCTOR_OK) {
        doctor_says(out, "the server's clock agrees with this one");
        return;
    }
    doctor_says(out, "the server's clock is %" PRId64 " s %s this one", off_s,
                offset_s < 0 ? "behind" : "ahead of");
    doctor_change(out, "synchronise both (timedatectl set-ntp true): certificates and TURN "
                       "passwords count by the clock");
}

void doctor_judge_sync(bool synchronised, int64_t error_us, struct doctor_finding *out)
{
    out->verdict = synchronised ? DOCTOR_OK : DOCTOR_WARN;
    if (synchronised) {
        doctor_says(out, "synchronised, to %" PRId64 " ms at worst", error_us / MS_PER_US);
        return;
    }
    doctor_says(out, "nothing says that it is synchronised");
    doctor_change(out, "apt install chrony, or timedatectl set-ntp true (in a container: on its "
                       "host)");
}

/* ---- limits ---------------------------------------------------------------------------------- */

void doctor_judge_files(uint64_t files, uint32_t sockets, bool running, struct doctor_finding *out)
{
    uint64_t needed = (uint64_t)sockets + CONTROL_FILES_BESIDE;
    const char *whose = running ? "the server" : "a server started from here";
    out->verdict = files >= needed ? DOCTOR_OK : DOCTOR_FAIL;
    doctor_says(out, "%s may open %" PRIu64 ", limits.sockets (%u) needs %" PRIu64, whose, files,
                sockets, needed);
    if (out->verdict != DOCTOR_OK)
        doctor_change(out, "LimitNOFILE=65536 in its systemd unit (ulimit -n 65536 in a shell), or "
                           "a lower limits.sockets");
}

void doctor_judge_buffers(uint64_t receive, uint64_t send, struct doctor_finding *out)
{
    bool enough = receive >= BUFFER_BYTES && send >= BUFFER_BYTES;
    out->verdict = enough ? DOCTOR_OK : DOCTOR_WARN;
    doctor_says(out, "rmem_max %" PRIu64 ", wmem_max %" PRIu64 "; a media worker asks for %u",
                receive, send, BUFFER_BYTES);
    if (!enough)
        doctor_change(out, "copy deploy/90-parley.conf to /etc/sysctl.d/ and run sysctl --system");
}

/* ---- coturn ---------------------------------------------------------------------------------- */

struct version {
    unsigned parts[4];
};

/* Each from the project's advisories (github.com/coturn/coturn/security/advisories) and its change
 * log. fixed: the first version without it. */
static const struct hole {
    const char *name, *what;
    struct version since, fixed;
    bool guarded; /* closed by our configuration */
    bool arm64;   /* only there */
} holes[] = {
    {"CVE-2020-4067", "answers hold bytes of other people's packets", {{0}}, {{4, 5, 1, 3}}, 0, 0},
    {"CVE-2020-26262", "relays to this machine's loopback", {{0}}, {{4, 5, 2}}, 0, 0},
    {"CVE-2025-69217", "nonces can be guessed", {{4, 6, 2}}, {{4, 8}}, 0, 0},
    {"CVE-2026-27624", "IPv4-mapped addresses pass denied-peer-ip", {{0}}, {{4, 9}}, true, 0},
    {"CVE-2026-40613", "one packet stops it on ARM64", {{0}}, {{4, 10}}, 0, true},
};

static bool parse_version(const char *text, struct version *out)
{
    *out = (struct version){{0}};
    text += strcspn(text, "0123456789");
    for (size_t i = 0; i < 4; i++) {
        char *end;
        unsigned long part = strtoul(text, &end, 10);
        if (end == text)
            return i > 0;
        out->parts[i] = (unsigned)part;
        if (*end != '.')
            return true;
        text = end + 1;
    }
    return true;
}

static bool is_below(const struct version *a, const struct version *b)
{
    for (size_t i = 0; i < 4; i++)
        if (a->parts[i] != b->parts[i])
            return a->parts[i] < b->parts[i];
    return false;
}

void doctor_judge_coturn(const char *text, bool guarded, bool arm64, struct doctor_finding *out)
{
    struct version version;
    char list[DOCTOR_TEXT_BYTES] = "", shown[32];
    size_t len = 0, shown_len = strcspn(text, "\r\n");
    shown_len = shown_len < sizeof shown ? shown_len : sizeof shown - 1;
    memcpy(shown, text, shown_len);
    shown[shown_len] = '\0';
    if (!parse_version(text, &version)) {
        out->verdict = DOCTOR_WARN;
        doctor_says(out, "turnserver --version does not say which it is");
        doctor_change(out, "apt install --reinstall coturn");
        return;
    }
    for (size_t i = 0; i < sizeof holes / sizeof holes[0]; i++) {
        const struct hole *hole = &holes[i];
        if (is_below(&version, &hole->since) || !is_below(&version, &hole->fixed) ||
            (guarded && hole->guarded) || (hole->arm64 && !arm64))
            continue;
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%s (%s)", len ? ", " : "",
                                hole->name, hole->what);
    }
    out->verdict = len ? DOCTOR_WARN : DOCTOR_OK;
    doctor_says(out, "%s%s%s", shown, len ? " has " : ", no hole known that matters here", list);
    if (len)
        doctor_change(out, "update it; a distribution's package may hold the repair under the old "
                           "number: its changelog names the CVE then (apt changelog coturn)");
}

/* ---- addresses ------------------------------------------------------------------------------- */

static bool has(const struct doctor_addresses *list, const struct net_address *address)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].family == address->family &&
            memcmp(list->items[i].ip, address->ip, sizeof address->ip) == 0)
            return true;
    return false;
}

static void write_addresses(const struct doctor_addresses *list, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < list->count && len < size; i++) {
        char ip[NET_IP_TEXT_BYTES];
        len += (size_t)snprintf(out + len, size - len, "%s%s", i ? ", " : "",
                                net_ip_format(&list->items[i], ip));
    }
}

void doctor_judge_announced(const struct doctor_addresses *announced,
                            const struct net_address *visible, struct doctor_finding *out)
{
    char list[DOCTOR_TEXT_BYTES / 2], ip[NET_IP_TEXT_BYTES];
    bool public = false;
    for (size_t i = 0; i < announced->count; i++)
    public |= !net_ip_is_special(&announced->items[i]);
    write_addresses(announced, list, sizeof list);
    doctor_says(out, "browsers are told %s", announced->count ? list : "none");
    bool outside = visible->family != NET_NONE && !net_ip_is_special(visible);
    if (outside && !has(announced, visible)) {
        net_ip_format(visible, ip);
        out->verdict = public ? DOCTOR_WARN : DOCTOR_FAIL;
        doctor_says(out, "browsers are told %s; from outside the server is %s",
                    announced->count ? list : "none", ip);
        doctor_change(out, "media.public_addresses: [%s], if media comes in there%s", ip,
                      public ? " as well" : "");
    } else if (announced->count == 0) {
        out->verdict = DOCTOR_FAIL;
        doctor_change(out, "set media.addresses");
    } else if (!public && !outside && visible->family == NET_NONE) {
        out->verdict = DOCTOR_WARN;
        doctor_change(out, "fine in a private network; else set media.public_addresses to the "
                           "address that the world reaches this machine by");
    } else {
        out->verdict = DOCTOR_OK;
    }
}

/* ---- TURN ------------------------------------------------------------------------------------ */

void doctor_judge_turn_error(unsigned code, bool managed, struct doctor_finding *out)
{
    out->verdict = DOCTOR_FAIL;
    doctor_says(out, "refuses with error %u", code);
    switch (code) {
    case 401: /* Unauthenticated */
    case 441: /* Wrong Credentials */
        doctor_says(out, "does not take the server's passwords (error %u)", code);
        doctor_change(out, "%s",
                      managed ? "another coturn has the port: systemctl disable --now coturn, "
                                "then restart parley"
                              : "turn.secret must be the static-auth-secret of that coturn, with "
                                "use-auth-secret set there, and both clocks right");
        return;
    case 403: /* Forbidden */
        doctor_change(out, "look at its allowed and denied addresses");
        return;
    case 486: /* Allocation Quota Reached */
        doctor_change(out, "raise turn.user_quota or turn.total_quota");
        return;
    case 508: /* Insufficient Capacity */
        doctor_change(out, "widen turn.min_port..turn.max_port, or raise turn.total_quota");
        return;
    default:
        doctor_change(out, "look at coturn's log (log.level: debug)");
    }
}
