/** Columns as wide as their widest cell, two spaces between; the head is underlined by nothing, as `ps` and `docker` do. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head.map((title) => title.toUpperCase()), ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => displayWidth(row[column] ?? ''))));
  return all
    .map((row) => row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - displayWidth(cell))).join('  ').trimEnd())
    .join('\n');
}

/** `key  value` lines, keys padded to the longest. */
export function textPairs(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([key]) => key.length));
  return pairs.map(([key, value]) => `${key.padEnd(width)}  ${value}`.trimEnd()).join('\n');
}

const letters = new Intl.Segmenter();

/** Letters as people count them: one for an accented letter, however it is encoded. */
const displayWidth = (text: string): number => Array.from(letters.segment(text)).length;

export function plural(count: number, noun: string, several = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : several}`;
}
