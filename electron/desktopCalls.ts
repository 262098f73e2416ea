/** The few calls that need the desktop itself. Everything else goes over the port. */
import { app, type BrowserWindow, dialog, ipcMain, type IpcMainEvent, type IpcMainInvokeEvent, shell } from 'electron';
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import type { z } from 'zod';
import type { MenuEntry } from '../contract/api/connection.ts';
import type { FileRef } from '../contract/api/procedure.ts';
import type { StudioHost } from '../core/studio/host/studioHost.ts';
import { RateLimit, windowMessages } from '../core/studio/host/rateLimit.ts';
import type { Wires } from '../core/studio/api/connect.ts';
import { CALL_SCHEMAS, type CallName } from './callSchemas.ts';
import { mayOpenExternally } from './decideNavigation.ts';
import { mayCall } from './validateSender.ts';

const FILTERS = {
  weights: [
    {
      name: 'Weights',
      extensions: ['safetensors', 'pth', 'pt', 'npy', 'npz', 'h5', 'keras', 'caffemodel', 'ckpt', 'index'],
    },
  ],
  runs: [{ name: 'Archives of runs', extensions: ['tar', 'gz', 'tgz', 'zst', 'tzst'] }],
  dataset: [{ name: 'Archives and lists', extensions: ['zip', 'tar', 'gz', 'tgz', 'csv', 'tsv'] }],
};
const CALLS_A_SECOND = 50;

export function handleDesktopCalls(
  window: () => BrowserWindow | null,
  host: StudioHost,
  wires: Wires,
  ownWindows: ReadonlySet<number>,
  setMenu: (entries: readonly MenuEntry[]) => void,
): void {
  const calls = new RateLimit(CALLS_A_SECOND, 1000);
  const admits = ({ senderFrame, sender }: IpcMainEvent | IpcMainInvokeEvent): boolean =>
    calls.admits() &&
    mayCall(
      { frame: senderFrame && { url: senderFrame.url, isTop: senderFrame.parent === null }, webContentsId: sender.id },
      ownWindows,
    );
  const handle = <Name extends CallName>(
    name: Name,
    call: (input: z.infer<(typeof CALL_SCHEMAS)[Name]>) => Promise<FileRef | null | undefined>,
  ): void => {
    ipcMain.handle(`quorum:${name}`, async (event, input: unknown) => {
      const parsed = CALL_SCHEMAS[name].safeParse(input);
      if (!admits(event) || !parsed.success) throw new Error('refused');
      return call(parsed.data as z.infer<(typeof CALL_SCHEMAS)[Name]>);
    });
  };
  const pick = pickerOf(window, host);

  connectPorts(wires, admits);
  handle('pickFolder', () => pick('folder'));
  handle('pickFile', pick);
  handle('refOfDropped', async (path) =>
    isAbsolute(path) &&
    (await stat(path).then(
      () => true,
      () => false,
    ))
      ? host.roots.pick(path)
      : null,
  );
  handle('showRunFolder', async (id) => {
    if (await host.studio.context.runs.find(id)) await shell.openPath(host.studio.paths.runDir(id));
    return undefined;
  });
  handle('setMenu', (entries) => {
    setMenu(entries);
    return Promise.resolve(undefined);
  });
  handle('openExternal', async (url) => {
    if (mayOpenExternally(url)) await shell.openExternal(url);
    return undefined;
  });
}

/** Asks the user for a folder or a file, beginning where the last one was; null where none was chosen. */
function pickerOf(
  window: () => BrowserWindow | null,
  host: StudioHost,
): (kind: 'folder' | keyof typeof FILTERS) => Promise<FileRef | null> {
  let lastFolder: string | null = null;
  return async (kind) => {
    const owner = window();
    if (!owner) return null;
    const {
      filePaths: [path],
    } = await dialog.showOpenDialog(owner, {
      defaultPath: lastFolder ?? app.getPath('home'),
      ...(kind === 'folder' ? { properties: ['openDirectory'] } : { properties: ['openFile'], filters: FILTERS[kind] }),
    });
    if (path === undefined) return null;
    lastFolder = kind === 'folder' ? path : dirname(path);
    return host.roots.pick(path);
  };
}

/** Gives each of our pages the port that its calls and events go through. */
function connectPorts(wires: Wires, admits: (event: IpcMainEvent) => boolean): void {
  ipcMain.on('quorum:connect', (event) => {
    const [port] = event.ports;
    if (!port) return;
    if (!admits(event)) {
      port.close();
      return;
    }
    // by a page that does what ours does, this many are never sent
    const messages = windowMessages();
    port.on('message', () => {
      if (!messages.admits()) port.close();
    });
    wires.connectPort(port);
    port.start();
  });
}
