/** How archives are refused: each says what was found, and that nothing of it was kept. */
import { StudioError } from '../../../contract/errors.ts';

const NOTHING_KEPT = 'nothing of it was kept';

/** `archive.hostile`: a name, link or structure that no honest tool writes. */
export function hostile(what: string): StudioError {
  return new StudioError('archive.hostile', `The archive is refused: ${what}; ${NOTHING_KEPT}.`, {
    remedy:
      'Do not use this file. If you trust its source, unpack it with another program into an empty folder, look at ' +
      'it, and import the folder.',
  });
}

/** `archive.limit`: more, larger or denser than any data set. */
export function beyondLimit(what: string): StudioError {
  return new StudioError('archive.limit', `The archive is refused: ${what}; ${NOTHING_KEPT}.`, {
    remedy: 'If this is no mistake, unpack it yourself and import the folder.',
  });
}

/** `archive.damaged`: cut off or overwritten. */
export function damaged(what: string): StudioError {
  return new StudioError('archive.damaged', `The archive cannot be read: ${what}.`, {
    remedy: 'Download or copy it again.',
  });
}

/** `archive.unsupported`: a kind that is not read. */
export function unsupported(what: string): StudioError {
  return new StudioError('archive.unsupported', `The archive cannot be read: ${what}.`, {
    remedy: 'Unpack it with its own program and import the folder; or pack it as zip, tar or tar.gz.',
  });
}
