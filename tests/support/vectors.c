/* See vectors.h. */
#include "support/vectors.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char names[64][256];
static size_t name_count;

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static const char *directory(void)
{
    static char path[4096];
    const char *vectors = getenv("VECTORS_DIR");
    (void)snprintf(path, sizeof path, "%s/sdp", vectors != NULL ? vectors : "tests/vectors");
    return path;
}

static void list_names(void)
{
    DIR *opened = opendir(directory());
    for (struct dirent *e; opened != NULL && name_count < 64 && (e = readdir(opened)) != NULL;) {
        const size_t len = strlen(e->d_name);
        if (len > 4 && strcmp(e->d_name + len - 4, ".sdp") == 0)
            (void)snprintf(names[name_count++], sizeof names[0], "%s", e->d_name);
    }
    if (opened != NULL)
        (void)closedir(opened);
    qsort(names, name_count, sizeof names[0], compare_names);
}

const char *vectors_sdp_name(size_t n)
{
    if (name_count == 0)
        list_names();
    return n < name_count ? names[n] : NULL;
}

const char *vectors_sdp(const char *name, size_t *len)
{
    static char text[300000];
    char path[8192];
    (void)snprintf(path, sizeof path, "%s/%s", directory(), name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    *len = fread(text, 1, sizeof text - 1, file);
    text[*len] = '\0';
    (void)fclose(file);
    return text;
}
