// How much of an error budget is spent, as a bar and in words.
import { spent } from '../view/words.ts';

export function Meter({ share, isEstimate }: { share: number | null | undefined; isEstimate: boolean }) {
  if (share === null || share === undefined) return <span className="quiet">no data</span>;
  const width = Math.max(0, Math.min(1, share)) * 100;
  return (
    <span className={`meter ${share > 1 ? 'over' : ''}`}>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" width="72" height="8" aria-hidden="true">
        <rect className="track" width="100" height="8" />
        <rect className="spent" width={width} height="8" />
      </svg>
      <span>{spent(share)}{isEstimate ? <span className="quiet"> est.</span> : null}</span>
    </span>
  );
}
