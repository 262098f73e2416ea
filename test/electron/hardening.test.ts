import { FuseV1Options } from '@electron/fuses';
import { expect, test } from 'vitest';
import { decideAsset } from '../../electron/decideAsset.ts';
import { CALL_SCHEMAS, type CallName } from '../../electron/callSchemas.ts';
import { decodeExit } from '../../electron/decodeExit.ts';
import { mayDownload, mayNavigate, mayOpenExternally, mayRequest } from '../../electron/decideNavigation.ts';
import { mayUse } from '../../electron/decidePermission.ts';
import { endsInBackground, quitQuestion } from '../../electron/decideQuit.ts';
import { reloadsByItself } from '../../electron/decideReload.ts';
import { fuseConfig } from '../../electron/fuses.ts';
import { dataDirArgument, forbiddenSwitch } from '../../electron/launchArguments.ts';
import { menuTemplate } from '../../electron/menu.ts';
import { mayCall } from '../../electron/validateSender.ts';
import { visiblePlace, windowOptions } from '../../electron/windowOptions.ts';
import { Sleep } from '../../core/studio/host/sleep.ts';
import type { StudioHost } from '../../core/studio/host/studioHost.ts';

const OWN = [
  'studio://app/',
  'studio://app/#/runs/r-1',
  'studio://app/index.html',
  'studio://app/?x=1',
  'STUDIO://app/',
  'studio://app',
];
const FOREIGN = [
  'studio://data/',
  'studio://app.evil.test/',
  'studio://evil.test/app',
  'studio://app:80/',
  'studio://user@app/',
  'studio://app@evil.test/',
  'studio:app',
  'studio:/app/x',
  'studios://app/',
  'http://app/',
  'https://evil.test/',
  'http://127.0.0.1:8765/',
  'file:///etc/passwd',
  'file://app/',
  'javascript:alert(1)',
  'data:text/html,<script>1</script>',
  'about:blank',
  'about:srcdoc',
  'blob:studio://app/1',
  'blob:https://evil.test/1',
  'chrome://settings',
  'chrome-extension://a/b',
  'devtools://devtools',
  'ftp://app/',
  'ws://app/',
  'view-source:studio://app/',
  '',
  ' ',
  'studio',
  '//app/',
  '/runs',
  'studio://app\\@evil.test/',
  'studio:// app/',
  '\tstudio://app/',
];
test.for(OWN)('the window may go to %s', (url) => {
  expect(mayNavigate(url)).toBe(true);
});
test.for(FOREIGN)('the window may not go to %j', (url) => {
  expect(mayNavigate(url)).toBe(false);
});

test.for(['https://arxiv.org/abs/1409.1556', 'https://doi.org/10.1000/x', 'https://github.com/x/y?z#a'])(
  '%s opens in the browser',
  (url) => {
    expect(mayOpenExternally(url)).toBe(true);
  },
);
test.for([
  'http://arxiv.org/',
  'https://arxiv.org.evil.test/',
  'https://evil.test/arxiv.org',
  'https://user@arxiv.org/',
  'https://arxiv.org:8443/',
  'file:///etc/passwd',
  'javascript:1',
  'mailto:a@b.c',
  'smb://arxiv.org/x',
  'https://sub.github.com/',
  'ms-settings:',
  'studio://app/',
  '',
  'https://arxiv.org@evil.test/',
  'https:\\\\arxiv.org',
])('%j opens nowhere', (url) => {
  expect(mayOpenExternally(url)).toBe(false);
});

test.for([
  ['studio://app/assets/a.js', true],
  ['blob:studio://app/1-2', true],
  ['data:image/png;base64,AA', true],
  ['data:text/html,x', false],
  ['data:image/svg+xml,<svg/>', true],
  ['https://evil.test/', false],
  ['http://localhost/', false],
  ['ws://localhost/', false],
  ['file:///etc/passwd', false],
  ['blob:https://evil.test/1', false],
] as const)('a request for %s: %s', ([url, allowed]) => {
  expect(mayRequest(url)).toBe(allowed);
});

const PERMISSIONS = [
  'media',
  'geolocation',
  'midi',
  'midiSysex',
  'pointerLock',
  'openExternal',
  'clipboard-read',
  'display-capture',
  'mediaKeySystem',
  'window-management',
  'idle-detection',
  'usb',
  'serial',
  'hid',
  'bluetooth',
  'speaker-selection',
  'storage-access',
  'top-level-storage-access',
  'fileSystem',
  'keyboardLock',
  'unknown',
  '',
];
test.for(PERMISSIONS)('"%s" is refused to everybody', (permission) => {
  expect(mayUse(permission, 'studio://app/', true)).toBe(false);
});
test.for(['clipboard-sanitized-write', 'fullscreen', 'notifications'])(
  '"%s" is for our page in the top frame alone',
  (permission) => {
    expect(mayUse(permission, 'studio://app/', true)).toBe(true);
    expect(mayUse(permission, 'studio://app/', false)).toBe(false);
    expect(mayUse(permission, 'https://evil.test/', true)).toBe(false);
    expect(mayUse(permission, '', true)).toBe(false);
  },
);

const top = { url: 'studio://app/', isTop: true };
test.for([
  ['our page', { frame: top, webContentsId: 1 }, true],
  ['a deep link', { frame: { ...top, url: 'studio://app/#/runs' }, webContentsId: 1 }, true],
  ['a frame that is gone', { frame: null, webContentsId: 1 }, false],
  ['a frame inside', { frame: { ...top, isTop: false }, webContentsId: 1 }, false],
  ['another window', { frame: top, webContentsId: 2 }, false],
  ['about:blank', { frame: { ...top, url: 'about:blank' }, webContentsId: 1 }, false],
  ['an empty address', { frame: { ...top, url: '' }, webContentsId: 1 }, false],
  ['another host', { frame: { ...top, url: 'studio://evil/' }, webContentsId: 1 }, false],
  ['the web', { frame: { ...top, url: 'https://evil.test/' }, webContentsId: 1 }, false],
  ['a data address', { frame: { ...top, url: 'data:text/html,x' }, webContentsId: 1 }, false],
  ['a file', { frame: { ...top, url: 'file:///x.html' }, webContentsId: 1 }, false],
] as const)('a call of %s: %s', ([, sender, allowed]) => {
  expect(mayCall(sender, new Set([1]))).toBe(allowed);
});

const NONSENSE: readonly unknown[] = [
  null,
  0,
  1,
  NaN,
  true,
  [],
  ['weights'],
  {},
  { path: '/etc' },
  { __proto__: null },
  { toString: 'x' },
  1n,
  Symbol.iterator,
  () => 'weights',
  new Date(0),
  new Map(),
  new Uint8Array(4),
  new Error('x'),
  /x/,
];
const MENU_ENTRY = { menu: 'go', label: 'Runs', command: 'runs' };
const ATTACKS: Readonly<Record<CallName, readonly unknown[]>> = {
  pickFolder: [...NONSENSE, '', '/', '/etc', '../..', 'weights', { defaultPath: '/' }],
  pickFile: [...NONSENSE, undefined, '', 'folder', 'Weights', 'weights ', '__proto__', 'constructor', 'toString'],
  refOfDropped: [...NONSENSE, undefined, '', '/a\0b', 'a'.repeat(4097), '\0', '\0/etc/passwd'],
  showRunFolder: [
    ...NONSENSE,
    undefined,
    '',
    '..',
    '../x',
    'a/b',
    'a\\b',
    'r-1\0',
    'r 1',
    'a'.repeat(81),
    '~',
    '$HOME',
  ],
  openExternal: [
    ...NONSENSE,
    undefined,
    `https://arxiv.org/${'a'.repeat(2000)}`,
    ['https://arxiv.org/'],
    { href: 'https://arxiv.org/' },
    new URL('https://arxiv.org/'),
    Object('https://arxiv.org/'),
  ],
  setMenu: [
    ...NONSENSE.filter((attack) => !(Array.isArray(attack) && attack.length === 0)),
    undefined,
    [{ ...MENU_ENTRY, menu: 'tray' }],
    [{ ...MENU_ENTRY, label: '' }],
    [{ ...MENU_ENTRY, label: 'a'.repeat(61) }],
    [{ ...MENU_ENTRY, command: 'a'.repeat(81) }],
    [{ ...MENU_ENTRY, accelerator: 'Alt+F4' }],
    [{ ...MENU_ENTRY, accelerator: 'CmdOrCtrl+Q\0' }],
    Array.from({ length: 61 }, () => MENU_ENTRY),
  ],
};
test.for(Object.entries(ATTACKS))('%s refuses whatever is no word of its own', ([name, attacks]) => {
  expect(attacks.length).toBeGreaterThanOrEqual(25);
  for (const attack of attacks)
    expect(CALL_SCHEMAS[name as CallName].safeParse(attack).success, Object.prototype.toString.call(attack)).toBe(
      false,
    );
});
test.for([
  ['pickFolder', undefined],
  ['pickFile', 'weights'],
  ['pickFile', 'dataset'],
  ['refOfDropped', '/home/me/Pictures of 2026/a b'],
  ['showRunFolder', 'r-20261121-abcd'],
  ['openExternal', 'https://arxiv.org/abs/1409.1556'],
  ['setMenu', [MENU_ENTRY]],
] as const)('%s takes %s', ([name, input]) => {
  expect(CALL_SCHEMAS[name].safeParse(input).success).toBe(true);
});

test.for([
  ['GET', 'studio://app/', { kind: 'page' }],
  ['HEAD', 'studio://app/index.html', { kind: 'page' }],
  ['GET', 'studio://app/assets/a.js', { kind: 'file', path: '/assets/a.js' }],
  ['GET', 'studio://app/a%20b.js', { kind: 'file', path: '/a b.js' }],
  ['POST', 'studio://app/', { status: 405 }],
  ['PUT', 'studio://app/x', { status: 405 }],
  ['OPTIONS', 'studio://app/', { status: 405 }],
  ['GET', 'studio://data/x', { status: 403 }],
  ['GET', 'https://app/', { status: 403 }],
  ['GET', 'studio://user:x@app/', { status: 403 }],
  ['GET', 'studio://app/%00', { status: 400 }],
  ['GET', 'studio://app/..%5cx', { status: 400 }],
  ['GET', 'studio://app/%252e%252e/x', { status: 400 }],
  ['GET', 'studio://app/a%2f..%2fx', { status: 400 }],
  ['GET', 'studio://app//x', { status: 400 }],
  ['GET', 'studio://app/%zz', { status: 400 }],
  ['GET', 'nonsense', { status: 400 }],
  [
    'GET',
    'studio://app/media/datasets/d-1/val/1/thumb?size=64',
    { kind: 'media', path: '/media/datasets/d-1/val/1/thumb' },
  ],
  ['GET', 'studio://app/../../etc/passwd', { kind: 'file', path: '/etc/passwd' }],
] as const)('%s %s', ([method, url, wanted]) => {
  expect(decideAsset(method, url)).toMatchObject(wanted);
});

test('the window isolates its page, packaged or not', () => {
  for (const packaged of [true, false]) {
    const { webPreferences } = windowOptions({ width: 1200, height: 800 }, '/preload.cjs', packaged, true);
    expect(webPreferences).toEqual({
      preload: '/preload.cjs',
      partition: 'persist:studio',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      spellcheck: false,
      devTools: !packaged,
    });
  }
});

test.for([
  [
    { x: 100, y: 100, width: 1200, height: 800 },
    { x: 100, y: 100, width: 1200, height: 800 },
  ],
  [
    { x: 5000, y: 100, width: 1200, height: 800 },
    { width: 1200, height: 800 },
  ],
  [
    { x: 100, y: -500, width: 1200, height: 800 },
    { width: 1200, height: 800 },
  ],
  [
    { width: 300, height: 200 },
    { width: 1024, height: 700 },
  ],
  [
    { x: 1900, y: 10, width: 1200, height: 800 },
    { width: 1200, height: 800 },
  ],
] as const)('a window stored at %j opens at %j', ([stored, place]) => {
  expect(visiblePlace(stored, [{ x: 0, y: 0, width: 1920, height: 1080 }])).toEqual(place);
});

test.for([
  '--no-sandbox',
  '--remote-debugging-port=9222',
  '--REMOTE-DEBUGGING-PORT=1',
  '-no-sandbox',
  '--disable-web-security',
  '--js-flags=--expose-gc',
  '--load-extension=/x',
  '--inspect',
  '--inspect-brk=0',
  '--utility-cmd-prefix=gdb',
  '--remote-debugging-pipe',
  '--ignore-certificate-errors',
])('the installed application refuses %s', (arg) => {
  expect(forbiddenSwitch(['--data-dir', '/x', arg])).not.toBeNull();
});
test('other arguments are fine', () => {
  expect(forbiddenSwitch(['--data-dir', '/x', 'file', '--', '--no-sandbox'])).toBeNull();
  expect([dataDirArgument(['--data-dir', '/x']), dataDirArgument(['--data-dir=/y']), dataDirArgument([])]).toEqual([
    '/x',
    '/y',
    null,
  ]);
});

test.for(['linux', 'darwin', 'win32'])('every fuse is set on %s', (platform) => {
  const config = fuseConfig(platform);
  const names = Object.values(FuseV1Options).filter((value) => typeof value === 'number');
  for (const fuse of names)
    expect(typeof config[fuse as FuseV1Options.RunAsNode], FuseV1Options[fuse as number]).toBe('boolean');
  expect(config.strictlyRequireAllFuses).toBe(true);
  const on = names
    .filter((fuse) => config[fuse as FuseV1Options.RunAsNode] === true)
    .map((fuse) => FuseV1Options[fuse as number])
    .sort();
  expect(on).toEqual(
    platform === 'linux'
      ? ['EnableCookieEncryption', 'OnlyLoadAppFromAsar', 'WasmTrapHandlers']
      : ['EnableCookieEncryption', 'EnableEmbeddedAsarIntegrityValidation', 'OnlyLoadAppFromAsar', 'WasmTrapHandlers'],
  );
});

test('quitting asks only when something would be interrupted', () => {
  expect(quitQuestion({ training: [], jobs: 0 }, true)).toBeNull();
  expect(quitQuestion({ training: ['a'], jobs: 0 }, false)).toBeNull();
  expect(quitQuestion({ training: ['a', 'b'], jobs: 0 }, true)?.message).toBe('"a", "b" are training.');
  expect(quitQuestion({ training: [], jobs: 1 }, true)?.message).toBe('A job is not finished.');
  for (const busy of [
    { training: ['a'], jobs: 0 },
    { training: [], jobs: 2 },
    { training: ['a', 'b'], jobs: 3 },
  ]) {
    const question = quitQuestion(busy, true);
    // the first button is the one that Enter and Escape press
    expect(question?.answers).toEqual(['stay', 'background', 'quit']);
    expect(question?.buttons).toHaveLength(3);
  }
});

test.for([
  [false, { training: [], jobs: 0 }, 0, true],
  [true, { training: [], jobs: 0 }, 0, false],
  [false, { training: ['a'], jobs: 0 }, 0, false],
  [false, { training: [], jobs: 1 }, 0, false],
  [false, { training: [], jobs: 0 }, 2, false],
] as const)('window %s, %j, %i waiting: ends by itself %s', ([open, busy, waiting, ends]) => {
  expect(endsInBackground(open, busy, waiting)).toBe(ends);
});

test.for([
  [0, {}, 'linux', { code: 0, signal: null }],
  [256, {}, 'linux', { code: 1, signal: null }],
  [70 * 256, {}, 'darwin', { code: 70, signal: null }],
  [1, {}, 'win32', { code: 1, signal: null }],
  [0xc0000005, {}, 'win32', { code: 0xc0000005, signal: null }],
  [9, { reason: 'killed' }, 'linux', { code: null, signal: 'SIGKILL' }],
  [11, { reason: 'crashed' }, 'linux', { code: null, signal: 'SIGSEGV' }],
  [139, {}, 'linux', { code: null, signal: 'SIGSEGV' }],
  [134, { reason: 'crashed' }, 'darwin', { code: null, signal: 'SIGABRT' }],
  [15, { reason: 'killed' }, 'linux', { code: null, signal: 'SIGTERM' }],
  [7, {}, 'linux', { code: 7, signal: null }],
  [9, { killed: true }, 'win32', { code: null, signal: 'SIGKILL' }],
  [0, { killed: true }, 'linux', { code: null, signal: 'SIGKILL' }],
  [0, { reason: 'oom' }, 'linux', { code: null, signal: 'SIGKILL' }],
  [1, { reason: 'memory-eviction' }, 'darwin', { code: null, signal: 'SIGKILL' }],
  [0, { reason: 'clean-exit' }, 'linux', { code: 0, signal: null }],
  [256, { reason: 'abnormal-exit' }, 'linux', { code: 1, signal: null }],
] as const)('status %i of a job process, %j, on %s', ([status, gone, platform, exit]) => {
  expect(decodeExit(status, { killed: false, ...gone }, platform)).toEqual(exit);
});
test.for(['launch-failed', 'integrity-failure'])('a process that never ran (%s) is said to be that', (reason) => {
  expect(decodeExit(2, { reason, killed: false }, 'linux').startError).toBeTruthy();
});

test.for([
  ['studio://app/media/exports/x/predictions.csv', true],
  ['blob:studio://app/1-2', true],
  ['studio://app/media/datasets/d-1/train/0/full', false],
  ['studio://app/', false],
  ['https://evil.test/x.exe', false],
  ['blob:https://evil.test/1', false],
  ['data:text/csv,x', false],
  ['file:///etc/passwd', false],
  ['studio://evil/media/exports/x/y.csv', false],
] as const)('saving %s: %s', ([url, allowed]) => {
  expect(mayDownload(url)).toBe(allowed);
});

test('a machine that falls asleep: what trains on a GPU saves, and goes on first when it is awake', async () => {
  const runs: Record<string, { kind: string; state: string }> = {
    a: { kind: 'gpu', state: 'stopped' },
    b: { kind: 'cpu', state: 'training' },
    c: { kind: 'gpu', state: 'finished' },
  };
  const done: string[] = [];
  const sleep = new Sleep({
    queue: {
      add: async (ids, where) => {
        done.push(`queue ${ids.join(',')} ${where}`);
      },
    },
    studio: {
      runs: {
        trainsHere: () => true,
        stop: async (id) => {
          done.push(`stop ${id}`);
        },
        wait: async (id) => ({ state: runs[id]?.state }) as Awaited<ReturnType<StudioHost['studio']['runs']['wait']>>,
      },
      context: {
        runs: {
          find: async (id) =>
            ({ device: { kind: runs[id]?.kind } }) as Awaited<
              ReturnType<StudioHost['studio']['context']['runs']['find']>
            >,
        },
      },
    },
  });
  sleep.fallAsleep(['a', 'b', 'c']);
  await sleep.wakeUp();
  expect(done).toEqual(['stop a', 'stop c', 'queue a front']);
  await sleep.wakeUp();
  expect(done).toHaveLength(3);
});

test('a page that dies is loaded again by itself three times a minute', () => {
  expect(reloadsByItself([], 0)).toBe(true);
  expect(reloadsByItself([0, 1000], 2000)).toBe(true);
  expect(reloadsByItself([0, 1000, 2000], 3000)).toBe(false);
  expect(reloadsByItself([0, 1000, 2000], 62_500)).toBe(true);
});

test('menu items tell the page its own commands; developers alone get their tools', () => {
  const entries = [
    { menu: 'go' as const, label: 'Runs', command: 'runs', accelerator: 'CmdOrCtrl+3' },
    { menu: 'help' as const, label: 'About Quorum', command: 'about' },
  ];
  const sent: string[] = [];
  const keys: string[] = [];
  const walk = (items: ReturnType<typeof menuTemplate>): void => {
    for (const item of items) {
      if (item.accelerator) keys.push(String(item.accelerator));
      if (item.click) (item.click as () => void)();
      if (Array.isArray(item.submenu)) walk(item.submenu);
    }
  };
  walk(menuTemplate('linux', true, entries, (command) => sent.push(command)));
  expect(sent).toEqual(['runs', 'about']);
  expect(keys).toEqual(['CmdOrCtrl+3']);
  expect(JSON.stringify(menuTemplate('linux', true, entries, () => undefined))).not.toContain('toggleDevTools');
  expect(JSON.stringify(menuTemplate('linux', false, [], () => undefined))).toContain('toggleDevTools');
});
