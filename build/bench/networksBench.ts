/**
 * Four of today's networks at 64 and 224 pixels, training and inference, beside PyTorch and Keras: `npm run
 * bench:networks -- [--only convnext_tiny,vit] [--sizes 64,224] [--modes train,infer] [--rounds 4] [--repeats 1]`.
 * Frameworks take turns network by network, so that their figures are of the same minutes; all takes 10 to 12 minutes
 * on two quiet cores. Prints a table. QUORUM_PEER_PYTHON names the Python that has the peers (torch, timm and
 * keras on tensorflow-cpu).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const NETWORKS = ['mobilenetv2_100', 'efficientnet_b0', 'convnext_tiny', 'vit_small_patch16_224'];
/** By side: a round of each framework takes about a second. */
const WORK: Readonly<Record<number, { readonly batch: number; readonly steps: number }>> = {
  64: { batch: 32, steps: 2 },
  224: { batch: 8, steps: 1 },
};
/** What `quorum bench --peers --json` prints. */
interface Comparison {
  readonly results: readonly {
    readonly framework: string;
    readonly version: string;
    readonly imagesPerSec: number;
    readonly median: number;
  }[];
  readonly skipped: readonly { readonly framework: string; readonly reason: string }[];
}

const QUORUM = resolve(import.meta.dirname, '../quorum.mjs');

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    sizes: { type: 'string', default: '64,224' },
    modes: { type: 'string', default: 'train,infer' },
    rounds: { type: 'string', default: '4' },
    repeats: { type: 'string', default: '1' },
  },
});
const wanted = values.only.split(',');
const dataDir = mkdtempSync(join(tmpdir(), 'quorum-networks-bench-'));

function measured(model: string, size: number, mode: string): Comparison {
  const { batch, steps } = WORK[size] ?? { batch: 8, steps: 1 };
  const options = { model, size, mode, batch, steps, rounds: values.rounds, repeats: values.repeats };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const out = execFileSync(
    process.execPath,
    [QUORUM, '--data-dir', dataDir, '--json', 'bench', '--peers', '--device', 'cpu', ...args],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return JSON.parse(out) as Comparison;
}

/** Images a second, the median of the rounds in brackets, and how many times as fast we are. */
function cells({ results }: Comparison): string[] {
  const of = (name: string): Comparison['results'][number] | undefined =>
    results.find(({ framework }) => framework === name);
  const ours = of('quorum')!;
  return ['quorum', 'torch', 'keras'].flatMap((name) => {
    const one = of(name);
    const speed = one ? `${one.imagesPerSec.toFixed(1)} (${one.median.toFixed(1)})` : '–';
    const ratio = one ? `${(ours.imagesPerSec / one.imagesPerSec).toFixed(2)}` : '–';
    return name === 'quorum' ? [speed] : [speed, ratio];
  });
}

try {
  const heads = ['network', 'pixels', 'batch', '', 'Quorum', 'PyTorch', '× PyTorch', 'Keras', '× Keras'];
  console.log(`| ${heads.join(' | ')} |\n| --- |${' --: |'.repeat(2)} --- |${' --: |'.repeat(5)}`);
  const versions = new Set<string>();
  for (const model of NETWORKS.filter((name) => wanted.some((part) => name.includes(part))))
    for (const size of values.sizes.split(',').map(Number))
      for (const mode of values.modes.split(',')) {
        const comparison = measured(model, size, mode);
        for (const { framework, version } of comparison.results) versions.add(`${framework} ${version}`);
        const { batch } = WORK[size] ?? { batch: 8 };
        console.log(`| ${[model, size, batch, mode, ...cells(comparison)].join(' | ')} |`);
        for (const { framework, reason } of comparison.skipped)
          if (!reason.includes('has no network')) console.error(`SKIPPED ${framework} for ${model}: ${reason}`);
      }
  console.log(`\n${[...versions].join(', ')}; float32, channels last, Adam; best round, median in brackets.`);
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
