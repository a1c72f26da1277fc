import * as Select from '@radix-ui/react-select';
import { Check, ChevronDown } from 'lucide-react';
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

export function DeviceSelect({ label, icon, devices, deviceId, nothing, onChoose }: DeviceSelectProps) {
  const chosen = devices.find((device) => device.deviceId === deviceId) ?? devices[0];
  return (
    <Select.Root value={chosen?.deviceId ?? ''} onValueChange={onChoose} disabled={devices.length === 0}>
      <Select.Trigger className={css['select']} aria-label={label}>
        {icon}
        <span className={css['value']}>{chosen?.label ?? nothing}</span>
        <ChevronDown size={16} aria-hidden />
      </Select.Trigger>
      <Select.Portal>
        <Select.Content className={css['content']} position="popper" sideOffset={4} collisionPadding={8}>
          <Select.Viewport>
            {devices.map((device) => (
              <Select.Item key={device.deviceId} value={device.deviceId} className={css['item']}>
                <Select.ItemText>{device.label}</Select.ItemText>
                <Select.ItemIndicator>
                  <Check size={16} aria-hidden />
                </Select.ItemIndicator>
              </Select.Item>
            ))}
          </Select.Viewport>
        </Select.Content>
      </Select.Portal>
    </Select.Root>
  );
}
