import { MonitorX } from 'lucide-react';
import { Button } from '../components/Button';
import { Notice } from '../components/Shell';

export function UnsupportedPage() {
  const reload = (
    <Button look="primary" onClick={() => window.location.reload()}>
      Try again
    </Button>
  );
  return (
    <Notice icon={<MonitorX size={28} />} title="This browser cannot make calls" actions={reload} testId="problem" problem="unsupported">
      <p>
        It has no WebRTC, or it is switched off. A current Firefox, Chrome, Edge or Safari works, on computers and on phones.
      </p>
    </Notice>
  );
}
