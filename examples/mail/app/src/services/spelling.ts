/** Spelling: which words of a text are none. */

import { pause, run } from '../process.js';
import { serve } from '../rpc.js';

const CHECK_MS = 70;
/** What people get wrong. */
const MISTAKES = new Set(['recieve', 'seperate', 'untill', 'tomorow', 'wich']);

run((self) =>
  serve(self, 'Spelling', {
    Check: async ({ text }) => {
      await pause(self.random.aroundMs(CHECK_MS));
      const words = [...text.matchAll(/\p{L}+/gu)].map((match) => ({ word: match[0], position: match.index }));
      return { mistakes: words.filter(({ word }) => MISTAKES.has(word.toLowerCase())) };
    },
  }),
);
