/** The form of a new run, shared by its groups; what is wrong with a field comes from here or, once asked, from the host. */
import { computed, inject, provide, reactive, shallowRef, type InjectionKey } from 'vue';
import { emptyForm, type FormOutcome, readForm, type RunForm } from '../forms/runForm.ts';

export interface RunFormContext { readonly form: RunForm; readonly outcome: { readonly value: FormOutcome }; errorOf(field: string): string; setHostErrors(errors: { field: string; problem: string }[]): void; hasList(field: string): number }

const KEY: InjectionKey<RunFormContext> = Symbol('runForm');

/** The host's names of fields that the form calls otherwise. */
const HOST_NAMES: Readonly<Record<string, string>> = {
  'preprocessing.size': 'size', 'model.options.poolGrid': 'poolGrid', 'model.options.headWidth': 'headWidth', 'model.options.dropout': 'dropout', 'model.options.dropPath': 'dropPath', 'model.options.widthFactor': 'widthFactor', 'model.options.depthFactor': 'depthFactor',
  'model.name': 'models', 'augmentation.cropPadding': 'cropPadding', 'earlyStopping.patience': 'patience', 'limit.train': 'limitTrain', 'limit.val': 'limitVal', 'optimizer.momentum': 'momentum', warmUp: 'warmUpEpochs',
  'fineTuning.from': 'startFrom', 'fineTuning.trains': 'trainedLayers', 'fineTuning.loads': 'loads', 'fineTuning.lrFactors': 'lrFactors', 'fineTuning.unfreeze': 'unfreeze',
};

export function provideRunForm(): RunFormContext {
  const form = reactive(emptyForm());
  const outcome = computed(() => readForm(form));
  const fromHost = shallowRef<ReadonlyMap<string, string>>(new Map());
  const context: RunFormContext = {
    form, outcome,
    errorOf: (field) => (outcome.value.errors as Record<string, string | undefined>)[field] ?? fromHost.value.get(field) ?? '',
    setHostErrors(errors) { fromHost.value = new Map(errors.map(({ field, problem }) => [HOST_NAMES[field] ?? field, problem])); },
    hasList: (field) => outcome.value.axes.find((axis) => (HOST_NAMES[axis.field] ?? axis.field.slice(axis.field.lastIndexOf('.') + 1)) === field)?.values.length ?? 1,
  };
  provide(KEY, context);
  return context;
}

export function useRunForm(): RunFormContext {
  const context = inject(KEY);
  if (!context) throw new Error('The form is provided by the view of a new run.');
  return context;
}
