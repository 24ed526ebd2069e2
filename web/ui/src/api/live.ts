// Follows the server's events: says whether the line is open, and has what events are about asked again, not more often than answers take.
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { API } from './client.ts';

export type Line = { status: 'opening' | 'open' | 'lost'; heard: number | null };

// Events come each second under load; numbers that change more often than this are not read by anybody.
const LEAST_PAUSE_MS = 2_000;
// Asking takes this share of the time at most, however slow answers are.
const SHARE = 10;
// How long to wait after the server refused: because too many follow, most likely.
const REFUSED_PAUSE_MS = 10_000;

// What events are about.
const NEWS = ['steps', 'incidents'];

let line: Line = { status: 'opening', heard: null };
const listeners = new Set<() => void>();

function tell(next: Line): void {
  line = next;
  for (const listener of listeners) listener();
}

export function useLine(): Line {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => line,
  );
}

class Refresher {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pause = LEAST_PAUSE_MS;
  private wanted = false;
  private ended = false;

  constructor(private readonly client: QueryClient) {}

  want(): void {
    if (this.timer === undefined) void this.run();
    else this.wanted = true;
  }

  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    this.wanted = false;
    this.timer = setTimeout(() => {}, 0);
    const began = performance.now();
    await this.client.invalidateQueries({ queryKey: ['live'] }, { cancelRefetch: false });
    if (this.ended) return;
    this.pause = Math.max(LEAST_PAUSE_MS, (performance.now() - began) * SHARE);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.wanted) void this.run();
    }, this.pause);
  }
}

// Follows until it is ended. A browser comes back by itself after a broken line, but not after a refusal.
function follow(client: QueryClient, refresher: Refresher): () => void {
  let events: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const begin = () => {
    events = new EventSource(`${API}/events`);
    events.addEventListener('open', () => {
      const wasLost = line.status === 'lost';
      tell({ status: 'open', heard: Date.now() });
      // A server that was away may have another registry.
      if (wasLost) void client.invalidateQueries();
    });
    for (const news of NEWS) {
      events.addEventListener(news, () => {
        tell({ status: 'open', heard: Date.now() });
        refresher.want();
      });
    }
    events.addEventListener('error', () => {
      tell({ ...line, status: 'lost' });
      if (events.readyState === EventSource.CLOSED) timer = setTimeout(begin, REFUSED_PAUSE_MS);
    });
  };
  begin();
  return () => {
    clearTimeout(timer);
    events.close();
  };
}

export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => {
    const refresher = new Refresher(client);
    const end = follow(client, refresher);
    return () => {
      refresher.end();
      end();
    };
  }, [client]);
}
