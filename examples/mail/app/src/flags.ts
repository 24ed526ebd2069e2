/** Flags of the commands: read, and refused with a word on what would be right. */

import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Reads the flags; prints `help` and ends the process when that is asked for, or when something is wrong. */
export function flags<Options extends NonNullable<ParseArgsConfig['options']>>(command: string, help: string, options: Options) {
  try {
    const parsed = parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
    if ('help' in parsed.values && parsed.values.help === true) {
      process.stdout.write(help);
      process.exit(0);
    }
    return parsed;
  } catch (error) {
    return refuse(command, error);
  }
}

/** A number of at least `least`. */
export function number(text: string, name: string, least: number): number {
  const found = Number(text);
  if (text.trim() === '' || !(found >= least)) throw new RangeError(`--${name} is \`${text}\`; it has to be a number of at least ${least}`);
  return found;
}

/** Says what is wrong, and ends the process as wrong usage does. */
export function refuse(command: string, error: unknown): never {
  process.stderr.write(`${command}: ${error instanceof Error ? error.message : String(error)}\nhint: ${command} --help\n`);
  process.exit(2);
}
