// A count in a table: what there is none of is quiet, so that what there is stands out.
import { count } from '../view/words.ts';

export function Count({ of }: { of: number }) {
  return of === 0 ? <span className="none">0</span> : count(of);
}
