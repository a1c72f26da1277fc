"""coturn as the supervisor configures it: who may relay, and to where."""

import os
import signal
import socket

import needs
from server import Server, wait_until
from turn import Turn, TurnError

# One address of every special range (IANA's special-purpose registries, multicast, reserved).
SPECIAL_V4 = ["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254",
              "127.0.0.1", "127.1.2.3", "169.254.169.254", "172.16.0.1", "172.31.255.254",
              "192.0.0.8", "192.0.2.77", "192.88.99.1", "192.168.0.1", "192.168.255.254",
              "198.18.0.1", "198.19.255.254", "198.51.100.1", "203.0.113.77", "224.0.0.1",
              "239.255.255.255", "240.0.0.1", "255.255.255.255"]
SPECIAL_V6 = ["::", "::1", "::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1",
              "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:a00:1::1",
              "2002:7f00:1::1", "3fff::1", "5f00::1", "fc00::1", "fdff:ffff::1", "fe80::1",
              "febf::1", "fec0::1", "ff02::1", "ff0e::1", "4000::1",
              # zero bytes at the ends of ranges: coturn compares byte by byte
              "::1:0", "::100", "64:ff9b::", "64:ff9b::a00:0", "100::", "1::", "100:0:0:1::",
              "1fff:ffff::", "4000::", "fc00::", "fe80::", "ff00::", "2001:1ff:ffff::",
              "2001:db8::", "2002::", "3fff:fff::"]
PUBLIC_V4, PUBLIC_V6 = "8.8.8.8", "2606:4700:4700::1111"
MORE_PUBLIC_V4 = ["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.128.0.1", "172.32.0.1", "223.255.0.1"]
MORE_PUBLIC_V6 = ["2000::1", "2001:200::1", "2001:db9::1", "2003::", "3ffe::1", "2a00:0:0:1::"]


def start():
    needs.turnserver()
    server = Server(turn_managed="true", turn_user_quota=50)
    return server.start()


def credentials(server):
    room = server.post("/create-room")["room_id"]
    servers = server.post(f"/join-room/{room}")["ice_servers"]
    turn = next(s for s in servers if s.get("credential"))
    return turn["username"], turn["credential"]


def answers(server, host="127.0.0.1"):
    turn = Turn(host, server.turn)
    try:
        turn.binding()
        return True
    except (OSError, TurnError):
        return False
    finally:
        turn.close()


def refused_by(action):
    try:
        action()
    except TurnError as error:
        return error.code
    return None


def check_refused(turn, addresses):
    wrong = []
    for address in addresses:
        for action in (turn.permit, turn.bind_channel):
            code = refused_by(lambda a=address, do=action: do(a))
            if code != 403:
                wrong.append((address, action.__name__, code))
    assert not wrong, f"not refused with 403: {wrong}"


def test_turn_refuses_every_special_ipv4_peer():
    with start() as server:
        own = needs.own_address(socket.AF_INET, PUBLIC_V4)
        wait_until("coturn", lambda: answers(server), 5)
        turn = Turn("127.0.0.1", server.turn, *credentials(server))
        turn.allocate()
        check_refused(turn, [a for a in SPECIAL_V4 if a != own])
        for address in [PUBLIC_V4, *MORE_PUBLIC_V4]:
            turn.permit(address)


def test_turn_refuses_every_special_ipv6_and_mapped_peer():
    with start() as server:
        needs.own_address(socket.AF_INET6, PUBLIC_V6)
        wait_until("coturn", lambda: answers(server), 5)
        turn = Turn("::1", server.turn, *credentials(server))
        turn.allocate(family=6)
        check_refused(turn, SPECIAL_V6)
        mapped = SPECIAL_V4 + ["10.0.0.0", "127.0.0.0", "192.168.0.0", "169.254.0.0", PUBLIC_V4]
        check_refused(turn, [f"::ffff:{a}" for a in mapped])
        check_refused(turn, [f"::{a}" for a in mapped])     # IPv4-compatible (RFC 4291 2.5.5.1)
        for address in [PUBLIC_V6, *MORE_PUBLIC_V6]:
            turn.permit(address)


def test_turn_relays_to_the_media_workers_address():
    with start() as server:
        own = needs.own_address(socket.AF_INET, PUBLIC_V4)
        wait_until("coturn", lambda: answers(server), 5)
        turn = Turn("127.0.0.1", server.turn, *credentials(server))
        turn.allocate()
        turn.permit(own)
        turn.bind_channel(own)


def test_turn_wants_a_password():
    with start() as server:
        wait_until("coturn", lambda: answers(server), 5)
        username, password = credentials(server)
        assert refused_by(Turn("127.0.0.1", server.turn).allocate) == 401
        assert refused_by(Turn("127.0.0.1", server.turn, username, password + "x").allocate) == 401
        expired = "1000:" + username.split(":")[1]
        assert refused_by(Turn("127.0.0.1", server.turn, expired, password).allocate) == 401


def test_turn_does_not_relay_tcp():
    with start() as server:
        wait_until("coturn", lambda: answers(server), 5)
        turn = Turn("127.0.0.1", server.turn, *credentials(server))
        # REQUESTED-TRANSPORT 6 is TCP (RFC 6062)
        code = refused_by(lambda: turn.request(0x003, lambda _: bytes([0, 0x19, 0, 4, 6, 0, 0, 0])))
        assert code in (442, 403, 400), code


def test_a_killed_coturn_is_back():
    with start() as server:
        wait_until("coturn", lambda: answers(server), 5)
        pid = server.children()["turnserver"]
        os.kill(pid, signal.SIGKILL)
        wait_until("a new coturn", lambda: server.children().get("turnserver", pid) != pid, 1)
        wait_until("coturn again", lambda: answers(server), 5)
        assert server.get("/healthz")
