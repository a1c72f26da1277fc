import { X } from 'lucide-react';
import type { Toast } from '../core/store';
import { removeToast, store } from '../core/store';
import { useApp } from '../hooks/use-app';
import css from './Toasts.module.css';

function ToastCard({ toast }: { toast: Toast }) {
  return (
    <li className={`${css['toast']} ${toast.kind === 'problem' ? css['problem'] : ''}`} data-testid="toast">
      <div>
        {toast.from ? <p className={css['from']}>{toast.from}</p> : null}
        <p className={css['text']}>{toast.text}</p>
      </div>
      <button type="button" className={css['close']} aria-label="Dismiss" onClick={() => removeToast(store, toast.id)}>
        <X size={16} aria-hidden />
      </button>
    </li>
  );
}

/** The announcer speaks them; here they are only seen. */
export function Toasts() {
  const toasts = useApp((state) => state.toasts);
  return (
    <ul className={css['list']} aria-label="Notifications">
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </ul>
  );
}
