/* Checks of the P2P relay and of candidates meant for the SFU. */
#include "control/relay.h"

#include <string.h>

#include "base/net.h"

static bool take_offerer(struct relay *relay, uint64_t id)
{
    for (size_t i = 0; i < 2; i++) {
        if (relay->offerers[i] == id) {
            relay->offerers[i] = 0;
            return true;
        }
    }
    return false;
}

static void add_offerer(struct relay *relay, uint64_t id)
{
    take_offerer(relay, id);
    relay->offerers[relay->offerers[0] == 0 ? 0 : 1] = id;
}

enum message_code relay_description(struct relay *relay, uint64_t from, uint64_t to, bool answer,
                                    uint32_t epoch)
{
    if (relay->epoch != epoch)
        *relay = (struct relay){.epoch = epoch};
    if (!answer) {
        add_offerer(relay, from);
        return CODE_NONE;
    }
    if (!take_offerer(relay, to))
        return CODE_UNEXPECTED_ANSWER;
    /* Who answers has no offer of its own left: the polite one rolled it back (W3C webrtc-pc 10.7).
     */
    take_offerer(relay, from);
    return CODE_NONE;
}

/* candidate:foundation component transport priority connection-address port ... (RFC 8839 5.1) */
#define ADDRESS_WORD 4

static bool find_word(const char *line, size_t len, size_t wanted, const char **word,
                      size_t *word_len)
{
    size_t at = 0;
    for (size_t place = 0; at < len; place++) {
        size_t start = at;
        while (at < len && line[at] != ' ')
            at++;
        if (place == wanted) {
            *word = line + start;
            *word_len = at - start;
            return at > start;
        }
        at++;
    }
    return false;
}

static bool ends_in_local(const char *word, size_t len)
{
    static const char suffix[] = ".local";
    size_t suffix_len = strlen(suffix);
    return len > suffix_len && memcmp(word + len - suffix_len, suffix, suffix_len) == 0;
}

bool relay_candidate_is_special(const char *line, size_t len)
{
    const char *word = NULL;
    size_t word_len = 0;
    struct net_address address = {0};
    if (len == 0)
        return false;
    if (!find_word(line, len, ADDRESS_WORD, &word, &word_len))
        return true;
    if (ends_in_local(word, word_len))
        return false;
    return net_ip_parse(word, word_len, &address) != 0 || net_ip_is_special(&address);
}
