import { linear, logarithmic, type Scale } from './scale.ts';

export interface Series {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** The one that the reader looks for. */
  readonly isMain?: boolean;
}

export interface LineChart {
  readonly title: string;
  readonly subtitle: string;
  /** With its unit. */
  readonly xLabel: string;
  readonly yLabel: string;
  /** Where the x axis has ticks; it is logarithmic unless there are none. */
  readonly xTicks?: readonly number[];
  readonly yIsLogarithmic?: boolean;
  /** Upright lines with a word: at this time that happened. */
  readonly moments?: readonly { readonly x: number; readonly label: string }[];
  readonly series: readonly Series[];
}

const WIDTH = 900;
const HEIGHT = 480;
const LEFT = 84;
const RIGHT = 616;
/** Where a chart ends that needs no room for names. */
const RIGHT_ALONE = 872;
const TOP = 84;
const BOTTOM = 412;
/** Told apart with most kinds of colour sight (Okabe and Ito's, without its yellow). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#4d4d4d'];
const INK = '#1b1f24';
const FAINT = '#6a737d';
const GRID = '#e4e7eb';
const LEGEND_STEP = 24;

/** A chart as the text of an SVG file, on a ground of its own so that it reads in the dark too. */
export function lineChart(chart: LineChart): string {
  const points = chart.series.flatMap((series) => series.points);
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const right = chart.series.length > 1 ? RIGHT : RIGHT_ALONE;
  const x = chart.xTicks ? logarithmic(xs, LEFT, right, chart.xTicks) : linear(xs, LEFT, right);
  const y = chart.yIsLogarithmic ? logarithmic(ys, BOTTOM, TOP) : linear(ys, BOTTOM, TOP);
  const size = `width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13" fill="${INK}">`,
    // For those who hear a page instead of seeing it.
    `<title>${escaped(chart.title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(24, 34, chart.title, 'font-size="19" font-weight="600"'),
    text(24, 56, chart.subtitle, `fill="${FAINT}"`),
    ...axes(chart, x, y, right),
    ...(chart.moments ?? []).flatMap((moment) => momentLine(x.at(moment.x), moment.label)),
    ...drawn(chart.series, x, y),
    '</svg>',
    '',
  ].join('\n');
}

function axes({ xLabel, yLabel }: LineChart, x: Scale, y: Scale, right: number): string[] {
  const middle = (TOP + BOTTOM) / 2;
  return [
    ...y.ticks.flatMap((tick) => [
      line(LEFT, y.at(tick), right, y.at(tick), GRID),
      text(LEFT - 10, y.at(tick) + 4, short(tick), `text-anchor="end" fill="${FAINT}"`),
    ]),
    ...x.ticks.map((tick) => text(x.at(tick), BOTTOM + 22, short(tick), `text-anchor="middle" fill="${FAINT}"`)),
    line(LEFT, BOTTOM, right, BOTTOM, FAINT),
    text((LEFT + right) / 2, BOTTOM + 48, xLabel, 'text-anchor="middle"'),
    text(24, middle, yLabel, `text-anchor="middle" transform="rotate(-90 24 ${middle})"`),
  ];
}

/** The lines, the main one last and so on top; their names beside their ends, moved apart where they would meet. */
function drawn(series: readonly Series[], x: Scale, y: Scale): string[] {
  const coloured = series.map((one, index) => ({ ...one, colour: COLOURS[index % COLOURS.length] ?? INK }));
  const lines = [...coloured]
    .sort((a, b) => Number(a.isMain ?? false) - Number(b.isMain ?? false))
    .flatMap((one) => {
      const path = one.points
        .map(([px, py], index) => `${index ? 'L' : 'M'}${place(x.at(px))} ${place(y.at(py))}`)
        .join('');
      const stroke = `fill="none" stroke="${one.colour}" stroke-width="${one.isMain ? 3.2 : 1.8}" stroke-linejoin="round"`;
      const dots = one.points.length > MARKERS_MAX ? [] : one.points;
      return [
        `<path d="${path}" ${stroke}/>`,
        ...dots.map(
          ([px, py]) =>
            `<circle cx="${place(x.at(px))}" cy="${place(y.at(py))}" r="${one.isMain ? 4.2 : 3}" fill="${one.colour}"/>`,
        ),
      ];
    });
  if (series.length === 1) return lines;
  let lowest = TOP - LEGEND_STEP;
  const names = coloured
    .map((one) => ({ ...one, wanted: y.at(one.points.at(-1)?.[1] ?? 0) }))
    .sort((a, b) => a.wanted - b.wanted)
    .flatMap(({ label, colour, isMain, wanted }) => {
      lowest = Math.max(wanted, lowest + LEGEND_STEP);
      return [
        line(RIGHT + 4, wanted, RIGHT + 18, lowest, colour, 'stroke-opacity="0.5"'),
        text(RIGHT + 24, lowest + 4, label, `fill="${colour}"${isMain ? ' font-weight="700"' : ''}`),
      ];
    });
  return [...lines, ...names];
}

const MARKERS_MAX = 20;

function momentLine(x: number, label: string): string[] {
  return [
    line(x, TOP, x, BOTTOM, FAINT, 'stroke-dasharray="4 4"'),
    text(x + 5, TOP + 10, label, `fill="${FAINT}" font-size="12"`),
  ];
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string, more = ''): string {
  const ends = `x1="${place(x1)}" y1="${place(y1)}" x2="${place(x2)}" y2="${place(y2)}"`;
  return `<line ${ends} stroke="${colour}" ${more}/>`;
}

function text(x: number, y: number, words: string, more = ''): string {
  return `<text x="${place(x)}" y="${place(y)}" ${more}>${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function place(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** 1,024 stays as it is; from ten thousand on 40k, 2.5M. */
function short(value: number): string {
  if (value >= 1_000_000) return `${value / 1_000_000}M`;
  if (value >= 10_000) return `${value / 1_000}k`;
  return value.toLocaleString('en', { maximumFractionDigits: 3 });
}
