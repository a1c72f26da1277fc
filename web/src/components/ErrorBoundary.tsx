import { TriangleAlert } from 'lucide-react';
import { Component } from 'react';
import type { ReactNode } from 'react';
import { Button } from './Button';
import { Notice } from './Shell';

/** A mistake of ours in drawing the page: said, with a way out, instead of an empty window. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    const reload = (
      <Button look="primary" onClick={() => window.location.reload()}>
        Load the page again
      </Button>
    );
    return (
      <Notice icon={<TriangleAlert size={28} />} title="The page made a mistake" actions={reload} testId="problem" problem="page">
        <p>That is our fault, not yours. Loading it again brings you back to the room.</p>
      </Notice>
    );
  }
}
