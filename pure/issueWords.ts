/** What a schema refused, in words: its own speak of numbers, patterns and types. */

/** An issue as zod gives it: a code, a place, and what was allowed. */
type Issue = Readonly<Record<string, unknown>>;

/** `fractions.val` at most 0.9: "Fractions, val: at most 0.9". */
export function issueWords(issue: unknown): string {
  if (typeof issue !== 'object' || issue === null) return '';
  const { path, code } = issue as Issue;
  const place = Array.isArray(path)
    ? path
        .filter((part) => typeof part === 'string')
        .map(spaced)
        .join(', ')
    : '';
  const wanted = wantedWords(String(code), issue as Issue);
  return place === '' ? wanted : `${place.charAt(0).toUpperCase()}${place.slice(1)}: ${wanted}`;
}

/** The same without the place. */
export function issueProblem(issue: unknown): string {
  return issueWords(typeof issue === 'object' && issue !== null ? { ...issue, path: [] } : issue);
}

/** `batchSize` as "batch size". */
function spaced(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' entries', set: ' entries' };

function wantedWords(code: string, issue: Issue): string {
  const unit = UNITS[String(issue['origin'])] ?? '';
  const bound = issue['inclusive'] === false ? ['below', 'above'] : ['at most', 'at least'];
  switch (code) {
    case 'too_big':
      return `${bound[0]} ${String(issue['maximum'])}${unit}`;
    case 'too_small':
      return issue['minimum'] === 1 && unit !== ''
        ? 'must not be empty'
        : `${bound[1]} ${String(issue['minimum'])}${unit}`;
    case 'invalid_value':
      return Array.isArray(issue['values']) ? `one of ${issue['values'].map(String).join(', ')}` : 'not allowed';
    case 'invalid_format':
      return 'has characters that are not allowed here';
    case 'invalid_type':
      return issue['expected'] === 'int' ? 'a whole number' : `a ${String(issue['expected'])} is needed`;
    case 'not_multiple_of':
      return `a multiple of ${String(issue['divisor'])}`;
    case 'unrecognized_keys':
      return 'not known';
    default:
      // a check of our own says it in words already
      return typeof issue['message'] === 'string' ? issue['message'] : 'not allowed';
  }
}
