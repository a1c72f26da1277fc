/* What arrives in a seat, told by headers that are in clear: for crowds of receivers that do not
 * decrypt. Counts what came and what did not, and keeps the numbers to ask for again. */
#ifndef PARLEY_CLIENT_CLIENT_COUNTER_H
#define PARLEY_CLIENT_CLIENT_COUNTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client_reception.h"

#define CLIENT_COUNTER_WINDOW  512u /* repetitions are told apart in it; a power of two */
#define CLIENT_COUNTER_MISSING 32u  /* asked for at the same time */
#define CLIENT_COUNTER_SAMPLE  31u  /* one in so many is worth decrypting */

struct client_missing {
    uint64_t seq; /* extended */
    uint64_t asked_us;
    unsigned asked; /* NACKs sent for it */
};

struct client_counter {
    /* set by the owner */
    bool video;
    bool repairs; /* NACK was agreed on */
    /* state */
    bool started;
    bool key_wanted;       /* something was given up */
    unsigned until_sample; /* packets to come before the next one to decrypt */
    unsigned missing_count;
    struct client_reception reception;
    uint64_t bytes;       /* of datagrams; of first transmissions */
    uint64_t duplicates;  /* came before, or before the window */
    uint64_t repaired;    /* came as a repetition only */
    uint64_t repetitions; /* all that came */
    uint64_t key_asked_us;
    uint64_t last_us;    /* when the last packet came; before the first: see client_counter_go_on */
    uint64_t pause_us;   /* the longest between two packets, but for the next */
    uint64_t resumed_us; /* from the former connection's last packet to our first; 0: none */
    uint64_t seen[CLIENT_COUNTER_WINDOW / 64]; /* of the numbers up to the highest */
    struct client_missing missing[CLIENT_COUNTER_MISSING];
};

/* A first transmission. Whether to decrypt it. */
bool client_counter_receive(struct client_counter *counter, uint64_t now_us, uint16_t seq,
                            uint32_t timestamp, size_t bytes);
/* A repetition of the packet with this number (RFC 4588). */
void client_counter_repair(struct client_counter *counter, uint16_t seq);
/* The stream goes on from that of a connection that this one replaces. Before the first packet. */
void client_counter_go_on(struct client_counter *counter, const struct client_counter *former);
/* Sequence numbers to ask for now. */
size_t client_counter_nacks(struct client_counter *counter, uint64_t now_us,
                            uint16_t seqs[static CLIENT_COUNTER_MISSING]);
/* Whether to send a PLI now: video that was given up breaks what follows. */
bool client_counter_wants_key(struct client_counter *counter, uint64_t now_us);

/* First to highest number. */
uint64_t client_counter_expected(const struct client_counter *counter);
/* Of these never came, not even as a repetition. */
uint64_t client_counter_lost(const struct client_counter *counter);

#endif
