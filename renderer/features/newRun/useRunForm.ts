/**
 * The form of a new run, shared by its groups; what is wrong with a field comes from here or, once asked, from the
 * host.
 */
import { computed, inject, provide, reactive, shallowRef, type InjectionKey } from 'vue';
import { fieldOfSetting } from './fieldOfSetting.ts';
import { type FormOutcome, readForm } from './readForm.ts';
import { emptyForm, type NumberField, type RunForm } from './runForm.ts';

export interface RunFormContext {
  readonly form: RunForm;
  readonly outcome: { readonly value: FormOutcome };
  errorOf(field: string): string;
  setHostErrors(errors: { field: string; problem: string }[]): void;
  valuesOf(field: NumberField): number;
}

const KEY: InjectionKey<RunFormContext> = Symbol('runForm');

export function provideRunForm(): RunFormContext {
  const form = reactive(emptyForm());
  const outcome = computed(() => readForm(form));
  const fromHost = shallowRef<ReadonlyMap<string, string>>(new Map());
  const context: RunFormContext = {
    form,
    outcome,
    errorOf: (field) =>
      (outcome.value.errors as Record<string, string | undefined>)[field] ?? fromHost.value.get(field) ?? '',
    setHostErrors(errors) {
      fromHost.value = new Map(errors.map(({ field, problem }) => [fieldOfSetting(field), problem]));
    },
    valuesOf: (field) => outcome.value.lists[field] ?? 1,
  };
  provide(KEY, context);
  return context;
}

export function useRunForm(): RunFormContext {
  const context = inject(KEY);
  if (!context) throw new Error('The form is provided by the view of a new run.');
  return context;
}
