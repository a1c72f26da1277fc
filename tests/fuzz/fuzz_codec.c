#include <string.h>

#include "fuzz.h"
#include "ipc/ipc.h"

/* What is decoded encodes to bytes that decode to the same. */
#define ROUND_TRIP(name, type)                                                                     \
    do {                                                                                           \
        static type first, second;                                                                 \
        static uint8_t bytes[IPC_MAX_BYTES];                                                       \
        if (ipc_decode_##name(payload, len, &first) == 0) {                                        \
            long encoded = ipc_encode_##name(&first, bytes, sizeof bytes);                         \
            FUZZ_CHECK(encoded == (long)len);                                                      \
            FUZZ_CHECK(memcmp(bytes, payload, len) == 0);                                          \
            FUZZ_CHECK(ipc_decode_##name(bytes, len, &second) == 0);                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_len)
{
    struct ipc_message message;
    if (ipc_parse(input, input_len, &message) < 0)
        return 0;
    const uint8_t *payload = message.payload;
    size_t len = message.payload_len;
    switch (message.type) {
    case IPC_OFFER:
        ROUND_TRIP(offer, struct ipc_offer);
        break;
    case IPC_VIEW:
        ROUND_TRIP(views, struct ipc_views);
        break;
    case IPC_REFUSED:
        ROUND_TRIP(refusal, struct ipc_refusal);
        break;
    case IPC_SEATS:
        ROUND_TRIP(seats, struct ipc_seats);
        break;
    case IPC_SPEAKERS:
        ROUND_TRIP(speakers, struct ipc_speakers);
        break;
    case IPC_COUNTERS:
        ROUND_TRIP(counters, struct ipc_counters);
        break;
    case IPC_PUBLISH:
        ROUND_TRIP(publish, struct ipc_publish);
        break;
    case IPC_QUALITY:
        ROUND_TRIP(qualities, struct ipc_qualities);
        break;
    case IPC_TIMELINE_REQUEST:
        ROUND_TRIP(timeline_request, struct ipc_timeline_request);
        break;
    case IPC_TIMELINE:
        ROUND_TRIP(timeline, struct ipc_timeline);
        break;
    default:
        break;
    }
    return 0;
}
