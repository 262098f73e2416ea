/** What the user chose once, for every window. */
import { z } from 'zod';
import { DeviceChoice } from '../deviceChoice.ts';
import { Place } from '../place.ts';
import { procedure } from './procedure.ts';

const fields = {
  theme: z.enum(['system', 'dark', 'light']),
  /** Threads of a job; the engine's own choice when null. */
  threads: z.int().min(1).max(1024).nullable(),
  /** Whether every job leaves half of the cores to other programs. */
  shareProcessor: z.boolean(),
  device: DeviceChoice,
  /** UUIDs of GPUs that Quorum leaves alone, such as the one that draws the display. */
  gpusLeftAlone: z.array(z.string().max(100)).max(64),
  /** Runs that train at once on the processor. */
  cpuLanes: z.int().min(1).max(64),
  /** Threads of each of them; an even share of the cores when null. */
  threadsPerLane: z.int().min(1).max(1024).nullable(),
  /** Runs and jobs that hold a lane at once, on all devices together; no limit when null. */
  mostLanes: z.int().min(1).max(1024).nullable(),
  /** Where runs train beside this machine. */
  places: z
    .array(Place)
    .max(50)
    .refine((places) => new Set(places.map(({ name }) => name)).size === places.length, 'has a name twice'),
  /** Proxy of downloads; what the environment says (HTTPS_PROXY) when null. */
  proxy: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .nullable(),
  /** Server of one's own that has published files, asked first: `<mirror>/<entry>/<file>`. */
  mirror: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .nullable(),
  thumbnailSize: z.int().min(32).max(512),
  /** Whether closing the window while training asks first. */
  askBeforeQuit: z.boolean(),
  /** Column choices, filters and the like, by view; the renderer's own affair. */
  views: z.record(z.string().max(100), z.json()),
};

/** What is left out stays as it is. */
export const SettingsChange = z.object(fields).partial();
export type SettingsChange = z.infer<typeof SettingsChange>;

export const Settings = z.object({
  theme: fields.theme.default('dark'),
  threads: fields.threads.default(null),
  shareProcessor: fields.shareProcessor.default(false),
  device: fields.device.default('auto'),
  gpusLeftAlone: fields.gpusLeftAlone.default([]),
  cpuLanes: fields.cpuLanes.default(1),
  threadsPerLane: fields.threadsPerLane.default(null),
  mostLanes: fields.mostLanes.default(null),
  places: fields.places.default([]),
  proxy: fields.proxy.default(null),
  mirror: fields.mirror.default(null),
  thumbnailSize: fields.thumbnailSize.default(96),
  askBeforeQuit: fields.askBeforeQuit.default(true),
  views: fields.views.default({}),
});
export type Settings = z.infer<typeof Settings>;

/** How downloads reach the network. */
export const NetworkSettings = Settings.pick({ proxy: true, mirror: true });
export type NetworkSettings = z.infer<typeof NetworkSettings>;

/** What decides how many jobs compute at once, and where. */
export const LaneSettings = Settings.pick({
  gpusLeftAlone: true,
  cpuLanes: true,
  threadsPerLane: true,
  mostLanes: true,
});
export type LaneSettings = z.infer<typeof LaneSettings>;

export const PlaceSettings = Settings.pick({ places: true });

export const DiskUse = z.object({
  dataDir: z.string(),
  freeBytes: z.number(),
  totalBytes: z.number(),
  datasetsBytes: z.number(),
  runsBytes: z.number(),
  evaluationsBytes: z.number(),
  thumbnailsBytes: z.number(),
  exportsBytes: z.number(),
  databaseBytes: z.number(),
  /** Leftovers of processes that were killed; removed when they are a day old. */
  litterBytes: z.number(),
  trashedRuns: z.int(),
  trashedDatasets: z.int(),
});
export type DiskUse = z.infer<typeof DiskUse>;

export const settingsContract = {
  get: procedure.output(Settings),
  set: procedure.input(SettingsChange).output(Settings),
  diskUse: procedure.output(DiskUse),
  /** Removes what can be made anew: thumbnails and exports. */
  clearCache: procedure.output(DiskUse),
  /** Removes everything in the trash for good. */
  emptyTrash: procedure.output(z.object({ runs: z.int(), datasets: z.int() })),
};
