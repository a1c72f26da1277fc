// What a leg to the server will send, by this browser, its devices and the people in the room.
import type { CodecChoice, VideoCodec } from './codecs';
import { chooseCodec, encodableCodecs, isSvc } from './codecs';
import { flags } from './flags';
import type { LayerEncoding } from './layers';
import { cameraPlan, layersFor, linesOf, screenPlan } from './layers';
import type { OwnTracks } from './leg';
import type { SendPlans } from './own-senders';
import type { Participant } from './protocol';

export interface SendPlanQuestion {
  choice: CodecChoice;
  participants: Readonly<Record<string, Participant>>;
  tracks: OwnTracks;
}

const USUAL_LINES = 720;

let hasSvc: boolean | null = null;
/** Firefox 153 takes a scalabilityMode and forgets it; only what comes back was understood. */
function canSvc(): boolean {
  if (hasSvc !== null || typeof RTCPeerConnection === 'undefined') return hasSvc ?? false;
  const pc = new RTCPeerConnection();
  try {
    const sendEncodings: LayerEncoding[] = [{ scalabilityMode: 'L3T3_KEY' }];
    const { sender } = pc.addTransceiver('video', { direction: 'sendonly', sendEncodings });
    const [encoding]: LayerEncoding[] = sender.getParameters().encodings;
    hasSvc = encoding?.scalabilityMode === 'L3T3_KEY';
  } catch {
    hasSvc = false;
  } finally {
    pc.close();
  }
  return hasSvc;
}

export function sendPlans({ choice, participants, tracks }: SendPlanQuestion): SendPlans {
  const decodable = Object.values(participants).map(({ decodes }) => decodes ?? null);
  const codec: VideoCodec = chooseCodec({ wanted: flags.codec ?? choice, encodable: encodableCodecs(), decodable });
  const { width, height } = flags.captureSize ?? { width: USUAL_LINES, height: USUAL_LINES };
  const lines = Math.min(width, height);
  return {
    camera: cameraPlan(codec, linesOf(tracks.camera, lines), isSvc(codec) && canSvc()),
    screen: screenPlan(codec),
    lines,
  };
}

/** A sender cannot get more encodings, or become SVC, later: then it takes another peer connection. */
export function isOutgrown(present: SendPlans, wanted: SendPlans, tracks: OwnTracks): boolean {
  if (present.camera.codec !== wanted.camera.codec) return true;
  const isOneStream = present.camera.encodings === 1 && isSvc(present.camera.codec);
  if (!tracks.camera || isOneStream) return false;
  return layersFor(linesOf(tracks.camera, wanted.lines)) > present.camera.encodings;
}
