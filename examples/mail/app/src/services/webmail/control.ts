/**
 * The control endpoint `/control/faults`: GET lists the faults that are on, POST `{"set": [...], "clear": [...]}` changes
 * them in all processes of all regions. Any web server will do.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Self } from '../../process.js';
import { CONTROL_PATH } from '../../telemetry.js';
import { readBody, WebError } from './web.js';

/** Answers a request to the control endpoint; false when it is none. */
export async function control(self: Self, url: URL, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (!url.pathname.startsWith(CONTROL_PATH)) return false;
  const answer = (status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  };
  try {
    if (url.pathname !== `${CONTROL_PATH}faults`) throw new WebError(404, `there is ${CONTROL_PATH}faults, and nothing else`);
    if (request.method !== 'GET' && request.method !== 'POST') throw new WebError(405, 'GET lists the faults, POST changes them');
    const { set, clear, ...rest } = request.method === 'POST' ? await readBody(request) : {};
    const [other] = Object.keys(rest);
    if (other !== undefined) throw new WebError(400, `\`${other}\` is neither \`set\` nor \`clear\``);
    answer(200, { faults: await self.changeFaults({ set: textsOf('set', set), clear: textsOf('clear', clear) }) });
  } catch (error) {
    answer(error instanceof WebError ? error.status : 400, { code: 'BadRequest', message: (error as Error).message });
  }
  return true;
}

function textsOf(name: string, value: unknown): string[] {
  const texts = value === undefined ? [] : Array.isArray(value) ? value : [value];
  if (texts.every((text): text is string => typeof text === 'string')) return texts;
  throw new WebError(400, `\`${name}\` is a text or a list of texts`);
}
