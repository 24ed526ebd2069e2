/** Switches faults of the running product on and off. */

import { FORMS } from './faults.js';
import { flags, number, refuse } from './flags.js';
import { FIRST_PORT, HOST } from './product.js';

const COMMAND = 'node build/fault.js';
const HELP = `Switches faults of the running mail product on and off

Usage: ${COMMAND} [--port N] list
       ${COMMAND} [--port N] set FAULT...
       ${COMMAND} [--port N] clear FAULT...|all

Faults:
${FORMS.map(({ form, meaning }) => `  ${form}\n      ${meaning}`).join('\n')}

A RATE is \`7%\` or \`0.07\`, a TIME \`250ms\` or \`2.5s\`. A fault replaces one of the same kind on the same target; to clear
it, its kind and target are enough.

Examples:
  ${COMMAND} set errors:send-mail:7%      one in fourteen messages is refused
  ${COMMAND} set slow:spelling:3s         spelling is slow; people go on without
  ${COMMAND} set lost:receive-mail:20%    accepted, and never seen again
  ${COMMAND} set region:eu-west:50%       half of the requests to one region
  ${COMMAND} clear errors:send-mail       mended
  ${COMMAND} clear all
`;

const { values, positionals } = flags(COMMAND, HELP, { port: { type: 'string', default: String(FIRST_PORT) } });
const [action, ...faults] = positionals;

async function change(): Promise<void> {
  if (action !== 'list' && action !== 'set' && action !== 'clear') throw new RangeError(`\`${action ?? ''}\` is none of list, set, clear`);
  if (action !== 'list' && faults.length === 0) throw new RangeError(`${action} what?`);
  const address = `http://${HOST}:${number(values.port, 'port', 1)}/control/faults`;
  const request = action === 'list' ? {} : { method: 'POST', body: JSON.stringify({ [action]: faults }) };
  const response = await fetch(address, request).catch(() => {
    throw new RangeError(`nothing answers at ${address}; start the product with \`node build/main.js\``);
  });
  const answer = (await response.json()) as { faults?: string[]; message?: string };
  if (answer.faults === undefined) throw new RangeError(answer.message ?? `the answer was ${response.status}`);
  console.log(answer.faults.length === 0 ? 'no faults' : answer.faults.join('\n'));
}

change().catch((error: unknown) => refuse(COMMAND, error));
