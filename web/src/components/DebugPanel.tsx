import { useEffect, useState } from 'react';
import type { LegDigest } from '../core/stats';
import css from './DebugPanel.module.css';

const lineOf = (kind: string, width: number, height: number, fps: number): string =>
  kind === 'video' ? `${width}x${height}@${fps}` : '';

function textOf(digest: LegDigest): string {
  const { leg, epoch, state, rtt_ms, localCandidate, remoteCandidateType, availableOutgoing_bps } = digest;
  const head = `${leg} epoch ${epoch} ${state} rtt ${rtt_ms ?? '-'} ms ${localCandidate?.type ?? '-'}/${remoteCandidateType ?? '-'} up ${Math.round((availableOutgoing_bps ?? 0) / 1000)} kb/s`;
  const out = digest.outbound.map((o) => `  > ${o.kind} ${o.codec ?? ''} ${lineOf(o.kind, o.frameWidth, o.frameHeight, o.framesPerSecond)} ${o.packetsSent} pkts`);
  const inbound = digest.inbound
    .filter((i) => i.packetsReceived > 0)
    .map((i) => `  < ${i.kind} ${i.participantId?.slice(0, 6) ?? '-'} ${lineOf(i.kind, i.frameWidth, i.frameHeight, i.framesPerSecond)} ${i.framesDecoded} frames ${i.packetsLost} lost`);
  return [head, ...out, ...inbound].join('\n');
}

/** `?debug` in the address. */
export function DebugPanel() {
  const [text, setText] = useState('');
  useEffect(() => {
    const read = async (): Promise<void> => {
      const digests = await (window.parley?.stats() ?? Promise.resolve([]));
      setText(digests.map(textOf).join('\n'));
    };
    const timer = setInterval(() => void read().catch(() => undefined), 1000);
    return () => clearInterval(timer);
  }, []);
  return <pre className={css['panel']}>{text || 'no leg'}</pre>;
}
