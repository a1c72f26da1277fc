import type { ComponentProps } from 'react';
import css from './Button.module.css';

type ButtonProps = ComponentProps<'button'> & { look?: 'plain' | 'primary' | 'quiet' };

const LOOKS = { plain: '', primary: css['primary'], quiet: css['quiet'] };

export function Button({ look = 'plain', className = '', type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={`${css['button']} ${LOOKS[look]} ${className}`} {...rest} />;
}
