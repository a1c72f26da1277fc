/* The P2P ⇄ SFU state machine. */
#include "control/mode.h"

#include <string.h>

void mode_init(struct mode *mode, enum mode_policy policy, const struct mode_times *times)
{
    /* Members are looked at up to count only: 64 KiB of a small room are never touched. */
    memset(mode, 0, offsetof(struct mode, members));
    mode->count = 0;
    mode->policy = policy;
    mode->times = *times;
    mode->sfu = policy == MODE_POLICY_SFU;
}

void mode_restore(struct mode *mode, bool sfu, bool paired, bool waiting, uint32_t epoch)
{
    mode->sfu = sfu;
    mode->paired = paired && !sfu;
    mode->epoch = epoch;
    /* The deadline is set when the members are there. */
    mode->waiting = waiting && sfu;
    mode->former_leg = mode->waiting;
}

bool mode_is_switching(const struct mode *mode)
{
    return mode->waiting && mode->former_leg;
}

static struct mode_member *find(struct mode *mode, uint64_t id)
{
    for (size_t i = 0; i < mode->count; i++)
        if (mode->members[i].id == id)
            return &mode->members[i];
    return NULL;
}

static int add(struct mode *mode, uint64_t id, bool present)
{
    if (mode->count == MODE_MAX_MEMBERS)
        return -1;
    mode->members[mode->count++] = (struct mode_member){.id = id, .present = present};
    return 0;
}

static size_t count_present(const struct mode *mode)
{
    size_t present = 0;
    for (size_t i = 0; i < mode->count; i++)
        present += mode->members[i].present;
    return present;
}

static bool all_ready(const struct mode *mode)
{
    for (size_t i = 0; i < mode->count; i++)
        if (mode->members[i].awaited && !mode->members[i].ready)
            return false;
    return true;
}

static void finish(struct mode *mode, struct mode_news *news)
{
    news->done = true;
    news->sfu_legs_over = !mode->sfu && mode->former_leg;
    mode->waiting = false;
    mode->former_leg = false;
}

/* Begins a new epoch in the given mode. had_leg: the members of now have the former leg. */
static void change(struct mode *mode, bool sfu, bool had_leg, uint64_t now_ms)
{
    mode->sfu = sfu;
    mode->paired = !sfu;
    mode->epoch++;
    mode->waiting = true;
    mode->former_leg = had_leg;
    mode->deadline_ms = now_ms + (sfu ? mode->times.switch_timeout_ms : mode->times.p2p_timeout_ms);
    for (size_t i = 0; i < mode->count; i++) {
        mode->members[i].awaited = had_leg || !sfu;
        mode->members[i].ready = false;
    }
}

static bool may_return(const struct mode *mode)
{
    return mode->sfu && !mode->waiting && mode->policy != MODE_POLICY_SFU && !mode->p2p_given_up &&
           mode->viewers == 0 && mode->count == 2 && count_present(mode) == 2;
}

/* What follows from the state by itself, after every event. */
static void settle(struct mode *mode, uint64_t now_ms, struct mode_news *news)
{
    if (!mode->sfu && !mode->paired && mode->count == 2 && count_present(mode) == 2) {
        const bool direct = mode->viewers == 0;
        change(mode, !direct, false, now_ms);
        news->changed = true;
        news->reason = direct ? MODE_FIRST_PAIR : MODE_ROOM_MODE;
    }
    if (mode->waiting && all_ready(mode))
        finish(mode, news);
    if (!may_return(mode))
        mode->return_at_ms = 0;
    else if (mode->return_at_ms == 0)
        mode->return_at_ms = now_ms + mode->times.return_ms;
}

int mode_restore_member(struct mode *mode, uint64_t id, uint64_t now_ms)
{
    if (add(mode, id, false) != 0)
        return -1;
    mode->members[mode->count - 1].awaited = mode->waiting;
    mode->deadline_ms = now_ms + mode->times.switch_timeout_ms;
    return 0;
}

int mode_joined(struct mode *mode, uint64_t id, uint64_t now_ms, struct mode_news *news)
{
    if (mode->count == MODE_MAX_MEMBERS)
        return -1;
    *news = (struct mode_news){0};
    mode->p2p_given_up = false;
    if (!mode->sfu && mode->count == 2) {
        /* Before the newcomer is added: it has no former leg. */
        change(mode, true, mode->paired, now_ms);
        news->changed = true;
        news->reason = MODE_THIRD_JOINED;
    }
    if (add(mode, id, true) != 0)
        return -1;
    settle(mode, now_ms, news);
    return 0;
}

struct mode_news mode_left(struct mode *mode, uint64_t id, uint64_t now_ms)
{
    struct mode_news news = {0};
    struct mode_member *member = find(mode, id);
    if (member == NULL)
        return news;
    *member = mode->members[--mode->count];
    mode->p2p_given_up = false;
    if (!mode->sfu && mode->count < 2) {
        /* Nobody is left to talk to directly. One who still has an SFU leg may close it. */
        if (mode_is_switching(mode))
            finish(mode, &news);
        mode->waiting = false;
        mode->paired = false;
    }
    settle(mode, now_ms, &news);
    return news;
}

struct mode_news mode_presence(struct mode *mode, uint64_t id, bool present, uint64_t now_ms)
{
    struct mode_news news = {0};
    struct mode_member *member = find(mode, id);
    if (member == NULL)
        return news;
    member->present = present;
    settle(mode, now_ms, &news);
    return news;
}

struct mode_news mode_ready(struct mode *mode, uint64_t id, uint64_t now_ms)
{
    struct mode_news news = {0};
    struct mode_member *member = find(mode, id);
    if (member == NULL)
        return news;
    member->ready = true;
    settle(mode, now_ms, &news);
    return news;
}

struct mode_news mode_failed(struct mode *mode, uint64_t now_ms)
{
    struct mode_news news = {0};
    if (mode->sfu || !mode->paired)
        return news;
    mode->p2p_given_up = true;
    change(mode, true, true, now_ms);
    news.changed = true;
    news.reason = MODE_P2P_FAILED;
    settle(mode, now_ms, &news);
    return news;
}

struct mode_news mode_tick(struct mode *mode, uint64_t now_ms)
{
    struct mode_news news = {0};
    if (mode->waiting && now_ms >= mode->deadline_ms) {
        if (!mode->sfu)
            return mode_failed(mode, now_ms);
        finish(mode, &news);
        settle(mode, now_ms, &news);
    } else if (mode->return_at_ms != 0 && now_ms >= mode->return_at_ms) {
        change(mode, false, true, now_ms);
        mode->return_at_ms = 0;
        news.changed = true;
        news.reason = MODE_TWO_REMAIN;
    }
    return news;
}
