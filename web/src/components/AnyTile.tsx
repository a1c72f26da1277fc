import type { TileModel } from '../core/tiles';
import { OwnTile } from './OwnTile';
import { RemoteTile } from './RemoteTile';

export function AnyTile({ tile }: { tile: TileModel }) {
  return tile.isSelf ? <OwnTile tile={tile} /> : <RemoteTile tile={tile} />;
}
