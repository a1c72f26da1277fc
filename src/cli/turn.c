/* A TURN server relays for whoever has a password, so what it may relay to decides whether it is a
 * hole in the firewall. Everything special is denied (IANA's special-purpose registries), except
 * the media workers' own addresses. In coturn allowed-peer-ip wins over denied-peer-ip. */
#include "cli/turn.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/data_dir.h"
#include "cli/handover.h"
#include "cli/sockets.h"

#define PORTS_TRIED 20u /* above the configured one, in auto mode */

static const char *const denied[] = {
    "0.0.0.0-0.255.255.255",       /* this network (RFC 791) */
    "10.0.0.0-10.255.255.255",     /* private (RFC 1918) */
    "100.64.0.0-100.127.255.255",  /* carrier-grade NAT (RFC 6598) */
    "127.0.0.0-127.255.255.255",   /* loopback */
    "169.254.0.0-169.254.255.255", /* link-local; the clouds' metadata service */
    "172.16.0.0-172.31.255.255",   /* private */
    "192.0.0.0-192.0.0.255",       /* IETF protocol assignments (RFC 6890) */
    "192.0.2.0-192.0.2.255",       /* documentation (RFC 5737) */
    "192.88.99.0-192.88.99.255",   /* 6to4 relay anycast (RFC 7526) */
    "192.168.0.0-192.168.255.255", /* private */
    "198.18.0.0-198.19.255.255",   /* benchmarking (RFC 2544) */
    "198.51.100.0-198.51.100.255", /* documentation */
    "203.0.113.0-203.0.113.255",   /* documentation */
    "224.0.0.0-239.255.255.255",   /* multicast */
    "240.0.0.0-255.255.255.255",   /* reserved, broadcast */
    /* IPv6: all but global unicast, 2000::/3; what is below it: write_low_ipv6(). Above it: unique
     * local (fc00::/7), link-local (fe80::/10), multicast (ff00::/8). */
    "4000::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    /* Inside global unicast. */
    "2001::-2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",     /* IETF protocol assignments, Teredo */
    "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", /* documentation */
    "2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",    /* 6to4: holds an IPv4 address */
    "3fff::-3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",     /* documentation (RFC 9637) */
};

/* ---- is it there? ---------------------------------------------------------------------------- */

bool turn_find_program(char out[static PATH_MAX])
{
    static const char *const more[] = {"/usr/bin", "/usr/sbin", "/usr/local/bin"};
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t len = strcspn(path, ":");
        snprintf(out, PATH_MAX, "%.*s/turnserver", (int)len, path);
        if (len > 0 && access(out, X_OK) == 0)
            return true;
        path += len + (path[len] == ':' ? 1 : 0);
    }
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        snprintf(out, PATH_MAX, "%s/turnserver", more[i]);
        if (access(out, X_OK) == 0)
            return true;
    }
    return false;
}

static int decide(struct setup *setup, struct setup_error *error)
{
    const struct config_turn *turn = &setup->config.turn;
    setup->turn_managed = false;
    if (turn->managed == CONFIG_MANAGED_FALSE || turn->urls.count > 0)
        return 0;
    if (turn_find_program(setup->turn_program)) {
        setup->turn_managed = true;
        return 0;
    }
    if (turn->managed == CONFIG_MANAGED_TRUE)
        return setup_fail(error, "turn.managed is true but there is no turnserver; install it (apt "
                                 "install coturn), or set turn.managed to false");
    log_write(LOG_WARN, "turn",
              "event=no_turn problem=\"turnserver is not installed: people behind strict firewalls "
              "cannot join; apt install coturn\"");
    return 0;
}

/* Debian starts a coturn of its own when the package is installed; ours then goes beside it. */
static int find_port(const char *key, uint32_t *port, bool may_move, struct setup_error *error)
{
    uint32_t wanted = *port;
    for (uint32_t i = 0; i < PORTS_TRIED && wanted + i <= 65535; i++) {
        if (sockets_port_free(wanted + i)) {
            *port = wanted + i;
            break;
        }
        if (!may_move || i + 1 == PORTS_TRIED)
            return setup_fail(error,
                              "%s: port %u is taken by another program (Debian's own coturn "
                              "service? systemctl disable --now coturn), or set %s to a free port",
                              key, wanted, key);
    }
    if (*port != wanted)
        log_write(LOG_WARN, "turn",
                  "event=port_moved key=%s from=%u to=%u problem=\"taken by another program; if "
                  "that is Debian's own coturn: systemctl disable --now coturn\"",
                  key, wanted, *port);
    return 0;
}

/* ---- configuration --------------------------------------------------------------------------- */

static void derive_secret(const struct setup *setup, char out[static CONFIG_TEXT_BYTES])
{
    static const unsigned char label[] = "parley turn 1";
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    HMAC(EVP_sha256(), setup->secret, sizeof setup->secret, label, sizeof label - 1, mac, &len);
    for (unsigned i = 0; i < len; i++)
        snprintf(out + 2 * i, 3, "%02x", mac[i]);
}

static void write_list(FILE *out, const char *key, const struct config_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        fprintf(out, "%s=%s\n", key, list->items[i]);
}

static void write_listeners(const struct setup *setup, FILE *out)
{
    const struct config_turn *turn = &setup->config.turn;
    write_list(out, "listening-ip", &turn->addresses);
    write_list(out, "relay-ip", &turn->addresses);
    fprintf(out, "listening-port=%u\nmin-port=%u\nmax-port=%u\n", turn->port, turn->min_port,
            turn->max_port);
    /* Browsers know TURN over TLS, and none over DTLS. */
    if (turn->tls_port)
        fprintf(out, "tls-listening-port=%u\ncert=%s\npkey=%s\nno-dtls\nno-tlsv1\nno-tlsv1_1\n",
                turn->tls_port, setup->certificate_path, setup->key_path);
    else
        fputs("no-tls\nno-dtls\n", out);
}

static void write_external(const struct setup *setup, FILE *out)
{
    const struct config_list *public_addresses = &setup->config.media.public_addresses;
    for (size_t i = 0; i < public_addresses->count; i++) {
        const char *text = public_addresses->items[i];
        int family = strchr(text, ':') ? NET_IPV6 : NET_IPV4;
        for (size_t j = 0; j < setup->address_count; j++) {
            char ip[NET_IP_TEXT_BYTES];
            if (setup->addresses[j].family != family)
                continue;
            net_ip_format(&setup->addresses[j], ip);
            if (strcmp(ip, text) != 0)
                fprintf(out, "external-ip=%s/%s\n", text, ip);
            break;
        }
    }
}

/* Everything below 2000::, which is ::1, IPv4-compatible, IPv4-mapped (which pass the IPv4 ranges:
 * CVE-2026-27624), NAT64 (64:ff9b::/96, 64:ff9b:1::/48), discard (100::/64).
 *
 * coturn 4.6.1 takes a range that starts with :: as one without a lower end, which denies all of
 * IPv4 too; and it compares IPv6 addresses byte by byte, each against each, so that ::1-… misses
 * whatever ends with a zero byte. So: one range for each byte that may be the one that is not zero.
 * :: itself is refused by coturn. */
static void write_low_ipv6(FILE *out)
{
    for (unsigned byte = 0; byte < 16; byte++) {
        unsigned words[8] = {0};
        words[byte / 2] = byte % 2 == 0 ? 0x100 : 1;
        fputs("denied-peer-ip=", out);
        for (unsigned i = 0; i < 8; i++)
            fprintf(out, "%x%s", words[i], i < 7 ? ":" : "-");
        fputs("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n", out);
    }
}

static void write_peers(const struct setup *setup, FILE *out)
{
    const struct config_turn *turn = &setup->config.turn;
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++)
        fprintf(out, "denied-peer-ip=%s\n", denied[i]);
    write_low_ipv6(out);
    for (size_t i = 0; i < setup->address_count; i++) {
        char ip[NET_IP_TEXT_BYTES];
        fprintf(out, "allowed-peer-ip=%s\n", net_ip_format(&setup->addresses[i], ip));
    }
    write_list(out, "allowed-peer-ip", &setup->config.media.public_addresses);
    write_list(out, "allowed-peer-ip", &turn->addresses);
    write_list(out, "allowed-peer-ip", &turn->extra_allowed_peers);
    if (turn->allow_loopback_peers)
        fputs("allow-loopback-peers\nallowed-peer-ip=127.0.0.0-127.255.255.255\n"
              "allowed-peer-ip=::1\n",
              out);
}

static void write_config(const struct setup *setup, FILE *out)
{
    const struct config_turn *turn = &setup->config.turn;
    const char *data_dir = setup->config.general.data_dir;
    fputs("# Made by parley serve at each start; changes are lost. See turn: in its "
          "configuration.\n",
          out);
    fprintf(out, "realm=%s\nuse-auth-secret\nstatic-auth-secret=%s\n", turn->realm,
            setup->turn.secret);
    write_listeners(setup, out);
    write_external(setup, out);
    fprintf(out, "user-quota=%u\ntotal-quota=%u\n", turn->user_quota, turn->total_quota);
    fputs("fingerprint\nstale-nonce=600\nno-cli\nno-tcp-relay\nno-multicast-peers\nno-rfc5780\n"
          "no-stun-backward-compatibility\nresponse-origin-only-with-rfc5780\n"
          "no-software-attribute\nlog-file=stdout\nsimple-log\n",
          out);
    fprintf(out, "pidfile=%s/run/turnserver.pid\nuserdb=%s/run/turndb\n", data_dir, data_dir);
    write_peers(setup, out);
}

static int save_config(struct setup *setup, struct setup_error *error)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return setup_fail(error, "out of memory");
    write_config(setup, out);
    fclose(out);
    int result = data_dir_write(setup, setup->turn_config_path, text, len, error);
    free(text);
    return result;
}

/* ---- what clients get ------------------------------------------------------------------------ */

static void add_url(struct control_turn *turn, const char *scheme, uint32_t port, const char *query)
{
    if (turn->urls.count < CONFIG_LIST_ITEMS)
        snprintf(turn->urls.items[turn->urls.count++], CONFIG_TEXT_BYTES, "%s:{host}:%u%s", scheme,
                 port, query);
}

static void make_urls(struct setup *setup)
{
    const struct config_turn *turn = &setup->config.turn;
    add_url(&setup->turn, "stun", turn->port, "");
    add_url(&setup->turn, "turn", turn->port, "?transport=udp");
    add_url(&setup->turn, "turn", turn->port, "?transport=tcp");
    if (turn->tls_port)
        add_url(&setup->turn, "turns", turn->tls_port, "?transport=tcp");
}

int turn_prepare(struct setup *setup, struct setup_error *error)
{
    struct config_turn *turn = &setup->config.turn;
    bool may_move = turn->managed == CONFIG_MANAGED_AUTO;
    setup->turn.credential_ttl_s = turn->credential_ttl_s;
    if (decide(setup, error) < 0)
        return -1;
    if (!setup->turn_managed) {
        setup->turn.urls = turn->urls;
        snprintf(setup->turn.secret, sizeof setup->turn.secret, "%s", turn->secret);
        return 0;
    }
    const bool runs = setup->handover && setup->handover->turn_port; /* and keeps its ports */
    if (!runs &&
        (find_port("turn.port", &turn->port, may_move, error) < 0 ||
         (turn->tls_port && find_port("turn.tls_port", &turn->tls_port, may_move, error) < 0)))
        return -1;
    derive_secret(setup, setup->turn.secret);
    make_urls(setup);
    if (setup_path(setup->turn_config_path, setup->config.general.data_dir, "run/turnserver.conf",
                   error) < 0)
        return -1;
    return save_config(setup, error);
}
