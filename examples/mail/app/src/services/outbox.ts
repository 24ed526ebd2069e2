/** Outbox: takes mail from users and puts it into the queue for delivery. It runs the queues of its region. */

import { context } from '@opentelemetry/api';
import { annotate, annotationOf } from '../annotation.js';
import { pause, run } from '../process.js';
import { PRODUCT, portOf } from '../product.js';
import { Broker, sending } from '../queue.js';
import { type Mail, Refusal, serve, status, suffer } from '../rpc.js';

const ACCEPT_MS = 60;
const LOOK_AGAIN_MS = 20;

run(async (self) => {
  const broker = new Broker();
  await broker.listen(portOf('queue', self.region, self.firstPort));
  const stop = await serve(self, 'Outbox', {
    Enqueue: async (mail) => {
      await pause(self.random.aroundMs(ACCEPT_MS));
      await suffer(self, 'send-mail');
      const isQueued = await deliver(mail, (headers) => {
        return Promise.resolve(broker.publish({ queue: 'incoming-mail', headers, body: mail }));
      });
      if (!isQueued) throw new Refusal(status.RESOURCE_EXHAUSTED, 'the queue for delivery is full', self.service);
      return { id: mail.id };
    },
  });
  return async () => {
    await stop();
    while (!broker.isIdle()) await pause(LOOK_AGAIN_MS);
  };
});

/** What comes now is another step, of whoever receives the message; of what the sender was doing only the class holds for it. */
function deliver<T>(mail: Mail, publish: (headers: Record<string, string>) => Promise<T>): Promise<T> {
  const active = context.active();
  const sender = annotationOf(active);
  const annotated = annotate(active, {
    product: PRODUCT,
    objective: 'read-mail',
    step: 'receive-mail',
    class: sender?.class ?? 'interactive',
    criticality: sender?.criticality,
    cohort: sender?.cohort,
    interaction: mail.id,
  });
  return context.with(annotated, () => sending('incoming-mail', mail.id, publish));
}
