import assert from 'node:assert/strict';
import { lineChart } from '../../bench/support/chart.js';

describe('a line chart', () => {
  const svg = lineChart({
    title: 'A < B & C', x: 'time', y: 'rate',
    lines: [{ name: 'one', points: [[0, 0], [10, 50], [20, 100]] }, { name: 'two', points: [[0, 20]], dashed: true }],
  });

  it('places points by their values, up being more', () => {
    const [first = '', second = '', third = ''] = /<polyline points="([^"]*)"/.exec(svg)?.[1]?.split(' ') ?? [];
    const [x0 = NaN, y0 = NaN] = first.split(',').map(Number);
    const [x1 = NaN, y1 = NaN] = second.split(',').map(Number);
    const [x2 = NaN, y2 = NaN] = third.split(',').map(Number);
    assert.ok(Math.abs(x1 - (x0 + x2) / 2) <= 0.1 && Math.abs(y1 - (y0 + y2) / 2) <= 0.1, `${first} ${second} ${third}`);
    assert.ok(x2 > x0 && y2 < y0);
  });

  it('labels its axes with round numbers', () => {
    for (const tick of ['>0<', '>5<', '>10<', '>20<', '>100<']) assert.ok(svg.includes(tick), tick);
  });

  it('writes what is not markup as text, and names every line', () => {
    assert.ok(svg.includes('A &lt; B &amp; C') && svg.includes('>one<') && svg.includes('>two<'));
  });
});
