#include "wire/stun.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const uint8_t key[] = "VOkJxbRl1RmTxUk/WvJxBt";
    struct stun_message message, answer;
    struct span receiver, sender;
    uint8_t out[256];
    struct writer writer = writer_of(out, sizeof out);

    if (stun_parse(bytes, len, &message) != 0)
        return 0;
    fuzz_touch(message.username);
    fuzz_touch(message.realm);
    fuzz_touch(message.nonce);
    if (stun_username_split(&message, &receiver, &sender)) {
        fuzz_touch(receiver);
        fuzz_touch(sender);
    }
    (void)stun_integrity_ok(&message, (struct span){key, sizeof key - 1});
    /* Whatever came in, our answer is well formed. */
    FUZZ_CHECK(stun_write_failure(&writer, &message, STUN_ERROR_UNKNOWN_ATTRIBUTE,
                                  (struct span){key, sizeof key - 1}) == 0);
    FUZZ_CHECK(stun_parse(out, writer_len(&writer), &answer) == 0);
    FUZZ_CHECK(answer.has_fingerprint && answer.error_code == STUN_ERROR_UNKNOWN_ATTRIBUTE);
    FUZZ_CHECK(stun_integrity_ok(&answer, (struct span){key, sizeof key - 1}));
    return 0;
}
