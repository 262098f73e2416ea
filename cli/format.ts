/** Numbers, times and tables for a terminal. */

/** `12.3k`, `4.56M`. */
export function formatCount(value: number): string {
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const)
    if (value >= size) return `${(value / size).toPrecision(3)}${unit}`;
  return String(Math.round(value));
}

/** `42 s`, `3:05`, `1:02:03`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor((whole % 3600) / 60),
    String(whole % 60).padStart(2, '0'),
  ];
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

export function formatPercent(share: number | null | undefined): string {
  return share === null || share === undefined ? '–' : `${(100 * share).toFixed(2)} %`;
}

/** Local time of an ISO date, to the minute. */
export function formatWhen(iso: string): string {
  const date = new Date(iso);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** Columns aligned by their widest cell; those named in `right` to the right. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const clean = [header, ...rows].map((row) => row.map(printable));
  const widths = header.map((_, column) => Math.max(...clean.map((row) => displayWidth(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    header
      .map((name, column) => {
        const cell = row[column] ?? '';
        const fill = ' '.repeat((widths[column] ?? 0) - displayWidth(cell));
        return right.includes(name) ? fill + cell : cell + fill;
      })
      .join('  ')
      .trimEnd();
  return clean.map(line).join('\n');
}

/** Names come from folders and files: control characters in them must not reach the terminal. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** Cells of a terminal: wide East Asian characters and emoji take two, combining marks none. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text)
    width += /\p{M}/u.test(character)
      ? 0
      : /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(
            character,
          )
        ? 2
        : 1;
  return width;
}
