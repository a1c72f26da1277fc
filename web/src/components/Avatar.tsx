import css from './Avatar.module.css';

const HUES = 6;

const firstLetter = (word: string | undefined): string => Array.from(word ?? '')[0] ?? '';

const initialsOf = (name: string): string => {
  const words = name.trim().split(/\s+/u);
  return (firstLetter(words[0]) + (words.length > 1 ? firstLetter(words.at(-1)) : '')).toUpperCase();
};

/** The same name has the same colour everywhere. */
const hueOf = (name: string): number => 
  Array.from(name).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 997, 7) % HUES;

export function Avatar({ name, className = '' }: { name: string; className?: string | undefined }) {
  return (
    <div className={`${css['avatar']} ${css[`hue${hueOf(name)}`]} ${className}`} aria-hidden>
      {initialsOf(name)}
    </div>
  );
}
