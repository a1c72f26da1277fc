import { useEffect, useRef } from 'react';

interface TrackVideoProps {
  track: MediaStreamTrack;
  className?: string | undefined;
  label: string;
  testId?: string;
}

/** One's own picture or screen: shown, never heard. */
export function TrackVideo({ track, className, label, testId }: TrackVideoProps) {
  const ref = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    element.srcObject = new MediaStream([track]);
    void element.play().catch(() => undefined);
    return () => {
      element.srcObject = null;
    };
  }, [track]);
  return (
    <video ref={ref} className={className} autoPlay playsInline muted disablePictureInPicture aria-label={label} data-testid={testId} />
  );
}
