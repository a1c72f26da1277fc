/* The command line of `parley load`. */
#ifndef PARLEY_CLI_LOAD_OPTIONS_H
#define PARLEY_CLI_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/net.h"

#define LOAD_URL_BYTES   256u
#define LOAD_MAX_THREADS 64u
#define LOAD_MAX_CLIENTS 20000u
#define LOAD_ERROR_BYTES 256u

struct load_options {
    /* from --url */
    char host[LOAD_URL_BYTES];
    unsigned port;
    bool tls;
    bool insecure; /* any certificate will do */
    /* What the host was resolved to, if somebody did; "": libwebsockets asks for it. */
    char address[NET_IP_TEXT_BYTES];
    /* the scene */
    unsigned rooms;
    unsigned publishers, subscribers; /* per room */
    bool publishers_watch;
    unsigned video_kbps; /* of the highest layer */
    unsigned fps;
    bool simulcast;
    bool audio_only;
    const char *room;     /* borrowed, as all texts here; NULL: makes its own */
    const char *name;     /* of each of its people */
    const char *pictures; /* files, with commas between; NULL: made up */
    const char *sound;    /* a file; NULL: made up */
    unsigned seats; /* per viewer, at most; 0: one for everybody watched, as far as there are any */
    /* joining */
    unsigned lead_s;    /* from the last publisher's join to the first subscriber's */
    unsigned join_rate; /* per second */
    unsigned join_concurrency;
    unsigned join_timeout_s;
    /* measuring */
    unsigned settle_s;
    unsigned duration_s;
    bool decrypt_all;
    unsigned judge_one_in; /* with decrypt sample */
    /* how the generator works */
    unsigned threads;
    unsigned feedback_ms;
    bool gro;
    const char *json_path; /* NULL: none */
    bool quiet;
};

enum load_options_result { LOAD_OPTIONS_RUN, LOAD_OPTIONS_HELP, LOAD_OPTIONS_BAD };

/* arguments[0] is "load". BAD: error says what is wrong, in one line. */
enum load_options_result load_options_parse(int count, char **arguments, struct load_options *out,
                                            char error[static LOAD_ERROR_BYTES]);
void load_options_help(FILE *out);

/* Everybody that is to join, in all rooms. */
unsigned load_options_clients(const struct load_options *options);
/* Descriptors that they take: a UDP socket and a WebSocket each, requests under way, others. */
unsigned load_options_files(const struct load_options *options);
/* Whom a client of a room sees; without publishers of our own, as many as it has seats. */
unsigned load_options_watched(const struct load_options *options, bool publisher);
/* Seats to ask for. */
unsigned load_options_seats(const struct load_options *options, bool publisher);

#endif
