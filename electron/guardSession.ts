/** Shuts what a page could reach beyond its own origin. */
import { join } from 'node:path';
import { app, type Session, type WebContents } from 'electron';
import { mayDownload, mayNavigate, mayRequest } from './decideNavigation.ts';
import { mayUse } from './decidePermission.ts';

export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, answer, { isMainFrame, requestingUrl }) =>
    answer(mayUse(permission, requestingUrl || contents.getURL(), isMainFrame)),
  );
  session.setPermissionCheckHandler((_contents, permission, origin, { isMainFrame }) =>
    mayUse(permission, `${origin.replace(/\/$/, '')}/`, isMainFrame),
  );
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler(null);
  // dictionaries would be fetched
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event, item) => {
    if (!mayDownload(item.getURL())) event.preventDefault();
    else item.setSaveDialogOptions({ defaultPath: join(app.getPath('downloads'), item.getFilename()) });
  });
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !mayRequest(url) }));
}

export function guardContents(contents: WebContents): void {
  contents.on('will-navigate', (event) => {
    if (!mayNavigate(event.url)) event.preventDefault();
  });
  contents.on('will-frame-navigate', (event) => {
    if (!mayNavigate(event.url)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => {
    if (!mayNavigate(event.url)) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
