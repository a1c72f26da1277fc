/* Reads tests/vectors: lines of fields, '#' starts a comment, fields are hexadecimal or words. */
#ifndef PARLEY_TESTS_UNIT_VECTORS_H
#define PARLEY_TESTS_UNIT_VECTORS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTOR_FIELDS 12

struct vector_line {
    char text[4096];
    char *fields[VECTOR_FIELDS];
    size_t count;
};

static inline FILE *vector_open(const char *name)
{
    const char *folder = getenv("VECTORS_DIR");
    char path[1024];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder != NULL ? folder : "tests/vectors", name);
    file = fopen(path, "r");
    if (file == NULL)
        fprintf(stderr, "cannot open %s\n", path);
    return file;
}

/* false: the end. */
static inline int vector_next(FILE *file, struct vector_line *line)
{
    while (fgets(line->text, sizeof(line->text), file) != NULL) {
        if (line->text[0] == '#' || line->text[0] == '\n')
            continue;
        line->count = 0;
        for (char *at = strtok(line->text, " \n"); at != NULL && line->count < VECTOR_FIELDS;
             at = strtok(NULL, " \n"))
            line->fields[line->count++] = at;
        return 1;
    }
    return 0;
}

/* Bytes written to out; "-" is none. */
static inline size_t vector_hex(const char *text, uint8_t *out, size_t size)
{
    size_t len = 0;

    for (; text[0] != '\0' && text[0] != '-' && text[1] != '\0' && len < size; text += 2) {
        char digits[3] = {text[0], text[1], '\0'};

        out[len++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return len;
}

#endif
