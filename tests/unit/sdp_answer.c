/* Reads an offer from stdin, writes the answer to stdout: what the engine would answer, without
 * media behind it. For trying offers of new clients by hand and from scripts.
 *
 *   sdp_answer [mid=source ...] [previous-offer-file]      e.g. 0=microphone 1=camera */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/negotiate.h"
#include "wire/sdp.h"

static const char *const SOURCES[ENGINE_SOURCES] = {"microphone", "camera", "screen",
                                                    "screen-audio"};
static struct sdp offer;
static struct negotiated legs[2];
static struct engine_source_mid sources[ENGINE_SOURCES];
static size_t source_count;
static char text[SDP_BYTES + 2];
static char answer[SDP_BYTES + 1];

static int take_source(const char *argument)
{
    const char *equals = strchr(argument, '=');
    if (equals == NULL || source_count == ENGINE_SOURCES)
        return -1;
    for (uint8_t i = 0; i < ENGINE_SOURCES; i++) {
        if (strcmp(equals + 1, SOURCES[i]) != 0)
            continue;
        struct engine_source_mid *source = &sources[source_count++];
        (void)snprintf(source->mid, sizeof source->mid, "%.*s", (int)(equals - argument), argument);
        source->source = i;
        return 0;
    }
    return -1;
}

static int negotiate(FILE *file, const struct negotiate_request *request, struct negotiated *leg)
{
    struct negotiate_reason reason;
    const size_t len = fread(text, 1, sizeof text, file);
    int error = negotiate_parse(text, len, &offer, &reason);
    if (error == 0)
        error = negotiate_offer(&offer, request, leg, &reason);
    if (error != 0)
        (void)fprintf(stderr, "refused (%d): %s\n", error, reason.text);
    return error;
}

int main(int argc, char **argv)
{
    static const uint8_t fingerprint[32] = {0xab, 0xcd};
    static const struct engine_candidate candidates[] = {
        {{{127, 0, 0, 1}, 7882, NET_IPV4, 0}, NET_UDP},
        {{{127, 0, 0, 1}, 7882, NET_IPV4, 0}, NET_TCP},
        {{{[15] = 1}, 7882, NET_IPV6, 0}, NET_UDP},
    };
    static struct negotiate_seat_ssrcs ssrcs[LIMIT_SEATS];
    const struct negotiate_identity identity = {
        "parley42", "0123456789abcdefghijklmn", fingerprint, candidates, 3, 4242};
    struct negotiate_request request = {.sources = sources, .seat_ssrcs = ssrcs};
    for (uint32_t i = 0; i < LIMIT_SEATS; i++)
        ssrcs[i] = (struct negotiate_seat_ssrcs){1000 + i, 2000 + i, 3000 + i};

    const char *previous = NULL;
    for (int i = 1; i < argc; i++) {
        if (strchr(argv[i], '=') == NULL)
            previous = argv[i];
        else if (take_source(argv[i]) != 0)
            return 2;
    }
    request.source_count = source_count;
    if (previous != NULL) {
        FILE *file = fopen(previous, "rb");
        if (file == NULL || negotiate(file, &request, &legs[0]) != 0)
            return 2;
        (void)fclose(file);
        request.previous = &legs[0];
    }
    if (negotiate(stdin, &request, &legs[1]) != 0)
        return 1;
    const int len = negotiate_answer(&offer, &legs[1], &identity, answer, sizeof answer);
    if (len < 0)
        return 1;
    return fwrite(answer, 1, (size_t)len, stdout) == (size_t)len ? 0 : 1;
}
