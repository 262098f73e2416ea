/** Which rows of equal height are in sight of a scrolling element; only these are drawn. */
import { computed, onBeforeUnmount, ref, watch, type ComputedRef, type Ref } from 'vue';

/** Drawn beyond the edges, so that a quick scroll shows no gap. Rows. */
const MARGIN = 6;
/** After the last leap of half a screen or more. */
const LANDING_MS = 90;

export interface VirtualRows {
  readonly first: ComputedRef<number>;
  /** One past the last. */
  readonly end: ComputedRef<number>;
  readonly totalHeight: ComputedRef<number>;
  readonly width: Ref<number>;
  /** Rows go by too quickly to be seen: what is dear (pages, images) waits until they no longer do. */
  readonly flying: Ref<boolean>;
  scrollTo(row: number): void;
}

export function useVirtualRows(
  container: Ref<HTMLElement | null>,
  count: () => number,
  rowHeight: () => number,
): VirtualRows {
  const top = ref(0);
  const height = ref(0);
  const width = ref(0);
  let frame = 0;
  const flying = ref(false);
  let landing: ReturnType<typeof setTimeout> | undefined;
  const land = (): void => {
    flying.value = false;
  };
  const read = (): void => {
    frame = 0;
    if (!container.value) return;
    const { scrollTop } = container.value;
    if (Math.abs(scrollTop - top.value) > height.value / 2 && height.value > 0) {
      flying.value = true;
      clearTimeout(landing);
      landing = setTimeout(land, LANDING_MS);
    }
    top.value = scrollTop;
  };
  const onScroll = (): void => {
    if (frame === 0) frame = requestAnimationFrame(read);
  };
  const observer = new ResizeObserver(([entry]) => {
    if (!entry) return;
    height.value = entry.contentRect.height;
    width.value = entry.contentRect.width;
  });
  watch(
    container,
    (element, before) => {
      before?.removeEventListener('scroll', onScroll);
      observer.disconnect();
      if (!element) return;
      element.addEventListener('scroll', onScroll, { passive: true });
      observer.observe(element);
    },
    { immediate: true },
  );
  onBeforeUnmount(() => {
    observer.disconnect();
    cancelAnimationFrame(frame);
    clearTimeout(landing);
  });

  const first = computed(() => Math.max(0, Math.min(count(), Math.floor(top.value / rowHeight()) - MARGIN)));
  const end = computed(() => Math.min(count(), Math.ceil((top.value + height.value) / rowHeight()) + MARGIN));
  return {
    first,
    end,
    width,
    flying,
    totalHeight: computed(() => count() * rowHeight()),
    scrollTo(row) {
      const element = container.value;
      if (!element) return;
      const y = row * rowHeight();
      if (y < element.scrollTop) element.scrollTop = y;
      else if (y + rowHeight() > element.scrollTop + element.clientHeight)
        element.scrollTop = y + rowHeight() - element.clientHeight;
    },
  };
}
