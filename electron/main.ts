/** The desktop application: one window on one studio. */
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, type BrowserWindow, dialog, Menu, powerMonitor, powerSaveBlocker, protocol, session } from 'electron';
import { connectStudio } from '../core/studio/api/connect.ts';
import { openRendererFiles } from '../core/studio/host/rendererFiles.ts';
import { Sleep } from '../core/studio/host/sleep.ts';
import { openStudioHost, samplesFolder, type StudioHost } from '../core/studio/host/studioHost.ts';
import { defaultDataDir } from '../core/studio/records/paths.ts';
import { StudioError } from '../contract/errors.ts';
import { endsInBackground, quitQuestion } from './decideQuit.ts';
import { handleDesktopCalls } from './desktopCalls.ts';
import { forkUtility } from './forkUtility.ts';
import { guardContents, guardSession } from './guardSession.ts';
import { dataDirArgument, forbiddenSwitch } from './launchArguments.ts';
import type { MenuEntry } from '../contract/api/connection.ts';
import { menuTemplate } from './menu.ts';
import { STUDIO_SCHEME, studioProtocol } from './studioProtocol.ts';
import { requireOwnFiles } from './unpackedFiles.ts';
import { openStudioWindow } from './window.ts';
import { PARTITION } from './windowOptions.ts';

const here = dirname(fileURLToPath(import.meta.url));
/** Set by the build: files beside this one have the same ending as this one. */
const ending = fileURLToPath(import.meta.url).endsWith('.ts') ? 'ts' : 'js';
const POWER_POLL_MS = 5000;

const askedDataDir = dataDirArgument(process.argv);
const forbidden = app.isPackaged ? forbiddenSwitch(process.argv.slice(1)) : null;
// a window on other data is another application, with a lock of its own
if (askedDataDir !== null) app.setPath('userData', join(resolve(askedDataDir), 'window'));
if (forbidden !== null) {
  console.error(`Quorum does not start with --${forbidden}.`);
  app.exit(64);
} else if (!app.requestSingleInstanceLock()) {
  app.exit(0);
} else {
  // what went wrong in one place must not end what trains in another
  process.on('unhandledRejection', (error) => console.error(error));
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([STUDIO_SCHEME]);
  app.on('web-contents-created', (_event, contents) => guardContents(contents));
  void app
    .whenReady()
    .then(open)
    .catch((error: unknown) => {
      const known = error instanceof StudioError ? error : null;
      dialog.showErrorBox(
        'Quorum cannot open',
        known
          ? `${known.message}\n\n${known.remedy ?? ''}`
          : error instanceof Error
            ? (error.stack ?? error.message)
            : String(error),
      );
      app.exit(70);
    });
}

async function open(): Promise<void> {
  const appRoot = app.getAppPath();
  const dataDir = resolve(askedDataDir ?? defaultDataDir());
  mkdirSync(dataDir, { recursive: true });
  if (app.isPackaged) await requireOwnFiles(appRoot);
  const renderer = await openRendererFiles(join(appRoot, 'dist', 'renderer'));
  if (!renderer)
    throw new StudioError('file.notFound', 'The page has not been built.', { remedy: 'Run npm start once.' });
  const host = await openStudioHost({
    dataDir,
    fork: forkUtility,
    kind: 'desktop',
    version: app.getVersion(),
    roots: [],
    samplesDir: samplesFolder(app.isPackaged ? process.resourcesPath : appRoot),
    workerEntry: join(here, `jobEntry.${ending}`),
  });
  const studioSession = session.fromPartition(PARTITION);
  guardSession(studioSession);
  studioSession.protocol.handle('studio', studioProtocol(renderer, host.media));

  const own = new Set<number>();
  let window: BrowserWindow | null = null;
  const leaving = leave(host, () => window);
  const show = (): void => {
    if (window) {
      if (window.isMinimized()) window.restore();
      window.focus();
      return;
    }
    window = openStudioWindow({
      statePath: join(dataDir, 'window.json'),
      preload: join(here, `preload.${ending === 'ts' ? 'cts' : 'cjs'}`),
      packaged: app.isPackaged,
      own,
      mayClose: leaving.mayClose,
      onSystemEnds: leaving.systemEnds,
    });
    window.on('closed', () => {
      window = null;
    });
  };
  const setMenu = (entries: readonly MenuEntry[]): void => {
    const send = (command: string): void => window?.webContents.send('quorum:menu', command);
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, app.isPackaged, entries, send)));
  };
  handleDesktopCalls(
    () => window,
    host,
    connectStudio(host, (error) => console.error(error)),
    own,
    setMenu,
  );
  setMenu([]);
  app.on('second-instance', show);
  app.on('activate', show);
  followPower(host, () => window);
  show();
}

/**
 * The machine does not fall asleep by itself while something works; where somebody sends it to sleep, runs on a GPU
 * save first. Work without a window ends the application when it is done.
 */
function followPower(host: StudioHost, window: () => BrowserWindow | null): void {
  let blocker: number | null = null;
  const look = async (): Promise<void> => {
    const busy = await host.busy();
    const working = busy.training.length > 0 || busy.jobs > 0;
    if (working && blocker === null) blocker = powerSaveBlocker.start('prevent-app-suspension');
    if (!working && blocker !== null) {
      powerSaveBlocker.stop(blocker);
      blocker = null;
    }
    const { waiting, paused } = await host.queueState();
    if (endsInBackground(window() !== null, busy, paused ? 0 : waiting.length)) app.quit();
  };
  setInterval(() => void look().catch(() => undefined), POWER_POLL_MS).unref();
  const sleep = new Sleep(host);
  powerMonitor.on(
    'suspend',
    () =>
      void host
        .busy()
        .then(({ runIds }) => sleep.fallAsleep(runIds))
        .catch(() => undefined),
  );
  powerMonitor.on('resume', () => void sleep.wakeUp().catch(() => undefined));
}

/** The way out: asked once where something works, then everything is saved and closed. */
function leave(
  host: StudioHost,
  window: () => BrowserWindow | null,
): { mayClose: () => boolean; systemEnds: () => void } {
  let deciding = false;
  let systemEnds = false;
  let closingWindow = false;
  const decide = async (): Promise<void> => {
    const [busy, { askBeforeQuit: asks }] = await Promise.all([host.busy(), host.settings()]);
    const question = quitQuestion(busy, asks && !systemEnds);
    const owner = window();
    if (question) {
      const { answers, ...texts } = question;
      const options = { type: 'question' as const, ...texts, defaultId: 0, cancelId: 0 };
      const { response } = owner ? await dialog.showMessageBox(owner, options) : await dialog.showMessageBox(options);
      const answer = answers[response] ?? 'stay';
      if (answer !== 'quit') {
        deciding = false;
        if (answer === 'stay') return;
        closingWindow = true;
        owner?.close();
        closingWindow = false;
        return;
      }
    }
    owner?.hide();
    await host.close();
    app.exit(0);
  };
  app.on('before-quit', (event) => {
    event.preventDefault();
    if (deciding) return;
    deciding = true;
    void decide().catch((error: unknown) => {
      console.error(error);
      app.exit(70);
    });
  });
  // without a listener the application would end; the window only closes for going on without it
  app.on('window-all-closed', () => undefined);
  const end = (): void => {
    systemEnds = true;
    app.quit();
  };
  // nobody can answer while the system shuts down; runs are saved and continue another time
  powerMonitor.on('shutdown', end);
  return {
    systemEnds: end,
    mayClose() {
      if (!closingWindow) app.quit();
      return closingWindow;
    },
  };
}
