import { useRef } from 'react';
import { useElementSize } from '../hooks/use-element-size';
import { useScene } from '../hooks/use-scene';
import { Alone } from './Alone';
import { Grid } from './Grid';
import css from './Grid.module.css';
import { Pair } from './Pair';
import { Stage } from './Stage';

/** Chooses how the people are laid out: alone, two, a grid, or a stage with a strip. */
export function VideoArea({ roomId }: { roomId: string }) {
  const ref = useRef<HTMLDivElement>(null);
  const area = useElementSize(ref);
  const { stage, tiles, self } = useScene();
  const [first] = tiles;
  const content = () => {
    if (stage && tiles.length > 1) return <Stage stage={stage} tiles={tiles} area={area} />;
    if (!first || first.isSelf) return <Alone self={self} roomId={roomId} />;
    if (tiles.length === 2 && tiles[1]?.isSelf) return <Pair other={first} self={self} />;
    return <Grid tiles={tiles} area={area} />;
  };
  return (
    <div ref={ref} className={css['area']}>
      {area.width > 0 ? content() : null}
    </div>
  );
}
