/** `quorum protocol create`. */
import { type Command, Option } from 'commander';
import { StudioError } from '../../../contract/errors.ts';
import { CropSet, type Protocol, ResizeMethod, viewCount } from '../../../contract/protocol.ts';
import type { ProtocolHandlers } from '../../../core/studio/results/protocols.ts';
import { addInputOptions, inputOf, type InputOptions } from '../../options/inputOptions.ts';
import { wholeNumber } from '../../options/optionValues.ts';
import { withStudio } from '../../session.ts';
import { describeProtocol, resizeInWords } from './protocolText.ts';

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

export function addProtocolCreateCommand(protocol: Command): void {
  addInputOptions(
    protocol
      .command('create <name>')
      .description('Save a protocol under a name; settings that are not given are taken from --from.')
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

function resizeOf({ shortSide, squash, asIs, method: asked }: CreateOptions): Protocol['resize'] | null {
  if (asked !== undefined && shortSide === undefined && squash === undefined)
    throw new StudioError('input.invalid', '--method has no effect without --short-side or --squash.', {
      remedy: 'Say what it resizes to, or leave it out.',
    });
  const method = asked ?? 'opencv-linear';
  if ([shortSide, squash, asIs].filter((choice) => choice !== undefined).length > 1)
    throw new StudioError('input.invalid', '--short-side, --squash and --as-is exclude each other.');
  if (shortSide) return { kind: 'shortSide', sizes: shortSide, method };
  if (squash !== undefined) return { kind: 'squash', size: squash, method };
  return asIs ? { kind: 'none' } : null;
}
