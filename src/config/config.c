/* Defaults, what keys must be together, and printing. */
#include "config/config.h"

#include <string.h>

#include "config/keys.h"

void config_default(struct config *config)
{
    char error[CONFIG_ERROR_BYTES];
    memset(config, 0, sizeof *config);
    for (size_t i = 0; i < config_key_count; i++) {
        /* A default that its own key refuses is a bug; tests/unit/test_config.c looks at all. */
        int result = config_key_set(config, &config_keys[i], config_keys[i].standard, error);
        (void)result;
    }
}

static int refuse(char error[static CONFIG_ERROR_BYTES], const char *text)
{
    snprintf(error, CONFIG_ERROR_BYTES, "configuration: %s", text);
    return -1;
}

int config_check(const struct config *config, char error[static CONFIG_ERROR_BYTES])
{
    const struct config_http *http = &config->http;
    const struct config_turn *turn = &config->turn;
    if (http->port == 0 && http->tls_port == 0)
        return refuse(error, "http.port and http.tls_port are both 0; set one");
    if (http->port == http->tls_port)
        return refuse(error, "http.port and http.tls_port are the same; they must differ");
    if (http->addresses.count == 0)
        return refuse(error, "http.addresses is empty; \"::\" listens everywhere");
    if ((http->certificate[0] == '\0') != (http->key[0] == '\0'))
        return refuse(error, "http.certificate and http.key go together; give both or none");
    if (config->media.udp_port + config->media.workers > 65535 ||
        config->media.tcp_port + config->media.workers > 65535)
        return refuse(error, "media.udp_port or media.tcp_port leaves no room for all workers");
    if (turn->min_port > turn->max_port)
        return refuse(error, "turn.min_port is above turn.max_port");
    if (turn->managed == CONFIG_MANAGED_TRUE && turn->urls.count > 0)
        return refuse(error, "turn.managed is true, so turn.urls must be empty");
    return 0;
}

static void print_key(const struct config *config, const struct config_key *key, FILE *out)
{
    char value[CONFIG_VALUE_BYTES], allowed[CONFIG_TEXT_BYTES];
    const char *indent = key->section[0] ? "  " : "";
    config_key_format(config, key, value);
    config_key_allowed(key, allowed);
    fprintf(out, "%s# %s. Allowed: %s. Default: %s\n", indent, key->help, allowed,
            key->standard[0] ? key->standard : "empty");
    fprintf(out, "%s%s: %s\n", indent, key->name, value);
}

void config_print(const struct config *config, FILE *out)
{
    fputs("# Parley's configuration. In the environment: PARLEY_<SECTION>_<KEY>, lists comma "
          "separated.\n",
          out);
    for (size_t s = 0; s < config_section_count; s++) {
        const struct config_section *section = &config_sections[s];
        fprintf(out, "\n# %s\n", section->help);
        if (section->name[0])
            fprintf(out, "%s:\n", section->name);
        for (size_t i = 0; i < config_key_count; i++)
            if (strcmp(config_keys[i].section, section->name) == 0)
                print_key(config, &config_keys[i], out);
    }
}

/* '|' would end a table's cell. */
static void print_cell(const char *text, FILE *out)
{
    for (; *text; text++)
        fprintf(out, "%s%c", *text == '|' ? "\\" : "", *text);
}

void config_print_markdown(FILE *out)
{
    fputs("# Configuration\n\n"
          "<!-- Made by `parley serve --print-config=markdown`; do not edit. -->\n\n"
          "`parley serve -c config.yaml` reads a YAML file; without `-c` everything has its "
          "default.\nEvery key can be overridden in the environment: `PARLEY_<SECTION>_<KEY>`, for "
          "example\n`PARLEY_HTTP_PORT=80` or "
          "`PARLEY_MEDIA_PUBLIC_ADDRESSES=198.51.100.7,2001:db8::7` (lists: comma\nseparated). "
          "`parley serve --print-config` prints a complete file with the values in effect.\n",
          out);
    for (size_t s = 0; s < config_section_count; s++) {
        const struct config_section *section = &config_sections[s];
        fprintf(out, "\n## %s%s%s\n\n| key | default | allowed | |\n| --- | --- | --- | --- |\n",
                section->name, section->name[0] ? ": " : "", section->help);
        for (size_t i = 0; i < config_key_count; i++) {
            const struct config_key *key = &config_keys[i];
            char allowed[CONFIG_TEXT_BYTES];
            if (strcmp(key->section, section->name) != 0)
                continue;
            config_key_allowed(key, allowed);
            fprintf(out, "| `%s` | %s%s%s | %s | ", key->name, key->standard[0] ? "`" : "",
                    key->standard[0] ? key->standard : "empty", key->standard[0] ? "`" : "",
                    allowed);
            print_cell(key->help, out);
            fputs(" |\n", out);
        }
    }
}
