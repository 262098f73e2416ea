/** Who may call the main process: the top frame of a window we opened, showing our page. */
import { mayNavigate } from './decideNavigation.ts';

export interface Sender {
  /** Null once the frame is gone. */
  readonly frame: { readonly url: string; readonly isTop: boolean } | null;
  readonly webContentsId: number;
}

export function mayCall({ frame, webContentsId }: Sender, ownWindows: ReadonlySet<number>): boolean {
  return frame !== null && frame.isTop && ownWindows.has(webContentsId) && mayNavigate(frame.url);
}
