/** `quorum protocol`: the ways of measuring, by name; one's own are made once and never change. */
import { type Command, Option } from 'commander';
import { StudioError } from '../../contract/errors.ts';
import { CropSet, type Protocol, type ProtocolEntry, ResizeMethod, viewCount } from '../../contract/protocol.ts';
import type { ProtocolHandlers } from '../../core/studio/results/protocols.ts';
import { formatTable, formatWhen, printable } from '../format.ts';
import { addInputOptions, inputOf, type InputOptions } from '../options/inputOptions.ts';
import { wholeNumber } from '../options/optionValues.ts';
import { withStudio } from '../session.ts';

interface CreateOptions extends InputOptions {
  readonly from?: string;
  readonly title?: string;
  readonly shortSide?: number[];
  readonly squash?: number;
  readonly asIs?: boolean;
  readonly method?: ResizeMethod;
  readonly crop?: number;
  readonly crops?: CropSet;
  readonly mirror?: boolean;
  readonly average?: Protocol['average'];
}

const sizes = (text: string): number[] => text.split(',').map(wholeNumber);

export function addProtocolCommand(program: Command): void {
  const protocol = program.command('protocol').description('Evaluation protocols: list, show, create, remove.');
  protocol
    .command('list')
    .description('Every protocol by name.')
    .action((_options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const all = await session.studio.protocols.list();
        session.print(
          all,
          formatTable(
            ['name', 'views', 'made', 'what it does'],
            all.map(({ protocol: one, createdAt }) => [
              one.name,
              String(viewCount(one)),
              createdAt === null ? 'Quorum' : formatWhen(createdAt),
              one.title,
            ]),
            ['views'],
          ),
        );
      }),
    );
  protocol
    .command('show <name>')
    .description('One protocol in full.')
    .action((name: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const entry = await session.studio.protocols.show(name);
        session.print(entry, describeProtocol(entry));
      }),
    );
  addInputOptions(
    protocol
      .command('create <name>')
      .description('Keep a protocol under a name; what is not said is as in --from.')
      .option('--from <protocol>', 'start from this one')
      .option('--title <text>', 'what it does, in words')
      .option('--short-side <n,…>', 'resize the short side; several: the views of all count', sizes)
      .option('--squash <n>', 'resize to a square; the aspect ratio is lost', wholeNumber)
      .option('--as-is', 'do not resize')
      .addOption(new Option('--method <kind>', 'of resizing; default opencv-linear').choices(ResizeMethod.options))
      .option('--crop <n>', 'side of a view; with dense the short side', wholeNumber)
      .addOption(new Option('--crops <kind>', 'which views').choices(CropSet.options))
      .option('--mirror', 'mirrored views as well')
      .option('--no-mirror', 'only views as they are')
      .addOption(new Option('--average <what>', 'of the views').choices(['probabilities', 'logits'])),
  ).action((name: string, options: CreateOptions, command: Command) =>
    withStudio(command, async (session) => {
      const entry = await session.studio.protocols.create(await definitionOf(name, options, session.studio.protocols));
      session.print(entry, describeProtocol(entry));
    }),
  );
  protocol
    .command('remove <name>')
    .description('Remove a protocol of your own; what was measured by it stays.')
    .action((name: string, _options: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const { protocol: removed } = await session.studio.protocols.remove(name);
        session.print(removed, `Removed ${removed.name}.`);
      }),
    );
}

async function definitionOf(name: string, options: CreateOptions, protocols: ProtocolHandlers): Promise<unknown> {
  const base = options.from === undefined ? null : (await protocols.show(options.from)).protocol;
  const input = inputOf(options);
  const resize = resizeOf(options) ?? base?.resize;
  const crops = options.crops ?? base?.crops ?? 'centreFloor';
  const smallest =
    resize && resize.kind !== 'none'
      ? Math.min(...(resize.kind === 'shortSide' ? resize.sizes : [resize.size]))
      : undefined;
  const crop = options.crop ?? (crops === 'dense' || crops === 'whole' ? smallest : undefined) ?? base?.crop;
  if (!resize || crop === undefined)
    throw new StudioError('input.invalid', 'A protocol needs a way to resize and a crop.', {
      remedy: 'Say --short-side 256 --crop 224, or start --from another protocol.',
    });
  const mirror = options.mirror ?? base?.mirror ?? false;
  const average = options.average ?? base?.average ?? 'probabilities';
  const views = viewCount({ resize, crops, mirror });
  return {
    name,
    title:
      options.title ??
      `${views === 1 ? 'one view' : `${views} views`} (${crops}${mirror ? ', mirrored as well' : ''}) ` +
        `of ${crop} pixels, ${resizeInWords(resize)}${views > 1 ? `, ${average} averaged` : ''}`,
    resize,
    crop,
    crops,
    mirror,
    average,
    input: input ?? base?.input ?? null,
    labels: options.labels ?? base?.labels ?? null,
  };
}

function resizeOf({ shortSide, squash, asIs, method = 'opencv-linear' }: CreateOptions): Protocol['resize'] | null {
  if ([shortSide, squash, asIs].filter((one) => one !== undefined).length > 1)
    throw new StudioError('input.invalid', '--short-side, --squash and --as-is exclude each other.');
  if (shortSide) return { kind: 'shortSide', sizes: shortSide, method };
  if (squash !== undefined) return { kind: 'squash', size: squash, method };
  return asIs ? { kind: 'none' } : null;
}

function resizeInWords(resize: Protocol['resize']): string {
  switch (resize.kind) {
    case 'none':
      return 'as they are';
    case 'shortSide':
      return `short side ${resize.sizes.join(', ')} (${resize.method})`;
    case 'squash':
      return `squashed to ${resize.size} (${resize.method})`;
    case 'packed':
      return `${resize.fit === 'cover' ? 'centre' : 'squashed to'} ${resize.size} (${resize.kernel})`;
  }
}

function describeProtocol({ protocol, hash, createdAt }: ProtocolEntry): string {
  const { name, title, resize, crop, crops, mirror, average, input, labels } = protocol;
  return [
    `${name}: ${title}`,
    `made     ${createdAt === null ? 'comes with Quorum' : formatWhen(createdAt)}; SHA-256 ${hash.slice(0, 16)}…`,
    `resize   ${resizeInWords(resize)}`,
    `views    ${viewCount(protocol)}: ${crops}, ` +
      `${crop} pixels${mirror ? ', mirrored as well' : ''}; ${average} averaged`,
    `input    ${input ? `${input.color}, (value / ${input.scale} − ${input.mean.join(', ')}) / ${input.std.join(', ')}` : 'as the weights want it'}; ` +
      `class order: ${labels ?? 'that of the weights'}`,
  ]
    .map(printable)
    .join('\n');
}
