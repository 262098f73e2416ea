/** `quorum fetch list`, and `fetch` of weights and data sets: what the catalogue has, and getting it. */
import { type Command, Option } from 'commander';
import type { CatalogueEntry, TrialOutcome } from '../../contract/catalogue.ts';
import type { DeviceChoice } from '../../contract/deviceChoice.ts';
import type { FetchRequest } from '../../core/studio/catalogue/catalogue.ts';
import { formatTable, printable } from '../format.ts';
import { formatBytes } from '../../pure/bytes.ts';
import { missingImages, triedWords } from '../../pure/trialWords.ts';
import { deviceOption } from '../options/deviceOption.ts';
import { prepareEngine } from '../prepareEngine.ts';
import { type Session, withStudio } from '../session.ts';

interface FetchOptions {
  readonly acceptLicence?: boolean;
  readonly from?: string;
  readonly proxy?: string;
  readonly mirror?: string;
}

export function addFetchCommand(program: Command): void {
  const fetch = program.command('fetch').description('Published weights and data sets.');
  fetch
    .command('list')
    .description('List the catalogue, with licence and size.')
    .addOption(new Option('--kind <kind>', 'only these').choices(['weights', 'dataset']))
    .option('--urls', 'the addresses and hashes of the files, for a machine without a network')
    .action((options: { kind?: CatalogueEntry['kind']; urls?: boolean }, command: Command) =>
      withStudio(command, async (session) => {
        const entries = session.studio.catalogue
          .list()
          .filter(({ kind }) => options.kind === undefined || kind === options.kind);
        session.print(entries, options.urls ? describeFiles(entries) : describeEntries(entries));
      }),
    );
}

/** Adds `fetch <name>` to the commands for weights. */
export function addFetchWeights(weights: Command): void {
  addFetchOptions(
    weights
      .command('fetch <name>')
      .description('Fetch published weights, check them by hash, import them, and try them on images at hand.'),
  )
    .option('--no-try', 'do not try them; see weights try')
    .addOption(deviceOption('what computes when they are tried'))
    .action((name: string, options: FetchOptions & TryOptions, command: Command) =>
      withStudio(command, async (session) => {
        await prepareEngine(session, options.device);
        const { catalogue } = session.studio;
        const result = await catalogue.fetchWeights(requestOf(catalogue.list(), name, options), session.work);
        const { id, name: imported, sizeBytes } = result.weights;
        const figures = result.published.map(
          ({ dataset, protocol, top1Pct }) => `published: ${top1Pct} % top-1 on ${dataset}, ${protocol}`,
        );
        const outcome = options.try ? await tryOut(session, name, { ...options, id }) : null;
        session.print(
          { ...result, outcome },
          [`${id}: ${imported}, ${formatBytes(sizeBytes)}`, ...figures, ...outcomeText(session, name, outcome)].join(
            '\n',
          ),
        );
      }),
    );
}

/** Adds `try <name>` to the commands for weights. */
export function addTryWeights(weights: Command): void {
  weights
    .command('try <name>')
    .description('Try fetched weights on images at hand: the self-check, and the published protocol.')
    .addOption(deviceOption('what computes'))
    .action((name: string, options: Pick<TryOptions, 'device'>, command: Command) =>
      withStudio(command, async (session) => {
        await prepareEngine(session, options.device);
        const outcome = await tryOut(session, name, options);
        session.print(outcome, outcomeText(session, name, outcome).join('\n'));
      }),
    );
}

interface TryOptions {
  readonly try: boolean;
  readonly device?: DeviceChoice;
}

function tryOut(
  { studio, work }: Session,
  name: string,
  { id, device }: { readonly id?: string; readonly device?: DeviceChoice },
): Promise<TrialOutcome> {
  return studio.catalogue.tryOut(name, { ...(id !== undefined && { id }), ...(device && { device }) }, work);
}

function outcomeText({ studio }: Session, name: string, outcome: TrialOutcome | null): string[] {
  const entry = studio.catalogue.list().find((candidate) => candidate.name === name.toLowerCase());
  if (!outcome) return ['not tried: --no-try'];
  const { outputs, check, trial } = outcome;
  return [
    `forward pass: ${outputs} finite scores, other ones for another image`,
    ...(check
      ? [
          check.asDeclared
            ? `self-check on ${check.images} images: fed as published`
            : `self-check on ${check.images} images: another preprocessing does better; see weights check`,
        ]
      : []),
    trial
      ? triedWords(trial)
      : `not tried${entry?.kind === 'weights' ? `: ${missingImages(entry)} (quorum dataset fetch)` : ''}`,
  ].map(printable);
}

/** Adds `fetch <name>` to the commands for data sets. */
export function addFetchDataset(dataset: Command): void {
  addFetchOptions(
    dataset.command('fetch <name>').description('Fetch a published data set, check it by hash and import it.'),
  ).action((name: string, options: FetchOptions, command: Command) =>
    withStudio(command, async (session) => {
      const { catalogue } = session.studio;
      const card = await catalogue.fetchDataset(requestOf(catalogue.list(), name, options), session.work);
      const images = Object.entries(card.splits).map(([split, { count }]) => `${count} ${split}`);
      session.print(card, `${card.id}: ${printable(card.name)}, ${card.classIds.length} classes, ${images.join(', ')}`);
    }),
  );
}

function addFetchOptions(command: Command): Command {
  return command
    .option('--accept-licence', 'you have read the licence that fetch list shows, and accept it')
    .option('--from <folder>', 'read the files from this folder instead of downloading them')
    .option('--proxy <url>', "proxy of the download; default: that of the settings, else HTTPS_PROXY's")
    .option('--mirror <url>', 'a server that is asked first, for <url>/<name>/<file>; default: that of the settings');
}

function requestOf(
  entries: readonly CatalogueEntry[],
  name: string,
  { acceptLicence = false, from, proxy, mirror }: FetchOptions,
): FetchRequest {
  const entry = entries.find((candidate) => candidate.name === name.toLowerCase());
  return {
    name,
    acceptedLicence: acceptLicence && entry ? entry.licence.name : null,
    ...(from !== undefined && { from }),
    network: { ...(proxy !== undefined && { proxy }), ...(mirror !== undefined && { mirror }) },
  };
}

function describeEntries(entries: readonly CatalogueEntry[]): string {
  const rows = entries.map((entry) => [
    entry.name,
    entry.kind === 'weights' ? `weights of ${entry.model}` : `data set, ${entry.classes} classes`,
    entry.approximateBytes === null ? '–' : formatBytes(entry.approximateBytes),
    entry.licence.name,
    entry.kind === 'weights' ? `${entry.published[0]!.top1Pct} %` : '',
    entry.acquisition.kind === 'byHand' ? 'by hand' : '',
  ]);
  return formatTable(['Name', 'What', 'Size', 'Licence', 'Top-1', ''], rows, ['Size', 'Top-1']);
}

function describeFiles(entries: readonly CatalogueEntry[]): string {
  return entries
    .flatMap(({ name, acquisition }) => {
      switch (acquisition.kind) {
        case 'files':
          return acquisition.files.map(
            ({ addresses, hash }) =>
              `${name}  ${addresses.join(' ')}  ${hash.kind === 'none' ? hash.reason : `${hash.kind} ${hash.hex}`}`,
          );
        case 'package':
          return [`${name}  pip download --no-deps ${acquisition.project}==${acquisition.version}`];
        case 'byHand':
          return [`${name}  ${acquisition.page}  ${acquisition.steps}`];
      }
    })
    .join('\n');
}
