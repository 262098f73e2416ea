/** A safetensors set in several files: `….safetensors.index.json` says which tensor lies in which neighbour. */
import { basename, dirname, join } from 'node:path';
import { StudioError } from '../../contract/errors.ts';
import { ByteSource, damaged } from './byteSource.ts';
import { openSafetensors, type SafetensorsFile } from './safetensors.ts';
import { parseStrictJson, type StrictJson } from './strictJson.ts';
import type { WeightFile, WeightTensor } from './weightFile.ts';

const MAX_INDEX_BYTES = 16 * 1024 * 1024;
const MAX_SHARDS = 1000;

function readIndex(path: string): Map<string, string> {
  const source = ByteSource.open(path);
  let json: StrictJson;
  try {
    if (source.sizeBytes > MAX_INDEX_BYTES)
      throw new StudioError(
        'weights.limit',
        `${path} has ${source.sizeBytes} bytes; an index has at most ${MAX_INDEX_BYTES}.`,
        { remedy: 'Do not use this file.' },
      );
    json = parseStrictJson(Buffer.from(source.read(0, source.sizeBytes)).toString('utf8'));
  } catch (error) {
    if (error instanceof StudioError) throw error;
    throw damaged(path, `it is no valid JSON (${(error as Error).message}).`);
  } finally {
    source.close();
  }
  const map = json instanceof Map ? json.get('weight_map') : null;
  if (!(map instanceof Map))
    throw new StudioError(
      'weights.unsupported',
      `${path} is JSON without a weight_map, so it is no index of safetensors files.`,
      { remedy: 'Choose a weight file.' },
    );
  const files = new Map<string, string>();
  for (const [name, file] of map) {
    if (typeof file !== 'string' || file !== basename(file) || !/^[\w.-]+\.safetensors$/.test(file))
      throw new StudioError(
        'weights.hostile',
        `${path}: tensor "${name}" is said to lie in ${JSON.stringify(file)}, which is no neighbouring .safetensors ` +
          'file.',
        { remedy: 'Do not use this file.' },
      );
    files.set(name, file);
  }
  return files;
}

/**
 * @throws {StudioError} as openSafetensors; weights.hostile for files outside the folder, weights.damaged where index
 *   and files disagree
 */
export function openShardedSafetensors(path: string): WeightFile {
  const places = readIndex(path);
  const names = [...new Set(places.values())].sort();
  if (names.length > MAX_SHARDS)
    throw new StudioError('weights.limit', `${path} names ${names.length} files; at most ${MAX_SHARDS} are opened.`, {
      remedy: 'Do not use this file.',
    });
  const shards = new Map<string, SafetensorsFile>();
  const close = (): void => {
    for (const shard of shards.values()) shard.close();
  };
  try {
    for (const name of names) shards.set(name, openSafetensors(join(dirname(path), name)));
    const tensors = new Map<string, WeightTensor>();
    const metadata = new Map<string, string>();
    for (const [name, file] of places) {
      const tensor = shards.get(file)!.tensors.get(name);
      if (!tensor) throw damaged(path, `"${name}" is said to lie in ${file}, which does not have it.`);
      tensors.set(name, tensor);
    }
    for (const [file, shard] of shards) {
      for (const name of shard.tensors.keys())
        if (places.get(name) !== file)
          throw damaged(path, `${file} holds "${name}", which the index does not know there.`);
      for (const [key, text] of shard.metadata) metadata.set(key, text);
    }
    return {
      format: 'safetensors',
      path,
      files: [path, ...names.map((name) => join(dirname(path), name))],
      tensors,
      metadata,
      notes: [`The tensors lie in ${names.length} files.`],
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
