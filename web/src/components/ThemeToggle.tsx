import { Monitor, Moon, Sun } from 'lucide-react';
import { app } from '../core/app';
import type { Theme } from '../core/storage';
import { useApp } from '../hooks/use-app';
import { IconButton } from './IconButton';

const NEXT: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };
const LABELS: Record<Theme, string> = {
  auto: 'Theme: as the system',
  light: 'Theme: light',
  dark: 'Theme: dark',
};
const ICONS = { auto: Monitor, light: Sun, dark: Moon };

export function ThemeToggle() {
  const theme = useApp((state) => state.preferences.theme);
  const Icon = ICONS[theme];
  return (
    <IconButton label={LABELS[theme]} onClick={() => app().setPreferences({ theme: NEXT[theme] })}>
      <Icon size={20} aria-hidden />
    </IconButton>
  );
}
