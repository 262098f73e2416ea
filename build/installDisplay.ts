/** Shows an installation's progress: one line rewritten on a terminal, a line now and then elsewhere. */
import type { EngineDevice, InstallProgress } from '../contract/engine.ts';

const STAGES: Readonly<Record<InstallProgress['stage'], string>> = { wait: 'waiting', download: 'downloading', verify: 'checking', unpack: 'unpacking', compile: 'compiling' };
/** Between two lines about one stage where nothing can be rewritten. */
const LINE_INTERVAL_MS = 10_000;

export class InstallDisplay {
  readonly #device: EngineDevice;
  readonly #stream: NodeJS.WriteStream;
  #stage = '';
  #writtenAtMs = -Infinity;
  #open = false;

  constructor(device: EngineDevice, stream: NodeJS.WriteStream) {
    this.#device = device;
    this.#stream = stream;
  }

  show(progress: InstallProgress): void {
    const stage = `${progress.stage} ${progress.label}`;
    const text = `Engine    ${this.#device}: ${STAGES[progress.stage]} ${progress.label}${amount(progress)}`;
    if (this.#stream.isTTY) {
      if (this.#open && stage !== this.#stage) this.#stream.write('\n');
      this.#stream.write(`\r\x1b[K${text.slice(0, (this.#stream.columns || 80) - 1)}`);
      this.#open = true;
    } else {
      const now = performance.now();
      if (stage === this.#stage && now - this.#writtenAtMs < LINE_INTERVAL_MS) return;
      this.#writtenAtMs = now;
      this.#stream.write(`${text}\n`);
    }
    this.#stage = stage;
  }

  end(): void {
    if (this.#open) this.#stream.write('\n');
    this.#open = false;
  }
}

function amount({ done, total, bytesPerSec, secondsLeft }: InstallProgress): string {
  if (total === 0) return '';
  const parts = [`${Math.round(done / 1e6)} of ${Math.round(total / 1e6)} MB`];
  if (bytesPerSec !== null && bytesPerSec > 0) parts.push(`${(bytesPerSec / 1e6).toFixed(1)} MB/s`);
  if (secondsLeft !== null && done < total) parts.push(`${Math.ceil(secondsLeft)} s left`);
  return ` (${parts.join(', ')})`;
}
