/** Accounts: whether somebody is who they say they are. */

import { pause, run } from '../process.js';
import { DIRECTORY, passwordOf } from '../product.js';
import { Refusal, serve, status, suffer } from '../rpc.js';
import { openSession } from '../session.js';

const HASHING_MS = 40;

run((self) =>
  serve(self, 'Accounts', {
    Authenticate: async ({ user, password }) => {
      await pause(self.random.aroundMs(HASHING_MS));
      await suffer(self, 'login');
      if (!DIRECTORY.includes(user) || password !== passwordOf(user)) {
        throw new Refusal(status.UNAUTHENTICATED, 'user or password is wrong', self.service);
      }
      return { token: openSession(user, self.sessionKey) };
    },
  }),
);
