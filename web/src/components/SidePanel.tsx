import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { app } from '../core/app';
import { IconButton } from './IconButton';
import css from './Panel.module.css';

interface SidePanelProps {
  title: string;
  testId: string;
  children: ReactNode;
}

/** Beside the call on a wide window, a sheet over it on a narrow one. Escape closes; focus goes back. */
export function SidePanel({ title, testId, children }: SidePanelProps) {
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    const panel = ref.current;
    return () => {
      const hadFocus = panel?.contains(document.activeElement) ?? document.activeElement === document.body;
      if (hadFocus && opener instanceof HTMLElement) opener.focus({ preventScroll: true });
    };
  }, []);
  const close = (): void => app().call?.setPanel(null);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape from anywhere within
    <aside ref={ref} className={css['panel']} aria-label={title} data-testid={testId} onKeyDown={(event) => event.key === 'Escape' && close()}>
      <div className={css['header']}>
        <h2>{title}</h2>
        <IconButton label={`Close ${title.toLowerCase()}`} onClick={close}>
          <X size={20} aria-hidden />
        </IconButton>
      </div>
      {children}
    </aside>
  );
}
