import { useEffect, useRef, useState } from 'react';
import { app } from '../core/app';
import type { TileKey } from '../core/leg';
import type { VideoLayer } from '../core/playout';
import css from './Tile.module.css';

interface LayerProps {
  tile: TileKey;
  layer: VideoLayer;
  fit: 'cover' | 'contain';
}

function Layer({ tile, layer, fit }: LayerProps) {
  const ref = useRef<HTMLVideoElement>(null);
  const [isShown, setIsShown] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    element.srcObject = layer.stream;
    void element.play().catch(() => undefined);
    return app().call?.playout.attach(tile, layer.id, element, () => setIsShown(true));
  }, [tile, layer.id, layer.stream]);
  return (
    <video
      ref={ref}
      className={`${css['video']} ${fit === 'contain' ? css['contain'] : ''}`}
      data-shown={isShown}
      autoPlay
      playsInline
      muted
      disablePictureInPicture
      aria-hidden
      tabIndex={-1}
    />
  );
}

/**
 * While the media moves to another leg there are two layers: the younger lies above and stays
 * transparent until it has painted a frame.
 */
export function LayeredVideo({ tile, layers, fit }: { tile: TileKey; layers: readonly VideoLayer[]; fit: 'cover' | 'contain' }) {
  return layers.map((layer) => <Layer key={layer.id} tile={tile} layer={layer} fit={fit} />);
}
