import { useApp } from '../hooks/use-app';

/** What changes on screen, spoken: joins, messages, problems. */
export function Announcer() {
  const announcement = useApp((state) => state.announcement);
  return (
    <div className="visually-hidden" aria-live="polite" data-testid="announcer">
      {announcement}
    </div>
  );
}
