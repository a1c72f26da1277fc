import css from './HeroPicture.module.css';

interface PersonProps {
  x: number;
  y: number;
  width: number;
  height: number;
  look: string | undefined;
  speaks?: boolean;
}

function Person({ x, y, width, height, look, speaks = false }: PersonProps) {
  const centre = x + width / 2;
  const head = height * 0.17;
  return (
    <>
      <clipPath id={`hero-${x}-${y}`}>
        <rect x={x} y={y} width={width} height={height} rx="12" />
      </clipPath>
      <g clipPath={`url(#hero-${x}-${y})`}>
        <rect x={x} y={y} width={width} height={height} className={look} />
        <circle cx={centre} cy={y + height * 0.42} r={head} className={css['face']} />
        <ellipse cx={centre} cy={y + height * 1.02} rx={head * 2.1} ry={height * 0.36} className={css['face']} />
      </g>
      {speaks ? (
        <rect x={x + 1.5} y={y + 1.5} width={width - 3} height={height - 3} rx="11" className={css['ring']} />
      ) : null}
    </>
  );
}

/** A call, drawn: what the product is, at a glance. */
export function HeroPicture({ className }: { className: string }) {
  return (
    <svg viewBox="0 0 520 372" className={className} aria-hidden>
      <rect width="520" height="372" rx="24" className={css['frame']} />
      <Person x={20} y={20} width={236} height={136} look={css['warm']} speaks />
      <Person x={264} y={20} width={236} height={136} look={css['green']} />
      <Person x={20} y={164} width={236} height={136} look={css['blue']} />
      <Person x={264} y={164} width={236} height={136} look={css['sand']} />
      <rect x="170" y="314" width="180" height="44" rx="22" className={css['bar']} />
      <circle cx="198" cy="336" r="14" className={css['dot']} />
      <circle cx="236" cy="336" r="14" className={css['dot']} />
      <circle cx="274" cy="336" r="14" className={css['dot']} />
      <rect x="300" y="322" width="38" height="28" rx="14" className={css['leave']} />
    </svg>
  );
}
