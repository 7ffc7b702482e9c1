// The front page and the shell around all pages, in real Chromium against a real awry that the services have filled.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, base, everyWidth, find, forget, json, launch, noComplaints, openPage, send, shapes, shot, startAwry } from './awry-browser.mjs';

let browser;
let page;
before(async () => { browser = await launch(); page = await openPage(browser); });
after(() => browser.close());

const first = async () => (await json('/api/v1/findings')).findings[0];

test('the front page says the cause in a sentence, with its evidence', async () => {
  await page.goto(`${base}/`);
  const sentence = page.locator('.sentence').first();
  await sentence.waitFor();
  const text = await sentence.innerText();
  assert.match(text, /patterns\.user_id/);
  assert.match(text, /\d+ of \d+ wrong/);
  assert.ok(text.includes(String((await first()).cause.bad.with)), 'the counts are those of the API');
  for (const part of ['How often', 'Proof by replay', 'One wrong, one right', 'The check that would have caught it']) await page.getByText(part).first().waitFor();
  await shot(page, 'awry-findings');
});

test('a finding is confirmed, dismissed with a note and brought back', async () => {
  const { id } = await first();
  await send('PATCH', `/api/v1/findings/${id}`, { state: 'new' });
  await page.goto(`${base}/`);
  await page.locator('.sentence').first().waitFor();
  await page.keyboard.press('c');
  await page.locator(`#finding-${id} .rail .state`, { hasText: 'Confirmed' }).waitFor();
  assert.equal((await first()).state, 'confirmed');
  await page.keyboard.press('e');
  await page.getByLabel('Why is this no cause?').fill('<img src=x onerror=alert(1)> a test');
  await page.keyboard.press('Enter');
  await page.getByText('Note: “<img src=x onerror=alert(1)> a test”').waitFor();
  assert.equal((await json('/api/v1/findings')).findings.find((f) => f.id === id).state, 'dismissed');
  await page.locator('article', { hasText: 'a test' }).getByRole('button', { name: 'Bring back' }).click();
  await page.locator(`#finding-${id} .rail .state`, { hasText: 'Stands' }).waitFor();
  await shot(page, 'awry-findings-dismissed', false);
});

test('the pair opens as a comparison of its two traces', async () => {
  const { cause } = await first();
  await page.goto(`${base}/`);
  await page.getByRole('link', { name: 'Compare the two' }).first().click();
  await page.locator('.pairs tbody tr').first().waitFor();
  assert.ok(page.url().endsWith(`/trace/${cause.pair.wrong}...${cause.pair.right}`));
});

test('instrumentation and intake show the numbers of the API', async () => {
  await page.goto(`${base}/`);
  const { signals } = await json('/api/v1/instrumentation');
  await page.locator('table.signals tbody tr').first().waitFor();
  assert.equal(await page.locator('table.signals tbody tr').count(), signals.length);
  const status = await json('/api/v1/status');
  await page.locator('.kv', { hasText: 'spans/s' }).getByText(status.spans.toLocaleString('en-US')).first().waitFor();
});

test('a server that goes away leaves the dated state, and comes back by itself', async () => {
  await page.goto(`${base}/`);
  await page.locator('.sentence').first().waitFor();
  await page.context().setOffline(true);
  await page.getByText('Awry does not answer').first().waitFor();
  await page.getByText('Shown is the state of').waitFor();
  assert.ok(await page.locator('.sentence').count() > 0, 'the finding is still there');
  await page.context().setOffline(false);
  await page.getByText('Awry does not answer').first().waitFor({ state: 'detached' });
  forget(page, /ERR_INTERNET_DISCONNECTED/);
});

test('? shows the keys, / goes to the box, an id opens its trace', async () => {
  const { cause } = await first();
  await page.goto(`${base}/`);
  await page.locator('.sentence').first().waitFor();
  await page.keyboard.press('?');
  await page.locator('dialog.keys').waitFor();
  await page.locator('dialog.keys').getByText('mark as fixed').waitFor();
  await accessible(page, 'the keys');
  await page.keyboard.press('Escape');
  await page.locator('dialog.keys').waitFor({ state: 'detached' });
  await page.keyboard.press('/');
  await page.keyboard.type(cause.examples[0]);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/trace/${cause.examples[0]}`);
});

test('light and dark follow the system until chosen', async () => {
  const dark = await openPage(browser, { colorScheme: 'dark' });
  const paper = () => dark.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await dark.goto(`${base}/labels`);
  await dark.locator('h1').waitFor();
  const black = await paper();
  await dark.getByRole('button', { name: /^Theme/ }).click();
  await dark.getByRole('button', { name: /^Theme: dark/ }).click();
  await dark.getByRole('button', { name: /^Theme: light/ }).waitFor();
  assert.notEqual(await paper(), black);
  await dark.reload();
  assert.notEqual(await paper(), black, 'the choice is kept');
  await noComplaints(dark);
  await dark.context().close();
});

test('embedded pages have no top bar, keep their theme, and stay embedded', async () => {
  const embedded = await openPage(browser);
  await embedded.goto(`${base}/search?uiEmbed=v0&uiTheme=dark&uiSearchHideGraph=1&lookback=all`);
  await embedded.locator('.hits .hit[role=listitem]').first().waitFor();
  assert.equal(await embedded.locator('header.top').count(), 0);
  assert.equal(await embedded.locator('.scatter').count(), 0);
  assert.equal(await embedded.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await embedded.locator('.hits .root a').first().click();
  await embedded.waitForURL('**/trace/**');
  assert.match(embedded.url(), /uiEmbed=v0/);
  await embedded.context().close();
});

test('"Why" on a trace names the cause from that trace alone', async () => {
  await page.goto(`${base}/trace/${(await first()).cause.examples[0]}`);
  await page.getByRole('button', { name: 'Why', exact: true }).click();
  const sentence = page.locator('.sentence').first();
  await sentence.waitFor();
  assert.match(await sentence.innerText(), /patterns\.user_id/);
});

test('an expired trace has a designed state', async () => {
  await page.goto(`${base}/trace/00000000000000000000000000000abc`);
  await page.getByText('There is no such trace').waitFor();
  forget(page);
});

test('an unknown page has a designed state', async () => {
  await page.goto(`${base}/nowhere`);
  await page.getByText('There is no page at').waitFor();
});

test('an empty store says how to send traces', async () => {
  const empty = await openPage(browser);
  const server = await startAwry();
  try {
    for (const path of ['/', '/search']) {
      await empty.goto(server.url + path);
      await empty.getByText('No traces yet').waitFor();
      await accessible(empty, `empty ${path}`);
    }
    await shot(empty, 'awry-empty');
    await empty.goto(`${server.url}/labels`);
    await empty.getByText('Nothing is labelled yet').waitFor();
    await empty.goto(`${server.url}/checks`);
    await empty.getByText('A check is a rule that every trace must keep').waitFor();
    await accessible(empty, 'no checks');
    for (const path of ['/dependencies', '/monitor', '/drift', '/compare']) {
      await empty.goto(server.url + path);
      await empty.locator('.say').first().waitFor();
      await accessible(empty, `empty ${path}`);
    }
    await noComplaints(empty);
  } finally {
    await empty.context().close();
    await server.drop();
  }
});

test('every answer that the pages read has the shape they rely on', async () => {
  const { answers, complaints } = await shapes();
  const { id: finding, cause, state } = await first();
  const id = cause.examples[0];
  const [a, b] = ['{ label = wrong }', '{ label = right }'];
  const checked = [{ name: 'shape', never: cause.check }];
  const label = [{ trace_id: id, label: 'wrong', source: 'shape' }];
  const asked = [
    ['GET', '/api/services'], ['GET', '/api/operations?service=category-predictor'], ['GET', `/api/traces/${id}`], ['GET', `/api/traces?traceID=${id}`],
    ['POST', '/api/v1/search', { query: '{ label = wrong } | select(span.user_id)', limit: 5 }], ['POST', '/api/v1/search', { query: '{ }', explain: true }],
    ['POST', '/api/v1/search/groups', { query: '{ label = wrong }', by: 'name' }], ['GET', '/api/v1/attributes?limit=5'], ['GET', '/api/v1/attributes/values?key=user_id&limit=5'],
    ['GET', '/api/v1/findings'], ['PATCH', `/api/v1/findings/${finding}`, { state }], ['POST', '/api/v1/labels', label], ['GET', '/api/v1/labels'],
    ['GET', `/api/v1/traces/${id}/unusual`], ['POST', '/api/v1/why', { trace_id: id }], ['POST', '/api/v1/compare', { a, b }], ['GET', '/api/v1/invariants'],
    ['GET', '/api/v1/checks'], ['PUT', '/api/v1/checks?dry_run=1&since=1h', { checks: checked }], ['GET', '/api/v1/violations'], ['GET', '/api/v1/instrumentation'],
    ['GET', '/api/v1/status'], ['POST', `/api/archive/${id}`], ['GET', '/api/v1/monitor?service=category-predictor&start=24h&step=1h'], ['GET', '/api/v1/graph?start=24h'], ['GET', '/api/v1/drift?start=168h'],
  ];
  const held = new Set();
  const hold = async (method, path, body) => {
    const route = answers.ROUTES.find((r) => r.method === method && r.path.test(path.slice(1).split('?')[0]));
    assert.ok(route, `${method} ${path} has no shape`);
    held.add(route);
    const answer = method === 'GET' ? await json(path) : await send(method, path, body);
    assert.deepEqual(complaints(route.shape, answer, `${method} ${path}`), []);
  };
  for (const question of asked) await hold(...question);
  for (const { id: made } of (await json(`/api/v1/labels?trace_id=${id}`)).labels.filter((l) => l.source === 'shape')) await hold('DELETE', `/api/v1/labels/${made}`);
  assert.deepEqual(answers.ROUTES.filter((r) => !held.has(r)).map((r) => `${r.method} ${r.path}`), [], 'every route was asked');
});

test('the front page loads little script and style, and paints before its data', async (t) => {
  const fresh = await openPage(browser);
  await fresh.goto(`${base}/`);
  await fresh.locator('.sentence').first().waitFor();
  const { paint, data, bytes } = await fresh.evaluate(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    data: performance.getEntriesByType('resource').find((r) => r.name.includes('/api/v1/findings'))?.responseEnd,
    bytes: performance.getEntriesByType('resource').filter((r) => /\.(js|css)$/.test(r.name)).reduce((sum, r) => sum + r.decodedBodySize, 0),
  }));
  assert.ok(bytes < 400_000, `${bytes} bytes of script and style on the front page`);
  t.diagnostic(`first paint after ${Math.round(paint)} ms, findings after ${Math.round(data)} ms, ${bytes} bytes of script and style`);
  await fresh.context().close();
});

test('the front page fits every width, light and dark, and axe finds nothing', () => everyWidth(browser, [['findings', '/', '.sentence']]));

test('the pages of Awry did not complain', async () => {
  assert.ok((await find('{ label = wrong }', 1)).length > 0);
  await noComplaints(page);
});
