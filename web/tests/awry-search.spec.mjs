// Search: form, query language, scatter, list, table, groups, files, live tail, links; real Chromium, real server.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { accessible, base, everyWidth, find, forget, json, launch, noComplaints, openPage, otlp, post, shot, until } from './awry-browser.mjs';

let browser;
let page;
before(async () => { browser = await launch(); page = await openPage(browser); });
after(() => browser.close());

const rows = () => page.locator('.hits .hit[role=listitem]');
const search = async (parameters) => { await page.goto(`${base}/search?${new URLSearchParams({ lookback: 'all', ...parameters })}`); };

test('the check of the finding finds the wrong traces, and one opens', async () => {
  await page.goto(`${base}/`);
  await page.getByRole('link', { name: 'Find these traces' }).first().click();
  await rows().first().waitFor();
  assert.ok(await rows().count() > 0);
  await page.locator('.hits .root a').first().click();
  await page.waitForURL(/\/trace\/[0-9a-f]{32}$/);
});

test("Jaeger's search link fills the form and finds what Jaeger's API finds", async () => {
  const link = { service: 'category-predictor', operation: 'fetch_user_context', lookback: '2d', limit: '5', tags: '{"context.cache_hit":"true"}' };
  await search(link);
  await rows().first().waitFor();
  assert.equal(await page.locator('#f-service').inputValue(), 'category-predictor');
  assert.equal(await page.locator('#f-operation').inputValue(), 'fetch_user_context');
  assert.equal(await page.locator('#f-tags').inputValue(), 'context.cache_hit=true');
  const jaeger = await json(`/api/traces?${new URLSearchParams(link)}`);
  const shown = await page.locator('.hits .hit[role=listitem]').evaluateAll((list) => list.map((row) => row.dataset.id));
  assert.deepEqual(shown.sort(), jaeger.data.map((t) => t.traceID.padStart(32, '0')).sort());
});

test('links that name all services, a time in microseconds, traces and spans open', async () => {
  const [trace] = await find('{ name = "fetch_user_context" }', 1);
  const us = Math.floor(Number(trace.start_ns) / 1000);
  await page.goto(`${base}/search?service=__all_services__&operation=all&start=${us - 1}&end=${us + 1}&limit=50`);
  await page.locator(`[data-id="${trace.trace_id}"]`).waitFor();
  assert.equal(await page.locator('#f-lookback').inputValue(), 'custom');
  await page.goto(`${base}/search?traceID=${trace.trace_id.replace(/^0+/, '')}`);
  await rows().first().waitFor();
  assert.equal(await rows().count(), 1);
  const span = trace.matched[0].span_id;
  await page.goto(`${base}/search?span=${span}@${trace.trace_id}`);
  await rows().first().waitFor();
  assert.match(await page.locator('.hits .root a').first().getAttribute('href'), new RegExp(`/trace/${trace.trace_id}\\?uiFind=${span}$`));
});

test('the form writes its link', async () => {
  await page.goto(`${base}/search`);
  await page.locator('#f-service option', { hasText: 'category-predictor' }).waitFor({ state: 'attached' });
  await page.locator('#f-service').selectOption('category-predictor');
  await page.locator('#f-tags').fill('user_id=user12 other="a b"');
  await page.locator('#f-minDuration').fill('1us');
  await page.locator('#f-lookback').selectOption('all');
  await page.getByRole('button', { name: 'Find traces' }).click();
  await page.waitForURL(/service=category-predictor/);
  const params = new URL(page.url()).searchParams;
  assert.deepEqual(JSON.parse(params.get('tags')), { user_id: 'user12', other: 'a b' });
  assert.equal(params.get('minDuration'), '1us');
});

test('keys and values complete with Tab', async () => {
  await page.goto(`${base}/search`);
  const box = page.locator('#f-query');
  await box.click();
  const { attributes } = await json('/api/v1/attributes?limit=100');
  const { key } = attributes.find((a) => a.scope === 'span' && /^[a-z_.]{5,}$/.test(a.key));
  await box.pressSequentially(`{ span.${key.slice(0, -1)}`);
  await page.locator('.offers [role=option]').filter({ has: page.locator('code', { hasText: new RegExp(`^span\\.${key.replaceAll('.', '\\.')}$`) }) }).waitFor();
  await accessible(page, 'completion');
  while (!(await page.locator('.offers [aria-selected=true] code').innerText()).endsWith(`.${key}`)) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  assert.equal(await box.inputValue(), `{ span.${key}`);
  await box.fill('');
  await box.pressSequentially('{ resource.service.name = categ');
  await page.locator('.offers [role=option]', { hasText: '"category-predictor"' }).waitFor();
  await page.keyboard.press('Tab');
  await box.press('End');
  await box.pressSequentially(' }');
  assert.equal(await box.inputValue(), '{ resource.service.name = "category-predictor" }');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await page.waitForURL(/query=/);
  forget(page);  // half a query does not parse, and the field asks while one writes
});

test('a query that does not parse is underlined where it is wrong, while writing and when asked', async () => {
  await page.goto(`${base}/search`);
  await page.locator('#f-query').fill('{ name = "ä" && }');
  await page.locator('.qf-bad mark.err').waitFor();
  assert.equal(await page.locator('.qf-bad mark.err').innerText(), '}');
  await search({ query: '{ name = }' });
  await page.getByText('This query does not parse').waitFor();
  assert.equal(await page.locator('.results mark.err').innerText(), '}');
  forget(page);
});

test('a mark of the plot opens its trace; a frame keeps those inside', async () => {
  await search({ query: '{ name = "categorize_transaction" }', limit: '60' });
  await rows().first().waitFor();
  const canvas = page.locator('.scatter canvas');
  await canvas.waitFor();
  const box = await canvas.boundingBox();
  await page.mouse.move(box.x + 60, box.y + 6);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 2, box.y + 190, { steps: 4 });
  await page.mouse.up();
  await page.getByText(/\d+ in the frame/).waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  // Along the plot, wherever there is a mark.
  let opened = false;
  for (let x = 58; x < box.width && !opened; x += 3) {
    for (let y = 14; y < 188 && !opened; y += 9) {
      await page.mouse.move(box.x + x, box.y + y);
      opened = (await page.locator('.scatter .tip').count()) > 0;
      if (opened) await page.mouse.click(box.x + x, box.y + y);
    }
  }
  assert.ok(opened, 'no mark found on the plot');
  await page.waitForURL(/\/trace\//);
});

test('list and table sort', async () => {
  await search({ query: '{ name = "process_transaction" }', limit: '40' });
  await rows().first().waitFor();
  const durations = () => page.locator('[data-id]').evaluateAll((list) => list.map((row) => row.dataset.id));
  const hits = await find('{ name = "process_transaction" }', 40);
  await page.getByLabel('Sort').selectOption('longest');
  await page.waitForURL(/sort=longest/);
  const longest = [...hits].sort((a, b) => b.duration_ns - a.duration_ns);
  assert.equal((await durations())[0], longest[0].trace_id);
  await page.getByRole('button', { name: 'Table', exact: true }).click();
  await page.locator('table.hit-table').waitFor();
  await page.getByRole('button', { name: /^Duration/ }).click();
  await page.waitForURL(/sort=shortest/);
  assert.equal((await durations())[0], longest.at(-1).trace_id);
});

test('select() shows its values as columns', async () => {
  await search({ query: '{ name = "categorize_transaction" } | select(span.user_id)', view: 'table' });
  await page.locator('th', { hasText: 'span.user_id' }).waitFor();
  assert.match(await page.locator('td[data-l="span.user_id"]').first().innerText(), /^user\d+/);
});

test('groups count as the API does, and two can be asked why', async () => {
  const query = '{ name = "process_transaction" }';
  await search({ query, by: 'label' });
  const { groups } = await post('/api/v1/search/groups', { query, by: 'span.user_id', limit: 200 });
  await search({ query, by: 'span.user_id' });
  const row = page.locator('.groups-table tbody tr', { hasText: String(groups[0].value) }).first();
  await row.waitFor();
  assert.ok((await row.innerText()).includes(groups[0].traces.toLocaleString('en-US')));
  await page.locator('.groups-table input').nth(0).check();
  await page.locator('.groups-table input').nth(1).check();
  await page.getByRole('button', { name: 'Why do two differ' }).click();
  await page.waitForURL(/\/compare\?a=/);
});

test('two selected traces are compared, by mouse and by keys', async () => {
  await search({ query: '{ name = "process_transaction" }', limit: '10' });
  await rows().nth(1).waitFor();
  const ids = await rows().evaluateAll((list) => list.slice(0, 2).map((row) => row.dataset.id));
  for (const at of [0, 1]) await rows().nth(at).getByRole('checkbox').check();
  await page.getByRole('button', { name: /Compare the two/ }).click();
  await page.waitForURL(`**/trace/${ids[0]}...${ids[1]}?cohort=*`);
  await page.goBack();
  await rows().nth(1).waitFor();
  // The list takes keys a moment after it is drawn.
  await until('the cursor', async () => { await page.keyboard.press('j'); return (await page.locator('.hit.cursor, tr.cursor').count()) === 1; });
  const selected = (n) => until(`${n} selected`, async () => (await page.locator('.hit.sel, tr.sel').count()) === n);
  await page.keyboard.press(' ');
  await selected(1);
  for (const key of ['j', ' ']) await page.keyboard.press(key);
  await selected(2);
  await page.keyboard.press('c');
  await page.waitForURL(/\/trace\/[0-9a-f]+\.\.\.[0-9a-f]+/);
});

test('files are shown without being stored; what is in them is text', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'awry-files-'));
  const evil = '<img src=x onerror="document.title=`owned`">';
  const span = { name: evil, service: '"><script>document.title="owned"</script>', attributes: { [evil]: evil } };
  writeFileSync(join(folder, 'spans.jsonl'), `${JSON.stringify(otlp(span))}\n${JSON.stringify(otlp({ ...span, name: 'second' }))}\n`);
  writeFileSync(join(folder, 'bad.json'), '{"data": [');
  const before = (await json('/api/v1/status')).spans;
  await page.goto(`${base}/search`);
  await page.locator('#f-file').setInputFiles(join(folder, 'spans.jsonl'));
  await page.getByText('2 traces from files').waitFor();
  assert.equal(await page.locator('.hits img, .hits script').count(), 0);
  await accessible(page, 'traces from files');
  await page.locator('.hits .root a', { hasText: '<img' }).click();
  await page.waitForURL(/\/trace\//);
  await page.locator('h1', { hasText: '<img src=x' }).waitFor();
  assert.notEqual(await page.title(), 'owned');
  await page.goBack();
  await page.locator('#f-file').setInputFiles(join(folder, 'bad.json'));
  await page.getByText('bad.json: this is no JSON').waitFor();
  assert.equal((await json('/api/v1/status')).spans, before, 'nothing was stored');
  rmSync(folder, { recursive: true, force: true });
});

test('the traces found are downloaded as Jaeger has them', async () => {
  await search({ query: '{ name = "process_transaction" }', limit: '3' });
  await rows().first().waitFor();
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const saved = JSON.parse(readFileSync(await (await waiting).path(), 'utf8'));
  assert.equal(saved.data.length, 3);
  assert.ok(saved.data[0].spans.length > 1);
});

test('live tail shows traces as they arrive, later ones on request', async () => {
  const name = `tail ${Date.now()} <b>bold</b>`;
  await page.goto(`${base}/search?query=${encodeURIComponent(`{ name = "${name}" }`)}`);
  await page.getByRole('button', { name: 'Live tail' }).click();
  await page.locator('.pick b', { hasText: 'Live' }).waitFor();
  await post('/api/v1/spans', otlp({ name }));
  await rows().first().waitFor();
  assert.equal(await page.locator('.hits .root b').count(), 0);
  await post('/api/v1/spans', otlp({ name }));
  await page.getByRole('button', { name: '1 new' }).click();
  await until('the second row', async () => (await rows().count()) === 2);
  await accessible(page, 'live tail');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByRole('button', { name: 'Live tail' }).waitFor();
});

test('a search that finds nothing says what to try', async () => {
  await page.goto(`${base}/search?lookback=5m&query=${encodeURIComponent('{ name = "no such span" }')}`);
  await page.getByText('No trace matches').waitFor();
  await page.getByRole('link', { name: 'Search all time' }).waitFor();
});

test('search fits every width, light and dark, and axe finds nothing', async () => {
  const query = encodeURIComponent('{ name = "process_transaction" }');
  await search({ query: '{ label = wrong }', limit: '200' });
  await rows().first().waitFor();
  await shot(page, 'awry-search');
  await everyWidth(browser, [
    ['search', `/search?lookback=all&limit=200&query=${query}`, '.hits .hit[role=listitem]'],
    ['search-table', `/search?lookback=all&view=table&query=${query}`, 'table.hit-table tbody tr'],
    ['search-groups', `/search?lookback=all&by=span.user_id&query=${query}`, '.groups-table tbody tr'],
  ]);
});

test('the search did not complain', () => noComplaints(page));
