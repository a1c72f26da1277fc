/* Certificate reload. */
#include "control/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <time.h>

#include "base/log.h"

static int fail(const char *path)
{
    char reason[160];
    ERR_error_string_n(ERR_peek_last_error(), reason, sizeof reason);
    ERR_clear_error();
    log_write(LOG_ERROR, "tls",
              "event=certificate_not_read path=\"%s\" reason=\"%s\" "
              "effect=\"the former one stays\"",
              path, reason);
    return -1;
}

/* A pair that does not fit together must never reach the context in use. */
static int check_pair(const char *certificate_path, const char *key_path)
{
    SSL_CTX *trial = SSL_CTX_new(TLS_server_method());
    if (trial == NULL)
        return fail(certificate_path);
    int err = 0;
    if (SSL_CTX_use_certificate_chain_file(trial, certificate_path) != 1)
        err = fail(certificate_path);
    else if (SSL_CTX_use_PrivateKey_file(trial, key_path, SSL_FILETYPE_PEM) != 1 ||
             SSL_CTX_check_private_key(trial) != 1)
        err = fail(key_path);
    SSL_CTX_free(trial);
    return err;
}

int tls_reload(void *ssl_ctx, const char *certificate_path, const char *key_path)
{
    SSL_CTX *context = ssl_ctx;
    if (check_pair(certificate_path, key_path) != 0)
        return -1;
    if (SSL_CTX_use_certificate_chain_file(context, certificate_path) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, key_path, SSL_FILETYPE_PEM) != 1)
        return fail(certificate_path);
    log_write(LOG_INFO, "tls", "event=certificate_read");
    return 0;
}

uint64_t tls_not_after_s(void *ssl_ctx)
{
    X509 *certificate = ssl_ctx != NULL ? SSL_CTX_get0_certificate(ssl_ctx) : NULL;
    struct tm fields = {0};
    if (certificate == NULL || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &fields) != 1)
        return 0;
    time_t seconds = timegm(&fields);
    return seconds > 0 ? (uint64_t)seconds : 0;
}
