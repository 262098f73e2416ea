/** The menu: what every application has, and in between what the page asked for. */
import type { MenuItemConstructorOptions } from 'electron';
import type { MenuEntry } from '../contract/api/connection.ts';

/** @param send tells the page; @param packaged leaves out what is for developers */
export function menuTemplate(
  platform: string,
  packaged: boolean,
  entries: readonly MenuEntry[],
  send: (command: string) => void,
): MenuItemConstructorOptions[] {
  const of = (menu: MenuEntry['menu']): MenuItemConstructorOptions[] =>
    entries
      .filter((entry) => entry.menu === menu)
      .map(({ label, command, accelerator }) => ({
        label,
        ...(accelerator && { accelerator }),
        click: () => send(command),
      }));
  const separator = { type: 'separator' as const };
  const zoom = [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }] as const;
  const forDevelopers = [separator, { role: 'reload' }, { role: 'toggleDevTools' }] as const;
  return [
    ...(platform === 'darwin' ? [{ role: 'appMenu' as const }] : []),
    { label: '&File', submenu: [...of('file'), separator, { role: platform === 'darwin' ? 'close' : 'quit' }] },
    { role: 'editMenu' },
    { label: '&Go', submenu: of('go') },
    { label: '&Run', submenu: of('run') },
    { label: '&View', submenu: [...of('view'), separator, ...zoom, ...(packaged ? [] : forDevelopers)] },
    { label: '&Help', submenu: of('help') },
  ];
}
