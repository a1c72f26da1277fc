#include "client/client_counter.h"

#include <string.h>

/* As client_sink.c asks. */
#define RETRY_US     100000u
#define MAX_ASKED    10u
#define KEY_RETRY_US 200000u

static bool is_seen(const struct client_counter *counter, uint64_t seq)
{
    uint64_t at = seq % CLIENT_COUNTER_WINDOW;

    return (counter->seen[at / 64] >> (at % 64) & 1u) != 0;
}

static void set_seen(struct client_counter *counter, uint64_t seq, bool seen)
{
    uint64_t at = seq % CLIENT_COUNTER_WINDOW, bit = UINT64_C(1) << (at % 64);

    counter->seen[at / 64] = seen ? counter->seen[at / 64] | bit : counter->seen[at / 64] & ~bit;
}

static void miss(struct client_counter *counter, uint64_t seq)
{
    if (!counter->repairs)
        return;
    if (counter->missing_count == CLIENT_COUNTER_MISSING)
        counter->key_wanted = counter->video;
    else
        counter->missing[counter->missing_count++] = (struct client_missing){.seq = seq};
}

static void forget_missing(struct client_counter *counter, unsigned at)
{
    counter->missing[at] = counter->missing[--counter->missing_count];
}

static void find(struct client_counter *counter, uint64_t seq)
{
    for (unsigned i = 0; i < counter->missing_count; i++) {
        if (counter->missing[i].seq != seq)
            continue;
        forget_missing(counter, i);
        return;
    }
}

/* The window moves up to seq; what lies between is missing. */
static void advance(struct client_counter *counter, uint64_t before, uint64_t seq)
{
    uint64_t from = before + 1;

    if (seq - before >= CLIENT_COUNTER_WINDOW) {
        memset(counter->seen, 0, sizeof(counter->seen));
        counter->missing_count = 0;
        counter->key_wanted = counter->video;
        from = seq;
    }
    for (; from < seq; from++) {
        set_seen(counter, from, false);
        miss(counter, from);
    }
    set_seen(counter, seq, true);
}

static bool is_known(const struct client_counter *counter, uint64_t seq)
{
    uint64_t highest = counter->reception.seqs.highest;

    return seq < counter->reception.first_seq || seq + CLIENT_COUNTER_WINDOW <= highest ||
           is_seen(counter, seq);
}

/* Above all, of the packets in a row the same one of each frame must not be taken: the sample's
 * distance is a prime. */
static bool is_sample(struct client_counter *counter)
{
    if (counter->until_sample > 0) {
        counter->until_sample--;
        return false;
    }
    counter->until_sample = CLIENT_COUNTER_SAMPLE - 1;
    return true;
}

static void note_pause(struct client_counter *counter, uint64_t now_us)
{
    uint64_t pause_us = now_us > counter->last_us ? now_us - counter->last_us : 0;

    if (counter->started && pause_us > counter->pause_us)
        counter->pause_us = pause_us;
    if (!counter->started && counter->last_us != 0)
        counter->resumed_us = pause_us;
    counter->last_us = now_us;
}

bool client_counter_receive(struct client_counter *counter, uint64_t now_us, uint16_t seq,
                            uint32_t timestamp, size_t bytes)
{
    struct client_reception *reception = &counter->reception;
    uint64_t before = reception->seqs.highest, extended = seq16_unwrap(&reception->seqs, seq);

    note_pause(counter, now_us);
    if (!counter->started) {
        counter->started = true;
        reception->first_seq = extended;
        set_seen(counter, extended, true);
    } else if (extended > before) {
        advance(counter, before, extended);
    } else if (is_known(counter, extended)) {
        counter->duplicates++;
        return false;
    } else {
        set_seen(counter, extended, true);
        find(counter, extended);
    }
    reception->received++;
    counter->bytes += bytes;
    client_reception_arrived(reception, now_us, timestamp);
    return is_sample(counter);
}

void client_counter_repair(struct client_counter *counter, uint16_t seq)
{
    struct client_reception *reception = &counter->reception;
    uint64_t before = reception->seqs.highest, extended;

    counter->repetitions++;
    if (!counter->started)
        return;
    extended = seq16_unwrap(&reception->seqs, seq);
    if (extended > before)
        advance(counter, before, extended);
    else if (is_known(counter, extended))
        return;
    set_seen(counter, extended, true);
    find(counter, extended);
    counter->repaired++;
}

void client_counter_go_on(struct client_counter *counter, const struct client_counter *former)
{
    counter->last_us = former->last_us;
}

size_t client_counter_nacks(struct client_counter *counter, uint64_t now_us,
                            uint16_t seqs[static CLIENT_COUNTER_MISSING])
{
    size_t count = 0;

    for (unsigned i = 0; i < counter->missing_count;) {
        struct client_missing *missing = &counter->missing[i];
        bool due = missing->asked == 0 || now_us - missing->asked_us >= RETRY_US;

        if (due && missing->asked == MAX_ASKED) {
            counter->key_wanted = counter->video;
            forget_missing(counter, i);
            continue;
        }
        if (due) {
            missing->asked++;
            missing->asked_us = now_us;
            seqs[count++] = (uint16_t)missing->seq;
        }
        i++;
    }
    return count;
}

bool client_counter_wants_key(struct client_counter *counter, uint64_t now_us)
{
    if (!counter->key_wanted ||
        (counter->key_asked_us != 0 && now_us - counter->key_asked_us < KEY_RETRY_US))
        return false;
    counter->key_wanted = false;
    counter->key_asked_us = now_us;
    return true;
}

uint64_t client_counter_expected(const struct client_counter *counter)
{
    const struct client_reception *reception = &counter->reception;

    return counter->started ? reception->seqs.highest - reception->first_seq + 1 : 0;
}

uint64_t client_counter_lost(const struct client_counter *counter)
{
    uint64_t here = counter->reception.received + counter->repaired;
    uint64_t expected = client_counter_expected(counter);

    return expected > here ? expected - here : 0;
}
