/* Runs a fuzz target once over each file of the folders given: seeds and crashes found earlier stay
 * fixed without a fuzzer at hand. No file at all is a failure, so that a wrong path is noticed. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define MAX_SEED_BYTES (4u << 20)

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(MAX_SEED_BYTES);
    uint8_t *exact = NULL;
    size_t len;

    if (file == NULL || bytes == NULL) {
        perror(path);
        exit(2);
    }
    len = fread(bytes, 1, MAX_SEED_BYTES, file);
    fclose(file);
    /* Exactly as long as the seed, so that ASan sees the first byte read beyond it. */
    exact = realloc(bytes, len > 0 ? len : 1);
    if (exact == NULL)
        exit(2);
    fprintf(stderr, "%s (%zu bytes)\n", path, len);
    (void)LLVMFuzzerTestOneInput(exact, len);
    free(exact);
    return 1;
}

static int run_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int files = 0;

    if (dir == NULL) {
        perror(folder);
        exit(2);
    }
    while ((entry = readdir(dir)) != NULL) {
        char path[4096];

        if (entry->d_name[0] == '.')
            continue;
        if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < (int)sizeof path)
            files += run_file(path);
    }
    closedir(dir);
    return files;
}

int main(int argc, char **argv)
{
    int files = 0;

    for (int i = 1; i < argc; i++)
        files += run_folder(argv[i]);
    fprintf(stderr, "%d seeds\n", files);
    return files > 0 ? 0 : 1;
}
