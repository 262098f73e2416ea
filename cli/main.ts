/** `quorum`: the command line. */
import { descriptorTrouble, loadingTrouble, type StartTrouble } from './startTrouble.ts';

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  else throw error;
});

const args = process.argv.slice(2);
const trouble = descriptorTrouble();
if (trouble) tell(trouble);
else await run();

async function run(): Promise<void> {
  const program = await import('./program.ts').catch((error: unknown) => {
    const reason = loadingTrouble(error);
    if (!reason) throw error;
    tell(reason);
    return null;
  });
  await program?.runProgram(args);
}

function tell({ code, message, remedy }: StartTrouble): void {
  const error = { code, message, remedy };
  process.stderr.write(
    args.includes('--json') ? `${JSON.stringify({ type: 'error', error })}\n` : `${message}\n${remedy}\n`,
  );
  process.exitCode = 1;
}
