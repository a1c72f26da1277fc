import { Camera, Mic, Volume2 } from 'lucide-react';
import { app } from '../core/app';
import { canChooseSpeaker } from '../core/devices';
import { useApp } from '../hooks/use-app';
import css from './DeviceChoices.module.css';
import { DeviceSelect } from './DeviceSelect';

/** Camera, microphone, speaker: before the call and during it. */
export function DeviceChoices({ stacked = false }: { stacked?: boolean }) {
  const { devices, deviceIds } = useApp((state) => state.local);
  const speakerId = useApp((state) => state.preferences.speakerId);
  return (
    <div className={stacked ? css['stacked'] : css['row']}>
      <DeviceSelect
        label="Microphone"
        icon={<Mic size={18} aria-hidden />}
        devices={devices.microphones}
        deviceId={deviceIds.microphone}
        nothing="No microphone"
        onChoose={(id) => void app().useDevice('microphone', id)}
      />
      <DeviceSelect
        label="Camera"
        icon={<Camera size={18} aria-hidden />}
        devices={devices.cameras}
        deviceId={deviceIds.camera}
        nothing="No camera"
        onChoose={(id) => void app().useDevice('camera', id)}
      />
      {canChooseSpeaker() ? (
        <DeviceSelect
          label="Speaker"
          icon={<Volume2 size={18} aria-hidden />}
          devices={devices.speakers}
          deviceId={speakerId}
          nothing="System speaker"
          onChoose={(id) => app().setPreferences({ speakerId: id })}
        />
      ) : null}
    </div>
  );
}
