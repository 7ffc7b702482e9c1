import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scaleOf, spread } from './axis';
import { KEPT, SAVED_BEFORE, SMALLER, sankeyOf } from './sankey';

test('an axis begins at zero and reaches below it only when something does', () => {
  assert.deepEqual(scaleOf(0, 5613, 0, 300).ticks, [0, 2000, 4000, 6000]);
  assert.deepEqual(scaleOf(120, 480, 0, 300).ticks[0], 0);
  const both = scaleOf(-6100, 24000, 0, 300);
  assert(both.ticks[0]! <= -6100 && both.ticks.at(-1)! >= 24000 && both.ticks.includes(0));
  assert.equal(both.at(both.ticks[0]!), 300);
  assert.equal(both.at(both.ticks.at(-1)!), 0);
});

test('a month without money still has an axis', () => {
  assert(scaleOf(0, 0, 0, 300).ticks.length >= 2);
});

test('labels keep their order and their distance', () => {
  assert.deepEqual(spread([10, 12, 80], 14, 200), [10, 24, 80]);
  const foot = spread([195, 190, 198], 14, 200);
  assert(foot[1]! < foot[0]! && foot[0]! < foot[2]! && foot[2]! <= 200);
  assert(foot[0]! - foot[1]! >= 14 && foot[2]! - foot[0]! >= 14);
});

const part = (id: string, minor: bigint) => ({ id, minor });

test('both sides of the flow come to the same, what is left is kept', () => {
  const flow = sankeyOf([part('salary', 400000n)], [part('housing', 112000n), part('groceries', 54200n)], 400)!;
  const size = (bands: { height: number }[]) => bands.reduce((all, band) => all + band.height, 0);
  assert(Math.abs(size(flow.sources) - size(flow.targets)) < 0.01);
  assert.equal(flow.targets.at(-1)!.id, KEPT);
  assert.equal(flow.targets.at(-1)!.minor, 233800n);
});

test('what went out beyond the income comes from savings', () => {
  const flow = sankeyOf([part('salary', 100000n)], [part('travel', 150000n)], 400)!;
  assert.deepEqual(flow.sources.map((band) => [band.id, band.minor]), [['salary', 100000n], [SAVED_BEFORE, 50000n]]);
  assert.equal(flow.targets.some((band) => band.id === KEPT), false);
});

test('parts under two hundredths are told together, a single one by itself', () => {
  const spending = [part('housing', 100000n), part('fees', 100n), part('cash', 200n)];
  assert.deepEqual(sankeyOf([], spending, 400)!.targets.map((band) => band.id), ['housing', SMALLER]);
  assert.deepEqual(sankeyOf([], spending.slice(0, 2), 400)!.targets.map((band) => band.id), ['housing', 'fees']);
});

test('nothing in and nothing out draws nothing', () => {
  assert.equal(sankeyOf([], [], 400), null);
});

test('nodes never overlap', () => {
  const spending = Array.from({ length: 19 }, (_unused, i) => part(`c${i}`, BigInt(1000 + i * 37)));
  const { targets } = sankeyOf([part('salary', 60000n)], spending, 420)!;
  targets.slice(1).forEach((band, i) => assert(band.y >= targets[i]!.y + targets[i]!.height + 13.9));
});
