/** Switches that would undo the hardening: the installed application refuses to start with them. */

const FORBIDDEN: readonly string[] = [
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-debugging-address',
  'no-sandbox',
  'disable-web-security',
  'disable-site-isolation-trials',
  'load-extension',
  'js-flags',
  'inspect',
  'inspect-brk',
  'renderer-cmd-prefix',
  'utility-cmd-prefix',
  'gpu-launcher',
  'ppapi-plugin-launcher',
  'proxy-server',
  'proxy-pac-url',
  'host-rules',
  'host-resolver-rules',
  'ignore-certificate-errors',
  'disable-features',
  'enable-blink-features',
];

/** The first forbidden switch among `args`; null when there is none. */
export function forbiddenSwitch(args: readonly string[]): string | null {
  for (const arg of args) {
    if (arg === '--') return null;
    const name = /^--?([^=]+)/.exec(arg)?.[1]?.toLowerCase();
    if (name !== undefined && FORBIDDEN.includes(name)) return name;
  }
  return null;
}

/** `--data-dir FOLDER` or `--data-dir=FOLDER`. */
export function dataDirArgument(args: readonly string[]): string | null {
  const at = args.indexOf('--data-dir');
  if (at >= 0) return args[at + 1] ?? null;
  const joined = args.find((arg) => arg.startsWith('--data-dir='));
  return joined === undefined ? null : joined.slice('--data-dir='.length);
}
