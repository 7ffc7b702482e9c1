// Monitor and drift, in real Chromium against a real awry that the services have filled.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, base, everyWidth, json, launch, noComplaints, openPage, shot } from './awry-browser.mjs';

let browser;
let page;
before(async () => { browser = await launch(); page = await openPage(browser); });
after(() => browser.close());

const DAY_MS = 86_400_000;
const SERVICE = 'category-predictor';
const link = (more = '') => `/monitor?service=${SERVICE}&timeframe=${DAY_MS}${more}`;

test('each operation has its figures, the one with most impact first, and links to traces of it', async () => {
  const { operations } = await json(`/api/v1/monitor?service=${SERVICE}&start=86400s&step=1440s`);
  await page.goto(base + link());
  await page.locator('.ops tbody tr').first().waitFor();
  assert.equal(await page.locator('.ops tbody tr').count(), operations.length);
  assert.ok((await page.locator('.ops tbody tr').first().innerText()).includes(operations[0].name));
  assert.equal(await page.locator('.sec .chart').count(), 3);
  await accessible(page, 'monitor');
  await shot(page, 'awry-monitor');
  await page.getByRole('button', { name: operations[0].name, exact: true }).first().click();
  assert.equal(await page.locator('.ops .chart').count(), 3);
  const example = operations.find((o) => o.examples.slow.length > 0).examples.slow[0];
  await page.locator(`.ops a[href$="/trace/${example}"]`).first().click();
  await page.locator('.tl .row').first().waitFor();
});

test("Jaeger's link chooses service, kind and time; sorting and filtering keep the rows", async () => {
  const { operations } = await json(`/api/v1/monitor?service=${SERVICE}&start=86400s&step=1440s&kind=server`);
  await page.goto(base + link('&spanKind=server'));
  await page.locator('.ops tbody tr').first().waitFor();
  assert.equal(await page.locator('.ops tbody tr').count(), operations.length);
  assert.equal(await page.getByLabel('Kind').inputValue(), 'server');
  await page.getByRole('button', { name: 'Operation' }).click();
  const names = await page.locator('.ops tbody tr td:first-child button').allInnerTexts();
  assert.deepEqual(names, [...names].sort());
  await page.getByRole('searchbox', { name: 'Filter operations' }).fill('no such operation');
  assert.equal(await page.locator('.ops tbody tr').count(), 0);
});

test('a service that was quiet has a state, not an empty chart', async () => {
  await page.goto(`${base}/monitor?service=nobody`);
  await page.getByText('nobody sent no such span in this time').waitFor();
});

test('drift shows each model with its answers over time, and every test', async () => {
  const { models, tests } = await json('/api/v1/drift?start=168h');
  assert.ok(models.length > 0);
  await page.goto(`${base}/drift`);
  await page.locator('.bins').first().waitFor();
  const most = models.map((m) => m.windows.reduce((n, w) => n + w.count, 0));
  for (const n of most) assert.ok((await page.locator('main').innerText()).includes(`${n.toLocaleString('en-US')} predictions`));
  const alarms = tests.filter((t) => t.alarm).length;
  assert.equal(await page.locator('article .state', { hasText: 'Drifted' }).count(), Math.min(alarms, 3), 'the first three in full, the others in a table');
  const rows = await page.locator('section', { has: page.getByRole('heading', { name: 'Drifted, too' }) }).locator('tbody tr').count();
  assert.equal(rows, Math.min(20, Math.max(0, alarms - 3)));
  await accessible(page, 'drift');
  await shot(page, 'awry-drift');
});

test('every width and theme: nothing sticks out, nothing for axe', () => everyWidth(browser, [['monitor', link(), '.ops tbody tr'], ['drift', '/drift', '.bins, .say']]));

test('no page complained', () => noComplaints(page));
