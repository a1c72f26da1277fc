// Collects in a page, after tests/e2e/inject.js: every frame of every remote picture (when, how high), and the statistics
// of all streams four times a second. Times are milliseconds since 1970, so that pages, link and server compare.
// Chromium only (MediaStreamTrackProcessor). window.__e2e.options.keepSound: what is heard is kept, too.
(() => {
  const e2e = window.__e2e;
  if (!e2e || e2e.quality) return;
  const EVERY_MS = 250;
  const epoch = (at) => performance.timeOrigin + at;
  const quality = { inbound: [], outbound: [], frames: [], sound: [], owners: {}, clickAt: null };
  e2e.quality = quality;
  document.addEventListener('click', (e) => { quality.clickAt = epoch(e.timeStamp); }, { capture: true });

  // A publisher on a busy machine shall not send smaller pictures because of it: links are measured, not the processor.
  const setParameters = RTCRtpSender.prototype.setParameters;
  if (e2e.options.steady) {
    RTCRtpSender.prototype.setParameters = function (parameters, ...rest) {
      if (this.track?.kind === 'video') parameters.degradationPreference = 'maintain-framerate-and-resolution';
      return setParameters.call(this, parameters, ...rest);
    };
  }

  // --- frames: read in a worker, which a busy page neither delays nor robs
  function readTracks() {
    const now = () => performance.timeOrigin + performance.now();
    let frames = [];
    let sound = [];
    self.onmessage = async ({ data: { track, readable } }) => {
      const reader = readable.getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        if (value instanceof AudioData) {
          const samples = new Float32Array(value.numberOfFrames);
          value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
          sound.push({ track, at: now(), rate: value.sampleRate, samples });
        } else {
          frames.push({ track, at: now(), height: value.displayHeight });
        }
        value.close();
      }
    };
    setInterval(() => {
      if (frames.length + sound.length > 0) self.postMessage({ frames, sound });
      frames = [];
      sound = [];
    }, 100);
  }
  const worker = new Worker(URL.createObjectURL(new Blob([`(${readTracks})()`], { type: 'text/javascript' })));
  worker.onmessage = ({ data }) => {
    quality.frames.push(...data.frames);
    quality.sound.push(...data.sound);
  };
  function read(track) {
    if (track.kind === 'audio' && !e2e.options.keepSound) return;
    const { readable } = new MediaStreamTrackProcessor({ track: track.clone(), maxBufferSize: track.kind === 'audio' ? 100 : 4 });
    worker.postMessage({ track: track.id, readable }, [readable]);
  }
  const push = e2e.pcs.push.bind(e2e.pcs);
  e2e.pcs.push = (pc) => {
    pc.addEventListener('track', ({ track }) => read(track));
    return push(pc);
  };

  // --- statistics
  const inboundOf = (s, at) => ({
    at, track: s.trackIdentifier, kind: s.kind, bytes: s.bytesReceived + (s.headerBytesReceived ?? 0), packets: s.packetsReceived, lost: s.packetsLost, nacks: s.nackCount ?? 0,
    plis: (s.pliCount ?? 0) + (s.firCount ?? 0), received: s.framesReceived ?? 0, decoded: s.framesDecoded ?? 0, dropped: s.framesDropped ?? 0,
    keys: s.keyFramesDecoded ?? 0, height: s.frameHeight ?? 0, fps: s.framesPerSecond ?? 0, freezes: s.freezeCount ?? 0, frozen: s.totalFreezesDuration ?? 0,
    concealed: s.concealedSamples ?? 0, total: s.totalSamplesReceived ?? 0, retransmitted: s.retransmittedPacketsReceived ?? 0, decoder: s.decoderImplementation,
  });
  const outboundOf = (s, at, codec) => ({
    at, kind: s.kind, rid: s.rid ?? '', codec, ssrc: s.ssrc, bytes: s.bytesSent + (s.headerBytesSent ?? 0), frames: s.framesEncoded ?? 0, keys: s.keyFramesEncoded ?? 0,
    height: s.frameHeight ?? 0, fps: s.framesPerSecond ?? 0, plis: (s.pliCount ?? 0) + (s.firCount ?? 0), nacks: s.nackCount ?? 0,
    active: s.active ?? true, limited: s.qualityLimitationReason, mode: s.scalabilityMode, retransmitted: s.retransmittedBytesSent ?? 0,
  });
  async function sample() {
    for (const pc of e2e.pcs) {
      if (pc.connectionState !== 'connected') continue;
      const report = await pc.getStats();
      const at = epoch(performance.now());
      for (const s of report.values()) {
        if (s.type === 'inbound-rtp') quality.inbound.push(inboundOf(s, at));
        if (s.type === 'outbound-rtp') quality.outbound.push(outboundOf(s, at, report.get(s.codecId)?.mimeType));
      }
    }
  }
  async function whose() {
    const legs = await window.parley?.stats() ?? [];
    const { participants = {} } = window.parley?.getState().call ?? {};
    for (const { trackId, participantId } of legs.flatMap((l) => l.inbound)) {
      const name = participants[participantId]?.name;
      if (name) quality.owners[trackId] = name;
    }
  }
  const repeat = (fn, ms) => {
    const again = () => setTimeout(() => { fn().catch(() => { }).then(again); }, ms);
    again();
  };
  repeat(sample, EVERY_MS);
  repeat(whose, 1000);

  // What is kept of somebody's sound since a time: 16 bit, base64.
  function packed(name, from) {
    const pieces = quality.sound.filter((s) => s.at >= from && quality.owners[s.track] === name);
    const length = pieces.reduce((n, s) => n + s.samples.length, 0);
    const bytes = new DataView(new ArrayBuffer(length * 2));
    let at = 0;
    for (const { samples } of pieces) for (const v of samples) bytes.setInt16(2 * at++, Math.max(-1, Math.min(1, v)) * 32767, true);
    let text = '';
    const all = new Uint8Array(bytes.buffer);
    for (let i = 0; i < all.length; i += 32768) text += String.fromCharCode(...all.subarray(i, i + 32768));
    return { rate: pieces[0]?.rate ?? 48_000, base64: btoa(text) };
  }
  quality.sounds = packed;
  quality.now = () => epoch(performance.now());
  const since = (list, from) => list.filter(({ at }) => at >= from);
  quality.take = (from = 0) => ({
    inbound: since(quality.inbound, from), outbound: since(quality.outbound, from), frames: since(quality.frames, from),
    owners: quality.owners, clickAt: quality.clickAt, errors: e2e.errors,
    messages: e2e.messages.filter((m) => ['quality', 'publish', 'seats', 'joined'].includes(m.type)).map((m) => ({ ...m, at: epoch(m.at) })),
  });
})();
