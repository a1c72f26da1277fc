import { directionsOf, ownWords, scoreWord } from '../core/quality';
import type { Quality } from '../core/store';
import { useCall } from '../hooks/use-app';
import { QualityBars } from './QualityBars';
import css from './Statistics.module.css';

const NO_QUALITY: Quality = { path: null, rtt_ms: null, lossPercent: null };

/** One's own connection in words, and its figures both ways. */
export function OwnConnection() {
  const grade = useCall((call) => call.grades[call.selfId], undefined);
  const own = useCall((call) => call.ownQuality, null);
  const quality = useCall((call) => call.quality, NO_QUALITY);
  const directions = own ? directionsOf(own) : null;
  const rtt_ms = own?.rtt_ms ?? quality.rtt_ms;
  return (
    <div className={css['own']} data-testid="own-connection">
      {grade ? (
        <p className={css['grade']}>
          <QualityBars grade={grade} words={`${scoreWord(grade.score)} connection`} />
          <span>{ownWords(grade)}.</span>
        </p>
      ) : null}
      <dl>
        {directions ? (
          <>
            <dt>To you</dt>
            <dd>{directions.down}</dd>
            <dt>From you</dt>
            <dd>{directions.up}</dd>
            <dt>Possible to you</dt>
            <dd>{directions.possible}</dd>
          </>
        ) : (
          <>
            <dt>Lost on the way</dt>
            <dd>{quality.lossPercent === null ? '–' : `${quality.lossPercent} %`}</dd>
          </>
        )}
        <dt>There and back</dt>
        <dd>{rtt_ms === null ? '–' : `${rtt_ms} ms`}</dd>
      </dl>
    </div>
  );
}
