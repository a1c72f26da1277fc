/* The estimate under any sequence of packets, feedback (true, wrong and absurd), demand and time:
 * the target stays within its bounds, and whatever happened, on a good network with something to
 * send it comes back to life. */
#include "engine/bwe.h"

#include "fuzz.h"

#define MIN_BPS    50000u
#define MAX_BPS    8000000u
#define WANTED_BPS 2000000u
/* One half window of the base delay and another: what was believed of the old one is gone. */
#define CALM_US 45000000u

struct run {
    struct bwe bwe;
    uint64_t now_us;
    uint16_t next;
};

static void check(const struct run *run)
{
    const uint64_t target_bps = bwe_target_bps(&run->bwe);
    FUZZ_CHECK(target_bps >= MIN_BPS && target_bps <= MAX_BPS);
    FUZZ_CHECK(bwe_loss_permille(&run->bwe) <= 1000);
    FUZZ_CHECK(bwe_rtt_us(&run->bwe) <= 2000000);
}

static void send(struct run *run, uint16_t bytes, uint8_t kind, uint8_t probe)
{
    const struct bwe_packet packet = {run->next++, bytes, kind, probe};
    bwe_sent(&run->bwe, run->now_us, &packet);
}

/* The last packets, some lost, each so much later than the one before it (or earlier). */
static void answer(struct run *run, struct reader *reader)
{
    struct bwe_arrival arrivals[32];
    const size_t count = reader_u8(reader) % 32u;
    const uint32_t received = reader_u32(reader);
    int64_t at_us = (int64_t)run->now_us - 1000 * (int64_t)reader_u8(reader);
    for (size_t i = 0; i < count; i++) {
        at_us += (int8_t)reader_u8(reader) * 250;
        arrivals[i] = (struct bwe_arrival){
            .sequence = (uint16_t)(run->next - count + i),
            .received = (received >> i & 1u) != 0,
            .arrival_us = at_us,
        };
    }
    FUZZ_CHECK(bwe_feedback(&run->bwe, run->now_us, arrivals, count) <= count);
}

static void lie(struct run *run, struct reader *reader)
{
    const struct bwe_arrival arrival = {
        .sequence = reader_u16(reader),
        .received = true,
        .arrival_us = (int64_t)reader_u64(reader),
        .ecn = 3,
    };
    FUZZ_CHECK(bwe_feedback(&run->bwe, run->now_us, &arrival, 1) <= 1);
}

static void probe(struct run *run)
{
    struct bwe_probe asked;
    if (!bwe_probe_wanted(&run->bwe, run->now_us, &asked))
        return;
    FUZZ_CHECK(asked.id != 0 && asked.packets > 0 && asked.bytes > 0);
    FUZZ_CHECK(asked.rate_bps > bwe_target_bps(&run->bwe) && asked.rate_bps <= MAX_BPS);
    for (uint32_t i = 0; i < asked.packets; i++)
        send(run, (uint16_t)(asked.bytes / asked.packets + 1), BWE_PADDING, asked.id);
}

static void act(struct run *run, struct reader *reader)
{
    const uint8_t what = reader_u8(reader);
    struct bwe_decision decision;
    switch (what & 7u) {
    case 0:
        run->now_us += 16u * (uint64_t)reader_u16(reader);
        break;
    case 1:
        send(run, reader_u16(reader), (uint8_t)(what >> 3 & 3u), 0);
        break;
    case 2:
    case 3:
        answer(run, reader);
        break;
    case 4:
        lie(run, reader);
        break;
    case 5: {
        const uint64_t wanted_bps = 1000u * (uint64_t)reader_u16(reader);
        bwe_set_demand(&run->bwe, wanted_bps, wanted_bps >> (what >> 3 & 3u));
        break;
    }
    case 6:
        probe(run);
        break;
    default:
        bwe_tick(&run->bwe, run->now_us);
        FUZZ_CHECK(bwe_wake_at(&run->bwe) > run->now_us);
        while (bwe_take_decision(&run->bwe, &decision))
            FUZZ_CHECK(decision.before_kbps <= MAX_BPS / 1000u);
        break;
    }
}

/* 64 kbit/s over an empty link of 20 ms; more is wanted. */
static bool comes_alive(struct run *run)
{
    struct bwe_probe asked;
    struct bwe_arrival arrivals[3];
    const uint64_t until_us = run->now_us + CALM_US;
    bwe_set_demand(&run->bwe, WANTED_BPS, WANTED_BPS);
    while (run->now_us < until_us) {
        for (size_t i = 0; i < 3; i++, run->now_us += 20000) {
            arrivals[i] = (struct bwe_arrival){.sequence = run->next,
                                               .received = true,
                                               .arrival_us = (int64_t)run->now_us + 20000};
            send(run, 112, BWE_AUDIO, 0);
        }
        bwe_feedback(&run->bwe, run->now_us, arrivals, 3);
        bwe_tick(&run->bwe, run->now_us);
        check(run);
        if (bwe_target_bps(&run->bwe) >= WANTED_BPS ||
            bwe_probe_wanted(&run->bwe, run->now_us, &asked))
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct run run;
    struct reader reader = reader_of(bytes, len);
    const struct bwe_config config = {.min_bps = MIN_BPS, .max_bps = MAX_BPS};

    memset(&run, 0, sizeof run);
    run.now_us = 1000000;
    bwe_init(&run.bwe, &config, run.now_us);
    while (reader_left(&reader) > 0) {
        act(&run, &reader);
        check(&run);
    }
    FUZZ_CHECK(comes_alive(&run));
    return 0;
}
