/* The configuration: one flat value, so that it can be copied, compared and handed to a child
 * process as bytes. Every key is described once, in config/keys.c: from that table come the YAML
 * reader, the environment overrides, --print-config and docs/configuration.md.
 *
 * Order of precedence: PARLEY_<SECTION>_<KEY> in the environment, the file, the default. */
#ifndef PARLEY_CONFIG_CONFIG_H
#define PARLEY_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_TEXT_BYTES  256u /* with the NUL */
#define CONFIG_LIST_ITEMS  16u
#define CONFIG_ERROR_BYTES 512u

struct config_list {
    size_t count;
    char items[CONFIG_LIST_ITEMS][CONFIG_TEXT_BYTES];
};

enum config_log_level { CONFIG_LOG_ERROR, CONFIG_LOG_WARN, CONFIG_LOG_INFO, CONFIG_LOG_DEBUG };
enum config_room_mode { CONFIG_MODE_AUTO, CONFIG_MODE_P2P, CONFIG_MODE_SFU };
enum config_managed { CONFIG_MANAGED_AUTO, CONFIG_MANAGED_TRUE, CONFIG_MANAGED_FALSE };

struct config_general {
    char data_dir[CONFIG_TEXT_BYTES];
    char user[CONFIG_TEXT_BYTES]; /* who the children run as when started as root; "": auto */
};

struct config_log {
    uint32_t level; /* enum config_log_level */
};

struct config_http {
    struct config_list addresses;        /* to listen on */
    uint32_t port;                       /* 0: no plain HTTP */
    uint32_t tls_port;                   /* 0: no HTTPS */
    char certificate[CONFIG_TEXT_BYTES]; /* PEM path; "": self-signed in data_dir/tls */
    char key[CONFIG_TEXT_BYTES];
    char api_key[CONFIG_TEXT_BYTES];    /* signs passes; "": none are taken */
    char public_url[CONFIG_TEXT_BYTES]; /* "https://meet.example.org"; "": from each request */
    struct config_list allowed_origins; /* besides the server's own */
    char web_root[CONFIG_TEXT_BYTES];   /* "": found next to the binary */
    struct config_list trusted_proxies; /* whose X-Forwarded-For counts: addresses or CIDR */
};

struct config_media {
    uint32_t workers;                      /* 0: one per core */
    uint32_t room_part;                    /* participants of a room in one worker; 0: all */
    uint32_t udp_port;                     /* of worker 0; worker i has udp_port + i */
    uint32_t tcp_port;                     /* likewise; 0: no ICE-TCP */
    char xdp_interface[CONFIG_TEXT_BYTES]; /* "": all by the UDP socket */
    struct config_list addresses;          /* own addresses to offer; empty: found */
    struct config_list public_addresses;   /* offered instead (server behind a 1:1 NAT) */
    uint32_t max_participants;             /* per worker */
    uint32_t loudest;                      /* microphones of a room forwarded at the same time */
};

struct config_rooms {
    uint32_t mode; /* enum config_room_mode, for rooms that ask for none */
    uint32_t capacity;
    uint32_t p2p_return_s; /* two are left for so long: back to P2P */
    uint32_t p2p_timeout_s;
    uint32_t switch_timeout_s;
    uint32_t resume_s;
    uint32_t lobby_s;      /* so long somebody may wait to be let in */
    uint32_t expiry_h;     /* a room nobody entered for so long goes */
    uint32_t chat_history; /* messages kept per room */
};

struct config_turn {
    uint32_t managed; /* enum config_managed */
    uint32_t port;
    uint32_t tls_port; /* 0: no TURN over TLS */
    uint32_t min_port;
    uint32_t max_port;
    char realm[CONFIG_TEXT_BYTES];
    struct config_list urls;        /* of an external server */
    char secret[CONFIG_TEXT_BYTES]; /* shared with it */
    uint32_t credential_ttl_s;
    struct config_list addresses;           /* coturn listens and relays on; empty: all own */
    struct config_list extra_allowed_peers; /* "203.0.113.0-203.0.113.255" or one address */
    bool allow_loopback_peers;              /* tests on one machine only */
    uint32_t user_quota;                    /* allocations per credential */
    uint32_t total_quota;
};

struct config_limits {
    uint32_t rooms_per_minute; /* per address, like the next three */
    uint32_t joins_per_minute;
    uint32_t timelines_per_minute;
    uint32_t passwords_per_minute;
    uint32_t sockets_per_address;
    uint32_t messages_per_second; /* per WebSocket */
    uint32_t message_burst;
    uint32_t rooms;                         /* in the store */
    uint32_t sockets;                       /* in all */
    uint32_t media_connections_per_address; /* ICE-TCP, per worker */
    uint32_t cpu_percent;                   /* of one processor, per process */
};

struct config {
    struct config_general general; /* keys at the top level of the file */
    struct config_log log;
    struct config_http http;
    struct config_media media;
    struct config_rooms rooms;
    struct config_turn turn;
    struct config_limits limits;
};

/* All defaults. */
void config_default(struct config *config);
/* Reads a YAML file over what *config holds. 0, or -1 with one line in error that names file, line,
 * key and what is allowed. */
int config_load_file(struct config *config, const char *path, char error[static CONFIG_ERROR_BYTES])
    __attribute__((warn_unused_result));
/* The same from memory; name stands for the file in errors. */
int config_load_text(struct config *config, const char *name, const char *text, size_t len,
                     char error[static CONFIG_ERROR_BYTES]) __attribute__((warn_unused_result));
/* Applies PARLEY_* of a NULL-terminated environment; an unknown key in a known section is an error
 * as well. */
int config_load_environment(struct config *config, char *const *environment,
                            char error[static CONFIG_ERROR_BYTES])
    __attribute__((warn_unused_result));
/* What no single key can tell: min_port above max_port, a certificate without a key, … */
int config_check(const struct config *config, char error[static CONFIG_ERROR_BYTES])
    __attribute__((warn_unused_result));

/* Every key with its value and a comment that explains it; YAML that config_load_file reads. */
void config_print(const struct config *config, FILE *out);
/* docs/configuration.md. */
void config_print_markdown(FILE *out);

#endif
