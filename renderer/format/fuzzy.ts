/**
 * How well `text` fits what was typed: null when it does not; higher is better. Every word must occur, word beginnings
 * count most.
 */
export function fuzzyScore(text: string, typed: string): number | null {
  const hay = text.toLowerCase();
  let score = 0;
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const at = hay.indexOf(word);
    if (at === -1) return null;
    const before = hay[at - 1];
    score += at === 0 ? 4 : before === undefined || /[^a-z0-9]/.test(before) ? 2 : 1;
  }
  return score - hay.length / 1000;
}
