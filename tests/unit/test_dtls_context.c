#include "test.h"

#include <string.h>

#include "engine/dtls.h"
#include "engine/dtls_context.h"
#include "support/identities.h"

static void a_pair_of_certificate_and_key_is_needed(void **state)
{
    struct dtls_context *context;

    (void)state;
    context = dtls_context_new(identity_server_certificate, identity_server_key);
    assert_non_null(context);
    dtls_context_free(context);
    dtls_context_free(NULL);
    assert_null(dtls_context_new(identity_server_certificate, identity_client_key));
    assert_null(dtls_context_new("", ""));
    assert_null(dtls_context_new(identity_server_certificate, "junk"));
}

/* As `openssl x509 -fingerprint -sha256` prints it. */
static void the_fingerprint_is_that_of_the_certificate(void **state)
{
    static const uint8_t expected[4] = {0xC9, 0x93, 0x0F, 0xE3};
    struct dtls_context *context =
        dtls_context_new(identity_server_certificate, identity_server_key);

    (void)state;
    assert_memory_equal(dtls_context_fingerprint_sha256(context), expected, sizeof(expected));
    dtls_context_free(context);
}

static void only_strong_hashes_have_a_name(void **state)
{
    (void)state;
    assert_int_equal(dtls_hash_of_name("sha-256", 7), DTLS_HASH_SHA256);
    assert_int_equal(dtls_hash_of_name("SHA-512", 7), DTLS_HASH_SHA512);
    assert_int_equal(dtls_hash_of_name("sha-384", 7), DTLS_HASH_SHA384);
    assert_int_equal(dtls_hash_of_name("sha-1", 5), DTLS_HASH_NONE);
    assert_int_equal(dtls_hash_of_name("md5", 3), DTLS_HASH_NONE);
    assert_int_equal(dtls_hash_of_name("sha-2567", 8), DTLS_HASH_NONE);
    assert_int_equal(dtls_hash_of_name("sha-256", 6), DTLS_HASH_NONE);
    assert_int_equal(dtls_hash_bytes(DTLS_HASH_SHA384), 48);
    assert_int_equal(dtls_hash_bytes(DTLS_HASH_NONE), 0);
}

/* OWASP ASVS 5.0, 17.2.2. */
static void only_ephemeral_keys_aead_and_strong_srtp_are_taken(void **state)
{
    struct dtls_context *context =
        dtls_context_new(identity_server_certificate, identity_server_key);
    SSL *ssl = dtls_context_session(context, NULL);
    STACK_OF(SSL_CIPHER) *ciphers = SSL_get1_supported_ciphers(ssl);

    (void)state;
    assert_int_equal(SSL_get_min_proto_version(ssl), DTLS1_2_VERSION);
    assert_true(sk_SSL_CIPHER_num(ciphers) > 0);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);
        assert_int_equal(SSL_CIPHER_get_kx_nid(cipher), NID_kx_ecdhe);
        assert_true(SSL_CIPHER_is_aead(cipher));
        assert_true(SSL_CIPHER_get_bits(cipher, NULL) >= 128);
    }
    static const unsigned long strong[] = {SRTP_AEAD_AES_128_GCM, SRTP_AEAD_AES_256_GCM,
                                           SRTP_AES128_CM_SHA1_80};
    STACK_OF(SRTP_PROTECTION_PROFILE) *profiles = SSL_get_srtp_profiles(ssl);
    assert_int_equal(sk_SRTP_PROTECTION_PROFILE_num(profiles), 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(sk_SRTP_PROTECTION_PROFILE_value(profiles, i)->id, strong[i]);
    sk_SSL_CIPHER_free(ciphers);
    SSL_free(ssl);
    dtls_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_of_certificate_and_key_is_needed),
        cmocka_unit_test(the_fingerprint_is_that_of_the_certificate),
        cmocka_unit_test(only_strong_hashes_have_a_name),
        cmocka_unit_test(only_ephemeral_keys_aead_and_strong_srtp_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
