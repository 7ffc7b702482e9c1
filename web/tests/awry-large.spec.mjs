// Traces larger than anyone reads: 100,000 spans scroll smoothly, 1,000,000 have a state of their own. Takes minutes: only with AWRY_LONG=1.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { accessible, launch, noComplaints, openPage, shot, startAwry } from './awry-browser.mjs';

const skip = process.env.AWRY_LONG ? false : 'AWRY_LONG is not set';
const BATCH = 20_000;
const FRAME_MS = 33;
let browser;
let server;
before(async () => { if (!skip) { browser = await launch(); server = await startAwry(); } });
after(async () => { await browser?.close(); await server?.drop(); });

/** A trace of `spans` spans, eight under each, sent as a client would; every hundredth failed. */
async function made(spans) {
  const traceId = randomBytes(16).toString('hex');
  const start = BigInt(Date.now() - 60_000) * 1_000_000n;
  const id = (i) => (i + 1).toString(16).padStart(16, '0');
  for (let from = 0; from < spans; from += BATCH) {
    const list = Array.from({ length: Math.min(BATCH, spans - from) }, (_, j) => {
      const i = from + j;
      const end = i === 0 ? spans * 10 : i * 10 + 500;
      return {
        traceId, spanId: id(i), parentSpanId: i === 0 ? '' : id(Math.floor((i - 1) / 8)), name: `op-${i % 40}`, kind: 1, startTimeUnixNano: String(start + BigInt(i * 10_000)),
        endTimeUnixNano: String(start + BigInt(end * 1000)), attributes: [{ key: 'n', value: { intValue: String(i) } }], ...(i % 100 === 99 ? { status: { code: 2 } } : {}),
      };
    });
    const body = JSON.stringify({ resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: `svc-${(from / BATCH) % 5}` } }] }, scopeSpans: [{ spans: list }] }] });
    const answer = await fetch(`${server.url}/api/v1/spans`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    assert.ok(answer.ok, await answer.text());
  }
  return traceId;
}

const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))] ?? 0;

test('100,000 spans scroll: few rows are drawn, and the time of frames is told', { skip }, async (t) => {
  const id = await made(100_000);
  const page = await openPage(browser);
  const asked = Date.now();
  await page.goto(`${server.url}/trace/${id}`);
  await page.locator('.tl .row').first().waitFor();
  t.diagnostic(`rows after ${Date.now() - asked} ms`);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.setTimeDomain', { timeDomain: 'threadTicks' }).catch(() => undefined);
  await session.send('Performance.enable');
  const cpu = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const of = (name) => (metrics.find((m) => m.name === name)?.value ?? 0) * 1000;
    return { task: of('TaskDuration'), script: of('ScriptDuration'), layout: of('LayoutDuration') + of('RecalcStyleDuration') };
  };
  const before = await cpu();
  const { gaps, work } = await page.evaluate(() => new Promise((resolve) => {
    const [gaps, work] = [[], []];
    let last = 0, frames = 0;
    const step = (now) => {
      if (last > 0) gaps.push(now - last);
      last = now;
      const from = performance.now();
      scrollBy(0, 180);
      // What this frame's own script, style and layout take: read behind it, in the same frame.
      queueMicrotask(() => { document.body.getBoundingClientRect(); work.push(performance.now() - from); });
      if (++frames < 400) requestAnimationFrame(step);
      else resolve({ gaps, work });
    };
    requestAnimationFrame(step);
  }));
  const after = await cpu();
  const share = gaps.filter((g) => g <= FRAME_MS).length / gaps.length;
  t.diagnostic(`frames ${gaps.length}: ${(share * 100).toFixed(1)} % within ${FRAME_MS} ms; median ${quantile(gaps, 0.5).toFixed(1)}, p95 ${quantile(gaps, 0.95).toFixed(1)}, longest ${Math.max(...gaps).toFixed(1)} ms`);
  t.diagnostic(`main thread a frame: task ${((after.task - before.task) / gaps.length).toFixed(2)} ms, script ${((after.script - before.script) / gaps.length).toFixed(2)} ms, style and layout ${((after.layout - before.layout) / gaps.length).toFixed(2)} ms; scroll handler p95 ${quantile(work, 0.95).toFixed(2)} ms`);
  assert.ok(await page.locator('.tl .row').count() < 150, 'only what is in view is drawn');
  await page.keyboard.press('End');
  await page.locator('.tl .row[aria-posinset="100000"]').waitFor();
  await page.getByRole('searchbox', { name: 'Find in trace' }).fill('n=77777');
  await page.getByText('1 found').waitFor();
  await accessible(page, '100,000 spans');
  await noComplaints(page);
  await page.context().close();
});

test('1,000,000 spans: what is known of the trace, and how to get at its parts', { skip }, async (t) => {
  const id = await made(1_000_000);
  const page = await openPage(browser);
  const asked = Date.now();
  await page.goto(`${server.url}/trace/${id}`);
  await page.getByText(/1,000,000 spans are more than a page can show|This trace is larger than the server answers in one piece/).waitFor();
  t.diagnostic(`the state stands after ${Date.now() - asked} ms: ${await page.locator('.say h2').innerText()}`);
  await page.getByRole('link', { name: 'Save OTLP JSON' }).waitFor();
  await accessible(page, '1,000,000 spans');
  await shot(page, 'awry-trace-million');
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200, 'the server is well');
  await page.context().close();
});
