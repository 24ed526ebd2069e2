/** Loaded before the code of a service, with `--require`, so that the instrumentations see everything that it loads. */

import { startTelemetry } from './telemetry.js';
import type { FromService } from './supervision.js';

export const telemetry = startTelemetry({
  exports: true,
  onTrouble: (message) => {
    const trouble: FromService = { trouble: message };
    if (process.connected) process.send?.(trouble, undefined, undefined, () => undefined);
  },
});
