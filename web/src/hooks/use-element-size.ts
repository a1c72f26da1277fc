import { useLayoutEffect, useState } from 'react';
import type { RefObject } from 'react';
import type { Area } from '../core/layout';

export function useElementSize(ref: RefObject<HTMLElement | null>): Area {
  const [size, setSize] = useState<Area>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const read = (): void => setSize({ width: element.clientWidth, height: element.clientHeight });
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}
