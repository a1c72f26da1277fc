#!/bin/sh
# AF_XDP's single packets beside sendmmsg's and its runs (GSO), into the same device, which frees each: xdp.sh BUILD [RUNS]. Needs root.
set -eu
build=$(realpath "$1")
export build
export runs="${2:-3}"
# shellcheck disable=SC2016 # the inner shell's
exec unshare -n sh -c '
    ip link set lo up
    ip link add sink type ifb
    ip link set sink up
    echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
    echo 1 >/proc/sys/net/ipv4/conf/sink/route_localnet
    ip route add default dev sink table 100
    ip addr add 10.0.0.1/24 dev sink
    ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:01 dev sink nud permanent
    ip rule add pref 100 lookup local
    ip rule del pref 0
    ip rule add pref 5 ipproto udp sport 19999 lookup 100
    for run in $(seq "$runs"); do
        "$build/bench/bench_bare" 19999 | sed "s/^/sendmmsg /"
        "$build/bench/bench_xdp" sink 10.0.0.1 10.0.0.2 | sed "s/^/AF_XDP   /"
    done
    ip -s link show sink | sed "s/^/         /"'
