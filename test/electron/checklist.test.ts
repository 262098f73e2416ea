/** Electron's own security checklist, point by point, and the tests that hold Quorum to it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const FILES = {
  hardening: 'test/electron/hardening.test.ts',
  package: 'test/electron/package.test.ts',
  checklist: 'test/electron/checklist.test.ts',
  policy: 'test/e2e/pagePolicy.e2e.ts',
  host: 'test/contract/webHost.test.ts',
} as const;
const root = join(import.meta.dirname, '../..');
const source = (path: string): string => readFileSync(join(root, path), 'utf8');

const CHECKLIST: readonly (readonly [item: string, file: keyof typeof FILES, title: string])[] = [
  ['1 only secure content', 'hardening', 'a request for %s: %s'],
  ['2 no Node for remote content', 'hardening', 'the window isolates its page, packaged or not'],
  ['3 context isolation', 'hardening', 'the window isolates its page, packaged or not'],
  ['4 sandboxed processes', 'checklist', 'the sandbox is on before anything else'],
  ['5 permission requests are handled', 'hardening', '"%s" is refused to everybody'],
  ['6 web security stays on', 'hardening', 'the window isolates its page, packaged or not'],
  ['7 a content security policy', 'policy', '%s is refused'],
  ['8 no insecure content', 'hardening', 'the window isolates its page, packaged or not'],
  ['9 no experimental features', 'hardening', 'the window isolates its page, packaged or not'],
  ['10 no blink features', 'checklist', 'the window asks for no blink features'],
  ['11 no popups from webviews', 'checklist', 'there are no webviews'],
  ['12 webviews are verified', 'checklist', 'there are no webviews'],
  ['13 navigation is limited', 'hardening', 'the window may not go to %j'],
  ['14 no new windows', 'checklist', 'no page opens a window'],
  ['15 only known addresses are opened outside', 'hardening', '%j opens nowhere'],
  ['16 a current Electron', 'checklist', 'Electron is the one that the types describe, and no older'],
  ['17 senders of messages are checked', 'hardening', 'a call of %s: %s'],
  ['18 no file protocol', 'hardening', '%s %s'],
  ['19 fuses', 'package', 'all nine fuses are burnt into the program and read back (%s)'],
  ['20 no Electron for the page', 'checklist', 'the page gets a few named calls, and every one is heard'],
];
test.for(CHECKLIST)('%s: %s, "%s"', ([, file, title]) => {
  const text = source(FILES[file]);
  expect(text.includes(`'${title}'`) || text.includes(`\`${title}`)).toBe(true);
});
test('all twenty', () => {
  expect(CHECKLIST.map(([item]) => Number.parseInt(item, 10))).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});

test('the sandbox is on before anything else', () => {
  const main = source('electron/main.ts');
  expect(main.indexOf('app.enableSandbox()')).toBeGreaterThan(0);
  expect(main.indexOf('app.enableSandbox()')).toBeLessThan(main.indexOf('.whenReady()'));
  expect(main.indexOf('registerSchemesAsPrivileged')).toBeLessThan(main.indexOf('.whenReady()'));
});

test('the window asks for no blink features', () => {
  expect(source('electron/windowOptions.ts')).not.toContain('enableBlinkFeatures');
});

test('there are no webviews', () => {
  expect(source('electron/windowOptions.ts')).toContain('webviewTag: false');
  expect(source('electron/guardSession.ts')).toContain(
    "contents.on('will-attach-webview', (event) => event.preventDefault())",
  );
});

test('no page opens a window', () => {
  expect(source('electron/guardSession.ts')).toContain("setWindowOpenHandler(() => ({ action: 'deny' }))");
});

test('Electron is the one that the types describe, and no older', () => {
  const { version } = JSON.parse(source('node_modules/electron/package.json')) as { version: string };
  expect(Number.parseInt(version, 10)).toBeGreaterThanOrEqual(45);
  expect(
    (JSON.parse(source('package.json')) as { devDependencies: Record<string, string> }).devDependencies['electron'],
  ).toBe(version);
});

test('the page gets a few named calls, and every one is heard', () => {
  const preload = source('electron/preload.cts');
  const calls = source('electron/desktopCalls.ts');
  expect(preload.match(/exposeInMainWorld\(/g)).toHaveLength(1);
  expect(preload).not.toMatch(/exposeInMainWorld\([^)]*ipcRenderer/);
  const asked = [...preload.matchAll(/ipcRenderer\.invoke\('quorum:(\w+)'/g)].map(([, name]) => name).sort();
  const heard = [...calls.matchAll(/^ {2}handle\('(\w+)'/gm)].map(([, name]) => name).sort();
  expect(asked).toEqual(heard);
  expect(asked.length).toBeGreaterThanOrEqual(5);
  // every other way in is the port, and the menu is the only way out
  expect([...preload.matchAll(/ipcRenderer\.(?:postMessage|on)\('(quorum:\w+)'/g)].map(([, name]) => name)).toEqual([
    'quorum:connect',
    'quorum:menu',
  ]);
});
