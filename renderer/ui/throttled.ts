/** Does the work at once, and again at the end of every `ms` in which it was asked for. */
export function throttled(work: () => void, ms: number): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let asked = false;
  const rest = (): void => {
    timer = null;
    if (!asked) return;
    asked = false;
    timer = setTimeout(rest, ms);
    work();
  };
  return () => {
    if (timer !== null) {
      asked = true;
      return;
    }
    timer = setTimeout(rest, ms);
    work();
  };
}
