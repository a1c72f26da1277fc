/* One DTLS session. OpenSSL does the protocol; this file owns the datagrams, the deadline, and the
 * rule that a stranger's packet never ends a handshake. */
#include "engine/dtls.h"

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/srtp.h>

#include "base/assert.h"
#include "engine/dtls_context.h"

/* RFC 6347 4.2.4.1 says 1 s and double; WebRTC uses 50 ms, since a call waits for it. */
#define FIRST_TIMEOUT_US 100000u
#define LAST_TIMEOUT_US  1600000u
/* Fresh starts after a handshake was spoilt by something that is not the peer's certificate. */
#define MAX_RESTARTS 8u

/* RFC 6347 4.1: type (1), version (2), epoch (2), sequence number (6), length (2) */
#define RECORD_HEADER_BYTES 13u
#define RECORD_ALERT        21u
/* An alert of two bytes, encrypted: header, explicit nonce, tag, and room for a longer MAC. */
#define GOODBYE_BYTES 96u

struct dtls {
    /* borrowed */
    struct dtls_context *context;
    const uint8_t *in; /* during dtls_receive: what OpenSSL has not read yet */
    size_t in_len;
    dtls_send *send;
    void *send_context;
    /* owned */
    SSL *ssl; /* NULL: retired */
    /* state */
    enum dtls_role role;
    enum dtls_state state;
    enum dtls_hash hash;
    uint8_t fingerprint[DTLS_FINGERPRINT_BYTES];
    bool wrong_certificate;
    unsigned restarts;
    size_t handshake_bytes;
    uint64_t deadline_us;
    uint64_t wake_us;
    bool retiring;
    uint8_t goodbye[GOODBYE_BYTES]; /* close_notify of a retired session */
    uint8_t goodbye_len;
};

/* ---- the BIO: one read is one datagram, one write is one datagram ---------------------------- */

static int datagram_read(BIO *bio, char *out, size_t size, size_t *read)
{
    struct dtls *dtls = BIO_get_data(bio);
    size_t len = dtls->in_len < size ? dtls->in_len : size;

    BIO_clear_retry_flags(bio);
    if (dtls->in_len == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    memcpy(out, dtls->in, len);
    dtls->in_len = 0;
    *read = len;
    return 1;
}

/* Unencrypted alerts stay here: they would answer, and could be provoked by, unauthenticated
 * bytes; a peer believes them. */
static bool is_plain_alert(const uint8_t *bytes, size_t len)
{
    return len >= RECORD_HEADER_BYTES && bytes[0] == RECORD_ALERT && bytes[3] == 0 && bytes[4] == 0;
}

static int datagram_write(BIO *bio, const char *bytes, size_t len, size_t *written)
{
    struct dtls *dtls = BIO_get_data(bio);
    const uint8_t *records = (const uint8_t *)bytes;

    BIO_clear_retry_flags(bio);
    if (dtls->retiring && len <= GOODBYE_BYTES) {
        memcpy(dtls->goodbye, records, len);
        dtls->goodbye_len = (uint8_t)len;
    } else if (!dtls->retiring && !is_plain_alert(records, len))
        dtls->send(dtls->send_context, records, len);
    *written = len;
    return 1;
}

static long datagram_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return DTLS_MTU_BYTES;
    default:
        return 0;
    }
}

BIO_METHOD *dtls_datagrams_new(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");

    if (method == NULL)
        return NULL;
    if (BIO_meth_set_read_ex(method, datagram_read) != 1 ||
        BIO_meth_set_write_ex(method, datagram_write) != 1 ||
        BIO_meth_set_ctrl(method, datagram_ctrl) != 1) {
        BIO_meth_free(method);
        return NULL;
    }
    return method;
}

/* ---- the peer's certificate ------------------------------------------------------------------ */

static const EVP_MD *digest_of(enum dtls_hash hash)
{
    switch (hash) {
    case DTLS_HASH_SHA256:
        return EVP_sha256();
    case DTLS_HASH_SHA384:
        return EVP_sha384();
    case DTLS_HASH_SHA512:
        return EVP_sha512();
    case DTLS_HASH_NONE:
        break;
    }
    return NULL;
}

int dtls_verify(X509_STORE_CTX *store, void *unused)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct dtls *dtls = BIO_get_data(SSL_get_rbio(ssl));
    X509 *certificate = X509_STORE_CTX_get0_cert(store);
    const EVP_MD *digest = digest_of(dtls->hash);
    uint8_t actual[EVP_MAX_MD_SIZE];
    unsigned len = sizeof(actual);

    (void)unused;
    if (certificate != NULL && digest != NULL &&
        X509_digest(certificate, digest, actual, &len) == 1 && len == dtls_hash_bytes(dtls->hash) &&
        CRYPTO_memcmp(actual, dtls->fingerprint, len) == 0)
        return 1;
    dtls->wrong_certificate = true;
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

/* ---- life ------------------------------------------------------------------------------------ */

/* OpenSSL calls it with 0 for a flight's first timeout, then with the one before. */
static unsigned next_timeout(SSL *ssl, unsigned timeout_us)
{
    (void)ssl;
    if (timeout_us == 0)
        return FIRST_TIMEOUT_US;
    return timeout_us >= LAST_TIMEOUT_US / 2 ? LAST_TIMEOUT_US : timeout_us * 2;
}

static int open_session(struct dtls *dtls)
{
    SSL *ssl = dtls_context_session(dtls->context, dtls);

    if (ssl == NULL)
        return -1;
    if (dtls->role == DTLS_SERVER)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    DTLS_set_timer_cb(ssl, next_timeout);
    SSL_free(dtls->ssl);
    dtls->ssl = ssl;
    return 0;
}

struct dtls *dtls_new(const struct dtls_config *config, uint64_t now_us)
{
    struct dtls *dtls = calloc(1, sizeof(*dtls));

    if (dtls == NULL)
        return NULL;
    dtls->context = config->context;
    dtls->role = config->role;
    dtls->send = config->send;
    dtls->send_context = config->send_context;
    dtls->hash = config->hash;
    memcpy(dtls->fingerprint, config->fingerprint, sizeof(dtls->fingerprint));
    dtls->deadline_us = now_us + DTLS_DEADLINE_US;
    dtls->wake_us = dtls->deadline_us;
    if (open_session(dtls) != 0) {
        dtls_free(dtls);
        return NULL;
    }
    return dtls;
}

void dtls_free(struct dtls *dtls)
{
    if (dtls == NULL)
        return;
    SSL_free(dtls->ssl);
    free(dtls);
}

enum dtls_state dtls_state(const struct dtls *dtls)
{
    return dtls->state;
}

uint64_t dtls_wake_at(const struct dtls *dtls)
{
    return dtls->wake_us;
}

static void set_wake(struct dtls *dtls, uint64_t now_us)
{
    struct timeval left;
    uint64_t retransmit_us;

    dtls->wake_us = UINT64_MAX;
    if (dtls->state != DTLS_HANDSHAKING)
        return;
    dtls->wake_us = dtls->deadline_us;
    if (DTLSv1_get_timeout(dtls->ssl, &left) != 1)
        return;
    retransmit_us = now_us + (uint64_t)left.tv_sec * 1000000u + (uint64_t)left.tv_usec;
    if (retransmit_us < dtls->wake_us)
        dtls->wake_us = retransmit_us;
}

/* ---- running --------------------------------------------------------------------------------- */

/* A spoilt handshake starts anew, so that whoever can spoof the peer's address has to keep on
 * doing it; a certificate that is not the peer's ends it. */
static void on_handshake_error(struct dtls *dtls)
{
    dtls->in_len = 0;
    if (dtls->wrong_certificate || dtls->role == DTLS_CLIENT || dtls->restarts++ >= MAX_RESTARTS ||
        open_session(dtls) != 0)
        dtls->state = DTLS_FAILED;
}

static void on_handshake_done(struct dtls *dtls)
{
    const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(dtls->ssl);

    dtls->state = profile != NULL ? DTLS_CONNECTED : DTLS_FAILED;
}

static void run_handshake(struct dtls *dtls)
{
    int result = SSL_do_handshake(dtls->ssl);

    if (result == 1) {
        on_handshake_done(dtls);
        return;
    }
    switch (SSL_get_error(dtls->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        break;
    default:
        on_handshake_error(dtls);
    }
}

/* After the handshake only alerts and repeated Finished messages matter; there is no data. */
static void run_connected(struct dtls *dtls)
{
    uint8_t scratch[256];
    int result;

    do {
        result = SSL_read(dtls->ssl, scratch, sizeof(scratch));
    } while (result > 0);
    switch (SSL_get_error(dtls->ssl, result)) {
    case SSL_ERROR_ZERO_RETURN:
        dtls->state = DTLS_CLOSED;
        break;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        break;
    default:
        dtls->state = DTLS_FAILED;
    }
}

static void run(struct dtls *dtls)
{
    ERR_clear_error();
    if (dtls->state == DTLS_HANDSHAKING)
        run_handshake(dtls);
    if (dtls->state == DTLS_CONNECTED)
        run_connected(dtls);
    ERR_clear_error();
}

void dtls_start(struct dtls *dtls, uint64_t now_us)
{
    if (dtls->state == DTLS_HANDSHAKING)
        run(dtls);
    set_wake(dtls, now_us);
}

void dtls_receive(struct dtls *dtls, uint64_t now_us, const uint8_t *bytes, size_t len)
{
    if ((dtls->state != DTLS_HANDSHAKING && dtls->state != DTLS_CONNECTED) || dtls->ssl == NULL)
        return;
    if (dtls->state == DTLS_HANDSHAKING) {
        if (dtls->handshake_bytes + len > DTLS_MAX_HANDSHAKE_BYTES)
            return;
        dtls->handshake_bytes += len;
    }
    dtls->in = bytes;
    dtls->in_len = len;
    run(dtls);
    dtls->in = NULL;
    dtls->in_len = 0;
    set_wake(dtls, now_us);
}

void dtls_tick(struct dtls *dtls, uint64_t now_us)
{
    if (dtls->state != DTLS_HANDSHAKING || now_us < dtls->wake_us)
        return;
    if (now_us >= dtls->deadline_us) {
        dtls->state = DTLS_FAILED;
    } else {
        ERR_clear_error();
        if (DTLSv1_handle_timeout(dtls->ssl) < 0)
            on_handshake_error(dtls);
        ERR_clear_error();
    }
    set_wake(dtls, now_us);
}

void dtls_close(struct dtls *dtls)
{
    if (dtls->state != DTLS_CONNECTED)
        return;
    ERR_clear_error();
    if (dtls->ssl != NULL)
        (void)SSL_shutdown(dtls->ssl);
    else if (dtls->goodbye_len > 0)
        dtls->send(dtls->send_context, dtls->goodbye, dtls->goodbye_len);
    ERR_clear_error();
    dtls->state = DTLS_CLOSED;
    dtls->wake_us = UINT64_MAX;
}

void dtls_retire(struct dtls *dtls)
{
    if (dtls->state != DTLS_CONNECTED || dtls->ssl == NULL)
        return;
    ERR_clear_error();
    dtls->retiring = true;
    (void)SSL_shutdown(dtls->ssl);
    dtls->retiring = false;
    SSL_free(dtls->ssl);
    dtls->ssl = NULL;
    ERR_clear_error();
}

/* RFC 5764 4.2:
 *
 *     +------------+------------+-------------+-------------+
 *     | client key | server key | client salt | server salt |
 *     +------------+------------+-------------+-------------+ */
int dtls_export_srtp(const struct dtls *dtls, struct srtp_config *out)
{
    static const char label[] = "EXTRACTOR-dtls_srtp";
    const SRTP_PROTECTION_PROFILE *selected = SSL_get_selected_srtp_profile(dtls->ssl);
    bool client = dtls->role == DTLS_CLIENT;
    struct srtp_master *client_master = client ? &out->local : &out->remote;
    struct srtp_master *server_master = client ? &out->remote : &out->local;
    uint8_t block[2 * (SRTP_MAX_KEY_BYTES + SRTP_MAX_SALT_BYTES)];
    size_t key_len, salt_len;

    PARLEY_ASSERT(dtls->state == DTLS_CONNECTED && selected != NULL);
    out->profile = (enum srtp_profile)selected->id;
    key_len = srtp_profile_key_bytes(out->profile);
    salt_len = srtp_profile_salt_bytes(out->profile);
    if (SSL_export_keying_material(dtls->ssl, block, 2 * (key_len + salt_len), label,
                                   sizeof(label) - 1, NULL, 0, 0) != 1)
        return -1;
    memset(&out->local, 0, sizeof(out->local));
    memset(&out->remote, 0, sizeof(out->remote));
    memcpy(client_master->key, block, key_len);
    memcpy(server_master->key, block + key_len, key_len);
    memcpy(client_master->salt, block + 2 * key_len, salt_len);
    memcpy(server_master->salt, block + 2 * key_len + salt_len, salt_len);
    OPENSSL_cleanse(block, sizeof(block));
    return 0;
}
