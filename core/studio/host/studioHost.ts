/** What a host with screens needs beyond the command line: events, queue, jobs, media, the folders it allows. */
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import type { HostInfo } from '../../../contract/api/home.ts';
import type { QueueState } from '../../../contract/api/runs/queue.ts';
import { Settings } from '../../../contract/api/settings.ts';
import { ACTIVE_STATES } from '../../../contract/run.ts';
import type { DatasetRow } from '../../../contract/api/datasets/datasetTypes.ts';
import { type Place, placeOf } from '../../../contract/place.ts';
import type { DatasetCard } from '../../../contract/dataset.ts';
import { sweepDaily } from '../records/litter.ts';
import { STUDIO_SETTINGS } from '../../db/settingsRepository.ts';
import type { StudioContext } from '../context.ts';
import { createStudio, type Studio, type StudioOptions } from '../createStudio.ts';
import { createReader, type Reader } from '../lookups/lookups.ts';
import { PRIORITY_VARIABLE } from '../../worker/jobMessages.ts';
import type { Fork } from '../jobs/jobChild.ts';
import type { ProcessorUse } from '../jobs/jobEnvironment.ts';
import { datasetRow } from './datasetRow.ts';
import { EngineGate } from './engineGate.ts';
import { EngineInstaller } from './engineInstaller.ts';
import { EventLog } from './eventLog.ts';
import { FileRoots } from './fileRoots.ts';
import { JobList } from './jobList.ts';
import { createMachine, type Machine } from './machine.ts';
import { createMedia, type Media } from './media.ts';
import { RunQueue } from './runQueue.ts';
import { RunNews } from './runNews.ts';

export interface StudioHostOptions extends Pick<StudioOptions, 'dataDir' | 'fork' | 'workerEntry'> {
  readonly kind: HostInfo['kind'];
  readonly version: string;
  /** Folders that pages may look into. */
  readonly roots: readonly string[];
  /** Folder of the sample data sets that come with Quorum. */
  readonly samplesDir: string;
  readonly readerEntry?: string | URL;
}

export interface StudioHost {
  readonly kind: HostInfo['kind'];
  readonly version: string;
  readonly samplesDir: string;
  readonly studio: Studio;
  readonly events: EventLog;
  readonly jobs: JobList;
  readonly queue: RunQueue;
  /** What runs wait for that could start. */
  readonly gate: EngineGate;
  readonly installer: EngineInstaller;
  readonly news: RunNews;
  readonly reader: Reader;
  readonly media: Media;
  readonly roots: FileRoots;
  readonly machine: Machine;
  /** What the user should know about the data folder as it was found, until it was read. */
  notices(): readonly string[];
  dismissNotices(): void;
  settings(): Promise<Settings>;
  saveSettings(change: Partial<Settings>): Promise<Settings>;
  queueState(): Promise<QueueState>;
  datasetRow(card: DatasetCard, trashedAt?: string | null): Promise<DatasetRow>;
  /** Tells everybody about the queue as it is now. */
  tellQueue(): Promise<void>;
  tellDataset(id: string): Promise<void>;
  /** Whether a run trains or a job works. */
  busy(): Promise<{ training: string[]; runIds: string[]; jobs: number }>;
  /** Lets runs save and end, then closes everything. */
  close(): Promise<void>;
}

function processorUse({ threads, shareProcessor }: Settings): ProcessorUse {
  return { threads: threads ?? undefined, shared: shareProcessor };
}

/** Names of places that are on the list no more. */
function withoutThese(before: readonly Place[], after: readonly Place[]): string[] {
  return before.map(({ name }) => name).filter((name) => !after.some((place) => place.name === name));
}

const ELSEWHERE_POLL_MS = 2000;
/** How often it is looked whether a day is over. */
const SWEEP_MS = 3_600_000;

/** Opens the studio for screens; waiting runs begin to start. @throws {StudioError} as `createStudio` does */
export async function openStudioHost(options: StudioHostOptions): Promise<StudioHost> {
  let processor: ProcessorUse = {};
  const reader = createReader(options.readerEntry);
  const studio = await createStudio({
    dataDir: options.dataDir,
    fork: givingWay(options.fork),
    ...(options.workerEntry && { workerEntry: options.workerEntry }),
    processor: () => processor,
    // a thread starts the driver's program, which would hold up the host
    findGpus: () => reader.ask('gpus', {}),
  });
  const { context } = studio;
  const events = new EventLog();
  const settings = (): Promise<Settings> => context.settings.read(STUDIO_SETTINGS, Settings);
  processor = processorUse(await settings());

  const parts = createParts(studio, events, (runIds) => {
    for (const id of runIds) void parts.news.tell(id);
    // told again with the next change
    void host.tellQueue().catch(() => undefined);
  });
  const host: StudioHost = {
    kind: options.kind,
    version: options.version,
    samplesDir: options.samplesDir,
    studio,
    events,
    ...parts,
    reader,
    machine: createMachine(reader, context.lanes),
    media: createMedia(context, reader),
    roots: new FileRoots(options.roots),
    ...createNotices(studio, events),
    settings,
    async saveSettings(change) {
      const before = await settings();
      const value = { ...before, ...change };
      context.places.requireUnused(withoutThese(before.places, value.places));
      await context.settings.write(STUDIO_SETTINGS, value);
      processor = processorUse(value);
      events.publish({ type: 'settings', settings: value });
      // another lane may be there now
      parts.queue.poke();
      return value;
    },
    queueState: () => queueState(context, parts),
    async tellQueue() {
      events.publish({ type: 'queue', queue: await host.queueState() });
    },
    datasetRow: (card, trashedAt) => datasetRow(context, card, trashedAt),
    async tellDataset(id) {
      const card = await context.datasets.find(id);
      if (card) events.publish({ type: 'dataset', dataset: await host.datasetRow(card) });
    },
    async busy() {
      const { running } = await host.queueState();
      // what trains at another place goes on without this host
      const here = running.filter((run) => studio.runs.trainsHere(run.id) && placeOf(run.spec) === null);
      return {
        training: here.map((run) => run.name),
        runIds: here.map((run) => run.id),
        jobs: parts.jobs.list().filter((job) => job.endedAt === null).length,
      };
    },
    async close() {
      stopWatching();
      await closeInOrder(host);
    },
  };
  studio.runs.subscribe((_, message) => {
    if (message.type === 'predicted') events.publish({ type: 'evaluations' });
    if (message.type === 'pictureRefused') void host.tellDataset(message.dataset);
  });
  if (context.readOnly === null) parts.queue.open();
  const stopWatching = watchFolder(context, events);
  return host;
}

type Parts = Pick<StudioHost, 'jobs' | 'news' | 'installer' | 'gate' | 'queue'>;

/** What starts runs and jobs, and tells of them. `onChange` is called with the runs whose state is another now. */
function createParts(studio: Studio, events: EventLog, onChange: (runIds: readonly string[]) => void): Parts {
  const { context } = studio;
  const jobs = new JobList(events);
  const news = new RunNews(context, events, studio.runs);
  const installer = new EngineInstaller(jobs, events, studio.engine);
  const gate = new EngineGate({
    context,
    engine: studio.engine,
    install: (device, onProgress) => installer.install(device, onProgress),
    onProgress: (runId, progress) => news.installing(runId, progress),
    onChange(runIds) {
      onChange(runIds);
      queue.poke();
    },
  });
  const queue = new RunQueue({
    context,
    runs: studio.runs,
    queue: context.queue,
    settings: context.settings,
    gate,
    onChange,
  });
  return { jobs, news, installer, gate, queue };
}

function createNotices(studio: Studio, events: EventLog): Pick<StudioHost, 'notices' | 'dismissNotices'> {
  let { notices } = studio;
  return {
    notices: () => notices,
    dismissNotices() {
      notices = [];
      events.publish({ type: 'noticesDismissed' });
    },
  };
}

async function queueState(context: StudioContext, { queue, gate, news }: Parts): Promise<QueueState> {
  const { paused, continueAfterFailure, pausedReason } = await queue.settings();
  const runs = await context.runRows.pending(ACTIVE_STATES);
  const waiting = runs
    .filter((run) => run.queuePosition !== null)
    .sort((a, b) => (a.queuePosition ?? 0) - (b.queuePosition ?? 0));
  return {
    paused,
    continueAfterFailure,
    pausedReason: paused ? pausedReason : null,
    engine: waiting.length > 0 ? await gate.state() : null,
    running: runs.filter((run) => ACTIVE_STATES.includes(run.state)),
    waiting,
    progress: news.progress(),
  };
}

/** Looks for what other programs change in the data folder, and sweeps what they left. Returns what ends both. */
function watchFolder(context: StudioContext, events: EventLog): () => void {
  const watch = setInterval(() => {
    void context.changes.changedElsewhere().then(
      (changed) => {
        if (changed) events.publish({ type: 'elsewhere' });
      },
      () => undefined,
    );
  }, ELSEWHERE_POLL_MS);
  const sweep = setInterval(() => void sweepDaily(context).catch(() => undefined), SWEEP_MS);
  watch.unref();
  sweep.unref();
  return () => {
    clearInterval(watch);
    clearInterval(sweep);
  };
}

/** Nothing new starts before what runs is ended, and nothing that is still used is closed. */
async function closeInOrder({ queue, gate, jobs, studio, events, machine, reader }: StudioHost): Promise<void> {
  await queue.close();
  gate.close();
  await jobs.close();
  await gate.settle();
  await studio.runs.stopAll();
  await queue.settle();
  events.close();
  machine.close();
  await reader.close();
  await studio.close();
}

/**
 * Where windows are drawn on the same processor, training takes what they leave: it loses next to nothing, and they
 * stay smooth.
 */
function givingWay(fork: Fork): Fork {
  return (entry, { env }) =>
    fork(entry, { env: { ...env, [PRIORITY_VARIABLE]: String(osConstants.priority.PRIORITY_BELOW_NORMAL) } });
}

/** Folder of the samples inside the project or the installed application. */
export function samplesFolder(appRoot: string): string {
  return join(appRoot, 'resources', 'samples');
}
