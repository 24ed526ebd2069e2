/** What the supervisor and the processes of services tell each other. */

export type ToService =
  /** These faults and no others, from now on. */
  | { readonly faults: readonly string[]; readonly id: number }
  /** The answer to a change of faults: those that are set now, or what was wrong. */
  | { readonly answered: number; readonly faults?: readonly string[]; readonly wrong?: string }
  /** Take nothing new, and finish what has begun. */
  | { readonly drain: true }
  /** Send the last telemetry, and end. */
  | { readonly exit: true };

export type FromService =
  | { readonly ready: true }
  | { readonly applied: number }
  | { readonly drained: true }
  /** Telemetry cannot be sent. */
  | { readonly trouble: string }
  | { readonly change: { set?: string[]; clear?: string[] }; readonly id: number };

/** What a process of a service is told in its environment, beside OpenTelemetry's own variables. */
export interface Setup {
  readonly service: string;
  readonly region: string;
  readonly firstPort: number;
  readonly seed: string;
  /** Signs sessions; all web servers have the same. */
  readonly sessionKey: string;
  readonly faults: readonly string[];
}

export const SETUP_VARIABLE = 'MAIL_SETUP';
