import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';

/** The browser's own modal dialog: focus stays inside, Escape closes it, focus goes back to the opener. */
export function useModal(isOpen: boolean): RefObject<HTMLDialogElement | null> {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || !isOpen) return undefined;
    dialog.showModal();
    dialog.querySelector('h2')?.focus();
    return () => dialog.close();
  }, [isOpen]);
  return ref;
}
