/* Certificates: self-signed ones for the first start and for DTLS, and a look at configured ones.
 */
#ifndef PARLEY_CLI_CERTIFICATE_H
#define PARLEY_CLI_CERTIFICATE_H

#include "cli/setup.h"

struct dtls_context;

/* The DTLS identity of this run (P-256; RFC 8827 6.5), into setup. */
int certificate_dtls(struct setup *setup, struct setup_error *error)
    __attribute__((warn_unused_result));
/* The same for a client of ours. NULL: out of memory. */
struct dtls_context *certificate_dtls_context(void);
/* Finds the TLS certificate (configured, or data_dir/tls, made or renewed there when missing, about
 * to expire, or without one of the own addresses), checks it, and puts copies into data_dir/run.
 * Also for SIGHUP: what is wrong then leaves the former copies alone. */
int certificate_tls(struct setup *setup, struct setup_error *error)
    __attribute__((warn_unused_result));

#endif
