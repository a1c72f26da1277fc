/* Between dtls_context.c and dtls.c: OpenSSL's types stay behind these two. */
#ifndef PARLEY_ENGINE_DTLS_CONTEXT_H
#define PARLEY_ENGINE_DTLS_CONTEXT_H

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "engine/dtls.h"

/* A BIO whose reads take the datagram at hand and whose writes are datagrams; its data is the
 * struct dtls. */
BIO_METHOD *dtls_datagrams_new(void);
/* Compares the peer's certificate with the fingerprint; in place of any chain verification. */
int dtls_verify(X509_STORE_CTX *store, void *unused);

/* A fresh SSL with such a BIO. NULL: out of memory. */
SSL *dtls_context_session(struct dtls_context *context, struct dtls *dtls);

#endif
