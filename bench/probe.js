// Measures, inside a page, what its user gets: when pictures of whom are decoded and shown, and when tones
// are heard. Injected after tests/e2e/inject.js by bench/first-call.mjs. Chromium only (MediaStreamTrackProcessor).
//
// Every remote track is read in a worker, so that a busy main thread neither delays nor loses anything.
// Video, decoded: each frame of each remote track, dated where it arrives; whose track it is is read off the
//   picture in the <video> that shows it. A gap is the time in which no track of a person gave a frame.
// Video, shown: requestVideoFrameCallback on every <video> of the document, and whose picture it was. A gap is the
//   time between two shown frames of the same person, over all elements. Includes what painting takes.
// Audio: 10 ms pieces; a piece is heard when it is not silent and its track plays in an unmuted element at that
//   moment. Pieces are dated by their own timestamps. Besides, samples that the decoder invented for
//   lost or late packets (concealedSamples) while the track plays count as a gap, too: a concealed tone sounds whole.
(() => {
  const e2e = window.__e2e;
  if (!e2e || e2e.probe) return;
  const probe = { frames: [], decoded: [], owners: {}, pieces: [], plays: [], concealed: [], firstFrame: null, clickAt: null, firstShown: null };
  e2e.probe = probe;

  document.addEventListener('click', (e) => { probe.clickAt = e.timeStamp; probe.firstFrame = probe.firstShown = null; }, { capture: true });

  // --- video: what is shown
  const watched = new WeakSet();
  function watch(video) {
    if (watched.has(video)) return;
    watched.add(video);
    let known = { track: null, id: -1, left: 0 };
    const next = (now) => {
      // Reading a picture back costs more than painting it: once in ten frames of the same track.
      const track = video.srcObject?.getVideoTracks()[0]?.id ?? null;
      if (track !== known.track || known.id < 0 || --known.left <= 0) known = { track, id: e2e.recognise(video), left: 10 };
      const { id } = known;
      if (id >= 0 && id !== e2e.options.id) {
        probe.owners[track] = id;
        probe.frames.push({ id, at: now });
        probe.firstShown ??= { id, at: now };
      }
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  }
  const look = () => document.querySelectorAll('video').forEach(watch);
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
  look();

  // --- audio and first frame: what is decoded
  function readTracks() {
    const SILENCE_RMS = 0.01;
    const page_ms = () => performance.timeOrigin + performance.now();
    let frames = [];
    let pieces = [];
    const loud = (value) => {
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      let power = 0;
      for (const s of samples) power += s * s;
      return Math.sqrt(power / samples.length) > SILENCE_RMS;
    };
    self.onmessage = async ({ data: { track, kind, readable } }) => {
      const reader = readable.getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        if (kind === 'video') {
          if (frames.length === 0) setTimeout(flush, 0);
          frames.push({ track, at: page_ms() });
        } else {
          pieces.push({ track, stamp: value.timestamp / 1000, at: page_ms(), loud: loud(value) });
        }
        value.close();
      }
    };
    const flush = () => {
      if (frames.length + pieces.length > 0) self.postMessage({ frames, pieces });
      frames = [];
      pieces = [];
    };
    setInterval(flush, 100);
  }
  const worker = new Worker(URL.createObjectURL(new Blob([`(${readTracks})()`], { type: 'text/javascript' })));
  const local = (event) => ({ ...event, at: event.at - performance.timeOrigin });
  worker.onmessage = ({ data: { frames, pieces } }) => {
    for (const frame of frames.map(local)) {
      probe.decoded.push(frame);
      probe.firstFrame ??= frame;
    }
    probe.pieces.push(...pieces.map(local));
  };
  function read(track) {
    const { readable } = new MediaStreamTrackProcessor({ track: track.clone(), maxBufferSize: track.kind === 'audio' ? 100 : 4 });
    worker.postMessage({ track: track.id, kind: track.kind, readable }, [readable]);
  }
  const pcSeen = new WeakSet();
  const hookPcs = () => e2e.pcs.forEach((pc) => {
    if (pcSeen.has(pc)) return;
    pcSeen.add(pc);
    pc.addEventListener('track', ({ track }) => read(track));
  });
  const push = e2e.pcs.push.bind(e2e.pcs);
  e2e.pcs.push = (pc) => {
    push(pc);
    hookPcs();
    return e2e.pcs.length;
  };

  // --- which tracks play, and concealment
  const elements = new Set();
  const own = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...own,
    set(stream) {
      elements.add(this);
      own.set.call(this, stream);
    },
  });
  const playing = () => new Set([...elements]
    .filter((el) => el.srcObject && !el.muted && !el.paused && el.volume > 0)
    .flatMap((el) => el.srcObject.getAudioTracks().filter((t) => t.enabled).map((t) => t.id)));
  setInterval(() => probe.plays.push({ at: performance.now(), tracks: [...playing()] }), 20);
  setInterval(async () => {
    const at = performance.now();
    for (const pc of e2e.pcs) {
      if (pc.connectionState === 'closed') continue;
      for (const s of (await pc.getStats()).values()) {
        if (s.type === 'inbound-rtp' && s.kind === 'audio') {
          probe.concealed.push({ at, track: s.trackIdentifier, total: s.totalSamplesReceived ?? 0, concealed: s.concealedSamples ?? 0 });
        }
      }
    }
  }, 60);

  probe.reset = () => { probe.frames.length = probe.decoded.length = probe.pieces.length = probe.plays.length = probe.concealed.length = 0; };
  probe.now = () => performance.now();
  probe.take = () => ({ frames: probe.frames, decoded: probe.decoded, owners: probe.owners, pieces: probe.pieces, plays: probe.plays, concealed: probe.concealed, errors: e2e.errors });
})();
