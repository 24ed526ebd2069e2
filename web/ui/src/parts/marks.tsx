// Stretches and moments laid over a chart: maintenance, alerts, changes. Each has its own look on the ground and its words below the chart.
import type uPlot from 'uplot';
import type { Mark } from '../view/marks.ts';
import { clock } from '../view/words.ts';

const HATCH_PIXELS = 7;

// Draws them below the lines: bands are hatched or tinted, moments are upright lines.
export function drawMarks(plot: uPlot, marks: Mark[], colour: (name: string) => string): void {
  const { ctx, bbox } = plot;
  const x = (time: number) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(time, 'x', true)));
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const mark of marks) {
    const [left, right] = [x(mark.from), x(mark.to)];
    if (mark.kind === 'change' || mark.to <= mark.from) line(ctx, left, bbox, colour('quiet'));
    else if (mark.kind === 'excluded') hatched(ctx, left, right, bbox, colour('edge'));
    else {
      ctx.fillStyle = colour(mark.kind === 'alert' ? 'bad-tint' : 'tint');
      ctx.fillRect(left, bbox.top, Math.max(right - left, 2), bbox.height);
    }
  }
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, at: number, bbox: uPlot.BBox, stroke: string): void {
  ctx.strokeStyle = stroke;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 2 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(at, bbox.top);
  ctx.lineTo(at, bbox.top + bbox.height);
  ctx.stroke();
  ctx.setLineDash([]);
}

function hatched(ctx: CanvasRenderingContext2D, left: number, right: number, bbox: uPlot.BBox, stroke: string): void {
  const step = HATCH_PIXELS * devicePixelRatio;
  const width = Math.max(right - left, 2);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = stroke;
  ctx.globalAlpha = 0.55;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let at = left - bbox.height; at < left + width; at += step) {
    ctx.moveTo(at, bbox.top + bbox.height);
    ctx.lineTo(at + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

const MOST_LISTED = 6;

// What stands on the chart, in words.
export function MarkList({ marks }: { marks: Mark[] }) {
  if (marks.length === 0) return null;
  return (
    <ul className="mark-list" aria-label="Marked on the chart">
      {marks.slice(0, MOST_LISTED).map((mark) => (
        <li key={`${mark.kind}${mark.from}${mark.label}`}>
          <span className={`mark-swatch ${mark.kind}`} aria-hidden="true" /> {mark.label}
          <span className="quiet"> {clock(new Date(mark.from * 1_000))}{mark.to > mark.from ? ` to ${clock(new Date(mark.to * 1_000), false)}` : ''}</span>
        </li>
      ))}
      {marks.length > MOST_LISTED ? <li className="quiet">and {marks.length - MOST_LISTED} more</li> : null}
    </ul>
  );
}
