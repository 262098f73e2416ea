/** What the studio needs of a job process, so that child_process and Electron's utilityProcess can both be it. */
import type { HostMessage } from '../../worker/jobMessages.ts';

export interface JobExit {
  /** Exit code; null when a signal ended the process. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Set when the process could not be started at all. */
  readonly startError?: string;
}

export interface JobChild {
  readonly pid: number | undefined;
  send(message: HostMessage): void;
  /** Ends the process at once; it cannot refuse. */
  kill(): void;
  onMessage(listener: (message: unknown) => void): void;
  /** After the last message and the last output. */
  onExit(listener: (exit: JobExit) => void): void;
  /** What the process prints on stdout and stderr. */
  onOutput(listener: (text: string) => void): void;
}

/** Starts `entry` as a process of its own with exactly the environment `env`. */
export type Fork = (entry: string, options: { readonly env: Readonly<Record<string, string>> }) => JobChild;
