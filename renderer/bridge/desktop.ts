/** What the desktop window gives to the page beside the calls of every host; undefined in a browser. */
import type { DesktopGlobal } from '../../contract/api/connection.ts';

export const desktop = (globalThis as DesktopGlobal).quorumDesktop;
