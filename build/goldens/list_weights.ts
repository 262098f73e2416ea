/**
 * Prints the weights of networks, in building order, for the golden scripts.
 * Reads [[model, size, channels, classes, options], …] from standard input, writes [[[name, shape, kind], …], …].
 */
import { text } from 'node:stream/consumers';
import { ModelOptions } from '../../contract/runSpec.ts';
import { describeNetwork } from '../../core/models/describe.ts';
import { getModel } from '../../core/models/registry.ts';

const requests = JSON.parse(await text(process.stdin)) as readonly (readonly [
  string,
  number,
  number,
  number,
  unknown,
])[];
const answers = requests.map(([model, size, channels, classes, options]) =>
  describeNetwork(getModel(model), { size, channels, classes, options: ModelOptions.parse(options) }).weights.map(
    ({ name, shape, kind }) => [name, shape, kind],
  ),
);
process.stdout.write(JSON.stringify(answers));
