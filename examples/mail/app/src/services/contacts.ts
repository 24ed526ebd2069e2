/** Contacts: the address book that completes what people type. */

import { pause, run } from '../process.js';
import { DIRECTORY } from '../product.js';
import { serve, suffer } from '../rpc.js';

const SEARCH_MS = 45;
const MAX_ADDRESSES = 8;

run((self) =>
  serve(self, 'Contacts', {
    Search: async ({ prefix }) => {
      await pause(self.random.aroundMs(SEARCH_MS, 0.25));
      await suffer(self, 'lookup-addresses');
      return { addresses: DIRECTORY.filter((user) => user.startsWith(prefix)).slice(0, MAX_ADDRESSES) };
    },
  }),
);
