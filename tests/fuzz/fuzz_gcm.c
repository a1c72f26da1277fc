/* Every routine for AES-GCM that this CPU runs against OpenSSL's: what they seal, and whether they
 * open what a stranger sends.
 *
 *   0       1        2         14     30 or 46
 *   +-------+--------+---------+------+------------+------+
 *   | flags | length | IV      | key  | associated | text |
 *   |       | of ->  |         |      | data       |      |
 *   +-------+--------+---------+------+------------+------+
 *   flags: 1: key of 32 bytes; 2: in place */
#include "engine/gcm.h"

#include "fuzz.h"

struct message {
    const uint8_t *key, *iv;
    size_t key_len;
    struct span aad, text;
    bool in_place;
};

static struct gcm_key key_of(const struct gcm_routine *routine, const struct message *message,
                             enum cipher_direction direction)
{
    struct gcm_key key;

    FUZZ_CHECK(routine->init(&key, message->key, message->key_len, direction) == 0);
    return key;
}

/* Cipher text and tag, as long as the text and 16 bytes; free() them. */
static uint8_t *sealed_by(const struct gcm_routine *routine, const struct message *message)
{
    struct gcm_key key = key_of(routine, message, CIPHER_SEAL);
    uint8_t *out = malloc(message->text.len + CIPHER_GCM_TAG_BYTES);
    struct span plain = message->text;

    FUZZ_CHECK(out != NULL);
    if (message->in_place) {
        if (plain.len > 0)
            memcpy(out, plain.bytes, plain.len);
        plain.bytes = out;
    }
    FUZZ_CHECK(routine->seal(&key, message->iv, message->aad, plain, out) == 0);
    routine->fini(&key);
    return out;
}

/* Whether it opens; the text goes to *plain, free() it. */
static bool opened_by(const struct gcm_routine *routine, const struct message *message,
                      struct span sealed, uint8_t **plain)
{
    struct gcm_key key = key_of(routine, message, CIPHER_OPEN);
    int result;

    *plain = fuzz_copy(sealed.bytes, sealed.len);
    result = routine->open(&key, message->iv, message->aad,
                           message->in_place ? (struct span){*plain, sealed.len} : sealed, *plain);
    routine->fini(&key);
    return result == 0;
}

static void check(const struct gcm_routine *routine, const struct message *message)
{
    const size_t sealed_len = message->text.len + CIPHER_GCM_TAG_BYTES;
    uint8_t *expected = sealed_by(&gcm_evp, message), *got = sealed_by(routine, message);
    uint8_t *opened, *evp_opened;

    FUZZ_CHECK(memcmp(got, expected, sealed_len) == 0);
    FUZZ_CHECK(opened_by(routine, message, (struct span){got, sealed_len}, &opened));
    FUZZ_CHECK(message->text.len == 0 ||
               memcmp(opened, message->text.bytes, message->text.len) == 0);
    free(opened);
    /* The text itself as something sealed. */
    FUZZ_CHECK(opened_by(routine, message, message->text, &opened) ==
               opened_by(&gcm_evp, message, message->text, &evp_opened));
    free(opened);
    free(evp_opened);
    free(expected);
    free(got);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct reader reader = reader_of(bytes, len);
    struct message message = {0};
    const uint8_t flags = reader_u8(&reader);
    const size_t aad_len = reader_u8(&reader);
    uint8_t *aad, *text;

    message.in_place = (flags & 2u) != 0;
    message.key_len = (flags & 1u) != 0 ? 32 : 16;
    message.iv = reader_bytes(&reader, CIPHER_GCM_IV_BYTES);
    message.key = reader_bytes(&reader, message.key_len);
    message.aad = (struct span){reader_bytes(&reader, aad_len), aad_len};
    message.text = reader_rest(&reader);
    if (reader.failed)
        return 0;
    /* Of exactly their lengths. */
    message.aad.bytes = aad = fuzz_copy(message.aad.bytes, message.aad.len);
    message.text.bytes = text = fuzz_copy(message.text.bytes, message.text.len);
    for (const struct gcm_routine *const *at = gcm_routines(); *at != NULL; at++)
        if (gcm_runs(*at))
            check(*at, &message);
    free(aad);
    free(text);
    return 0;
}
