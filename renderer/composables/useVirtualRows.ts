/** Which rows of equal height are in sight of a scrolling element; only these are drawn. */
import { computed, onBeforeUnmount, ref, watch, type ComputedRef, type Ref } from 'vue';

/** Drawn beyond the edges, so that a quick scroll shows no gap. Rows. */
const MARGIN = 6;

export interface VirtualRows {
  readonly first: ComputedRef<number>;
  /** One past the last. */
  readonly end: ComputedRef<number>;
  readonly totalHeight: ComputedRef<number>;
  readonly width: Ref<number>;
  scrollTo(row: number): void;
}

export function useVirtualRows(container: Ref<HTMLElement | null>, count: () => number, rowHeight: () => number): VirtualRows {
  const top = ref(0);
  const height = ref(0);
  const width = ref(0);
  let frame = 0;
  const read = (): void => {
    frame = 0;
    if (container.value) top.value = container.value.scrollTop;
  };
  const onScroll = (): void => { if (frame === 0) frame = requestAnimationFrame(read); };
  const observer = new ResizeObserver(([entry]) => {
    if (!entry) return;
    height.value = entry.contentRect.height;
    width.value = entry.contentRect.width;
  });
  watch(container, (element, before) => {
    before?.removeEventListener('scroll', onScroll);
    observer.disconnect();
    if (!element) return;
    element.addEventListener('scroll', onScroll, { passive: true });
    observer.observe(element);
  }, { immediate: true });
  onBeforeUnmount(() => { observer.disconnect(); cancelAnimationFrame(frame); });

  const first = computed(() => Math.max(0, Math.min(count(), Math.floor(top.value / rowHeight()) - MARGIN)));
  const end = computed(() => Math.min(count(), Math.ceil((top.value + height.value) / rowHeight()) + MARGIN));
  return {
    first, end, width,
    totalHeight: computed(() => count() * rowHeight()),
    scrollTo(row) {
      const element = container.value;
      if (!element) return;
      const y = row * rowHeight();
      if (y < element.scrollTop) element.scrollTop = y;
      else if (y + rowHeight() > element.scrollTop + element.clientHeight) element.scrollTop = y + rowHeight() - element.clientHeight;
    },
  };
}
