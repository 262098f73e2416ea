/**
 * Finds a Python with pip: the ordinary client that fetches the wheels. Python is not needed once the engine is
 * installed.
 */
import { StudioError } from '../../contract/errors.ts';
import { lastLines, runProgram } from './childProcess.ts';

export interface PythonClient {
  readonly program: string;
  readonly pipVersion: string;
}

const REMEDY =
  'Install Python 3 with pip: `sudo apt install python3-pip` (Debian, Ubuntu), `sudo dnf install python3-pip` ' +
  '(Fedora, RHEL). ' +
  'Or set QUORUM_PYTHON to a Python 3 that has pip.';

/** @throws {StudioError} engine.noPython where there is no Python 3, or none that has pip. */
export async function findPython(
  options: { env?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
): Promise<PythonClient> {
  const { env = process.env, signal } = options;
  const named = env['QUORUM_PYTHON'];
  const withoutPip: { program: string; said: string }[] = [];
  for (const program of named ? [named] : ['python3', 'python']) {
    const version = await runProgram(program, ['-c', 'import sys; print(sys.version_info[0])'], {
      env,
      signal,
      timeoutMs: 30_000,
    });
    if (version?.exitCode !== 0 || version.stdout.trim() !== '3') continue;
    const pip = await runProgram(program, ['-m', 'pip', '--version'], { env, signal, timeoutMs: 60_000 });
    const pipVersion = pip && /^pip (\S+)/m.exec(pip.stdout)?.[1];
    if (pip?.exitCode === 0 && pipVersion) return { program, pipVersion };
    withoutPip.push({ program, said: lastLines(pip?.stderr ?? '', 3) });
  }
  const [first] = withoutPip;
  if (first) {
    throw new StudioError(
      'engine.noPython',
      `${first.program} is there, but it has no pip, which downloads TensorFlow's library.`,
      { remedy: REMEDY, details: { missing: 'pip', ...first } },
    );
  }
  throw new StudioError(
    'engine.noPython',
    `${named ? `QUORUM_PYTHON names ${named}, which is no Python 3` : 'No python3 was found'}; its pip downloads ` +
      `TensorFlow's library.`,
    {
      remedy: REMEDY,
      details: { missing: 'python3' },
    },
  );
}
