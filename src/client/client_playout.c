/* The rules follow NetEq's DelayManager and DecisionLogic; see client_playout.h. */
#include "client/client_playout.h"

#include <string.h>

#include "base/seq.h"

#define FRAME_US      20000u
#define FRAME_TICKS   960u /* 48 kHz */
#define FIRST_WAIT_US 40000u
/* kForgetFactor 0.983 and kDelayQuantile 0.97 (delay_manager.cc), as shares of 2^24. */
#define SHARE_ONE     (1u << 24)
#define SHARE_FRESH   285213u
#define SHARE_ON_TIME 16273899u
/* Accelerate and preemptive expand change what is played by about a quarter of a frame. */
#define STRETCH_US 5000u
/* Longer silence is taken for the end of the stream. */
#define IDLE_FRAMES 100u

void client_playout_restart(struct client_playout *playout)
{
    playout->started = false;
    playout->waited = 0;
    memset(playout->here, 0, sizeof(playout->here));
}

static void start(struct client_playout *playout, uint64_t now_us, uint32_t timestamp)
{
    memset(playout->here, 0, sizeof(playout->here));
    playout->started = true;
    playout->idle = false;
    playout->waited = 0;
    /* What is older than the first frame has numbers too. */
    playout->next = CLIENT_PLAYOUT_RING;
    playout->end = playout->next;
    playout->base = timestamp - CLIENT_PLAYOUT_RING * FRAME_TICKS;
    playout->next_us = now_us + FIRST_WAIT_US;
    playout->transit_us[0] = playout->transit_us[1] =
        (int64_t)now_us - (int64_t)(playout->next * FRAME_US);
    playout->second_us = now_us + 1000000u;
}

static int64_t least_transit(const struct client_playout *playout)
{
    return playout->transit_us[0] < playout->transit_us[1] ? playout->transit_us[0]
                                                           : playout->transit_us[1];
}

static void note_lateness(struct client_playout *playout, uint64_t now_us, uint64_t number)
{
    int64_t transit_us = (int64_t)now_us - (int64_t)(number * FRAME_US);
    uint64_t bucket;

    if (now_us >= playout->second_us) {
        playout->second_us = now_us + 1000000u;
        playout->transit_us[1] = playout->transit_us[0];
        playout->transit_us[0] = transit_us;
    }
    if (transit_us < playout->transit_us[0])
        playout->transit_us[0] = transit_us;
    bucket = (uint64_t)(transit_us - least_transit(playout)) / FRAME_US;
    if (bucket >= CLIENT_PLAYOUT_BUCKETS)
        bucket = CLIENT_PLAYOUT_BUCKETS - 1;
    for (unsigned i = 0; i < CLIENT_PLAYOUT_BUCKETS; i++)
        playout->late[i] -= (uint32_t)((uint64_t)playout->late[i] * SHARE_FRESH / SHARE_ONE);
    playout->late[bucket] += SHARE_FRESH;
}

/* What all but a few frames kept to. */
static int64_t kept_us(const struct client_playout *playout)
{
    uint64_t sum = 0, total = 0;

    for (unsigned i = 0; i < CLIENT_PLAYOUT_BUCKETS; i++)
        total += playout->late[i];
    for (unsigned i = 0; i < CLIENT_PLAYOUT_BUCKETS; i++) {
        sum += playout->late[i];
        if (sum * SHARE_ONE >= total * SHARE_ON_TIME)
            return (int64_t)((i + 1) * FRAME_US);
    }
    return (int64_t)(CLIENT_PLAYOUT_BUCKETS * FRAME_US);
}

/* How long after the quickest one a frame is best played. */
static int64_t target_us(const struct client_playout *playout)
{
    int64_t kept = kept_us(playout), least = (int64_t)playout->least_us;

    return kept > least ? kept : least;
}

static bool is_here(const struct client_playout *playout, uint64_t number)
{
    return playout->here[number % CLIENT_PLAYOUT_RING] == number + 1;
}

/* A sender that was silent goes on: nothing was to be heard meanwhile. */
static bool goes_on(const struct client_playout *playout, uint64_t number, bool in_line)
{
    return in_line && number > playout->end && (playout->idle || playout->next == playout->end);
}

static void add(struct client_playout *playout, uint64_t number)
{
    playout->idle = false;
    playout->here[number % CLIENT_PLAYOUT_RING] = number + 1;
    playout->end = number >= playout->end ? number + 1 : playout->end;
    if (playout->waited == 0)
        return;
    playout->concealed += playout->waited;
    playout->covered = playout->waited;
    playout->waited = 0;
}

/* False: no frame of this stream, or too far away. */
static bool number_of(const struct client_playout *playout, uint32_t timestamp, uint64_t *number)
{
    int32_t ticks = seq32_diff(timestamp, playout->base);

    if (!playout->started || ticks % (int32_t)FRAME_TICKS != 0)
        return false;
    *number = ticks < 0 ? 0 : (uint64_t)ticks / FRAME_TICKS;
    return *number < playout->next + CLIENT_PLAYOUT_RING;
}

void client_playout_put(struct client_playout *playout, uint64_t now_us, uint32_t timestamp,
                        bool in_line)
{
    uint64_t number;

    client_playout_run(playout, now_us);
    if (!number_of(playout, timestamp, &number) || goes_on(playout, number, in_line)) {
        start(playout, now_us, timestamp);
        number = playout->next;
    }
    note_lateness(playout, now_us, number);
    if (number < playout->next)
        playout->too_late++;
    else if (!is_here(playout, number))
        add(playout, number);
}

void client_playout_recover(struct client_playout *playout, uint32_t timestamp)
{
    uint64_t number;

    if (number_of(playout, timestamp, &number) && number >= playout->next &&
        !is_here(playout, number)) {
        add(playout, number);
        playout->recovered++;
    }
}

/* Until the next frame's turn: a little more or less than a frame while the delay is not what it
 * should be. */
static uint64_t pace_us(const struct client_playout *playout)
{
    int64_t delay_us =
        (int64_t)playout->next_us - (int64_t)(playout->next * FRAME_US) - least_transit(playout);
    int64_t target = target_us(playout);

    if (delay_us > target + (int64_t)FRAME_US)
        return FRAME_US - STRETCH_US;
    return delay_us < target - (int64_t)FRAME_US / 2 ? FRAME_US + STRETCH_US : FRAME_US;
}

/* What was heard while nothing was there stands for the missing frames before the next one
 * (DecisionLogic::PacketTooEarly). */
static void pass_covered(struct client_playout *playout)
{
    for (; playout->covered > 0 && playout->next < playout->end && !is_here(playout, playout->next);
         playout->covered--)
        playout->next++;
    playout->covered = 0;
}

static void play_one(struct client_playout *playout)
{
    pass_covered(playout);
    playout->next_us += pace_us(playout);
    if (is_here(playout, playout->next)) {
        playout->played++;
        playout->next++;
    } else if (playout->next < playout->end) {
        playout->concealed++;
        playout->next++;
    } else if (++playout->waited >= IDLE_FRAMES) {
        playout->idle = true;
    }
}

void client_playout_run(struct client_playout *playout, uint64_t now_us)
{
    if (!playout->started)
        return;
    if (playout->idle && playout->next_us < now_us)
        playout->next_us = now_us;
    while (!playout->idle && playout->next_us <= now_us)
        play_one(playout);
}

uint64_t client_playout_concealed(const struct client_playout *playout)
{
    return playout->concealed + (playout->idle ? 0 : playout->waited);
}
