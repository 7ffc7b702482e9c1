// Jaeger's own pages, unchanged, in front of Awry: `JAEGER_UI_DIR` names a build of them (packages/jaeger-ui/build). Their recorded requests
// are held against the server without them, in src/awry/api.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { launch, openPage, otlp, shot, startAwry } from './awry-browser.mjs';

const folder = process.env.JAEGER_UI_DIR;
const skip = folder ? false : 'JAEGER_UI_DIR names no build of the stock pages';

test("Jaeger's own pages search, open and compare traces, and draw the graph and the monitor", { skip }, async (t) => {
  assert.ok(existsSync(join(folder, 'index.html')), `JAEGER_UI_DIR has no index.html: ${folder}`);
  const browser = await launch();
  const server = await startAwry({ options: ['--ui-dir', folder] });
  const page = await openPage(browser);
  const failed = [];
  page.on('response', (r) => { if (new URL(r.url()).pathname.startsWith('/api/') && !r.ok()) failed.push(`${r.status()} ${r.request().method()} ${r.url()}`); });
  page.on('request', (r) => { const url = new URL(r.url()); if (url.pathname.startsWith('/api/')) t.diagnostic(`${r.method()} ${url.pathname}`); });
  const seen = (text) => page.getByText(text).first().waitFor({ timeout: 30_000 });
  try {
    const ids = [];
    const at = Date.now() - 180_000;  // the monitor's points stand at whole minutes that have passed
    for (const error of [false, true]) {
      const root = otlp({ service: 'shop', name: 'GET /basket', attributes: { 'user.id': 'u1' }, at, ms: 40, error });
      const { traceId, spanId } = root.resourceSpans[0].scopeSpans[0].spans[0];
      const child = otlp({ service: 'stock', name: 'reserve', traceId, parentSpanId: spanId, attributes: { items: 3 }, at, ms: 10, error });
      for (const body of [root, child]) {
        const answer = await fetch(`${server.url}/api/v1/spans`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
        assert.ok(answer.ok);
      }
      ids.push(traceId);
    }
    await page.goto(`${server.url}/search?service=shop&lookback=1h&limit=20`);
    await seen(/2 Traces/);
    await seen(/GET \/basket/);
    await shot(page, 'stock-search');
    await page.goto(`${server.url}/search?service=stock&operation=reserve&lookback=1h&limit=20&tags=${encodeURIComponent('{"error":"true"}')}`);
    await seen(/1 Trace\b/);
    await page.goto(`${server.url}/trace/${ids[1]}`);
    await seen('reserve');
    await seen('GET /basket');
    await shot(page, 'stock-trace');
    await page.goto(`${server.url}/trace/${ids[0]}...${ids[1]}?cohort=${ids[0]}&cohort=${ids[1]}`);
    await page.locator('.DiffNode--labelCell', { hasText: 'reserve' }).first().waitFor({ state: 'attached' });
    await page.goto(`${server.url}/dependencies`);
    await seen('shop');
    await shot(page, 'stock-dependencies');
    await page.goto(`${server.url}/monitor?service=shop`);
    await seen('GET /basket');
    await shot(page, 'stock-monitor');
    assert.deepEqual(failed, []);
    // Answers to other questions than our pages ask have no shape here; and the browser looks for style before the stock page has said where its base is.
    assert.deepEqual(page.complaints.filter((c) => !/has no shape|^(GET|POST) api|Refused to apply style from .*\/static\//.test(c)), []);
  } finally {
    await browser.close();
    await server.drop();
  }
});
