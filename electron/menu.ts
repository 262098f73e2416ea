/** The menu and its keys. */
import type { MenuItemConstructorOptions } from 'electron';
import type { MenuCommand } from '../contract/api/connection.ts';

interface Item {
  readonly label: string;
  readonly command: MenuCommand;
  readonly accelerator?: string;
}

const FILE: readonly Item[] = [
  { label: 'New run…', command: 'newRun', accelerator: 'CmdOrCtrl+N' },
  { label: 'Import data set…', command: 'importDataset', accelerator: 'CmdOrCtrl+I' },
  { label: 'Settings', command: 'settings', accelerator: 'CmdOrCtrl+,' },
];
const GO: readonly Item[] = [
  { label: 'Command palette', command: 'palette', accelerator: 'CmdOrCtrl+K' },
  { label: 'Home', command: 'home', accelerator: 'CmdOrCtrl+1' },
  { label: 'Data sets', command: 'datasets', accelerator: 'CmdOrCtrl+2' },
  { label: 'Runs', command: 'runs', accelerator: 'CmdOrCtrl+3' },
  { label: 'Ensembles', command: 'ensembles', accelerator: 'CmdOrCtrl+4' },
  { label: 'Weights', command: 'weights', accelerator: 'CmdOrCtrl+5' },
  { label: 'Evaluate', command: 'evaluate', accelerator: 'CmdOrCtrl+6' },
];

/** @param send tells the page; @param packaged leaves out what is for developers */
export function menuTemplate(
  platform: string,
  packaged: boolean,
  send: (command: MenuCommand) => void,
): MenuItemConstructorOptions[] {
  const items = (list: readonly Item[]): MenuItemConstructorOptions[] =>
    list.map(({ label, command, accelerator }) => ({
      label,
      ...(accelerator && { accelerator }),
      click: () => send(command),
    }));
  return [
    ...(platform === 'darwin' ? [{ role: 'appMenu' as const }] : []),
    {
      label: '&File',
      submenu: [...items(FILE), { type: 'separator' }, platform === 'darwin' ? { role: 'close' } : { role: 'quit' }],
    },
    { role: 'editMenu' },
    { label: '&Go', submenu: items(GO) },
    {
      label: '&Run',
      submenu: [{ label: 'Stop the running one', accelerator: 'CmdOrCtrl+.', click: () => send('stopRun') }],
    },
    {
      label: '&View',
      submenu: [
        { label: 'Dark or light', accelerator: 'CmdOrCtrl+Shift+L', click: () => send('toggleTheme') },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...(packaged
          ? []
          : [{ type: 'separator' as const }, { role: 'reload' as const }, { role: 'toggleDevTools' as const }]),
      ],
    },
    { label: '&Help', submenu: [{ label: 'About Quorum', click: () => send('about') }] },
  ];
}
