// What Awry's browser specs share: a real Chromium, the real server's address, complaints of pages, axe.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const base = process.env.AWRY_URL;
const shots = process.env.SCREENSHOTS;
const require = createRequire(import.meta.url);
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** A page whose errors, broken policies and answers of another shape than the pages were written for are collected in `complaints`. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(60_000);  // two busy cores may share this
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') page.complaints.push(message.text()); });
  // Nothing may come from elsewhere: the pages work without a network.
  page.on('request', (request) => { if (/^(https?|wss?):/.test(request.url()) && !/^127\.|^localhost$/.test(new URL(request.url()).hostname)) page.complaints.push(`asked elsewhere: ${request.url()}`); });
  page.held = [];
  page.on('response', (response) => page.held.push(hold(response).then((list) => page.complaints.push(...list))));
  return page;
}

/** `promise`, or null after `ms`: Chromium never ends the body of an answer that a page walked away from. */
async function within(ms, promise) {
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(() => resolve(null), ms); });
  try { return await Promise.race([promise, late]); } finally { clearTimeout(timer); }
}

/** What does not fit in an answer that a page got. An answer that the page no longer waited for is not looked at. */
async function hold(response) {
  const path = new URL(response.url()).pathname.replace(/^.*\/api\//, 'api/');
  const method = response.request().method();
  if (!path.startsWith('api/') || !response.ok() || !response.headers()['content-type']?.startsWith('application/json')) return [];
  const { answers, complaints } = await shapes();
  const route = answers.ROUTES.find((r) => r.method === method && r.path.test(path));
  if (!route) return [`${method} ${path} has no shape in answers.ts`];
  const body = await within(10_000, response.json().catch(() => null));
  return body === null ? [] : complaints(route.shape, body, `${method} ${path}`).slice(0, 5);
}

export async function noComplaints(page) {
  await Promise.all(page.held);
  assert.deepEqual(page.complaints, []);
}

/** Forgets what the browser itself notes about an answer of 4xx that a test provoked. */
export const forget = (page, pattern = /status of 4\d\d/) => { page.complaints = page.complaints.filter((c) => !pattern.test(c)); };

export const json = async (path) => (await fetch(base + path)).json();

export async function send(method, path, body, to = base) {
  const response = await fetch(to + path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
  return text === '' ? {} : JSON.parse(text);
}
export const post = (path, body) => send('POST', path, body);
export const find = async (query, limit = 20) => (await post('/api/v1/search', { query, limit })).traces;

export const shot = (page, name, fullPage = true) => (shots ? page.screenshot({ path: `${shots}/${name}.png`, fullPage }) : undefined);

const hex = (bytes) => [...crypto.getRandomValues(new Uint8Array(bytes))].map((b) => b.toString(16).padStart(2, '0')).join('');

/** One span as OTLP JSON, a trace of its own unless told. */
export function otlp({ service = 'browser-test', name = 'made span', attributes = {}, traceId = hex(16), spanId = hex(8), parentSpanId, at = Date.now(), ms = 5, error = false }) {
  return { resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] }, scopeSpans: [{ spans: [{
    traceId, spanId, ...(parentSpanId ? { parentSpanId } : {}), name, kind: 2, startTimeUnixNano: `${at}000000`, endTimeUnixNano: `${at + ms}000000`,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } })),
    ...(error ? { status: { code: 2 } } : {}),
  }] }] }] };
}

/** Polls without a clock: as often as the other side answers. */
export async function until(what, ask, ms = 60_000) {
  const end = Date.now() + ms;
  for (;;) {
    const got = await ask();
    if (got) return got;
    assert.ok(Date.now() < end, `gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** axe-core must find nothing on what is shown. */
export async function accessible(page, name) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`), [], `axe on ${name}`);
}

/**
 * Shows each page at each width, light and dark: nothing is wider than the screen, axe finds nothing, pictures are kept.
 * `pages`: [name, path, selector that says it is there].
 */
export async function everyWidth(browser, pages) {
  const complaints = [];
  for (const [width, colorScheme] of [[400, 'light'], [400, 'dark'], [1280, 'light'], [1280, 'dark'], [1920, 'light'], [1920, 'dark']]) {
    const page = await openPage(browser, { viewport: { width, height: width === 400 ? 800 : 1000 }, colorScheme });
    for (const [name, path, there] of pages) {
      await page.goto(base + path);
      await page.locator(there).first().waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${name} is ${wide} px wider than ${width} px`);
      await accessible(page, `${name}, ${width} px, ${colorScheme}`);
      await shot(page, `awry-${name}-${width}-${colorScheme}`);
    }
    await Promise.all(page.held);
    complaints.push(...page.complaints);
    await page.context().close();
  }
  assert.deepEqual(complaints, []);
}

/** The shapes of answers that the pages rely on, compiled from their TypeScript. */
export const shapes = () => (compiled ??= compile());
let compiled;
async function compile() {
  const { build } = await import('esbuild');
  const from = join(dirname(fileURLToPath(import.meta.url)), '..', 'awry', 'src');
  const result = await build({
    stdin: { contents: "export * as answers from './answers'; export { complaints } from './shape';", resolveDir: from, loader: 'ts' },
    bundle: true, format: 'esm', write: false, logLevel: 'silent',
  });
  return import(`data:text/javascript;base64,${Buffer.from(result.outputFiles[0].text).toString('base64')}`);
}

const CLOSED = ['--otlp-grpc', '0', '--otlp-http', '0', '--jaeger-compact', '0', '--jaeger-binary', '0', '--jaeger-http', '0',
  '--jaeger-grpc', '0', '--zipkin', '0', '--sampling', '0', '--sampling-grpc', '0', '--query-grpc', '0'];

/**
 * A server of the test's own, empty unless told its folder. `stop()` ends it as a person would and keeps the folder; `drop()` removes that, too.
 * `http`: a port that was in use before, to come back at the same address.
 */
export async function startAwry({ data = mkdtempSync(join(tmpdir(), 'awry-own-')), http = 'auto', options = [] } = {}) {
  const server = spawn(process.env.AWRY_PROGRAM, ['serve', '--data', data, '--http', String(http), ...CLOSED, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = new Promise((resolve) => server.on('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk) => { text += chunk; const at = /http:\/\/127\.0\.0\.1:(\d+)/.exec(text); if (at) resolve(at[0]); };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    gone.then(() => reject(new Error(`awry serve ended: ${text}`)));
  });
  const stop = async () => { server.kill('SIGTERM'); await gone; };
  return { url, port: Number(new URL(url).port), data, stop, drop: async () => { await stop(); rmSync(data, { recursive: true, force: true }); } };
}
