/**
 * What the card of a new run forecasts, beside what the run takes: `npm run bench:forecast -- [--epochs 1]
 * [--only resnet18,vgg11]`. Ten networks on the sample images, each measured by a probe and then trained; prints a
 * table of memory, time with its validation, time to the first step, and processor time, which other programs on the
 * machine hardly change. About eight minutes on two cores that nothing else uses. Linux.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { forkJob } from '../../cli/forkJob.ts';
import { probeJob, type ProbeReport } from '../../contract/api/runs/runs.ts';
import { RunRequest, type RunRequestInput } from '../../contract/runSpec.ts';
import { forecast, startProbe } from '../../core/studio/api/runs/runForecast.ts';
import { openStudioHost, type StudioHost } from '../../core/studio/host/studioHost.ts';

const { values } = parseArgs({ options: { epochs: { type: 'string', default: '1' }, only: { type: 'string' } } });
const epochs = Number(values.epochs);
/** Small and large, with and without BatchNorm, depthwise and attention; batch and side as one would choose them. */
const NETWORKS: readonly Pick<RunRequestInput, 'model' | 'batchSize' | 'preprocessing'>[] = [
  { model: { name: 'vgg11', options: { widthFactor: 0.25, headWidth: 128 } }, batchSize: 32 },
  { model: { name: 'vgg16' }, batchSize: 64, preprocessing: { size: 32 } },
  { model: { name: 'vgg16_bn' }, batchSize: 32, preprocessing: { size: 64 } },
  { model: { name: 'resnet18', options: { smallInput: true } }, batchSize: 64, preprocessing: { size: 32 } },
  { model: { name: 'resnet50' }, batchSize: 16, preprocessing: { size: 96 } },
  { model: { name: 'resnet20_cifar' }, batchSize: 128, preprocessing: { size: 32 } },
  { model: { name: 'mobilenet_v2' }, batchSize: 32, preprocessing: { size: 64 } },
  { model: { name: 'efficientnet_b0' }, batchSize: 16, preprocessing: { size: 96 } },
  { model: { name: 'convnext_tiny' }, batchSize: 16, preprocessing: { size: 64 } },
  { model: { name: 'inception_v3' }, batchSize: 8, preprocessing: { size: 128 } },
];
const LIMIT = { train: 512, val: 240 };
const POLL_MS = 100;

/** Clock ticks a second in /proc (`getconf CLK_TCK`), the same on every Linux. */
const TICKS = 100;

/** The most memory that a child of this process has held, bytes, and what all have computed, seconds. */
function useOfChildren(): { bytes: number; cpuSeconds: number } {
  let bytes = 0;
  let cpuSeconds = 0;
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [, parent] = fields;
      if (Number(parent) !== process.pid) continue;
      const [, kib] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8')) ?? [];
      bytes = Math.max(bytes, Number(kib ?? 0) * 1024);
      cpuSeconds += (Number(fields[11]) + Number(fields[12])) / TICKS;
    } catch {
      // it ended meanwhile
    }
  }
  return { bytes, cpuSeconds };
}

interface Taken {
  readonly bytes: number;
  readonly seconds: number;
  readonly firstStepSeconds: number;
  readonly cpuSeconds: number;
}

async function train(host: StudioHost, request: RunRequestInput): Promise<Taken> {
  const { runs } = host.studio;
  let [bytes, cpuSeconds] = [0, 0];
  const watch = setInterval(() => {
    const now = useOfChildren();
    bytes = Math.max(bytes, now.bytes);
    cpuSeconds = Math.max(cpuSeconds, now.cpuSeconds);
  }, POLL_MS);
  const { id } = await runs.create(request);
  const began = performance.now();
  const passed = (): number => (performance.now() - began) / 1000;
  let firstStepSeconds = NaN;
  const leave = runs.subscribe((run, message) => {
    if (run === id && message.type === 'started') firstStepSeconds = message.secondsToFirstStep;
  });
  try {
    await runs.start(id);
    const { name, state, reason } = await runs.wait(id);
    if (state !== 'finished') throw new Error(`${name} ended as ${state}: ${reason ?? ''}`);
    return { bytes, cpuSeconds, firstStepSeconds, seconds: passed() };
  } finally {
    clearInterval(watch);
    leave();
  }
}

/** What the card says after *Measure on this device*. */
async function probe(host: StudioHost, request: RunRequest): Promise<ProbeReport> {
  const { jobId } = await startProbe(host, request);
  const { result, error } = await host.jobs.ended(jobId);
  if (error) throw new Error(error.message);
  return probeJob.result.parse(result).report;
}

/** Of a forecast and of what was measured, either way. */
const WANTED = 1.5;
/** What is compared: its title, decimals, and where each is found. */
const MEASURES: readonly (readonly [
  title: string,
  digits: number,
  foretold: (told: ProbeReport & { readonly neededBytes: number }) => number,
  measured: (taken: Taken) => number,
])[] = [
  ['memory, MiB', 0, ({ neededBytes }) => neededBytes / 2 ** 20, ({ bytes }) => bytes / 2 ** 20],
  ['time with validation, s', 1, ({ secondsToFinish }) => secondsToFinish, ({ seconds }) => seconds],
  ['first step, s', 1, ({ firstStepSeconds }) => firstStepSeconds, (taken) => taken.firstStepSeconds],
  ['processor time, s', 1, ({ cpuSecondsToFinish }) => cpuSecondsToFinish, ({ cpuSeconds }) => cpuSeconds],
];
const dataDir = mkdtempSync(join(tmpdir(), 'quorum-forecast-'));
const samplesDir = resolve(import.meta.dirname, '../../resources/samples');
const host = await openStudioHost({
  dataDir,
  fork: forkJob,
  kind: 'web',
  version: 'bench',
  roots: [],
  samplesDir,
});
try {
  const path = join(samplesDir, 'fashion-mnist-mini');
  const { id: dataset } = await host.studio.datasets.import({ path, fractions: { val: 0.15, test: 0, seed: 0 } });
  const tables = MEASURES.map(([title]) => [`${title}: forecast`, 'measured', 'ratio']);
  const heads = ['network', 'pixels', 'batch', ...tables.flat()];
  console.log(`| ${heads.join(' | ')} |\n| --- |${' --: |'.repeat(heads.length - 1)}`);
  const ratios = MEASURES.map((): number[] => []);
  for (const network of NETWORKS) {
    if (values.only && !values.only.split(',').includes(network.model.name)) continue;
    const asked = { ...network, name: network.model.name, dataset, epochs, limit: LIMIT } satisfies RunRequestInput;
    const request = RunRequest.parse(asked);
    const { spec, neededBytes } = await forecast(host, request);
    const told = { ...(await probe(host, request)), neededBytes };
    const taken = await train(host, asked);
    const cells = MEASURES.flatMap(([, digits, foretold, measured], i) => {
      const [before, after] = [foretold(told), measured(taken)];
      ratios[i]!.push(before / after);
      return [before.toFixed(digits), after.toFixed(digits), (before / after).toFixed(2)];
    });
    console.log(`| ${[network.model.name, spec.preprocessing.size, spec.batchSize, ...cells].join(' | ')} |`);
  }
  for (const [i, [title]] of MEASURES.entries()) {
    const within = ratios[i]!.filter((ratio) => ratio <= WANTED && ratio >= 1 / WANTED);
    console.log(`${title}: ${within.length} of ${ratios[i]!.length} within a factor of ${WANTED}`);
  }
} finally {
  await host.close();
  rmSync(dataDir, { recursive: true, force: true });
}
