/** Who uses the product: a person, or a program that behaves like one. Every request that they send is counted. */

import { type Annotation, cohortOf, type Criticality } from '../annotation.js';
import { homeOf, passwordOf, PRODUCT } from '../product.js';
import type { Random } from '../random.js';
import { Browser } from './browser.js';
import type { Counts } from './counts.js';
import type { Action, Move } from './journey.js';

/** What all people share. */
export interface World {
  readonly counts: Counts;
  readonly firstPort: number;
  /** Whom people write to: those who look into their inbox. */
  readonly people: readonly string[];
  /** Messages that are on their way: whose inbox shows them one day, and of which class they are. */
  readonly onTheWay: Map<string, { to: string; class: string }>;
  /** Waits, shorter at a higher pace; resolves at once when the load stops. */
  think(ms: number): Promise<void>;
  readonly isStopping: boolean;
}

/** What a program writes, where a person would write something by chance. */
export interface Letter {
  readonly to: string;
  readonly subject: string;
  /** The spam filter takes it away, so that nobody will see it. */
  readonly isUnwanted: boolean;
}

/** What a client says of how important its request is; where it says nothing, the registry alone knows. */
const CRITICALITY: Partial<Record<Action, Criticality>> = { 'send-mail': 'critical', 'check-spelling': 'important' };
/** No client says which step these serve: the operation has to. Drafts are no step, and nobody annotates them. */
const UNANNOTATED: readonly Action[] = ['open-compose-dialog', 'save-draft'];

const WORDS = ['meet', 'tomorow', 'about', 'the', 'report', 'that', 'we', 'recieve', 'each', 'month', 'untill', 'spring'] as const;

export class Person {
  readonly user: string;
  private readonly world: World;
  private readonly random: Random;
  private readonly class: string;
  private readonly browser: Browser;
  private listed: string[] = [];
  private addressee: string | undefined;

  constructor(world: World, user: string, random: Random, trafficClass: string, userAgent: string) {
    this.world = world;
    this.user = user;
    this.random = random;
    this.class = trafficClass;
    this.browser = new Browser(userAgent, homeOf(user), world.firstPort);
  }

  /** Goes through a journey; tries once more what a user would, and gives up when there is no way in. */
  async go(journey: readonly Move[]): Promise<void> {
    for (const move of journey) {
      await this.world.think(move.thinkMs);
      if (this.world.isStopping) return;
      const again = move.action === 'login' || move.action === 'send-mail';
      let isDone = await this.make(move);
      if (!isDone && again && move.mistyped !== true) {
        await this.world.think(move.thinkMs);
        isDone = await this.make(move);
      }
      if (!isDone && move.action === 'login' && move.mistyped !== true) return;
    }
  }

  /** Sends the request of a move, and says whether it did what the user wanted. */
  async make(move: Move, mail?: Letter): Promise<boolean> {
    const { action } = move;
    if (action === 'open-message' && this.listed.length === 0) return false;
    const { method, path, body } = this.requestOf(move, mail);
    const annotation = UNANNOTATED.includes(action) ? undefined : this.annotationOf(move);
    let answered;
    try {
      answered = await this.browser.ask({ method, path, ...(body && { body }), annotation, droppedAfterMs: move.droppedAfterMs });
    } catch {
      this.world.counts.lost();
      return false;
    }
    if (action === 'save-draft') this.world.counts.other(`webmail ${method} ${path}`, this.class);
    else this.world.counts.attempt(action, this.class, answered.status);
    const isDone = answered.status < 400;
    if (isDone) this.note(action, answered.body, mail?.isUnwanted === true ? undefined : body?.['to']);
    return isDone;
  }

  private requestOf(move: Move, letter?: Letter) {
    const post = (path: string, body: Record<string, string>) => ({ method: 'POST' as const, path, body });
    const get = (path: string) => ({ method: 'GET' as const, path, body: undefined });
    switch (move.action) {
      case 'login':
        return post('/login', { user: this.user, password: move.mistyped === true ? 'qwertz' : passwordOf(this.user) });
      case 'open-inbox':
        return get('/inbox');
      case 'open-message':
        return get(`/messages/${encodeURIComponent(this.listed[this.random.between(0, Math.min(this.listed.length, 10) - 1)] ?? '')}`);
      case 'open-compose-dialog':
        return get('/compose');
      case 'lookup-addresses':
        this.addressee = this.world.people[this.random.between(0, this.world.people.length - 1)];
        return get(`/contacts?prefix=${this.addressee?.slice(0, 2) ?? ''}`);
      case 'check-spelling':
        return post('/spelling', { text: this.text() });
      case 'save-draft':
        return post('/drafts', { body: this.text() });
      case 'send-mail':
        return post('/messages', { to: this.addressee ?? this.user, subject: this.text(), body: this.text(), ...(letter && { to: letter.to, subject: letter.subject }) });
    }
  }

  private annotationOf({ action, objective }: Move): Annotation {
    return {
      product: PRODUCT,
      objective,
      step: action,
      class: this.class,
      criticality: CRITICALITY[action],
      cohort: cohortOf(this.user),
      interaction: this.random.hex(16),
    };
  }

  private note(action: Action, answer: unknown, addressee: string | undefined): void {
    if (action === 'send-mail') {
      this.world.counts.accepted(this.class);
      const { id } = answer as { id: string };
      if (addressee !== undefined) this.world.onTheWay.set(id, { to: addressee, class: this.class });
    } else if (action === 'open-inbox') {
      this.listed = (answer as { messages: { id: string }[] }).messages.map(({ id }) => id);
      for (const id of this.listed) {
        const mail = this.world.onTheWay.get(id);
        if (mail && this.world.onTheWay.delete(id)) this.world.counts.seen(mail.class);
      }
    }
  }

  private text(): string {
    return Array.from({ length: this.random.between(4, 12) }, () => this.random.pick(WORDS)).join(' ');
  }
}
