#include "cli/certificate.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/data_dir.h"
#include "engine/dtls.h"

/* Browsers refuse server certificates good for more than 398 days. */
#define TLS_DAYS       397
#define TLS_RENEW_DAYS 30
#define DTLS_DAYS      3650 /* lives as long as the process does */
#define DAY_S          86400L
#define FILE_MAX_BYTES (64u * 1024u)

/* ---- making ---------------------------------------------------------------------------------- */

static bool add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool fine = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return fine;
}

static bool set_serial(X509 *certificate)
{
    unsigned char bytes[8];
    uint64_t serial;
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    memcpy(&serial, bytes, sizeof serial);
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), (serial >> 1) | 1) == 1;
}

static bool fill(X509 *certificate, EVP_PKEY *key, int days, const char *san)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    bool fine = X509_set_version(certificate, X509_VERSION_3) && set_serial(certificate) &&
                X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) &&
                X509_gmtime_adj(X509_getm_notAfter(certificate), days * DAY_S) &&
                X509_set_pubkey(certificate, key) &&
                X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                           (const unsigned char *)"Parley", -1, -1, 0) &&
                X509_set_issuer_name(certificate, name);
    if (fine && san)
        fine = add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
               add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
               add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
               add_extension(certificate, NID_subject_alt_name, san);
    return fine && X509_sign(certificate, key, EVP_sha256()) > 0;
}

static bool bio_text(BIO *bio, char out[static SETUP_PEM_BYTES])
{
    char *bytes;
    long len = BIO_get_mem_data(bio, &bytes);
    if (len <= 0 || len >= (long)SETUP_PEM_BYTES)
        return false;
    memcpy(out, bytes, (size_t)len);
    out[len] = '\0';
    return true;
}

static bool to_pem(X509 *certificate, EVP_PKEY *key, char certificate_pem[static SETUP_PEM_BYTES],
                   char key_pem[static SETUP_PEM_BYTES])
{
    BIO *first = BIO_new(BIO_s_mem()), *second = BIO_new(BIO_s_mem());
    bool fine = first && second && PEM_write_bio_X509(first, certificate) &&
                PEM_write_bio_PrivateKey(second, key, NULL, NULL, 0, NULL, NULL) &&
                bio_text(first, certificate_pem) && bio_text(second, key_pem);
    BIO_free(first);
    BIO_free(second);
    return fine;
}

/* san: NULL for a bare one. */
static int make(int days, const char *san, char certificate_pem[static SETUP_PEM_BYTES],
                char key_pem[static SETUP_PEM_BYTES], struct setup_error *error)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    bool fine = key && certificate && fill(certificate, key, days, san) &&
                to_pem(certificate, key, certificate_pem, key_pem);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return fine ? 0
                : setup_fail(error, "OpenSSL cannot make a certificate: %s",
                             ERR_reason_error_string(ERR_peek_last_error()));
}

int certificate_dtls(struct setup *setup, struct setup_error *error)
{
    return make(DTLS_DAYS, NULL, setup->dtls_certificate, setup->dtls_key, error);
}

struct dtls_context *certificate_dtls_context(void)
{
    struct setup *setup = calloc(1, sizeof *setup);
    struct setup_error error;
    struct dtls_context *context = NULL;
    if (setup && certificate_dtls(setup, &error) == 0)
        context = dtls_context_new(setup->dtls_certificate, setup->dtls_key);
    free(setup);
    return context;
}

/* ---- looking --------------------------------------------------------------------------------- */

static X509 *read_certificate(const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    X509 *certificate = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;
    BIO_free(file);
    return certificate;
}

static EVP_PKEY *read_key(const char *path)
{
    /* An empty password: an encrypted key must fail, not ask on the terminal. */
    static char no_password[] = "";
    BIO *file = BIO_new_file(path, "r");
    EVP_PKEY *key = file ? PEM_read_bio_PrivateKey(file, NULL, NULL, no_password) : NULL;
    BIO_free(file);
    return key;
}

static int look(const char *certificate_path, const char *key_path, struct setup_error *error)
{
    int result = 0;
    X509 *certificate = read_certificate(certificate_path);
    EVP_PKEY *key = read_key(key_path);
    if (access(certificate_path, R_OK) < 0)
        result = setup_fail(error,
                            "http.certificate: cannot read %s: %s; correct the path or the "
                            "file's rights",
                            certificate_path, strerror(errno));
    else if (access(key_path, R_OK) < 0)
        result = setup_fail(error,
                            "http.key: cannot read %s: %s; correct the path or the file's "
                            "rights",
                            key_path, strerror(errno));
    else if (!certificate)
        result = setup_fail(error,
                            "http.certificate: %s holds no PEM certificate; give the full "
                            "chain in PEM",
                            certificate_path);
    else if (!key)
        result = setup_fail(error, "http.key: %s holds no unencrypted PEM private key", key_path);
    else if (X509_check_private_key(certificate, key) != 1)
        result = setup_fail(error, "http.key: %s does not belong to the certificate %s", key_path,
                            certificate_path);
    EVP_PKEY_free(key);
    X509_free(certificate);
    ERR_clear_error();
    return result;
}

/* Whether the self-signed one is still good for the present addresses. */
static bool is_current(const struct setup *setup, const char *path)
{
    time_t limit = time(NULL) + TLS_RENEW_DAYS * DAY_S;
    X509 *certificate = read_certificate(path);
    bool current = certificate && X509_cmp_time(X509_get0_notAfter(certificate), &limit) > 0;
    for (size_t i = 0; current && i < setup->address_count; i++) {
        char ip[NET_IP_TEXT_BYTES];
        net_ip_format(&setup->addresses[i], ip);
        current = X509_check_ip_asc(certificate, ip, 0) == 1;
    }
    X509_free(certificate);
    ERR_clear_error();
    return current;
}

static int make_self_signed(const struct setup *setup, const char *certificate_path,
                            const char *key_path, struct setup_error *error)
{
    char san[1024], certificate_pem[SETUP_PEM_BYTES], key_pem[SETUP_PEM_BYTES];
    char host[256];
    size_t len = (size_t)snprintf(san, sizeof san, "DNS:localhost,IP:127.0.0.1,IP:::1");
    if (gethostname(host, sizeof host) == 0 && host[0] &&
        host[strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.")] ==
            '\0' &&
        strcmp(host, "localhost") != 0)
        len += (size_t)snprintf(san + len, sizeof san - len, ",DNS:%s", host);
    for (size_t i = 0; i < setup->address_count && len < sizeof san; i++) {
        char ip[NET_IP_TEXT_BYTES];
        len += (size_t)snprintf(san + len, sizeof san - len, ",IP:%s",
                                net_ip_format(&setup->addresses[i], ip));
    }
    if (make(TLS_DAYS, san, certificate_pem, key_pem, error) < 0)
        return -1;
    log_write(LOG_INFO, "setup", "event=certificate_made path=%s", certificate_path);
    if (data_dir_write(setup, key_path, key_pem, strlen(key_pem), error) < 0)
        return -1;
    return data_dir_write(setup, certificate_path, certificate_pem, strlen(certificate_pem), error);
}

/* ---- copies for the children ----------------------------------------------------------------- */

static int copy(const struct setup *setup, const char *from, const char *to,
                struct setup_error *error)
{
    char bytes[FILE_MAX_BYTES];
    FILE *file = fopen(from, "re");
    if (!file)
        return setup_fail(error, "cannot read %s: %s", from, strerror(errno));
    size_t len = fread(bytes, 1, sizeof bytes, file);
    bool fine = !ferror(file) && len < sizeof bytes;
    fclose(file);
    if (!fine)
        return setup_fail(error, "cannot read %s, or it is longer than 64 KiB", from);
    int result = data_dir_write(setup, to, bytes, len, error);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return result;
}

int certificate_tls(struct setup *setup, struct setup_error *error)
{
    const struct config *config = &setup->config;
    const char *data_dir = config->general.data_dir;
    char certificate[PATH_MAX], key[PATH_MAX];
    setup->self_signed = config->http.certificate[0] == '\0';
    if (setup_path(setup->certificate_path, data_dir, "run/certificate.pem", error) < 0 ||
        setup_path(setup->key_path, data_dir, "run/key.pem", error) < 0 ||
        setup_path(certificate, data_dir, "tls/certificate.pem", error) < 0 ||
        setup_path(key, data_dir, "tls/key.pem", error) < 0)
        return -1;
    if (!setup->self_signed) {
        snprintf(certificate, sizeof certificate, "%s", config->http.certificate);
        snprintf(key, sizeof key, "%s", config->http.key);
    } else if (!is_current(setup, certificate) || access(key, R_OK) < 0) {
        if (make_self_signed(setup, certificate, key, error) < 0)
            return -1;
    }
    if (look(certificate, key, error) < 0 || copy(setup, key, setup->key_path, error) < 0)
        return -1;
    return copy(setup, certificate, setup->certificate_path, error);
}
