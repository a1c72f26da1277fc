/* Houses by address; who shares; the level. */
#include "engine/neighbours.h"

#include <stdlib.h>
#include <string.h>

#include "engine/limits.h"

#define SAMPLE_US 100000u
/* Samples fade by one in so many: memory of some six seconds. */
#define MEMORY 64u
/* Not before so many: two seconds. */
#define SAMPLES_LEAST 20u
/* Correlation as a square: 0.7 to begin, 0.5 to go on. */
#define BEGINS  0.49
#define GOES_ON 0.25
/* Queues that hardly move tell nothing: variance in ms². */
#define MOVES_LEAST 4.0
/* The receiver's clock may be anything. */
#define QUEUE_MAX_MS 500.0
#define LEVEL_US     200000u
#define LEVEL_ROUNDS 8u
/* What a probe found may be there so long, if no queue says otherwise. */
#define SPARE_US       3000000u
#define SPARE_QUEUE_MS 25.0
/* Sent, answered and used. */
#define PROBE_US 400000u
/* Who has more than the level lets those go first who have less, but not for ever. */
#define PATIENCE_US 8000000u

struct house {
    uint64_t key;
    struct list members; /* struct neighbour, in_house */
    uint32_t count, sharing;
    double queues_ms, sharing_queues_ms; /* sums */
    uint64_t level_bps, leveled_us;
    uint64_t probed_us;           /* by one of those who share */
    uint64_t spare_bps, spare_us; /* room that a probe found, and when */
};

/* ---- houses --------------------------------------------------------------------------------- */

int neighbours_init(struct neighbours *neighbours, uint32_t max, uint64_t seed)
{
    neighbours->seed = seed;
    return map_init(&neighbours->houses, max, seed);
}

void neighbours_fini(struct neighbours *neighbours)
{
    map_fini(&neighbours->houses);
}

static uint64_t key_of(const struct neighbours *neighbours, const struct net_address *address)
{
    struct net_path path = {.remote = {.family = address->family}};

    memcpy(path.remote.ip, address->ip, address->family == NET_IPV6 ? 8 : 4);
    return net_path_hash(&path, neighbours->seed);
}

static struct house *new_house(struct neighbours *neighbours, uint64_t key)
{
    struct house *house = calloc(1, sizeof *house);
    if (!house)
        return NULL;
    house->key = key;
    list_init(&house->members);
    if (map_put_pointer(&neighbours->houses, key, house) == 0)
        return house;
    free(house);
    return NULL;
}

static void stop_sharing(struct neighbour *neighbour)
{
    struct house *house = neighbour->house;
    if (!neighbour->shares)
        return;
    neighbour->shares = false;
    house->sharing--;
    house->sharing_queues_ms -= neighbour->queue_ms;
}

static void start_sharing(struct neighbour *neighbour)
{
    struct house *house = neighbour->house;
    if (neighbour->shares)
        return;
    neighbour->shares = true;
    house->sharing++;
    house->sharing_queues_ms += neighbour->queue_ms;
}

void neighbours_leave(struct neighbours *neighbours, struct neighbour *neighbour)
{
    struct house *house = neighbour->house;
    if (!house)
        return;
    stop_sharing(neighbour);
    house->queues_ms -= neighbour->queue_ms;
    house->count--;
    list_remove(&neighbour->in_house);
    if (house->count == 0) {
        map_remove(&neighbours->houses, house->key);
        free(house);
    }
    memset(neighbour, 0, sizeof *neighbour);
}

bool neighbours_move(struct neighbours *neighbours, struct neighbour *neighbour,
                     const struct net_address *address)
{
    if (net_address_equal(&neighbour->address, address))
        return true;
    neighbours_leave(neighbours, neighbour);
    neighbour->address = *address;
    if (address->family == NET_NONE)
        return true;
    const uint64_t key = key_of(neighbours, address);
    struct house *house = map_get_pointer(&neighbours->houses, key);
    if (!house)
        house = new_house(neighbours, key);
    if (!house || house->count == LIMIT_NEIGHBOURS)
        return false;
    neighbour->house = house;
    list_push_back(&house->members, &neighbour->in_house);
    house->count++;
    return true;
}

/* ---- who shares ----------------------------------------------------------------------------- */

static void add_sample(struct neighbour_moments *moments, double own, double others)
{
    if (moments->samples < MEMORY)
        moments->samples++;
    const double weight = 1.0 / moments->samples;
    const double own_off = own - moments->own, others_off = others - moments->others;
    moments->own += weight * own_off;
    moments->others += weight * others_off;
    moments->own2 += weight * ((1 - weight) * own_off * own_off - moments->own2);
    moments->others2 += weight * ((1 - weight) * others_off * others_off - moments->others2);
    moments->together += weight * ((1 - weight) * own_off * others_off - moments->together);
}

/* The mean of those who are known to share, else of all; but for itself. False: there is nobody. */
static bool others_queue(const struct neighbour *neighbour, double *queue_ms)
{
    const struct house *house = neighbour->house;
    const uint32_t sharing = house->sharing - neighbour->shares;
    if (sharing > 0) {
        const double own_ms = neighbour->shares ? neighbour->queue_ms : 0;
        *queue_ms = (house->sharing_queues_ms - own_ms) / sharing;
    } else if (house->count > 1) {
        *queue_ms = (house->queues_ms - neighbour->queue_ms) / (house->count - 1);
    }
    return sharing > 0 || house->count > 1;
}

static void judge(struct neighbour *neighbour)
{
    const struct neighbour_moments *m = &neighbour->moments;
    if (m->samples < SAMPLES_LEAST || m->own2 < MOVES_LEAST || m->others2 < MOVES_LEAST)
        return;
    const double square = m->together * m->together / (m->own2 * m->others2);
    if (m->together > 0 && square > BEGINS)
        start_sharing(neighbour);
    else if (m->together <= 0 || square < GOES_ON)
        stop_sharing(neighbour);
}

static void set_queue(struct neighbour *neighbour, uint64_t queue_us)
{
    const double ms = (double)queue_us / 1000.0;
    const double queue_ms = ms < QUEUE_MAX_MS ? ms : QUEUE_MAX_MS;
    neighbour->house->queues_ms += queue_ms - neighbour->queue_ms;
    if (neighbour->shares)
        neighbour->house->sharing_queues_ms += queue_ms - neighbour->queue_ms;
    neighbour->queue_ms = queue_ms;
}

/* ---- the level ------------------------------------------------------------------------------ */

/* Who wants less than the level leaves the rest to the others: a few rounds come near enough. */
static uint64_t find_level(const struct house *house)
{
    uint64_t total = house->spare_bps, level = 0;
    LIST_EACH(&house->members, node)
    {
        const struct neighbour *one = LIST_ELEMENT(node, struct neighbour, in_house);
        total += one->shares ? one->rate_bps : 0;
    }
    for (unsigned round = 0; round < LEVEL_ROUNDS; round++) {
        uint64_t left = total;
        uint32_t hungry = 0;
        LIST_EACH(&house->members, node)
        {
            const struct neighbour *one = LIST_ELEMENT(node, struct neighbour, in_house);
            if (!one->shares)
                continue;
            if (one->wanted_bps > level)
                hungry++;
            else
                left -= one->wanted_bps < left ? one->wanted_bps : left;
        }
        if (hungry == 0 || left / hungry == level)
            break;
        level = left / hungry;
    }
    return level;
}

void neighbours_note(struct neighbour *neighbour, const struct neighbour_view *view)
{
    struct house *house = neighbour->house;
    double others_ms = 0;
    if (!house || view->now_us - neighbour->sampled_us < SAMPLE_US)
        return;
    neighbour->sampled_us = view->now_us;
    neighbour->rate_bps = view->rate_bps;
    neighbour->wanted_bps = view->wanted_bps;
    set_queue(neighbour, view->queue_us);
    if (!others_queue(neighbour, &others_ms))
        return;
    add_sample(&neighbour->moments, neighbour->queue_ms, others_ms);
    judge(neighbour);
    if (view->now_us - house->leveled_us < LEVEL_US)
        return;
    house->leveled_us = view->now_us;
    if (view->now_us - house->spare_us > SPARE_US ||
        house->sharing_queues_ms > SPARE_QUEUE_MS * house->sharing)
        house->spare_bps = 0;
    house->level_bps = house->sharing > 1 ? find_level(house) : 0;
}

void neighbours_found(struct neighbour *neighbour, uint64_t now_us, uint64_t measured_bps)
{
    struct house *house = neighbour->house;
    if (!neighbour->shares || measured_bps <= neighbour->rate_bps + house->spare_bps)
        return;
    house->spare_bps = measured_bps - neighbour->rate_bps;
    house->spare_us = now_us;
}

unsigned neighbours_sharing(const struct neighbour *neighbour)
{
    return neighbour->shares ? neighbour->house->sharing : 0;
}

uint64_t neighbours_level_bps(const struct neighbour *neighbour)
{
    return neighbour->shares ? neighbour->house->level_bps : 0;
}

/* ---- probes --------------------------------------------------------------------------------- */

bool neighbours_may_probe(const struct neighbour *neighbour, uint64_t now_us)
{
    if (!neighbour->shares || neighbour->house->sharing < 2)
        return true;
    const struct house *house = neighbour->house;
    if (house->probed_us != 0 && now_us - house->probed_us < PROBE_US)
        return false;
    return neighbour->rate_bps <= house->level_bps || now_us - neighbour->probed_us > PATIENCE_US;
}

void neighbours_probed(struct neighbour *neighbour, uint64_t now_us)
{
    neighbour->probed_us = now_us;
    if (neighbour->shares)
        neighbour->house->probed_us = now_us;
}
