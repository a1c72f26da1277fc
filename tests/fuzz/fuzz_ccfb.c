/* The body of a congestion control feedback message. */
#include "wire/ccfb.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct ccfb ccfb;
    struct ccfb_stream stream;
    size_t reports = 0;

    if (ccfb_open((struct span){bytes, len}, &ccfb) != 0)
        return 0;
    while (ccfb_next(&ccfb, &stream) == 1) {
        FUZZ_CHECK(stream.metrics.len == 2u * stream.count);
        fuzz_touch(stream.metrics);
        for (size_t i = 0; i < stream.count; i++) {
            const struct ccfb_metric metric = ccfb_metric(&stream, i);
            FUZZ_CHECK(metric.ecn <= 3 && metric.before_report_us < 8000000);
            FUZZ_CHECK(metric.received || (metric.ecn == 0 && !metric.time_known));
            reports++;
        }
    }
    FUZZ_CHECK(2 * reports <= len);
    return 0;
}
