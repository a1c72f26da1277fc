/* parley doctor: looks at an installation from the outside in, and says what to change. */
#ifndef PARLEY_CLI_DOCTOR_H
#define PARLEY_CLI_DOCTOR_H

#include <jansson.h>

#include "cli/doctor_judge.h"
#include "cli/doctor_options.h"
#include "cli/doctor_report.h"
#include "cli/load_message.h"
#include "cli/load_options.h"
#include "config/config.h"

/* The arguments after "doctor". Returns the exit code: 0: all ok or warned of; 1: something failed;
 * 2 with one line on standard error: wrong arguments or configuration. */
int doctor_main(int argument_count, char **arguments);

/* ---- between its files ----------------------------------------------------------------------- */

struct doctor {
    struct doctor_options options;
    struct doctor_report report;
    uint64_t timeout_us;  /* for each thing that is waited for */
    struct config config; /* of this machine's server; defaults with --url */
    /* What answers */
    bool answers;               /* a server of ours does, at target */
    bool managed_turn;          /* it would run coturn itself */
    unsigned workers;           /* that it says it has */
    struct load_options target; /* where */
    struct net_address visible; /* how it is reached from outside; NET_NONE: not known */
    /* What it said */
    char room[LOAD_ROOM_BYTES]; /* made for the checks; "": none */
    json_t *ice_servers;        /* owned; NULL: not told */
    struct doctor_addresses announced;
};

#endif
