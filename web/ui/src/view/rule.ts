// The lines that give an operation to a step, as they are written in the registry. Pure.

// Names come from telemetry and may hold anything: what YAML could take for something else is quoted.
export function ruleFor(operation: string): string {
  const isPlain = /^[A-Za-z0-9_/][A-Za-z0-9_./{}$* -]*$/.test(operation) && !operation.includes(' #') && !operation.endsWith(' ');
  return `measure:\n  - ${isPlain && !operation.includes('{') ? operation : JSON.stringify(operation)}`;
}
