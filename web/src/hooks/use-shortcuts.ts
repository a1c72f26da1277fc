import { useEffect } from 'react';
import { app } from '../core/app';
import { store } from '../core/store';
import type { Panel } from '../core/store';

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

/** Space presses a focused button; a menu or dialog has keys of its own. */
const usesSpace = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('button, a, [role], summary') !== null;

const togglePanel = (panel: Panel): void => {
  const open = store.getState().call?.panel;
  app().call?.setPanel(open === panel ? null : panel);
};

const PLAIN_KEYS: Readonly<Record<string, () => void>> = {
  m: () => app().toggle('microphone'),
  v: () => app().toggle('camera'),
  c: () => togglePanel('chat'),
  p: () => togglePanel('people'),
};
const CTRL_KEYS: Readonly<Record<string, () => void>> = {
  d: () => app().toggle('microphone'),
  e: () => app().toggle('camera'),
};

const actionOf = (event: KeyboardEvent): (() => void) | undefined => {
  const key = event.key.toLowerCase();
  if (event.altKey || event.shiftKey) return undefined;
  if (event.ctrlKey || event.metaKey) return CTRL_KEYS[key];
  return isTyping(event.target) ? undefined : PLAIN_KEYS[key];
};

const isTalkKey = (event: KeyboardEvent): boolean =>
  event.code === 'Space' && !isTyping(event.target) && !usesSpace(event.target);

const onKeyDown = (event: KeyboardEvent): void => {
  if (isTalkKey(event)) {
    event.preventDefault();
    if (!event.repeat) void app().pushToTalk(true);
    return;
  }
  const action = event.repeat ? undefined : actionOf(event);
  if (!action) return;
  event.preventDefault();
  action();
};

const stopTalking = (): void => void app().pushToTalk(false);
const onKeyUp = (event: KeyboardEvent): void => {
  if (event.code === 'Space') stopTalking();
};

/** The keys of the call; web/README.md and the settings list them. */
export function useShortcuts(): void {
  useEffect(() => {
    window.addEventListener('keydown', onKeyDown);
    window.addEventListener('keyup', onKeyUp);
    // The key's release is lost with the window's focus.
    window.addEventListener('blur', stopTalking);
    return () => {
      window.removeEventListener('keydown', onKeyDown);
      window.removeEventListener('keyup', onKeyUp);
      window.removeEventListener('blur', stopTalking);
    };
  }, []);
}
