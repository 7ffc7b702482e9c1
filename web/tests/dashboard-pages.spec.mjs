// The pages that answer to something outside: the fraud inbox, a bank that is asked for rows, budgets of every
// period. As dashboard.spec.mjs, against the running stack; the bank is build/bin/simplefin-server, started here.
//   SIMPLEFIN_PROGRAM=…/simplefin-server PROCESSOR_URL=http://127.0.0.1:5001 node tests/dashboard-pages.spec.mjs
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './dashboard-browser.mjs';

const { accessible, base, complaints, enter, finish, heading, owner, page, row, settledRow, shoot, step, until } = await start();
const processor = process.env.PROCESSOR_URL;

const answer = (method, part) => page.waitForResponse((response) => response.request().method() === method && response.url().includes(part));
const mark = Date.now().toString(36).replace(/\d/g, 'x');
const dayBefore = (days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
let user = '';

// --- the bank ---

const folder = mkdtempSync(join(tmpdir(), 'dashboard-pages-'));
let bank = null;
let bankUrl = '';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function openBank() {
  const posted = (days) => Math.floor(Date.now() / 1000) - days * 86_400;
  const account = (id, name, currency, rows) => ({ org: { domain: 'mybank.example' }, id, name, currency, balance: '1204.17', 'balance-date': posted(0),
    transactions: rows.map(([days, amount, description], i) => ({ id: `${id}-${mark}-${i}`, posted: posted(days), amount, description })) });
  const file = join(folder, 'accounts.json');
  writeFileSync(file, JSON.stringify({ errors: ['Please look at your mail'], accounts: [
    account('checking-1', 'Giro', 'EUR', [[2, '-12.40', `BAKERY ${mark}`], [3, '-51.20', `MARKET ${mark}`], [70, '2100.00', `SALARY ${mark}`]]),
    account('savings-1', 'Savings', 'EUR', [[5, '100.00', `SAVED ${mark}`]])] }));
  const port = await freePort();
  bankUrl = `http://127.0.0.1:${port}`;
  bank = spawn(process.env.SIMPLEFIN_PROGRAM, ['--accounts', file, '--port', String(port)], { stdio: 'ignore' });
  await until('the bank', async () => fetch(`${bankUrl}/info`).then((response) => response.ok, () => false));
}

async function closeBank() {
  if (!bank) return;
  const gone = new Promise((resolve) => bank.once('exit', resolve));
  bank.kill('SIGTERM');
  await gone;
  bank = null;
}

process.on('exit', () => {
  bank?.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

const newToken = async () => (await (await fetch(`${bankUrl}/create`)).text()).trim();

// --- rows ---

async function charge(description, cents, at) {
  const response = await fetch(`${processor}/transactions?wait=processed`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user_id: user, date: at.slice(0, 10), booked_at: at, amount_minor: -cents, currency: 'EUR', description }) });
  assert.ok(response.ok, `${response.status} ${await response.text()}`);
}

const cases = () => page.locator('article.case');
const openCount = async () => Number(await page.locator('nav.nav a[href="/fraud"] .count').innerText().then((text) => text.match(/\d+/)?.[0] ?? '0', () => '0'));

async function run() {
  await step('the owner comes in to their own book', async () => {
    await enter();
    const me = await page.evaluate(async () => (await fetch('/api/me')).json());
    user = me.user_id;
    await page.evaluate((id) => localStorage.setItem('finance.acting', id), user);
  });

  await step('without a suspicious payment the inbox says so', async () => {
    await page.goto(`${base}/fraud`);
    await heading().waitFor();
    await page.waitForLoadState('networkidle');
    if ((await cases().count()) === 0) await page.locator('.empty h2').waitFor();
  });

  await step('two equal charges within minutes become a case, and the badge counts it', async () => {
    await page.goto(`${base}/`);
    await page.waitForLoadState('networkidle');
    const before = await openCount();
    for (const [at, where] of [['10:02', 'Parkhaus Mitte'], ['10:06', 'Parkhaus Mitte'], ['15:00', 'Kino Lux'], ['15:03', 'Kino Lux']]) {
      await charge(`${where} ${mark}`, where === 'Kino Lux' ? 2400 : 1800, `${dayBefore(1)}T${at}:00Z`);
    }
    await page.goto(`${base}/fraud`);
    await cases().nth(1).waitFor();
    await page.waitForLoadState('networkidle');
    assert.equal(await openCount(), before + 2);
    const first = cases().first();
    assert.match(await first.locator('h2').innerText(), /Kino Lux .* charged twice/i);
    assert.match(await first.locator('.why').innerText(), /3 minutes before/);
    assert.equal(await first.locator('.mini tr.hit').count(), 1);
    assert.ok((await first.locator('.mini tr').count()) >= 2, 'the charge before it stands beside it');
    await shoot('fraud');
  });

  await step('the inbox is worked by keyboard, and an answer can be taken back', async () => {
    const before = await openCount();
    const id = await cases().first().getAttribute('data-case');
    const decided = answer('POST', '/api/fraud/cases/');
    await page.keyboard.press('n');
    assert.equal((await decided).status(), 200);
    await page.locator(`[data-case="${id}"][data-state=fraud]`).waitFor();
    await page.locator('.todo').waitFor();
    assert.equal(await openCount(), before - 1);
    assert.equal(await cases().nth(1).getAttribute('aria-current'), 'true');
    const second = answer('POST', '/api/fraud/cases/');
    await page.keyboard.press('y');
    assert.equal((await second).status(), 200);
    await cases().nth(1).and(page.locator('[data-state=right]')).waitFor();
    const back = answer('POST', '/api/fraud/cases/');
    await page.keyboard.press('u');
    assert.equal((await back).status(), 200);
    await cases().nth(1).and(page.locator('[data-state=open]')).waitFor();
    await page.keyboard.press('k');
    assert.equal(await cases().first().getAttribute('aria-current'), 'true');
    await shoot('fraud-decided');
  });

  await step('a case opens its row, and the row its why', async () => {
    const id = await cases().first().getAttribute('data-case');
    await cases().first().locator('a[href*="row="]').click();
    await page.waitForURL(/\/transactions\?day=.*row=/);
    await row(id).and(page.locator('[aria-current]')).waitFor();
    await row(id).locator('button.chip').click();
    await page.locator('[role=dialog] h2').waitFor();
    await page.keyboard.press('Escape');
  });

  await step('what was decided is kept apart', async () => {
    await page.goto(`${base}/fraud?state=decided`);
    await page.locator('[data-state=fraud]').first().waitFor();
    assert.equal(await page.locator('[data-state=open]').count(), 0);
  });

  await step('the settings name what judges payments', async () => {
    await page.goto(`${base}/settings`);
    await page.locator('[data-model="rules"], [data-model^="fraud."]').waitFor();
  });

  await step('a bank is claimed by its token, and its accounts fill ours', async () => {
    await openBank();
    await page.goto(`${base}/bank`);
    await page.locator('input[name=token]').fill('nonsense');
    await page.locator('form .btn.main').click();
    await page.locator('.err').waitFor();
    const token = await newToken();
    await page.locator('input[name=token]').fill(token);
    const made = answer('POST', '/api/connections');
    await page.locator('form .btn.main').click();
    assert.equal((await made).status(), 201);
    await page.locator('tr[data-bank-account="checking-1"] select').waitFor();
    await page.locator('tr[data-bank-account="checking-1"] a').waitFor();
    assert.match(await page.locator('tr[data-bank-account="checking-1"] select option:checked').innerText(), /mybank\.example, Giro/);
    assert.match(await page.locator('[data-connection] .up').innerText(), /Please look at your mail/);
    await page.locator('input[name=token]').fill(token);
    await page.locator('form .btn.main').click();
    await page.locator('.err').getByText('used before').waitFor();
    await shoot('bank');
  });

  await step('the bank’s rows are in the book, older ones too', async () => {
    for (const name of ['BAKERY', 'SALARY']) {
      await until(`the row of ${name}`, async () => {
        await page.goto(`${base}/transactions?q=${encodeURIComponent(`${name} ${mark}`)}`);
        await page.waitForLoadState('networkidle');
        return (await page.locator('tr[data-id]').count()) === 1;
      });
    }
  });

  await step('an account of the bank is left out, and asked again it brings nothing twice', async () => {
    await page.goto(`${base}/bank`);
    const savings = page.locator('tr[data-bank-account="savings-1"] select');
    await savings.waitFor();
    const linked = answer('PUT', '/accounts');
    await savings.selectOption({ label: 'nothing: it is left out' });
    assert.equal((await linked).status(), 200);
    const asked = answer('POST', '/sync');
    await page.getByRole('button', { name: 'Ask now' }).click();
    assert.equal((await asked).status(), 200);
    await page.locator('.toast').getByText('0 new rows').waitFor();
  });

  await step('a bank that is away is told in words, and the connection can be removed', async () => {
    await closeBank();
    const asked = answer('POST', '/sync');
    await page.getByRole('button', { name: 'Ask now' }).click();
    await asked;
    await page.locator('[data-connection] .err').getByText('does not answer').waitFor();
    await shoot('bank-away');
    await page.locator('[data-connection] header button').last().click();
    const gone = answer('DELETE', '/api/connections/');
    await page.locator('[data-connection] .btn.bad').click();
    assert.equal((await gone).status(), 200);
    await page.locator('.empty h2').waitFor();
  });

  await step('a weekly budget over all spending is written with its thresholds and what is left of it', async () => {
    await charge(`Backstube ${mark}`, 770, `${dayBefore(0)}T00:01:00Z`); // of this week, whatever day it is
    await page.goto(`${base}/budgets`);
    await page.locator('.empty button, .after button').first().waitFor();
    await page.locator('.after button').or(page.locator('.empty button').last()).first().click();
    await page.locator('form .after select').waitFor();
    const lines = page.locator('.limits > li');
    const before = await lines.count();
    await page.locator('form .after select').selectOption('*');
    const line = lines.nth(before);
    await line.locator('input').first().fill('150');
    await line.locator('.acts button').first().click();
    await line.locator('select[name=period]').selectOption('week');
    await line.locator('select[name=carry]').selectOption('full');
    await line.locator('input[name=threshold]').first().check();
    await line.locator('input[name=will_exceed]').check();
    await line.locator('.plan input').first().fill(`All in ${mark}`);
    await shoot('budget-editor');
    const saved = answer('PUT', '/api/budgets');
    await page.locator('form .act .btn.main').click();
    assert.equal((await saved).status(), 200);
    await page.locator('.bud').filter({ hasText: `All in ${mark}` }).waitFor();
    const { budgets } = await page.evaluate(async () => (await fetch('/api/budgets')).json());
    const made = budgets.find((one) => one.name === `All in ${mark}`);
    assert.deepEqual([made.period, made.carry, made.thresholds, made.will_exceed, made.limit_minor], ['week', 'full', [50, 80, 100], true, 15000]);
  });

  await step('a budget opens the rows behind its sum, and they add up', async () => {
    const { budgets } = await page.evaluate(async () => (await fetch('/api/budgets')).json());
    const made = budgets.find((one) => one.name === `All in ${mark}`);
    await page.locator('.bud').filter({ hasText: `All in ${mark}` }).locator('a').click();
    await page.waitForURL(/\/budgets\?id=/);
    await page.locator('.mini tr[data-id]').first().waitFor();
    const amounts = await page.locator('.mini tr[data-id] .amt').allInnerTexts();
    const cents = amounts.reduce((sum, text) => sum + Number(text.replace(/[^\d]/g, '')) * (text.startsWith('+') ? -1 : 1), 0);
    assert.equal(cents, made.spent_minor);
    await shoot('budget');
    const id = await page.locator('.mini tr[data-id]').first().getAttribute('data-id');
    await page.locator('.mini tr[data-id] a').first().click();
    await row(id).waitFor();
  });

  await step('a threshold that was passed is told, and the alert opens the rows that did it', async () => {
    await charge(`Grosshandel ${mark}`, 13000, `${dayBefore(0)}T00:02:00Z`);
    const alert = page.locator('.al').filter({ hasText: `All in ${mark}` }).first();
    await until('the alert', async () => {
      await page.goto(`${base}/alerts`);
      await heading().waitFor();
      await page.waitForLoadState('networkidle');
      return (await alert.count()) > 0;
    });
    await alert.locator('a[href^="/budgets?id="]').click();
    await page.locator('.mini tr[data-id]').filter({ hasText: `Grosshandel ${mark}` }).locator('a').first().waitFor();
  });

  await step('a service that is away is told on its page, and trying again brings the page', async () => {
    for (const [path, api, there] of [['/fraud', '**/api/fraud/cases*', '.case, .empty'], ['/bank', '**/api/connections*', '.bank, .empty'], ['/budgets', '**/api/budgets*', '.bud']]) {
      await page.route(api, (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '{"error":{"code":"UNAVAILABLE","message":"No answer."}}' }));
      await page.goto(base + path);
      await page.locator('#main .err[role=alert]').waitFor();
      assert.match(await page.locator('#main .err').innerText(), /Part of the tracker is away/);
      await page.unroute(api);
      await page.locator('#main .err button').click();
      await page.locator(there).first().waitFor();
    }
  });

  await step('the key of the second factor can be scanned', async () => {
    await page.goto(`${base}/settings`);
    const section = page.locator('section.sec', { hasText: 'Second factor' });
    await section.locator('input[type=password]').fill(owner.password);
    await section.locator('form .btn.main').click();
    await section.locator('svg.qr').waitFor();
    await shoot('qr');
    await page.goto(`${base}/transactions`);
  });

  await step('the question mark lists every key, and closes again', async () => {
    await settledRow().waitFor();
    await page.keyboard.press('?');
    await page.locator('dialog.key-sheet').waitFor();
    await accessible('the keys');
    await shoot('keys');
    await page.keyboard.press('Escape');
    await page.locator('dialog.key-sheet').waitFor({ state: 'detached' });
  });

  await step('in German no English reason is left', async () => {
    await page.goto(`${base}/settings`);
    await page.locator('select[name=language]').selectOption('de');
    await page.goto(`${base}/fraud?state=decided`);
    await cases().first().waitFor();
    assert.match(await page.locator('.case .why').first().innerText(), /Minuten davor|üblich|Zahlung/);
    await shoot('fraud-german');
    await page.goto(`${base}/settings`);
    await page.locator('select[name=language]').selectOption('en');
    await page.locator('nav.nav a').filter({ hasText: 'Overview' }).waitFor();
  });

  for (const [width, colorScheme] of [[400, 'light'], [400, 'dark'], [1280, 'light'], [1280, 'dark']]) {
    await step(`each of these pages at ${width} px, ${colorScheme}: nothing is too wide, axe finds nothing`, async () => {
      if (!bank) {
        await openBank();
        await page.goto(`${base}/bank`);
        await page.locator('input[name=token]').fill(await newToken());
        await page.locator('form .btn.main').click();
        await page.locator('tr[data-bank-account="checking-1"] select').waitFor();
      }
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const { budgets } = await page.evaluate(async () => (await fetch('/api/budgets')).json());
      for (const [name, path] of [['fraud', '/fraud'], ['fraud-decided', '/fraud?state=decided'], ['bank', '/bank'], ['budgets', '/budgets'],
        ['budget', `/budgets?id=${encodeURIComponent(budgets.at(-1).id)}`], ['budget-editor', '/budgets']]) {
        await page.goto(base + path);
        await heading().waitFor();
        await page.waitForLoadState('networkidle');
        if (name === 'budget-editor') {
          await page.locator('.after button').first().click();
          await page.locator('.limits .acts button').first().click();
        }
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `${name} is ${wide} px wider than ${width} px`);
        assert.equal(await page.locator('#main > .err').count(), 0, `${name} shows an error`);
        await accessible(`${name}, ${width} px, ${colorScheme}`);
        await shoot(`pages-${name}-${width}-${colorScheme}`);
      }
    });
  }

  await step('the browser had nothing to complain about but what was refused on purpose', async () => {
    const refused = /status of 40[03] .*\/api\/connections\?user=[\w-]+$|status of 503 /;
    assert.deepEqual(complaints.filter((text) => !refused.test(text.trim())), []);
  });
}

await finish(run);
