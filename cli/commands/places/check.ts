/** `quorum places check`. */
import type { Command } from 'commander';
import type { PlaceFinding } from '../../../contract/place.ts';
import { withStudio } from '../../session.ts';

export function addPlacesCheckCommand(places: Command): void {
  places
    .command('check <name>')
    .description('Test a place: connection, programs, engine, free disk. No job is started.')
    .action((name: string, _options: unknown, command: Command) =>
      withStudio(command, async ({ studio, print }) => {
        const findings = await studio.context.places.check(name);
        print({ name, findings }, [`${name} answers:`, ...findings.map(findingLine)].join('\n'));
        if (findings.some(({ state }) => state === 'missing')) process.exitCode = 1;
      }),
    );
}

const MARKS = { good: '  ', warning: '! ', missing: '✗ ' } as const;

function findingLine({ state, words, remedy }: PlaceFinding): string {
  return `${MARKS[state]}${words}${remedy === null ? '' : `. ${remedy}`}`;
}
