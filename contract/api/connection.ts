/** How a renderer reaches its host: over a web socket in a browser, over a message port in the desktop window. */
import { z } from 'zod';
import type { FileRef } from './procedure.ts';

/** Web socket of the calls and events; the page's own origin, sub-protocol below. */
export const SOCKET_PATH = '/socket';
export const SOCKET_PROTOCOL = 'studio.v1';
/** The host closes with this code when the session has ended: show "open the link again", do not reconnect. */
export const SESSION_ENDED_CODE = 4401;

/**
 * `POST` with the launch code as JSON and the header below gives the session cookie (204), 401 for a code that is used
 * up or too old. The code comes in the fragment of the launch link, `#code=…`; take it off the address with
 * `history.replaceState` at once. `GET` answers 204 with a session, 401 without.
 */
export const SESSION_PATH = '/session';
export const SessionRequest = z.object({ code: z.string().min(1).max(200) });
export type SessionRequest = z.infer<typeof SessionRequest>;

/** Every request that is no plain GET carries it; no other site can send it without asking first. */
export const STUDIO_HEADER = 'x-studio';
export const STUDIO_HEADER_VALUE = '1';

/** Pictures and exported files live below it, in both hosts. */
export const MEDIA_PREFIX = '/media/';

/** An entry of the desktop's menu. The page says what is in it, so that a page and its entry stand in one place. */
export const MenuEntry = z.object({
  menu: z.enum(['file', 'go', 'run', 'view', 'help']),
  label: z.string().min(1).max(60),
  /** Given back to the page when the entry or its key is used. */
  command: z.string().min(1).max(80),
  /** Electron's notation, such as `CmdOrCtrl+N`. */
  accelerator: z
    .string()
    .regex(/^CmdOrCtrl\+(Shift\+)?[A-Z0-9.,]$/)
    .optional(),
});
export type MenuEntry = z.infer<typeof MenuEntry>;

/**
 * Type of the `message` event on the window that brings the port of calls and events: `event.data.type ===
 * PORT_MESSAGE`, `event.ports[0]`, `event.source === window`.
 */
export const PORT_MESSAGE = 'quorum:port';

export interface DesktopBridge {
  readonly platform: string;
  readonly version: string;
  /** Makes the port arrive as a `message` event; again after a reload. */
  connect(): void;
  /** Native dialog; null when it was closed without a choice. */
  pickFolder(): Promise<FileRef | null>;
  pickFile(kind: 'weights' | 'dataset' | 'runs'): Promise<FileRef | null>;
  /** A folder or file dropped on the window. */
  refOfDropped(file: unknown): Promise<FileRef | null>;
  /** Shows a folder of Quorum's own (a run's) in the file manager. */
  showRunFolder(runId: string): Promise<void>;
  openExternal(url: string): Promise<void>;
  setMenu(entries: MenuEntry[]): Promise<void>;
  onMenu(listener: (command: string) => void): () => void;
}

/**
 * What the desktop window adds to `globalThis`; absent in a browser. The preload script and the page both take the name
 * from here.
 */
export interface DesktopGlobal {
  readonly quorumDesktop?: DesktopBridge;
}
