/* One client of the crowd as signalling, media and report share it. Times are CLOCK_MONOTONIC. */
#ifndef PARLEY_CLI_LOAD_PEER_H
#define PARLEY_CLI_LOAD_PEER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LOAD_REASON_BYTES 160u

struct load_endpoint;

struct load_peer {
    /* set before anything runs */
    unsigned room;
    unsigned thread; /* whose media it is */
    bool publisher;
    bool watches; /* somebody is there to be seen */
    bool judged;  /* decrypts everything */
    bool audio_only;
    unsigned seats;
    /* signalling's */
    uint64_t begun_us;              /* its first request went out; 0: not yet */
    char reason[LOAD_REASON_BYTES]; /* why it failed; "": it did not */
    unsigned resumes;               /* how often its WebSocket dropped and came back */
    /* the media thread's, for signalling to see; 0: not yet */
    _Atomic uint64_t connected_us; /* ICE and DTLS are complete */
    _Atomic uint64_t media_us;     /* the first video came; without cameras, the first sound */
    _Atomic uint64_t key_frame_us; /* the first key frame was whole */
    _Atomic uint64_t closed_us;    /* the server ended it, or it never came about */
    struct load_endpoint *endpoint;
};

#endif
