/**
 * What is loaded at run time, imports of types left out: a native crash or an out-of-memory must not reach the host.
 */
import { CRUISE_OPTIONS } from './.dependency-cruiser.mjs';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'host-without-engine',
      comment: 'The host never loads TensorFlow, not even through somebody else.',
      severity: 'error',
      from: { path: '^(core/(studio|db|provision)|cli|contract|pure)/' },
      to: {
        path: ['^core/(engine|train)/', '^node_modules/@tensorflow/'],
        pathNot: ['^core/train/(schedule|earlyStopping)\\.ts$'],
        reachable: true,
      },
    },
  ],
  options: { ...CRUISE_OPTIONS, tsPreCompilationDeps: false },
};
