import { Headphones, Mic, MonitorUp, VolumeX, WifiOff } from 'lucide-react';
import { app } from '../core/app';
import { isStarved } from '../core/quality';
import { useApp, useCall } from '../hooks/use-app';
import { useSteady } from '../hooks/use-steady';
import css from './Banner.module.css';
import { Knocks } from './Knocks';

function Reconnecting() {
  const isLost = useCall((call) => call.connection.signallingLost || call.connection.mediaLost, false);
  if (!isLost) return null;
  return (
    <p className={css['banner']} role="status" data-testid="reconnecting">
      <span className={css['spinner']} aria-hidden />
      Connection lost. Reconnecting…
    </p>
  );
}

/** A second's dip is no news, and neither is a second's relief. */
const STARVED_AFTER_MS = 1_500;

function NoPictures() {
  const audioOnly = useCall((call) => call.audioOnly && call.connection.leg !== 'p2p', false);
  const isStarvedNow = useCall((call) => isStarved(call.media, call.participants), false);
  const starved = useSteady(isStarvedNow, STARVED_AFTER_MS);
  if (audioOnly) {
    return (
      <p className={css['banner']} role="status" data-testid="audio-only-banner">
        <Headphones size={18} aria-hidden />
        Audio only
        <button type="button" onClick={() => app().call?.setAudioOnly(false)}>
          Show video
        </button>
      </p>
    );
  }
  if (!starved) return null;
  return (
    <p className={css['banner']} role="status" data-testid="starved-banner">
      <WifiOff size={18} aria-hidden />
      Your connection is slow, so video rests. Sound goes on.
    </p>
  );
}

/** What one should know at a glance, above the pictures. */
export function Banners() {
  const soundBlocked = useCall((call) => call.soundBlocked, false);
  const isSharing = useApp((state) => state.local.enabled.screen);
  const talks = useCall((call) => call.pushToTalk, false);
  return (
    <div className={css['banners']}>
      <Reconnecting />
      <Knocks />
      <NoPictures />
      {soundBlocked ? (
        <p className={css['banner']} role="alert" data-testid="sound-blocked">
          <VolumeX size={18} aria-hidden />
          The browser holds the sound back.
          <button type="button" onClick={() => void app().call?.playout.unblock()}>
            Hear everyone
          </button>
        </p>
      ) : null}
      {isSharing ? (
        <p className={css['banner']} role="status">
          <MonitorUp size={18} aria-hidden />
          You are sharing your screen
          <button type="button" onClick={() => void app().toggleScreen()}>
            Stop
          </button>
        </p>
      ) : null}
      {talks ? (
        <p className={css['banner']}>
          <Mic size={18} aria-hidden />
          You are talking. Let go of the space bar to mute.
        </p>
      ) : null}
    </div>
  );
}
