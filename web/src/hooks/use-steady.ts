import { useEffect, useState } from 'react';

/** Follows the value once it has stayed the same for this long. */
export function useSteady<T>(value: T, after_ms: number): T {
  const [steady, setSteady] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSteady(value), after_ms);
    return () => clearTimeout(timer);
  }, [value, after_ms]);
  return steady;
}
