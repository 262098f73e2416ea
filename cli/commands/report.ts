/** `quorum report`: a run, an ensemble or a published table as one page; `quorum verify`: whether it still holds. */
import type { Command } from 'commander';
import type { ReportCheck } from '../../contract/results/report.ts';
import { formatTable, printable } from '../format.ts';
import { withStudio } from '../session.ts';
import packageCard from '../../package.json' with { type: 'json' };

export function addReportCommands(program: Command): void {
  program
    .command('report <of>')
    .description('One page with everything about a run, an ensemble or a published table; its numbers can be checked.')
    .requiredOption('-o, --output <file.html>', 'the page; an existing file is replaced')
    .option('--no-images', 'without images of the data set, where its licence does not let them be passed on')
    .action((of: string, { output, images }: { output: string; images: boolean }, command: Command) =>
      withStudio(command, async (session) => {
        const { reports } = session.studio;
        const { title, figures } = await reports.write(await reports.find(of), output, {
          version: packageCard.version,
          images,
        });
        const words = `${printable(title)}: ${output}, ${figures} figures with their sources.`;
        session.print({ file: output, title, figures }, `${words}\nCheck it: quorum verify ${output}`);
      }),
    );
  program
    .command('verify <file>')
    .description('Check every number of a report against the stored results.')
    .action((file: string, _: unknown, command: Command) =>
      withStudio(command, async (session) => {
        const check = await session.studio.reports.verify(file);
        session.print(check, describe(check));
        if (check.problems.length > 0 || !check.untouched) process.exitCode = 1;
      }),
    );
}

const OUTCOMES = {
  holds: 'holds',
  differs: 'differs from what is stored',
  changed: 'was changed in the page',
  gone: 'cannot be read again',
} as const;

function describe({ title, figures, holding, untouched, problems }: ReportCheck): string {
  const rows = problems.map(({ label, outcome, shown, stored, reason }) => [
    label,
    OUTCOMES[outcome],
    shown,
    stored ?? reason,
  ]);
  return [
    `${printable(title)}: ${holding} of ${figures} figures hold.`,
    ...(untouched ? [] : ['The page is not as it was written: other text in it was changed.']),
    ...(rows.length > 0 ? ['', formatTable(['Figure', 'Finding', 'In the page', 'Stored'], rows)] : []),
  ].join('\n');
}
