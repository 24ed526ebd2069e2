/** What all parts of the product agree on: its steps, regions, ports and users. */

export const PRODUCT = 'mail';

export type Step =
  | 'login'
  | 'open-compose-dialog'
  | 'lookup-addresses'
  | 'check-spelling'
  | 'send-mail'
  | 'open-inbox'
  | 'open-message'
  | 'receive-mail'
  | 'filter-spam';

export const STEPS: readonly Step[] = [
  'login',
  'open-compose-dialog',
  'lookup-addresses',
  'check-spelling',
  'send-mail',
  'open-inbox',
  'open-message',
  'receive-mail',
  'filter-spam',
];

export const REGIONS = ['eu-west', 'us-east'] as const;
export type Region = (typeof REGIONS)[number];

/** The services of a region, in the order in which they start; those with a listener by the position of its port. */
export const SERVICES = ['accounts', 'contacts', 'spelling', 'outbox', 'mailbox', 'delivery', 'spam-filter', 'webmail'] as const;
export type Service = (typeof SERVICES)[number];

export const FIRST_PORT = 8100;
const PORTS_OF_A_REGION = 10;
const LISTENERS = ['webmail', 'accounts', 'contacts', 'spelling', 'outbox', 'mailbox', 'queue'] as const;
/** Everything listens on loopback only: this is an example, and its control endpoint asks nobody who they are. */
export const HOST = '127.0.0.1';

export function portOf(listener: (typeof LISTENERS)[number], region: Region, firstPort: number): number {
  return firstPort + REGIONS.indexOf(region) * PORTS_OF_A_REGION + LISTENERS.indexOf(listener);
}

const FIRST_NAMES = ['ada', 'bela', 'chike', 'dana', 'emil', 'farah', 'goran', 'hana', 'ines', 'joon'] as const;
const USERS = 200;

/** Everybody who has an account. */
export const DIRECTORY: readonly string[] = Array.from(
  { length: USERS },
  (_, index) => `${FIRST_NAMES[index % FIRST_NAMES.length]}-${index}`,
);

/** Where a user's mailbox is; half of the users are in each region. */
export function homeOf(user: string): Region {
  const number = Number(user.slice(user.lastIndexOf('-') + 1));
  return REGIONS[number % REGIONS.length] ?? REGIONS[0];
}

export function passwordOf(user: string): string {
  return `${user}'s password`;
}
