// Runs in every page before the product's own scripts (Playwright addInitScript). It never touches the
// product: it replaces the camera and microphone by ones whose picture and tone say who it is, narrows
// RTCPeerConnection to what a test wants (relay only, one codec), and keeps what a test wants to look at.
// window.__e2eOptions = {id, camera ('device', 'worker', 'none', 'denied'), relayOnly, iceUrls, codec, denyP2p, width, height, fps}.
(() => {
  if (window.__e2e) return;
  const options = window.__e2eOptions ?? {};
  const e2e = { options, pcs: [], sockets: [], tracks: [], errors: [] };
  window.__e2e = e2e;
  window.addEventListener('error', (e) => e2e.errors.push(String(e.message)));
  window.addEventListener('unhandledrejection', (e) => e2e.errors.push(String(e.reason)));

  // --- The picture: two rows of eight cells, the id's bits and their inverse, above the person's colour.
  const COLS = 8;
  const ROWS = 4;
  const SCREEN = 128;       // a shared screen's id is its owner's plus this
  const SCREEN_TONE = 12;
  const toneHz = (id) => 320 + 110 * id;

  function drawCode(g, id, n) {
    const { width: w, height: h } = g.canvas;
    const cw = w / COLS;
    const ch = h / ROWS;
    g.fillStyle = `hsl(${(id * 47) % 360} 70% 45%)`;
    g.fillRect(0, 0, w, h);
    for (let i = 0; i < COLS; i++) {
      const bit = (id >> i) & 1;
      g.fillStyle = bit ? '#fff' : '#000';
      g.fillRect(i * cw, 0, cw + 1, ch);
      g.fillStyle = bit ? '#000' : '#fff';
      g.fillRect(i * cw, ch, cw + 1, ch);
    }
    g.fillStyle = '#fff';
    g.fillRect(((n * 7) % w), h * 0.6, w / 12, h * 0.1);
    g.font = `${Math.round(h / 7)}px sans-serif`;
    g.fillText(`#${id} ${n}`, w / 20, h * 0.92);
  }

  function codedVideo(id, width, height, fps) {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const g = canvas.getContext('2d', { alpha: false });
    let n = 0;
    drawCode(g, id, n);
    const track = canvas.captureStream(fps).getVideoTracks()[0];
    const timer = setInterval(() => {
      if (track.readyState === 'ended') clearInterval(timer);
      else drawCode(g, id, ++n);
    }, 1000 / fps);
    return track;
  }

  // A camera does not wait for the page's main thread; a canvas that a timer of the page draws does. This one is drawn in a worker
  // (Chromium: MediaStreamTrackGenerator).
  function workerVideo(id, width, height, fps) {
    const generator = new MediaStreamTrackGenerator({ kind: 'video' });
    const settings = generator.getSettings.bind(generator);
    generator.getSettings = () => ({ ...settings(), width, height, frameRate: fps });
    const draw = `const COLS = ${COLS}; const ROWS = ${ROWS}; ${drawCode};
      self.onmessage = ({ data: { writable, id, width, height, fps } }) => {
        const writer = writable.getWriter();
        const g = new OffscreenCanvas(width, height).getContext('2d', { alpha: false });
        let n = 0;
        const timer = setInterval(() => {
          drawCode(g, id, n++);
          writer.write(new VideoFrame(g.canvas, { timestamp: performance.now() * 1000 })).catch(() => clearInterval(timer));
        }, 1000 / fps);
      };`;
    const worker = new Worker(URL.createObjectURL(new Blob([draw], { type: 'text/javascript' })));
    worker.postMessage({ writable: generator.writable, id, width, height, fps }, [generator.writable]);
    return generator;
  }

  // Nobody listens at the loudspeaker: without a sink (Chromium) eight people need far less of two slow cores.
  let audioContext;
  const silentContext = () => (audioContext ??= new AudioContext({ latencyHint: 'playback', sinkId: { type: 'none' } }));
  function codedAudio(id, gainValue = 0.2) {
    silentContext();
    void audioContext.resume();
    const oscillator = new OscillatorNode(audioContext, { frequency: toneHz(id) });
    const gain = new GainNode(audioContext, { gain: gainValue });
    const out = new MediaStreamAudioDestinationNode(audioContext);
    oscillator.connect(gain).connect(out);
    oscillator.start();
    return out.stream.getAudioTracks()[0];
  }

  const devices = navigator.mediaDevices;
  const nativeUserMedia = devices?.getUserMedia.bind(devices);
  // Firefox keeps AudioContexts suspended on a machine without a sound card: its own fake microphone (1 kHz) instead.
  const microphone = async () => (/Firefox/.test(navigator.userAgent)
    ? (await nativeUserMedia({ audio: true })).getAudioTracks()[0] : codedAudio(options.id));
  if (devices && options.camera !== 'device' && options.id !== undefined) {
    devices.getUserMedia = async (constraints) => {
      if (options.camera === 'denied') throw new DOMException('Permission denied', 'NotAllowedError');
      if (options.camera === 'none') throw new DOMException('Requested device not found', 'NotFoundError');
      const stream = new MediaStream();
      if (constraints?.video) {
        const make = options.camera === 'worker' ? workerVideo : codedVideo;
        stream.addTrack(make(options.id, options.width ?? 640, options.height ?? 360, options.fps ?? 15));
      }
      if (constraints?.audio) stream.addTrack(await microphone());
      return stream;
    };
    // Firefox has no screen to share when headless; a coded one is shared everywhere.
    devices.getDisplayMedia = async (constraints) => {
      const stream = new MediaStream([codedVideo(options.id + SCREEN, 1280, 720, 10)]);
      if (constraints?.audio) stream.addTrack(codedAudio(options.id + SCREEN_TONE));
      return stream;
    };
  }

  // Whose picture does a <video> show? The id, or -1 when it is no coded picture (black, torn, none yet).
  const scratch = document.createElement('canvas');
  scratch.width = COLS * 10;
  scratch.height = ROWS * 10;
  const pen = scratch.getContext('2d', { alpha: false, willReadFrequently: true });
  e2e.recognise = (video) => {
    if (!video.videoWidth) return -1;
    pen.drawImage(video, 0, 0, scratch.width, scratch.height);
    const { data } = pen.getImageData(0, 0, scratch.width, scratch.height);
    const luma = (col, row) => {
      let sum = 0;
      for (let y = 3; y < 7; y++) {
        for (let x = 3; x < 7; x++) {
          const at = ((row * 10 + y) * scratch.width + col * 10 + x) * 4;
          sum += data[at] * 0.3 + data[at + 1] * 0.59 + data[at + 2] * 0.11;
        }
      }
      return sum / 16;
    };
    let id = 0;
    for (let i = 0; i < COLS; i++) {
      const difference = luma(i, 0) - luma(i, 1);
      if (Math.abs(difference) < 80) return -1;
      if (difference > 0) id |= 1 << i;
    }
    return id;
  };

  // An 8x8 thumbnail in grey, to compare two pictures that carry no code.
  e2e.thumbnail = (video) => {
    const c = document.createElement('canvas');
    c.width = c.height = 8;
    const g = c.getContext('2d', { alpha: false });
    g.drawImage(video, 0, 0, 8, 8);
    const { data } = g.getImageData(0, 0, 8, 8);
    return Array.from({ length: 64 }, (_, i) => data[i * 4] * 0.3 + data[i * 4 + 1] * 0.59 + data[i * 4 + 2] * 0.11);
  };

  // The loudest tone of an audio track, in Hz, and its level in dB, over about a second.
  e2e.listen = async (track) => {
    silentContext();
    await audioContext.resume();
    const source = audioContext.createMediaStreamSource(new MediaStream([track]));
    const analyser = new AnalyserNode(audioContext, { fftSize: 8192, smoothingTimeConstant: 0 });
    source.connect(analyser);
    const bins = new Float32Array(analyser.frequencyBinCount);
    let best = { hz: 0, db: -200 };
    for (let i = 0; i < 10; i++) {
      await new Promise((r) => setTimeout(r, 100));
      analyser.getFloatFrequencyData(bins);
      bins.forEach((db, bin) => {
        if (bin > 4 && db > best.db) best = { hz: (bin * audioContext.sampleRate) / analyser.fftSize, db };
      });
    }
    source.disconnect();
    return best;
  };
  e2e.toneHz = toneHz;

  // --- Peer connections and sockets, recorded.
  const NativePc = window.RTCPeerConnection;
  if (NativePc) {
    const narrow = (config = {}) => {
      const c = { ...config };
      if (options.relayOnly) c.iceTransportPolicy = 'relay';
      if (options.iceUrls !== undefined) {
        c.iceServers = (c.iceServers ?? [])
          .map((s) => ({ ...s, urls: [s.urls].flat().filter((u) => new RegExp(options.iceUrls).test(u)) }))
          .filter((s) => s.urls.length > 0);
      }
      return c;
    };
    const prefer = (transceiver, kind) => {
      if (!options.codec || kind !== 'video' || transceiver.direction === 'recvonly') return;
      const all = RTCRtpSender.getCapabilities('video').codecs;
      const fmtp = { H264: /packetization-mode=1.*42e01f|42e01f.*packetization-mode=1/, VP9: /profile-id=0/, AV1: /profile=0/ }[options.codec] ?? /^/;
      const chosen = all.filter((c) => c.mimeType.toLowerCase() === `video/${options.codec.toLowerCase()}`
        && (!c.sdpFmtpLine || fmtp.test(c.sdpFmtpLine)));
      if (chosen.length === 0) throw new Error(`e2e: no ${options.codec} in this browser`);
      const rest = all.filter((c) => /rtx$/i.test(c.mimeType));
      setCodecs.call(transceiver, [...chosen, ...rest]);
    };
    const setCodecs = RTCRtpTransceiver.prototype.setCodecPreferences;
    if (options.codec) {
      RTCRtpTransceiver.prototype.setCodecPreferences = function (codecs) {
        if (this.direction === 'recvonly') setCodecs.call(this, codecs);
      };
    }
    class Pc extends NativePc {
      constructor(config, ...rest) {
        super(narrow(config), ...rest);
        e2e.pcs.push(this);
        this.madeAt = performance.now();
        this.addEventListener('track', (e) => {
          e2e.tracks.push({ track: e.track, pc: this, at: performance.now() });
        });
      }
      setConfiguration(config) {
        super.setConfiguration(narrow(config));
      }
      addTransceiver(what, init) {
        const t = super.addTransceiver(what, init);
        prefer(t, typeof what === 'string' ? what : what.kind);
        return t;
      }
      // A pair whose direct connection must fail: no candidate of the other side ever arrives.
      addIceCandidate(candidate) {
        if (options.denyP2p) return Promise.resolve();
        return super.addIceCandidate(candidate);
      }
      setRemoteDescription(description) {
        if (!options.denyP2p || /a=ice-lite/.test(description?.sdp ?? '')) return super.setRemoteDescription(description);
        const sdp = description.sdp.replace(/a=candidate:.*\r\n/g, '');
        return super.setRemoteDescription({ type: description.type, sdp });
      }
    }
    window.RTCPeerConnection = Pc;
  }

  const NativeSocket = window.WebSocket;
  window.WebSocket = class extends NativeSocket {
    constructor(...args) {
      super(...args);
      e2e.sockets.push(this);
      this.addEventListener('message', (e) => {
        if (typeof e.data !== 'string' || e2e.messages.length > 5000) return;
        try {
          e2e.messages.push({ at: performance.now(), ...JSON.parse(e.data) });
        } catch { /* not ours */ }
      });
    }
  };
  e2e.messages = [];

  // --- What the statistics say, one object per live peer connection.
  e2e.stats = async () => {
    const out = [];
    for (const pc of e2e.pcs) {
      if (pc.connectionState === 'closed') continue;
      const report = await pc.getStats();
      const leg = { state: pc.connectionState, index: e2e.pcs.indexOf(pc), sfu: /a=ice-lite/.test(pc.remoteDescription?.sdp ?? ''), inbound: [], outbound: [], pair: null, transport: null };
      for (const s of report.values()) {
        const codec = report.get(s.codecId)?.mimeType;
        if (s.type === 'inbound-rtp') {
          leg.inbound.push({ kind: s.kind, ssrc: s.ssrc, mid: s.mid, codec, framesDecoded: s.framesDecoded ?? 0, frameWidth: s.frameWidth, frameHeight: s.frameHeight, packetsReceived: s.packetsReceived ?? 0, bytesReceived: s.bytesReceived ?? 0, totalAudioEnergy: s.totalAudioEnergy ?? 0, totalSamplesReceived: s.totalSamplesReceived ?? 0, concealedSamples: s.concealedSamples ?? 0, silentConcealedSamples: s.silentConcealedSamples ?? 0, audioLevel: s.audioLevel ?? 0, trackIdentifier: s.trackIdentifier, nackCount: s.nackCount, pliCount: s.pliCount, freezeCount: s.freezeCount, packetsLost: s.packetsLost, jitter: s.jitter });
        } else if (s.type === 'outbound-rtp') {
          leg.outbound.push({ kind: s.kind, ssrc: s.ssrc, rid: s.rid, codec, framesEncoded: s.framesEncoded ?? 0, frameWidth: s.frameWidth, frameHeight: s.frameHeight, packetsSent: s.packetsSent, bytesSent: s.bytesSent, scalabilityMode: s.scalabilityMode, active: s.active, encoder: s.encoderImplementation });
        } else if (s.type === 'transport') {
          leg.transport = { dtlsState: s.dtlsState, tlsVersion: s.tlsVersion, srtpCipher: s.srtpCipher, selectedCandidatePairChanges: s.selectedCandidatePairChanges };
          leg.pairId = s.selectedCandidatePairId;
        }
      }
      const pairs = [...report.values()].filter((s) => s.type === 'candidate-pair');
      const pair = report.get(leg.pairId) ?? pairs.find((p) => p.selected) ?? pairs.find((p) => p.nominated && p.state === 'succeeded');
      if (pair) {
        const side = (id) => {
          const c = report.get(id);
          return c && { type: c.candidateType, protocol: c.protocol, relayProtocol: c.relayProtocol, address: c.address, port: c.port, tcpType: c.tcpType, url: c.url };
        };
        leg.pair = { local: side(pair.localCandidateId), remote: side(pair.remoteCandidateId), rttMs: (pair.currentRoundTripTime ?? 0) * 1000 };
      }
      out.push(leg);
    }
    return out;
  };

  // Every playing <video> of the document: whose picture, how big, decoded how many.
  e2e.videos = () => [...document.querySelectorAll('video')].map((v) => ({
    id: v.srcObject ? e2e.recognise(v) : -1,
    width: v.videoWidth, height: v.videoHeight, paused: v.paused, muted: v.muted, time: v.currentTime,
    frames: v.getVideoPlaybackQuality?.().totalVideoFrames ?? 0,
    tracks: v.srcObject?.getVideoTracks().map((t) => t.id) ?? [],
    shown: v.checkVisibility ? v.checkVisibility({ opacityProperty: false }) : v.offsetParent !== null,
  }));

  // Tones of every remote audio track that still is live and unmuted.
  e2e.tones = async () => {
    const live = e2e.tracks.filter(({ track, pc }) => track.kind === 'audio' && track.readyState === 'live' && !track.muted && pc.connectionState === 'connected');
    return Promise.all(live.map(({ track }) => e2e.listen(track)));
  };
})();
