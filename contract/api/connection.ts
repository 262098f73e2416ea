/** How a renderer reaches its host: over a web socket in a browser, over a message port in the desktop window. */
import { z } from 'zod';
import type { FileRef } from './procedure.ts';

/** Web socket of the calls and events; the page's own origin, sub-protocol below. */
export const SOCKET_PATH = '/socket';
export const SOCKET_PROTOCOL = 'studio.v1';
/** The host closes with this code when the session has ended: show "open the link again", do not reconnect. */
export const SESSION_ENDED_CODE = 4401;

/**
 * `POST` with the launch code as JSON and the header below gives the session cookie (204), 401 for a code that is used up or too old. The code comes in the
 * fragment of the launch link, `#code=…`; take it off the address with `history.replaceState` at once. `GET` answers 204 with a session, 401 without.
 */
export const SESSION_PATH = '/session';
export const SessionRequest = z.object({ code: z.string().min(1).max(200) });
export type SessionRequest = z.infer<typeof SessionRequest>;

/** Every request that is no plain GET carries it; no other site can send it without asking first. */
export const STUDIO_HEADER = 'x-studio';
export const STUDIO_HEADER_VALUE = '1';

/** Pictures and exported files live below it, in both hosts. */
export const MEDIA_PREFIX = '/media/';

/** Name of the object that the desktop window finds in `globalThis`; absent in a browser. */
export const DESKTOP_BRIDGE = 'quorumDesktop';

/** A menu item or its key was used. */
export const MenuCommand = z.enum([
  'home',
  'datasets',
  'runs',
  'ensembles',
  'weights',
  'evaluate',
  'settings',
  'newRun',
  'importDataset',
  'palette',
  'stopRun',
  'toggleTheme',
  'about',
]);
export type MenuCommand = z.infer<typeof MenuCommand>;

/** Type of the `message` event on the window that brings the port of calls and events: `event.data.type === PORT_MESSAGE`, `event.ports[0]`, `event.source === window`. */
export const PORT_MESSAGE = 'quorum:port';

export interface DesktopBridge {
  readonly platform: string;
  readonly version: string;
  /** Makes the port arrive as a `message` event; again after a reload. */
  connect(): void;
  /** Native dialog; null when it was closed without a choice. */
  pickFolder(): Promise<FileRef | null>;
  pickFile(kind: 'weights' | 'dataset'): Promise<FileRef | null>;
  /** A folder or file dropped on the window. */
  refOfDropped(file: unknown): Promise<FileRef | null>;
  /** Shows a folder of Quorum's own (a run's) in the file manager. */
  showRunFolder(runId: string): Promise<void>;
  openExternal(url: string): Promise<void>;
  onMenu(listener: (command: MenuCommand) => void): () => void;
}
