/* Checks that any client can make, from this machine or another: the server's ports, a room, media,
 * STUN and TURN as its answer to a join says. Each adds its lines to doctor->report. */
#ifndef PARLEY_CLI_DOCTOR_SERVER_H
#define PARLEY_CLI_DOCTOR_SERVER_H

#include "cli/doctor.h"

/* 0, or -1: it is no URL, and error says so. */
int doctor_server_target(const char *url, struct load_options *out,
                         char error[static LOAD_ERROR_BYTES]) __attribute__((warn_unused_result));
/* Whether a healthy or degraded server of ours answers there; then it becomes doctor->target,
 * unless there is one. change: what to do if none does; unreached: how bad that is. */
bool doctor_server_health(struct doctor *doctor, const struct load_options *target,
                          const char *what, const char *change, enum doctor_verdict unreached);
/* The certificate shown there, as a browser would take it. */
void doctor_server_certificate(struct doctor *doctor, const struct load_options *target,
                               const char *what);
/* The rest, of doctor->target: a room, media by UDP and TCP, addresses, STUN and TURN. */
void doctor_server_calls(struct doctor *doctor);

#endif
