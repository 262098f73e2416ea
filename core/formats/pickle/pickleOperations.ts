/**
 * The operations of Python's pickletools, protocols 0 to 5, by their byte. Nothing is imported and nothing is called;
 * what would is refused by name.
 */
import type { PickleMachine } from './pickleMachine.ts';
import { hostile, parseDecimal, parseFloatText, parseLong } from './pickleScalars.ts';
import { asInteger, asText, badPickle, PyDict, PyTuple, type PickleValue } from './pickleValues.ts';

export type PickleOperation = (machine: PickleMachine) => void;

type Operations = Readonly<Record<string, PickleOperation>>;

const NEWEST_PROTOCOL = 5;

const STRUCTURE: Operations = {
  '\x80': checkProtocol,
  '\x95': (machine) => machine.startFrame(),
  '(': (machine) => machine.mark(),
  '0': (machine) => machine.drop(),
  '1': (machine) => void machine.popToMark(),
  '2': (machine) => machine.push(machine.top()),
};

const SCALARS: Operations = {
  N: push(() => null),
  '\x88': push(() => true),
  '\x89': push(() => false),
  I: push((machine) => integerOrBoolean(machine.lineText())),
  L: push((machine) => parseDecimal(machine.lineText())),
  J: push(({ cursor }) => cursor.u32() | 0),
  K: push(({ cursor }) => cursor.byte()),
  M: push(({ cursor }) => cursor.u16()),
  '\x8a': push(({ cursor }) => parseLong(cursor, cursor.byte())),
  '\x8b': push(({ cursor }) => parseLong(cursor, cursor.u32())),
  F: push((machine) => parseFloatText(machine.lineText())),
  G: push(({ cursor }) => {
    const bytes = cursor.take(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
  }),
};

const TEXT_AND_BYTES: Operations = {
  S: push((machine) => machine.lineString('quoted')),
  T: push((machine) => machine.string(machine.cursor.u32(), 'latin1')),
  U: push((machine) => machine.string(machine.cursor.byte(), 'latin1')),
  V: push((machine) => machine.lineString('rawUnicode')),
  X: push((machine) => machine.string(machine.cursor.u32(), 'utf8')),
  '\x8c': push((machine) => machine.string(machine.cursor.byte(), 'utf8')),
  '\x8d': push((machine) => machine.string(machine.cursor.u64(), 'utf8')),
  B: push((machine) => machine.bytes(machine.cursor.u32())),
  C: push((machine) => machine.bytes(machine.cursor.byte())),
  '\x8e': push((machine) => machine.bytes(machine.cursor.u64())),
  '\x96': push((machine) => machine.bytes(machine.cursor.u64())),
};

/** Sets are lists here. */
const CONTAINERS: Operations = {
  ')': push(() => new PyTuple([])),
  t: push((machine) => new PyTuple(machine.popToMark())),
  '\x85': (machine) => machine.pushTuple(1),
  '\x86': (machine) => machine.pushTuple(2),
  '\x87': (machine) => machine.pushTuple(3),
  ']': push(() => []),
  '\x8f': push(() => []),
  l: push((machine) => machine.popToMark()),
  '\x91': push((machine) => machine.popToMark()),
  a: (machine) => {
    const item = machine.pop();
    machine.append(machine.top(), [item]);
  },
  e: appendItems,
  '\x90': appendItems,
  '}': push(() => new PyDict()),
  d: push((machine) => {
    const items = machine.popToMark();
    const dict = new PyDict();
    machine.setItems(dict, items);
    return dict;
  }),
  s: (machine) => {
    const value = machine.pop();
    const key = machine.pop();
    machine.setItems(machine.top(), [key, value]);
  },
  u: (machine) => {
    const items = machine.popToMark();
    machine.setItems(machine.top(), items);
  },
};

const MEMO: Operations = {
  p: (machine) => machine.remember(memoIndex(machine), machine.top()),
  q: (machine) => machine.remember(machine.cursor.byte(), machine.top()),
  r: (machine) => machine.remember(machine.cursor.u32(), machine.top()),
  '\x94': (machine) => machine.memoize(),
  g: push((machine) => machine.recall(memoIndex(machine))),
  h: push((machine) => machine.recall(machine.cursor.byte())),
  j: push((machine) => machine.recall(machine.cursor.u32())),
};

const OBJECTS: Operations = {
  c: push((machine) => {
    const module = machine.lineText();
    return machine.global(module, machine.lineText());
  }),
  '\x93': push((machine) => {
    const name = asText(machine.pop(), 'a global');
    return machine.global(asText(machine.pop(), 'a module'), name);
  }),
  R: push(reduce),
  '\x81': push(reduce),
  '\x92': push(newObjectWithKeywords),
  b: (machine) => {
    const state = machine.pop();
    machine.build(machine.top(), state);
  },
  P: push((machine) => machine.persistent(machine.lineText())),
  Q: push((machine) => machine.persistent(machine.pop())),
};

const REFUSED: Operations = {
  i: (machine) => {
    const module = machine.lineText();
    throw hostile(`an instance of ${module}.${machine.lineText()}`);
  },
  o: refuse('an instance by the OBJ opcode'),
  '\x82': refuse('an object of the extension registry'),
  '\x83': refuse('an object of the extension registry'),
  '\x84': refuse('an object of the extension registry'),
  '\x97': refuse('a buffer outside the file'),
  '\x98': refuse('a buffer outside the file'),
};

/** All but STOP, by the operation's byte as a latin-1 character. */
export const PICKLE_OPERATIONS: ReadonlyMap<string, PickleOperation> = new Map(
  [STRUCTURE, SCALARS, TEXT_AND_BYTES, CONTAINERS, MEMO, OBJECTS, REFUSED].flatMap((table) => Object.entries(table)),
);

function push(value: (machine: PickleMachine) => PickleValue): PickleOperation {
  return (machine) => machine.push(value(machine));
}

function refuse(what: string): PickleOperation {
  return () => {
    throw hostile(what);
  };
}

function checkProtocol({ cursor }: PickleMachine): void {
  const protocol = cursor.byte();
  if (protocol > NEWEST_PROTOCOL) throw badPickle(`protocol ${protocol} is unknown`);
}

function integerOrBoolean(text: string): PickleValue {
  if (text === '01') return true;
  if (text === '00') return false;
  return parseDecimal(text);
}

function appendItems(machine: PickleMachine): void {
  const items = machine.popToMark();
  machine.append(machine.top(), items);
}

function memoIndex(machine: PickleMachine): number {
  return asInteger(parseDecimal(machine.lineText()), 'memo index');
}

function reduce(machine: PickleMachine): PickleValue {
  const args = machine.pop();
  return machine.reduce(machine.pop(), args);
}

function newObjectWithKeywords(machine: PickleMachine): PickleValue {
  const keywords = machine.pop();
  const args = machine.pop();
  const callee = machine.pop();
  const hasKeywords = !(keywords instanceof PyDict && keywords.entries.size === 0);
  if (hasKeywords && machine.isOurs(callee)) throw hostile('a constructor with keyword arguments');
  return machine.reduce(callee, args);
}
