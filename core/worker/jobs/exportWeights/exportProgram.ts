/** The files of an exported network: TensorFlow SavedModel, TensorFlow.js graph model, ONNX. */
import type { ExportCard, ExportFormat, ExportOrigin, PixelType } from '../../../../contract/weights/exportCard.ts';
import { StudioError } from '../../../../contract/errors.ts';
import { type FrozenGraph, type FrozenTensor, storedBytes } from '../../../engine/export/frozen.ts';
import { onnxModel } from '../../../engine/export/onnxModel.ts';
import { tfjsModel } from '../../../engine/export/tfjsModel.ts';
import { savedModel } from '../../../engine/native/savedModel.ts';
import type { ExportFile } from './exportFiles.ts';

export type ProgramFormat = Exclude<ExportFormat, 'safetensors' | 'npy'>;

/** What each format's users feed: bytes, or what tfjs makes of a picture (`browser.fromPixels`). */
export const USUAL_PIXELS: Readonly<Record<ProgramFormat, PixelType>> = {
  savedmodel: 'uint8',
  tfjs: 'int32',
  onnx: 'uint8',
};
/** Files in a folder; ONNX is one file. */
export const isFolder = (format: ExportFormat): boolean => format === 'savedmodel' || format === 'tfjs';
/** Protocol buffers cannot be longer. */
const MAX_MESSAGE_BYTES = 2 ** 31 - 1;

export interface ProgramOptions {
  readonly origin: ExportOrigin;
  readonly features: readonly string[];
  readonly exportedBy: string;
}

/** @throws {StudioError} `weights.limit` beyond 2 GiB; `input.invalid` for a layer in `features` that is not there */
export function programFiles(
  format: ProgramFormat,
  graph: FrozenGraph,
  { origin, features, exportedBy }: ProgramOptions,
): ExportFile[] {
  if (format !== 'tfjs' && storedBytes(graph) > MAX_MESSAGE_BYTES)
    throw new StudioError(
      'weights.limit',
      `These weights have ${storedBytes(graph)} bytes; a ${format} file can hold 2 GiB.`,
      { remedy: 'Export as safetensors, npy or tfjs: these have no such limit.' },
    );
  const classes: ExportFile[] = origin.classNames
    ? [
        {
          name: format === 'tfjs' ? 'classes.txt' : 'assets.extra/classes.txt',
          parts: [Buffer.from(`${origin.classNames.join('\n')}\n`)],
        },
      ]
    : [];
  const { name, input, classNames, labels, source } = origin;
  const about = {
    quorum: JSON.stringify({ name, input, labels, source }),
    ...(classNames && { classes: JSON.stringify(classNames) }),
  };
  switch (format) {
    case 'savedmodel': {
      const { inputs, outputs, layers, nodes } = graph;
      return [
        {
          name: 'saved_model.pb',
          parts: [
            savedModel(nodes, '', {
              serving_default: { inputs, outputs },
              features: { inputs, outputs: Object.fromEntries(layers) },
            }),
          ],
        },
        ...classes,
      ];
    }
    case 'tfjs': {
      const { json, shards } = tfjsModel(graph, { name, input, labels, source, classes: classNames });
      return [{ name: 'model.json', parts: [Buffer.from(json)] }, ...shards, ...classes];
    }
    case 'onnx':
      return [
        {
          name: '',
          parts: [
            onnxModel(graph, {
              name: origin.model.name,
              doc: `${origin.title}: ${name}`,
              metadata: about,
              producerVersion: exportedBy,
              layers: features,
            }),
          ],
        },
      ];
  }
}

/** How to call what was written. */
export function programCard(
  format: ProgramFormat,
  graph: FrozenGraph,
  pixels: PixelType,
): NonNullable<ExportCard['program']> {
  const tensor = ({ node, index, shape }: FrozenTensor): { tensor: string; shape: number[] } => ({
    tensor: format === 'onnx' ? node.name : `${node.name}:${index}`,
    shape: [...shape],
  });
  const all = (tensors: Iterable<[string, FrozenTensor]>): Record<string, { tensor: string; shape: number[] }> =>
    Object.fromEntries([...tensors].map(([name, t]) => [name, tensor(t)]));
  return {
    pixels,
    inputs: all(Object.entries(graph.inputs)),
    outputs: all(Object.entries(graph.outputs)),
    layers: all(graph.layers),
    layout: format === 'onnx' ? 'NCHW' : 'NHWC',
  };
}
