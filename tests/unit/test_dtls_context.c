#include "test.h"

#include <string.h>

#include "engine/dtls.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_of_certificate_and_key_is_needed),
        cmocka_unit_test(the_fingerprint_is_that_of_the_certificate),
        cmocka_unit_test(only_strong_hashes_have_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
