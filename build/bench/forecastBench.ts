/**
 * What the card of a new run forecasts, beside what the run takes: `npm run bench:forecast -- [--epochs 2]
 * [--only resnet18,vgg11]`. Ten networks on the sample images, each measured by a probe and then trained; prints a
 * table of memory and time. Linux; time needs a machine that does nothing else.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { forkJob } from '../../cli/forkJob.ts';
import { probeJob } from '../../contract/api/runs/runs.ts';
import { RunRequest, type RunRequestInput } from '../../contract/runSpec.ts';
import { forecast, startProbe } from '../../core/studio/api/runForecast.ts';
import { openStudioHost, type StudioHost } from '../../core/studio/host/studioHost.ts';

const { values } = parseArgs({ options: { epochs: { type: 'string', default: '2' }, only: { type: 'string' } } });
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
const LIMIT = { train: 640, val: 300 };
const POLL_MS = 100;

/** The most memory that a child of this process has held, bytes; 0 where there is none. */
function peakOfChildren(): number {
  let peak = 0;
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(parent) !== process.pid) continue;
      const [, kib] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8')) ?? [];
      peak = Math.max(peak, Number(kib ?? 0) * 1024);
    } catch {
      // it ended meanwhile
    }
  }
  return peak;
}

async function train(host: StudioHost, request: RunRequestInput): Promise<{ bytes: number; seconds: number }> {
  const { runs } = host.studio;
  let bytes = 0;
  const watch = setInterval(() => {
    bytes = Math.max(bytes, peakOfChildren());
  }, POLL_MS);
  const began = performance.now();
  try {
    const { id } = await runs.create(request);
    await runs.start(id);
    const { name, state, reason } = await runs.wait(id);
    if (state !== 'finished') throw new Error(`${name} ended as ${state}: ${reason ?? ''}`);
    return { bytes, seconds: (performance.now() - began) / 1000 };
  } finally {
    clearInterval(watch);
  }
}

/** What the card says after *Measure on this device*. Seconds. */
async function probe(host: StudioHost, request: RunRequest): Promise<number> {
  const { jobId } = await startProbe(host, request);
  const { result, error } = await host.jobs.ended(jobId);
  if (error) throw new Error(error.message);
  return probeJob.result.parse(result).report.secondsToFinish;
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
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
  console.log(
    '| network | pixels | batch | memory, forecast MiB | measured MiB | ratio | time, forecast s | measured s | ratio |',
  );
  console.log('| --- | --: | --: | --: | --: | --: | --: | --: | --: |');
  for (const network of NETWORKS) {
    if (values.only && !values.only.split(',').includes(network.model.name)) continue;
    const asked = { ...network, name: network.model.name, dataset, epochs, limit: LIMIT } satisfies RunRequestInput;
    const request = RunRequest.parse(asked);
    const { spec, neededBytes } = await forecast(host, request);
    const forecastSeconds = await probe(host, request);
    const { bytes, seconds } = await train(host, asked);
    const cells = [
      network.model.name,
      spec.preprocessing.size,
      spec.batchSize,
      mib(neededBytes),
      mib(bytes),
      (neededBytes / bytes).toFixed(2),
      forecastSeconds.toFixed(1),
      seconds.toFixed(1),
      (forecastSeconds / seconds).toFixed(2),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
} finally {
  await host.close();
  rmSync(dataDir, { recursive: true, force: true });
}
