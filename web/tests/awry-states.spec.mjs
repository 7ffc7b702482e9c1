// States that nobody wishes for: a server that goes away and comes back, a slow link, links to what is gone; and what a deployment may set.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { accessible, base, find, forget, json, launch, noComplaints, openPage, otlp, send, shot, startAwry, until } from './awry-browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** Goes there as a link inside the page does. */
const visit = (page, path) => page.evaluate((to) => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')); }, path);
const put = (url, body) => fetch(`${url}/api/v1/spans`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }).then((r) => assert.ok(r.ok));
const AWAY = /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE|ERR_SOCKET/;

test('every page says that the server is away, and fills itself when it is back', async () => {
  let server = await startAwry();
  const page = await openPage(browser);
  try {
    const made = otlp({ service: 'shop', name: 'GET /', attributes: { 'user.id': 'u1' } });
    await put(server.url, made);
    const { traceId } = made.resourceSpans[0].scopeSpans[0].spans[0];
    await send('POST', '/api/v1/labels', [{ trace_id: traceId, label: 'wrong' }], server.url);
    const pages = [
      ['/', '.kv .num, .kv b'], ['/search?lookback=all', '.hits .hit[role=listitem]'], [`/trace/${traceId}`, '.tl .row'], [`/trace/${traceId}...${traceId}`, '.pairs tbody tr'],
      ['/compare?a={ label = wrong }&b={ }', '.sec .say, .sec .sentence'], ['/dependencies', '.board .node'], ['/deep-dependencies?service=shop', '.board .node'],
      ['/monitor?service=shop', '.ops tbody tr'], ['/drift', '.say'], ['/checks', '.say'], ['/labels', 'table.labels tbody tr'],
    ];
    await page.goto(server.url);
    for (const [path, there] of pages) { await visit(page, path); await page.locator(there).first().waitFor(); }
    for (const [path, there] of pages) {
      await visit(page, '/nowhere');
      await server.stop();
      await visit(page, path);
      await page.getByText('Awry does not answer').first().waitFor();
      if (path.startsWith('/trace') || path === '/labels') await accessible(page, `away: ${path}`);
      if (path === '/labels') await shot(page, 'awry-away', false);
      server = await startAwry({ data: server.data, http: server.port });
      await page.locator(there).first().waitFor();
      await page.getByText('Awry does not answer').first().waitFor({ state: 'detached' });
    }
    await page.waitForLoadState('networkidle');
    forget(page, AWAY);
    await noComplaints(page);
  } finally {
    await page.context().close();
    await server.drop();
  }
});

test('a page whose script does not arrive says so', async () => {
  const page = await openPage(browser);
  await page.goto(`${base}/labels`);
  await page.locator('h1').waitFor();
  await page.route(/part-.*\.js$/, (route) => route.abort('connectionrefused'));
  await page.getByRole('link', { name: 'Drift', exact: true }).click();
  await page.getByText("This page's script did not arrive").waitFor();
  await page.unroute(/part-.*\.js$/);
  await page.getByRole('button', { name: 'Try now' }).click();
  await page.getByRole('heading', { level: 1, name: /drift/i }).waitFor();
  forget(page, AWAY);
  await page.context().close();
});

test('on a slow link the shell stands at once and bars stand for what is still to come', async () => {
  const [trace] = await find('{ name = "process_transaction" }', 1);
  const page = await openPage(browser);
  // The real answers, each held back until the page has been looked at.
  let held = [];
  await page.route(/\/api\//, (route) => { held.push(route); });
  const paths = ['/', '/search?lookback=all', `/trace/${trace.trace_id}`, '/dependencies?lookback=24h', '/monitor?service=category-predictor', '/checks', '/labels'];
  for (const path of paths) {
    await page.goto(base + path, { waitUntil: 'commit' });
    await page.getByRole('navigation', { name: 'Pages' }).first().waitFor();
    await page.locator('.bone').first().waitFor();
    await accessible(page, `waiting: ${path}`);
    const more = () => { const now = held; held = []; for (const route of now) void route.continue().catch(() => undefined); return now.length; };
    const done = page.locator('.bone').first().waitFor({ state: 'detached' }).then(() => true);
    await until('the page', async () => { more(); return Promise.race([done, new Promise((resolve) => setTimeout(resolve, 20, false))]); });
  }
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.context().close();
});

test('links to what is gone say what is gone', async () => {
  const gone = '00000000000000000000000000000abc';
  const [trace] = await find('{ name = "process_transaction" }', 1);
  const page = await openPage(browser);
  for (const [path, text] of [
    [`/trace/${gone}`, 'There is no such trace'], ['/trace/abc', 'There is no such trace'], [`/trace/${trace.trace_id}...${gone}`, 'There is no trace B'],
    [`/search?traceID=${gone}`, 'None of these traces is here'], [`/search?span=1234567890abcdef@${gone}`, 'None of these traces is here'],
    ['/search?from=file', 'No file is open'], ['/checks?check=gone', 'There is no check'], ['/checks?finding=gone', 'no longer here'],
    ['/monitor?service=gone', 'sent no such span'], ['/deep-dependencies?service=gone', 'No trace goes through'], ['/trace/xyz', 'There is no page at'],
  ]) {
    await page.goto(base + path);
    await page.getByText(text).first().waitFor();
    await accessible(page, path);
  }
  // A link to a span that the trace does not have shows the trace, and that nothing was found.
  await page.goto(`${base}/trace/${trace.trace_id}?uiFind=ffffffffffffffff`);
  await page.getByText('0 found').waitFor();
  await page.waitForLoadState('networkidle');
  forget(page);
  await noComplaints(page);
  await page.context().close();
});

test("Jaeger's configuration: menu, limit, links of tags, pages left out; all of it below a base path", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'awry-config-'));
  const file = join(folder, 'ui.json');
  writeFileSync(file, JSON.stringify({
    menu: [{ label: 'Help', items: [{ label: 'Runbook </script>', url: 'https://example.org/runbook' }, { label: 'Bad', url: 'javascript:alert(1)' }] }],
    search: { maxLimit: 7 }, dependencies: { menuEnabled: false }, monitor: { menuEnabled: false },
    linkPatterns: [{ type: 'tags', key: 'user.id', url: 'https://example.org/users/#{user.id}', text: 'Open user #{user.id}' }],
  }));
  const server = await startAwry({ options: ['--ui-config', file, '--base-path', '/jaeger'] });
  const page = await openPage(browser);
  try {
    const own = `${server.url}/jaeger`;
    const made = otlp({ service: 'shop', attributes: { 'user.id': 'u/1' } });
    await put(own, made);
    const { traceId } = made.resourceSpans[0].scopeSpans[0].spans[0];
    await page.goto(`${own}/search?lookback=all&limit=1000`);
    await page.locator('.hits .hit[role=listitem]').waitFor();
    const pages = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts();
    assert.equal(pages.includes('Services') || pages.includes('Monitor'), false);
    assert.ok(pages.includes('Findings'));
    await page.getByText('Links', { exact: true }).click();
    await page.getByRole('link', { name: 'Runbook </script>' }).first().waitFor();
    assert.equal(await page.getByRole('link', { name: 'Bad' }).count(), 0);
    await page.locator('.hits .root a').click();
    await page.waitForURL(`${own}/trace/${traceId}`);
    await page.locator('.tl .op').first().click();
    const link = page.getByRole('link', { name: 'Open user u/1' });
    await link.waitFor();
    assert.equal(await link.getAttribute('href'), 'https://example.org/users/u%2F1');
    await page.reload();
    await page.locator('.tl .row').first().waitFor();
    await page.getByRole('link', { name: 'Labels' }).click();
    await page.waitForURL(`${own}/labels`);
    await page.getByText('Nothing is labelled yet').waitFor();
    await noComplaints(page);
  } finally {
    await page.context().close();
    await server.drop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('no script runs but our own, by the policy that is sent with every page', async () => {
  const page = await openPage(browser);
  const answer = await page.goto(`${base}/labels`);
  const policy = answer.headers()['content-security-policy'];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.hacked = 1';
    document.body.append(script);
    document.body.insertAdjacentHTML('beforeend', '<button id="evil" onclick="window.hacked = 2">x</button>');
    document.getElementById('evil').click();
  });
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.ok(page.complaints.some((c) => c.includes('Content Security Policy')));
  await page.context().close();
});

test('a trace is archived and read back', async () => {
  const [trace] = await find('{ name = "process_transaction" }', 1);
  const page = await openPage(browser);
  await page.goto(`${base}/trace/${trace.trace_id}`);
  await page.getByText('Download', { exact: true }).click();
  await page.getByRole('button', { name: 'Archive' }).click();
  await page.getByText('archived', { exact: true }).waitFor();
  assert.equal((await json(`/api/traces/${trace.trace_id}`)).data[0].spans.length, trace.spans);
  await noComplaints(page);
  await page.context().close();
});
