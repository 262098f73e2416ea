/** What is there of a place and what is missing, in words; and what can be mended from here. */
import { StudioError } from '../../../contract/errors.ts';
import type { Place, PlaceFinding } from '../../../contract/place.ts';
import { formatBytes } from '../../../pure/bytes.ts';
import { JOB_FORMAT } from './jobFolder.ts';
import { accessTo, type PlaceAccess } from './placeAccess.ts';
import { PlaceReport } from './placeReport.ts';
import { quoted } from './quoted.ts';
import { Rsync } from './rsync.ts';
import { NOT_FOUND, type Shell, shellHere, shellWith } from './shell.ts';
import type { SshHost } from './sshHost.ts';

/** GPU engines are gigabytes. */
const INSTALL_PATIENCE_MS = 2 * 3_600_000;
/** Checkpoints of a few runs fill this. */
const LITTLE_ROOM = 5 * 2 ** 30;

type Found = Omit<PlaceFinding, 'subject'>;
const good = (words: string): Found => ({ state: 'good', words, remedy: null });
const missing = (words: string, remedy: string): Found => ({ state: 'missing', words, remedy });

/**
 * Where the place does not answer, that is the error; what it lacks is a finding.
 * @throws {StudioError} `place.unreachable`, `place.hostKey`, `place.keyRefused`, `place.refused`
 */
export async function checkPlace(place: Place, dataDirHere: string): Promise<PlaceFinding[]> {
  const access = accessTo(place, dataDirHere);
  const { host, scheduler, files } = access;
  const findings: PlaceFinding[] = [];
  if (host) findings.push({ subject: 'connection', ...(await checkConnection(host)) });
  if (host && files) findings.push({ subject: 'copying', ...(await orMissing(() => checkCopying(host))) });
  findings.push({ subject: 'scheduler', ...(await orMissing(async () => good(await scheduler.check()))) });
  if (!host) return findings;
  const report = await askProgram(place, access);
  findings.push({ subject: 'program', ...report.found });
  if (report.said) findings.push({ subject: 'engine', ...engineFinding(place, report.said) });
  findings.push({ subject: 'disk', ...(await checkDisk(host, place.dataDir ?? dataDirHere)) });
  return findings;
}

/**
 * The engine for the GPUs that are there, else for the processor.
 * @returns what was done, in words
 * @throws {StudioError} as `checkPlace`; `place.programMissing`; `engine.notInstalled`: with what the installation said
 */
export async function installEngineThere(place: Place, dataDirHere: string): Promise<string> {
  const access = accessTo(place, dataDirHere);
  const { found, said } = await askProgram(place, access);
  if (!said)
    throw new StudioError(
      'place.programMissing',
      `${found.words}.`,
      found.remedy === null ? {} : { remedy: found.remedy },
    );
  const device = said.gpus.length > 0 ? 'gpu' : 'cpu';
  if (said.engines.includes(device)) return `The engine (${device}) is installed on ${place.name}.`;
  const dataDir = place.dataDir ?? dataDirHere;
  const words = ['--data-dir', dataDir, 'engine', 'install', '--device', device];
  const { code, stderr, stdout } = await runProgram(place, access, words, shellWith(INSTALL_PATIENCE_MS));
  if (code === 0) return `The engine (${device}) was installed on ${place.name}.`;
  const end = (stderr.trim() || stdout.trim()).split('\n').slice(-5).join('\n');
  throw new StudioError('engine.notInstalled', `The engine cannot be installed on "${place.name}": ${end}`, {
    remedy: `Run \`quorum engine install --device ${device}\` there in a terminal.`,
  });
}

async function checkConnection(host: SshHost): Promise<Found> {
  const { stdout } = await host.script('uname -n; uname -sm');
  const [node = '', system = ''] = stdout.trim().split('\n');
  return good(`ssh connects to ${host.host} (${node}, ${system})`);
}

async function checkCopying(host: SshHost): Promise<Found> {
  await new Rsync(host).probe();
  return good('rsync copies files');
}

async function askProgram(
  place: Place,
  access: PlaceAccess,
): Promise<{ readonly found: Found; readonly said: PlaceReport | null }> {
  const { code, stdout, stderr } = await runProgram(place, access, ['job', '--report'], shellHere);
  const program = access.program.at(-1) ?? '';
  if (code === NOT_FOUND)
    return {
      found: missing(
        `there is no program ${program} on ${place.name}`,
        'Install Quorum there (git clone, npm ci), and set the path of its program quorum, or its module, for this place.',
      ),
      said: null,
    };
  const said = reportIn(stdout);
  if (said?.format === JOB_FORMAT) return { found: good(`quorum ${said.version}`), said };
  const what = said ? `quorum ${said.version} on ${place.name} does not understand jobs of this version` : null;
  const ended = stderr.trim().split('\n')[0] ?? '';
  return {
    found: missing(what ?? `${program} on ${place.name} does not say its version: ${ended}`, 'Update Quorum there.'),
    said: null,
  };
}

/** Behind whatever else its start prints. */
function reportIn(stdout: string): PlaceReport | null {
  for (const line of stdout.split('\n').reverse()) {
    if (!line.startsWith('{')) continue;
    try {
      return PlaceReport.parse(JSON.parse(line));
    } catch {
      // not the report
    }
  }
  return null;
}

function engineFinding({ name, installEngine }: Place, { engines, gpus }: PlaceReport): Found {
  const cards = gpus.length === 0 ? 'no GPU' : gpus.join(', ');
  const device = gpus.length > 0 ? 'gpu' : 'cpu';
  if (engines.length > 0 && (device === 'cpu' || engines.includes('gpu')))
    return good(`engine for ${engines.join(' and ')}, ${cards}`);
  const what = engines.length > 0 ? `only the engine for ${engines.join()} is installed` : 'no engine is installed';
  if (installEngine) return { state: 'warning', words: `${what}, ${cards}; the first job installs it`, remedy: null };
  return {
    state: engines.length > 0 ? 'warning' : 'missing',
    words: `${what}, ${cards}`,
    remedy: `Run \`quorum places install-engine ${name}\`, or allow the first job to install it.`,
  };
}

async function checkDisk(host: SshHost, dataDir: string): Promise<Found> {
  const folder = quoted(dataDir);
  const { code, stdout, stderr } = await host.script(`umask 077; mkdir -p ${folder} && df -Pk ${folder} | tail -n 1`);
  const free = Number(/^\S+\s+\d+\s+\d+\s+(\d+)/.exec(stdout.trim())?.[1]) * 1024;
  if (code !== 0 || !Number.isFinite(free))
    return missing(
      `the data folder cannot be made: ${stderr.trim().split('\n')[0] ?? ''}`,
      'Choose another data folder for this place.',
    );
  const words = `${formatBytes(free)} free in ${dataDir}`;
  return free < LITTLE_ROOM ? { state: 'warning', words, remedy: 'Make room there.' } : good(words);
}

/** With its modules loaded. */
function runProgram(
  { modules }: Place,
  { host, program }: PlaceAccess,
  args: readonly string[],
  run: Shell,
): ReturnType<Shell> {
  const lines = [
    ...modules.map((name) => `module load ${quoted(name)} || exit`),
    [...program, ...args].map(quoted).join(' '),
  ];
  return host ? host.script(lines.join('\n'), run) : run(['bash', '-l', '-s'], `${lines.join('\n')}\n`);
}

async function orMissing(look: () => Promise<Found>): Promise<Found> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof StudioError && error.code === 'place.programMissing')) throw error;
    return missing(error.message.replace(/\.$/, ''), error.remedy ?? '');
  }
}
