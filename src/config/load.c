/* YAML and environment into struct config. libyaml's events are read directly: an error must name
 * the line of the value, and Debian 12's libcyaml (1.3) neither checks ranges nor keeps lines. */
#include "config/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "config/keys.h"

#define FILE_MAX_BYTES (256u * 1024u)
#define PREFIX         "PARLEY_"
#define PREFIX_LEN     (sizeof PREFIX - 1)

/* What we are in while events come. */
struct loader {
    struct config *config;
    const char *name;
    char *error;
    yaml_parser_t parser;
    yaml_event_t event;
    const char *section;
    bool seen[128]; /* by index in config_keys: a key given twice is a mistake */
};

static int fail(struct loader *loader, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(struct loader *loader, size_t line, const char *format, ...)
{
    char reason[CONFIG_ERROR_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    snprintf(loader->error, CONFIG_ERROR_BYTES, "%.100s:%zu: %.390s", loader->name, line, reason);
    return -1;
}

/* The line of the event at hand, counted from 1. */
static size_t line_of(const struct loader *loader)
{
    return loader->event.start_mark.line + 1;
}

static int next(struct loader *loader)
{
    yaml_event_delete(&loader->event);
    if (yaml_parser_parse(&loader->parser, &loader->event))
        return 0;
    memset(&loader->event, 0, sizeof loader->event);
    const char *problem = loader->parser.problem;
    return fail(loader, loader->parser.problem_mark.line + 1, "not YAML: %s",
                problem ? problem : "unreadable");
}

static const char *scalar(const struct loader *loader)
{
    return (const char *)loader->event.data.scalar.value;
}

/* All keys of a section (or all sections and top-level keys), for an error. */
static void list_names(const char *section, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < config_key_count && len < size; i++)
        if (strcmp(config_keys[i].section, section) == 0)
            len += (size_t)snprintf(out + len, size - len, "%s%s", len ? ", " : "",
                                    config_keys[i].name);
    for (size_t i = 1; section[0] == '\0' && i < config_section_count && len < size; i++)
        len += (size_t)snprintf(out + len, size - len, ", %s", config_sections[i].name);
}

static int unknown_key(struct loader *loader)
{
    char names[CONFIG_ERROR_BYTES];
    list_names(loader->section, names, sizeof names);
    return fail(loader, line_of(loader), "unknown key \"%.40s\" %s%s (allowed: %s)", scalar(loader),
                loader->section[0] ? "in section " : "at the top", loader->section, names);
}

static int read_list(struct loader *loader, const struct config_key *key)
{
    char reason[CONFIG_ERROR_BYTES];
    config_key_clear_list(loader->config, key);
    for (;;) {
        if (next(loader) < 0)
            return -1;
        if (loader->event.type == YAML_SEQUENCE_END_EVENT)
            return 0;
        if (loader->event.type != YAML_SCALAR_EVENT)
            return fail(loader, line_of(loader), "%s.%s must be a flat list", key->section,
                        key->name);
        if (config_key_append(loader->config, key, scalar(loader), reason) < 0)
            return fail(loader, line_of(loader), "%s", reason);
    }
}

static int read_value(struct loader *loader, const struct config_key *key)
{
    char reason[CONFIG_ERROR_BYTES], path[CONFIG_TEXT_BYTES];
    size_t index = (size_t)(key - config_keys);
    config_key_path(key, path);
    if (loader->seen[index])
        return fail(loader, line_of(loader), "%s is given twice", path);
    loader->seen[index] = true;
    if (next(loader) < 0)
        return -1;
    if (loader->event.type == YAML_SEQUENCE_START_EVENT && key->type == KEY_LIST)
        return read_list(loader, key);
    if (loader->event.type != YAML_SCALAR_EVENT) {
        char allowed[CONFIG_TEXT_BYTES];
        config_key_allowed(key, allowed);
        return fail(loader, line_of(loader), "%s must be %s, is a list or a section", path,
                    allowed);
    }
    if (config_key_set(loader->config, key, scalar(loader), reason) < 0)
        return fail(loader, line_of(loader), "%s", reason);
    return 0;
}

static int read_section(struct loader *loader, const char *section)
{
    if (next(loader) < 0)
        return -1;
    bool empty = loader->event.type == YAML_SCALAR_EVENT && scalar(loader)[0] == '\0';
    if (empty)
        return 0;
    if (loader->event.type != YAML_MAPPING_START_EVENT)
        return fail(loader, line_of(loader), "%s must be a section with keys below it", section);
    loader->section = section;
    for (;;) {
        if (next(loader) < 0)
            return -1;
        if (loader->event.type == YAML_MAPPING_END_EVENT)
            return 0;
        if (loader->event.type != YAML_SCALAR_EVENT)
            return fail(loader, line_of(loader), "a key must be a word");
        const struct config_key *key =
            config_key_find(section, scalar(loader), strlen(scalar(loader)));
        if (!key)
            return unknown_key(loader);
        if (read_value(loader, key) < 0)
            return -1;
    }
}

static const char *find_section(const char *name)
{
    for (size_t i = 1; i < config_section_count; i++)
        if (strcmp(config_sections[i].name, name) == 0)
            return config_sections[i].name;
    return NULL;
}

static int read_top(struct loader *loader)
{
    for (;;) {
        loader->section = "";
        if (next(loader) < 0)
            return -1;
        if (loader->event.type == YAML_MAPPING_END_EVENT)
            return 0;
        if (loader->event.type != YAML_SCALAR_EVENT)
            return fail(loader, line_of(loader), "a key must be a word");
        const char *section = find_section(scalar(loader));
        const struct config_key *key = config_key_find("", scalar(loader), strlen(scalar(loader)));
        if (!section && !key)
            return unknown_key(loader);
        if ((section ? read_section(loader, section) : read_value(loader, key)) < 0)
            return -1;
    }
}

static int read_document(struct loader *loader)
{
    do {
        if (next(loader) < 0)
            return -1;
    } while (loader->event.type == YAML_STREAM_START_EVENT ||
             loader->event.type == YAML_DOCUMENT_START_EVENT);
    if (loader->event.type == YAML_STREAM_END_EVENT)
        return 0; /* nothing but comments */
    if (loader->event.type == YAML_MAPPING_START_EVENT)
        return read_top(loader);
    if (loader->event.type == YAML_SCALAR_EVENT && scalar(loader)[0] == '\0')
        return 0;
    return fail(loader, line_of(loader), "must start with a section like \"http:\"");
}

int config_load_text(struct config *config, const char *name, const char *text, size_t len,
                     char error[static CONFIG_ERROR_BYTES])
{
    struct loader loader = {.config = config, .name = name, .error = error, .section = ""};
    _Static_assert(sizeof loader.seen >= 64, "one per key");
    if (!yaml_parser_initialize(&loader.parser)) {
        snprintf(error, CONFIG_ERROR_BYTES, "%.100s: out of memory", name);
        return -1;
    }
    yaml_parser_set_input_string(&loader.parser, (const unsigned char *)text, len);
    int result = read_document(&loader);
    yaml_event_delete(&loader.event);
    yaml_parser_delete(&loader.parser);
    return result;
}

int config_load_file(struct config *config, const char *path, char error[static CONFIG_ERROR_BYTES])
{
    FILE *file = fopen(path, "re");
    char *text = malloc(FILE_MAX_BYTES);
    int result = -1;
    if (!file || !text) {
        snprintf(error, CONFIG_ERROR_BYTES, "%.200s: %s; give an existing file with -c", path,
                 strerror(errno));
    } else {
        size_t len = fread(text, 1, FILE_MAX_BYTES, file);
        if (ferror(file) || len == FILE_MAX_BYTES)
            snprintf(error, CONFIG_ERROR_BYTES, "%.200s: %s", path,
                     ferror(file) ? strerror(errno) : "longer than 256 KiB");
        else
            result = config_load_text(config, path, text, len, error);
    }
    free(text);
    if (file)
        fclose(file);
    return result;
}

/* "PARLEY_HTTP_PORT" for http.port. */
static bool names_key(const char *variable, size_t len, const struct config_key *key)
{
    char name[CONFIG_TEXT_BYTES];
    snprintf(name, sizeof name, PREFIX "%s%s%s", key->section, key->section[0] ? "_" : "",
             key->name);
    for (char *c = name; *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    return strlen(name) == len && memcmp(name, variable, len) == 0;
}

/* Whether it starts with "PARLEY_<SECTION>_". Others are not ours: Kubernetes makes
 * PARLEY_SERVICE_HOST for a service that is called parley. */
static bool names_section(const char *variable)
{
    for (size_t i = 1; i < config_section_count; i++) {
        const char *section = config_sections[i].name;
        size_t len = strlen(section);
        if (strncasecmp(variable + PREFIX_LEN, section, len) == 0 &&
            variable[PREFIX_LEN + len] == '_')
            return true;
    }
    return false;
}

static int load_variable(struct config *config, const char *variable,
                         char error[static CONFIG_ERROR_BYTES])
{
    char reason[CONFIG_ERROR_BYTES];
    size_t len = strcspn(variable, "=");
    for (size_t i = 0; i < config_key_count; i++) {
        if (!names_key(variable, len, &config_keys[i]))
            continue;
        if (config_key_set(config, &config_keys[i], variable + len + 1, reason) == 0)
            return 0;
        snprintf(error, CONFIG_ERROR_BYTES, "environment %.*s: %.400s", (int)len, variable, reason);
        return -1;
    }
    if (!names_section(variable))
        return 0;
    snprintf(error, CONFIG_ERROR_BYTES,
             "environment: unknown %.*s (parley serve --print-config lists all keys: "
             "PARLEY_<SECTION>_<KEY>)",
             len > 60 ? 60 : (int)len, variable);
    return -1;
}

int config_load_environment(struct config *config, char *const *environment,
                            char error[static CONFIG_ERROR_BYTES])
{
    for (; *environment; environment++) {
        const char *variable = *environment;
        if (strncmp(variable, PREFIX, PREFIX_LEN) != 0 || !strchr(variable, '='))
            continue;
        if (load_variable(config, variable, error) < 0)
            return -1;
    }
    return 0;
}
