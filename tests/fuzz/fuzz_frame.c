/* The input is a stream, delivered once in one go and once byte by byte: both must give the same
 * frames. The first byte picks the piece size. */
#include "wire/frame.h"

#include "fuzz.h"

struct outcome {
    size_t frames;
    size_t bytes;
    uint32_t sum;
    int result;
};

static struct outcome deliver(const uint8_t *bytes, size_t len, size_t piece)
{
    uint8_t *buffer = malloc(FRAME_BUFFER_BYTES);
    struct frame_reader reader;
    struct outcome outcome = {0};

    FUZZ_CHECK(buffer != NULL);
    frame_reader_init(&reader, buffer, FRAME_BUFFER_BYTES);
    while (len > 0 && outcome.result == 0) {
        size_t room_len, frame_len, take = piece < len ? piece : len;
        uint8_t *room = frame_room(&reader, &room_len), *frame;

        FUZZ_CHECK(room_len > 0);
        take = take < room_len ? take : room_len;
        memcpy(room, bytes, take);
        frame_fill(&reader, take);
        bytes += take;
        len -= take;
        while ((outcome.result = frame_next(&reader, &frame, &frame_len)) == 1) {
            FUZZ_CHECK(frame_len > 0 && frame_len <= WIRE_DATAGRAM_BYTES);
            outcome.frames++;
            outcome.bytes += frame_len;
            for (size_t i = 0; i < frame_len; i++)
                outcome.sum = outcome.sum * 31 + frame[i];
        }
    }
    free(buffer);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct outcome whole, pieces;

    if (len == 0)
        return 0;
    whole = deliver(bytes + 1, len - 1, len);
    pieces = deliver(bytes + 1, len - 1, bytes[0] % 7 + 1u);
    FUZZ_CHECK(whole.frames == pieces.frames && whole.bytes == pieces.bytes);
    FUZZ_CHECK(whole.sum == pieces.sum && whole.result == pieces.result);
    return 0;
}
