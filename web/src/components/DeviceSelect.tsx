import { ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import type { DeviceChoice } from '../core/devices';
import css from './Field.module.css';

interface DeviceSelectProps {
  label: string;
  icon: ReactNode;
  devices: readonly DeviceChoice[];
  deviceId: string | null;
  nothing: string;
  onChoose: (deviceId: string) => void;
}

/** The browser's own select: at home on phones, and it needs no style element, which the CSP forbids. */
export function DeviceSelect({ label, icon, devices, deviceId, nothing, onChoose }: DeviceSelectProps) {
  const chosen = devices.find((device) => device.deviceId === deviceId) ?? devices[0];
  return (
    <div className={css['select']} data-empty={devices.length === 0}>
      {icon}
      <select
        aria-label={label}
        value={chosen?.deviceId ?? ''}
        disabled={devices.length === 0}
        onChange={(event) => onChoose(event.target.value)}
      >
        {devices.length === 0 ? <option value="">{nothing}</option> : null}
        {devices.map((device) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label}
          </option>
        ))}
      </select>
      <ChevronDown size={16} aria-hidden />
    </div>
  );
}
