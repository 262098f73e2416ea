/** Evaluation protocols as text. */
import { type Protocol, type ProtocolEntry, viewCount } from '../../../contract/protocol.ts';
import { formatWhen, printable } from '../../format.ts';

export function resizeInWords(resize: Protocol['resize']): string {
  switch (resize.kind) {
    case 'none':
      return 'as they are';
    case 'shortSide':
      return `short side ${resize.sizes.join(', ')} (${resize.method})`;
    case 'squash':
      return `squashed to ${resize.size} (${resize.method})`;
    case 'packed':
      return `${resize.fit === 'cover' ? 'centre' : 'squashed to'} ${resize.size} (${resize.interpolation})`;
  }
}

export function describeProtocol({ protocol, hash, createdAt }: ProtocolEntry): string {
  const { name, title, resize, crop, crops, mirror, average, input, labels } = protocol;
  return [
    `${name}: ${title}`,
    `made     ${createdAt === null ? 'comes with Quorum' : formatWhen(createdAt)}; SHA-256 ${hash.slice(0, 16)}…`,
    `resize   ${resizeInWords(resize)}`,
    `views    ${viewCount(protocol)}: ${crops}, ` +
      `${crop} pixels${mirror ? ', mirrored as well' : ''}; ${average} averaged`,
    `input    ${input ? inputInWords(input) : "the weights' own"}; ` +
      `class order: ${labels ?? 'that of the weights'}`,
  ]
    .map(printable)
    .join('\n');
}

function inputInWords({ color, scale, mean, std }: NonNullable<Protocol['input']>): string {
  return `${color}, (value / ${scale} − ${mean.join(', ')}) / ${std.join(', ')}`;
}
