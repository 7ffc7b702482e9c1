// Comparing two traces and two groups; real Chromium, real server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base, everyWidth, find, forget, json, launch, noComplaints, openPage, otlp, post, shot } from './awry-browser.mjs';

let browser;
let page;
before(async () => { browser = await launch(); page = await openPage(browser); });
after(() => browser.close());

const pair = async () => (await json('/api/v1/findings')).findings[0].cause.pair;
const groups = (a, b) => `/compare?${new URLSearchParams({ a, b })}`;

test('two traces are compared by structure, time and values', async () => {
  const { wrong, right, differing } = await pair();
  await page.goto(`${base}/trace/${wrong}...${right}?cohort=${wrong}&cohort=${right}`);
  await page.locator('.pairs tbody tr').first().waitFor();
  assert.match(await page.locator('.verdict').innerText(), /spans are in both.*\d+ values? differs? in \d+ spans?/s);
  await page.getByRole('tab', { name: /^Values/ }).click();
  const row = differing.find((d) => d.attribute === 'context.cache_key') ?? differing[0];
  const shown = page.locator('.pair tr', { hasText: row.attribute }).filter({ hasText: row.wrong ?? 'missing' }).first();
  await shown.waitFor();
  assert.ok((await shown.innerText()).includes(row.right ?? 'missing'));
  await shot(page, 'awry-compare-values');
  await page.getByRole('tab', { name: 'Time' }).click();
  const deltas = await page.locator('.pairs td[data-l="B − A"]').allInnerTexts();
  assert.ok(deltas.length > 1);
});

test('a span that only one trace has is named', async () => {
  const made = (name, children) => {
    const root = otlp({ name });
    const { traceId, spanId } = root.resourceSpans[0].scopeSpans[0].spans[0];
    return { id: traceId, exports: [root, ...children.map((child) => otlp({ name: child, traceId, parentSpanId: spanId }))] };
  };
  const [one, two] = [made('root', ['same', 'only here']), made('root', ['same'])];
  for (const { exports } of [one, two]) for (const each of exports) await post('/api/v1/spans', each);
  await page.goto(`${base}/trace/${one.id}...${two.id}`);
  await page.locator('.pairs .chip', { hasText: 'only in A' }).waitFor();
  assert.match(await page.locator('.verdict').innerText(), /2 spans are in both, 1 only in A, 0 only in B/);
  await page.keyboard.press('x');
  await page.waitForURL(`**/trace/${two.id}...${one.id}*`);
  await page.locator('.pairs .chip', { hasText: 'only in B' }).waitFor();
});

test('either side may be empty, wrong or gone', async () => {
  const { wrong, right } = await pair();
  await page.goto(`${base}/trace/${wrong}...`);
  await page.getByText('Only one trace is named').waitFor();
  await page.getByLabel('Trace B, its id').fill(right);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/trace/${wrong}...${right}*`);
  await page.goto(`${base}/trace/...`);
  await page.getByText('Name two traces').waitFor();
  await page.goto(`${base}/trace/${wrong}...00000000000000000000000000000abc`);
  await page.getByText('There is no trace B').waitFor();
  forget(page);
});

test('two groups show their cause and the attributes that differ, with the counts of the API', async () => {
  const [a, b] = ['{ label = wrong }', '{ label = right }'];
  await page.goto(base + groups(a, b));
  await page.locator('.sec .sentence').first().waitFor({ timeout: 60_000 });
  const compared = await post('/api/v1/compare', { a, b, limit: 300 });
  await page.getByText(`${compared.a.traces.toLocaleString('en-US')} wrong against ${compared.b.traces.toLocaleString('en-US')} right`).waitFor();
  const real = compared.attributes.filter((x) => x.q_value <= 0.05);
  if (real.length > 0) await page.locator('table.values tbody tr').first().waitFor();
  assert.equal(await page.locator('table.values tbody tr').count(), real.length);
  await shot(page, 'awry-groups');
});

test('groups without a difference say so, and a bad query is underlined', async () => {
  await page.goto(base + groups('{ name = "no such span" }', '{ label = right }'));
  await page.getByText('No trace is in the first group').waitFor({ timeout: 60_000 });
  await page.goto(base + groups('{ name = }', '{ label = right }'));
  await page.getByText('A query does not parse').waitFor();
  await page.waitForLoadState('networkidle');  // both questions are refused
  forget(page);
});

test('the comparisons fit every width, light and dark, and axe finds nothing', async () => {
  const { wrong, right } = await pair();
  assert.ok((await find('{ label = wrong }', 1)).length > 0);
  await everyWidth(browser, [['compare', `/trace/${wrong}...${right}`, '.pairs tbody tr'], ['compare-start', '/compare', '.say']]);
  const wide = await openPage(browser, { viewport: { width: 400, height: 800 } });
  await wide.goto(base + groups('{ label = wrong }', '{ label = right }'));
  await wide.locator('.sec .sentence').first().waitFor({ timeout: 60_000 });
  assert.ok(await wide.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
  await shot(wide, 'awry-groups-400-light');
  await wide.context().close();
});

test('the comparisons did not complain', () => noComplaints(page));
