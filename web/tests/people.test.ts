import { expect, test } from 'vitest';
import { byId, withNews, wordsOf } from '../src/core/people';
import type { Participant } from '../src/core/protocol';
import { ADA, ALL_ON, BOB, CLEO } from './fakes';

const person = (participant_id: string, name: string): Participant => ({ participant_id, name, order: 1, sources: ALL_ON, state: 'present' });
const [ada, bob, cleo] = [person(ADA, 'Ada'), person(BOB, 'Bob'), person(CLEO, 'Cleo')];
const left = (participant_id: string, reason: 'left' | 'removed' = 'left'): { participant_id: string; reason: 'left' | 'removed' } => ({ participant_id, reason });
const news = (who: Participant[], gone: ReturnType<typeof left>[]): Parameters<typeof wordsOf>[0] => ({ type: 'participants', participants: who, left: gone });

test('who left is gone, who came or changed is as told', () => {
  const renamed = { ...bob, name: 'Robert' };
  expect(withNews(byId([ada, bob]), [ADA], [renamed, cleo])).toEqual(byId([renamed, cleo]));
});

test('whoever left and is back is there', () => {
  const back = { ...bob, order: 7 };
  expect(withNews(byId([ada, bob]), [BOB], [back])).toEqual(byId([ada, back]));
  expect(wordsOf(news([back], [left(BOB)]), byId([ada, bob]), 'self')).toEqual(['Bob left', 'Bob joined']);
});

test('one person is named, several are counted, oneself is no news', () => {
  expect(wordsOf(news([ada], []), {}, 'self')).toEqual(['Ada joined']);
  expect(wordsOf(news([ada, bob, person('self', 'I')], []), {}, 'self')).toEqual(['2 people joined']);
  expect(wordsOf(news([{ ...ada, name: 'Ada B.' }], []), byId([ada]), 'self')).toEqual([]);
});

test('who was removed did not leave', () => {
  const all = byId([ada, bob, cleo]);
  expect(wordsOf(news([], [left(ADA, 'removed'), left(BOB)]), all, 'self')).toEqual(['Bob left', 'Ada was removed']);
  expect(wordsOf(news([], [left(ADA, 'removed'), left(BOB, 'removed')]), all, 'self')).toEqual(['2 people were removed']);
  expect(wordsOf(news([], [left('ffffffffffffffff')]), all, 'self')).toEqual([]);
});
