// Awry's pages in real Chromium against a real awry that the services have filled.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const base = process.env.AWRY_URL;
const shots = process.env.SCREENSHOTS;
let browser;
let page;
const complaints = [];

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
});
after(() => browser.close());

const json = async (path) => (await fetch(base + path)).json();
const shot = (name) => (shots ? page.screenshot({ path: `${shots}/${name}.png`, fullPage: true }) : undefined);

test('the front page says the cause in a sentence, with its evidence', async () => {
  await page.goto(`${base}/`);
  const sentence = page.locator('.sentence').first();
  await sentence.waitFor();
  const text = await sentence.innerText();
  assert.match(text, /patterns\.user_id/);
  assert.match(text, /\d+ of \d+ wrong/);
  const { findings } = await json('/api/v1/findings');
  assert.ok(text.includes(String(findings[0].cause.bad.with)), 'the counts are those of the API');
  await page.getByText('How often').first().waitFor();
  await page.getByText('Proof by replay').first().waitFor();
  await page.getByText('One wrong, one right').first().waitFor();
  await shot('awry-findings');
});

test('the check of the finding finds the wrong traces, and one opens', async () => {
  await page.goto(`${base}/`);
  await page.getByRole('link', { name: 'Find these traces' }).first().click();
  await page.locator('.hits .hit[role=listitem]').first().waitFor();
  assert.ok(await page.locator('.hits .hit[role=listitem]').count() > 0);
  await shot('awry-search');
  await page.locator('.hits .root a').first().click();
  await page.locator('.tl .row').first().waitFor();
  assert.match(page.url(), /\/trace\/[0-9a-f]{32}$/);
});

test('a trace shows its spans, what is unusual, and the details of a span', async () => {
  const { findings } = await json('/api/v1/findings');
  const id = findings[0].cause.examples[0];
  await page.goto(`${base}/trace/${id}?uiFind=fetch_user_context`);
  const op = page.locator('.tl .op', { hasText: 'fetch_user_context' });
  await op.waitFor();
  await page.locator('.detail').first().waitFor();
  assert.match(await page.locator('.detail').first().innerText(), /context\.cache_key/);
  const trace = (await json(`/api/traces/${id}`)).data[0];
  assert.equal(await page.locator('.tl .row').count(), trace.spans.length);
  await shot('awry-trace');
});

test('"this answer is wrong" labels the trace, and a second press takes it back', async () => {
  const found = await (await fetch(`${base}/api/v1/search`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: '{ name = "model_prediction" }', limit: 20 }) })).json();
  const id = found.traces.find((t) => t.labels.length === 0).trace_id;
  await page.goto(`${base}/trace/${id}`);
  const wrong = page.getByRole('button', { name: 'wrong', exact: true });
  await wrong.click();
  await page.locator('button[aria-pressed=true]', { hasText: 'wrong' }).waitFor();
  assert.equal((await json(`/api/v1/labels?trace_id=${id}`)).labels[0].label, 'wrong');
  await wrong.click();
  await page.locator('button.w[aria-pressed=false]').waitFor();
  assert.equal((await json(`/api/v1/labels?trace_id=${id}`)).labels.length, 0);
});

test('"Why" on a trace names the cause from that trace alone', async () => {
  const { findings } = await json('/api/v1/findings');
  await page.goto(`${base}/trace/${findings[0].cause.examples[0]}`);
  await page.getByRole('button', { name: 'Why', exact: true }).click();
  const sentence = page.locator('.sentence').first();
  await sentence.waitFor();
  assert.match(await sentence.innerText(), /patterns\.user_id/);
});

test('a query that does not parse is underlined where it is wrong', async () => {
  complaints.length = 0;
  await page.goto(`${base}/search?query=${encodeURIComponent('{ name = }')}`);
  await page.getByText('This query does not parse').waitFor();
  assert.equal(await page.locator('mark.err').count(), 1);
  complaints.length = 0;  // the browser itself notes the 400
});

test('an unknown trace and an unknown page have a designed state', async () => {
  await page.goto(`${base}/trace/00000000000000000000000000000abc`);
  await page.getByText('There is no such trace').waitFor();
  await page.goto(`${base}/nowhere`);
  await page.getByText('There is no page at').waitFor();
  complaints.length = 0;  // the 404 of the trace
});

test("Jaeger's search link fills the form", async () => {
  await page.goto(`${base}/search?service=category-predictor&operation=fetch_user_context&lookback=2d&limit=5&tags=${encodeURIComponent('{"context.cache_hit":"true"}')}`);
  await page.locator('.hits .hit[role=listitem]').first().waitFor();
  assert.equal(await page.locator('#f-service').inputValue(), 'category-predictor');
  assert.equal(await page.locator('#f-tags').inputValue(), 'context.cache_hit=true');
  assert.ok(await page.locator('.hits .hit[role=listitem]').count() <= 5);
});

test('pages fit a phone and follow the dark theme', async () => {
  const { findings } = await json('/api/v1/findings');
  for (const [width, colorScheme] of [[400, 'light'], [400, 'dark'], [1280, 'dark']]) {
    const small = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    for (const [name, path] of [['findings', '/'], ['search', '/search?lookback=all'], ['trace', `/trace/${findings[0].cause.examples[0]}`]]) {
      await small.goto(base + path);
      await small.locator('.sentence, .hits, .tl .row').first().waitFor();
      const wide = await small.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${name} is ${wide} px wider than ${width} px`);
      if (shots) await small.screenshot({ path: `${shots}/awry-${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
    await small.close();
  }
});

test('no page complained', () => assert.deepEqual(complaints, []));
