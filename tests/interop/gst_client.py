#!/usr/bin/python3
"""GStreamer's webrtcbin as a participant of a Parley room in mode sfu.

Publishes VP8 and Opus, receives what the server puts into its seats, decodes it, and prints one line of
JSON on standard output each second:

    {"joined": ..., "connected": ..., "sent_buffers": N, "video_buffers": {...}, "audio_buffers": {...},
     "pictures": [ids of the coded pictures seen]}

Usage: gst_client.py SERVER_URL ROOM_ID [--id N] [--seconds N] [--seats N]
Debian: python3-gi gir1.2-gst-plugins-bad-1.0 gstreamer1.0-plugins-{good,bad} gstreamer1.0-nice
"""
import argparse
import json
import re
import sys
import threading
import time
import urllib.request

import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

from websocket import WebSocket  # noqa: E402

WIDTH, HEIGHT, FPS = 320, 180, 15
COLS, ROWS = 8, 4
VIDEO_CAPS = ("application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000,"
              "rtcp-fb-nack-pli=true,rtcp-fb-ccm-fir=true")
AUDIO_CAPS = "application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000,encoding-params=(string)2"


def coded_picture(person, step):
    """The picture of tests/e2e/inject.js: a row of the id's bits, a row of their inverse, a colour below."""
    white, black, colour = b"\xff\xff\xff", b"\0\0\0", bytes([200, 90, 40])

    def row(inverse):
        line = b"".join((white if ((person >> (x * COLS // WIDTH)) & 1) != inverse else black) for x in range(WIDTH))
        return line
    bar = step * 9 % WIDTH
    moving = b"".join((white if bar <= x < bar + 24 else colour) for x in range(WIDTH))
    quarter = HEIGHT // ROWS
    return row(0) * quarter + row(1) * quarter + colour * WIDTH * quarter + moving * (HEIGHT - 3 * quarter)


def recognise(rgb, width, height):
    """The id that a coded picture carries, or None."""
    person = 0
    for i in range(COLS):
        x = (2 * i + 1) * width // (2 * COLS)

        def grey(line):
            at = ((2 * line + 1) * height // (2 * ROWS) * width + x) * 3
            return sum(rgb[at:at + 3]) / 3
        difference = grey(0) - grey(1)
        if abs(difference) < 80:
            return None
        person |= (difference > 0) << i
    return person


class Participant:
    def __init__(self, options):
        self.options = options
        self.state = {"joined": False, "connected": False, "sent_buffers": 0, "video_buffers": {},
                      "audio_buffers": {}, "pictures": [], "errors": []}
        self.next_id = 1
        self.waiting = {}
        self.loop = GLib.MainLoop()
        self.step = 0

    # --- signalling

    def join(self):
        url = f"{self.options.server}/join-room/{self.options.room}"
        body = json.dumps({"name": f"GStreamer {self.options.id}"}).encode()
        request = urllib.request.Request(url, body, {"content-type": "application/json"}, method="POST")
        with urllib.request.urlopen(request, timeout=10) as reply:
            ticket = json.load(reply)
        ws_url = ticket["ws_url"]
        self.socket = WebSocket(ws_url, "parley.v1")
        threading.Thread(target=self.read_socket, daemon=True).start()
        self.request({"type": "join", "token": ticket["token"], "name": f"GStreamer {self.options.id}"}, self.on_joined)

    def request(self, message, on_reply=None):
        message["id"] = self.next_id
        self.waiting[self.next_id] = on_reply
        self.next_id += 1
        self.socket.send(json.dumps(message))

    def read_socket(self):
        try:
            while (text := self.socket.receive()) is not None:
                GLib.idle_add(self.on_message, json.loads(text))
            self.fail(f"socket closed with {self.socket.close_code}")
        except (OSError, ValueError) as error:
            self.fail(f"socket: {error}")

    def fail(self, what):
        self.state["errors"].append(what)

    def on_message(self, message):
        if "id" in message and message["id"] in self.waiting:
            handler = self.waiting.pop(message["id"])
            if message["type"] == "error":
                self.fail(f'{message["code"]}: {message["message"]}')
            elif handler:
                handler(message)
        elif message["type"] == "seats":
            self.state["seats"] = [s["participant_id"] for s in message["seats"]]
        elif message["type"] == "error":
            self.fail(f'{message["code"]}: {message["message"]}')
        return False

    def on_joined(self, message):
        self.state["joined"] = True
        if message["mode"]["mode"] != "sfu":
            self.fail(f'the room is in mode {message["mode"]["mode"]}')
            return
        self.epoch = message["mode"]["epoch"]
        self.build()

    # --- media

    def build(self):
        self.pipeline = Gst.parse_launch(
            "webrtcbin name=peer bundle-policy=max-bundle "
            "audiotestsrc is-live=true wave=sine freq=740 volume=0.2 ! audioconvert ! opusenc ! rtpopuspay pt=111 ! "
            f"{AUDIO_CAPS} ! peer. "
            f"appsrc name=camera is-live=true format=time do-timestamp=true "
            f"caps=video/x-raw,format=RGB,width={WIDTH},height={HEIGHT},framerate={FPS}/1 ! videoconvert ! queue ! "
            "vp8enc deadline=1 cpu-used=8 target-bitrate=300000 keyframe-max-dist=3000 ! rtpvp8pay name=pay pt=96 picture-id-mode=15-bit ! "
            f"{VIDEO_CAPS} ! peer.")
        self.peer = self.pipeline.get_by_name("peer")
        self.camera = self.pipeline.get_by_name("camera")
        self.pipeline.get_by_name("pay").get_static_pad("src").add_probe(
            Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, self.on_sent)
        for index in range(2):
            transceiver = self.peer.emit("get-transceiver", index)
            transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
        for _ in range(self.options.seats):
            for caps in (AUDIO_CAPS, VIDEO_CAPS):
                self.peer.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, Gst.Caps.from_string(caps))
        self.peer.connect("pad-added", self.on_pad)
        self.peer.connect("notify::connection-state", self.on_connection)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", lambda _, m: self.fail(m.parse_error()[0].message))
        self.pipeline.set_state(Gst.State.PLAYING)
        GLib.timeout_add(1000 // FPS, self.push_picture)
        GLib.timeout_add(500, self.offer)

    def push_picture(self):
        self.step += 1
        self.camera.emit("push-buffer", Gst.Buffer.new_wrapped(coded_picture(self.options.id, self.step)))
        return True

    def on_sent(self, _pad, _info):
        self.state["sent_buffers"] += 1
        return Gst.PadProbeReturn.OK

    def offer(self):
        def made(promise):
            reply = promise.get_reply()     # owns the description: it must outlive it
            description = reply.get_value("offer")
            text = description.sdp.as_text()
            self.peer.emit("set-local-description", description, Gst.Promise.new())
            GLib.idle_add(self.send_offer, text)
        self.peer.emit("create-offer", None, Gst.Promise.new_with_change_func(made))
        return False

    def send_offer(self, sdp):
        if self.options.verbose:
            print(sdp, file=sys.stderr)
        mids = re.findall(r"^a=mid:(\S+)", sdp, re.M)
        sources = [{"mid": mids[0], "source": "microphone"}, {"mid": mids[1], "source": "camera"}]
        self.request({"type": "offer", "epoch": self.epoch, "new_leg": True, "sdp": sdp, "sources": sources}, self.on_answer)
        self.request({"type": "sources", "sources": {"microphone": True, "camera": True, "screen": False, "screen-audio": False}})
        return False

    def on_answer(self, message):
        if self.options.verbose:
            print(message["sdp"], file=sys.stderr)
        _, sdp = GstSdp.SDPMessage.new_from_text(message["sdp"])
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, sdp)
        self.peer.emit("set-remote-description", answer, Gst.Promise.new())

    def on_connection(self, peer, _property):
        state = peer.get_property("connection-state")
        self.state["connected"] = state == GstWebRTC.WebRTCPeerConnectionState.CONNECTED
        if self.state["connected"]:
            GLib.idle_add(lambda: self.request({"type": "mode-ready", "epoch": self.epoch}) and False)

    def on_pad(self, _peer, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        video = pad.get_current_caps().get_structure(0).get_string("media") == "video"
        chain = ("rtpvp8depay ! vp8dec name=first ! videoconvert ! videoscale ! video/x-raw,format=RGB,width=80,height=40 ! "
                 "appsink name=out emit-signals=true sync=false max-buffers=2 drop=true" if video else
                 "rtpopusdepay ! opusdec name=first ! appsink name=out emit-signals=true sync=false max-buffers=2 drop=true")
        decoder = Gst.parse_bin_from_description(f"queue ! {chain}", True)
        self.pipeline.add(decoder)
        out = decoder.get_by_name("out")
        out.connect("new-sample", self.on_video if video else self.on_audio, pad.get_name())
        decoder.sync_state_with_parent()
        pad.link(decoder.get_static_pad("sink"))

    def on_video(self, sink, name):
        sample = sink.emit("pull-sample")
        counts = self.state["video_buffers"]
        counts[name] = counts.get(name, 0) + 1
        buffer = sample.get_buffer()
        person = recognise(buffer.extract_dup(0, buffer.get_size()), 80, 40)
        if person is not None and person not in self.state["pictures"]:
            self.state["pictures"].append(person)
        return Gst.FlowReturn.OK

    def on_audio(self, sink, name):
        sample = sink.emit("pull-sample")
        buffer = sample.get_buffer()
        samples = memoryview(buffer.extract_dup(0, buffer.get_size())).cast("h")
        if len(samples) and max(samples) > 500:     # a tone, not silence
            counts = self.state["audio_buffers"]
            counts[name] = counts.get(name, 0) + 1
        return Gst.FlowReturn.OK

    # --- life

    def run(self):
        self.join()
        GLib.timeout_add(1000, self.tell)
        if self.options.seconds:
            GLib.timeout_add(self.options.seconds * 1000, self.loop.quit)
        self.loop.run()
        if self.state["joined"]:
            self.request({"type": "leave"})
            time.sleep(0.2)
        if hasattr(self, "pipeline"):
            self.pipeline.set_state(Gst.State.NULL)

    def tell(self):
        print(json.dumps(self.state), flush=True)
        return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("room")
    parser.add_argument("--id", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--seats", type=int, default=2)
    parser.add_argument("--verbose", action="store_true")
    Gst.init(None)
    Participant(parser.parse_args()).run()


if __name__ == "__main__":
    main()
