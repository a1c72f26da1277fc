/* Learning SSRCs. */
#include "engine/ssrc_table.h"

#include <string.h>

static size_t index_of(const struct ssrc_table *table, uint32_t ssrc)
{
    size_t i = 0;
    while (i < table->count && table->roles[i].ssrc != ssrc)
        i++;
    return i;
}

const struct ssrc_role *ssrc_table_find(const struct ssrc_table *table, uint32_t ssrc)
{
    const size_t i = index_of(table, ssrc);
    return i < table->count ? &table->roles[i] : NULL;
}

static void remove_at(struct ssrc_table *table, size_t i)
{
    table->roles[i] = table->roles[--table->count];
}

static bool same_role(const struct ssrc_role *a, const struct ssrc_role *b)
{
    return a->source == b->source && a->layer == b->layer && a->rtx == b->rtx;
}

const struct ssrc_role *ssrc_table_bind(struct ssrc_table *table, const struct ssrc_role *role,
                                        bool *changed)
{
    const size_t had = index_of(table, role->ssrc);
    *changed = false;
    if (had < table->count) {
        if (same_role(&table->roles[had], role))
            return &table->roles[had];
        remove_at(table, had);
    }
    *changed = true;
    for (size_t i = 0; i < table->count; i++) {
        if (same_role(&table->roles[i], role)) {
            table->roles[i].ssrc = role->ssrc;
            return &table->roles[i];
        }
    }
    if (table->count == LIMIT_SSRCS)
        return NULL;
    table->roles[table->count] = *role;
    return &table->roles[table->count++];
}

void ssrc_table_forget(struct ssrc_table *table, uint8_t source)
{
    for (size_t i = table->count; i > 0; i--)
        if (table->roles[i - 1].source == source)
            remove_at(table, i - 1);
}

static const struct negotiated_media *media_by_payload_type(const struct negotiated *negotiated,
                                                            uint8_t payload_type)
{
    const struct negotiated_media *only = NULL;
    for (size_t i = 0; i < negotiated->media_count; i++) {
        const struct negotiated_media *media = &negotiated->media[i];
        bool rtx;
        if (!media->receiving || !negotiate_find_codec(media, payload_type, &rtx))
            continue;
        if (only)
            return NULL;
        only = media;
    }
    return only;
}

static const struct negotiated_media *media_of(const struct negotiated *negotiated,
                                               const struct arrival *arrival)
{
    if (arrival->mid.len == 0)
        return media_by_payload_type(negotiated, arrival->payload_type);
    const uint8_t i =
        negotiate_find_mid(negotiated, (const char *)arrival->mid.bytes, arrival->mid.len);
    return i == NEGOTIATE_NO_MEDIA ? NULL : &negotiated->media[i];
}

static bool find_rid(const struct negotiated_media *media, struct span rid, uint8_t *layer)
{
    for (uint8_t i = 0; i < media->rid_count; i++) {
        if (strlen(media->rids[i]) == rid.len && memcmp(media->rids[i], rid.bytes, rid.len) == 0) {
            *layer = i;
            return true;
        }
    }
    return false;
}

bool ssrc_table_guess(const struct negotiated *negotiated, const struct arrival *arrival,
                      struct ssrc_role *out)
{
    const struct negotiated_media *media = media_of(negotiated, arrival);
    if (!media || !media->receiving)
        return false;
    bool rtx;
    if (!negotiate_find_codec(media, arrival->payload_type, &rtx))
        return false;
    *out = (struct ssrc_role){.ssrc = arrival->ssrc, .source = media->source, .rtx = rtx};
    if (media->rid_count == 0)
        return true;
    return find_rid(media, rtx ? arrival->repaired_rid : arrival->rid, &out->layer);
}
