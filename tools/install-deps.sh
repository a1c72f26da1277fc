#!/bin/sh
# Installs the Debian packages that are missing: tools/install-deps.sh build|run|test|bench|lint|fuzz …
# Says which, uses sudo when not root, and does nothing when all are there.
set -eu

packages_for() {
    case "$1" in
    build)
        echo gcc libc6-dev make meson ninja-build pkg-config python3 libssl-dev libjansson-dev \
            libyaml-dev libjwt-dev libsqlite3-dev libseccomp-dev libwebsockets-dev \
            libwebsockets-evlib-ev libev-dev libcap-dev
        ;;
    run) echo coturn ;;
    test)
        echo libcmocka-dev chromium firefox-esr nftables iproute2 conntrack iputils-ping iperf3 \
            python3-gi gir1.2-gst-plugins-bad-1.0 gir1.2-gstreamer-1.0 gstreamer1.0-plugins-base \
            gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-nice \
            curl openssl ffmpeg
        ;;
    # The package starts no service where policy-rc.d or the absence of systemd forbids it; the bench
    # starts its own.
    bench) echo janus util-linux ;;
    lint) echo clang clang-format binutils libcmocka-dev ;;
    fuzz) echo clang libclang-rt-dev llvm ;;
    *)
        echo "install-deps.sh: unknown set \"$1\" (build, run, test, bench, lint, fuzz)" >&2
        exit 2
        ;;
    esac
}

is_installed() {
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian: install what tools/install-deps.sh lists by your own means." >&2
    exit 0
fi

missing=
for set_name in "$@"; do
    for package in $(packages_for "$set_name"); do
        is_installed "$package" || missing="$missing $package"
    done
done

# A Node that is new enough may have come by another way than apt, with its own npm.
if ! command -v npm >/dev/null; then
    missing="$missing nodejs npm"
fi

[ -n "$missing" ] || exit 0

echo "Installing missing packages:$missing"
sudo=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Not root and no sudo. As root: apt-get install -y --no-install-recommends$missing" >&2
        exit 1
    fi
    sudo=sudo
fi
apt="$sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=900 -qq"
# The lists may be there and fresh; an update costs time and needs the network.
# shellcheck disable=SC2086
if ! $apt install -y --no-install-recommends $missing; then
    $apt update
    $apt install -y --no-install-recommends $missing
fi
