/**
 * "1 run", "3 runs": a whole number with its noun, as messages of the host and of the command line say it; screens
 * write the number as their locale does.
 */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
