/* Round trip and queueing. */
#include "engine/bwe_path.h"

#define RTT_UNKNOWN_US 100000u
#define RTT_MAX_US     2000000u
#define HALF_WINDOW_US 15000000u
#define JUMP_US        3000000
/* A queue moves by a packet's time at a time: enough to be smooth, quick enough to stop a probe. */
#define QUEUE_SMOOTHING 4

static void restart(struct bwe_path *path, int64_t delay_us)
{
    path->delay_known = true;
    path->last_delay_us = delay_us;
    path->base_us[0] = delay_us;
    path->base_us[1] = delay_us;
    path->half_began_us = 0;
    path->queue_us = 0;
}

bool bwe_path_jumped(struct bwe_path *path, uint64_t sent_us, int64_t arrival_us)
{
    const int64_t delay_us = arrival_us - (int64_t)sent_us;
    const int64_t change_us = delay_us - path->last_delay_us;
    const bool known = path->delay_known;
    if (known && change_us > -JUMP_US && change_us < JUMP_US)
        return false;
    restart(path, delay_us);
    return known;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void note_delay(struct bwe_path *path, uint64_t now_us, int64_t delay_us)
{
    if (path->half_began_us == 0)
        path->half_began_us = now_us;
    if (now_us - path->half_began_us > HALF_WINDOW_US) {
        path->base_us[0] = path->base_us[1];
        path->base_us[1] = delay_us;
        path->half_began_us = now_us;
    }
    path->last_delay_us = delay_us;
    path->base_us[1] = smaller(path->base_us[1], delay_us);
    const int64_t queue_us = delay_us - smaller(path->base_us[0], path->base_us[1]);
    path->waited_us = queue_us;
    path->queue_us += (queue_us - path->queue_us) / QUEUE_SMOOTHING;
}

static void note_rtt(struct bwe_path *path, uint64_t rtt_us)
{
    if (rtt_us > RTT_MAX_US)
        rtt_us = RTT_MAX_US;
    path->rtt_us = path->rtt_known ? (path->rtt_us * 7 + rtt_us) / 8 : rtt_us;
    path->rtt_known = true;
}

void bwe_path_add(struct bwe_path *path, uint64_t now_us, uint64_t sent_us, int64_t arrival_us)
{
    note_delay(path, now_us, arrival_us - (int64_t)sent_us);
}

void bwe_path_answered(struct bwe_path *path, uint64_t now_us, uint64_t newest_sent_us)
{
    note_rtt(path, now_us > newest_sent_us ? now_us - newest_sent_us : 0);
}

uint64_t bwe_path_rtt_us(const struct bwe_path *path)
{
    return path->rtt_known ? path->rtt_us : RTT_UNKNOWN_US;
}

uint64_t bwe_path_queue_us(const struct bwe_path *path)
{
    return path->queue_us > 0 ? (uint64_t)path->queue_us : 0;
}
