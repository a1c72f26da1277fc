/* Token buckets per address. Time is an argument. */
#include "control/limits.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"

struct entry {
    struct list_node age; /* in limits->by_age, the most recently used first */
    uint64_t key;
    struct bucket buckets[LIMITS_KINDS];
    uint32_t sockets;
    bool used;
};

struct limits {
    struct limits_rate rates[LIMITS_KINDS];
    uint32_t sockets_per_address;
    struct list by_age;
    struct map by_key;
    struct entry entries[];
};

struct limits *limits_new(uint32_t size, const struct limits_rate rates[static LIMITS_KINDS],
                          uint32_t sockets_per_address, uint64_t seed)
{
    struct limits *limits = calloc(1, sizeof *limits + size * sizeof limits->entries[0]);
    if (limits == NULL || map_init(&limits->by_key, size, seed) != 0) {
        free(limits);
        return NULL;
    }
    memcpy(limits->rates, rates, sizeof limits->rates);
    limits->sockets_per_address = sockets_per_address;
    list_init(&limits->by_age);
    for (uint32_t i = 0; i < size; i++)
        list_push_back(&limits->by_age, &limits->entries[i].age);
    return limits;
}

void limits_free(struct limits *limits)
{
    if (limits == NULL)
        return;
    map_fini(&limits->by_key);
    free(limits);
}

/* IPv4 lies under ffff:ffff::/32, where no IPv6 source address is (ff00::/8 is multicast). */
static uint64_t make_key(const struct net_address *address)
{
    uint64_t key = address->family == NET_IPV6 ? 0 : UINT32_MAX;
    size_t len = address->family == NET_IPV6 ? 8 : 4;
    for (size_t i = 0; i < len; i++)
        key = key << 8 | address->ip[i];
    return key;
}

/* The oldest entry without open sockets; those with sockets are few (limits.sockets). */
static struct entry *find_victim(const struct limits *limits)
{
    const struct list_node *head = &limits->by_age.head;
    for (struct list_node *node = head->prev; node != head; node = node->prev) {
        struct entry *entry = LIST_ELEMENT(node, struct entry, age);
        if (entry->sockets == 0)
            return entry;
    }
    return NULL;
}

static struct entry *add(struct limits *limits, uint64_t key)
{
    struct entry *entry = find_victim(limits);
    if (entry == NULL)
        return NULL;
    if (entry->used)
        map_remove(&limits->by_key, entry->key);
    memset(entry->buckets, 0, sizeof entry->buckets);
    entry->used = map_put_pointer(&limits->by_key, key, entry) == 0;
    entry->key = key;
    return entry->used ? entry : NULL;
}

/* NULL: every entry has open sockets. */
static struct entry *find_or_add(struct limits *limits, const struct net_address *address)
{
    uint64_t key = make_key(address);
    struct entry *entry = map_get_pointer(&limits->by_key, key);
    if (entry == NULL)
        entry = add(limits, key);
    if (entry != NULL) {
        list_remove(&entry->age);
        list_push_front(&limits->by_age, &entry->age);
    }
    return entry;
}

void bucket_init(struct bucket *bucket, double burst, uint64_t now_ms)
{
    bucket->tokens = burst;
    bucket->refilled_ms = now_ms;
}

bool bucket_take(struct bucket *bucket, double per_s, double burst, uint64_t now_ms)
{
    double tokens = bucket->tokens + (double)(now_ms - bucket->refilled_ms) * per_s / 1000.0;
    bucket->tokens = tokens < burst ? tokens : burst;
    bucket->refilled_ms = now_ms;
    if (bucket->tokens < 1.0)
        return false;
    bucket->tokens -= 1.0;
    return true;
}

uint32_t limits_take(struct limits *limits, enum limits_kind kind,
                     const struct net_address *address, uint64_t now_ms)
{
    struct entry *entry = find_or_add(limits, address);
    if (entry == NULL)
        return 1;
    struct bucket *bucket = &entry->buckets[kind];
    double burst = limits->rates[kind].per_minute;
    double per_s = burst / 60.0;
    if (bucket->refilled_ms == 0)
        bucket_init(bucket, burst, now_ms);
    if (bucket_take(bucket, per_s, burst, now_ms))
        return 0;
    return 1u + (uint32_t)((1.0 - bucket->tokens) / per_s);
}

bool limits_socket_opened(struct limits *limits, const struct net_address *address)
{
    struct entry *entry = find_or_add(limits, address);
    if (entry == NULL || entry->sockets >= limits->sockets_per_address)
        return false;
    entry->sockets++;
    return true;
}

void limits_socket_closed(struct limits *limits, const struct net_address *address)
{
    struct entry *entry = map_get_pointer(&limits->by_key, make_key(address));
    if (entry != NULL && entry->sockets > 0)
        entry->sockets--;
}
