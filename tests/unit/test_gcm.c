/* Every routine for AES-GCM that this CPU runs: published vectors, and byte for byte what OpenSSL
 * gives, for all lengths and alignments, from pages with nothing mapped before and behind them. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/gcm.h"

#define PAGE_BYTES    4096u
#define LONGEST       1500u
#define TAG           CIPHER_GCM_TAG_BYTES
#define MAX_AAD_BYTES 300u
#define EACH(routine)                                                                              \
    for (const struct gcm_routine *const *at = gcm_routines(), *routine; (routine = *at) != NULL;  \
         at++)                                                                                     \
        if (gcm_runs(routine))

static const size_t key_lens[] = {16, 32};
static const size_t aad_lens[] = {12, 0,  1,  3,  4,  7,  8,  11,  13,
                                  15, 16, 17, 20, 28, 31, 32, 100, 257};
static uint8_t noise[LONGEST + MAX_AAD_BYTES + 64];
static const uint8_t iv[CIPHER_GCM_IV_BYTES] = {0x51, 0x75, 0x3c, 0x65, 0x80, 0xc2,
                                                0x72, 0x6f, 0x20, 0x71, 0x84, 0x14};
/* Whole pages of their own, one each: what is read, what is authenticated, what is written. */
static uint8_t *text_page, *aad_page, *out_page;

static uint8_t *lonely_page(void)
{
    uint8_t *pages = mmap(NULL, 3 * PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(pages, MAP_FAILED);
    assert_int_equal(mprotect(pages + PAGE_BYTES, PAGE_BYTES, PROT_READ | PROT_WRITE), 0);
    return pages + PAGE_BYTES;
}

static int prepare(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (uint8_t)(i * i * 31 + i * 7 + (i >> 8) * 13 + 5);
    text_page = lonely_page();
    aad_page = lonely_page();
    out_page = lonely_page();
    EACH(routine)
    printf("[          ] this CPU runs \"%s\"\n", routine->name);
    return 0;
}

static struct gcm_key key_of(const struct gcm_routine *routine, size_t key_len,
                             enum cipher_direction direction)
{
    struct gcm_key key;

    assert_int_equal(routine->init(&key, noise + 3, key_len, direction), 0);
    assert_ptr_equal(key.routine, routine);
    return key;
}

/* ---- published vectors ---------------------------------------------------------------------- */

static size_t from_hex(const char *hex, uint8_t *bytes)
{
    size_t len = 0;

    for (; hex[2 * len] != '\0'; len++) {
        const char digits[3] = {hex[2 * len], hex[2 * len + 1], '\0'};
        bytes[len] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return len;
}

static const struct published {
    const char *key, *iv, *aad, *plain, *sealed;
} published[] = {
    /* McGrew and Viega, The Galois/Counter Mode of Operation, test cases 1, 2, 4 and 16 */
    {"00000000000000000000000000000000", "000000000000000000000000", "", "",
     "58e2fccefa7e3061367f1d57a4e7455a"},
    {"00000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000",
     "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"},
    {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    /* RFC 7714 16.1.1 and 16.2.1 */
    {"000102030405060708090a0b0c0d0e0f", "51753c6580c2726f20718414", "8040f17b8041f8d35501a0b2",
     "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
     "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
     "899d7f27beb16a9152cf765ee4390cce"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "51753c6580c2726f20718414",
     "8040f17b8041f8d35501a0b2",
     "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
     "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b"
     "7aa3db36dfffd6b0f9bb7878d7a76c13"},
};

static void published_vectors_are_met(void **state)
{
    uint8_t key_bytes[32], vector_iv[12], aad[64], plain[64], sealed[80], out[80];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(published); i++) {
        const size_t key_len = from_hex(published[i].key, key_bytes);
        const struct span aad_span = {aad, from_hex(published[i].aad, aad)};
        const struct span plain_span = {plain, from_hex(published[i].plain, plain)};

        assert_int_equal(from_hex(published[i].iv, vector_iv), 12);
        assert_int_equal(from_hex(published[i].sealed, sealed), plain_span.len + TAG);
        EACH(routine)
        {
            struct gcm_key key;

            assert_int_equal(routine->init(&key, key_bytes, key_len, CIPHER_SEAL), 0);
            assert_int_equal(routine->seal(&key, vector_iv, aad_span, plain_span, out), 0);
            assert_memory_equal(out, sealed, plain_span.len + TAG);
            routine->fini(&key);
        }
    }
}

/* ---- against OpenSSL ------------------------------------------------------------------------ */

/* At the very end of the page or at its very start. */
static uint8_t *placed(uint8_t *page, const uint8_t *bytes, size_t len, bool at_end)
{
    uint8_t *to = at_end ? page + PAGE_BYTES - len : page;

    if (len > 0)
        memcpy(to, bytes, len);
    return to;
}

static void check_shape(const struct gcm_key *seal, const struct gcm_key *open, size_t len,
                        size_t aad_len, const uint8_t *sealed, bool at_end)
{
    const uint8_t *plain = noise + MAX_AAD_BYTES;
    const struct span aad = {placed(aad_page, noise, aad_len, at_end), aad_len};
    uint8_t *text = placed(text_page, plain, len, at_end);
    uint8_t *out = placed(out_page, NULL, 0, false);

    if (at_end)
        out += PAGE_BYTES - len - TAG;
    assert_int_equal(seal->routine->seal(seal, iv, aad, (struct span){text, len}, out), 0);
    assert_memory_equal(out, sealed, len + TAG);
    assert_memory_equal(text, plain, len);
    text = placed(text_page, sealed, len + TAG, at_end);
    out = at_end ? out_page + PAGE_BYTES - len : out_page;
    assert_int_equal(open->routine->open(open, iv, aad, (struct span){text, len + TAG}, out), 0);
    assert_memory_equal(out, plain, len);
    assert_memory_equal(text, sealed, len + TAG);

    /* In place. */
    assert_int_equal(open->routine->open(open, iv, aad, (struct span){text, len + TAG}, text), 0);
    assert_memory_equal(text, plain, len);
    assert_memory_equal(text + len, sealed + len, TAG);
    assert_int_equal(seal->routine->seal(seal, iv, aad, (struct span){text, len}, text), 0);
    assert_memory_equal(text, sealed, len + TAG);
}

static void check_lengths(const struct gcm_routine *routine, size_t key_len)
{
    struct gcm_key evp = key_of(&gcm_evp, key_len, CIPHER_SEAL);
    struct gcm_key seal = key_of(routine, key_len, CIPHER_SEAL);
    struct gcm_key open = key_of(routine, key_len, CIPHER_OPEN);
    uint8_t sealed[LONGEST + TAG];

    for (size_t len = 0; len <= LONGEST; len++)
        for (size_t i = 0; i < TEST_COUNT(aad_lens); i++) {
            const struct span aad = {noise, aad_lens[i]}, plain = {noise + MAX_AAD_BYTES, len};

            assert_int_equal(gcm_evp.seal(&evp, iv, aad, plain, sealed), 0);
            check_shape(&seal, &open, len, aad.len, sealed, i % 2 == 0 || len % 5 != 0);
            if (i == 0)
                check_shape(&seal, &open, len, aad.len, sealed, false);
        }
    gcm_evp.fini(&evp);
    routine->fini(&seal);
    routine->fini(&open);
}

static void all_lengths_are_as_openssl_has_them(void **state)
{
    (void)state;
    EACH(routine)
    for (size_t i = 0; i < TEST_COUNT(key_lens); i++)
        check_lengths(routine, key_lens[i]);
}

static void check_alignments(const struct gcm_routine *routine, size_t len)
{
    struct gcm_key evp = key_of(&gcm_evp, 16, CIPHER_SEAL);
    struct gcm_key key = key_of(routine, 16, CIPHER_SEAL);
    uint8_t *in_page = text_page, sealed[LONGEST + TAG], spare[PAGE_BYTES];
    const struct span aad = {noise + 1, 20}, plain = {noise + MAX_AAD_BYTES, len};

    assert_int_equal(gcm_evp.seal(&evp, iv, aad, plain, sealed), 0);
    memset(spare, 0xa5, sizeof(spare));
    memset(out_page, 0xa5, PAGE_BYTES);
    for (size_t from = 0; from < 64; from++) {
        const struct span text = {in_page + from, len};

        memcpy(in_page + from, plain.bytes, len);
        for (size_t to = 0; to < 64; to++) {
            uint8_t *out = out_page + 64 + to;

            assert_int_equal(routine->seal(&key, iv, aad, text, out), 0);
            assert_memory_equal(out, sealed, len + TAG);
            /* Nothing else was written. */
            memset(out, 0xa5, len + TAG);
            assert_memory_equal(out_page, spare, 64 + LONGEST + 128);
        }
    }
    gcm_evp.fini(&evp);
    routine->fini(&key);
}

static void alignment_does_not_matter(void **state)
{
    static const size_t lens[] = {0, 1, 15, 60, 160, 271, 1100, 1203};

    (void)state;
    EACH(routine)
    for (size_t i = 0; i < TEST_COUNT(lens); i++)
        check_alignments(routine, lens[i]);
}

/* ---- what is refused ------------------------------------------------------------------------ */

static void check_refusals(const struct gcm_routine *routine, size_t len)
{
    struct gcm_key seal = key_of(routine, 16, CIPHER_SEAL);
    struct gcm_key open = key_of(routine, 16, CIPHER_OPEN);
    uint8_t aad[20], sealed[LONGEST + TAG], out[LONGEST + TAG];
    const struct span header = {aad, sizeof(aad)}, whole = {sealed, len + TAG};

    memcpy(aad, noise, sizeof(aad));
    assert_int_equal(routine->seal(&seal, iv, header, (struct span){noise, len}, sealed), 0);
    for (size_t bit = 0; bit < whole.len * 8; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(routine->open(&open, iv, header, whole, out), -1);
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < sizeof(aad) * 8; bit++) {
        aad[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(routine->open(&open, iv, header, whole, out), -1);
        aad[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(routine->open(&open, iv, (struct span){aad, 19}, whole, out), -1);
    assert_int_equal(routine->open(&open, noise, header, whole, out), -1);
    for (size_t short_by = 1; short_by <= whole.len; short_by++)
        assert_int_equal(
            routine->open(&open, iv, header, (struct span){sealed, whole.len - short_by}, out), -1);
    assert_int_equal(routine->open(&open, iv, header, whole, out), 0);
    assert_memory_equal(out, noise, len);
    routine->fini(&seal);
    routine->fini(&open);
}

static void no_changed_bit_passes(void **state)
{
    static const size_t lens[] = {0, 5, 60, 129, 300};

    (void)state;
    EACH(routine)
    for (size_t i = 0; i < TEST_COUNT(lens); i++)
        check_refusals(routine, lens[i]);
}

/* ---- the choice and the keys ---------------------------------------------------------------- */

static void the_best_routine_agrees(void **state)
{
    const struct gcm_routine *best = gcm_best();

    (void)state;
    assert_true(gcm_runs(best));
    assert_ptr_equal(gcm_best(), best);
    EACH(routine)
    {
        assert_true(gcm_agrees(routine));
        /* The list is in order: what runs and agrees first is the best. */
        if (at == gcm_routines() || !gcm_runs(at[-1]))
            assert_ptr_equal(routine, best);
        break;
    }
}

static int seal_wrongly(const struct gcm_key *key, const uint8_t *nonce, struct span aad,
                        struct span plain, uint8_t *out)
{
    const int result = gcm_evp.seal(key, nonce, aad, plain, out);

    out[0] ^= (uint8_t)(plain.len > 600);
    return result;
}

static int open_all(const struct gcm_key *key, const uint8_t *nonce, struct span aad,
                    struct span sealed, uint8_t *out)
{
    (void)gcm_evp.open(key, nonce, aad, sealed, out);
    return 0;
}

static void a_routine_with_a_fault_is_found_out(void **state)
{
    struct gcm_routine faulty = gcm_evp;

    (void)state;
    faulty.seal = seal_wrongly;
    assert_false(gcm_agrees(&faulty));
    faulty = gcm_evp;
    faulty.open = open_all;
    assert_false(gcm_agrees(&faulty));
}

static void keys_are_small_and_wiped(void **state)
{
    static const uint8_t nothing[sizeof(struct gcm_key)];

    (void)state;
    assert_true(sizeof(struct gcm_key) <= 512);
    assert_int_equal(alignof(struct gcm_key) % 64, 0);
    EACH(routine)
    {
        struct gcm_key key = key_of(routine, 32, CIPHER_SEAL);

        routine->fini(&key);
        assert_memory_equal(&key, nothing, sizeof(key));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_are_met),
        cmocka_unit_test(all_lengths_are_as_openssl_has_them),
        cmocka_unit_test(alignment_does_not_matter),
        cmocka_unit_test(no_changed_bit_passes),
        cmocka_unit_test(the_best_routine_agrees),
        cmocka_unit_test(a_routine_with_a_fault_is_found_out),
        cmocka_unit_test(keys_are_small_and_wiped),
    };

    return cmocka_run_group_tests(tests, prepare, NULL);
}
