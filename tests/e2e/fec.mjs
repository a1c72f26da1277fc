// What this browser can receive of forward error correction: node fec.mjs [chromium|firefox]
// Not a test: the finding, with its date, is in docs/media.md.
import { createServer } from 'node:http';
import { browser, closeAll } from './browsers.mjs';

const findFec = async () => {
  const fecOf = (capabilities) => capabilities.codecs.map((codec) => codec.mimeType).filter((name) => /fec/i.test(name));
  const linesOf = (sdp) => sdp.split('\r\n').filter((line) => /fec/i.test(line));
  const offerOf = (name) =>
    [
      'v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0',
      'm=video 9 UDP/TLS/RTP/SAVPF 96 118', 'c=IN IP4 0.0.0.0', 'a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuvwx',
      `a=fingerprint:sha-256 ${Array(32).fill('AA').join(':')}`, 'a=setup:actpass', 'a=mid:0', 'a=sendonly', 'a=rtcp-mux',
      'a=rtpmap:96 VP8/90000', `a=rtpmap:118 ${name}/90000`, 'a=fmtp:118 repair-window=10000000',
      'a=ssrc-group:FEC-FR 1 2', 'a=ssrc:1 cname:a', 'a=ssrc:2 cname:a', '',
    ].join('\r\n');
  const answerTo = async (name) => {
    const pc = new RTCPeerConnection();
    await pc.setRemoteDescription({ type: 'offer', sdp: offerOf(name) });
    const { sdp } = await pc.createAnswer();
    pc.close();
    return linesOf(sdp);
  };
  const pc = new RTCPeerConnection();
  pc.addTransceiver('video', { direction: 'recvonly' });
  const offered = linesOf((await pc.createOffer()).sdp);
  pc.close();
  return {
    receives: fecOf(RTCRtpReceiver.getCapabilities('video')),
    sends: fecOf(RTCRtpSender.getCapabilities('video')),
    offers: offered,
    answers: { 'flexfec-03': await answerTo('flexfec-03'), flexfec: await answerTo('flexfec') },
  };
};

const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>fec</title>'));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
try {
  const kind = process.argv[2] ?? 'chromium';
  const launched = await browser(kind);
  const page = await (await launched.newContext()).newPage();
  await page.goto(`http://localhost:${server.address().port}/`);
  console.log(kind, launched.version(), JSON.stringify(await page.evaluate(findFec), null, 1));
} finally {
  await closeAll();
  server.close();
}
