import { rateWords } from '../core/quality';
import type { Sample } from '../core/statistics';
import { NO_STATISTICS } from '../core/store';
import { useCall } from '../hooks/use-app';
import { OwnConnection } from './OwnConnection';
import panelCss from './Panel.module.css';
import { Plot } from './Plot';
import { SidePanel } from './SidePanel';
import css from './Statistics.module.css';
import { ReceivedTable, SentTable } from './StreamTables';

const percentWords = (percent: number): string => `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
const delayWords = (ms: number): string => `${Math.round(ms)} ms`;
const secondsWords = (seconds: number): string => `${seconds.toFixed(1)} s`;

function Plots({ samples }: { samples: readonly Sample[] }) {
  const of = (label: string, value: (sample: Sample) => number | null) => ({
    label,
    points: samples.map((sample) => ({ at_ms: sample.at_ms, value: value(sample) })),
  });
  return (
    <>
      <Plot
        title="Received"
        series={[of('now', (s) => s.down_kbps), of('possible', (s) => s.estimateDown_kbps)]}
        words={rateWords}
        least={200}
      />
      <Plot title="Sent" series={[of('now', (s) => s.up_kbps), of('possible', (s) => s.estimateUp_kbps)]} words={rateWords} least={200} />
      <Plot title="Lost" series={[of('in', (s) => s.lossDownPercent), of('out', (s) => s.lossUpPercent)]} words={percentWords} least={5} />
      <Plot title="There and back" series={[of('now', (s) => s.rtt_ms)]} words={delayWords} least={100} />
      <Plot title="Pictures standing still, per second" series={[of('now', (s) => s.freezes)]} words={secondsWords} least={1} />
    </>
  );
}

/** What the connection does, for the curious and for those who look for a fault. */
export function StatisticsPanel() {
  const { samples, received, sent } = useCall((call) => call.statistics, NO_STATISTICS);
  return (
    <SidePanel title="Statistics" testId="statistics-panel">
      <div className={`${panelCss['body']} ${css['statistics']}`}>
        <OwnConnection />
        {samples.length > 0 ? <Plots samples={samples} /> : <p className={css['nothing']}>Nothing has been measured yet.</p>}
        {received.length > 0 ? <ReceivedTable streams={received} /> : null}
        {sent.length > 0 ? <SentTable streams={sent} /> : null}
      </div>
    </SidePanel>
  );
}
