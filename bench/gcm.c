/* What sealing one packet costs with each routine for AES-GCM that this CPU runs, in CPU time:
 * packets of a sound's to a picture's size, with one key and with those of 100 receivers in turn.
 * Prints medians of rounds in which the routines take turns; with --json FILE also rows for
 * bench/results. Goal: 0.4 of OpenSSL's time at 1,200 bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "engine/gcm.h"
#include "measure.h"

#define ROUNDS        31u
#define PACKETS       2000u
#define MAX_KEYS      100u
#define MAX_ROUTINES  4u
#define HEADER_BYTES  24u
#define GOAL_BYTES    1200u
#define GOAL_RATIO    0.40
#define LONGEST_BYTES 1400u

static const unsigned sizes[] = {60, 160, 200, 500, 1100, 1200, 1400};
static const unsigned key_counts[] = {1, MAX_KEYS};
static const unsigned key_lens[] = {16, 32};

static const struct gcm_routine *routines[MAX_ROUTINES]; /* OpenSSL's is the last */
static size_t routine_count;
static struct gcm_key keys[MAX_ROUTINES][MAX_KEYS];
static FILE *json;
static const char *separator = "";

static void init_keys(unsigned key_len)
{
    uint8_t bytes[32] = {1};

    for (size_t r = 0; r < routine_count; r++)
        for (unsigned i = 0; i < MAX_KEYS; i++) {
            bytes[31 - key_len / 2] = (uint8_t)i;
            if (routines[r]->init(&keys[r][i], bytes, key_len, CIPHER_SEAL) != 0)
                exit(1);
        }
}

static void fini_keys(void)
{
    for (size_t r = 0; r < routine_count; r++)
        for (unsigned i = 0; i < MAX_KEYS; i++)
            routines[r]->fini(&keys[r][i]);
}

/* One round: ns per packet. As in a worker the plain packet stays where it is and each receiver's
 * goes to a place of its own. */
static double round_ns(size_t routine, unsigned key_count, unsigned size, unsigned header_len)
{
    static uint8_t arena[MAX_KEYS][LONGEST_BYTES + CIPHER_GCM_TAG_BYTES];
    static const uint8_t packet[HEADER_BYTES + LONGEST_BYTES] = {0x90, 0x60};
    const struct span header = {packet, header_len}, payload = {packet + HEADER_BYTES, size};
    const double from_ns = cpu_ns();

    for (uint32_t i = 0; i < PACKETS; i++) {
        uint8_t iv[CIPHER_GCM_IV_BYTES] = {0};

        bytes_put_u32(iv + 8, i);
        if (routines[routine]->seal(&keys[routine][i % key_count], iv, header, payload,
                                    arena[i % MAX_KEYS]) != 0)
            exit(1);
    }
    return (cpu_ns() - from_ns) / PACKETS;
}

static void row(const char *name, const char *what, double value, const char *unit, double goal)
{
    if (json == NULL)
        return;
    fprintf(json, "%s\n  {\"id\": \"%s\", \"what\": \"%s\", \"value\": %.2f, \"unit\": \"%s\"",
            separator, name, what, value, unit);
    if (goal > 0)
        fprintf(json, ", \"goal\": \"<= %.2f\", \"pass\": %s}", goal,
                value <= goal ? "true" : "false");
    else
        fprintf(json, ", \"goal\": \"\", \"pass\": true}");
    separator = ",";
}

static void report(unsigned key_len, unsigned key_count, unsigned size, const double *median_ns)
{
    const double ratio = median_ns[0] / median_ns[routine_count - 1];
    char id[80], what[160];

    printf("AES-%u %3u keys %4u B", key_len * 8, key_count, size);
    for (size_t r = 0; r < routine_count; r++) {
        printf("  %7s %6.0f ns", routines[r]->name, median_ns[r]);
        snprintf(id, sizeof id, "gcm_%u_%s_%u_keys_%u", key_len * 8, routines[r]->name, key_count,
                 size);
        snprintf(what, sizeof what, "AES-%u-GCM, %s, %u keys, seal %u B", key_len * 8,
                 routines[r]->name, key_count, size);
        row(id, what, median_ns[r], "ns", 0);
    }
    printf("  ratio %.2f\n", ratio);
    snprintf(id, sizeof id, "gcm_%u_ratio_%u_keys_%u", key_len * 8, key_count, size);
    snprintf(what, sizeof what, "AES-%u-GCM, %s to OpenSSL, %u keys, seal %u B", key_len * 8,
             routines[0]->name, key_count, size);
    row(id, what, ratio, "", size == GOAL_BYTES ? GOAL_RATIO : 0);
}

static void measure(unsigned key_len, unsigned key_count, unsigned size)
{
    double spent_ns[MAX_ROUTINES][ROUNDS], median_ns[MAX_ROUTINES];

    for (unsigned i = 0; i < ROUNDS; i++)
        for (size_t r = 0; r < routine_count; r++)
            spent_ns[r][i] = round_ns(r, key_count, size, HEADER_BYTES);
    for (size_t r = 0; r < routine_count; r++) {
        qsort(spent_ns[r], ROUNDS, sizeof spent_ns[r][0], compare_doubles);
        median_ns[r] = spent_ns[r][ROUNDS / 2];
    }
    report(key_len, key_count, size, median_ns);
}

/* What the header's protection costs, and so what doing it for several packets at once could save
 * at most: the fastest routine with a header and without, in turns. */
static void measure_header(unsigned size)
{
    double with_ns[ROUNDS], without_ns[ROUNDS];
    char id[80], what[160];

    for (unsigned i = 0; i < ROUNDS; i++) {
        with_ns[i] = round_ns(0, MAX_KEYS, size, HEADER_BYTES);
        without_ns[i] = round_ns(0, MAX_KEYS, size, 0);
    }
    qsort(with_ns, ROUNDS, sizeof with_ns[0], compare_doubles);
    qsort(without_ns, ROUNDS, sizeof without_ns[0], compare_doubles);
    const double ns = with_ns[ROUNDS / 2] - without_ns[ROUNDS / 2];
    printf("AES-128 %3u keys %4u B  %u B of header: %.0f ns of it\n", MAX_KEYS, size, HEADER_BYTES,
           ns);
    snprintf(id, sizeof id, "gcm_header_%u", size);
    snprintf(what, sizeof what, "AES-128-GCM, %s, %u keys, seal %u B: of it for %u B of header",
             routines[0]->name, MAX_KEYS, size, HEADER_BYTES);
    row(id, what, ns, "ns", 0);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--json") == 0 && (json = fopen(argv[2], "w")) == NULL) {
        perror(argv[2]);
        return 1;
    }
    if (argc != 1 && json == NULL) {
        fprintf(stderr, "usage: bench_gcm [--json FILE]\n");
        return 2;
    }
    for (const struct gcm_routine *const *at = gcm_routines(); *at != NULL; at++)
        if (gcm_runs(*at))
            routines[routine_count++] = *at;
    printf("used: %s; %zu bytes per key\n", gcm_best()->name, sizeof(struct gcm_key));
    if (json != NULL)
        fprintf(json, "[");
    for (size_t i = 0; i < sizeof key_lens / sizeof key_lens[0]; i++) {
        init_keys(key_lens[i]);
        for (size_t k = 0; k < sizeof key_counts / sizeof key_counts[0]; k++)
            for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
                measure(key_lens[i], key_counts[k], sizes[s]);
        if (key_lens[i] == 16)
            for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
                measure_header(sizes[s]);
        fini_keys();
    }
    if (json != NULL && (fprintf(json, "\n]\n") < 0 || fclose(json) != 0)) {
        perror(argv[2]);
        return 1;
    }
    return 0;
}
