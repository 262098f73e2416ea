/**
 * The little that the page gets of the desktop: a port, dialogs, the menu. Runs in the sandbox, so it is one file and
 * knows only Electron's own module.
 */
import type { DesktopBridge, DesktopGlobal } from '../contract/api/connection.ts';

const { contextBridge, ipcRenderer, webUtils }: typeof import('electron') = require('electron');

const bridge: DesktopBridge = {
  platform: process.platform,
  version: process.versions['electron'] ?? '',
  connect() {
    const { port1, port2 } = new MessageChannel();
    ipcRenderer.postMessage('quorum:connect', null, [port1]);
    window.postMessage({ type: 'quorum:port' }, 'studio://app', [port2]);
  },
  pickFolder: () => ipcRenderer.invoke('quorum:pickFolder'),
  pickFile: (kind) => ipcRenderer.invoke('quorum:pickFile', kind),
  refOfDropped(file) {
    // empty for what is no file of this machine; anything but a file is refused by Electron itself
    const path = webUtils.getPathForFile(file as File);
    return path === '' ? Promise.resolve(null) : ipcRenderer.invoke('quorum:refOfDropped', path);
  },
  showRunFolder: (runId) => ipcRenderer.invoke('quorum:showRunFolder', runId),
  openExternal: (url) => ipcRenderer.invoke('quorum:openExternal', url),
  setMenu: (entries) => ipcRenderer.invoke('quorum:setMenu', entries),
  onMenu(listener) {
    const hear = (_event: unknown, command: string): void => listener(command);
    ipcRenderer.on('quorum:menu', hear);
    return () => {
      ipcRenderer.removeListener('quorum:menu', hear);
    };
  },
};

const NAME: keyof DesktopGlobal = 'quorumDesktop';
contextBridge.exposeInMainWorld(NAME, bridge);
