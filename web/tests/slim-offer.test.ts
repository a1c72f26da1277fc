import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { slimOffer } from '../src/core/slim-offer';

const vector = (name: string): string =>
  readFileSync(new URL(`../../tests/vectors/sdp/${name}.sdp`, import.meta.url), 'utf8').replace(/\r?\n/g, '\r\n');
const sectionsOf = (sdp: string): string[] => sdp.split(/(?=^m=)/m).slice(1);

const OFFERS = [
  'refused-chromium-156-seats-24-untrimmed',
  'chromium-156-seats-8',
  'chromium-156-simulcast',
  'firefox-153-seats-24',
  'firefox-153-simulcast',
  'safari-18-simulcast-seats-2',
];

describe('slimOffer', () => {
  it.each(['refused-chromium-156-seats-24-untrimmed', 'firefox-153-seats-24'])('brings %s under 60 kB', (name) => {
    expect(Buffer.byteLength(slimOffer(vector(name)))).toBeLessThan(60_000);
  });

  it.each(OFFERS)('keeps the m-lines, mids, ICE and DTLS of %s', (name) => {
    const before = sectionsOf(vector(name));
    const after = sectionsOf(slimOffer(vector(name)));
    const essentials = (section: string): string[] =>
      section.split('\r\n').filter((line) => /^a=(?:mid|ice-ufrag|ice-pwd|fingerprint|setup|rtcp-mux|sendonly|recvonly|sendrecv|inactive|rid|simulcast|msid:|ssrc-group|ssrc:\d+ cname)/.test(line));
    expect(after.map(essentials)).toEqual(before.map(essentials));
  });

  it.each(OFFERS)('leaves no line in %s for a payload type that is not listed, and lists none without a codec', (name) => {
    for (const section of sectionsOf(slimOffer(vector(name)))) {
      const listed = (/^m=(?:audio|video) \d+ \S+ (.*)\r$/m.exec(section)?.[1] ?? '').split(' ');
      const mapped = [...section.matchAll(/^a=rtpmap:(\d+) /gm)].map((match) => match[1]);
      const used = [...section.matchAll(/^a=(?:fmtp|rtcp-fb):(\d+) /gm)].map((match) => match[1]);
      if (!/^m=(?:audio|video)/.test(section)) continue;
      expect(new Set(mapped)).toEqual(new Set(listed));
      expect(used.filter((payloadType) => !listed.includes(payloadType ?? ''))).toEqual([]);
    }
  });

  it('keeps the codecs the server forwards, their RTX, and drops the others', () => {
    const names = new Set([...slimOffer(vector('refused-chromium-156-seats-24-untrimmed')).matchAll(/a=rtpmap:\d+ ([^/]+)/g)].map((m) => m[1]));
    expect(names).toEqual(new Set(['opus', 'red', 'VP8', 'VP9', 'AV1', 'H264', 'rtx']));
  });

  it.each(['chromium-156-simulcast', 'firefox-153-simulcast', 'chromium-156-seats-8', 'firefox-153-seats-24'])(
    'asks for lost sound again in %s, once for each Opus, and leaves RED as it is',
    (name) => {
      const twice = slimOffer(slimOffer(vector(name)));
      for (const section of sectionsOf(twice).filter((text) => text.startsWith('m=audio'))) {
        const opus = [...section.matchAll(/^a=rtpmap:(\d+) opus\//gm)].map((match) => match[1]);
        const nacks = [...section.matchAll(/^a=rtcp-fb:(\d+) nack\r$/gm)].map((match) => match[1]);
        expect(nacks).toEqual(opus);
      }
      const red = (sdp: string): number => (sdp.match(/^a=rtpmap:\d+ red\/48000/gm) ?? []).length;
      expect(red(twice)).toBe(red(vector(name)));
    },
  );

  it('keeps what tells of the rates of own layers', () => {
    const slim = slimOffer(vector('chromium-156-simulcast'), { describesLayers: false });
    const sending = sectionsOf(slim).filter((section) => section.startsWith('m=video') && !section.includes('a=recvonly'));
    expect(sending.length).toBeGreaterThan(0);
    expect(sending.every((section) => section.includes('video-layers-allocation00'))).toBe(true);
    expect(sectionsOf(slim).some((section) => section.includes('a=recvonly') && section.includes('allocation'))).toBe(false);
  });
  it('keeps the dependency descriptor of own pictures only where their codec needs it, and that of seats', () => {
    const sdp = vector('firefox-153-simulcast');
    const descriptors = (text: string, isSeat: boolean): number =>
      sectionsOf(text).filter((section) => section.includes('a=recvonly') === isSeat && section.includes('dependency-descriptor')).length;
    expect(descriptors(sdp, false)).toBeGreaterThan(0);
    expect(descriptors(slimOffer(sdp, { describesLayers: true }), false)).toBe(descriptors(sdp, false));
    expect(descriptors(slimOffer(sdp, { describesLayers: false }), false)).toBe(0);
    const seats = vector('chromium-156-dependency-descriptor').replaceAll('a=sendrecv', 'a=recvonly').replaceAll('a=sendonly', 'a=recvonly');
    expect(descriptors(slimOffer(seats, { describesLayers: false }), true)).toBe(descriptors(seats, true));
    expect(descriptors(seats, true)).toBeGreaterThan(0);
  });

  it('ends every line with CRLF and leaves data sections alone', () => {
    const slim = slimOffer(vector('chromium-156-data-channel'));
    expect(slim.replace(/\r\n/g, '')).not.toMatch(/[\r\n]/);
    expect(slim).toContain('m=application');
    expect(slim).toContain('a=sctp-port:5000');
  });
});
