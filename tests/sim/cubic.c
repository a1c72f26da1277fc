#include "sim/cubic.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"

#define SEGMENT_BYTES 1472u /* with IPv4 and TCP headers about 1500 on the wire */
#define TIMEOUT_US    1000000u
#define LEAST_WINDOW  2.0
/* RFC 9438 5.1 and 4.6: C = 0.4, beta = 0.7 */
#define CUBIC_C    0.4
#define CUBIC_BETA 0.7
/* RFC 6928 */
#define FIRST_WINDOW 10.0

void cubic_start(struct cubic *cubic, uint64_t now_us)
{
    cubic->on = true;
    cubic->window = FIRST_WINDOW;
    cubic->threshold = 1e9;
    cubic->heard_us = now_us;
}

static void send_segment(struct cubic *cubic, struct network *network, uint64_t now_us)
{
    struct datagram segment = {.to = NETWORK_TCP, .len = SEGMENT_BYTES};

    bytes_put_u64(segment.bytes, ++cubic->sent);
    bytes_put_u64(segment.bytes + 8, now_us);
    cubic->link.delay_us += cubic->return_us; /* the datagram stands for its acknowledgement too */
    (void)network_send(network, &cubic->link, now_us, &segment);
    cubic->link.delay_us -= cubic->return_us;
}

static void reduce(struct cubic *cubic)
{
    cubic->reductions++;
    /* RFC 9438 4.7: fast convergence */
    cubic->before_loss = cubic->window < cubic->before_loss
                             ? cubic->window * (1.0 + CUBIC_BETA) / 2.0
                             : cubic->window;
    cubic->window = fmax(cubic->window * CUBIC_BETA, LEAST_WINDOW);
    cubic->threshold = cubic->window;
    cubic->epoch_us = 0;
    cubic->recover = cubic->sent;
}

/* RFC 9438 4.2: W_cubic(t) = C * (t - K)^3 + W_max, K = cbrt((W_max - cwnd_epoch) / C); 4.3: never
 * less than Reno would have. */
static void grow(struct cubic *cubic, uint64_t now_us)
{
    double k, t, target;

    if (cubic->window < cubic->threshold) {
        cubic->window += 1.0;
        return;
    }
    if (cubic->epoch_us == 0) {
        cubic->epoch_us = now_us;
        cubic->epoch_window = cubic->window;
        cubic->before_loss = fmax(cubic->before_loss, cubic->window);
    }
    k = cbrt((cubic->before_loss - cubic->epoch_window) / CUBIC_C);
    t = (double)(now_us - cubic->epoch_us + cubic->rtt_us) / 1e6;
    target = CUBIC_C * (t - k) * (t - k) * (t - k) + cubic->before_loss;
    target = fmin(target, 1.5 * cubic->window);
    if (target > cubic->window)
        cubic->window += (target - cubic->window) / cubic->window;
    else
        cubic->window += 0.01 / cubic->window;
}

void cubic_receive(struct cubic *cubic, struct network *network, uint64_t now_us,
                   const struct datagram *ack)
{
    uint64_t number = bytes_get_u64(ack->bytes);

    cubic->heard_us = now_us;
    cubic->rtt_us = now_us - bytes_get_u64(ack->bytes + 8);
    cubic->delivered_bytes += ack->len + NETWORK_HEAD_BYTES;
    if (number <= cubic->acked)
        return;
    /* The path keeps the order: what is passed over is lost. It is sent again as a new segment. */
    if (number > cubic->acked + 1 && cubic->acked + 1 > cubic->recover)
        reduce(cubic);
    else
        grow(cubic, now_us);
    cubic->acked = number;
    cubic_run(cubic, network, now_us);
}

void cubic_run(struct cubic *cubic, struct network *network, uint64_t now_us)
{
    if (!cubic->on)
        return;
    if (now_us - cubic->heard_us >= TIMEOUT_US) {
        cubic->timeouts++;
        cubic->threshold = fmax(cubic->window / 2.0, LEAST_WINDOW);
        cubic->window = 1.0;
        cubic->acked = cubic->recover = cubic->sent;
        cubic->heard_us = now_us;
    }
    while ((double)(cubic->sent - cubic->acked) < cubic->window)
        send_segment(cubic, network, now_us);
}

uint64_t cubic_wake_at(const struct cubic *cubic)
{
    if (!cubic->on)
        return UINT64_MAX;
    if ((double)(cubic->sent - cubic->acked) < cubic->window)
        return 0;
    return cubic->heard_us + TIMEOUT_US;
}
