/* Probes: a short burst at a rate above the estimate, to see what comes through. One cluster at a
 * time is measured here; when and how fast to probe is bwe_probe_plan's. */
#ifndef PARLEY_ENGINE_BWE_PROBE_H
#define PARLEY_ENGINE_BWE_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* What the caller is to send, marked with id. */
struct bwe_probe {
    uint8_t id;           /* 1..255 */
    uint64_t rate_bps;    /* as fast as this, evenly */
    uint32_t bytes;       /* at least so many, overhead counted */
    uint8_t packets;      /* in at least so many packets */
    uint32_t duration_us; /* what that takes; later than twice this: leave the rest */
};

/* Zeroed: none runs. */
struct bwe_cluster {
    struct bwe_probe asked;
    bool running;
    uint8_t last_id;
    uint64_t asked_us;
    uint64_t last_activity_us;
    /* sent so far */
    uint32_t sent_packets, sent_bytes;
    /* of those that arrived */
    uint32_t packets, bytes;
    uint32_t answered; /* arrived or lost */
    uint64_t first_sent_us, last_sent_us;
    int64_t first_arrival_us, last_arrival_us;
    uint32_t last_sent_bytes, first_arrival_bytes;
};

enum bwe_cluster_result {
    BWE_CLUSTER_WAIT,
    BWE_CLUSTER_MEASURED, /* *rate_bps is set */
    BWE_CLUSTER_FAILED,   /* too little came back */
    BWE_CLUSTER_UNSENT    /* the caller had nothing to send it with */
};

/* Begins; out is what the caller is to send. */
void bwe_cluster_begin(struct bwe_cluster *cluster, uint64_t now_us, uint64_t rate_bps,
                       uint32_t duration_us, struct bwe_probe *out);
void bwe_cluster_sent(struct bwe_cluster *cluster, uint64_t now_us, uint32_t bytes);
void bwe_cluster_arrived(struct bwe_cluster *cluster, uint64_t sent_us, int64_t arrival_us,
                         uint32_t bytes);
void bwe_cluster_lost(struct bwe_cluster *cluster);
/* Ends the cluster with any answer but WAIT, and that within a second or so. */
enum bwe_cluster_result bwe_cluster_poll(struct bwe_cluster *cluster, uint64_t now_us,
                                         uint64_t rtt_us, uint64_t *rate_bps);
/* When poll has to be called even if nothing comes. UINT64_MAX: none runs. */
uint64_t bwe_cluster_wake_at(const struct bwe_cluster *cluster, uint64_t rtt_us);
void bwe_cluster_abort(struct bwe_cluster *cluster);

#endif
