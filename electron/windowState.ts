/** Where the window was when it was closed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const WindowState = z.object({
  x: z.number().optional(),
  y: z.number().optional(),
  width: z.number().default(1360),
  height: z.number().default(860),
  maximized: z.boolean().default(false),
});
export type WindowState = z.infer<typeof WindowState>;

/** The usual size where nothing is stored, or what is stored cannot be read. */
export function readWindowState(path: string): WindowState {
  try {
    return WindowState.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return WindowState.parse({});
  }
}

export function writeWindowState(path: string, state: WindowState): void {
  try {
    writeFileSync(path, JSON.stringify(state));
  } catch {
    // A full disk must not keep the window from closing.
  }
}
