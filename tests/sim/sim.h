/* One engine, many clients, a network between them, and one clock: all that happens follows from
 * the seed. OpenSSL's randomness comes from the seed too, so even DTLS repeats itself, and the hash
 * takes in every byte that leaves the engine.
 *
 * While it runs it checks what must always hold:
 *   - the engine sends only to addresses from which an authenticated check came;
 *   - the engine sleeps: it never asks to be woken again and again at one moment. */
#ifndef PARLEY_TESTS_SIM_SIM_H
#define PARLEY_TESTS_SIM_SIM_H

#include "base/bytes.h"
#include "client/client.h"
#include "engine/engine.h"
#include "engine/timeline.h"
#include "sim/cubic.h"
#include "sim/network.h"

#define SIM_MAX_CLIENTS 64u
#define SIM_ROOM        UINT64_C(100)
#define SIM_FIRST_PORT  10000u /* of the public addresses: 100 for each client */

/* Who listens on the wire, beside those it is meant for; each may be NULL. */
struct sim_tap {
    void *context;
    void (*engine_sends)(void *context, const struct engine_tx *tx);
    void (*engine_receives)(void *context, const struct datagram *datagram);
    void (*client_sends)(void *context, unsigned client, const struct engine_tx *tx);
    /* new_leg: of a new peer connection, else of the one that is there. */
    void (*engine_answers)(void *context, unsigned client, bool new_leg, struct span sdp);
};

struct sim_client {
    struct client *client; /* NULL: not there */
    struct client_config config;
    uint64_t room; /* SIM_ROOM, unless changed before it joins */
    uint64_t participant;
    bool screen;         /* its video is a shared screen, not a camera */
    bool deaf;           /* answers do not reach it: signalling is lost */
    bool new_leg;        /* what the last offer asked for */
    uint16_t port;       /* of its NAT's public address; changes when it rebinds */
    uint16_t first_port; /* of the present peer connection; 0: there was none */
    struct link up, down;
    bool camera_muted, microphone_muted;
    enum engine_leg_state leg_state;
    bool left;
    bool disobedient;              /* sends all layers, whatever it is told */
    unsigned layers;               /* of the camera, that it was told to send */
    struct engine_quality quality; /* as last told */
    uint64_t quality_us;
    struct engine_seat seats[CLIENT_MAX_SEATS];
    unsigned pauses[CLIENT_MAX_SEATS]; /* how often each seat was told to be paused */
};

struct sim {
    struct engine *engine;
    struct dtls_context *identity; /* of all clients */
    struct network network;
    uint64_t now_us;
    uint64_t seed;
    uint64_t engines;
    uint32_t loudest;
    struct sim_client clients[SIM_MAX_CLIENTS];
    unsigned client_count;
    uint32_t requests;
    uint64_t hash;
    bool checked_ports[65536]; /* addresses from which the server may expect to be answered */
    unsigned speakers_events;
    uint64_t dominant; /* the last one */
    uint64_t answers, refusals;
    uint64_t junk_in_bytes, junk_out_bytes; /* of whoever is no client */
    uint64_t engine_datagrams;
    struct cubic *competitor;  /* borrowed; NULL: none */
    const struct sim_tap *tap; /* borrowed; NULL: none */
};

struct sim *sim_new(uint64_t seed);
/* loudest: as in struct engine_config. */
struct sim *sim_new_with(uint64_t seed, uint32_t loudest);
void sim_free(struct sim *sim);

/* Adds a client that has not joined; returns its number. config: seed, id and dtls are set here. */
unsigned sim_add(struct sim *sim, const struct client_config *config);
/* Gives all links of all clients these properties. */
void sim_set_links(struct sim *sim, const struct link *link);
/* Joins the room and sends the first offer. */
void sim_join(struct sim *sim, unsigned client);
/* A new RTCPeerConnection for a participant that is there (its media worker was replaced). */
void sim_new_leg(struct sim *sim, unsigned client);
/* The engine dies and a fresh one takes its place: it knows nobody. */
void sim_replace_engine(struct sim *sim);
/* What control then does for each participant: presence, and a new leg. */
void sim_rejoin(struct sim *sim, unsigned client);
void sim_ice_restart(struct sim *sim, unsigned client);
void sim_leave(struct sim *sim, unsigned client);
/* Its process ends: nobody is told. */
void sim_vanish(struct sim *sim, unsigned client);
/* sim_join() opens it, too. */
void sim_open_room(struct sim *sim, uint64_t room);
void sim_close_room(struct sim *sim, uint64_t room);
void sim_rebind(struct sim *sim, unsigned client);
void sim_partition(struct sim *sim, unsigned client, bool cut);
void sim_mute(struct sim *sim, unsigned client, bool microphone, bool camera);
/* What a client wants to see. */
void sim_view(struct sim *sim, unsigned client, const struct engine_view *views, size_t count);
void sim_look(struct sim *sim, unsigned client, const struct engine_view *views, size_t count,
              bool audio_only);
/* What a client could not mean well: a compound of its own, sent as it stands. */
void sim_send_rtcp(struct sim *sim, unsigned client, const uint8_t *bytes, size_t len);
/* A datagram from an address that is nobody's. */
void sim_junk(struct sim *sim, const uint8_t *bytes, size_t len);

void sim_run(struct sim *sim, uint64_t duration_us);

/* ---- questions ------------------------------------------------------------------------------- */

/* How many of the others' cameras (microphones) this one has played in the last `within_us`. */
unsigned sim_videos_live(const struct sim *sim, unsigned client, uint64_t within_us);
unsigned sim_audios_live(const struct sim *sim, unsigned client, uint64_t within_us);
/* Errors in all seats of all clients; prints what they are. */
uint64_t sim_errors(const struct sim *sim);
uint64_t sim_counter(const struct sim *sim, unsigned counter);
void sim_print(const struct sim *sim);
/* Each decision of the engine with its reason, one a line. */
void sim_print_timeline(const struct sim *sim);

/* Whether an engine that everybody has left keeps nothing: nobody and nothing that it counts
 * (engine/holdings.h), no timer, and of held allocations, its idle packets aside, those that were
 * there before anybody came. why: what it keeps. */
#define SIM_WHY_BYTES 256u
bool sim_is_empty(const struct sim *sim, int64_t before, int64_t held,
                  char why[static SIM_WHY_BYTES]);

/* Allocations since the start of the program, by us and by OpenSSL. */
uint64_t sim_allocations(void);
/* Allocations not freed yet. */
int64_t sim_allocations_held(void);

#endif
