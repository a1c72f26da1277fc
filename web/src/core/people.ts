// Who is in the call, and how the server's news change it.
import type { Participant, ServerParticipants } from './protocol';

export type People = Readonly<Record<string, Participant>>;

export const byId = (participants: readonly Participant[]): Record<string, Participant> =>
  Object.fromEntries(participants.map((participant) => [participant.participant_id, participant]));

/** Who left goes first: somebody who has come back since is among the changed, under the same id. */
export const withNews = (people: People, left: readonly string[], changed: readonly Participant[]): Record<string, Participant> => ({
  ...Object.fromEntries(Object.entries(people).filter(([id]) => !left.includes(id))),
  ...byId(changed),
});

/** What of a large room's news is worth saying, many people in one line. */
export function wordsOf({ participants, left }: ServerParticipants, people: People, selfId: string): string[] {
  const names = (list: readonly Participant[]): string => (list.length === 1 ? (list[0]?.name ?? '') : `${list.length} people`);
  const gone = left.flatMap(({ participant_id: id, reason }) => (people[id] ? [{ person: people[id], removed: reason === 'removed' }] : []));
  const of = (removed: boolean): Participant[] => gone.filter((one) => one.removed === removed).map(({ person }) => person);
  const came = participants.filter(({ participant_id: id }) => id !== selfId && (!people[id] || left.some((one) => one.participant_id === id)));
  const [leavers, removed] = [of(false), of(true)];
  return [
    ...(leavers.length > 0 ? [`${names(leavers)} left`] : []),
    ...(removed.length > 0 ? [`${names(removed)} ${removed.length === 1 ? 'was' : 'were'} removed`] : []),
    ...(came.length > 0 ? [`${names(came)} joined`] : []),
  ];
}
