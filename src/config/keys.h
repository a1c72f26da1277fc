/* The table of all keys; private to src/config. */
#ifndef PARLEY_CONFIG_KEYS_H
#define PARLEY_CONFIG_KEYS_H

#include "config/config.h"

enum key_type { KEY_TEXT, KEY_NUMBER, KEY_BOOL, KEY_CHOICE, KEY_LIST };

struct config_key {
    const char *section; /* "": top level */
    const char *name;
    enum key_type type;
    size_t offset;                  /* in struct config */
    uint32_t min, max;              /* KEY_NUMBER */
    const char *unit;               /* KEY_NUMBER; "": a bare number */
    const char *choices;            /* KEY_CHOICE: "auto|p2p|sfu", the index is the value */
    const char *standard;           /* the default, as one would write it; lists comma separated */
    const char *allowed;            /* KEY_TEXT, KEY_LIST: in words */
    int (*check)(const char *text); /* KEY_TEXT, KEY_LIST items; NULL: anything */
    const char *help;
    bool secret; /* KEY_TEXT: errors do not say what it is */
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

/* One section and what it is about, in the order of printing. */
struct config_section {
    const char *name;
    const char *help;
};
extern const struct config_section config_sections[];
extern const size_t config_section_count;

/* The key called name (name_len bytes) in section, or NULL. */
const struct config_key *config_key_find(const char *section, const char *name, size_t name_len);

/* Sets one key from text; a list is replaced (comma separated) . 0, or -1 with the reason in error:
 * "http.port must be 1..65535, is "abc"". */
int config_key_set(struct config *config, const struct config_key *key, const char *text,
                   char error[static CONFIG_ERROR_BYTES]);
/* Appends one item to a list. */
int config_key_append(struct config *config, const struct config_key *key, const char *text,
                      char error[static CONFIG_ERROR_BYTES]);
void config_key_clear_list(struct config *config, const struct config_key *key);

#define CONFIG_VALUE_BYTES 5000u
/* The value as YAML, quoted where needed. */
void config_key_format(const struct config *config, const struct config_key *key,
                       char out[static CONFIG_VALUE_BYTES]);
/* "1..65535", "auto, p2p or sfu", … */
void config_key_allowed(const struct config_key *key, char out[static CONFIG_TEXT_BYTES]);
/* "http.port" */
void config_key_path(const struct config_key *key, char out[static CONFIG_TEXT_BYTES]);

#endif
