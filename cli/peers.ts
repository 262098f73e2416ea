/** Our throughput beside that of other frameworks, measured alternately in the same minutes. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { StudioError } from '../contract/errors.ts';
import type { BenchRequest } from '../core/studio/engine/bench.ts';
import { formatTable } from './format.ts';
import { formatBytes } from '../pure/bytes.ts';
import type { Session } from './session.ts';

const PEERS = ['keras', 'torch'] as const;
const SCRIPT = fileURLToPath(new URL('../build/bench/peer_bench.py', import.meta.url));
/** Exit code of the script when the framework is not installed. */
const NOT_INSTALLED = 3;

const PeerResult = z.object({
  framework: z.string(),
  version: z.string(),
  imagesPerSec: z.number(),
  median: z.number(),
  peakRssBytes: z.number(),
});

interface Measured {
  readonly framework: string;
  readonly version: string;
  readonly imagesPerSec: number;
  readonly median: number;
  readonly peakRssBytes: number;
}

export interface Comparison {
  readonly model: string;
  readonly setting: string;
  /** Best of the repeats. */
  readonly results: Measured[];
  readonly skipped: { readonly framework: string; readonly reason: string }[];
}

/** Measures ours and every installed peer `repeats` times, taking turns. */
export async function comparePeers(session: Session, request: BenchRequest, repeats: number): Promise<Comparison> {
  const { studio, progress, work, interrupts } = session;
  const python = process.env['QUORUM_PEER_PYTHON'] ?? 'python3';
  const measured: Measured[] = [];
  const skipped = new Map<string, string>();
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const framework of ['quorum', ...PEERS]) {
      if (skipped.has(framework)) continue;
      interrupts.signal.throwIfAborted();
      progress.say(`${framework}, ${repeat + 1} of ${repeats} …`);
      if (framework === 'quorum') {
        measured.push(await studio.bench.run(request, work));
        continue;
      }
      const result = await runPeer(python, framework, request, interrupts.signal);
      if ('reason' in result) {
        skipped.set(framework, result.reason);
        progress.say(`SKIPPED: ${framework}: ${result.reason}`);
      } else {
        measured.push(result);
      }
    }
  }
  const results = ['quorum', ...PEERS].flatMap((framework) => {
    const own = measured.filter((one) => one.framework === framework).sort((a, b) => b.imagesPerSec - a.imagesPerSec);
    const [best] = own;
    return best
      ? [
          {
            framework,
            version: best.version,
            imagesPerSec: best.imagesPerSec,
            median: best.median,
            peakRssBytes: best.peakRssBytes,
          },
        ]
      : [];
  });
  return {
    model: request.model,
    setting:
      `${request.size}×${request.size}, ${request.classes} classes, batch ` +
      `${request.batchSize}, ${request.precision}, ${request.mode}`,
    results,
    skipped: [...skipped].map(([framework, reason]) => ({ framework, reason })),
  };
}

function runPeer(
  python: string,
  framework: string,
  request: BenchRequest,
  signal: AbortSignal,
): Promise<Measured | { reason: string }> {
  const { model, size, classes, batchSize, precision, mode, steps, rounds, threads } = request;
  const values = { size, classes, batch: batchSize, precision, mode, steps, rounds, threads };
  const args = [
    SCRIPT,
    framework,
    model,
    ...Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)])),
  ];
  return new Promise((resolve, reject) => {
    execFile(python, args, { signal, maxBuffer: 16 * 2 ** 20 }, (error, stdout, stderr) => {
      if (signal.aborted) return reject(new StudioError('input.invalid', 'Stopped.'));
      if (error?.code === 'ENOENT')
        return resolve({ reason: `there is no ${python}; name one with QUORUM_PEER_PYTHON` });
      if (error?.code === NOT_INSTALLED)
        return resolve({ reason: stderr.trim().split('\n').at(-1) ?? 'not installed' });
      if (error) return resolve({ reason: `it failed: ${stderr.trim().split('\n').at(-1) ?? error.message}` });
      resolve(PeerResult.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')));
    });
  });
}

export function describeComparison({ model, setting, results, skipped }: Comparison): string {
  const ours = results.find((result) => result.framework === 'quorum');
  const rows = results.map((result) => [
    `${result.framework} ${result.version}`,
    result.imagesPerSec.toFixed(1),
    result.median.toFixed(1),
    formatBytes(result.peakRssBytes),
    ours && result !== ours ? `${(ours.imagesPerSec / result.imagesPerSec).toFixed(2)}×` : '',
    ours && result !== ours ? `${(ours.peakRssBytes / result.peakRssBytes).toFixed(2)}×` : '',
  ]);
  const header = ['framework', 'img/s', 'median', 'peak memory', 'quorum is', 'memory'];
  return [
    `${model}, ${setting}`,
    formatTable(header, rows, header.slice(1)),
    ...skipped.map(({ framework, reason }) => `SKIPPED ${framework}: ${reason}`),
  ].join('\n');
}
