/**
 * The cheapest pairing of rows and columns (each at most once; as many pairs as the shorter side has, less those that would cost FORBIDDEN): for
 * each row its column, or −1. Shortest augmenting paths with potentials (Jonker and Volgenant 1987), O(rows² · columns).
 * @param cost finite; FORBIDDEN or more: these two are never paired
 */
export function assign(cost: readonly (readonly number[])[]): number[] {
  const rows = cost.length;
  const columns = cost[0]?.length ?? 0;
  if (columns === 0) return cost.map(() => -1);
  if (rows > columns) return transposed(assign(transpose(cost)), rows);
  const rowOf = new Int32Array(columns + 1).fill(-1);
  const rowPotential = new Float64Array(rows);
  const columnPotential = new Float64Array(columns + 1);
  const [cheapest, before, done] = [new Float64Array(columns + 1), new Int32Array(columns + 1), new Uint8Array(columns + 1)];
  for (let row = 0; row < rows; row++) augment(cost, row, { rowOf, rowPotential, columnPotential, cheapest, before, done });
  const found = new Array<number>(rows).fill(-1);
  for (let column = 0; column < columns; column++) {
    const row = rowOf[column] ?? -1;
    if (row >= 0 && (cost[row]?.[column] ?? FORBIDDEN) < FORBIDDEN) found[row] = column;
  }
  return found;
}

export const FORBIDDEN = 1e6;

interface State {
  /** Which row has each column; the last entry is a column that nobody has. */
  readonly rowOf: Int32Array;
  readonly rowPotential: Float64Array;
  readonly columnPotential: Float64Array;
  // Of the row that is added: what the way to each column costs at least, from which column it comes, and whether that is sure.
  readonly cheapest: Float64Array;
  readonly before: Int32Array;
  readonly done: Uint8Array;
}

/** Gives one more row a column, moving others along the cheapest path. */
function augment(cost: readonly (readonly number[])[], start: number, { rowOf, rowPotential, columnPotential, cheapest, before, done }: State): void {
  const columns = rowOf.length - 1;
  cheapest.fill(Infinity);
  before.fill(columns);
  done.fill(0);
  let column = columns;
  rowOf[columns] = start;
  while ((rowOf[column] ?? -1) >= 0) {
    done[column] = 1;
    const row = rowOf[column] ?? 0;
    let [least, next] = [Infinity, columns];
    for (let j = 0; j < columns; j++) {
      if (done[j] === 1) continue;
      const reduced = (cost[row]?.[j] ?? FORBIDDEN) - (rowPotential[row] ?? 0) - (columnPotential[j] ?? 0);
      if (reduced < (cheapest[j] ?? Infinity)) {
        cheapest[j] = reduced;
        before[j] = column;
      }
      if ((cheapest[j] ?? Infinity) < least) [least, next] = [cheapest[j] ?? Infinity, j];
    }
    for (let j = 0; j <= columns; j++) {
      if (done[j] === 1) {
        const held = rowOf[j] ?? 0;
        rowPotential[held] = (rowPotential[held] ?? 0) + least;
        columnPotential[j] = (columnPotential[j] ?? 0) - least;
      } else cheapest[j] = (cheapest[j] ?? Infinity) - least;
    }
    column = next;
  }
  while (column !== columns) {
    const from = before[column] ?? columns;
    rowOf[column] = rowOf[from] ?? -1;
    column = from;
  }
  rowOf[columns] = -1;
}

function transpose(cost: readonly (readonly number[])[]): number[][] {
  return Array.from({ length: cost[0]?.length ?? 0 }, (_, column) => cost.map((row) => row[column] ?? FORBIDDEN));
}

function transposed(rowOfColumn: readonly number[], rows: number): number[] {
  const found = new Array<number>(rows).fill(-1);
  rowOfColumn.forEach((row, column) => {
    if (row >= 0) found[row] = column;
  });
  return found;
}
