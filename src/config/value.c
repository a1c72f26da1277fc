/* One key's value: from text into struct config, and back. */
#include "config/keys.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static char *text_at(struct config *config, const struct config_key *key)
{
    return (char *)config + key->offset;
}

static uint32_t *number_at(struct config *config, const struct config_key *key)
{
    return (uint32_t *)(void *)((char *)config + key->offset);
}

static bool *bool_at(struct config *config, const struct config_key *key)
{
    return (bool *)(void *)((char *)config + key->offset);
}

static struct config_list *list_at(struct config *config, const struct config_key *key)
{
    return (struct config_list *)(void *)((char *)config + key->offset);
}

void config_key_path(const struct config_key *key, char out[static CONFIG_TEXT_BYTES])
{
    snprintf(out, CONFIG_TEXT_BYTES, "%s%s%s", key->section, key->section[0] ? "." : "", key->name);
}

void config_key_allowed(const struct config_key *key, char out[static CONFIG_TEXT_BYTES])
{
    const char *unit = key->unit[0] ? " " : "";
    size_t len = 0;
    switch (key->type) {
    case KEY_NUMBER:
        snprintf(out, CONFIG_TEXT_BYTES, "%u..%u%s%s", key->min, key->max, unit, key->unit);
        break;
    case KEY_BOOL:
        snprintf(out, CONFIG_TEXT_BYTES, "true or false");
        break;
    case KEY_CHOICE:
        for (const char *c = key->choices; *c && len + 5 < CONFIG_TEXT_BYTES; c++) {
            const char *comma = strchr(c + 1, '|') ? ", " : " or ";
            len += (size_t)snprintf(out + len, CONFIG_TEXT_BYTES - len, "%.*s", *c == '|' ? 4 : 1,
                                    *c == '|' ? comma : c);
        }
        break;
    case KEY_TEXT:
    case KEY_LIST:
        snprintf(out, CONFIG_TEXT_BYTES, "%s", key->allowed);
        break;
    }
}

static int refuse(const struct config_key *key, const char *text,
                  char error[static CONFIG_ERROR_BYTES])
{
    char path[CONFIG_TEXT_BYTES], allowed[CONFIG_TEXT_BYTES];
    config_key_path(key, path);
    config_key_allowed(key, allowed);
    if (key->secret)
        snprintf(error, CONFIG_ERROR_BYTES, "%.80s must be %.200s", path, allowed);
    else
        snprintf(error, CONFIG_ERROR_BYTES, "%.80s must be %.200s, is \"%.80s\"", path, allowed,
                 text);
    return -1;
}

static int parse_number(const struct config_key *key, const char *text, uint32_t *out)
{
    char *end;
    if (!isdigit((unsigned char)text[0]) || strlen(text) > 10)
        return -1;
    unsigned long long value = strtoull(text, &end, 10);
    if (*end != '\0' || value < key->min || value > key->max)
        return -1;
    *out = (uint32_t)value;
    return 0;
}

static int parse_bool(const char *text, bool *out)
{
    bool yes = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0 || strcmp(text, "on") == 0;
    bool no = strcmp(text, "false") == 0 || strcmp(text, "no") == 0 || strcmp(text, "off") == 0;
    *out = yes;
    return yes || no ? 0 : -1;
}

static int parse_choice(const char *choices, const char *text, uint32_t *out)
{
    uint32_t index = 0;
    for (const char *at = choices; *at; index++) {
        size_t len = strcspn(at, "|");
        if (strlen(text) == len && memcmp(at, text, len) == 0) {
            *out = index;
            return 0;
        }
        at += len + (at[len] == '|' ? 1 : 0);
    }
    return -1;
}

/* What could not be written back as one line of YAML has no place in a configuration. */
static bool is_plain(const char *text)
{
    for (const char *c = text; *c; c++)
        if (iscntrl((unsigned char)*c))
            return false;
    return true;
}

static int set_text(const struct config_key *key, const char *text, char *out)
{
    if (strlen(text) >= CONFIG_TEXT_BYTES || !is_plain(text))
        return -1;
    if (key->check && key->check(text) < 0)
        return -1;
    memset(out, 0, CONFIG_TEXT_BYTES); /* equal configurations are equal bytes */
    memcpy(out, text, strlen(text));
    return 0;
}

void config_key_clear_list(struct config *config, const struct config_key *key)
{
    memset(list_at(config, key), 0, sizeof(struct config_list));
}

int config_key_append(struct config *config, const struct config_key *key, const char *text,
                      char error[static CONFIG_ERROR_BYTES])
{
    struct config_list *list = list_at(config, key);
    char path[CONFIG_TEXT_BYTES];
    if (list->count == CONFIG_LIST_ITEMS) {
        config_key_path(key, path);
        snprintf(error, CONFIG_ERROR_BYTES, "%s takes at most %u items", path, CONFIG_LIST_ITEMS);
        return -1;
    }
    if (text[0] == '\0' || set_text(key, text, list->items[list->count]) < 0)
        return refuse(key, text, error);
    list->count++;
    return 0;
}

static int set_list(struct config *config, const struct config_key *key, const char *text,
                    char error[static CONFIG_ERROR_BYTES])
{
    config_key_clear_list(config, key);
    for (const char *at = text; *at;) {
        char item[CONFIG_TEXT_BYTES];
        at += strspn(at, ", ");
        size_t len = strcspn(at, ", ");
        if (len == 0)
            break;
        if (len >= sizeof item)
            return refuse(key, at, error);
        memcpy(item, at, len);
        item[len] = '\0';
        if (config_key_append(config, key, item, error) < 0)
            return -1;
        at += len;
    }
    return 0;
}

int config_key_set(struct config *config, const struct config_key *key, const char *text,
                   char error[static CONFIG_ERROR_BYTES])
{
    int result = -1;
    switch (key->type) {
    case KEY_TEXT:
        result = set_text(key, text, text_at(config, key));
        break;
    case KEY_NUMBER:
        result = parse_number(key, text, number_at(config, key));
        break;
    case KEY_BOOL:
        result = parse_bool(text, bool_at(config, key));
        break;
    case KEY_CHOICE:
        result = parse_choice(key->choices, text, number_at(config, key));
        break;
    case KEY_LIST:
        return set_list(config, key, text, error);
    }
    return result == 0 ? 0 : refuse(key, text, error);
}

static size_t format_quoted(const char *text, char *out, size_t size)
{
    size_t len = 0;
    out[len++] = '"';
    for (const char *c = text; *c && len + 4 < size; c++) {
        if (*c == '"' || *c == '\\')
            out[len++] = '\\';
        out[len++] = *c;
    }
    out[len++] = '"';
    out[len] = '\0';
    return len;
}

static void format_list(const struct config_list *list, char *out, size_t size)
{
    size_t len = 0;
    out[len++] = '[';
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            len += (size_t)snprintf(out + len, size - len, ", ");
        len += format_quoted(list->items[i], out + len, size - len);
    }
    snprintf(out + len, size - len, "]");
}

static void format_choice(const char *choices, uint32_t index, char *out, size_t size)
{
    const char *at = choices;
    for (uint32_t i = 0; i < index; i++)
        at += strcspn(at, "|") + 1;
    snprintf(out, size, "%.*s", (int)strcspn(at, "|"), at);
}

void config_key_format(const struct config *config, const struct config_key *key,
                       char out[static CONFIG_VALUE_BYTES])
{
    const char *at = (const char *)config + key->offset;
    const uint32_t *number = (const void *)at;
    const bool *flag = (const void *)at;
    switch (key->type) {
    case KEY_TEXT:
        format_quoted(at, out, CONFIG_VALUE_BYTES);
        break;
    case KEY_NUMBER:
        snprintf(out, CONFIG_VALUE_BYTES, "%u", *number);
        break;
    case KEY_BOOL:
        snprintf(out, CONFIG_VALUE_BYTES, "%s", *flag ? "true" : "false");
        break;
    case KEY_CHOICE:
        format_choice(key->choices, *number, out, CONFIG_VALUE_BYTES);
        break;
    case KEY_LIST:
        format_list((const void *)at, out, CONFIG_VALUE_BYTES);
        break;
    }
}
