/** Stages as the host names them, in words for a screen. */
const WORDS: Readonly<Record<string, string>> = {
  scan: 'Listing files',
  decode: 'Reading pictures',
  pack: 'Packing pictures',
  check: 'Checking',
  wait: 'Waiting for another installation',
  download: 'Downloading',
  verify: 'Verifying',
  unpack: 'Unpacking',
  compile: 'Compiling',
  train: 'Training',
  training: 'Training',
  validate: 'Validating',
  validating: 'Validating',
  starting: 'Starting',
  preparing: 'Preparing',
  predict: 'Predicting',
  evaluate: 'Evaluating',
  compare: 'Comparing',
  time: 'Timing',
  saving: 'Saving a checkpoint',
  diskFull: 'Waiting for room on the disk',
  resuming: 'Going on from a checkpoint',
  engine: 'Starting the engine',
};

export function stageWords(stage: string | null | undefined): string {
  if (!stage) return 'Starting';
  return WORDS[stage] ?? stage.charAt(0).toUpperCase() + stage.slice(1);
}
