/**
 * The annotation that a client puts into W3C Baggage: which step of which objective a request serves, in the wire form
 * `1.<product>.<objective|->.<step>.<class>.<criticality|->.<cohort|->.<interaction|->`.
 */

import { type Context, propagation } from '@opentelemetry/api';
import { hash } from './random.js';

/** The key of the baggage member, and of the span attribute that the baggage span processor makes of it. */
export const KEY = 'milepost';
const VERSION = '1';
const NONE = '-';
const COHORTS = 128;
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const INTERACTION = /^(?!-$)[A-Za-z0-9_-]{1,36}$/;

export type Criticality = 'critical' | 'important' | 'none';

export interface Annotation {
  readonly product: string;
  readonly objective?: string | undefined;
  readonly step: string;
  readonly class: string;
  readonly criticality?: Criticality | undefined;
  /** 0 to 127. */
  readonly cohort?: number | undefined;
  readonly interaction?: string | undefined;
}

/** The wire form; throws on what it cannot hold. */
export function write(annotation: Annotation): string {
  const { product, objective, step, criticality, cohort, interaction } = annotation;
  for (const label of [product, step, annotation.class, ...(objective === undefined ? [] : [objective])]) {
    if (!LABEL.test(label)) throw new RangeError(`\`${label}\` is no lower-case label of at most 63 characters`);
  }
  if (cohort !== undefined && !isCohort(cohort)) throw new RangeError(`cohort ${cohort} is not within 0 to 127`);
  if (interaction !== undefined && !INTERACTION.test(interaction)) {
    throw new RangeError(`\`${interaction}\` is no interaction id: 1 to 36 letters, digits, \`_\` and \`-\``);
  }
  const fields = [product, objective, step, annotation.class, criticality, cohort, interaction];
  return [VERSION, ...fields.map((field) => field ?? NONE)].join('.');
}

/** Reads the wire form; nothing when it is invalid or of another version. What follows the last known field is ignored. */
export function read(text: string): Annotation | undefined {
  const [version, product, objective, step, trafficClass, criticality, cohort, interaction] = text.split('.');
  const isLabel = (field: string | undefined): field is string => field !== undefined && LABEL.test(field);
  if (version !== VERSION || !isLabel(product) || !isLabel(step) || !isLabel(trafficClass)) return undefined;
  if (objective !== NONE && !isLabel(objective)) return undefined;
  if (criticality === undefined || !['critical', 'important', 'none', NONE].includes(criticality)) return undefined;
  if (cohort === undefined || (cohort !== NONE && !(/^(0|[1-9]\d*)$/.test(cohort) && isCohort(Number(cohort))))) {
    return undefined;
  }
  if (interaction === undefined || (interaction !== NONE && !INTERACTION.test(interaction))) return undefined;
  return {
    product,
    objective: objective === NONE ? undefined : objective,
    step,
    class: trafficClass,
    criticality: criticality === NONE ? undefined : (criticality as Criticality),
    cohort: cohort === NONE ? undefined : Number(cohort),
    interaction: interaction === NONE ? undefined : interaction,
  };
}

/** One user is always in the same cohort, whatever they do. */
export function cohortOf(user: string): number {
  return hash(user) % COHORTS;
}

/** The context with this annotation in its baggage, and all other members as they were. */
export function annotate(context: Context, annotation: Annotation): Context {
  const baggage = propagation.getBaggage(context) ?? propagation.createBaggage();
  return propagation.setBaggage(context, baggage.setEntry(KEY, { value: write(annotation) }));
}

/** The annotation that a context carries. */
export function annotationOf(context: Context): Annotation | undefined {
  const member = propagation.getBaggage(context)?.getEntry(KEY);
  return member && read(member.value);
}

function isCohort(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number < COHORTS;
}
