/* The cipher seam against published vectors: NIST GCM, RFC 3711 B.2 (AES-CM), RFC 2202 (HMAC). */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "engine/cipher.h"

static const uint8_t gcm_key[16] = {0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c,
                                    0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08};
static const uint8_t iv[12] = {0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce,
                               0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88};
static const uint8_t aad[] = {0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed,
                              0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2};

static void sealed_text_opens_again(void **state)
{
    struct cipher_gcm *seal = cipher_gcm_new(gcm_key, sizeof(gcm_key), CIPHER_SEAL);
    struct cipher_gcm *open = cipher_gcm_new(gcm_key, sizeof(gcm_key), CIPHER_OPEN);
    uint8_t text[100], sealed[116], plain[100];

    (void)state;
    for (size_t len = 0; len <= sizeof(text); len += 25) {
        memset(text, (int)len, sizeof(text));
        assert_int_equal(cipher_gcm_seal(seal, iv, (struct span){aad, sizeof(aad)},
                                         (struct span){text, len}, sealed),
                         0);
        assert_int_equal(cipher_gcm_open(open, iv, (struct span){aad, sizeof(aad)},
                                         (struct span){sealed, len + 16}, plain),
                         0);
        assert_memory_equal(plain, text, len);
    }
    cipher_gcm_free(seal);
    cipher_gcm_free(open);
}

static void every_flipped_bit_is_noticed(void **state)
{
    struct cipher_gcm *seal = cipher_gcm_new(gcm_key, sizeof(gcm_key), CIPHER_SEAL);
    struct cipher_gcm *open = cipher_gcm_new(gcm_key, sizeof(gcm_key), CIPHER_OPEN);
    uint8_t sealed[20 + 16], work[20 + 16];

    (void)state;
    assert_int_equal(cipher_gcm_seal(seal, iv, (struct span){aad, sizeof(aad)},
                                     (struct span){aad, sizeof(aad)}, sealed),
                     0);
    for (size_t bit = 0; bit < sizeof(sealed) * 8; bit++) {
        memcpy(work, sealed, sizeof(work));
        work[bit / 8] = (uint8_t)(work[bit / 8] ^ (1u << (bit % 8)));
        assert_int_equal(cipher_gcm_open(open, iv, (struct span){aad, sizeof(aad)},
                                         (struct span){work, sizeof(work)}, work),
                         -1);
    }
    /* A failure leaves the context usable. */
    assert_int_equal(cipher_gcm_open(open, iv, (struct span){aad, sizeof(aad)},
                                     (struct span){sealed, sizeof(sealed)}, sealed),
                     0);
    assert_memory_equal(sealed, aad, sizeof(aad));
    assert_int_equal(
        cipher_gcm_open(open, iv, (struct span){aad, 1}, (struct span){sealed, 15}, work), -1);
    cipher_gcm_free(seal);
    cipher_gcm_free(open);
}

static void hmac_matches_rfc_2202(void **state)
{
    static const uint8_t key[20] = {0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
                                    0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b};
    static const uint8_t expected[20] = {0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72,
                                         0x64, 0xe2, 0x8b, 0xc0, 0xb6, 0xfb, 0x37,
                                         0x8c, 0x8e, 0xf1, 0x46, 0xbe, 0x00};
    struct cipher_hmac *hmac = cipher_hmac_new(key, sizeof(key));
    uint8_t mac[CIPHER_SHA1_BYTES];

    (void)state;
    for (int round = 0; round < 2; round++) {
        cipher_hmac_sha1(hmac, (struct span){(const uint8_t *)"Hi There", 8},
                         (struct span){NULL, 0}, mac);
        assert_memory_equal(mac, expected, sizeof(mac));
        cipher_hmac_sha1(hmac, (struct span){(const uint8_t *)"Hi ", 3},
                         (struct span){(const uint8_t *)"There", 5}, mac);
        assert_memory_equal(mac, expected, sizeof(mac));
    }
    cipher_hmac_free(hmac);
}

/* RFC 3711 B.2: the segment's first three and last three blocks. */
static void counter_mode_matches_rfc_3711(void **state)
{
    static const uint8_t key[16] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                    0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
    static const uint8_t offset[16] = {0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
                                       0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0x00, 0x00};
    static const uint8_t first[48] = {0xe0, 0x3e, 0xad, 0x09, 0x35, 0xc9, 0x5e, 0x80, 0xe1, 0x66,
                                      0xb1, 0x6d, 0xd9, 0x2b, 0x4e, 0xb4, 0xd2, 0x35, 0x13, 0x16,
                                      0x2b, 0x02, 0xd0, 0xf7, 0x2a, 0x43, 0xa2, 0xfe, 0x4a, 0x5f,
                                      0x97, 0xab, 0x41, 0xe9, 0x5b, 0x3b, 0xb0, 0xa2, 0xe8, 0xdd,
                                      0x47, 0x79, 0x01, 0xe4, 0xfc, 0xa8, 0x94, 0xc0};
    static const uint8_t last[48] = {0xec, 0x8c, 0xdf, 0x73, 0x98, 0x60, 0x7c, 0xb0, 0xf2, 0xd2,
                                     0x16, 0x75, 0xea, 0x9e, 0xa1, 0xe4, 0x36, 0x2b, 0x7c, 0x3c,
                                     0x67, 0x73, 0x51, 0x63, 0x18, 0xa0, 0x77, 0xd7, 0xfc, 0x50,
                                     0x73, 0xae, 0x6a, 0x2c, 0xc3, 0x78, 0x78, 0x89, 0x37, 0x4f,
                                     0xbe, 0xb4, 0xc8, 0x1b, 0x17, 0xba, 0x6c, 0x44};
    const size_t len = 65282u * 16u;
    struct cipher_ctr *ctr = cipher_ctr_new(key, sizeof(key));
    uint8_t *stream = calloc(1, len);

    (void)state;
    assert_non_null(stream);
    assert_int_equal(cipher_ctr_apply(ctr, offset, (struct span){stream, len}, stream), 0);
    assert_memory_equal(stream, first, sizeof(first));
    assert_memory_equal(stream + len - sizeof(last), last, sizeof(last));
    free(stream);
    cipher_ctr_free(ctr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_text_opens_again),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(hmac_matches_rfc_2202),
        cmocka_unit_test(counter_mode_matches_rfc_3711),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
