import { splitLinks } from '../core/links';

/** Web addresses become links; everything else stays text. */
export function Linkified({ text }: { text: string }) {
  return splitLinks(text).map((part, index) =>
    part.isLink ? (
      <a key={index} href={part.text} target="_blank" rel="noopener noreferrer nofollow">
        {part.text}
      </a>
    ) : (
      part.text
    ),
  );
}
