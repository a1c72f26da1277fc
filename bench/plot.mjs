// Series as SVG: panels below each other over one axis, of time unless `unit` says otherwise. Pure: text in, text out.

const WIDTH = 860;
const PANEL_HEIGHT = 150;
const LEFT = 62;
const RIGHT = 150;
const TOP = 34;
const GAP = 26;
const COLOURS = ['#0b6bcb', '#d1495b', '#2e8b57', '#9467bd', '#c77c02'];

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
const number = (value) => String(Math.round(value * 10) / 10);

// 1, 2 or 5 times a power of ten, so that about `parts` of them fill `range`.
export function step(range, parts) {
  const rough = range / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
}

const ticks = (max, parts) => {
  const by = step(max, parts);
  return Array.from({ length: Math.floor(max / by + 1e-9) + 1 }, (_, i) => i * by);
};

function pathOf(points, x, y, stepped) {
  const commands = [];
  points.forEach(([t, v], i) => {
    if (i === 0) commands.push(`M${number(x(t))} ${number(y(v))}`);
    else if (stepped) commands.push(`H${number(x(t))}V${number(y(v))}`);
    else commands.push(`L${number(x(t))} ${number(y(v))}`);
  });
  return commands.join('');
}

// panel: {label, series, least (of the scale's top), ticks (if not the usual ones)}.
// series: {name, points: [[seconds, value]], stepped, dashed, colour}; a stepped one goes on to the end.
function panelOf(panel, top, seconds) {
  const all = panel.series.flatMap((s) => s.points.map(([, v]) => v)).filter(Number.isFinite);
  const max = Math.max(panel.least ?? 0, ...all) * 1.05 || 1;
  const x = (t) => LEFT + (Math.min(Math.max(t, 0), seconds) / seconds) * (WIDTH - LEFT - RIGHT);
  const y = (v) => top + PANEL_HEIGHT - (v / max) * PANEL_HEIGHT;
  const out = [];
  for (const v of panel.ticks ?? ticks(max, 4)) {
    out.push(`<path class="grid" d="M${LEFT} ${number(y(v))}H${WIDTH - RIGHT}"/>`,
      `<text x="${LEFT - 6}" y="${number(y(v) + 4)}" text-anchor="end">${number(v)}</text>`);
  }
  out.push(`<text x="14" y="${top + PANEL_HEIGHT / 2}" transform="rotate(-90 14 ${top + PANEL_HEIGHT / 2})" text-anchor="middle">${escape(panel.label)}</text>`);
  panel.series.forEach((s, i) => {
    const colour = s.colour ?? COLOURS[i % COLOURS.length];
    const points = s.stepped && s.points.length > 0 ? [...s.points, [seconds, s.points.at(-1)[1]]] : s.points;
    const finite = points.filter(([, v]) => Number.isFinite(v));
    out.push(`<path fill="none" stroke="${colour}" stroke-width="1.6"${s.dashed ? ' stroke-dasharray="5 3"' : ''} d="${pathOf(finite, x, y, s.stepped)}"/>`,
      `<path stroke="${colour}" stroke-width="2" d="M${WIDTH - RIGHT + 10} ${top + 12 + i * 18}h18"/>`,
      `<text x="${WIDTH - RIGHT + 34}" y="${top + 16 + i * 18}">${escape(s.name)}</text>`);
  });
  return { text: out.join('\n'), x };
}

export function plot({ title, seconds, panels, marks = [], unit = 's' }) {
  const height = TOP + panels.length * (PANEL_HEIGHT + GAP) + 14;
  const bottom = height - 14 - GAP;
  const drawn = panels.map((panel, i) => panelOf(panel, TOP + i * (PANEL_HEIGHT + GAP), seconds));
  const { x } = drawn[0];
  const times = ticks(seconds, 10).map((t) => `<text x="${number(x(t))}" y="${bottom + 16}" text-anchor="middle">${number(t)}</text>`);
  const lines = marks.map(({ at, name }) => `<path class="mark" d="M${number(x(at))} ${TOP}V${bottom}"/><text x="${number(x(at) + 4)}" y="${TOP + 10}">${escape(name)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="11">
<style>.grid{stroke:#ddd;fill:none}.mark{stroke:#555;stroke-dasharray:2 3;fill:none}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="${LEFT}" y="18" font-size="14">${escape(title)}</text>
${drawn.map((d) => d.text).join('\n')}
${lines.join('\n')}
${times.join('\n')}
<text x="${WIDTH - RIGHT}" y="${bottom + 16}" dx="12">${escape(unit)}</text>
</svg>
`;
}
