/* Input: what another worker says about a room that it holds a part of: one frame after another,
 * each behind two bytes of its length; a length of 0xffff: 50 ms pass. The engine has a viewer and
 * a publisher of its own, and its transport is the plain one (support/plain_transport.c). */
#include "support/plain_call.h"

#include "fuzz.h"

#define FUZZ_STEPS 200u
#define TIME_STEP  0xffffu

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct plain_options options = {.seats = 2, .simulcast = true};
    struct reader input = reader_of(data, size);
    struct plain_call *call = plain_call_new(1);
    const struct engine_command parts = {.type = ENGINE_ROOM_PARTS, .room = PLAIN_ROOM, .parts = 2};
    FUZZ_CHECK(engine_command(call->engine, call->now_us, &parts) == 0);
    plain_call_run(call, 0);
    struct plain_peer *own = plain_call_add(call, &options);
    for (unsigned i = 0; i < FUZZ_STEPS && reader_left(&input) > 0; i++) {
        const uint16_t len = reader_u16(&input);
        if (len == TIME_STEP) {
            plain_peer_send_video(call, own, 0, i % 8u == 0);
            plain_call_run(call, 50000);
            continue;
        }
        const uint8_t *frame = reader_bytes(&input, len);
        if (!frame)
            break;
        plain_call_receive_frame(call, 1, frame, len);
    }
    plain_call_free(call);
    return 0;
}
