/** `quorum weights check`. */
import { type Command, Option } from 'commander';
import { Split } from '../../../contract/dataset.ts';
import type { DeviceChoice } from '../../../contract/deviceChoice.ts';
import { wholeNumber } from '../../options/optionValues.ts';
import { prepareEngine } from '../../prepareEngine.ts';
import { withStudio } from '../../session.ts';
import { describeCheck } from './weightsText.ts';
import { deviceOption } from '../../options/deviceOption.ts';

interface CheckOptions {
  readonly dataset: string;
  readonly data: Split;
  readonly protocol?: string;
  readonly limit: number;
  readonly device: DeviceChoice;
  readonly save?: boolean;
}

export function addWeightsCheckCommand(weights: Command): void {
  weights
    .command('check <weights>')
    .description('Accuracy of imported weights under every plausible preprocessing; the best is proposed.')
    .requiredOption('--dataset <name>', 'labelled images of the classes they were trained on')
    .addOption(new Option('--data <split>', 'split').choices(Split.options).default('val'))
    .option('--protocol <name>', 'how images are resized and cropped')
    .option('--limit <n>', 'sample size; what is clearly worse is dropped early', wholeNumber, 1000)
    .addOption(deviceOption('what computes').default('auto'))
    .option('--save', 'write the proposal into the card')
    .action((text: string, options: CheckOptions, command: Command) =>
      withStudio(command, async (session) => {
        await prepareEngine(session, options.device);
        const { dataset, data, protocol, limit, device, save } = options;
        const result = await session.studio.weights.check(
          {
            weights: text,
            dataset,
            split: data,
            limit,
            device,
            save: save ?? false,
            ...(protocol !== undefined && { protocol }),
          },
          session.work,
        );
        session.print(result, describeCheck(result, save ?? false));
      }),
    );
}
