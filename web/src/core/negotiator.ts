// Perfect negotiation (W3C webrtc-pc 10.7) over any channel that keeps messages in order.
export interface Description {
  type: 'offer' | 'answer';
  sdp: string;
}

export interface NegotiatorOptions {
  pc: RTCPeerConnection;
  polite: boolean;
  sendDescription: (description: Description) => void;
  sendCandidate: (candidate: RTCIceCandidateInit | null) => void;
  /** Before answering: the moment to attach own tracks to the transceivers the offer made. */
  beforeAnswer: () => Promise<void>;
  onError: (error: unknown) => void;
}

export class Negotiator {
  #options: NegotiatorOptions;
  #makingOffer = false;
  #ignoreOffer = false;
  #settingRemoteAnswer = false;
  /** Messages are handled one after another: a candidate never overtakes its description. */
  #queue: Promise<void> = Promise.resolve();

  constructor(options: NegotiatorOptions) {
    this.#options = options;
    options.pc.addEventListener('negotiationneeded', () => void this.offer());
    options.pc.addEventListener('icecandidate', (event) => options.sendCandidate(event.candidate?.toJSON() ?? null));
  }

  async offer(): Promise<void> {
    const { pc, sendDescription, onError } = this.#options;
    if (this.#makingOffer || pc.signalingState !== 'stable') return;
    try {
      this.#makingOffer = true;
      await pc.setLocalDescription();
      // A remote offer may have come in between: then this is an answer that its handler sends.
      if (pc.localDescription?.type === 'offer') sendDescription({ type: 'offer', sdp: pc.localDescription.sdp });
    } catch (error) {
      onError(error);
    } finally {
      this.#makingOffer = false;
    }
  }

  receiveDescription(description: Description): void {
    this.#enqueue(() => this.#onDescription(description));
  }

  receiveCandidate(candidate: RTCIceCandidateInit | null): void {
    this.#enqueue(() => this.#onCandidate(candidate));
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch((error: unknown) => this.#options.onError(error));
  }

  async #onDescription(description: Description): Promise<void> {
    const { pc, polite, beforeAnswer, sendDescription } = this.#options;
    const readyForOffer = !this.#makingOffer && (pc.signalingState === 'stable' || this.#settingRemoteAnswer);
    const collision = description.type === 'offer' && !readyForOffer;
    this.#ignoreOffer = !polite && collision;
    if (this.#ignoreOffer) return;
    this.#settingRemoteAnswer = description.type === 'answer';
    await pc.setRemoteDescription(description).finally(() => (this.#settingRemoteAnswer = false));
    if (description.type !== 'offer') return;
    await beforeAnswer();
    await pc.setLocalDescription();
    if (pc.localDescription) sendDescription({ type: 'answer', sdp: pc.localDescription.sdp });
  }

  async #onCandidate(candidate: RTCIceCandidateInit | null): Promise<void> {
    try {
      await this.#options.pc.addIceCandidate(candidate ?? undefined);
    } catch (error) {
      if (!this.#ignoreOffer) throw error;
    }
  }
}
