/* Those who mean no good, and publishers who do odd things: the others must not notice, and who
 * stops is served again. */
#include <string.h>

#include "base/bytes.h"
#include "sim/call.h"
#include "sim/scenario.h"
#include "wire/rtcp.h"

#define WAY_US   (50 * MILLISECOND)
#define LINK_BPS 6000000u

/* Three publishers, a viewer whom nothing may trouble, and the attacker, another viewer. */
#define VICTIM   CALL_PUBLISHERS
#define ATTACKER (CALL_PUBLISHERS + 1u)

/* Called every 50 ms while the attack lasts. */
typedef void attack(struct sim *sim);

struct look {
    uint64_t frozen_us, frames, errors, concealed, plis;
};

static struct look look_at(const struct sim *sim, unsigned viewer)
{
    const struct client *client = sim->clients[viewer].client;
    struct look look = {0};

    for (unsigned seat = 0; seat < CALL_SEATS; seat++) {
        look.frozen_us += client_seat_seen(client, seat, sim->now_us).frozen_us;
        look.frames += client_seat_video(client, seat)->frames;
        look.errors += client_seat_errors(client_seat_video(client, seat)) +
                       client_seat_errors(client_seat_audio(client, seat));
        look.concealed += client_seat_heard(client, seat).concealed;
    }
    for (unsigned i = 0; i < CALL_PUBLISHERS; i++)
        for (unsigned k = 0; k < CLIENT_MAX_LAYERS; k++) {
            uint64_t plis = client_stats(sim->clients[i].client)->layer_plis[k];

            look.plis = plis > look.plis ? plis : look.plis;
        }
    return look;
}

static struct sim *open_room(uint64_t seed)
{
    struct sim *sim = sim_new(seed);

    call_add_publishers(sim);
    for (unsigned i = 0; i < 2; i++) {
        unsigned viewer = call_add_viewer(sim, WAY_US);

        sim->clients[viewer].down.own =
            (struct bottleneck){.rate_bps = LINK_BPS, .queue_us = 300 * MILLISECOND};
        sim_join(sim, viewer);
        call_show(sim, viewer);
    }
    sim_run(sim, 20 * SECOND);
    return sim;
}

/* Until the first publisher's picture has 720 lines again. */
static double ms_until_whole(struct sim *sim)
{
    uint64_t from_us = sim->now_us;

    while (sim->now_us - from_us < 40 * SECOND) {
        for (unsigned seat = 0; seat < CALL_SEATS; seat++) {
            const struct client_seat_stats *video =
                client_seat_video(sim->clients[ATTACKER].client, seat);

            if (video->owner == 1 && video->layer == 2 &&
                sim->now_us - video->last_frame_us < SECOND / 2)
                return (double)(sim->now_us - from_us) / 1000.0;
        }
        sim_run(sim, 100 * MILLISECOND);
    }
    return 40000;
}

#define ATTACK_US (20 * SECOND)

/* What the victim sees while the attack lasts; act NULL: none, for comparison. */
static struct look watch(struct sim *sim, attack *act)
{
    struct look before = look_at(sim, VICTIM), after;

    for (uint64_t end_us = sim->now_us + ATTACK_US; sim->now_us < end_us;) {
        if (act != NULL)
            act(sim);
        sim_run(sim, 50 * MILLISECOND);
    }
    after = look_at(sim, VICTIM);
    return (struct look){.frozen_us = after.frozen_us - before.frozen_us,
                         .frames = after.frames - before.frames,
                         .errors = after.errors - before.errors,
                         .concealed = after.concealed - before.concealed,
                         .plis = after.plis - before.plis};
}

static double more(uint64_t with, uint64_t without)
{
    return with > without ? (double)(with - without) : 0;
}

static void suffer(uint64_t seed, attack *act, double *values)
{
    struct sim *quiet = open_room(seed), *sim;
    struct look without = watch(quiet, NULL), with;

    sim_free(quiet);
    sim = open_room(seed);
    with = watch(sim, act);
    values[0] = more(with.frozen_us, without.frozen_us) / 1000.0;
    values[1] = (double)with.frames / CALL_SEATS / (ATTACK_US / SECOND);
    values[2] = (double)with.errors;
    values[3] = more(with.concealed, without.concealed);
    values[4] = (double)with.plis / (ATTACK_US / SECOND);
    values[5] = ms_until_whole(sim);
    sim_free(sim);
}

/* ---- viewers --------------------------------------------------------------------------------- */

/* RFC 4585 6.1 with the FCI of transport-wide feedback: base, count, reference time and feedback
 * count, one run-length chunk of large deltas, the deltas. */
static void send_feedback(struct sim *sim, uint16_t base, uint16_t count, uint32_t reference,
                          int16_t delta)
{
    uint8_t bytes[1200];
    struct writer writer = writer_of(bytes, sizeof(bytes));
    size_t start = rtcp_begin(&writer, RTCP_RTPFB, RTCP_TWCC);

    writer_u32(&writer, 1);
    writer_u32(&writer, client_seat_ssrc(sim->clients[ATTACKER].client, 0, true));
    writer_u16(&writer, base);
    writer_u16(&writer, count);
    writer_u24(&writer, reference);
    writer_u8(&writer, (uint8_t)rng_u32(&sim->network.rng));
    writer_u16(&writer, (uint16_t)(2u << 13 | count)); /* RLE; received, large or negative delta */
    for (unsigned i = 0; i < count; i++)
        writer_u16(&writer, (uint16_t)delta);
    if (rtcp_end(&writer, start) == 0)
        sim_send_rtcp(sim, ATTACKER, bytes, writer_len(&writer));
}

static void feedback_for_nothing(struct sim *sim)
{
    struct rng *rng = &sim->network.rng;

    for (int i = 0; i < 10; i++)
        send_feedback(sim, (uint16_t)rng_u32(rng), 100, rng_u32(rng) & 0xffffff, 4);
}

static void absurd_deltas(struct sim *sim)
{
    struct rng *rng = &sim->network.rng;

    for (int i = 0; i < 10; i++)
        send_feedback(sim, (uint16_t)rng_u32(rng), 50, rng_u32(rng) & 0xffffff,
                      i % 2 == 0 ? INT16_MAX : INT16_MIN);
}

static void nack_everything(struct sim *sim)
{
    const struct client *client = sim->clients[ATTACKER].client;

    for (unsigned seat = 0; seat < CALL_SEATS; seat++)
        for (int i = 0; i < 10; i++) {
            uint8_t bytes[600];
            struct writer writer = writer_of(bytes, sizeof(bytes));
            uint16_t seqs[64], first = (uint16_t)rng_u32(&sim->network.rng);

            for (unsigned k = 0; k < 64; k++)
                seqs[k] = (uint16_t)(first + k);
            if (rtcp_write_nack(&writer, 1, client_seat_ssrc(client, seat, true), seqs, 64) == 0)
                sim_send_rtcp(sim, ATTACKER, bytes, writer_len(&writer));
        }
}

static void pli_flood(struct sim *sim)
{
    const struct client *client = sim->clients[ATTACKER].client;

    for (unsigned seat = 0; seat < CALL_SEATS; seat++)
        for (uint8_t i = 0; i < 30; i++) {
            uint8_t bytes[64];
            struct writer writer = writer_of(bytes, sizeof(bytes));
            uint32_t ssrc = client_seat_ssrc(client, seat, true);

            if (rtcp_write_pli(&writer, 1, ssrc) == 0 && rtcp_write_fir(&writer, 1, ssrc, i) == 0)
                sim_send_rtcp(sim, ATTACKER, bytes, writer_len(&writer));
        }
}

static void remb_zero(struct sim *sim)
{
    const struct client *client = sim->clients[ATTACKER].client;
    uint8_t bytes[64];
    struct writer writer = writer_of(bytes, sizeof(bytes));
    uint32_t ssrc = client_seat_ssrc(client, 0, true);

    if (rtcp_write_remb(&writer, 1, 0, &ssrc, 1) == 0)
        sim_send_rtcp(sim, ATTACKER, bytes, writer_len(&writer));
}

static void all_lost(struct sim *sim)
{
    const struct client *client = sim->clients[ATTACKER].client;

    for (unsigned seat = 0; seat < CALL_SEATS; seat++) {
        struct rtcp_report report = {.ssrc = client_seat_ssrc(client, seat, true),
                                     .highest_seq = rng_u32(&sim->network.rng),
                                     .lost = 0x7fffff,
                                     .fraction_lost = 255};
        uint8_t bytes[64];
        struct writer writer = writer_of(bytes, sizeof(bytes));

        if (rtcp_write_rr(&writer, 1, &report, 1) == 0)
            sim_send_rtcp(sim, ATTACKER, bytes, writer_len(&writer));
    }
}

#define SUFFER(name)                                                                               \
    static void name##_attack(uint64_t seed, double *values)                                       \
    {                                                                                              \
        suffer(seed, name, values);                                                                \
    }
SUFFER(feedback_for_nothing)
SUFFER(absurd_deltas)
SUFFER(nack_everything)
SUFFER(pli_flood)
SUFFER(remb_zero)
SUFFER(all_lost)

/* ---- publishers ------------------------------------------------------------------------------ */

/* Pictures of the other publishers, who do nothing odd, and the odd one's once it stops. */
struct odd {
    struct client_config config;                 /* of the odd publisher, number 0 */
    void (*act)(struct sim *sim, unsigned turn); /* every 250 ms, 80 times */
};

static struct look look_at_others(const struct sim *sim)
{
    const struct client *client = sim->clients[VICTIM].client;
    struct look look = {0};

    for (unsigned seat = 0; seat < CALL_SEATS; seat++) {
        const struct client_seat_stats *video = client_seat_video(client, seat);

        look.errors += client_seat_errors(video);
        if (video->owner == 1)
            continue;
        look.frozen_us += client_seat_seen(client, seat, sim->now_us).frozen_us;
        look.frames += video->frames;
    }
    return look;
}

static uint64_t frames_of_odd(const struct sim *sim)
{
    uint64_t frames = 0;

    for (unsigned seat = 0; seat < CALL_SEATS; seat++) {
        const struct client_seat_stats *video =
            client_seat_video(sim->clients[VICTIM].client, seat);

        frames = video->owner == 1 ? video->frames : frames;
    }
    return frames;
}

static void be_odd(uint64_t seed, const struct odd *odd, double *values)
{
    static const struct client_config viewer = {
        .seats = CALL_SEATS, .codecs = CLIENT_ALL_CODECS, .descriptor = true};
    struct client_config config = odd->config;
    struct sim *sim = sim_new(seed);
    struct look before, after;
    uint64_t frames;

    config.camera = true;
    config.layers = 3;
    config.fps = 30;
    config.layer_bps[0] = CALL_LOW_BPS;
    config.layer_bps[1] = CALL_MIDDLE_BPS;
    config.layer_bps[2] = CALL_HIGH_BPS;
    for (unsigned i = 0; i < CALL_PUBLISHERS; i++)
        sim_join(sim, sim_add(sim, &config));
    sim_join(sim, sim_add(sim, &viewer));
    call_show(sim, VICTIM);
    sim_run(sim, 15 * SECOND);
    before = look_at_others(sim);
    for (unsigned turn = 0; turn < 80; turn++) {
        odd->act(sim, turn);
        sim_run(sim, 250 * MILLISECOND);
    }
    after = look_at_others(sim);
    sim_run(sim, 5 * SECOND);
    frames = frames_of_odd(sim);
    sim_run(sim, 5 * SECOND);
    values[0] = (double)(after.frozen_us - before.frozen_us) / 1000.0;
    values[1] = (double)(after.frames - before.frames) / 2 / 20;
    values[2] = (double)(after.errors - before.errors);
    values[3] = (double)(frames_of_odd(sim) - frames) / 5;
    sim_free(sim);
}

static void flicker(struct sim *sim, unsigned turn)
{
    sim->clients[0].disobedient = true;
    client_publish(sim->clients[0].client, turn == 79 ? 7 : rng_below(&sim->network.rng, 8));
}

static void flickering_layers(uint64_t seed, double *values)
{
    be_odd(seed, &(struct odd){.config = {.temporal_layers = 3}, .act = flicker}, values);
}

static void renew(struct sim *sim, unsigned turn)
{
    if (turn % 8 == 0)
        client_change_ssrcs(sim->clients[0].client);
}

static void new_ssrcs(uint64_t seed, double *values)
{
    be_odd(seed, &(struct odd){.config = {.temporal_layers = 3}, .act = renew}, values);
}

static void swap_codec(struct sim *sim, unsigned turn)
{
    if (turn % 8 == 0)
        client_change_codec(sim->clients[0].client, turn % 16 == 0 ? CLIENT_H264 : CLIENT_VP8);
}

static void other_codec(uint64_t seed, double *values)
{
    be_odd(seed, &(struct odd){.config = {.codecs = CLIENT_ALL_CODECS}, .act = swap_codec}, values);
}

static void resize(struct sim *sim, unsigned turn)
{
    static const unsigned lines[] = {720, 1080, 240, 480};

    if (turn % 4 == 0)
        client_change_height(sim->clients[0].client, lines[turn / 4 % 4]);
}

static void other_sizes(uint64_t seed, double *values)
{
    be_odd(seed, &(struct odd){.config = {.temporal_layers = 3}, .act = resize}, values);
}

/* AV1 RTP specification A.8: start and end of frame, template 63, a frame number; no structure. */
static void describe(struct sim *sim, unsigned turn)
{
    static const uint8_t descriptor[] = {0xff, 0x12, 0x34};
    static const uint8_t longer[] = {0xff, 0x00, 0x01, 0x7f, 0xff, 0xff, 0xff, 0xff};

    client_set_descriptor(sim->clients[0].client, turn % 2 == 0 ? descriptor : longer,
                          turn == 79      ? 0
                          : turn % 2 == 0 ? sizeof(descriptor)
                                          : sizeof(longer));
}

static void no_structure(uint64_t seed, double *values)
{
    be_odd(seed,
           &(struct odd){.config = {.temporal_layers = 3, .descriptor = true}, .act = describe},
           values);
}

#define VICTIM_GOALS(what, heard, back)                                                            \
    {                                                                                              \
        {"bad", what ": the others' pictures frozen longer", "ms", GOAL_AT_MOST, 100, 0, 0},       \
            {"bad", what ": frames of the others", "fps", GOAL_AT_LEAST, 100, 29, 0},              \
            {"bad", what ": errors seen by the others", "", GOAL_AT_MOST, 100, 0, 0},              \
            {"bad", what ": frames of sound more concealed for the others",                        \
             "",    GOAL_AT_MOST,                                                                  \
             100,   0,                                                                             \
             0},                                                                                   \
            {"bad", what ": key frames asked for, worst layer", "/s", GOAL_AT_MOST, 100, 1, 0},    \
        {                                                                                          \
            "bad", what ": after it ends, to 720p", "ms", GOAL_AT_MOST, 100, 10000, back           \
        }                                                                                          \
    }
#define ODD_GOALS(what)                                                                            \
    {                                                                                              \
        {"bad", what ": the others' pictures frozen", "ms", GOAL_AT_MOST, 100, 0, 0},              \
            {"bad", what ": frames of the others", "fps", GOAL_AT_LEAST, 100, 29, 0},              \
            {"bad", what ": errors seen", "", GOAL_AT_MOST, 100, 0, 0},                            \
        {                                                                                          \
            "bad", what ": its frames afterwards", "fps", GOAL_AT_LEAST, 100, 29, 0                \
        }                                                                                          \
    }

static const struct scenario scenarios[] = {
    {"feedback_for_nothing",
     2,
     feedback_for_nothing_attack,
     VICTIM_GOALS("feedback for nothing", 0, 0),
     {0, 1, 2, 3, 4, 5}},
    {"absurd_deltas",
     2,
     absurd_deltas_attack,
     VICTIM_GOALS("absurd deltas", 0, 0),
     {0, 1, 2, 3, 4, 5}},
    {"nack_everything",
     2,
     nack_everything_attack,
     VICTIM_GOALS("NACK of everything", 0, 0),
     {0, 1, 2, 3, 4, 5}},
    {"pli_flood", 2, pli_flood_attack, VICTIM_GOALS("PLI flood", 0, 0), {0, 1, 2, 3, 4, 5}},
    {"remb_zero", 2, remb_zero_attack, VICTIM_GOALS("REMB 0", 0, 0), {0, 1, 2, 3, 4, 5}},
    {"all_lost", 2, all_lost_attack, VICTIM_GOALS("100 % loss reported", 0, 0), {0, 1, 2, 3, 4, 5}},
    {"flickering_layers", 2, flickering_layers, ODD_GOALS("flickering layers"), {0, 1, 2, 3}},
    {"new_ssrcs", 2, new_ssrcs, ODD_GOALS("new SSRCs"), {0, 1, 2, 3}},
    {"other_codec", 2, other_codec, ODD_GOALS("codec changes"), {0, 1, 2, 3}},
    {"other_sizes", 2, other_sizes, ODD_GOALS("size changes"), {0, 1, 2, 3}},
    {"no_structure", 2, no_structure, ODD_GOALS("descriptor without structure"), {0, 1, 2, 3}},
};

int main(int argc, char **argv)
{
    return scenarios_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
