#!/usr/bin/env python3
"""Writes the hand-made seeds of the wire targets into corpus/<target>/<name>.

The seeds are small valid inputs of each kind, spelled in hex with their meaning beside them; crashes
that a fuzzer finds are added to the same folders as files of their own and are not listed here.
"""
import pathlib
import re

HERE = pathlib.Path(__file__).parent


def c_array(name):
    """The bytes of an array in tests/vectors/rfc5769.h."""
    text = (HERE.parent / "vectors" / "rfc5769.h").read_text()
    body = re.search(name + r"\[\] = \{(.*?)\};", text, re.S).group(1)
    return bytes(int(word, 16) for word in re.findall(r"0x([0-9a-f]{2})", body)).hex()


RTP = "80e0123401020304cafebabe"
RTPX = "90e0123401020304cafebabe"

SEEDS = {
    "net": {
        "ipv4": b"192.0.2.1".hex(),
        "ipv6": b"2001:db8::1".hex(),
        "mapped": b"::ffff:10.1.2.3".hex(),
        "longest": b"1111:2222:3333:4444:5555:6666:123.123.123.123".hex(),
    },
    "stun": {
        "rfc5769_request": c_array("rfc5769_request"),
        "rfc5769_response_ipv4": c_array("rfc5769_response_ipv4"),
        "rfc5769_response_ipv6": c_array("rfc5769_response_ipv6"),
        "rfc5769_long_term": c_array("rfc5769_long_term"),
        "empty_binding": "000100002112a442 0102030405060708090a0b0c",
        "error_487": "011100082112a442 0102030405060708090a0b0c 0009000400000457",
        "unknown_attribute": "000100042112a442 0102030405060708090a0b0c 70010000",
        "use_candidate": "000100102112a442 0102030405060708090a0b0c 00250000 802a00080102030405060708",
    },
    "rtp": {
        "plain": RTP + "616263",
        "padding": "a0600001 00000001 0000000a 61 000003",
        "csrc": "8260000100000001 0000000a 00000001 00000002 61",
        "one_byte": RTPX + "bede0003 10aa 21bbcc 00 3e" + "00" * 5 + "61",
        "one_byte_mid_twcc": RTPX + "bede0002 1061 310102 ff0000 61",
        "two_byte": RTPX + "10000003 0100 c802bbcc 0501dd 000000 61",
        "unknown_profile": RTPX + "12340001 aabbccdd 61",
        "rtcp_kind": "80c80001 00000001",
    },
    "rtcp": {
        "sr_sdes_bye": "80c80006 00000001 0102030405060708 00000003 00000004 00000005"
                       "81ca0003 00000001 01026162 00000000" "81cb0001 00000001",
        "rr": "81c90007 00000001 0000000a 33fffffd 00010002 00000007 00000008 00000009",
        "nack": "81cd0003 00000001 00000002 fff80003",
        "twcc": "8fcd0006 00000001 00000002 fffe0004 000002c8 d480 0004 0190 0000",
        "pli": "81ce0002 00000001 00000002",
        "fir": "84ce0004 00000001 00000000 00000002 c8000000",
        "remb": "8fce0005 00000001 00000000 52454d42 010a1234 00000007",
        "xr": "80cf0001 00000009",
        "padded": "a0c90003 00000001 00000000 00000008",
    },
    "ccfb": {
        "two_streams": "00000001 00000007 ffff0003 84000000 ffff0000 00000009 00050002 bffec001 00018000",
        "none": "00000001 00018000",
        "lie": "00000001 00000007 0001ffff 84000000 00018000",
    },
    "bwe": {
        # time, packets, feedback: a steady talk; with loss; with a growing delay
        "steady": ("00 0271" + "01 0400" + "09 0400" + "02 02 ffffffff 14 0404") * 30,
        "lossy": ("00 0271" + "01 0400" * 4 + "02 04 5555aaaa 14 04040404") * 30,
        "queue": ("00 0271" + "01 0400" * 4 + "02 04 ffffffff 14 7f7f7f7f") * 30,
        "silence": ("00 ffff" + "01 0400" * 4 + "07") * 20,
        "lies": "01 0400" * 8 + "04 0001 7fffffffffffffff" + "04 0002 8000000000000000" +
                "04 0003 000000e8d4a51000" + "04 0003 000000e8d4a51000" + "04 fff0 0000000000000000",
        "probes": ("05 0fa0" + "06" + "00 0271" + "02 05 ffffffff 14 0101010101" + "07") * 20,
    },
    "twcc": {
        "steady": "800003e8" * 20,
        "lossy": ("800003e8" + "00000000") * 12,
        "reordered": "80001000" + "c0001000" + "80001000",
        "gaps": "807fffff" * 5,
    },
    "vla": {
        "simulcast": "61 90 3264 9601 ac02 f403 a40d",
        "sizes": "01 00 a40d 04ff 02cf 1e",
        "svc": "07 00 64 ac02 e807",
        "streams_differ": "20 10 30 00 010203",
        "nothing": "00",
    },
    "red": {
        "chrome": "ef0f0003 6f 6f6c64 6e657721",
        "primary": "6f 616263",
        "two_redundant": "ef1e0002 ef0f0001 6f 6161 62 63",
        "empty_primary": "6f",
    },
    "frame": {
        "three": "02 0003616263 0000 00026465 000166",
        "oversize": "01 05dd",
        "cut": "00 000561",
    },
    "vp8": {
        "full_key": "90f0 9234 07 65 502a00 9d012a 8002 6801",
        "bare": "1001",
        "short_id": "b0807f01",
        "middle": "80e0 8001 05 20 ff",
    },
    "vp9": {
        "key_structure": "aa 8102 00 09 38 0140 00b4 0280 0168 02 04 01 38 01 02 55",
        "flexible": "fd33530308",
        "upper_layer": "280300",
        "no_layers": "08",
    },
    "h264": {
        "idr": "6588", "sps": "6742", "stap_a": "78 0003 674200 0002 68ce 0001 65",
        "fu_a_start": "7c8511", "fu_a_middle": "7c0511",
    },
    "av1": {
        "new_sequence": "180a01", "two": "2001120a00", "lengths": "00 023200 0108",
        "continued": "900a00",
    },
}


class Bits:
    """Fields of any width, most significant bit first."""

    def __init__(self):
        self.text = ""

    def put(self, *fields):
        for width, value in fields:
            self.text += format(value, f"0{width}b")[-width:] if width else ""
        return self

    def done(self):
        text = self.text + "0" * (-len(self.text) % 8)
        return bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))


def dd_structure(bits):
    """Two spatial and two temporal layers, as in tests/unit/test_dd.c."""
    bits.put((6, 60), (5, 1), (2, 1), (2, 2), (2, 1), (2, 3))
    for low, high in ((2, 2), (0, 1), (0, 2), (0, 3)):
        bits.put((2, low), (2, high))
    bits.put((1, 0), (1, 1), (4, 3), (1, 0), (1, 1), (4, 0), (1, 0))
    bits.put((1, 1), (4, 0), (1, 1), (4, 7), (1, 0))
    bits.put((2, 2), (4, 0), (4, 1), (4, 2), (4, 3))
    return bits.put((1, 1), (16, 319), (16, 179), (16, 639), (16, 359))


def dd_seeds():
    key = dd_structure(Bits().put((2, 2), (6, 60), (16, 500), (5, 16))).done()
    plain = Bits().put((2, 3), (6, 63), (16, 501)).done()
    custom = Bits().put((2, 3), (6, 61), (16, 502), (5, 15), (2, 1), (2, 3), (2, 0), (2, 3),
                        (12, 4095), (2, 1), (4, 0), (2, 0), (8, 255)).done()
    framed = {name: bytes([len(d)]) + d for name, d in
              (("key", key), ("plain", plain), ("custom", custom))}
    return {"key": framed["key"].hex(), "stream": b"".join(framed.values()).hex(),
            "needs_structure": framed["plain"].hex()}


def layer_dd_seeds():
    """Packets of fuzz_layer_dd.c: how, length, descriptor."""
    key = dd_structure(Bits().put((2, 3), (6, 60), (16, 500), (5, 16))).done()

    def packet(number, template, how=0x0a):
        descriptor = Bits().put((2, 3), (6, template), (16, number)).done()
        return bytes([how, len(descriptor)]) + descriptor

    start = bytes([0x0a, len(key)]) + key
    whole = b"".join(packet(501 + i, 61 + i % 3) for i in range(12))
    return {
        "whole": (start + whole).hex(),
        "loss": (start + b"".join(packet(503 + 2 * i, 61 + i % 3, 0x5a) for i in range(12))).hex(),
        "switches": (start + b"".join(packet(501 + i, 61 + i % 3, i % 16) for i in range(24))).hex(),
        "late": (start + packet(504, 61, 0x3a) + packet(502, 62) + packet(505, 63, 0x3a)).hex(),
        "no_structure": whole.hex(),
    }


def transport_seeds():
    """Steps of fuzz_transport.c: operation, length, bytes."""
    def step(operation, data=b"", path=0):
        return bytes([operation | path << 3]) + len(data).to_bytes(2, "big") + data

    def wait(ms):
        return bytes([4]) + ms.to_bytes(2, "big")

    def raw(text):
        return bytes.fromhex(text.replace(" ", ""))

    connect = step(3) + 3 * step(5)
    rtp = raw(RTP) + bytes(20)
    extended = raw(RTPX) + raw("bede0001 10aabbcc") + bytes(20)
    report = raw("80c90001 00000007")
    hello = raw("16fefd 0000 000000000000 0020 01 000014 0000 000000 000014") + bytes(20)
    scripts = {
        "connect": connect,
        "media": connect + step(6, rtp) + step(6, extended) + step(6, report + report),
        "media_elsewhere": connect + step(6, rtp, 1) + step(2, b"", 1) + step(6, extended, 1),
        "rebinding": connect + step(3, b"", 1) + step(6, rtp, 1) + step(3) + step(3),
        "many_paths": b"".join(step(2, b"", path) for path in range(4)) + connect,
        "tcp": step(3, b"", 3) + 3 * step(5, b"", 3) + step(7, b"", 3) + step(6, rtp, 3),
        "restart": connect + step(7) + step(3, b"", 2) + step(6, rtp, 2),
        "silence": connect + wait(15000) + step(3) + wait(30000) + wait(30000),
        "hello_from_nowhere": step(0, hello) + step(3) + step(0, hello) + 3 * step(5),
        "stun": step(0, raw(SEEDS["stun"]["rfc5769_request"])),
        "unauthentic": connect + step(0, rtp + bytes(16)) + step(0, report + bytes(20)),
        "alert": connect + step(0, raw("15fefd 0001 000000000001 0002 0100")),
    }
    return {name: script.hex() for name, script in scripts.items()}


def engine_seeds():
    """Steps of fuzz_engine.c: two bytes each, a datagram follows step 2."""
    def step(kind, value, data=b""):
        return bytes([kind, value]) + data

    def peer(number):
        return step(1, number)

    def datagram(text):
        data = bytes.fromhex(text.replace(" ", ""))
        return step(2, len(data), data)

    def add(number):    # joins, offers, connects
        return peer(number) + step(0, 0) + step(0, 1) + step(0, 3)

    def wait(ms):
        return step(3, ms // 4)

    both = add(0) + add(1)
    video = step(5, 1) + 5 * (step(5, 0) + wait(32))
    talk = 20 * (peer(0) + step(4, 30) + peer(1) + step(4, 70) + wait(20))
    scripts = {
        "call": both + peer(0) + video + talk,
        "loss": both + peer(0) + step(5, 1) + 3 * (step(5, 8) + step(5, 0) + wait(32)) +
                step(5, 48) + step(5, 80) + 3 * wait(300),
        "nacks": both + peer(0) + video + peer(1) + step(6, 4) + step(6, 12) + step(6, 5) +
                 step(6, 2) + wait(800) + step(6, 4),
        "simulcast": both + peer(1) + step(5, 1) + step(5, 3) + step(5, 5) + 4 * wait(800) +
                     step(5, 1) + step(5, 3),
        "mute": both + peer(0) + video + step(0, 4 + 8) + step(5, 0) + step(0, 4 + 24) +
                step(5, 1) + wait(600),
        "leave": both + peer(0) + video + step(0, 0) + wait(100) + step(0, 0) + step(0, 1) +
                 step(0, 3) + step(5, 1),
        "new_leg": both + peer(0) + video + step(0, 1) + step(0, 3) + video + step(0, 2),
        "new_ssrcs": both + peer(0) + video + step(0, 15) + step(0, 2) + video,
        "red": add(0) + add(2) + peer(2) + 5 * (step(4, 20) + wait(20)),
        "no_codec": add(0) + add(3) + peer(0) + video + peer(3) + step(0, 5 + 24),
        "states": both + peer(0) + step(7, 3) + video + step(7, 2) + video + step(7, 4) + wait(600),
        "rtp": both + peer(0) + datagram("80e0 0001 00000001 000189d2 9080 8001 1002009d012a4001b400"),
        "rtcp": both + peer(0) + datagram("80c9 0001 00000001") +
                datagram("81ca 0006 00000001 0110 4930454b71436b45 4c454643 59673200"),
    }
    return {name: script.hex() for name, script in scripts.items()}


def gcm_seeds():
    """Flags and length of associated data, IV, key, associated data, text: as fuzz_gcm.c has it."""
    def message(flags, aad_len, text_len):
        key_len = 32 if flags & 1 else 16
        noise = bytes((7 * i * i + 3 * i + 1) & 255 for i in range(12 + key_len + aad_len + text_len))
        return (bytes([flags, aad_len]) + noise).hex()

    return {
        "empty": message(0, 0, 0),
        "audio": message(0, 20, 60),
        "video": message(0, 24, 1100),
        "video_256_in_place": message(3, 12, 1203),
        "batch": message(2, 16, 256),
        "block_less": message(1, 33, 255),
    }


def pipe_seeds():
    """Frames of fuzz_pipe.c, each behind its length: a publisher in another worker."""
    sdp = (HERE.parent / "vectors" / "sdp" / "chromium-156-simulcast.sdp").read_bytes()
    mids = re.findall(rb"a=mid:(\S+)", sdp)

    def frame(kind, body=b"", participant=501, room=7):
        whole = bytes([kind]) + bytes(7) + room.to_bytes(8, "big") + participant.to_bytes(8, "big") + body
        return len(whole).to_bytes(2, "big") + whole

    def state(*people):
        return frame(2, len(people).to_bytes(2, "big") + b"".join(
            p.to_bytes(8, "big") + (9).to_bytes(8, "big") + version.to_bytes(4, "big") + bytes([enabled])
            for p, version, enabled in people), 0)

    def offer(version):
        sources = b"".join(bytes([i, len(mid)]) + mid for i, mid in enumerate(mids[:2]))
        return frame(3, (9).to_bytes(8, "big") + version.to_bytes(4, "big") +
                     bytes([len(mids[:2])]) + sources + sdp)

    wait = b"\xff\xff"
    rtp = bytes.fromhex(RTP) + bytes(30)
    report = bytes.fromhex("80c800060000000101020304050607080000000300000004" + "00000005")
    joined = state((501, 1, 15)) + offer(1) + wait
    scripts = {
        "joins": joined + frame(1, rtp) + frame(1, report) + wait,
        "leaves": joined + state() + wait + state((501, 2, 0)) + offer(2) + state((501, 2, 3)),
        "needs": joined + frame(4, b"", 101) + frame(5, bytes([1, 0, 3]), 101) +
                 frame(6, bytes([1, 3]), 101) + wait + wait + frame(6, bytes([1, 0]), 101) + 40 * wait,
        "lies": frame(1, rtp) + frame(3, b"") + frame(5, bytes(3)) + state((101, 1, 1), (0, 1, 1)) +
                frame(2, b"\xff\xff", 0) + frame(9) + frame(1, rtp, 501, 8) + bytes([0, 0]),
    }
    return {name: script.hex() for name, script in scripts.items()}


def client_clip_seeds():
    def ivf(four_cc, *frames):
        head = b"DKIF" + bytes(2) + (32).to_bytes(2, "little") + four_cc + bytes.fromhex("4001b400") + bytes(16)
        return (head + b"".join(len(f).to_bytes(4, "little") + bytes(8) + f for f in frames)).hex()

    return {"vp8": ivf(b"VP80", b"\x10" + bytes(40), b"\x11" + bytes(9), b"\x10" + bytes(30)),
            "opus": ivf(b"OPUS", bytes(80), bytes(80)), "cut": ivf(b"VP80", b"\x10" + bytes(40))[:-20]}


def main():
    SEEDS["client_clip"] = client_clip_seeds()
    SEEDS["pipe"] = pipe_seeds()
    SEEDS["gcm"] = gcm_seeds()
    SEEDS["engine"] = engine_seeds()
    SEEDS["transport"] = transport_seeds()
    SEEDS["dd"] = dd_seeds()
    SEEDS["layer_dd"] = layer_dd_seeds()
    for target, seeds in SEEDS.items():
        folder = HERE / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in seeds.items():
            (folder / name).write_bytes(bytes.fromhex(text.replace(" ", "")))


if __name__ == "__main__":
    main()
