/* Every key that there is, in the order in which it is printed. */
#include "config/keys.h"

#include <string.h>

#include "config/check.h"

#define AT(field) offsetof(struct config, field)
#define TEXT(s, n, field, standard, allowed, check, help)                                          \
    {                                                                                              \
        s, n, KEY_TEXT, AT(field), 0, 0, "", NULL, standard, allowed, check, help                  \
    }
#define SECRET(s, n, field, standard, allowed, check, help)                                        \
    {                                                                                              \
        s, n, KEY_TEXT, AT(field), 0, 0, "", NULL, standard, allowed, check, help, true            \
    }
#define LIST(s, n, field, standard, allowed, check, help)                                          \
    {                                                                                              \
        s, n, KEY_LIST, AT(field), 0, 0, "", NULL, standard, allowed, check, help                  \
    }
#define NUMBER(s, n, field, standard, min, max, unit, help)                                        \
    {                                                                                              \
        s, n, KEY_NUMBER, AT(field), min, max, unit, NULL, standard, NULL, NULL, help              \
    }
#define CHOICE(s, n, field, standard, choices, help)                                               \
    {                                                                                              \
        s, n, KEY_CHOICE, AT(field), 0, 0, "", choices, standard, NULL, NULL, help                 \
    }
#define BOOL(s, n, field, standard, help)                                                          \
    {                                                                                              \
        s, n, KEY_BOOL, AT(field), 0, 0, "", NULL, standard, NULL, NULL, help                      \
    }

const struct config_section config_sections[] = {
    {"", "General"},
    {"log", "What is written to standard error"},
    {"http", "The web page, REST and WebSocket"},
    {"media", "The media workers: ICE, DTLS, SRTP"},
    {"rooms", "Rooms, and how they change between direct and forwarded media"},
    {"turn", "STUN and TURN (coturn)"},
    {"limits", "What one address, one socket, the whole server may do"},
};
const size_t config_section_count = sizeof config_sections / sizeof config_sections[0];

/* clang-format off */
const struct config_key config_keys[] = {
    TEXT("", "data_dir", general.data_dir, "data", "a directory", check_filled,
         "Where rooms, secrets and own certificates are kept; made at first start"),
    TEXT("", "user", general.user, "", "a user name, or empty", NULL,
         "Who the child processes run as when started as root. Empty: parley, if there is such a "
         "user, else nobody"),

    CHOICE("log", "level", log.level, "info", "error|warn|info|debug",
           "SIGHUP reads it again"),

    LIST("http", "addresses", http.addresses, "::", "IP addresses", check_ip,
         "To listen on; :: is every address, IPv4 too"),
    NUMBER("http", "port", http.port, "8080", 0, 65535, "", "Plain HTTP; 0: none"),
    NUMBER("http", "tls_port", http.tls_port, "8443", 0, 65535, "", "HTTPS; 0: none"),
    TEXT("http", "certificate", http.certificate, "", "a PEM file, or empty", NULL,
         "Certificate chain for HTTPS and TURN over TLS. Empty: a self-signed one is made in "
         "data_dir/tls. SIGHUP reads it again"),
    TEXT("http", "key", http.key, "", "a PEM file, or empty", NULL,
         "The certificate's private key"),
    TEXT("http", "public_url", http.public_url, "", "http(s)://host[:port], or empty", check_url,
         "How browsers reach this server, for links and the Origin check. Empty: as each request "
         "says"),
    SECRET("http", "api_key", http.api_key, "", "32 or more letters and digits, or empty", check_key,
         "With which other backends sign passes for their people (parley token makes them, too). "
         "Empty: no passes"),
    LIST("http", "allowed_origins", http.allowed_origins, "", "origins like https://example.org",
         check_url, "Other sites whose pages may use REST and WebSocket"),
    TEXT("http", "web_root", http.web_root, "", "a directory, or empty", NULL,
         "The built web page. Empty: web/dist beside the build, else share/parley/web"),
    LIST("http", "trusted_proxies", http.trusted_proxies, "", "IP addresses or CIDR ranges",
         check_ip_or_cidr, "Reverse proxies whose X-Forwarded-For and -Proto are believed"),

    NUMBER("media", "workers", media.workers, "0", 0, 64, "", "Processes; 0: one per core"),
    NUMBER("media", "room_part", media.room_part, "100", 0, 4096, "",
           "Participants of one room in one worker; those who come then go to the worker with the "
           "fewest, and the room lies in several. 0: a room never does"),
    NUMBER("media", "udp_port", media.udp_port, "7900", 1, 65535, "",
           "Of the first worker; each further one takes the next"),
    NUMBER("media", "tcp_port", media.tcp_port, "7900", 0, 65535, "",
           "ICE-TCP of the first worker, for networks without UDP; 0: none"),
    TEXT("media", "xdp_interface", media.xdp_interface, "", "a network interface, or empty", NULL,
         "Single packets and short runs leave by it past the UDP stack (AF_XDP), a third of the "
         "cost; worker i takes its queue i. Needs a start as root; firewall rules for output and "
         "traffic shaping do not see these packets. Empty: everything by the socket"),
    LIST("media", "addresses", media.addresses, "", "IP addresses", check_ip,
         "Own addresses to offer to browsers. Empty: those of this machine"),
    LIST("media", "public_addresses", media.public_addresses, "", "IP addresses", check_ip,
         "Offered instead, when the server stands behind a NAT that forwards its ports"),
    NUMBER("media", "max_participants", media.max_participants, "200", 2, 4096, "",
           "Per worker; memory is set aside for so many"),
    NUMBER("media", "loudest", media.loudest, "5", 1, 16, "microphones",
           "Of a room, forwarded at the same time: those of the loudest. All others are silent for "
           "everybody until they are louder"),

    CHOICE("rooms", "mode", rooms.mode, "auto", "auto|p2p|sfu",
           "auto: two people talk directly, three or more through the server"),
    NUMBER("rooms", "capacity", rooms.capacity, "50", 2, 4096, "people",
           "Of a room that asks for none"),
    NUMBER("rooms", "p2p_return_s", rooms.p2p_return_s, "10", 1, 3600, "s",
           "Two are left for so long: back to the direct connection"),
    NUMBER("rooms", "p2p_timeout_s", rooms.p2p_timeout_s, "8", 1, 60, "s",
           "No direct connection within this: through the server"),
    NUMBER("rooms", "switch_timeout_s", rooms.switch_timeout_s, "10", 1, 60, "s",
           "At most so long both connections are kept during a change"),
    NUMBER("rooms", "resume_s", rooms.resume_s, "30", 1, 600, "s",
           "A participant whose WebSocket dropped keeps the place for so long"),
    NUMBER("rooms", "lobby_s", rooms.lobby_s, "600", 1, 86400, "s",
           "Nobody let somebody in from the lobby within this: sent away"),
    NUMBER("rooms", "expiry_h", rooms.expiry_h, "720", 1, 87600, "h",
           "A room that nobody entered for so long is removed"),
    NUMBER("rooms", "chat_history", rooms.chat_history, "200", 0, 1000, "messages",
           "Kept per room for those who join later"),

    CHOICE("turn", "managed", turn.managed, "auto", "auto|true|false",
           "Whether to run coturn. auto: if turnserver is installed and no urls are given"),
    NUMBER("turn", "port", turn.port, "3478", 1, 65535, "", "STUN and TURN by UDP and TCP"),
    NUMBER("turn", "tls_port", turn.tls_port, "5349", 0, 65535, "", "TURN over TLS; 0: none"),
    NUMBER("turn", "min_port", turn.min_port, "49160", 1024, 65535, "", "Of relayed media"),
    NUMBER("turn", "max_port", turn.max_port, "49999", 1024, 65535, "", "Of relayed media"),
    TEXT("turn", "realm", turn.realm, "parley", "a name", check_word, "Of TURN's authentication"),
    LIST("turn", "urls", turn.urls, "", "stun:, turn: and turns: URLs", check_turn_url,
         "Of an external server, used instead of an own coturn"),
    SECRET("turn", "secret", turn.secret, "", "letters and digits, or empty", check_word,
         "Shared with the external server (coturn's static-auth-secret). Not needed for an own one"),
    NUMBER("turn", "credential_ttl_s", turn.credential_ttl_s, "3600", 60, 3600, "s",
           "How long a TURN password is good"),
    LIST("turn", "addresses", turn.addresses, "", "IP addresses", check_ip,
         "coturn listens on and relays from. Empty: those of this machine"),
    LIST("turn", "extra_allowed_peers", turn.extra_allowed_peers, "",
         "addresses or ranges like 203.0.113.0-203.0.113.255", check_ip_or_range,
         "Private or special addresses to which coturn may relay all the same"),
    BOOL("turn", "allow_loopback_peers", turn.allow_loopback_peers, "false",
         "Lets coturn relay to this machine's loopback. For tests only"),
    NUMBER("turn", "user_quota", turn.user_quota, "12", 1, 1000, "allocations",
           "Per participant"),
    NUMBER("turn", "total_quota", turn.total_quota, "1200", 1, 100000, "allocations", "In all"),

    NUMBER("limits", "rooms_per_minute", limits.rooms_per_minute, "30", 1, 100000, "",
           "Rooms that one address may create"),
    NUMBER("limits", "joins_per_minute", limits.joins_per_minute, "120", 1, 100000, "",
           "Joins that one address may ask for"),
    NUMBER("limits", "timelines_per_minute", limits.timelines_per_minute, "60", 1, 100000, "",
           "Pages of rooms' timelines that one address may read"),
    NUMBER("limits", "passwords_per_minute", limits.passwords_per_minute, "30", 1, 100000, "",
           "Room passwords that one address may try"),
    NUMBER("limits", "sockets_per_address", limits.sockets_per_address, "100", 1, 100000, "",
           "WebSockets open at the same time"),
    NUMBER("limits", "messages_per_second", limits.messages_per_second, "50", 1, 10000, "",
           "On one WebSocket, on average"),
    NUMBER("limits", "message_burst", limits.message_burst, "300", 1, 100000, "",
           "On one WebSocket, at once"),
    NUMBER("limits", "rooms", limits.rooms, "100000", 1, 10000000, "", "In the store"),
    NUMBER("limits", "sockets", limits.sockets, "2000", 1, 100000, "", "WebSockets in all"),
    NUMBER("limits", "media_connections_per_address", limits.media_connections_per_address, "100",
           1, 10000, "", "ICE-TCP connections to one worker"),
    NUMBER("limits", "cpu_percent", limits.cpu_percent, "85", 1, 100, "",
           "Of a processor: while control or a room's media worker takes more, nobody new gets in "
           "(503); 100: never refused"),
};
/* clang-format on */
const size_t config_key_count = sizeof config_keys / sizeof config_keys[0];

const struct config_key *config_key_find(const char *section, const char *name, size_t name_len)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        if (strcmp(key->section, section) == 0 && strlen(key->name) == name_len &&
            memcmp(key->name, name, name_len) == 0)
            return key;
    }
    return NULL;
}
