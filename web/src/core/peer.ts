// Makes peer connections; keeps one warm, so that the first leg does not wait for certificate and candidates.
import { flags } from './flags';
import type { IceServer } from './protocol';

const configOf = (iceServers: readonly IceServer[]): RTCConfiguration => ({
  iceServers: [...iceServers],
  bundlePolicy: 'max-bundle',
  rtcpMuxPolicy: 'require',
  iceCandidatePoolSize: 1,
  iceTransportPolicy: flags.relayOnly ? 'relay' : 'all',
});

export class PeerFactory {
  #iceServers: readonly IceServer[] = [];
  #warm: RTCPeerConnection | null = null;

  setIceServers(iceServers: readonly IceServer[]): void {
    const changed = JSON.stringify(iceServers) !== JSON.stringify(this.#iceServers);
    this.#iceServers = iceServers;
    if (changed) this.#drop();
  }

  warmUp(): void {
    this.#warm ??= new RTCPeerConnection(configOf(this.#iceServers));
  }

  take(): RTCPeerConnection {
    const warm = this.#warm;
    this.#warm = null;
    return warm ?? new RTCPeerConnection(configOf(this.#iceServers));
  }

  close(): void {
    this.#drop();
  }

  #drop(): void {
    this.#warm?.close();
    this.#warm = null;
  }
}
