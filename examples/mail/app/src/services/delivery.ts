/** Delivery: puts mail from the queue into the mailbox of its recipient, and has it looked at by the spam filter. */

import { pause, run } from '../process.js';
import { homeOf, portOf, REGIONS } from '../product.js';
import { Queues, WorkError } from '../queue.js';
import { type Mail, Peer } from '../rpc.js';

const HANDLING_MS = 25;

run(async (self) => {
  const queues = new Queues(portOf('queue', self.region, self.firstPort));
  const mailboxes = new Map(REGIONS.map((region) => [region, new Peer('Mailbox', region, self.firstPort)]));
  queues.take('incoming-mail', (mail) => (mail as Mail).id, async (body) => {
    const mail = body as Mail;
    await pause(self.random.aroundMs(HANDLING_MS));
    if (self.faults.loses('receive-mail')) return;
    await mailboxes.get(homeOf(mail.to))?.call('Append', mail).catch((error: Error) => {
      throw new WorkError('MailboxUnavailable', error.message);
    });
    if (self.faults.loses('filter-spam')) return;
    await queues.send('received-mail', mail.id, mail);
  });
  return async () => queues.stop();
});
