/** Which block of a network a layer belongs to, by its name, and how deep that block lies. */

/** Names of layers begin with their block's; what follows tells the layers apart. */
const BLOCK_NAMES = [
  /^(?:conv|fc)(\d+_\d+)_(?:x\d|prj|sqz|exc|1x1|3x3)/,
  /^(inception_resnet_v2_[a-z]\d+|inception_[a-z0-9]+|reduction_[a-z]|xception\d+|airx?\d+|dpn\d+|atmp\d+)(?=_)/,
  /^(res\d+_\d+(?=_(?:conv|shortcut))|resx?\d+[a-z]*)(?=_)/,
  /^(conv\d+)_\d+$/,
  // Names of timm's and torchvision's modules.
  /^(blocks\.\d+\.\d+|(?:stages|layers)\.\d+\.blocks\.\d+|s\d\.b\d+|features\.denseblock\d\.denselayer\d+)(?:\.|$)/,
  /^(inception\d[a-z]|stage\d\.\d+|blocks\.\d+|features\.\d+)\./,
] as const;

/** The normalisation between the last block and the head, by names of timm's. */
const CLOSING_NORM = /^(?:norm|bn2)$/;

/** Name of the layer's block; null for layers before, between and behind blocks. */
export function blockOf(layer: string): string | null {
  for (const pattern of BLOCK_NAMES) {
    const found = pattern.exec(layer)?.[1];
    if (found !== undefined) return /^\d/.test(found) ? `conv${found}` : found;
  }
  return null;
}

/**
 * Blocks that a layer lies below the last layers, by name; `layers` in the order they are built. Layers before the
 * first block count as one; layers between two blocks belong to the upper one. Behind the last block lies the head, but
 * for a normalisation that closes the blocks and what leads to it: that belongs to the last block, as timm has it.
 */
export function depthBelowHead(layers: readonly string[]): ReadonlyMap<string, number> {
  const groups: { block: string | null; names: string[] }[] = [{ block: null, names: [] }];
  for (const name of layers) {
    const current = groups.at(-1)!;
    // BatchNorm behind a convolution, by names of ours
    const block = /^bn\d|^bn_|_bn\d*$/.test(name) ? current.block : blockOf(name);
    if (block === current.block) current.names.push(name);
    else if (block !== null && current.block === null && groups.length > 1) {
      current.block = block;
      current.names.push(name);
    } else groups.push({ block, names: [name] });
  }
  const [last, head] = groups.slice(-2);
  if (last && head) {
    const closing = head.names.findLastIndex((name) => CLOSING_NORM.test(name));
    last.names.push(...head.names.splice(0, closing + 1));
  }
  return new Map(groups.flatMap(({ names }, i) => names.map((name) => [name, groups.length - 1 - i] as const)));
}
