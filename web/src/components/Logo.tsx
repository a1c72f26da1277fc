export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="9" fill="#0e7a5f" />
      <path
        d="M7 11a4 4 0 0 1 4-4h7a4 4 0 0 1 4 4v3a4 4 0 0 1-4 4h-3.400l-4 3.400a.7.7 0 0 1-1.200-.5V17.700A4 4 0 0 1 7 14z"
        fill="#fff"
      />
      <path
        d="M24 13.700a3.600 3.600 0 0 1 1.800 3.100v2.700a3.600 3.600 0 0 1-1.600 3v2.600a.7.7 0 0 1-1.200.5l-3-2.600h-3.600a3.600 3.600 0 0 1-2.800-1.300l1.800-1.600H18a6 6 0 0 0 6-6z"
        fill="#9fdcc6"
      />
    </svg>
  );
}
