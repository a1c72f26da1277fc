/* Parts, and what is put together of them. */
#include "control/people.h"

#include <stdlib.h>
#include <string.h>

#include "control/encode.h"
#include "control/rooms.h"

static const char MEMBER[] = ",\"participants\":[";

static bool is_fresh(const struct people_part *part, const struct member *member)
{
    return part->text != NULL && part->enabled == member->enabled &&
           part->decodes == member->decodes && part->present == (member->socket != NULL) &&
           strcmp(part->name, member->name) == 0;
}

static void write_part(struct member *member)
{
    struct people_part *part = &member->part;
    json_t *json = encode_participant(member);
    people_part_fini(part);
    part->text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    part->len = part->text != NULL ? strlen(part->text) : 0;
    part->enabled = member->enabled;
    part->decodes = member->decodes;
    part->present = member->socket != NULL;
    memcpy(part->name, member->name, sizeof part->name);
}

void people_part_fini(struct people_part *part)
{
    free(part->text);
    *part = (struct people_part){0};
}

static bool is_wanted(const struct people_wanted *wanted, const struct member *member)
{
    return member != wanted->except && (!wanted->changed || member->changed);
}

/* Brings the parts up to date; *bytes: what they take, each with a comma. false: out of memory. */
static bool prepare(const struct people_wanted *wanted, size_t *bytes)
{
    size_t count = 0;
    *bytes = 0;
    LIST_EACH(&wanted->room->members, node)
    {
        struct member *member = LIST_ELEMENT(node, struct member, in_room);
        if (count == wanted->most)
            break;
        if (!is_wanted(wanted, member))
            continue;
        if (!is_fresh(&member->part, member))
            write_part(member);
        if (member->part.text == NULL)
            return false;
        *bytes += member->part.len + 1;
        count++;
    }
    return true;
}

static char *put(char *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

static char *put_parts(char *at, const struct people_wanted *wanted)
{
    size_t count = 0;
    LIST_EACH(&wanted->room->members, node)
    {
        const struct member *member = LIST_ELEMENT(node, struct member, in_room);
        if (count == wanted->most)
            break;
        if (!is_wanted(wanted, member))
            continue;
        if (count++ > 0)
            *at++ = ',';
        at = put(at, member->part.text, member->part.len);
    }
    return at;
}

char *people_dump(json_t *json, const struct people_wanted *wanted)
{
    size_t parts = 0;
    char *object = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (object == NULL || (wanted->room != NULL && !prepare(wanted, &parts))) {
        free(object);
        return NULL;
    }
    const size_t len = strlen(object) - 1; /* without its brace */
    char *text = malloc(len + sizeof MEMBER + parts + sizeof "]}");
    if (text != NULL) {
        char *at = put(text, object, len);
        at = put(at, MEMBER, sizeof MEMBER - 1);
        at = wanted->room != NULL ? put_parts(at, wanted) : at;
        put(at, "]}", sizeof "]}");
    }
    free(object);
    return text;
}
