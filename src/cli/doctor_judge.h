/* What `parley doctor` makes of what it measured: figures in, a finding out. Pure. */
#ifndef PARLEY_CLI_DOCTOR_JUDGE_H
#define PARLEY_CLI_DOCTOR_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/net.h"
#include "cli/doctor_report.h"

/* Set verdict, says and change of *out; what stays. */

struct doctor_certificate {
    int64_t not_before_s, not_after_s; /* Unix time */
    bool self_signed;
    bool name_matches; /* the host asked for; true if nobody asked */
    char problem[96];  /* why it is not trusted; "": it is, or nobody asked */
};
/* own: self-signed by Parley itself, which renews it. */
void doctor_judge_certificate(const struct doctor_certificate *certificate, bool own, int64_t now_s,
                              struct doctor_finding *out);

/* offset_s: the server's clock minus ours, seconds. */
void doctor_judge_offset(int64_t offset_s, struct doctor_finding *out);
/* error_us: the kernel's estimate of how wrong the clock may be at most. */
void doctor_judge_sync(bool synchronised, int64_t error_us, struct doctor_finding *out);

/* files: how many the process may open; sockets: limits.sockets. */
void doctor_judge_files(uint64_t files, uint32_t sockets, bool running, struct doctor_finding *out);
/* Of net.core.rmem_max and wmem_max, bytes. */
void doctor_judge_buffers(uint64_t receive, uint64_t send, struct doctor_finding *out);

/* text: what `turnserver --version` printed, "4.6.1\n". guarded: by Parley's own configuration,
 * which names what CVE-2026-27624 lets past. arm64: that is the machine. */
void doctor_judge_coturn(const char *text, bool guarded, bool arm64, struct doctor_finding *out);

struct doctor_addresses {
    size_t count;
    struct net_address items[16];
};
/* visible: how the server is reached from outside; NET_NONE: not known. announced: what its answers
 * offer to browsers. */
void doctor_judge_announced(const struct doctor_addresses *announced,
                            const struct net_address *visible, struct doctor_finding *out);

/* What to do about a refusal of a TURN server (RFC 8656 18, RFC 8489 14.8). */
void doctor_judge_turn_error(unsigned code, bool managed, struct doctor_finding *out);

#endif
