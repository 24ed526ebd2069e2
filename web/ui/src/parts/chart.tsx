// A chart of a series: drawn by uPlot, with one cursor over all charts of a page, zoom by drag, a readout in words, and a table behind it.
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { go, useAddress, withQuery } from '../address.ts';
import { rangeOf } from '../time/range.ts';
import { clock } from '../view/words.ts';
import { marksIn, nextMarked, type Mark } from '../view/marks.ts';
import { drawMarks, MarkList } from './marks.tsx';

export type Line = {
  label: string;
  values: (number | null)[];
  // A colour by its name in the style sheet.
  colour: string;
  kind: 'line' | 'dashed' | 'limit' | 'steps' | 'bars' | 'edge';
  // What stands for it in the readout; nothing where it only helps the eye.
  say?: (value: number, index: number) => string;
};

type ChartProps = {
  title: string;
  times: number[];
  // From when to when the axis goes, in seconds: the same for all charts of a page.
  span: [number, number];
  lines: Line[];
  // Places in `lines` between which the ground is tinted.
  band?: [number, number];
  axis: (value: number) => string;
  bounds?: [number, number] | undefined;
  csv?: string | undefined;
  note?: ReactNode;
  height?: number;
  // What is laid over it; listed below it unless the page does so for all charts.
  marks?: Mark[];
  isListed?: boolean;
};

const NO_MARKS: Mark[] = [];
const CURSOR = 'page';
// Seconds between two labels of the axis of time: from a minute, which is the shortest part, to a quarter of a year.
const SPLITS = [60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000];
const MOST_ROWS = 1_500;
// Less than this is a click whose hand trembled.
const LEAST_DRAG_PIXELS = 4;

export function Chart(props: ChartProps) {
  const { title, times, lines, csv, note, marks = NO_MARKS, isListed = true } = props;
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const address = useAddress();
  const latest = useRef({ address, span: props.span, marks });
  latest.current = { address, span: props.span, marks };
  const id = useId();
  const scheme = useScheme();
  const shape = lines.map((line) => `${line.label}${line.kind}${line.colour}`).join('|');
  const data = [times, ...lines.map((line) => line.values)] as uPlot.AlignedData;

  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const select = (from: number, to: number) => go(withQuery(latest.current.address, { range: rangeOf(new Date(from * 1_000), new Date(to * 1_000)) }));
    const made = new uPlot(options(element, props, () => latest.current, setAt, select), data, element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: props.height ?? 160 }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
    // The plot is made anew when its shape changes; data flows into the one that is there, so that nothing flickers.
  }, [shape, scheme, props.bounds?.[0], props.bounds?.[1]]);

  useEffect(() => {
    plot.current?.setData(data);
  });

  const move = (event: KeyboardEvent) => {
    const made = plot.current;
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -times.length, End: times.length }[event.key];
    if (!made || steps === undefined) return;
    event.preventDefault();
    const last = times.length - 1;
    // Past the end there is nothing yet: from there the last mark comes first.
    const next = event.shiftKey && Math.abs(steps) === 1 ? nextMarked(times, marks, at ?? times.length, steps > 0 ? 1 : -1) : Math.max(0, Math.min(last, (at ?? times.length) + steps));
    if (next > last) return;
    made.setCursor({ left: made.valToPos(times[next] ?? 0, 'x'), top: 10 });
    setAt(next);
  };
  const shown = at !== null && at < times.length ? at : times.length - 1;
  return (
    <figure className="chart">
      <figcaption id={`${id}title`}>{title}</figcaption>
      <div ref={holder} className="plot" tabIndex={0} role="img" aria-labelledby={`${id}title`} aria-describedby={`${id}read`} onKeyDown={move} />
      <p className="readout" id={`${id}read`}>
        {times.length === 0 ? 'Nothing in this time.' : <Readout lines={lines} times={times} marks={marks} at={shown} />}
      </p>
      {isListed ? <MarkList marks={marks} /> : null}
      {note ? <p className="quiet">{note}</p> : null}
      <Behind title={title} times={times} lines={lines} marks={marks} csv={csv} />
    </figure>
  );
}

function Readout({ lines, times, marks, at }: { lines: Line[]; times: number[]; marks: Mark[]; at: number }) {
  const marked = markedAt(times, marks, at);
  return (
    <>
      <time>{clock(new Date((times[at] ?? 0) * 1_000))}</time>
      {told(lines, at).map(([label, text]) => (
        <span key={label} className="read">
          <Mark line={lines.find((line) => line.label === label)} />
          {label} {text}
        </span>
      ))}
      {marked ? <strong className="read"><bdi>{marked}</bdi></strong> : null}
    </>
  );
}

function markedAt(times: number[], marks: Mark[], at: number): string {
  return marksIn(times, marks, at).map((mark) => (mark.to > mark.from ? mark.label : `${clock(new Date(mark.from * 1_000), false)} ${mark.label}`)).join(', ');
}

// How the line of a label is drawn.
function Mark({ line }: { line: Line | undefined }) {
  return line ? <span className={`line-mark ${line.kind}`} style={{ color: `var(--${line.colour})` }} aria-hidden="true" /> : null;
}

// Each label once: a line that is settled in part is two lines of one name.
function told(lines: Line[], at: number): [string, string][] {
  const words = new Map<string, string>();
  for (const line of lines) {
    const value = line.values[at];
    if (!line.say) continue;
    if (value !== null && value !== undefined) words.set(line.label, line.say(value, at));
    else if (!words.has(line.label)) words.set(line.label, 'no data');
  }
  return [...words];
}

type BehindProps = { title: string; times: number[]; lines: Line[]; marks: Mark[]; csv: string | undefined };

function Behind({ title, times, lines, marks, csv }: BehindProps) {
  const [isOpen, setOpen] = useState(false);
  const first = Math.max(0, times.length - MOST_ROWS);
  const labels = [...new Set(lines.filter((line) => line.say).map((line) => line.label))];
  return (
    <details className="behind" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Table{csv ? ' and CSV' : ''}</summary>
      {csv ? <a href={csv} download>Download as CSV</a> : null}
      {isOpen ? (
        <div className="scroll" tabIndex={0} role="region" aria-label={`${title}, as a table`}>
          <table>
            <thead>
              <tr><th scope="col">From</th>{labels.map((label) => <th scope="col" key={label}>{label}</th>)}{marks.length > 0 ? <th scope="col">marked</th> : null}</tr>
            </thead>
            <tbody>
              {times.slice(first).map((time, offset) => (
                <tr key={time}>
                  <th scope="row">{clock(new Date(time * 1_000))}</th>
                  {told(lines, first + offset).map(([label, text]) => <td key={label}>{text}</td>)}
                  {marks.length > 0 ? <td>{markedAt(times, marks, first + offset)}</td> : null}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </details>
  );
}

// Which of its two colours the system wants; charts are drawn, so that style sheets do not reach them.
function useScheme(): boolean {
  const [isDark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const changed = () => setDark(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return isDark;
}

function options(
  element: HTMLElement,
  props: ChartProps,
  latest: () => { span: [number, number]; marks: Mark[] },
  moved: (at: number | null) => void,
  select: (from: number, to: number) => void,
): uPlot.Options {
  const colour = colours(element);
  const { fontFamily } = getComputedStyle(element);
  const axis = { stroke: colour('quiet'), grid: { stroke: colour('line'), width: 1 }, ticks: { show: false }, font: `11px ${fontFamily}` };
  const { bounds } = props;
  return {
    width: Math.max(120, element.clientWidth),
    height: props.height ?? 160,
    legend: { show: false },
    cursor: { sync: { key: CURSOR, filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' } }, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    scales: { x: { time: true, range: () => latest().span }, y: { range: bounds ? () => bounds : (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [
      { ...axis, size: 26, space: 64, incrs: SPLITS, values: (_, splits) => labels(splits) },
      { ...axis, size: 56, values: (_, splits) => splits.map((value) => (value === null ? '' : props.axis(value))) },
    ],
    series: [{}, ...props.lines.map((line) => drawn(line, colour))],
    ...(props.band ? { bands: [{ series: [props.band[0] + 1, props.band[1] + 1] as [number, number], fill: colour('tint') }] } : {}),
    hooks: {
      drawClear: [(plot) => drawMarks(plot, latest().marks, colour)],
      setCursor: [(plot) => moved(plot.cursor.left !== undefined && plot.cursor.left < 0 ? null : (plot.cursor.idx ?? null))],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width <= LEAST_DRAG_PIXELS) return;
          select(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

// Colours of the style sheet as a canvas takes them: variables may hold what only style sheets understand.
function colours(element: HTMLElement): (name: string) => string {
  const probe = document.createElement('span');
  return (name) => {
    element.append(probe);
    probe.style.color = `var(--${name})`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}

function drawn(line: Line, colour: (name: string) => string): uPlot.Series {
  const stroke = colour(line.colour);
  const base: uPlot.Series = { label: line.label, stroke, points: { show: false } };
  if (line.kind === 'bars') {
    const { bars } = uPlot.paths;
    return { ...base, fill: stroke, width: 0, ...(bars ? { paths: bars({ size: [0.9, 40], align: 1 }) } : {}) };
  }
  if (line.kind === 'steps') {
    const { stepped } = uPlot.paths;
    return { ...base, width: 1.75, spanGaps: false, ...(stepped ? { paths: stepped({ align: 1 }) } : {}) };
  }
  if (line.kind === 'limit') return { ...base, width: 1.5, dash: [6, 4] };
  if (line.kind === 'edge') return { ...base, width: 0 };
  return { ...base, width: 1.75, spanGaps: false, points: { size: 4, fill: stroke }, ...(line.kind === 'dashed' ? { dash: [4, 4] } : {}) };
}

// Times of the axis as the readout writes them: the day where it changes.
function labels(splits: number[]): string[] {
  let day = '';
  return splits.map((split) => {
    const text = clock(new Date(split * 1_000));
    const [date = '', time = ''] = text.split(' ');
    const isNew = date !== day;
    day = date;
    if (time === '00:00') return date.slice(5);
    return isNew && split !== splits[0] ? `${date.slice(5)} ${time}` : time;
  });
}
