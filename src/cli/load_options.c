#include "cli/load_options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/load_message.h"
#include "client/client.h"

#define DEFAULT_URL  "http://localhost:8080"
#define FILES_BESIDE 256u

/* ---- what there is --------------------------------------------------------------------------- */

enum kind { NUMBER, FLAG, YES_NO, URL, DECRYPT, TEXT, HELP };

struct key {
    const char *name;
    enum kind kind;
    size_t offset;
    unsigned least, most;
    const char *value; /* what stands for it in the help */
    const char *text;
};

#define AT(member) offsetof(struct load_options, member)

static const struct key keys[] = {
    {"url", URL, 0, 0, 0, "URL", "the server; " DEFAULT_URL " if absent"},
    {"insecure", FLAG, AT(insecure), 0, 0, NULL, "take any certificate of an https server"},
    {"rooms", NUMBER, AT(rooms), 1, 10000, "N", "rooms; 1"},
    {"publishers", NUMBER, AT(publishers), 0, 1024, "N", "per room, with camera and microphone; 1"},
    {"subscribers", NUMBER, AT(subscribers), 0, LOAD_MAX_CLIENTS, "N",
     "per room, who only receive; 10"},
    {"publishers-watch", YES_NO, AT(publishers_watch), 0, 0, "yes|no",
     "publishers receive each other; yes"},
    {"video-kbps", NUMBER, AT(video_kbps), 50, 50000, "N", "of each camera; 1500"},
    {"fps", NUMBER, AT(fps), 1, 120, "N", "frames per second; 30"},
    {"simulcast", FLAG, AT(simulcast), 0, 0, NULL,
     "three layers: --video-kbps is the highest's, the others have a third and a tenth"},
    {"audio-only", FLAG, AT(audio_only), 0, 0, NULL, "no cameras"},
    {"pictures", TEXT, AT(pictures), 0, 0, "FILE,...",
     "IVF files of VP8, lowest layer first, instead of made-up frames"},
    {"sound", TEXT, AT(sound), 0, 0, "FILE", "an IVF file of Opus packets, the same"},
    {"room", TEXT, AT(room), 0, 0, "ID", "go there; rooms of its own"},
    {"name", TEXT, AT(name), 0, 0, "NAME", "of everybody; load"},
    {"seats", NUMBER, AT(seats), 1, CLIENT_MAX_SEATS, "N",
     "per viewer, at most; as many as there are publishers to see (1 with --publishers 0)"},
    {"lead", NUMBER, AT(lead_s), 0, 600, "SECONDS",
     "between the last publisher's join and the first subscriber's; 2"},
    {"join-rate", NUMBER, AT(join_rate), 1, 10000, "N", "joins begun per second; 50"},
    {"join-concurrency", NUMBER, AT(join_concurrency), 1, 10000, "N", "under way at once; 64"},
    {"join-timeout", NUMBER, AT(join_timeout_s), 1, 600, "SECONDS", "for one join; 15"},
    {"settle", NUMBER, AT(settle_s), 0, 600, "SECONDS",
     "between the last join and the measurement; 3"},
    {"duration", NUMBER, AT(duration_s), 1, 86400, "SECONDS", "of the measurement; 10"},
    {"decrypt", DECRYPT, 0, 0, 0, "all|sample",
     "sample: most clients read headers and decrypt one packet in 31; sample"},
    {"judge-one-in", NUMBER, AT(judge_one_in), 1, LOAD_MAX_CLIENTS, "N",
     "with sample: one client in N decrypts and judges everything; 50"},
    {"threads", NUMBER, AT(threads), 1, LOAD_MAX_THREADS, "N", "that send and receive; 1"},
    {"feedback-ms", NUMBER, AT(feedback_ms), 10, 1000, "N",
     "between two congestion control messages of a client; 50, as browsers do"},
    {"gro", YES_NO, AT(gro), 0, 0, "yes|no",
     "let the kernel hand over runs of packets in one piece (UDP_GRO); yes"},
    {"json", TEXT, AT(json_path), 0, 0, "FILE", "write the report there; -: to standard output"},
    {"quiet", FLAG, AT(quiet), 0, 0, NULL, "no line per second on standard error"},
    {"help", HELP, 0, 0, 0, NULL, "this text"},
};
#define KEYS (sizeof keys / sizeof keys[0])

void load_options_help(FILE *out)
{
    fputs("usage: parley load [--url URL] [options]\n\n"
          "Puts load on a running server and says how it bears it. Makes its own rooms. A server\n"
          "limits what one address may do: docs/load.md names the settings to lift for a test.\n\n",
          out);
    for (size_t i = 0; i < KEYS; i++) {
        char name[64];
        snprintf(name, sizeof name, "--%s%s%s", keys[i].name, keys[i].value ? " " : "",
                 keys[i].value ? keys[i].value : "");
        fprintf(out, "  %-26s %s\n", name, keys[i].text);
    }
    fputs("\nExit status: 0, everybody joined and received media; 1, not everybody did; 2, the\n"
          "arguments are wrong or the server cannot be used.\n",
          out);
}

/* ---- reading --------------------------------------------------------------------------------- */

static int refuse(char error[static LOAD_ERROR_BYTES], const char *name, const char *allowed,
                  const char *value)
{
    snprintf(error, LOAD_ERROR_BYTES, "--%s must be %s, is \"%.80s\"", name, allowed, value);
    return -1;
}

static int read_number(const struct key *key, const char *text, unsigned *out,
                       char error[static LOAD_ERROR_BYTES])
{
    char allowed[64], *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0 && value >= key->least &&
        value <= key->most) {
        *out = (unsigned)value;
        return 0;
    }
    snprintf(allowed, sizeof allowed, "%u..%u", key->least, key->most);
    return refuse(error, key->name, allowed, text);
}

static int read_port(const char *text, unsigned *out)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);
    *out = (unsigned)port;
    return isdigit((unsigned char)text[0]) && (*end == '\0' || strcmp(end, "/") == 0) &&
                   port >= 1 && port <= 65535
               ? 0
               : -1;
}

/* http[s]://host[:port][/]; an IPv6 address stands in brackets. */
static int read_url(const char *text, struct load_options *out, char error[static LOAD_ERROR_BYTES])
{
    static const char allowed[] = "http://HOST:PORT or https://HOST:PORT";
    const char *host;
    out->tls = strncmp(text, "https://", 8) == 0;
    if (!out->tls && strncmp(text, "http://", 7) != 0)
        return refuse(error, "url", allowed, text);
    host = text + (out->tls ? 8 : 7);
    bool bracket = host[0] == '[';
    size_t len = bracket ? strcspn(host, "]") : strcspn(host, ":/?#");
    const char *rest = host + len + (bracket && host[len] == ']' ? 1u : 0u);
    if (bracket) {
        host++;
        len--;
    }
    out->port = out->tls ? 443 : 80;
    bool fine = len > 0 && len < LOAD_URL_BYTES && (!bracket || host[len] == ']');
    if (fine && rest[0] == ':')
        fine = read_port(rest + 1, &out->port) == 0;
    else if (fine)
        fine = rest[0] == '\0' || strcmp(rest, "/") == 0;
    if (!fine)
        return refuse(error, "url", allowed, text);
    memcpy(out->host, host, len);
    out->host[len] = '\0';
    return 0;
}

static int read_choice(const struct key *key, const char *yes, const char *no, const char *text,
                       bool *out, char error[static LOAD_ERROR_BYTES])
{
    char allowed[32];
    *out = strcmp(text, yes) == 0;
    if (*out || strcmp(text, no) == 0)
        return 0;
    snprintf(allowed, sizeof allowed, "%s or %s", yes, no);
    return refuse(error, key->name, allowed, text);
}

static int read_value(const struct key *key, const char *text, struct load_options *out,
                      char error[static LOAD_ERROR_BYTES])
{
    void *member = (char *)out + key->offset;
    switch (key->kind) {
    case NUMBER:
        return read_number(key, text, member, error);
    case FLAG:
        *(bool *)member = true;
        return 0;
    case YES_NO:
        return read_choice(key, "yes", "no", text, member, error);
    case URL:
        return read_url(text, out, error);
    case DECRYPT:
        return read_choice(key, "all", "sample", text, &out->decrypt_all, error);
    case TEXT:
        *(const char **)member = text;
        return 0;
    case HELP:
        break;
    }
    return 0;
}

static int check(const struct load_options *options, char error[static LOAD_ERROR_BYTES])
{
    uint64_t clients =
        (uint64_t)options->rooms * ((uint64_t)options->publishers + options->subscribers);
    const char *wrong = NULL;
    if (clients > LOAD_MAX_CLIENTS)
        wrong = "more than 20000 clients in all";
    else if (options->audio_only && options->simulcast)
        wrong = "--simulcast and --audio-only exclude each other";
    else if (options->audio_only && options->pictures)
        wrong = "--pictures and --audio-only exclude each other";
    else if (options->simulcast && options->pictures)
        wrong = "--pictures has as many layers as files: --simulcast is not for it";
    else if (options->decrypt_all && (options->pictures || options->sound))
        wrong = "--decrypt all judges what is made up: --pictures and --sound are not for it";
    else if (options->decrypt_all && options->publishers == 0)
        wrong = "--decrypt all judges what is made up: --publishers 0 is not for it";
    else if (options->publishers == 0 && !options->room)
        wrong = "--publishers 0 needs --room: those to be seen are there already";
    else if (clients == 0)
        wrong = "--publishers 0 and --subscribers 0 leave nobody";
    else if (options->room && options->rooms != 1)
        wrong = "--room is one: --rooms is not for it";
    else if (options->room && strlen(options->room) >= LOAD_ROOM_BYTES)
        wrong = "--room is no room's id";
    if (wrong == NULL)
        return 0;
    snprintf(error, LOAD_ERROR_BYTES, "%s", wrong);
    return -1;
}

static void set_defaults(struct load_options *out)
{
    *out = (struct load_options){.host = "localhost",
                                 .port = 8080,
                                 .rooms = 1,
                                 .name = "load",
                                 .publishers = 1,
                                 .subscribers = 10,
                                 .publishers_watch = true,
                                 .video_kbps = 1500,
                                 .fps = 30,
                                 .lead_s = 2,
                                 .join_rate = 50,
                                 .join_concurrency = 64,
                                 .join_timeout_s = 15,
                                 .settle_s = 3,
                                 .duration_s = 10,
                                 .judge_one_in = 50,
                                 .threads = 1,
                                 .feedback_ms = 50,
                                 .gro = true};
}

enum load_options_result load_options_parse(int count, char **arguments, struct load_options *out,
                                            char error[static LOAD_ERROR_BYTES])
{
    struct option known[KEYS + 1] = {{0}};
    int option, at = 0;
    for (size_t i = 0; i < KEYS; i++)
        known[i] = (struct option){.name = keys[i].name,
                                   .has_arg = keys[i].value ? required_argument : no_argument};
    set_defaults(out);
    optind = 0; /* from the start again (GNU), whoever read options before */
    opterr = 0;
    while ((option = getopt_long(count, arguments, ":", known, &at)) != -1) {
        if (option == ':' || option == '?') {
            snprintf(error, LOAD_ERROR_BYTES, "%s \"%.80s\"; see parley load --help",
                     option == ':' ? "a value is missing after" : "unknown option",
                     arguments[optind - 1]);
            return LOAD_OPTIONS_BAD;
        }
        if (keys[at].kind == HELP)
            return LOAD_OPTIONS_HELP;
        if (read_value(&keys[at], optarg, out, error) != 0)
            return LOAD_OPTIONS_BAD;
    }
    if (optind < count) {
        snprintf(error, LOAD_ERROR_BYTES, "unexpected \"%.80s\"; see parley load --help",
                 arguments[optind]);
        return LOAD_OPTIONS_BAD;
    }
    return check(out, error) == 0 ? LOAD_OPTIONS_RUN : LOAD_OPTIONS_BAD;
}

/* ---- what follows ---------------------------------------------------------------------------- */

unsigned load_options_clients(const struct load_options *options)
{
    return options->rooms * (options->publishers + options->subscribers);
}

unsigned load_options_files(const struct load_options *options)
{
    return 2 * load_options_clients(options) + options->join_concurrency + FILES_BESIDE;
}

unsigned load_options_watched(const struct load_options *options, bool publisher)
{
    if (publisher)
        return options->publishers_watch ? options->publishers - 1 : 0;
    if (options->publishers == 0)
        return options->seats != 0 ? options->seats : 1;
    return options->publishers;
}

unsigned load_options_seats(const struct load_options *options, bool publisher)
{
    unsigned watched = load_options_watched(options, publisher);
    unsigned most = options->seats != 0 ? options->seats : CLIENT_MAX_SEATS;
    return watched < most ? watched : most;
}
