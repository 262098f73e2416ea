/** Who computes where: every job of every program on the data folder takes its lane here, and gives it back. */
import { z } from 'zod';
import { LaneSettings } from '../../../contract/api/settings.ts';
import type { DeviceChoice } from '../../../contract/deviceChoice.ts';
import { StudioError } from '../../../contract/errors.ts';
import { gpuWords } from '../../../pure/gpuWords.ts';
import { freeLane, type HeldLane, type LaneRepository, type LaneWork } from '../../db/laneRepository.ts';
import { type SettingsRepository, STUDIO_SETTINGS } from '../../db/settingsRepository.ts';
import type { GpuFinding } from '../../provision/gpu.ts';
import { locateEngine } from '../../provision/installation.ts';
import { isLeftAlone, type Lane, lanesFor, type MachineDevices, notThere, PASSING } from './machineLanes.ts';

export interface LaneHold {
  readonly lane: Lane;
  release(): Promise<void>;
}

export interface LaneBookOptions {
  readonly lanes: LaneRepository;
  readonly settings: SettingsRepository;
  /** This process, as leases know it. */
  readonly owner: string;
  readonly findGpus: () => Promise<GpuFinding>;
  /** Nothing can be stored: what computes is not noted either. */
  readonly readOnly: boolean;
}

export interface Waiting {
  readonly signal?: AbortSignal | undefined;
  /** Called once, with what it waits for. */
  readonly onWait?: ((words: string) => void) | undefined;
}

/** To ask the driver for its GPUs starts a program. */
const FRESH_MS = 5000;
const POLL_MS = 500;
const NAMES_KEY = 'gpuNames';
const Names = z.record(z.string(), z.string());

export class LaneBook {
  readonly #options: LaneBookOptions;
  #found: { at: number; finding: Promise<GpuFinding> } | null = null;
  #limits: Partial<LaneSettings> = {};
  #names: Record<string, string> | null = null;

  constructor(options: LaneBookOptions) {
    this.#options = options;
  }

  /** GPUs of this machine, those that are left alone among them. */
  gpus(): Promise<GpuFinding> {
    const now = performance.now();
    if (!this.#found || now - this.#found.at > FRESH_MS) this.#found = { at: now, finding: this.#ask() };
    return this.#found.finding;
  }

  /** For this process alone, over what the settings say. */
  limit(limits: Partial<LaneSettings>): void {
    this.#limits = { ...this.#limits, ...limits };
  }

  async settings(): Promise<LaneSettings> {
    return { ...(await this.#options.settings.read(STUDIO_SETTINGS, LaneSettings)), ...this.#limits };
  }

  /** GPUs that jobs may compute on. */
  async usableGpus(): Promise<GpuFinding> {
    const { gpus, problem } = await this.gpus();
    const settings = await this.settings();
    return { gpus: gpus.filter((gpu) => !isLeftAlone(gpu, settings)), problem };
  }

  /** Where a job with that device may compute. @throws {StudioError} as `lanesFor` does */
  async possible(device: DeviceChoice): Promise<Lane[]> {
    return lanesFor(device, await this.#machine(), await this.settings());
  }

  /** What computes for that device now: a GPU, or the processor. @throws {StudioError} as `lanesFor` does */
  async kindOf(device: DeviceChoice): Promise<Lane['kind']> {
    return (await this.possible(device))[0]?.kind ?? 'cpu';
  }

  /** Of the smallest GPU that may compute it; null where that is not known. @throws {StudioError} as `lanesFor` does */
  async memoryBytes(device: DeviceChoice): Promise<number | null> {
    const sizes = (await this.possible(device)).map((lane) => (lane.kind === 'gpu' && lane.gpu?.memoryBytes) || null);
    return sizes.includes(null) || sizes.length === 0 ? null : Math.min(...sizes.map(Number));
  }

  held(): Promise<HeldLane[]> {
    return this.#options.lanes.held();
  }

  /** Whether `take` would find one now. @throws {StudioError} as `lanesFor` does */
  async isFree(device: DeviceChoice): Promise<boolean> {
    const names = (await this.possible(device)).map(({ id }) => id);
    const held = (await this.held()).map(({ lane }) => lane);
    return freeLane(names, held, (await this.settings()).mostLanes) !== null;
  }

  /** A lane for a run, or null when all are in use. @throws {StudioError} as `lanesFor` does */
  async take(device: DeviceChoice, work: LaneWork): Promise<LaneHold | null> {
    const { lanes, owner, readOnly } = this.#options;
    const possible = await this.possible(device);
    if (readOnly) return { lane: possible[0] ?? PASSING, release: async () => undefined };
    const names = possible.map(({ id }) => id);
    const taken = await lanes.take(names, owner, work, (await this.settings()).mostLanes);
    const lane = possible.find(({ id }) => id === taken);
    return lane ? { lane, release: () => lanes.release(lane.id, owner) } : null;
  }

  /**
   * A lane for what is to begin now: waits for a GPU, but for the processor nobody waits.
   * @throws {StudioError} as `lanesFor` does; `job.stopped`: `signal` aborted while it waited
   */
  async enter(device: DeviceChoice, work: LaneWork, { signal, onWait }: Waiting = {}): Promise<LaneHold> {
    let told = false;
    for (;;) {
      if (signal?.aborted) throw new StudioError('job.stopped', 'Stopped while it waited for a GPU.');
      const onCpu = (await this.kindOf(device)) === 'cpu';
      // a job on the processor would keep runs from starting there
      const hold = onCpu && work.runId === null ? null : await this.take(device, work);
      if (hold) return hold;
      if (onCpu) return { lane: PASSING, release: async () => undefined };
      if (!told) onWait?.(await this.#waitWords(device));
      told = true;
      await new Promise((resolve) => {
        setTimeout(resolve, POLL_MS);
      });
    }
  }

  /** What to say where the GPU of a job that failed is not there any more; null while it is. */
  async vanished(lane: Lane): Promise<StudioError | null> {
    if (lane.kind === 'cpu' || !lane.gpu) return null;
    const { uuid } = lane.gpu;
    this.#found = null;
    const { gpus, problem } = await this.gpus();
    if (problem !== null || gpus.some((gpu) => gpu.uuid === uuid)) return null;
    return notThere({ gpus, names: { [uuid]: gpuWords(lane.gpu) } }, uuid);
  }

  async #waitWords(device: DeviceChoice): Promise<string> {
    const possible = await this.possible(device);
    const held = await this.held();
    const busy = possible.flatMap((lane) => {
      const by = held.find((one) => one.lane === lane.id);
      if (!by) return [];
      return [`${lane.kind === 'gpu' && lane.gpu ? gpuWords(lane.gpu) : 'the GPU'} computes "${by.title}"`];
    });
    if (busy.length === possible.length) return `waiting for a GPU: ${busy.join(', ')}`;
    return `waiting for its turn: ${held.length} compute at once, as many as the settings allow`;
  }

  async #machine(): Promise<MachineDevices> {
    const { gpus } = await this.gpus();
    return { gpus, gpuEngine: locateEngine('gpu') !== null, names: await this.#knownNames() };
  }

  async #ask(): Promise<GpuFinding> {
    const finding = await this.#options.findGpus();
    const known = await this.#knownNames();
    const fresh = finding.gpus.filter((gpu) => known[gpu.uuid] !== gpuWords(gpu));
    if (fresh.length > 0 && !this.#options.readOnly) {
      // for the day when it is not there
      this.#names = { ...known, ...Object.fromEntries(fresh.map((gpu) => [gpu.uuid, gpuWords(gpu)])) };
      await this.#options.settings.write(NAMES_KEY, this.#names);
    }
    return finding;
  }

  async #knownNames(): Promise<Record<string, string>> {
    return (this.#names ??= await this.#options.settings.read(NAMES_KEY, Names));
  }
}
