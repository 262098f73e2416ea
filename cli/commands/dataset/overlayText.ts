/** What was left out of a data set or relabelled, as text. */
import type { DatasetOverlay } from '../../../contract/dataset.ts';
import { printable } from '../../format.ts';
import type { Session } from '../../session.ts';

export function printOverlay({ print }: Session, overlay: DatasetOverlay): void {
  const { changes } = overlay;
  const text =
    changes.length === 0
      ? 'No image is left out or relabelled.'
      : changes.map((change) => printable(describeChange(change))).join('\n');
  print(overlay, text);
}

function describeChange({ split, path, exclude, label, refused }: DatasetOverlay['changes'][number]): string {
  const leftOut = `${exclude ? 'left out' : ''}${refused === undefined ? '' : ` by Quorum (${refused})`}`;
  const relabelled = label === undefined ? '' : `${exclude ? ', ' : ''}is ${label}`;
  return `${split}: ${path}  ${leftOut}${relabelled}`;
}
