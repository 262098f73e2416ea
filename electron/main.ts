/** The desktop application: one window on one studio. */
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, BrowserWindow, dialog, Menu, nativeTheme, powerMonitor, powerSaveBlocker, protocol, screen, session } from 'electron';
import { connectStudio } from '../core/studio/api/connect.ts';
import { openRendererFiles } from '../core/studio/host/rendererFiles.ts';
import { openStudioHost, samplesFolder, type StudioHost } from '../core/studio/host/studioHost.ts';
import { defaultDataDir } from '../core/studio/paths.ts';
import { StudioError } from '../contract/errors.ts';
import { STUDIO_ORIGIN } from './decideNavigation.ts';
import { quitQuestion } from './decideQuit.ts';
import { reloadsByItself } from './decideReload.ts';
import { handleDesktopCalls } from './desktopCalls.ts';
import { forkUtility } from './forkUtility.ts';
import { guardContents, guardSession } from './guardSession.ts';
import { dataDirArgument, forbiddenSwitch } from './launchArguments.ts';
import { menuTemplate } from './menu.ts';
import { STUDIO_SCHEME, studioProtocol } from './studioProtocol.ts';
import { visiblePlace, windowOptions } from './windowOptions.ts';
import { readWindowState, writeWindowState } from './windowState.ts';

const here = dirname(fileURLToPath(import.meta.url));
/** Set by the build: files beside this one have the same ending as this one. */
const ending = fileURLToPath(import.meta.url).endsWith('.ts') ? 'ts' : 'js';
const POWER_POLL_MS = 5000;

const forbidden = app.isPackaged ? forbiddenSwitch(process.argv.slice(1)) : null;
if (forbidden !== null) {
  console.error(`Quorum does not start with --${forbidden}.`);
  app.exit(64);
} else if (!app.requestSingleInstanceLock()) {
  app.exit(0);
} else {
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([STUDIO_SCHEME]);
  app.on('web-contents-created', (_event, contents) => guardContents(contents));
  void app.whenReady().then(open).catch((error: unknown) => {
    const known = error instanceof StudioError ? error : null;
    dialog.showErrorBox('Quorum cannot open', known ? `${known.message}\n\n${known.remedy ?? ''}` : error instanceof Error ? error.stack ?? error.message : String(error));
    app.exit(70);
  });
}

async function open(): Promise<void> {
  const appRoot = app.getAppPath();
  const dataDir = resolve(dataDirArgument(process.argv) ?? defaultDataDir());
  mkdirSync(dataDir, { recursive: true });
  const renderer = await openRendererFiles(join(appRoot, 'dist', 'renderer'));
  if (!renderer) throw new StudioError('file.notFound', 'The page has not been built.', { remedy: 'Run npm start once.' });
  const host = await openStudioHost({
    dataDir, fork: forkUtility, kind: 'desktop', version: app.getVersion(), roots: [], samplesDir: samplesFolder(app.isPackaged ? process.resourcesPath : appRoot), workerEntry: join(here, `jobEntry.${ending}`),
  });
  const studioSession = session.fromPartition('studio');
  guardSession(studioSession);
  studioSession.protocol.handle('studio', studioProtocol(renderer, host.media));

  const windows = new Set<number>();
  let window: BrowserWindow | null = null;
  const statePath = join(dataDir, 'window.json');
  const show = (): void => {
    window = openWindow(statePath, windows);
    window.on('closed', () => { window = null; });
  };
  handleDesktopCalls(() => window, host, connectStudio(host, (error) => console.error(error)), windows);
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform, app.isPackaged, (command) => window?.webContents.send('quorum:menu', command))));
  app.on('second-instance', () => {
    if (!window) show();
    else {
      if (window.isMinimized()) window.restore();
      window.focus();
    }
  });
  app.on('activate', () => { if (!window) show(); });
  keepAwake(host);
  askBeforeQuit(host, () => window);
  show();
}

function openWindow(statePath: string, windows: Set<number>): BrowserWindow {
  const state = readWindowState(statePath);
  const place = visiblePlace(state, screen.getAllDisplays().map((display) => display.workArea));
  const window = new BrowserWindow(windowOptions(place, join(here, `preload.${ending === 'ts' ? 'cts' : 'cjs'}`), app.isPackaged, nativeTheme.shouldUseDarkColors));
  const { webContents } = window;
  const { id } = webContents;
  windows.add(id);
  if (state.maximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => writeWindowState(statePath, { ...window.getNormalBounds(), maximized: window.isMaximized() }));
  window.on('closed', () => windows.delete(id));
  // A page that dies or hangs is loaded again; what trains lives elsewhere and goes on.
  const deaths: number[] = [];
  webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const now = performance.now();
    const again = reloadsByItself(deaths, now) || dialog.showMessageBoxSync(window, { type: 'error', message: 'The window stopped several times.', detail: `The system says: ${reason}. Training goes on either way.`, buttons: ['Load it again', 'Close the window'], cancelId: 1 }) === 0;
    deaths.push(now);
    if (again) webContents.reload();
    else window.destroy();
  });
  window.on('unresponsive', () => {
    const answer = dialog.showMessageBoxSync(window, { type: 'warning', message: 'The window does not answer.', detail: 'Training goes on either way.', buttons: ['Wait', 'Load it again'], cancelId: 0 });
    if (answer === 1) {
      webContents.forcefullyCrashRenderer();
      webContents.reload();
    }
  });
  void window.loadURL(`${STUDIO_ORIGIN}/`);
  return window;
}

/** The machine does not sleep while a run trains. */
function keepAwake(host: StudioHost): void {
  let blocker: number | null = null;
  const timer = setInterval(() => {
    void host.busy().then(({ training, jobs }) => {
      const working = training.length > 0 || jobs > 0;
      if (working && blocker === null) blocker = powerSaveBlocker.start('prevent-app-suspension');
      if (!working && blocker !== null) {
        powerSaveBlocker.stop(blocker);
        blocker = null;
      }
    }).catch(() => undefined);
  }, POWER_POLL_MS);
  timer.unref();
}

function askBeforeQuit(host: StudioHost, window: () => BrowserWindow | null): void {
  let closing = false;
  let systemEnds = false;
  // nobody can answer while the system shuts down; runs are saved and continue another time
  powerMonitor.on('shutdown', () => {
    systemEnds = true;
    app.quit();
  });
  app.on('window-all-closed', () => app.quit());
  const quit = async (): Promise<void> => {
    const [busy, { askBeforeQuit: asks }] = await Promise.all([host.busy(), host.settings()]);
    const question = quitQuestion(busy, asks && !systemEnds);
    const owner = window();
    if (question) {
      const options = { type: 'question' as const, ...question, defaultId: 0, cancelId: 0 };
      const { response } = owner ? await dialog.showMessageBox(owner, options) : await dialog.showMessageBox(options);
      if (response === 0) {
        closing = false;
        if (!owner) app.emit('activate');
        return;
      }
    }
    await host.close();
    app.exit(0);
  };
  app.on('before-quit', (event) => {
    event.preventDefault();
    if (closing) return;
    closing = true;
    void quit().catch(() => app.exit(70));
  });
}
