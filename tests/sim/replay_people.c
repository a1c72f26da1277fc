/* Who was there, and what each of them sent and could take. */
#include <stdlib.h>
#include <string.h>

#include "sim/replay_call.h"

/* What cameras send if the recording does not tell: the page's layers (bit/s). */
static const uint32_t usual_bps[CLIENT_MAX_LAYERS] = {150000, 500000, 1700000};

#define FPS 30u
/* RTP header and extensions, SRTP tag, UDP and IPv4 are in a recorded rate (track_rate.h), but not
 * in what an encoder aims at; a client's packets hold this much. */
#define HEAD_BYTES   66u
#define PACKET_BYTES 1100u

/* Codes of docs/protocol.md. */
enum { CODEC_OF_VP9 = 3, CODEC_OF_H264 = 4, CODEC_OF_AV1 = 5 };

unsigned replay_people_number(const struct replay_people *people, uint64_t id)
{
    unsigned i = 0;

    while (i < people->count && people->list[i].id != id)
        i++;
    return i;
}

static struct replay_person *find_or_add(struct replay_people *people, uint64_t id)
{
    unsigned number = replay_people_number(people, id);

    if (id == 0)
        return NULL;
    if (number < people->count)
        return &people->list[number];
    if (people->count == REPLAY_PEOPLE) {
        people->left_out++;
        return NULL;
    }
    people->list[number] = (struct replay_person){.id = id, .begins = true};
    people->count++;
    return &people->list[number];
}

static void note_presence(struct replay_people *people, const struct replay_entry *entry)
{
    struct replay_person *person = find_or_add(people, entry->participant);

    (void)find_or_add(people, entry->about);
    if (person == NULL)
        return;
    if (replay_is(entry, "join")) {
        person->begins = false;
        person->join_us = entry->at_us;
        people->loudest = (unsigned)replay_value(entry, "loudest", 0);
    } else if (replay_is(entry, "leave")) {
        person->leaves = true;
        person->leave_us = entry->at_us;
    }
}

/* ---- what they send -------------------------------------------------------------------------- */

static uint32_t aim_of(uint64_t bps)
{
    uint64_t frame = bps / 8 / FPS;
    uint64_t packets = (frame + PACKET_BYTES + HEAD_BYTES - 1) / (PACKET_BYTES + HEAD_BYTES);
    uint64_t heads = packets * HEAD_BYTES;

    return frame > heads ? (uint32_t)((frame - heads) * 8 * FPS) : 0;
}

/* The mean of what was told of a layer while it came, by how long it was so. 0: nothing. */
static uint64_t mean_rate(const struct replay_log *log, uint64_t id, unsigned layer,
                          uint64_t end_us)
{
    uint64_t bits = 0, passed_us = 0, since_us = 0;
    int64_t kbps = 0;

    for (size_t i = 0; i <= log->count; i++) {
        const struct replay_entry *entry = i < log->count ? &log->entries[i] : NULL;
        uint64_t now_us = entry != NULL ? entry->at_us : end_us;

        if (entry != NULL &&
            (!replay_is(entry, "rate") || entry->about != id || entry->source != ENGINE_CAMERA ||
             replay_value(entry, "layer", -1) != (int64_t)layer))
            continue;
        if (kbps > 0) {
            bits += (uint64_t)kbps * (now_us - since_us);
            passed_us += now_us - since_us;
        }
        since_us = now_us;
        kbps = entry != NULL ? replay_value(entry, "kbps", 0) : 0;
    }
    return passed_us > 0 ? bits * 1000u / passed_us : 0;
}

static void take_source(struct client_config *config, const struct replay_entry *entry)
{
    int64_t encodings = replay_value(entry, "encodings", 0);
    int64_t codec = replay_value(entry, "codec", 0);

    if (entry->source == ENGINE_MICROPHONE)
        config->microphone = config->microphone || encodings > 0;
    if (entry->source != ENGINE_CAMERA || encodings <= 0)
        return;
    config->camera = true;
    if ((unsigned)encodings > config->layers)
        config->layers =
            encodings < (int64_t)CLIENT_MAX_LAYERS ? (unsigned)encodings : CLIENT_MAX_LAYERS;
    if (codec == CODEC_OF_VP9 || codec == CODEC_OF_AV1)
        config->codec = CLIENT_VP9;
    else if (codec == CODEC_OF_H264)
        config->codec = CLIENT_H264;
}

/* Of a recording that begins in the middle: whose layers are chosen has a camera, and so on. */
static void take_mention(struct client_config *config, const struct replay_entry *entry)
{
    if (entry->source == ENGINE_MICROPHONE)
        config->microphone = true;
    if (entry->source != ENGINE_CAMERA || replay_is(entry, "view"))
        return;
    config->camera = true;
    if (config->layers == 0)
        config->layers = CLIENT_MAX_LAYERS;
}

static void find_sources(struct replay_person *person, const struct replay_log *log, bool whole)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct replay_entry *entry = &log->entries[i];

        if (entry->about == person->id && replay_is(entry, "source"))
            take_source(&person->config, entry);
    }
    for (size_t i = 0; !whole && i < log->count; i++)
        if (log->entries[i].about == person->id && !replay_is(&log->entries[i], "source"))
            take_mention(&person->config, &log->entries[i]);
}

static void find_seats(struct replay_person *person, const struct replay_log *log, unsigned others)
{
    person->config.seats = person->begins ? others : 0;
    person->config.red = person->begins;
    for (size_t i = 0; i < log->count; i++) {
        const struct replay_entry *entry = &log->entries[i];

        if (entry->participant != person->id || !replay_is(entry, "seats"))
            continue;
        person->config.seats = (unsigned)replay_value(entry, "seats", 0);
        person->config.red = replay_value(entry, "red", 0) != 0;
    }
    if (person->config.seats > CLIENT_MAX_SEATS)
        person->config.seats = CLIENT_MAX_SEATS;
}

static void configure(struct replay_people *people, struct replay_person *person,
                      const struct replay_log *log)
{
    struct client_config *config = &person->config;

    find_sources(person, log, !person->begins);
    find_seats(person, log, people->count - 1);
    config->fps = FPS;
    config->temporal_layers = 3;
    config->audio_nack = true;
    config->codecs = CLIENT_ALL_CODECS;
    if (config->codec == CLIENT_VP9)
        config->layers = CLIENT_MAX_LAYERS; /* spatial ones, in one stream */
    for (unsigned i = 0; i < CLIENT_MAX_LAYERS; i++) {
        uint32_t aim = aim_of(mean_rate(log, person->id, i, people->length_us));

        config->layer_bps[i] = aim != 0 ? aim : usual_bps[i];
    }
}

struct replay_people *replay_people_find(const struct replay_log *log)
{
    struct replay_people *people = calloc(1, sizeof(*people));

    if (people == NULL || log->count == 0) {
        free(people);
        return NULL;
    }
    people->length_us = log->entries[log->count - 1].at_us;
    for (size_t i = 0; i < log->count; i++)
        note_presence(people, &log->entries[i]);
    for (unsigned i = 0; i < people->count; i++) {
        configure(people, &people->list[i], log);
        replay_link_find(&people->list[i].link, log, people->list[i].id);
    }
    return people;
}
