/* The certificate of the HTTPS vhost. */
#ifndef PARLEY_CONTROL_TLS_H
#define PARLEY_CONTROL_TLS_H

#include <stdint.h>

/* Reads certificate chain and key into the context that new connections use; those that are open
 * keep what they have. 0, or -1 (logged) with the former certificate still in use. */
int tls_reload(void *ssl_ctx, const char *certificate_path, const char *key_path)
    __attribute__((warn_unused_result));

/* Until when the certificate in use is good, Unix time; 0: there is none. */
uint64_t tls_not_after_s(void *ssl_ctx);

#endif
