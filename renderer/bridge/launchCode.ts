/** The one-time code of a launch link, as it is opened, pasted, or mangled by whatever handled it. */
const CODE = /#\/?code=([\w-]+)/;

/** In the fragment of an address, also where the router has put a slash before it; null where there is none. */
export const codeInFragment = (text: string): string | null => CODE.exec(text)?.[1] ?? null;

/** In a link, in the fragment of one, or by itself; null where there is none. */
export const codeIn = (text: string): string | null =>
  codeInFragment(text) ?? /^[\w-]{20,}$/.exec(text.trim())?.[0] ?? null;
