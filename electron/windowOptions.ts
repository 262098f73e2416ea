/** The window's options: everything a page could misuse is off, and said so. */
import type { BrowserWindowConstructorOptions } from 'electron';

export interface WindowPlace {
  readonly x?: number;
  readonly y?: number;
  readonly width: number;
  readonly height: number;
}

/** Kept between starts: the page remembers its theme, and the engine of the page what it compiled. */
export const PARTITION = 'persist:studio';

/** Smallest size that every screen is made for, pixels. */
export const LEAST_SIZE = { width: 1024, height: 700 } as const;

/** @param packaged whether this is the installed application, where developer tools stay shut */
export function windowOptions(
  place: WindowPlace,
  preload: string,
  packaged: boolean,
  dark: boolean,
): BrowserWindowConstructorOptions {
  return {
    ...place,
    minWidth: LEAST_SIZE.width,
    minHeight: LEAST_SIZE.height,
    show: false,
    backgroundColor: dark ? '#121212' : '#fafafa',
    title: 'Quorum',
    autoHideMenuBar: false,
    webPreferences: {
      preload,
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
      partition: PARTITION,
    },
  };
}

/** The stored place as far as it lies on a screen that is there; null = let the system choose. */
export function visiblePlace(
  stored: WindowPlace,
  screens: readonly { readonly x: number; readonly y: number; readonly width: number; readonly height: number }[],
): WindowPlace {
  const width = Math.max(LEAST_SIZE.width, Math.round(stored.width));
  const height = Math.max(LEAST_SIZE.height, Math.round(stored.height));
  const { x, y } = stored;
  if (x === undefined || y === undefined) return { width, height };
  // The title bar must be within reach, or the window could not be moved back.
  const reachable = screens.some(
    (screen) =>
      x + width > screen.x + 100 &&
      x < screen.x + screen.width - 100 &&
      y >= screen.y &&
      y < screen.y + screen.height - 50,
  );
  return reachable ? { x: Math.round(x), y: Math.round(y), width, height } : { width, height };
}
