import { onBeforeUnmount, ref, watch, type Ref } from 'vue';

/** Follows `source` once it has been still for `ms`. */
export function useDebounced<T>(source: Ref<T>, ms: number): Readonly<Ref<T>> {
  const settled = ref(source.value) as Ref<T>;
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(source, (value) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      settled.value = value;
    }, ms);
  });
  onBeforeUnmount(() => clearTimeout(timer));
  return settled;
}
