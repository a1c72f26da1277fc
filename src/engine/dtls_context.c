/* What all DTLS sessions share: certificate, key, and what is offered and accepted. */
#include "engine/dtls_context.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/srtp.h>

/* RFC 8827 6.5: "All implementations MUST support DTLS 1.2 with
 * TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 and the P-256 curve". */
#define CIPHERS                                                                                    \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                                   \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"                                   \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
#define GROUPS        "X25519:P-256"
#define SRTP_PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80"

/* OpenSSL fills a datagram without counting what AEAD adds to its last record (3.0.22): explicit
 * nonce and tag, RFC 5288 3. */
#define AEAD_OVERHEAD_BYTES 24u

struct dtls_context {
    /* owned */
    SSL_CTX *ssl;
    BIO_METHOD *datagrams;
    /* state */
    uint8_t fingerprint[DTLS_SHA256_BYTES];
};

static const struct {
    const char *name;
    enum dtls_hash hash;
    size_t bytes;
} hashes[] = {
    {"sha-256", DTLS_HASH_SHA256, 32},
    {"sha-384", DTLS_HASH_SHA384, 48},
    {"sha-512", DTLS_HASH_SHA512, 64},
};

enum dtls_hash dtls_hash_of_name(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
        if (len == strlen(hashes[i].name) && strncasecmp(name, hashes[i].name, len) == 0)
            return hashes[i].hash;
    return DTLS_HASH_NONE;
}

size_t dtls_hash_bytes(enum dtls_hash hash)
{
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
        if (hash == hashes[i].hash)
            return hashes[i].bytes;
    return 0;
}

static X509 *read_certificate(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    return certificate;
}

static EVP_PKEY *read_key(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

    BIO_free(bio);
    return key;
}

static int use_identity(struct dtls_context *context, const char *certificate_pem,
                        const char *private_key_pem)
{
    X509 *certificate = read_certificate(certificate_pem);
    EVP_PKEY *key = read_key(private_key_pem);
    unsigned len = sizeof(context->fingerprint);
    int result = -1;

    if (certificate != NULL && key != NULL &&
        SSL_CTX_use_certificate(context->ssl, certificate) == 1 &&
        SSL_CTX_use_PrivateKey(context->ssl, key) == 1 &&
        SSL_CTX_check_private_key(context->ssl) == 1 &&
        X509_digest(certificate, EVP_sha256(), context->fingerprint, &len) == 1)
        result = 0;
    EVP_PKEY_free(key);
    X509_free(certificate);
    return result;
}

static int set_policy(SSL_CTX *ssl)
{
    SSL_CTX_set_options(ssl, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                 SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(ssl, DTLS_MAX_HANDSHAKE_BYTES);
    SSL_CTX_set_quiet_shutdown(ssl, 0);
    if (SSL_CTX_set_min_proto_version(ssl, DTLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(ssl, CIPHERS) != 1 || SSL_CTX_set1_groups_list(ssl, GROUPS) != 1)
        return -1;
    /* Of all functions of OpenSSL, this one returns 0 for success. */
    return SSL_CTX_set_tlsext_use_srtp(ssl, SRTP_PROFILES) == 0 ? 0 : -1;
}

struct dtls_context *dtls_context_new(const char *certificate_pem, const char *private_key_pem)
{
    struct dtls_context *context = calloc(1, sizeof(*context));

    if (context == NULL)
        return NULL;
    ERR_clear_error();
    context->ssl = SSL_CTX_new(DTLS_method());
    context->datagrams = dtls_datagrams_new();
    if (context->ssl == NULL || context->datagrams == NULL || set_policy(context->ssl) != 0 ||
        use_identity(context, certificate_pem, private_key_pem) != 0) {
        dtls_context_free(context);
        ERR_clear_error();
        return NULL;
    }
    SSL_CTX_set_verify(context->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context->ssl, dtls_verify, NULL);
    return context;
}

void dtls_context_free(struct dtls_context *context)
{
    if (context == NULL)
        return;
    SSL_CTX_free(context->ssl);
    BIO_meth_free(context->datagrams);
    free(context);
}

const uint8_t *dtls_context_fingerprint_sha256(const struct dtls_context *context)
{
    return context->fingerprint;
}

SSL *dtls_context_session(struct dtls_context *context, struct dtls *dtls)
{
    SSL *ssl = SSL_new(context->ssl);
    BIO *bio = BIO_new(context->datagrams);

    if (ssl == NULL || bio == NULL) {
        SSL_free(ssl);
        BIO_free(bio);
        return NULL;
    }
    BIO_set_data(bio, dtls);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_mtu(ssl, DTLS_MTU_BYTES - AEAD_OVERHEAD_BYTES);
    return ssl;
}
