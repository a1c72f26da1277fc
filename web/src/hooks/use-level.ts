import { useEffect, useState } from 'react';
import { meterLevel } from '../core/levels';

const EVERY_MS = 80;

/** 0…1, in steps of a tenth, so that silence re-renders nothing. */
export function useLevel(track: MediaStreamTrack | null): number {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    if (!track) return undefined;
    const meter = meterLevel(track);
    const timer = setInterval(() => setLevel(Math.round(meter.read() * 10) / 10), EVERY_MS);
    return () => {
      clearInterval(timer);
      meter.close();
      setLevel(0);
    };
  }, [track]);
  return level;
}
