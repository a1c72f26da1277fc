import { describe, expect, it } from 'vitest';
import { chooseCodec, codecsAmong, preferredVideo } from '../src/core/codecs';
import type { LayerEncoding } from '../src/core/layers';
import { ALL_WANTED, bitrateFor, cameraEncodings, cameraPlan, layersFor, linesOf, screenEncodings, screenPlan } from '../src/core/layers';
import { isOutgrown } from '../src/core/send-plan';
import { SenderControl } from '../src/core/sender-control';

const brief = (encodings: readonly LayerEncoding[]): string[] =>
  encodings.map((e) => `${e.rid ?? '-'} 1/${e.scaleResolutionDownBy ?? 1} ${(e.maxBitrate ?? 0) / 1000}k ${e.active === false ? 'off' : 'on'} ${e.scalabilityMode ?? ''}`);
const running = (...layers: boolean[]) => ({ ...ALL_WANTED, running: layers });
const trackOf = (width: number, height: number): MediaStreamTrack => ({ getSettings: () => ({ width, height }) }) as unknown as MediaStreamTrack;

describe('layers of a camera', () => {
  it('are three of a 720-line capture', () => {
    expect(brief(cameraEncodings(cameraPlan('vp8', 720, true), 720))).toEqual([
      'q 1/4 150k on L1T3',
      'h 1/2 500k on L1T3',
      'f 1/1 1700k on L1T3',
    ]);
  });
  it('are two of 360 lines, and one, without a rid, of 180', () => {
    expect(brief(cameraEncodings(cameraPlan('vp8', 360, true), 360))).toEqual(['q 1/2 150k on L1T3', 'h 1/1 500k on L1T3']);
    expect(brief(cameraEncodings(cameraPlan('h264', 180, true), 180))).toEqual(['- 1/1 150k on L1T3']);
  });
  it('run as the server says', () => {
    const plan = cameraPlan('vp8', 720, true);
    expect(cameraEncodings(plan, 720, running(true, false, true)).map((e) => e.active)).toEqual([true, false, true]);
    expect(cameraEncodings(plan, 720, running(false, false, false)).some((e) => e.active)).toBe(false);
  });
  it('leave the top empty when a smaller capture takes the place of a larger one', () => {
    expect(brief(cameraEncodings(cameraPlan('vp8', 720, true), 360))).toEqual([
      'q 1/2 150k on L1T3',
      'h 1/1 500k on L1T3',
      'f 1/1 500k off L1T3',
    ]);
  });
  it('are in one stream with VP9 and AV1, which gets smaller when its top is not watched', () => {
    const plan = cameraPlan('vp9', 720, true);
    expect(brief(cameraEncodings(plan, 720))).toEqual(['- 1/1 1700k on L3T3_KEY']);
    expect(brief(cameraEncodings(plan, 720, running(true, true, false)))).toEqual(['- 1/2 500k on L2T3_KEY']);
    expect(brief(cameraEncodings(plan, 720, running(true, false, false)))).toEqual(['- 1/4 150k on L1T3']);
    expect(brief(cameraEncodings(plan, 720, running(false, false, false)))).toEqual(['- 1/4 150k off L1T3']);
    expect(brief(cameraEncodings(cameraPlan('av1', 360, true), 360))).toEqual(['- 1/1 500k on L2T3_KEY']);
  });
  it('are simulcast with VP9 where the browser has no SVC', () => {
    expect(cameraEncodings(cameraPlan('vp9', 720, false), 720).map((e) => e.rid)).toEqual(['q', 'h', 'f']);
  });
  it('hold no more temporal layers than somebody takes', () => {
    const upTo = (highestTemporal: number) => ({ ...ALL_WANTED, highestTemporal });
    const modes = (encodings: readonly LayerEncoding[]): unknown[] => encodings.map((e) => e.scalabilityMode);
    expect(modes(cameraEncodings(cameraPlan('vp8', 720, true), 720, upTo(0)))).toEqual(['L1T1', 'L1T1', 'L1T1']);
    expect(modes(cameraEncodings(cameraPlan('h264', 360, true), 360, upTo(1)))).toEqual(['L1T2', 'L1T2']);
    expect(modes(cameraEncodings(cameraPlan('vp9', 720, true), 720, upTo(0)))).toEqual(['L3T1_KEY']);
    expect(modes(cameraEncodings(cameraPlan('av1', 180, true), 180, upTo(1)))).toEqual(['L1T2']);
    expect(modes(screenEncodings(screenPlan('vp8'), upTo(0)))).toEqual(['L1T1', 'L1T1']);
    // The message may name one more than any mode here has.
    expect(modes(cameraEncodings(cameraPlan('vp9', 720, true), 720, upTo(3)))).toEqual(['L3T3_KEY']);
  });
  it('go by the shorter side', () => {
    expect(linesOf(trackOf(720, 1280), 0)).toBe(720);
    expect(linesOf(null, 360)).toBe(360);
  });
  it.each([
    [1080, 3],
    [540, 3],
    [480, 2],
    [360, 2],
    [240, 1],
    [180, 1],
  ])('of %i lines: %i', (lines, layers) => expect(layersFor(lines)).toBe(layers));
  it('get more bits the larger they are', () => {
    const rates = [90, 180, 270, 360, 540, 720, 1080].map(bitrateFor);
    expect(rates).toEqual([...rates].sort((a, b) => a - b));
    expect(new Set(rates).size).toBe(rates.length);
  });
});

describe('layers of a screen', () => {
  it('are a half and a full one, or one stream with VP9', () => {
    expect(brief(screenEncodings(screenPlan('vp8')))).toEqual(['q 1/2 400k on L1T3', 'h 1/1 2500k on L1T3']);
    expect(brief(screenEncodings(screenPlan('vp9'), running(true, false, false)))).toEqual(['- 1/1 2500k on L1T3']);
  });
});

describe('codecs', () => {
  const all = ['vp8', 'vp9', 'h264', 'av1'] as const;
  it('are VP8 by itself, whatever the others can', () => {
    expect(chooseCodec({ wanted: 'auto', encodable: all, decodable: [all, null] })).toBe('vp8');
  });
  it('are the wanted one only if every device can show it', () => {
    expect(chooseCodec({ wanted: 'av1', encodable: all, decodable: [all, all] })).toBe('av1');
    expect(chooseCodec({ wanted: 'av1', encodable: all, decodable: [all, ['vp8', 'vp9']] })).toBe('vp8');
    expect(chooseCodec({ wanted: 'vp9', encodable: all, decodable: [null] })).toBe('vp8');
    expect(chooseCodec({ wanted: 'h264', encodable: ['vp8', 'vp9'], decodable: [] })).toBe('vp8');
  });
  it('fall back to H.264 where somebody has no VP8', () => {
    expect(chooseCodec({ wanted: 'auto', encodable: all, decodable: [['h264']] })).toBe('h264');
  });

  const formats = [
    { mimeType: 'video/VP8' },
    { mimeType: 'video/rtx' },
    { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=0' },
    { mimeType: 'video/VP9', sdpFmtpLine: 'profile-id=2' },
    { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f' },
    { mimeType: 'video/H264', sdpFmtpLine: 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f' },
    { mimeType: 'video/ulpfec' },
  ];
  it('are read from what the browser lists', () => expect(codecsAmong(formats)).toEqual(['vp8', 'vp9', 'h264']));
  it('come with the chosen one in front, each once', () => {
    const names = preferredVideo(formats, 'vp9').map((format) => format.mimeType);
    expect(names).toEqual(['video/VP9', 'video/VP8', 'video/rtx', 'video/H264']);
  });
});

describe('a send plan', () => {
  const plans = (codec: 'vp8' | 'vp9', lines: number, canSvc = true) => ({ camera: cameraPlan(codec, lines, canSvc), screen: screenPlan(codec), lines: 720 });
  const tracks = (camera: MediaStreamTrack | null) => ({ camera, microphone: null, screen: null, 'screen-audio': null });
  it('is outgrown by another codec and by a larger capture, not by a smaller one', () => {
    const none = tracks(null);
    expect(isOutgrown(plans('vp8', 720), plans('vp9', 720), none)).toBe(true);
    expect(isOutgrown(plans('vp8', 180), plans('vp8', 720), tracks(trackOf(1280, 720)))).toBe(true);
    expect(isOutgrown(plans('vp8', 720), plans('vp8', 180), tracks(trackOf(320, 180)))).toBe(false);
    expect(isOutgrown(plans('vp8', 180), plans('vp8', 720), none)).toBe(false);
    expect(isOutgrown(plans('vp9', 720), plans('vp9', 720), tracks(trackOf(1280, 720)))).toBe(false);
  });
});

class FakeSender {
  parameters: { encodings: LayerEncoding[]; degradationPreference?: string } = { encodings: [{ active: true }, { active: true }] };
  calls = 0;
  refuse: (encodings: readonly LayerEncoding[]) => boolean = () => false;
  getParameters(): unknown {
    return structuredClone(this.parameters);
  }
  async setParameters(parameters: FakeSender['parameters']): Promise<void> {
    this.calls += 1;
    await Promise.resolve();
    if (this.refuse(parameters.encodings)) throw new Error('refused');
    this.parameters = parameters;
  }
}

describe('SenderControl', () => {
  const control = (sender: FakeSender, wanted: () => LayerEncoding[]): SenderControl =>
    new SenderControl({ sender: sender as unknown as RTCRtpSender, wanted, degradation: 'balanced' });

  it('changes one at a time, and ends with the newest wish', async () => {
    const sender = new FakeSender();
    let active = true;
    const sent = control(sender, () => [{ active }, { active: true }]);
    const done = [true, false, true, false].map((wish) => {
      active = wish;
      return sent.apply();
    });
    await Promise.all(done);
    expect(sender.parameters.encodings[0]?.active).toBe(false);
    expect(sender.calls).toBeLessThanOrEqual(2);
  });
  it('leaves a sender alone that is as wanted', async () => {
    const sender = new FakeSender();
    const sent = control(sender, () => [{ active: false }, { active: true }]);
    await sent.apply();
    await sent.apply();
    expect(sender.calls).toBe(1);
  });
  it('changes the temporal layers of a stream that runs, and nothing else of it', async () => {
    const sender = new FakeSender();
    sender.parameters = { encodings: [{ active: true, rid: 'q', maxBitrate: 1, scalabilityMode: 'L1T3' }] };
    await control(sender, () => [{ active: true, scalabilityMode: 'L1T1' }]).apply();
    expect(sender.parameters.encodings).toEqual([{ active: true, rid: 'q', maxBitrate: 1, scalabilityMode: 'L1T1' }]);
    expect(sender.calls).toBe(1);
  });
  it('does without scalability modes where they are refused', async () => {
    const sender = new FakeSender();
    sender.refuse = (encodings) => encodings.some((encoding) => encoding.scalabilityMode !== undefined);
    await control(sender, () => [{ active: false, scalabilityMode: 'L1T3' }]).apply();
    expect(sender.parameters.encodings[0]).toEqual({ active: false });
  });
});
