import { useEffect } from 'react';
import { useApp } from './use-app';

/** Writes the chosen theme where the style sheet looks for it. */
export function useTheme(): void {
  const theme = useApp((state) => state.preferences.theme);
  useEffect(() => {
    const root = document.documentElement;
    if (theme === 'auto') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
  }, [theme]);
}
