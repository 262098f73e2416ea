/** Disk layout of a data directory. Folders are the truth, the database is the index of them. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export interface StudioPaths {
  readonly dataDir: string;
  readonly database: string;
  readonly datasets: string;
  readonly runs: string;
  /** Card, index, quarantine list and packed caches of a data set. */
  datasetDir(id: string): string;
  /** `spec.json`, `checkpoints/`, `worker.log`. */
  runDir(id: string): string;
  checkpointsDir(runId: string): string;
  /** Where a checkpoint lies by its path as it is stored: relative to its run; older records say it whole. */
  checkpointDir(runId: string, path: string): string;
  /** `probabilities.f32`, `predictions.json` and `record.json`. */
  evaluationDir(id: string): string;
  readonly evaluations: string;
  /** Where earlier versions put what runs said as they were trained; their ids begin with `p-`. */
  readonly predictions: string;
  /** A file each. */
  readonly ensembles: string;
  ensembleFile(id: string): string;
  /** What a job's decoders are at, for as long as the job lives. */
  decodeDiary(id: string): string;
  /** A file for each key. */
  readonly settings: string;
  settingsFile(key: string): string;
  /** Which runs wait. */
  readonly queueFile: string;
  /** Imported weights, a folder each. */
  readonly weights: string;
  /** Published weights and data sets as they arrived, a folder for each entry of the catalogue. */
  readonly fetched: string;
  /** Reproduction projects of the user's own, a file each. */
  readonly projects: string;
  /** One file for each protocol that the user made. */
  readonly protocols: string;
  /** One file for each measurement of time. */
  readonly timings: string;
  /** Output of the last lines of a job that belongs to no run. */
  readonly jobLog: string;
  readonly demo: string;
  /** Sessions and links of the web host, its owner's alone. */
  readonly webHost: string;
  /** Archives of runs on their way in, unpacked; a folder each, for as long as that takes. */
  readonly arriving: string;
  /** Small pictures for the screens; can be removed at any time. */
  readonly thumbnails: string;
  readonly exports: string;
  /** A file made for download, and its sidecar. */
  exportDir(id: string): string;
}

export function studioPaths(dataDir: string): StudioPaths {
  return {
    dataDir,
    database: join(dataDir, 'quorum.sqlite'),
    datasets: join(dataDir, 'datasets'),
    runs: join(dataDir, 'runs'),
    datasetDir: (id) => join(dataDir, 'datasets', id),
    runDir: (id) => join(dataDir, 'runs', id),
    checkpointsDir: (runId) => join(dataDir, 'runs', runId, 'checkpoints'),
    checkpointDir: (runId, path) => resolve(dataDir, 'runs', runId, path),
    evaluationDir: (id) => join(dataDir, id.startsWith('p-') ? 'predictions' : 'evaluations', id),
    evaluations: join(dataDir, 'evaluations'),
    predictions: join(dataDir, 'predictions'),
    ensembles: join(dataDir, 'ensembles'),
    ensembleFile: (id) => join(dataDir, 'ensembles', `${id}.json`),
    decodeDiary: (id) => join(dataDir, 'decoding', id),
    settings: join(dataDir, 'settings'),
    settingsFile: (key) => join(dataDir, 'settings', `${key}.json`),
    queueFile: join(dataDir, 'queue.json'),
    weights: join(dataDir, 'weights'),
    fetched: join(dataDir, 'fetched'),
    projects: join(dataDir, 'projects'),
    protocols: join(dataDir, 'protocols'),
    timings: join(dataDir, 'timings'),
    jobLog: join(dataDir, 'job.log'),
    demo: join(dataDir, 'demo'),
    webHost: join(dataDir, 'webHost'),
    arriving: join(dataDir, 'arriving'),
    thumbnails: join(dataDir, 'thumbnails'),
    exports: join(dataDir, 'exports'),
    exportDir: (id) => join(dataDir, 'exports', id),
  };
}

/** Where a user's data lies unless told otherwise: `QUORUM_HOME`, else the platform's folder for application data. */
export function defaultDataDir(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (env['QUORUM_HOME']) return env['QUORUM_HOME'];
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Quorum');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Quorum');
  return join(env['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'quorum');
}
