/**
 * Every op of every network's programs has a GPU kernel of its type, as the GPU library itself says when it is asked on
 * the CPU. Runs where that library is: in the GPU engine (`quorum engine install --device gpu`), or in the folder that
 * QUORUM_GPU_LIBRARY names, with libtensorflow_cc.so.2 and libtensorflow_framework.so.2 out of the wheel `tensorflow`.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Precision } from '../../contract/runSpec.ts';
import type { GraphNode } from '../../core/engine/graph.ts';
import { DTYPE } from '../../core/engine/native/binding.ts';
import { networkProgram } from '../../core/engine/program.ts';
import { getModel, listModels } from '../../core/models/registry.ts';
import { engineFolder } from '../../core/provision/installation.ts';

const FOLDER = process.env['QUORUM_GPU_LIBRARY'] ?? join(engineFolder('gpu'), 'lib');
const reason = existsSync(join(FOLDER, 'libtensorflow_cc.so.2'))
  ? null
  : 'the GPU library is not here: quorum engine install --device gpu, or QUORUM_GPU_LIBRARY';

/** Allowed types of a kernel's attributes, by number. */
const Kernels = z.record(z.string(), z.array(z.record(z.string(), z.array(z.int()))));
type Kernels = z.infer<typeof Kernels>;

async function registeredKernels(): Promise<Kernels> {
  const script = join(import.meta.dirname, 'registered_kernels.py');
  const { stdout } = await promisify(execFile)('python3', [script, FOLDER], { maxBuffer: 1 << 26 });
  return Kernels.parse(JSON.parse(stdout));
}

/** An op and its types in words, and whether one of its kernels takes them. */
function asked(kernels: Kernels, { op, attrs }: GraphNode): { readonly what: string; readonly found: boolean } {
  const types = Object.entries(attrs).flatMap(([name, attr]) => ('type' in attr ? [[name, attr.type] as const] : []));
  const number = new Map<string, number>(types.map(([name, type]) => [name, DTYPE[type]]));
  const fits = (constraints: Readonly<Record<string, readonly number[]>>): boolean =>
    Object.entries(constraints).every(([name, allowed]) => allowed.includes(number.get(name) ?? -1));
  return { what: [op, ...types.map((pair) => pair.join('='))].join(' '), found: (kernels[op] ?? []).some(fits) };
}

describe('the kernels of the GPU library', { timeout: 1_800_000 }, () => {
  let kernels: Kernels;
  beforeEach((context) => {
    if (reason !== null) context.skip(reason);
  });
  beforeAll(async () => {
    if (reason === null) kernels = await registeredKernels();
  }, 600_000);

  it('are those of a library for GPUs', () => {
    expect(Object.keys(kernels).length).toBeGreaterThan(500);
    expect(asked(kernels, node('Conv2D', 'bfloat16'))).toEqual({ what: 'Conv2D T=bfloat16', found: true });
    expect(asked(kernels, node('Conv2D', 'bool')).found).toBe(false);
    expect(asked(kernels, node('NoSuchOp', 'float32')).found).toBe(false);
  });

  it.each(['f32', 'bf16'] as const)(
    'are there for every op of every network, training and inferring in %s',
    (precision) => {
      const seen = new Map<string, boolean>();
      const missing: string[] = [];
      for (const { name } of listModels()) {
        for (const op of opsOf(name, precision)) {
          const { what, found } = asked(kernels, op);
          seen.set(what, found);
          if (!found) missing.push(`${name}: ${what}`);
        }
      }
      const kinds = new Set([...seen.keys()].map((what) => what.split(' ')[0]));
      console.log(`${precision}: ${listModels().length} networks, ${kinds.size} ops in ${seen.size} types`);
      expect(missing).toEqual([]);
      expect(kinds.size).toBeGreaterThan(50);
    },
  );
});

function node(op: string, type: 'float32' | 'bfloat16' | 'bool'): GraphNode {
  return { name: op, op, inputs: [], attrs: { T: { type } }, outputs: [], controls: [] };
}

/** What a run on a GPU computes: pictures in, training with averaged weights, inference. */
function opsOf(network: string, precision: Precision): readonly GraphNode[] {
  const model = getModel(network);
  const { nativeSize: size } = model;
  return networkProgram({
    model,
    shape: { size, channels: 3, classes: 10, options: {} },
    preprocessing: {
      size,
      fit: 'cover',
      interpolation: 'lanczos3',
      color: 'rgb',
      scale: 255,
      mean: [0.5, 0.5, 0.5],
      std: [0.25, 0.25, 0.25],
    },
    precision,
    device: 'gpu',
    optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    weightDecay: 0.05,
    clipNorm: 1,
    average: true,
  }).graph.nodes;
}
