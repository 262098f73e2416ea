/**
 * The folder in which a host and a job at another place talk, `place/` in the run's folder: the job's settings and the
 * wish to stop on one side, the job's journal on the other. No port is opened and no database is shared.
 */
import { closeSync, existsSync, fstatSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DeviceChoice } from '../../../contract/deviceChoice.ts';
import { TrainEvent } from '../../../contract/run.ts';
import { writeDurableFileSync } from '../../files/durableFile.ts';
import { WorkerMessage } from '../../worker/jobMessages.ts';
import { TrainJob } from '../../worker/jobs/train/messages.ts';

export const PLACE_FOLDER = 'place';
/** Environment variable of a job at another place: the submission that it belongs to. */
export const TOKEN_VARIABLE = 'QUORUM_JOB_TOKEN';
/** Environment variable of a job that no Slurm numbers: its number at the place. */
export const JOB_VARIABLE = 'QUORUM_PLACE_JOB';
/** What the scheduler's own process prints. */
export const OUTPUT_FILE = 'output.log';

/** With this code the script of a job ends where the run's folder is not seen. */
export const NO_FOLDER = 66;

/** Read at once: more than any line has. */
const MOST_BYTES = 2 ** 20;
/** Written by the script shortly before the time limit. */
export const LEAVE_FILE = 'leave';
export const JOB_FILE = 'job.json';
export const JOURNAL_FILE = 'journal.jsonl';
export const STOP_FILE = 'stop';
const SENT_FILE = 'sent.json';

/** Where the log goes of a job that has a copy of the run's folder: `worker.log` is its host's own there. */
export const MIRRORED_LOG = `${PLACE_FOLDER}/worker.log`;

/** How host and job talk: another number is another way, and the two do not understand each other. */
export const JOB_FORMAT = 1;

/** What the job is to do; its paths are those that the place sees. */
export const JobFile = z.object({
  /** Of the submission: a job of an earlier one leaves the run alone. */
  token: z.string(),
  request: TrainJob,
  device: DeviceChoice,
  shareProcessor: z.boolean(),
  installEngine: z.boolean(),
  /** What the training prints, relative to the run's folder. */
  logFile: z.enum(['worker.log', MIRRORED_LOG]).default('worker.log'),
});
export type JobFile = z.infer<typeof JobFile>;

/** What the host notes of a job that it sent away; gone once the job has ended and all it said is stored. */
export const SentFile = z.object({
  place: z.string(),
  token: z.string(),
  /** Which of the submission's jobs it is, and of how many. */
  index: z.int(),
  count: z.int(),
  /** By which the scheduler knows it; null while the submission is under way. */
  id: z.string().nullable(),
  /** Bytes of the job's journal that are stored. */
  offset: z.int(),
  /** Bytes of its log that are in the run's own. */
  logOffset: z.int().default(0),
  /** Whether none of the run's jobs was ever taken: what lies there is of an earlier attempt. */
  fresh: z.boolean().default(false),
  sentAt: z.string(),
});
export type SentFile = z.infer<typeof SentFile>;

/** First word of a process at the place. */
export const Begun = z.object({ type: z.literal('begun'), hostName: z.string(), job: z.string() });
/**
 * Last word of a process that leaves before the run has ended, so that another goes on from its checkpoint: shortly
 * before a time limit, or because it was told to end.
 */
export const Left = z.object({
  type: z.literal('left'),
  why: z.enum(['timeLimit', 'terminated']),
  /** How the training ended, had it been stopped. */
  finished: TrainEvent.nullable(),
});
export const PlacedMessage = z.union([WorkerMessage, Begun, Left]);
export type PlacedMessage = z.infer<typeof PlacedMessage>;

const Line = z.object({ at: z.string(), message: PlacedMessage });
export type JournalLine = z.infer<typeof Line>;

export const writeJobFile = (folder: string, job: JobFile): void =>
  writeDurableFileSync(join(folder, JOB_FILE), `${JSON.stringify(job)}\n`);

/** @throws {Error} it is missing or unreadable */
export const readJobFile = (folder: string): JobFile =>
  JobFile.parse(JSON.parse(readFileSync(join(folder, JOB_FILE), 'utf8')));

export const writeSent = (folder: string, sent: SentFile): void =>
  writeDurableFileSync(join(folder, SENT_FILE), `${JSON.stringify(sent)}\n`);

/** Null where no job is away for this run. */
export function readSent(folder: string): SentFile | null {
  const path = join(folder, SENT_FILE);
  if (!existsSync(path)) return null;
  const sent = SentFile.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  return sent.success ? sent.data : null;
}

export const askToStop = (folder: string): void => writeDurableFileSync(join(folder, STOP_FILE), '');
export const isAskedToLeave = (folder: string): boolean => existsSync(join(folder, LEAVE_FILE));
export const isAskedToStop = (folder: string): boolean => existsSync(join(folder, STOP_FILE));

/** Lines of the job's own journal, each a message; what was cut short by a crash does not swallow the next one. */
export class PlaceJournal {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, JOURNAL_FILE);
  }

  /** @param lasting on the disk for good before this returns */
  write(message: PlacedMessage, lasting: boolean): void {
    const file = openSync(this.#path, 'a+');
    try {
      const { size } = fstatSync(file);
      const last = Buffer.alloc(1);
      const whole = size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last[0] === 0x0a);
      const line = JSON.stringify({ at: new Date().toISOString(), message } satisfies JournalLine);
      const bytes = Buffer.from(`${whole ? '' : '\n'}${line}\n`);
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      if (lasting) fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /** Some of the whole lines behind `offset`, and where they end; none where there are no more. */
  read(offset: number): { readonly lines: readonly JournalLine[]; readonly offset: number } {
    if (!existsSync(this.#path)) return { lines: [], offset };
    const file = openSync(this.#path, 'r');
    try {
      const bytes = Buffer.alloc(Math.max(0, Math.min(MOST_BYTES, fstatSync(file).size - offset)));
      const read = readSync(file, bytes, 0, bytes.length, offset);
      const end = bytes.subarray(0, read).lastIndexOf(0x0a) + 1;
      const texts = bytes.toString('utf8', 0, end).split('\n');
      return { lines: texts.flatMap((text) => parsed(text) ?? []), offset: offset + end };
    } finally {
      closeSync(file);
    }
  }
}

function parsed(text: string): JournalLine | null {
  try {
    const line = Line.safeParse(JSON.parse(text));
    return line.success ? line.data : null;
  } catch {
    return null;
  }
}
