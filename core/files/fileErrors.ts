/** System errors as errors a user can act on: the one table. */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { StudioError, type ErrorCode } from '../../contract/errors.ts';

/** The system's code (`ENOENT`, `ENOSPC`, …) of a thrown value, if it has one. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errno } = error as NodeJS.ErrnoException;
  // libuv has no name for a full quota: its code is `Unknown system error -122`.
  if (errno === -constants.errno.EDQUOT) return 'EDQUOT';
  return typeof code === 'string' ? code : undefined;
}

/** Whether a write failed for want of room, whoever says so. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof StudioError
    ? error.code === 'file.diskFull'
    : ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'].includes(systemCode(error) ?? '');
}

/**
 * What disks and file servers say that are gone or fail; a file that was deleted says ENOENT, and its folder is still
 * there.
 */
const UNREACHABLE: ReadonlySet<string> = new Set([
  'EIO',
  'ESTALE',
  'ENOTCONN',
  'ETIMEDOUT',
  'ENODEV',
  'ENXIO',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'EREMOTEIO',
  'UNKNOWN',
]);

/** Whether opening or reading the file at `path` failed with `code` because of its disk, not because of the file. */
export function isUnreachable(path: string, code: string | undefined): boolean {
  return (
    code !== undefined &&
    (UNREACHABLE.has(code) || ((code === 'ENOENT' || code === 'ENOTDIR') && !existsSync(dirname(path))))
  );
}

/** What became of the file, whatever the system calls it. */
type Trouble =
  | 'diskFull'
  | 'quotaFull'
  | 'noPermission'
  | 'readOnly'
  | 'notFound'
  | 'exists'
  | 'isFolder'
  | 'linkLoop'
  | 'nameTooLong'
  | 'tooManyOpen'
  | 'tooLarge'
  | 'unreachable';

const TROUBLES: Readonly<Record<string, Trouble>> = {
  ENOSPC: 'diskFull',
  EDQUOT: 'quotaFull',
  EACCES: 'noPermission',
  EPERM: 'noPermission',
  EROFS: 'readOnly',
  ENOENT: 'notFound',
  ENOTDIR: 'notFound',
  EEXIST: 'exists',
  EISDIR: 'isFolder',
  ELOOP: 'linkLoop',
  ENAMETOOLONG: 'nameTooLong',
  EMFILE: 'tooManyOpen',
  ENFILE: 'tooManyOpen',
  EFBIG: 'tooLarge',
  ...Object.fromEntries([...UNREACHABLE].map((code) => [code, 'unreachable'] as const)),
};

interface Words {
  readonly code: ErrorCode;
  readonly message: (path: string, doing: 'read' | 'write') => string;
  readonly remedy: (doing: 'read' | 'write') => string;
}

const WORDS: Readonly<Record<Trouble, Words>> = {
  diskFull: {
    code: 'file.diskFull',
    message: (path) => `The disk is full: ${path} could not be written.`,
    remedy: () =>
      'Free some space, or choose a folder on another disk, and start again; nothing half-written was kept.',
  },
  quotaFull: {
    code: 'file.diskFull',
    message: (path) => `Your disk quota is used up: ${path} could not be written.`,
    remedy: () =>
      'Delete files of yours, ask for a larger quota, or choose a folder on another disk; then start again.',
  },
  noPermission: {
    code: 'file.noPermission',
    message: (path, doing) => `No permission to ${doing} ${path}.`,
    remedy: (doing) =>
      doing === 'read'
        ? 'Give your user account the right to read it (chmod -R u+rX), or choose another one.'
        : 'Choose a place you may write to, or change its permissions.',
  },
  readOnly: {
    code: 'file.noPermission',
    message: (path) => `${path} cannot be written: its disk is read-only.`,
    remedy: () => 'Mount the disk for writing, or choose a folder on another disk.',
  },
  notFound: {
    code: 'file.notFound',
    message: (path) => `${path} does not exist, or a folder on the way to it does not.`,
    remedy: () => 'Check the path; if the disk was unmounted, mount it again.',
  },
  exists: {
    code: 'file.exists',
    message: (path) => `${path} exists already.`,
    remedy: () => 'Choose another name, or allow it to be replaced.',
  },
  isFolder: {
    code: 'file.exists',
    message: (path) => `${path} is a folder; a file name was expected.`,
    remedy: () => 'Name a file inside it.',
  },
  linkLoop: {
    code: 'file.notFound',
    message: (path) => `${path} cannot be opened: the links on the way to it lead in a circle.`,
    remedy: () => 'Remove the link that points back to its own folder, or choose another path.',
  },
  nameTooLong: {
    code: 'input.invalid',
    message: (path) => `The path ${shortened(path)} is longer than the system allows.`,
    remedy: () => 'Choose a shorter name, or a folder nearer to the root.',
  },
  tooManyOpen: {
    code: 'file.tooManyOpen',
    message: (path, doing) => `Too many files are open to ${doing} ${path}.`,
    remedy: () => 'Raise the limit of open files (ulimit -n 4096) and start Quorum again.',
  },
  tooLarge: {
    code: 'file.tooLarge',
    message: (path) => `${path} would become larger than the system allows.`,
    remedy: () => 'Raise the limit of file sizes (ulimit -f unlimited), or choose a disk that takes larger files.',
  },
  unreachable: {
    code: 'file.unreachable',
    message: (path, doing) => `The disk failed to ${doing} ${path}.`,
    remedy: () => 'Check that the disk is connected and mounted, and look into the system log for disk errors.',
  },
};

/** The codes that a data set has of its own. */
const DATASET_CODES: Readonly<Partial<Record<ErrorCode, ErrorCode>>> = {
  'file.notFound': 'dataset.notFound',
  'file.noPermission': 'dataset.noPermission',
  'file.unreachable': 'dataset.unavailable',
};

const SHOWN_PATH = 200;

function shortened(path: string): string {
  return path.length > SHOWN_PATH ? `${path.slice(0, SHOWN_PATH)}…` : path;
}

export interface FileErrorOptions {
  /** What was being done; decides the words. `read` where left out. */
  readonly doing?: 'read' | 'write';
  /** What the path is to the user; a data set has error codes of its own. */
  readonly subject?: 'file' | 'dataset';
  /** What to do about it, in place of the general advice, by error code. */
  readonly remedies?: Readonly<Partial<Record<ErrorCode, string>>>;
}

/**
 * Of a system error, also where `fileError` has translated it once: whoever knows more about the place says it in its
 * own words.
 */
function originalCode(error: unknown): string | undefined {
  if (!(error instanceof StudioError)) return systemCode(error);
  return error.code.startsWith('file.') ? systemCode(error.cause) : undefined;
}

/** The system's error about `path` as a `StudioError`; any other error comes back as it is. */
export function fileError(error: unknown, path: string, options: FileErrorOptions = {}): unknown {
  const { doing = 'read', subject = 'file', remedies = {} } = options;
  const system = originalCode(error);
  const trouble = system === undefined ? undefined : TROUBLES[system];
  if (system === undefined || trouble === undefined) return error;
  const words = WORDS[trouble];
  const code = subject === 'dataset' ? (DATASET_CODES[words.code] ?? words.code) : words.code;
  return new StudioError(code, words.message(path, doing), {
    remedy: remedies[words.code] ?? words.remedy(doing),
    details: { path, system },
    cause: error,
  });
}
