// What the palette finds: everything that has a page, by words that may begin anywhere. Pure.
export type Found = { kind: string; title: string; name: string; href: string };

const MOST = 30;

// All words have to be somewhere; what begins with the first one stands first.
export function search(all: Found[], text: string): Found[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const scored = all.flatMap((found) => {
    const where = `${found.title} ${found.name} ${found.kind}`.toLowerCase();
    if (!words.every((word) => where.includes(word))) return [];
    const first = words[0] ?? '';
    const score = found.title.toLowerCase().startsWith(first) ? 0 : found.name.toLowerCase().startsWith(first) ? 1 : 2;
    return [{ found, score }];
  });
  return scored.sort((a, b) => a.score - b.score).slice(0, MOST).map(({ found }) => found);
}
