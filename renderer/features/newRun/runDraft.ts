/**
 * A form of a new run that was begun and not queued: it outlives a reload, and a look at another place, in this window.
 */
import { emptyForm, type RunForm } from './runForm.ts';

const KEY = 'quorum.newRun';

/** The draft of this window; null where there is none, or one that this form cannot hold any more. */
export function readDraft(): RunForm | null {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    return isForm(stored) ? stored : null;
  } catch {
    return null;
  }
}

export function writeDraft(form: RunForm | null): void {
  try {
    if (form) sessionStorage.setItem(KEY, JSON.stringify(form));
    else sessionStorage.removeItem(KEY);
  } catch {
    // storage can be switched off, and then nothing is kept
  }
}

const isForm = (value: unknown): value is RunForm => hasShapeOf(value, emptyForm());

/** The same fields of the same kinds, all the way down; of lists, whatever they hold. */
function hasShapeOf(value: unknown, model: unknown): boolean {
  if (typeof model !== 'object' || model === null) return typeof value === typeof model;
  if (Array.isArray(model)) return Array.isArray(value);
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(model).every(([key, own]) => key in value && hasShapeOf(Reflect.get(value, key), own))
  );
}
