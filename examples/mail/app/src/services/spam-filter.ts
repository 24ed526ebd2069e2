/**
 * Spam filter: judges received mail, and has what is unwanted moved out of the inbox. It says nothing of steps: the
 * annotation that comes with a message is that of receiving it, and the registry knows better.
 */

import { pause, run } from '../process.js';
import { portOf } from '../product.js';
import { Queues, WorkError } from '../queue.js';
import type { Mail } from '../rpc.js';

const JUDGING_MS = 90;
const UNWANTED = /\b(lottery|prize|winner)\b/i;

run(async (self) => {
  const queues = new Queues(portOf('queue', self.region, self.firstPort));
  queues.take('received-mail', (mail) => (mail as Mail).id, async (body) => {
    const mail = body as Mail;
    await pause(self.random.aroundMs(JUDGING_MS, 0.5) + self.faults.delayOfStepMs('filter-spam'));
    if (self.faults.fails('filter-spam')) throw new WorkError('UnreadableAttachment', 'the message cannot be judged');
    if (UNWANTED.test(mail.subject)) await queues.send('unwanted-mail', mail.id, { user: mail.to, id: mail.id });
  });
  return async () => queues.stop();
});
