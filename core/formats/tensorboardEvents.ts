/**
 * TensorBoard's event files: scalars as `Event` messages (tensorflow/core/util/event.proto, summary.proto) in record
 * files.
 */
import { tfRecord } from './tfRecord.ts';

export interface ScalarEvent {
  readonly tag: string;
  readonly step: number;
  /** Seconds since 1970. */
  readonly wallTime: number;
  /** May be NaN or infinite: TensorBoard shows them as such. */
  readonly value: number;
}

/** Field numbers of `Event`, `Summary` and `Summary.Value`. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY_VALUE = 1;
const VALUE = { tag: 1, simpleValue: 2 } as const;

/** A whole event file: its version, then one event for each scalar. */
export function tensorboardEvents(scalars: readonly ScalarEvent[]): Buffer {
  const [first] = scalars;
  const version = Buffer.concat([
    double(EVENT.wallTime, first?.wallTime ?? 0),
    bytes(EVENT.fileVersion, Buffer.from('brain.Event:2')),
  ]);
  return Buffer.concat([version, ...scalars.map(scalarEvent)].map(tfRecord));
}

function scalarEvent({ tag, step, wallTime, value }: ScalarEvent): Buffer {
  const summaryValue = Buffer.concat([bytes(VALUE.tag, Buffer.from(tag)), float(VALUE.simpleValue, value)]);
  return Buffer.concat([
    double(EVENT.wallTime, wallTime),
    key(EVENT.step, 0),
    varint(step),
    bytes(EVENT.summary, bytes(SUMMARY_VALUE, summaryValue)),
  ]);
}

/** The wire format's types: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
const key = (field: number, wireType: 0 | 1 | 2 | 5): Buffer => varint(field * 8 + wireType);

function varint(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  while (rest > 127) {
    digits.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...digits, rest]);
}

function double(field: number, value: number): Buffer {
  const content = Buffer.alloc(8);
  content.writeDoubleLE(value);
  return Buffer.concat([key(field, 1), content]);
}

function float(field: number, value: number): Buffer {
  const content = Buffer.alloc(4);
  content.writeFloatLE(value);
  return Buffer.concat([key(field, 5), content]);
}

const bytes = (field: number, content: Buffer): Buffer =>
  Buffer.concat([key(field, 2), varint(content.length), content]);
