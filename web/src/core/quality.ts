// How good a connection is, and how to say it: pure.
import type { MediaByTile } from './playout';
import type { OwnQuality, Participant } from './protocol';
import type { Grade } from './store';

/** From one's own figures, for direct legs; the limits are those from which one hears or sees it. */
export function gradeOf(lossPercent: number, rtt_ms: number | null): Grade {
  const byLoss = lossPercent >= 20 ? 0 : lossPercent >= 8 ? 1 : lossPercent >= 3 ? 2 : lossPercent >= 1 ? 3 : 4;
  const delay_ms = rtt_ms ?? 0;
  const byDelay = delay_ms >= 1000 ? 0 : delay_ms >= 600 ? 1 : delay_ms >= 350 ? 2 : delay_ms >= 200 ? 3 : 4;
  const score = Math.min(byLoss, byDelay);
  if (score === 4) return { score, reason: 'fine' };
  return { score, reason: byLoss <= byDelay ? 'loss' : 'delay' };
}

const SCORES = ['Unusable', 'Bad', 'Poor', 'Good', 'Fine'] as const;
export const scoreWord = (score: number): string => SCORES[Math.min(4, Math.max(0, Math.round(score)))] ?? 'Fine';

const OWN_REASONS: Record<Grade['reason'], string> = {
  fine: 'nothing stands in the way',
  loss: 'packets get lost on the way to you',
  bandwidth: 'it takes less than you look at',
  delay: 'packets take long, or wait in a queue on the way',
  no_feedback: 'the server hears nothing from you',
  sender: 'what you send arrives badly',
};
const OTHERS_REASONS: Record<Grade['reason'], string> = {
  fine: 'nothing stands in the way',
  loss: 'packets get lost on the way',
  bandwidth: 'their connection is slow',
  delay: 'packets take long on the way',
  no_feedback: 'the server hears nothing from them',
  sender: 'what they send arrives badly',
};

/** "Your connection is poor: packets get lost on the way to you" */
export const ownWords = (grade: Grade): string => wordsOf('Your connection is', grade, OWN_REASONS);
/** "Connection poor: what they send arrives badly" */
export const othersWords = (grade: Grade): string => wordsOf('Connection', grade, OTHERS_REASONS);

function wordsOf(subject: string, { score, reason }: Grade, reasons: Record<Grade['reason'], string>): string {
  const connection = `${subject} ${scoreWord(score).toLowerCase()}`;
  return reason === 'fine' ? connection : `${connection}: ${reasons[reason]}`;
}

export const rateWords = (kbps: number): string =>
  kbps >= 1000 ? `${(kbps / 1000).toFixed(1)} Mb/s` : `${Math.round(kbps)} kb/s`;

const permilleWords = (permille: number): string => `${(permille / 10).toFixed(permille % 10 === 0 ? 0 : 1)} %`;
const directionWords = (kbps: number, lost_permille: number): string => `${rateWords(kbps)}, ${permilleWords(lost_permille)} lost`;

export const directionsOf = (own: OwnQuality): { down: string; up: string; possible: string } => ({
  down: directionWords(own.sent_kbps, own.down_loss_permille),
  up: directionWords(own.up_kbps, own.up_loss_permille),
  possible: own.down_kbps === null ? '–' : rateWords(own.down_kbps),
});

/**
 * The connection takes no picture at all: the server has paused every one that this page would show. Who
 * has the camera off, or is on another page of the grid, does not count.
 */
export function isStarved(media: MediaByTile, participants: Readonly<Record<string, Participant>>): boolean {
  const pauses = Object.entries(media).flatMap(([key, tile]) => {
    const [participantId = '', group] = key.split(':');
    const sources = participants[participantId]?.sources;
    const isSent = group === 'screen' ? sources?.screen : sources?.camera;
    return isSent && tile.paused !== 'hidden' ? tile.paused : [];
  });
  return pauses.length > 0 && pauses.every((paused) => paused === 'bandwidth');
}
