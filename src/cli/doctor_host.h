/* Checks of this machine: whether what the configuration names is there and enough. Each adds its
 * lines to doctor->report. */
#ifndef PARLEY_CLI_DOCTOR_HOST_H
#define PARLEY_CLI_DOCTOR_HOST_H

#include "cli/doctor.h"

/* The certificate's file. With a server that answers on its TLS port (shown: what it showed there;
 * NULL: nothing) also whether it has read it. */
void doctor_host_certificate(struct doctor *doctor, const struct doctor_certificate *shown);
/* The media ports of each worker: listened on, or, with no server running, free. */
void doctor_host_media_ports(struct doctor *doctor);
void doctor_host_clock(struct doctor *doctor);
/* Of the running server where it can be found, else of what would be started from here. */
void doctor_host_files(struct doctor *doctor);
void doctor_host_buffers(struct doctor *doctor);
/* Its version, or that it is missing; also sets doctor->managed_turn. */
void doctor_host_coturn(struct doctor *doctor);

#endif
