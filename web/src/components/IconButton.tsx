import * as Tooltip from '@radix-ui/react-tooltip';
import type { ComponentProps, ReactNode } from 'react';
import css from './Button.module.css';

type Look = 'bare' | 'round' | 'off' | 'active' | 'open' | 'danger';

interface IconButtonProps extends ComponentProps<'button'> {
  /** Accessible name and tooltip. */
  label: string;
  shortcut?: string;
  look?: Look;
  children: ReactNode;
}

const LOOKS: Record<Look, string | undefined> = {
  bare: '',
  round: css['round'],
  off: `${css['round']} ${css['off']}`,
  active: `${css['round']} ${css['active']}`,
  open: css['open'],
  danger: `${css['round']} ${css['danger']}`,
};

export function IconButton({ label, shortcut, look = 'bare', children, className = '', ...rest }: IconButtonProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button type="button" aria-label={label} className={`${css['icon']} ${LOOKS[look]} ${className}`} {...rest}>
          {children}
        </button>
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className={css['tooltip']} sideOffset={8} collisionPadding={8}>
          {label}
          {shortcut ? <kbd className={css['key']}>{shortcut}</kbd> : null}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
