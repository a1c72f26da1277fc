// How loud a track is, 0…1, for the meter in the preview and the ring around one's own picture; and the chimes.

// A meter is not heard: without a sink the browser opens no stream to the loudspeaker for it, and wakes up seldom.
let silent: AudioContext | null = null;
const meteringContext = (): AudioContext =>
  (silent ??= new AudioContext({ latencyHint: 'playback', sinkId: { type: 'none' } } as AudioContextOptions));

let audible: AudioContext | null = null;
const soundingContext = (): AudioContext => (audible ??= new AudioContext());

export interface LevelMeter {
  /** 0 silent … 1 loud, on a scale that follows hearing. */
  read(): number;
  close(): void;
}

const FLOOR_DB = -60;
const CEILING_DB = -12;

export const scaleLevel = (rms: number): number => {
  const db = rms > 0 ? 20 * Math.log10(rms) : FLOOR_DB;
  return Math.min(1, Math.max(0, (db - FLOOR_DB) / (CEILING_DB - FLOOR_DB)));
};

export function meterLevel(track: MediaStreamTrack): LevelMeter {
  const audio = meteringContext();
  void audio.resume().catch(() => undefined);
  const source = audio.createMediaStreamSource(new MediaStream([track]));
  const analyser = audio.createAnalyser();
  analyser.fftSize = 512;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    read() {
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      return scaleLevel(Math.sqrt(sum / samples.length));
    },
    close() {
      source.disconnect();
    },
  };
}

/** A short, soft tone pair; the sound for joins and messages, off unless chosen, and the speaker test. */
export function playChime(frequencies_hz: readonly number[] = [523, 784]): void {
  const audio = soundingContext();
  void audio.resume().catch(() => undefined);
  frequencies_hz.forEach((frequency_hz, index) => {
    const start_s = audio.currentTime + index * 0.12;
    const tone = new OscillatorNode(audio, { type: 'sine', frequency: frequency_hz });
    const gain = new GainNode(audio, { gain: 0 });
    gain.gain.setValueAtTime(0, start_s);
    gain.gain.linearRampToValueAtTime(0.12, start_s + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, start_s + 0.35);
    tone.connect(gain).connect(audio.destination);
    tone.start(start_s);
    tone.stop(start_s + 0.4);
  });
}
