import { describe, expect, it, vi } from 'vitest';
import type { Description } from '../src/core/negotiator';
import { Negotiator } from '../src/core/negotiator';
import { FakePeer } from './fakes';

interface Side {
  pc: FakePeer;
  negotiator: Negotiator;
  sent: Description[];
  errors: unknown[];
}

function side(polite: boolean, beforeAnswer = () => Promise.resolve()): Side {
  const pc = new FakePeer();
  const sent: Description[] = [];
  const errors: unknown[] = [];
  const negotiator = new Negotiator({
    pc: pc as unknown as RTCPeerConnection,
    polite,
    sendDescription: (description) => sent.push(description),
    sendCandidate: vi.fn(),
    beforeAnswer,
    onError: (error) => errors.push(error),
  });
  return { pc, negotiator, sent, errors };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Carries everything that was sent to the other side until both are silent. */
async function relay(a: Side, b: Side): Promise<void> {
  await settle();
  while (a.sent.length + b.sent.length > 0) {
    const [fromA, fromB] = [a.sent.splice(0), b.sent.splice(0)];
    for (const description of fromA) b.negotiator.receiveDescription(description);
    for (const description of fromB) a.negotiator.receiveDescription(description);
    await settle();
  }
}

describe('Negotiator', () => {
  it('agrees when one side offers', async () => {
    const [a, b] = [side(true), side(false)];
    a.pc.dispatchEvent(new Event('negotiationneeded'));
    await relay(a, b);
    expect([a.pc.signalingState, b.pc.signalingState]).toEqual(['stable', 'stable']);
    expect([a.pc.localDescription?.type, b.pc.localDescription?.type]).toEqual(['offer', 'answer']);
  });

  it('lets the impolite side win when both offer at once', async () => {
    const [polite, impolite] = [side(true), side(false)];
    polite.pc.dispatchEvent(new Event('negotiationneeded'));
    impolite.pc.dispatchEvent(new Event('negotiationneeded'));
    await relay(polite, impolite);
    expect([polite.pc.signalingState, impolite.pc.signalingState]).toEqual(['stable', 'stable']);
    expect([polite.pc.rollbacks, impolite.pc.rollbacks]).toEqual([1, 0]);
    expect(impolite.pc.localDescription?.type).toBe('offer');
    expect([...polite.errors, ...impolite.errors]).toEqual([]);
  });

  it('attaches own tracks before it answers', async () => {
    const order: string[] = [];
    const b = side(false, () => {
      order.push(`attach in ${b.pc.signalingState}`);
      return Promise.resolve();
    });
    b.negotiator.receiveDescription({ type: 'offer', sdp: 'x' });
    await settle();
    expect(order).toEqual(['attach in have-remote-offer']);
    expect(b.sent).toMatchObject([{ type: 'answer' }]);
  });

  it('adds candidates after the description they belong to', async () => {
    const b = side(false);
    b.negotiator.receiveDescription({ type: 'offer', sdp: 'x' });
    b.negotiator.receiveCandidate({ candidate: 'one' });
    b.negotiator.receiveCandidate(null);
    expect(b.pc.candidates).toEqual([]);
    await settle();
    expect(b.pc.candidates).toEqual([{ candidate: 'one' }, undefined]);
  });

  it('forgives candidates of an offer that it ignored, and reports others', async () => {
    const impolite = side(false);
    impolite.pc.dispatchEvent(new Event('negotiationneeded'));
    await settle();
    impolite.negotiator.receiveDescription({ type: 'offer', sdp: 'theirs' });
    impolite.pc.failCandidates = true;
    impolite.negotiator.receiveCandidate({ candidate: 'of the ignored offer' });
    await settle();
    expect(impolite.errors).toEqual([]);
    impolite.negotiator.receiveDescription({ type: 'answer', sdp: 'theirs' });
    impolite.negotiator.receiveCandidate({ candidate: 'broken' });
    await settle();
    expect(impolite.errors).toHaveLength(1);
  });

  it('reports an answer nobody asked for and goes on', async () => {
    const [a, b] = [side(true), side(false)];
    a.negotiator.receiveDescription({ type: 'answer', sdp: 'x' });
    await settle();
    expect(a.errors).toHaveLength(1);
    a.pc.dispatchEvent(new Event('negotiationneeded'));
    await relay(a, b);
    expect(a.pc.signalingState).toBe('stable');
  });
});
