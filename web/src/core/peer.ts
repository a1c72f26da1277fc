// Makes peer connections; keeps a bare one warm, so that no leg waits for the browser's threads and a certificate.
import { flags } from './flags';
import type { IceServer } from './protocol';

// No candidate pool: a spare connection would hold TURN allocations that nobody uses.
const configOf = (iceServers: readonly IceServer[]): RTCConfiguration => ({
  iceServers: [...iceServers],
  bundlePolicy: 'max-bundle',
  rtcpMuxPolicy: 'require',
  iceTransportPolicy: flags.relayOnly ? 'relay' : 'all',
});

export class PeerFactory {
  #iceServers: readonly IceServer[] = [];
  #warm: RTCPeerConnection | null = null;

  setIceServers(iceServers: readonly IceServer[]): void {
    this.#iceServers = iceServers;
  }

  warmUp(): void {
    this.#warm ??= new RTCPeerConnection(configOf([]));
  }

  /**
   * For a direct leg: with STUN and TURN from the start. Not the warm one: Chromium 156 takes a change of
   * servers for a need to negotiate, before there is anything to negotiate.
   */
  take(): RTCPeerConnection {
    return new RTCPeerConnection(configOf(this.#iceServers));
  }

  /** For a leg to the server, which has a public address: relays only once it cannot be reached. */
  takeBare(): RTCPeerConnection {
    if (flags.relayOnly) return this.take();
    const pc = this.#warm ?? new RTCPeerConnection(configOf([]));
    this.#warm = null;
    return pc;
  }

  /** From the next gathering on (an ICE restart, say) this connection uses STUN and TURN. */
  addRelays(pc: RTCPeerConnection): void {
    pc.setConfiguration(configOf(this.#iceServers));
  }

  close(): void {
    this.#warm?.close();
    this.#warm = null;
  }
}
