/** What an engine offers the rest of Quorum: programs in, numbers out. */
import type { DeviceReport } from '../../contract/run.ts';
import type { Graph, GraphNode, GraphTensor, Shape } from './graph.ts';

/** One entry of a program: what to feed, what comes back, which updates happen. */
export interface Signature {
  readonly inputs: Readonly<Record<string, GraphTensor>>;
  readonly outputs: Readonly<Record<string, GraphTensor>>;
  /** Nodes that run for their effect (optimizer updates, moving averages). */
  readonly updates: readonly GraphNode[];
}

export interface Program {
  readonly graph: Graph;
  readonly signatures: Readonly<Record<string, Signature>>;
}

export type HostData = Float32Array | Int32Array | Uint8Array;
export interface HostTensor {
  readonly shape: Shape;
  readonly data: HostData;
}

/** A loaded program with its variables; all calls block until the result is there. */
export interface Session {
  /**
   * Feeds must match the signature's inputs (−1 axes free).
   * @throws {StudioError} run.outOfMemory: when the device has too little memory
   */
  run(signature: string, feeds: Readonly<Record<string, HostTensor>>): Record<string, HostTensor>;
  /** Values of the named variables, copied. */
  read(names: Iterable<string>): Map<string, Float32Array>;
  /** Sets variables; shapes must match. */
  write(values: ReadonlyMap<string, Float32Array>): void;
  dispose(): void;
}

export interface Engine {
  readonly device: DeviceReport;
  load(program: Program): Session;
  /** Tensors alive outside sessions; constant between steps, or something leaks. */
  liveTensors(): number;
}
