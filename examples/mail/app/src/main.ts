/** The mail product: starts the services of all regions, hands faults to them, and stops them without losing a message. */

import { randomBytes } from 'node:crypto';
import { changed, FORMS, formatFault, parseFault } from './faults.js';
import { flags, number, refuse } from './flags.js';
import { FIRST_PORT, HOST, portOf, REGIONS } from './product.js';
import { Supervisor } from './supervisor.js';

const COMMAND = 'node build/main.js';
const HELP = `The mail product of the registry in the folder above, with telemetry

Usage: ${COMMAND} [--port N] [--seed TEXT] [--fault FAULT]...

  --port N       first port (default ${FIRST_PORT}): webmail of ${REGIONS[0]} is there, that of ${REGIONS[1]} ten further
  --seed TEXT    makes latencies and faults repeat
  --fault FAULT  a fault from the start; build/fault.js changes them later

Faults:
${FORMS.map(({ form, meaning }) => `  ${form}\n      ${meaning}`).join('\n')}

Spans go where OpenTelemetry's variables say: OTEL_EXPORTER_OTLP_ENDPOINT (http://localhost:4318),
OTEL_EXPORTER_OTLP_PROTOCOL (http/protobuf, http/json or grpc), OTEL_BSP_SCHEDULE_DELAY and so on.
Stop it with Ctrl-C.
`;

const { values } = flags(COMMAND, HELP, {
  port: { type: 'string', default: String(FIRST_PORT) },
  seed: { type: 'string' },
  fault: { type: 'string', multiple: true, default: [] },
});

const [firstPort, faults] = (() => {
  try {
    return [number(values.port, 'port', 1), changed([], { set: values.fault.map((text) => formatFault(parseFault(text))) })];
  } catch (error) {
    return refuse(COMMAND, error);
  }
})();

const supervisor = new Supervisor({
  firstPort,
  faults,
  seed: values.seed ?? randomBytes(8).toString('hex'),
  sessionKey: randomBytes(32).toString('hex'),
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void supervisor.stop());
void supervisor.start().then(() => {
  const addresses = REGIONS.map((region) => `http://${HOST}:${portOf('webmail', region, firstPort)} (${region})`);
  console.log(`mail is ready: ${addresses.join(', ')}`);
});
