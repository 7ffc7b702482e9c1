// What the dashboard's browser specs share: a real Chromium at the running stack, steps that are counted,
// complaints of pages, axe, and the way in. Ends with "N passed, N failed".
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function start() {
  const base = (process.env.BASE_URL ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
  const awry = process.env.AWRY_URL?.replace(/\/$/, '');
  const shots = process.env.SHOTS;
  const owner = { name: process.env.OWNER_NAME ?? 'Ada', password: process.env.OWNER_PASSWORD ?? 'correct horse battery' };
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();

  // What a page complains about. A first look without a session is answered 401, and a trace may no
  // longer be kept: these are no complaints.
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const expected = message.text().includes('401') || message.location().url.endsWith('/why') || /\/why\?/.test(message.location().url);
    if (message.type() === 'error' && !expected) complaints.push(`console: ${message.text()} ${message.location().url}`);
  });

  let passed = 0;
  let failed = 0;
  async function shoot(name) {
    if (!shots) return;
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  }
  async function step(name, body) {
    try {
      await body();
      passed += 1;
      console.log(`ok      ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n${error.stack}`);
      await shoot(`failed-${failed}`).catch(() => {});
      throw error; // what follows builds on it
    }
  }
  // Asks as often as the other side answers.
  async function until(what, ask, ms = 60_000) {
    const end = Date.now() + ms;
    while (!(await ask())) assert.ok(Date.now() < end, `gave up waiting for ${what}`);
  }
  // Through the door: as its owner, who is made on the first visit. True when this was the first.
  async function enter() {
    await page.goto(base);
    await page.locator('input[name=name]').fill(owner.name);
    await page.locator('input[name=password]').fill(owner.password);
    const first = (await page.locator('input[name=again]').count()) > 0;
    if (first) await page.locator('input[name=again]').fill(owner.password);
    const code = page.locator('input[name=setup_code]');
    if (await code.count()) await code.fill(process.env.SETUP_CODE ?? '');
    await page.locator('form button.main').click();
    await page.locator('nav.nav').waitFor({ state: 'attached' });
    return first;
  }
  // axe-core must find nothing on what is shown. It is run through the debugger: the page's policy stays as it is.
  async function accessible(name) {
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document));
    assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`), [], `axe on ${name}`);
  }
  async function finish(run) {
    try {
      await run();
    } catch {
      // Told above.
    } finally {
      await browser.close();
    }
    console.log(`${passed} passed, ${failed} failed`);
    process.exit(failed === 0 ? 0 : 1);
  }

  const heading = () => page.locator('#main h1');
  // A row whose category stands, so that it can be explained and changed.
  const settledRow = () => page.locator('tr[data-id]:has(button.chip)').first();
  const row = (id) => page.locator(`tr[data-id="${id}"]`);
  return { accessible, awry, base, complaints, context, enter, finish, heading, owner, page, row, settledRow, shoot, step, until };
}
