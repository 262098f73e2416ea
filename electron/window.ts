/**
 * The window: opened where it was, guarded against a page that dies or hangs, closed only after whoever works was
 * asked.
 */
import { BrowserWindow, dialog, nativeTheme, screen } from 'electron';
import { STUDIO_ORIGIN } from './decideNavigation.ts';
import { reloadsByItself } from './decideReload.ts';
import { visiblePlace, windowOptions } from './windowOptions.ts';
import { readWindowState, writeWindowState } from './windowState.ts';

export interface StudioWindowOptions {
  /** Where its place on the screen is kept. */
  readonly statePath: string;
  readonly preload: string;
  readonly packaged: boolean;
  /** Windows whose calls are heard. */
  readonly own: Set<number>;
  /** Asked when the user closes it; false: something else decides, and closes it later. */
  readonly mayClose: () => boolean;
  readonly onSystemEnds: () => void;
}

export function openStudioWindow({
  statePath,
  preload,
  packaged,
  own,
  mayClose,
  onSystemEnds,
}: StudioWindowOptions): BrowserWindow {
  const state = readWindowState(statePath);
  const place = visiblePlace(
    state,
    screen.getAllDisplays().map((display) => display.workArea),
  );
  const window = new BrowserWindow(windowOptions(place, preload, packaged, nativeTheme.shouldUseDarkColors));
  const { id } = window.webContents;
  own.add(id);
  if (state.maximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', (event) => {
    writeWindowState(statePath, { ...window.getNormalBounds(), maximized: window.isMaximized() });
    if (!mayClose()) event.preventDefault();
  });
  window.on('closed', () => own.delete(id));
  // Windows tells a window, and no application, that the user logs off
  window.on('session-end', onSystemEnds);
  guardAgainstDeath(window);
  void window.loadURL(`${STUDIO_ORIGIN}/`);
  return window;
}

/**
 * A page that dies or hangs is loaded again; what trains lives elsewhere and goes on, and so must this process: it
 * never waits inside a dialog.
 */
function guardAgainstDeath(window: BrowserWindow): void {
  const { webContents } = window;
  const deaths: number[] = [];
  let asking = false;
  const ask = async (
    type: 'error' | 'warning',
    message: string,
    detail: string,
    buttons: string[],
  ): Promise<number> => {
    asking = true;
    const { response } = await dialog.showMessageBox(window, {
      type,
      message,
      detail,
      buttons,
      defaultId: 0,
      cancelId: buttons.length - 1,
    });
    asking = false;
    return response;
  };
  webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed() || asking) return;
    const now = performance.now();
    const byItself = reloadsByItself(deaths, now);
    deaths.push(now);
    if (byItself) {
      webContents.reload();
      return;
    }
    void ask(
      'error',
      'The window stopped several times.',
      `The system says: ${reason}. Training continues either way.`,
      ['Load it again', 'Close the window'],
    ).then((answer) => {
      if (window.isDestroyed()) return;
      if (answer === 0) webContents.reload();
      else window.close();
    });
  });
  window.on('unresponsive', () => {
    if (asking) return;
    void ask('warning', 'The window does not answer.', 'Training continues either way.', [
      'Load it again',
      'Wait',
    ]).then((answer) => {
      if (answer !== 0 || window.isDestroyed()) return;
      webContents.forcefullyCrashRenderer();
      webContents.reload();
    });
  });
}
