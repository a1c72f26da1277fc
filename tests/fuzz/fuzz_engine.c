/* Input: a program for a whole engine with the plain transport (support/plain_transport.c), so that
 * what is RTP and RTCP to the engine comes straight from the fuzzer. Steps, one after another:
 *
 *   0 c        command number c for the peer at hand (join, leave, offers, mute, view, …)
 *   1 p        the peer at hand is p now
 *   2 l bytes  a datagram of l bytes from it
 *   3 t        t * 4 ms pass
 *   4 a        an audio packet of level a
 *   5 v        a video frame; bit 0: key frame, bits 1..2: layer, bit 3: lost, bit 4: repeat it
 *   6 s        a NACK or PLI about one of its seats, or a sender report
 *   7 s        its transport's state is s now
 *
 * plain_call.c checks that no sequence number is sent twice, and that timers move on. */
#include "support/plain_call.h"

#include "fuzz.h"

#define FUZZ_PEERS 5u
#define FUZZ_STEPS 400u

static const struct plain_options kinds[FUZZ_PEERS] = {
    {.seats = 2},
    {.seats = 3, .simulcast = true},
    {.seats = 1, .no_ssrc = true, .no_rsize = true, .red = true},
    {.seats = 2, .no_video_out = true, .screen = true},
    {.seats = 1, .no_rtx = true},
};

struct machine {
    struct plain_call *call;
    struct plain_peer *peers[FUZZ_PEERS];
    bool there[FUZZ_PEERS], answered[FUZZ_PEERS];
    unsigned now;
    struct reader program;
};

static void run_view(struct machine *machine, struct plain_peer *peer, uint8_t seed)
{
    struct engine_view views[4];
    for (size_t i = 0; i < 4; i++)
        views[i] = (struct engine_view){
            .participant = 100u + ((unsigned)seed >> i) % 8u,
            .group = (uint8_t)(seed & 1u),
            .width = (uint16_t)(seed * 11u),
            .height = (uint16_t)(seed * 5u),
            .visible = (seed & 0x10u) == 0,
            .pinned = (seed & 0x20u) != 0,
        };
    struct engine_command command = {.type = ENGINE_VIEW,
                                     .views = views,
                                     .view_count = seed % 5u,
                                     .audio_only = (seed & 0xc0u) == 0xc0u};
    (void)plain_call_command(machine->call, peer, &command);
}

static void run_join_or_leave(struct machine *machine)
{
    struct plain_peer **peer = &machine->peers[machine->now];
    if (!*peer) {
        *peer = plain_call_join(machine->call, &kinds[machine->now]);
    } else {
        struct engine_command command = {.type = machine->there[machine->now]
                                                     ? ENGINE_PARTICIPANT_REMOVE
                                                     : ENGINE_PARTICIPANT_ADD};
        FUZZ_CHECK(plain_call_command(machine->call, *peer, &command) == 0);
    }
    machine->there[machine->now] = !machine->there[machine->now];
    machine->answered[machine->now] = false;
}

static void run_command(struct machine *machine, uint8_t code)
{
    struct plain_peer *peer = machine->peers[machine->now];
    struct engine_command close = {.type = ENGINE_LEG_CLOSE};
    if (code % 8u == 0 || !machine->there[machine->now]) {
        run_join_or_leave(machine);
        return;
    }
    switch (code % 8u) {
    case 1:
    case 2:
        FUZZ_CHECK(plain_peer_offer(machine->call, peer, code % 8u == 1) == 0);
        machine->answered[machine->now] = true;
        break;
    case 3:
        if (machine->answered[machine->now])
            (void)plain_peer_connect(machine->call, peer);
        break;
    case 4:
        plain_peer_enable(machine->call, peer, code >> 3);
        break;
    case 5:
        run_view(machine, peer, code);
        break;
    case 6:
        FUZZ_CHECK(plain_call_command(machine->call, peer, &close) == 0);
        break;
    default: /* another SSRC for everything, as after a replaced track */
        peer->options.audio_ssrc_shift = (code >> 3) * 50u;
        break;
    }
}

static void run_video(struct machine *machine, struct plain_peer *peer, uint8_t code)
{
    const unsigned layer = (code >> 1 & 3u) % 3u;
    if (code & 8u)
        plain_peer_lose_video(peer, layer);
    else if (code & 16u)
        plain_peer_repair_video(machine->call, peer, layer,
                                (uint16_t)(peer->video_seq[layer] - 1 - (code >> 5)), code & 1u);
    else
        plain_peer_send_video(machine->call, peer, layer, code & 1u);
}

static void run_feedback(struct machine *machine, struct plain_peer *peer, uint8_t code)
{
    const uint32_t ssrc =
        code & 4u ? plain_peer_seat_video(peer, 0) : plain_peer_seat_audio(peer, 0);
    const struct plain_packet *last = plain_peer_last(peer, ssrc);
    if (code & 1u)
        plain_peer_send_pli(machine->call, peer, ssrc);
    else if (code & 2u)
        plain_peer_send_sr(machine->call, peer, plain_peer_video_ssrc(peer, 0),
                           (uint64_t)code << 40, code);
    else if (last)
        plain_peer_send_nack(machine->call, peer, ssrc, (uint16_t)(last->rtp.seq - (code >> 3)));
}

static void run_step(struct machine *machine)
{
    const uint8_t step = reader_u8(&machine->program) % 8u;
    const uint8_t value = reader_u8(&machine->program);
    struct plain_peer *peer = machine->peers[machine->now];
    if (step == 0)
        run_command(machine, value);
    else if (step == 1)
        machine->now = value % FUZZ_PEERS;
    else if (step == 3)
        plain_call_run(machine->call, value * 4000u);
    if (!peer)
        return;
    if (step == 2) {
        const size_t left = reader_left(&machine->program);
        const size_t len = value < left ? value : left;
        plain_peer_send(machine->call, peer, reader_bytes(&machine->program, len), len);
    } else if (step == 4) {
        plain_peer_send_audio(machine->call, peer, value);
    } else if (step == 5) {
        run_video(machine, peer, value);
    } else if (step == 6) {
        run_feedback(machine, peer, value);
    } else if (step == 7) {
        plain_peer_set_state(machine->call, peer, (enum transport_state)(value % 5u));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct machine machine = {.call = plain_call_new(1), .program = reader_of(bytes, len)};
    for (unsigned i = 0; i < FUZZ_STEPS && reader_left(&machine.program) > 1; i++)
        run_step(&machine);
    /* And it comes to rest. */
    plain_call_run(machine.call, 3000000);
    plain_call_free(machine.call);
    return 0;
}
