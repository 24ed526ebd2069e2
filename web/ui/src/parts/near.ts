// Whether an element is near what is in sight, or was: what stands in it is made then, so that hundreds of rows cost what a few do.
import { startTransition, useEffect, useState, type RefObject } from 'react';

// So far outside of what is in sight that whoever scrolls meets what is there.
const MARGIN = '300px';

const waiting = new Map<Element, () => void>();
let observer: IntersectionObserver | undefined;

// One for all, so that what comes near together is made together, and what somebody types meanwhile comes first.
function observe(element: Element, seen: () => void): () => void {
  observer ??= new IntersectionObserver((entries) => startTransition(() => entries.filter((entry) => entry.isIntersecting).forEach((entry) => waiting.get(entry.target)?.())), { rootMargin: MARGIN });
  const of = observer;
  waiting.set(element, seen);
  of.observe(element);
  return () => {
    waiting.delete(element);
    of.unobserve(element);
  };
}

export function useNear(place: RefObject<Element | null>, isFromTheStart: boolean): boolean {
  const [isNear, setNear] = useState(isFromTheStart);
  useEffect(() => (isNear || !place.current ? undefined : observe(place.current, () => setNear(true))), [isNear, place]);
  return isNear;
}
