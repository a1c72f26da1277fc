import type { ChangeEvent, InputEvent } from 'react';

type Field = HTMLInputElement | HTMLTextAreaElement;
type Listener = (event: ChangeEvent<Field> | InputEvent<Field>) => void;

/**
 * The properties of a controlled text field. React's onChange overlooks values that a password manager
 * or a browser driver wrote through the element itself; onInput does not.
 */
export function textField(value: string, onText: (text: string) => void): { value: string; onChange: Listener; onInput: Listener } {
  const listen: Listener = (event) => onText(event.currentTarget.value);
  return { value, onChange: listen, onInput: listen };
}
