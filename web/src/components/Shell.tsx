import type { ReactNode } from 'react';
import { app } from '../core/app';
import { Logo } from './Logo';
import css from './Shell.module.css';
import { ThemeToggle } from './ThemeToggle';

/** The frame of every page but the call. */
export function Shell({ children, footer }: { children: ReactNode; footer?: ReactNode }) {
  return (
    <div className={css['shell']}>
      <header className={css['header']}>
        <button type="button" className={css['brand']} onClick={() => app().goHome()} aria-label="Parley, to the start page">
          <Logo />
          Parley
        </button>
        <ThemeToggle />
      </header>
      <main className={css['main']}>{children}</main>
      {footer ? <footer className={css['footer']}>{footer}</footer> : null}
    </div>
  );
}

interface NoticeProps {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  actions: ReactNode;
  testId: string;
  problem?: string;
}

/** One thing said in the middle of the page, with a way out. */
export function Notice({ icon, title, children, actions, testId, problem }: NoticeProps) {
  return (
    <Shell>
      <div className={css['card']} data-testid={testId} data-problem={problem}>
        <div className={css['badge']} aria-hidden>
          {icon}
        </div>
        <h1>{title}</h1>
        {children}
        <div className={css['actions']}>{actions}</div>
      </div>
    </Shell>
  );
}
