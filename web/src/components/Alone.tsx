import type { TileModel } from '../core/tiles';
import css from './Alone.module.css';
import { CopyLinkButton } from './CopyLinkButton';
import gridCss from './Grid.module.css';
import { OwnTile } from './OwnTile';

/** Nobody else is here yet: the moment to invite someone. */
export function Alone({ self, roomId }: { self: TileModel; roomId: string }) {
  return (
    <div className={gridCss['area']} data-testid="grid">
      <OwnTile tile={self} canPin={false} />
      <section className={css['card']} aria-label="Invite somebody">
        <h2>You are the first one here</h2>
        <p>Send the link to whoever you want to talk to.</p>
        <code className={css['id']}>{roomId}</code>
        <CopyLinkButton roomId={roomId} look="primary" />
      </section>
    </div>
  );
}
