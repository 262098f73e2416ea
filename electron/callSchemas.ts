/** What a page may ask of the desktop, and in which words: anything else is refused before it is looked at. */
import { z } from 'zod';
import { MenuEntry } from '../contract/api/connection.ts';

/** Of an absolute path on this machine, from a file that was dropped. */
const DROPPED_PATH_LENGTH = 4096;

const MENU_ENTRIES = 60;

export const CALL_SCHEMAS = {
  pickFolder: z.undefined(),
  pickFile: z.enum(['weights', 'dataset', 'runs']),
  refOfDropped: z
    .string()
    .min(1)
    .max(DROPPED_PATH_LENGTH)
    .refine((path) => !path.includes('\0')),
  showRunFolder: z.string().regex(/^[A-Za-z0-9-]{1,80}$/),
  openExternal: z.string().max(2000),
  setMenu: z.array(MenuEntry).max(MENU_ENTRIES),
} as const;
export type CallName = keyof typeof CALL_SCHEMAS;
