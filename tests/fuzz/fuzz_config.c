#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "fuzz.h"

/* A file that is taken prints as one that is taken, with the same values. */
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_len)
{
    static struct config first, second;
    char error[CONFIG_ERROR_BYTES], *text = NULL;
    size_t len = 0;
    config_default(&first);
    if (config_load_text(&first, "fuzz", (const char *)input, input_len, error) < 0) {
        FUZZ_CHECK(strncmp(error, "fuzz:", 5) == 0);
        return 0;
    }
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return 0;
    config_print(&first, out);
    fclose(out);
    config_default(&second);
    FUZZ_CHECK(config_load_text(&second, "again", text, len, error) == 0);
    FUZZ_CHECK(memcmp(&first, &second, sizeof first) == 0);
    free(text);
    return 0;
}
