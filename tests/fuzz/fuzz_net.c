#include "base/net.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct net_address address = {0}, again = {0};
    char text[NET_IP_TEXT_BYTES];

    if (net_ip_parse((const char *)bytes, len, &address) != 0)
        return 0;
    (void)net_ip_is_special(&address);
    net_ip_format(&address, text);
    FUZZ_CHECK(net_ip_parse(text, strlen(text), &again) == 0);
    FUZZ_CHECK(net_address_equal(&address, &again));
    return 0;
}
