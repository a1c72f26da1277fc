import { Hourglass } from 'lucide-react';
import { Button } from '../components/Button';
import { Notice } from '../components/Shell';
import { app } from '../core/app';

export function ReturningPage() {
  const actions = (
    <Button look="quiet" onClick={() => app().goHome()} data-testid="go-home">
      Leave
    </Button>
  );
  return (
    <Notice icon={<Hourglass size={28} />} title="Coming back…" actions={actions} testId="returning">
      <p>The connection was away for a while. You are in again as soon as the server can be reached.</p>
    </Notice>
  );
}
