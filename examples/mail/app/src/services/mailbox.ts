/** Mailbox: the messages of the users whose home is this region, in memory. */

import { pause, run } from '../process.js';
import { homeOf, portOf, REGIONS } from '../product.js';
import { Queues } from '../queue.js';
import { type Mail, Refusal, serve, status, suffer } from '../rpc.js';

const LIST_MS = 55;
const GET_MS = 35;
const APPEND_MS = 40;
/** What an inbox shows at once. */
const PAGE = 20;
/** What a mailbox keeps; the oldest messages leave first. */
const MAX_MESSAGES = 200;
/** Every mailbox comes with some messages, so that there is something to read. */
const WELCOME_MESSAGES = 8;

run(async (self) => {
  const mailboxes = new Map<string, Map<string, Mail>>();
  const mailboxOf = (user: string) => {
    const mailbox = mailboxes.get(user) ?? new Map(welcome(user).map((mail) => [mail.id, mail]));
    mailboxes.set(user, mailbox);
    return mailbox;
  };
  // The spam filters of all regions judge mail for users of this one.
  const queues = REGIONS.map((region) => new Queues(portOf('queue', region, self.firstPort)));
  for (const queue of queues) {
    queue.take('unwanted-mail', (unwanted) => (unwanted as Unwanted).id, async (unwanted) => {
      const { user, id } = unwanted as Unwanted;
      mailboxOf(user).delete(id);
    });
  }
  const stop = await serve(self, 'Mailbox', {
    List: async ({ user }) => {
      await pause(self.random.aroundMs(LIST_MS));
      await suffer(self, 'open-inbox');
      const newest = [...mailboxOf(user).values()].slice(-PAGE).reverse();
      return { messages: newest.map(({ id, from, subject }) => ({ id, from, subject })) };
    },
    Get: async ({ user, id }) => {
      await pause(self.random.aroundMs(GET_MS));
      await suffer(self, 'open-message');
      const mail = mailboxOf(user).get(id);
      if (mail === undefined) throw new Refusal(status.NOT_FOUND, 'there is no such message', self.service);
      return mail;
    },
    Append: async (mail) => {
      await pause(self.random.aroundMs(APPEND_MS));
      await suffer(self, 'receive-mail');
      const mailbox = mailboxOf(mail.to).set(mail.id, mail);
      const [oldest] = mailbox.keys();
      if (mailbox.size > MAX_MESSAGES && oldest !== undefined) mailbox.delete(oldest);
      return {};
    },
  });
  return async () => {
    await stop();
    for (const queue of queues) queue.stop();
  };
});

interface Unwanted {
  readonly user: string;
  readonly id: string;
}

function welcome(user: string): Mail[] {
  return Array.from({ length: WELCOME_MESSAGES }, (_, index) => ({
    id: `welcome-${index + 1}`,
    from: 'postmaster',
    to: user,
    subject: `Welcome, part ${index + 1}`,
    body: `This is how mail works in ${homeOf(user)}.`,
  }));
}
