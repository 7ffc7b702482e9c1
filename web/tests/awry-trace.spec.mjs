// The trace page with its views, in real Chromium against a real awry; two traces are made here and sent as any client sends them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { accessible, base, everyWidth, json, launch, noComplaints, openPage, post, shot } from './awry-browser.mjs';

let browser;
let page;
const id = randomBytes(16).toString('hex');       // the odd trace
const largeId = randomBytes(16).toString('hex');
const LARGE = 20_000;
const EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
const BIG = 'lorem ipsum '.repeat(87_382);

const attribute = (key, value) => ({ key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } });
const spanId = (name) => String(name).padStart(16, '0');

function span(traceId, name, parent, fromUs, toUs, more = {}) {
  const at = (us) => String(BigInt(Date.now() - 60_000) * 1_000_000n + BigInt(us) * 1000n);
  return { traceId, spanId: spanId(name), parentSpanId: parent ? spanId(parent) : '', name: `op-${name}`, kind: 1, startTimeUnixNano: at(fromUs), endTimeUnixNano: at(toUs), attributes: [], ...more };
}

const send = (services) => post('/api/v1/spans', { resourceSpans: Object.entries(services).map(([service, spans]) => ({
  resource: { attributes: [attribute('service.name', service), attribute('host.name', `${service}-host`)] }, scopeSpans: [{ scope: { name: 'made' }, spans }] })) });

before(async () => {
  browser = await launch();
  page = await openPage(browser);
  const t = (...args) => span(id, ...args);
  await send({
    web: [
      t('a1', '', 0, 100_000, { name: `root ${EVIL}`, attributes: [attribute('script', EVIL), attribute('javascript:alert(1)', 'javascript:alert(1)'), attribute('big', BIG), attribute('url', 'https://example.org/a?b=c')] }),
      t('a2', 'a1', 10_000, 40_000, { kind: 3, status: { code: 2, message: EVIL }, events: [{ timeUnixNano: String(BigInt(Date.now()) * 1_000_000n), name: 'exception', attributes: [attribute('exception.message', EVIL)] }] }),
      t('a3', 'a1', 50_000, 60_000), t('a3', 'a1', 61_000, 62_000, { name: 'twin' }),
    ],
    db: [
      t('b1', 'a2', 15_000, 30_000, { kind: 2, attributes: [attribute('rows', 7)], links: [{ traceId: '1'.repeat(32), spanId: '2'.repeat(16) }] }), t('b2', 'b1', 16_000, 20_000, { attributes: [attribute('rows', 9)] }),
      t('c1', 'c2', 20_000, 30_000, { name: 'ring one' }), t('c2', 'c1', 20_000, 30_000, { name: 'ring two' }), t('d1', 'dead', 70_000, 90_000, { name: 'orphan' }),
    ],
  });
  await send({ many: Array.from({ length: LARGE }, (_, i) => span(largeId, (i + 1).toString(16), i === 0 ? '' : (Math.floor(i / 8) + 1).toString(16), i * 10, i === 0 ? LARGE * 10 : i * 10 + 500,
    { attributes: [attribute('n', i)] })) });
});
after(() => browser.close());

const rows = () => page.locator('.tl .row');
const names = () => page.locator('.tl .row .op').allInnerTexts();
const open = async (query = '', trace = id) => {
  await page.goto(`${base}/trace/${trace}${query}`);
  await rows().first().waitFor();
};
const view = async (name, part) => {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name }).click();
  await page.locator(part).first().waitFor();
};

test('script in every string stays text, and a megabyte is cut until it is asked for', async () => {
  await open('?uiFind=a1');
  const detail = page.locator('.detail').first();
  await detail.waitFor();
  assert.ok((await page.locator('h1').innerText()).includes(EVIL));
  assert.ok((await detail.innerText()).includes(EVIL));
  assert.ok((await detail.innerText()).length < 5000);
  await detail.getByRole('button', { name: /show all 1,048,584 characters/ }).click();
  assert.equal(await detail.locator('.value.whole').textContent(), BIG);
  assert.deepEqual(await detail.locator('a[href^="http"]').evaluateAll((list) => list.map((a) => [a.textContent, a.rel, new URL(a.href).protocol])).then((l) => l.filter(([text]) => text.startsWith('http'))),
    [['https://example.org/a?b=c', 'noopener noreferrer', 'https:']]);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  await shot(page, 'awry-trace-odd');
});

test('orphans, rings and spans with one id each have a row, and the page says what is odd', async () => {
  await open();
  assert.equal(await rows().count(), 10 - 1);
  assert.equal(await page.locator('.tl .chip', { hasText: 'no parent' }).count(), 2);
  const text = await page.locator('.kv').first().innerText();
  assert.match(text, /2 spans without the parent named/);
  assert.match(text, /1 error/);
});

test('a link to a span opens it, and the find box follows the rules of Jaeger', async () => {
  await open(`?uiFind=${spanId('b1')}`);
  await page.locator('.detail', { hasText: 'op-b1' }).waitFor();
  assert.equal(await page.locator('.tl .faded').count(), 0);
  const found = async (text, count) => {
    await page.getByRole('searchbox', { name: 'Find in trace' }).fill(text);
    await page.waitForFunction((q) => new URLSearchParams(location.search).get('uiFind') === q, text);
    assert.equal(await page.locator('.tl .found').count(), count, text);
  };
  await found('rows=7 twin', 2);
  await found('"ring one" nothing', 1);
  await found('rows -rows', 0);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !location.search.includes('uiFind') && document.querySelectorAll('.tl .faded').length === 0);
});

test('the service filter is written and read as Jaeger does', async () => {
  await open();
  await page.getByRole('group', { name: 'Services shown' }).getByRole('button', { name: 'db' }).click();
  await page.waitForURL(/svcFilter=[0-9a-f]{4}\.2/);
  assert.deepEqual((await names()).map((n) => n.split(' ')[0]), ['root', 'op-a2', 'op-a3', 'twin'].map((n) => n));
  assert.match(await page.locator('.tl .pruned').innerText(), /2 spans of hidden services/);
  const link = page.url();
  await page.goto(link);
  await rows().first().waitFor();
  assert.equal(await rows().count(), 4);
  await open('?svcFilter=0000.1');
  assert.equal(await rows().count(), 9);
});

test("Jaeger's keys collapse, expand, move, zoom, pan and clear", async () => {
  await open();
  const press = (key) => page.keyboard.press(key);
  await press(']');
  assert.deepEqual(await names().then((l) => l.length), 3);
  await press('o');
  assert.equal(await rows().count(), 3 + 3 + 1);
  await press('[');
  assert.equal(await rows().count(), 9);
  await press('p');
  assert.equal(await rows().count(), 7);
  await press('[');
  await press('f');
  await press('f');
  assert.match(await page.locator('.tl .focused').innerText(), /op-a2/);
  await press('b');
  assert.match(await page.locator('.tl .focused').innerText(), /root/);
  const first = () => page.locator('.tl .ruler text').first().innerHTML();
  const before = await first();
  await press('Shift+ArrowUp');
  assert.notEqual(await first(), before);
  const zoomed = await first();
  await press('d');
  assert.notEqual(await first(), zoomed);
  await press('a');
  assert.equal(await first(), zoomed);
  await page.getByRole('button', { name: 'whole trace' }).click();
  assert.equal(await first(), before);
  await press('Control+b');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Find in trace');
  await press('Escape');
  await press('?');
  assert.match(await page.getByRole('dialog').innerText(), /collapse one level/);
  await accessible(page, page.url());
  await press('Escape');
});

test('dragging over the minimap looks at a part', async () => {
  await open();
  const strip = await page.locator('.minimap .strip').boundingBox();
  await page.mouse.move(strip.x + strip.width * 0.1, strip.y + 30);
  await page.mouse.down();
  await page.mouse.move(strip.x + strip.width * 0.45, strip.y + 30, { steps: 4 });
  await page.mouse.up();
  assert.equal(await page.locator('.minimap .veil').count(), 2);
  assert.ok(await page.locator('.tl .off').count() > 0, 'spans outside are marked');
});

test('statistics, table, logs, flame graph and graph show the spans of the API', async () => {
  const { data: [trace] } = await json(`/api/traces/${id}`);
  await open();
  await view('Statistics', '.stats');
  const counts = await page.locator('.stats tr.whole td:nth-child(2)').allInnerTexts();
  assert.equal(counts.reduce((sum, n) => sum + Number(n), 0), trace.spans.length);
  await accessible(page, page.url());
  await view('Table', '.spans');
  assert.equal(await page.locator('.spans .line:not(.h)').count(), trace.spans.length);
  await page.getByRole('button', { name: 'Duration' }).click();
  assert.match(await page.locator('.spans .line:not(.h)').first().innerText(), /root/);
  await page.getByText('Errors only').click();
  assert.equal(await page.locator('.spans .line:not(.h)').count(), 1);
  await accessible(page, page.url());
  await view('Logs', '.logs');
  assert.equal(await page.locator('.logs .line:not(.h)').count(), trace.spans.reduce((n, s) => n + s.logs.length, 0));
  await accessible(page, page.url());
  await view('Flame', '.flame');
  assert.ok(await page.locator('.flame .f').count() >= 8);
  await page.locator('.flame .f', { hasText: 'op-a2' }).click();
  await page.getByRole('button', { name: 'whole trace' }).waitFor();
  await accessible(page, page.url());
  await view('Graph', '.board');
  assert.equal(await page.locator('.board .node').count(), 9);
  await accessible(page, page.url());
  await page.locator('.board .node', { hasText: 'op-b1' }).click();
  await page.locator('.detail', { hasText: 'op-b1' }).waitFor();
});

test('"wrong" with what was expected is a label, on the trace and on one span, and is taken back', async () => {
  const labels = async () => (await json(`/api/v1/labels?trace_id=${id}`)).labels;
  await open();
  await page.getByRole('button', { name: 'wrong', exact: true }).click();
  await page.getByLabel('It answered').fill('entertainment');
  await page.getByLabel('Right would have been').fill('groceries');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('expected groceries').waitFor();
  assert.deepEqual((await labels()).map((l) => [l.label, l.actual, l.expected, l.source]), [['wrong', 'entertainment', 'groceries', 'awry-ui']]);
  await page.locator('.tl .op', { hasText: 'op-b1' }).click();
  await page.getByRole('button', { name: 'this span is wrong' }).click();
  await page.locator('.tl .lbl-wrong', { hasText: 'op-b1' }).waitFor();
  await accessible(page, page.url());
  await page.getByRole('button', { name: 'labelled wrong, undo' }).click();
  await page.getByRole('button', { name: 'wrong', exact: true }).click();
  await page.locator('button.w[aria-pressed=false]').waitFor();
  assert.deepEqual(await labels(), []);
});

test('embed mode hides what it is told to', async () => {
  await open('?uiEmbed=v0&uiTimelineHideMinimap=1&uiTimelineHideSummary=1');
  assert.equal(await page.locator('header.top, .minimap').count(), 0);
  await open('?uiEmbed=v0&uiTimelineCollapseTitle=1');
  assert.equal(await page.locator('.pagehead.slim').count(), 1);
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.locator('.minimap').waitFor();
});

test(`of ${LARGE} spans only those in view are drawn, and the last is reached`, async () => {
  await open('', largeId);
  assert.ok(await rows().count() < 150);
  await page.keyboard.press('End');
  await page.locator(`.tl .row[aria-posinset="${LARGE}"]`).waitFor();
  assert.ok(await rows().count() < 150);
  await page.getByRole('searchbox', { name: 'Find in trace' }).fill('n=4242');
  await page.getByText('1 found').waitFor();
  await page.getByRole('button', { name: 'next found' }).click();
  await page.locator('.tl .focused', { hasText: 'op-1093' }).waitFor();
  await view('Table', '.spans');
  assert.ok(await page.locator('.spans .line').count() < 150);
});

test('unusual facts stand under their span with the usual value, in the list above, and `n` finds them', async () => {
  const { findings } = await json('/api/v1/findings');
  const { labels } = await json('/api/v1/labels');
  let traceId, facts = [];
  for (traceId of [...findings.flatMap((f) => f.cause.examples), ...labels.slice(0, 20).map((l) => l.trace_id)]) {
    ({ facts } = await json(`/api/v1/traces/${traceId}/unusual`));
    if (facts.length > 0) break;
  }
  assert.ok(facts.length > 0, 'no labelled trace has an unusual fact');
  await open('', traceId);
  const fact = page.locator('.tl .fact').first();
  await fact.waitFor();
  assert.ok((await page.locator('.tl .fact').allInnerTexts()).some((t) => t.includes(facts[0].usual)));
  await page.keyboard.press('n');
  assert.equal(await page.locator('.tl .focused .chip.c-unusual').count(), 1);
  await page.keyboard.press('Enter');
  assert.match(await page.locator('.detail').first().innerText(), /Usual/);
  // The list above leads to the span, on this page.
  await page.locator('.facts a').first().click();
  await page.waitForURL(`**/trace/${traceId}?uiFind=${facts[0].span_id}`);
  await page.locator('.tl .focused').waitFor();
  await accessible(page, page.url());
});

test('every width and theme: nothing sticks out, nothing for axe', () => everyWidth(browser, [['trace-odd', `/trace/${id}?uiFind=${spanId('a2')}`, '.detail']]));

test('every view fits a phone and a wide screen', async () => {
  for (const width of [400, 1920]) {
    const other = await openPage(browser, { viewport: { width, height: 900 } });
    for (const name of ['statistics', 'flame', 'graph', 'table', 'logs']) {
      await other.goto(`${base}/trace/${id}?view=${name}`);
      await other.locator('.stats, .flame, .board, .spans').first().waitFor();
      assert.ok(await other.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${name} at ${width}`);
      await shot(other, `awry-trace-${name}-${width}`);
    }
    await other.context().close();
  }
});

test('no page complained', () => noComplaints(page));
