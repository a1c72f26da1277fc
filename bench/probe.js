// Measures, inside a page, what its user gets: when pictures of whom are shown, and when tones are heard.
// Injected after tests/e2e/inject.js by bench/first-call.mjs. Chromium only (MediaStreamTrackProcessor).
//
// Video: requestVideoFrameCallback on every <video> of the document, and whose picture it was. A gap is the
//   time between two shown frames of the same person, over all elements, so a switch to another element
//   or track counts as what it is to the eye.
// Audio: every remote audio track is decoded into 10 ms pieces (MediaStreamTrackProcessor); a piece is heard
//   when it is not silent and its track plays in an unmuted element at that moment. Pieces are dated by their
//   own timestamps, so a busy main thread delays nothing. Besides, samples that the decoder invented for
//   lost or late packets (concealedSamples) while the track plays count as a gap, too: a concealed tone sounds whole.
(() => {
  const e2e = window.__e2e;
  if (!e2e || e2e.probe) return;
  const probe = { frames: [], pieces: [], plays: [], concealed: [], firstFrame: null, clickAt: null, firstShown: null };
  e2e.probe = probe;
  const SILENCE_RMS = 0.01;

  document.addEventListener('click', (e) => { probe.clickAt = e.timeStamp; probe.firstFrame = probe.firstShown = null; }, { capture: true });

  // --- video: what is shown
  const watched = new WeakSet();
  function watch(video) {
    if (watched.has(video)) return;
    watched.add(video);
    const next = (now) => {
      const id = e2e.recognise(video);
      if (id >= 0 && id !== e2e.options.id) {
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
  async function readVideo(track) {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    const { value } = await reader.read();
    probe.firstFrame ??= { at: performance.now(), track: track.id };
    value?.close();
    await reader.cancel();
    track.stop();
  }
  async function readAudio(track, id) {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 100 }).readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      let power = 0;
      for (const s of samples) power += s * s;
      probe.pieces.push({ track: id, stamp: value.timestamp / 1000, at: performance.now(), loud: Math.sqrt(power / samples.length) > SILENCE_RMS });
      value.close();
    }
  }
  const pcSeen = new WeakSet();
  const hookPcs = () => e2e.pcs.forEach((pc) => {
    if (pcSeen.has(pc)) return;
    pcSeen.add(pc);
    pc.addEventListener('track', ({ track }) => {
      const copy = track.clone();
      (track.kind === 'video' ? readVideo(copy) : readAudio(copy, track.id)).catch(() => { });
    });
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

  probe.reset = () => { probe.frames.length = probe.pieces.length = probe.plays.length = probe.concealed.length = 0; };
  probe.now = () => performance.now();
  probe.take = () => ({ frames: probe.frames, pieces: probe.pieces, plays: probe.plays, concealed: probe.concealed, errors: e2e.errors });
})();
