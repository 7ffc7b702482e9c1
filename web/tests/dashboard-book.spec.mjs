// The pages of the book beside the first path: cash flow, recurring, chosen rows, parts, rules, transfers,
// settings, German; each at each width, light and dark. As dashboard.spec.mjs, against the running stack.
import assert from 'node:assert/strict';
import { start } from './dashboard-browser.mjs';

const { accessible, base, complaints, enter, finish, heading, page, row, settledRow, shoot, step } = await start();

const PAGES = ['/', '/transactions', '/review', '/flow', '/budgets', '/recurring', '/fraud', '/bank', '/alerts', '/transfers', '/rules', '/import', '/settings', '/more', '/welcome'];
const said = () => page.locator('.toast').innerText();
const answer = (method, part) => page.waitForResponse((response) => response.request().method() === method && response.url().includes(part));

async function run() {
  await step('the sample opens', async () => {
    await enter();
    await page.goto(`${base}/welcome`);
    await page.locator('.door.first .btn.main').click();
    await page.locator('.catrow[data-category]').first().waitFor();
  });

  await step('the flow of a month: every ribbon opens its rows', async () => {
    await page.goto(`${base}/flow`);
    const ribbon = page.locator('svg.flows a[href*="category="]').first();
    await ribbon.waitFor();
    await shoot('flow');
    const href = await ribbon.getAttribute('href');
    await ribbon.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**${href}`);
    await settledRow().waitFor();
  });

  await step('a month before is one key press away, and its sums are those of its rows', async () => {
    await page.goto(`${base}/flow`);
    await page.locator('svg.flows').waitFor();
    await page.locator('.period button').first().click();
    await page.waitForURL('**/flow?month=*');
    await page.locator('svg.flows').waitFor();
  });

  await step('what comes back stands on a calendar, with the balance ahead', async () => {
    await page.goto(`${base}/recurring`);
    await page.locator('.series li').first().waitFor();
    await page.locator('.cal td').first().waitFor();
    assert.equal((await page.locator('.cal td').count()) % 7, 0);
    await page.locator('svg.chart .ahead').waitFor();
    await shoot('recurring');
  });

  await step('a series that was cancelled can be watched again', async () => {
    const first = page.locator('.series li').first();
    const id = await first.getAttribute('data-series');
    const put = answer('PUT', '/api/recurring/');
    await first.locator('.acts button').first().click();
    assert.equal((await put).status(), 200);
    const back = answer('PUT', '/api/recurring/');
    await page.locator('.toast button').first().click();
    assert.equal((await back).status(), 200);
    await page.locator(`[data-series="${id}"]`).waitFor();
  });

  await step('rows are chosen by keyboard, changed at once, and brought back', async () => {
    await page.goto(`${base}/transactions`);
    await settledRow().waitFor();
    for (const key of ['j', ' ', 'j', ' ']) await page.keyboard.press(key);
    await page.locator('.bulk').waitFor();
    const ids = await page.locator('tr[data-id]:has(input:checked)').evaluateAll((rows) => rows.map((one) => one.dataset.id));
    assert.equal(ids.length, 2);
    const before = await row(ids[0]).locator('button.chip').getAttribute('data-category');
    const wanted = before === 'education' ? 'health' : 'education';
    await shoot('bulk');
    await page.keyboard.press('c');
    await page.locator('.bulk input[role=combobox]').fill(wanted);
    const bulk = answer('POST', '/api/transactions/bulk');
    await page.keyboard.press('Enter');
    assert.equal((await bulk).status(), 200);
    await row(ids[0]).locator(`button.chip[data-category="${wanted}"]`).waitFor();
    const undo = answer('POST', '/api/transactions/undo');
    await page.locator('.toast button').first().click();
    assert.equal((await undo).status(), 200);
    await row(ids[0]).locator(`button.chip[data-category="${before}"]`).waitFor();
  });

  await step('a row gets a note, a tag and two parts that sum to it', async () => {
    await page.goto(`${base}/transactions`);
    await settledRow().waitFor();
    const id = await settledRow().getAttribute('data-id');
    await row(id).locator('button.who').click();
    const fields = page.locator('.detail form input');
    await fields.nth(0).fill('for the garden');
    await fields.nth(1).fill('holiday');
    await page.locator('.detail form .btn.main').click();
    await row(id).getByText('for the garden').waitFor();
    await row(id).locator('.tag.acc').getByText('holiday').waitFor();
    const splitter = page.locator('.detail form button[type=button]').first();
    await splitter.click();
    const parts = page.locator('.splits .line:has(select)');
    const whole = Number(await parts.nth(0).locator('input').first().inputValue());
    await parts.nth(0).locator('input').first().fill((whole - 1).toFixed(2));
    await parts.nth(0).locator('select').selectOption('groceries');
    await parts.nth(1).locator('input').first().fill('1.01');
    await parts.nth(1).locator('select').selectOption('dining');
    assert.equal(await page.locator('.splits .btn.main').isDisabled(), true);
    await parts.nth(1).locator('input').first().fill('1.00');
    const saved = answer('PATCH', '/api/transactions/');
    await page.locator('.splits .btn.main').click();
    assert.equal((await saved).status(), 200);
    await shoot('split');
    const whole2 = answer('PATCH', '/api/transactions/');
    await page.locator('.splits .btn.bad').click();
    assert.equal((await whole2).status(), 200);
  });

  await step('a search narrows by amount and tag', async () => {
    await page.goto(`${base}/transactions?q=${encodeURIComponent('tag:holiday')}`);
    await page.locator('tr[data-id] .tag.acc').first().waitFor();
    await page.goto(`${base}/transactions?q=${encodeURIComponent('amount:>100')}`);
    await page.locator('tr[data-id]').first().waitFor();
    const amounts = await page.locator('tr[data-id] .amt').allInnerTexts();
    assert.ok(amounts.every((text) => Number(text.replace(/[^\d.]/g, '')) >= 100), amounts.join(' '));
  });

  await step('unsure rows are worked by keyboard: the why, an answer, and back again', async () => {
    await page.goto(`${base}/review`);
    await heading().waitFor();
    const asked = await page.evaluate(async () => (await fetch(`/api/totals?review=1&user=${localStorage.getItem('finance.acting')}`)).json());
    if (asked.totals.every((one) => one.rows === 0)) return; // every row of the sample is sure
    await page.locator('.question').waitFor();
    await page.keyboard.press('w');
    await page.locator('.question .reasons, .question p.soft').first().waitFor();
    await shoot('review');
    const answered = answer('PATCH', '/api/transactions/');
    await page.keyboard.press('Enter');
    assert.equal((await answered).status(), 200);
    await page.locator('.queue .done, .empty h2').first().waitFor();
    const back = answer('PATCH', '/api/transactions/');
    await page.keyboard.press('u');
    assert.equal((await back).status(), 200);
  });

  await step('a rule is tried on all rows before it is saved', async () => {
    await page.goto(`${base}/transactions`);
    await settledRow().waitFor();
    const merchant = await page.locator('tr[data-id] .who').first().innerText();
    await page.goto(`${base}/rules?merchant=${encodeURIComponent(merchant)}&category=housing`);
    await page.locator('.trial tr').first().waitFor();
    await shoot('rule');
    const made = answer('POST', '/api/rules');
    await page.locator('.rule-editor .act .btn.main').click();
    assert.equal((await made).status(), 201);
    const rule = page.locator('.rule').filter({ hasText: merchant }).first();
    await rule.waitFor();
    const gone = answer('DELETE', '/api/rules/');
    await rule.locator('.acts button').last().click();
    assert.equal((await gone).status(), 200);
    assert.ok((await said()).length > 0);
  });

  await step('the page speaks German at once, and stays so', async () => {
    await page.goto(`${base}/settings`);
    await page.locator('select[name=language]').selectOption('de');
    await page.locator('nav.nav a[aria-current], nav.nav a').filter({ hasText: 'Übersicht' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
    await page.goto(`${base}/transactions`);
    await settledRow().waitFor();
    assert.match(await page.locator('tr[data-id] .amt').first().innerText(), /^[\u2212+]?[\d.]+,\d\d\u00a0€$/);
    await shoot('german');
    await page.goto(`${base}/settings`);
    await page.locator('select[name=language]').selectOption('en');
    await page.locator('nav.nav a').filter({ hasText: 'Overview' }).waitFor();
  });

  await step('the theme is chosen against the system, and kept', async () => {
    await page.locator('select[name=theme]').selectOption('dark');
    await page.reload();
    await page.locator('select[name=theme]').waitFor();
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).colorScheme), 'dark');
    await page.locator('select[name=theme]').selectOption('system');
  });

  for (const [width, colorScheme] of [[400, 'light'], [400, 'dark'], [1280, 'light'], [1280, 'dark']]) {
    await step(`every page at ${width} px, ${colorScheme}: nothing is too wide, axe finds nothing`, async () => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      for (const path of PAGES) {
        await page.goto(base + path);
        await heading().or(page.locator('.empty h2')).first().waitFor();
        await page.waitForLoadState('networkidle');
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `${path} is ${wide} px wider than ${width} px`);
        assert.equal(await page.locator('#main > .err, #main .sec > .err').count(), 0, `${path} shows an error`);
        await accessible(`${path}, ${width} px, ${colorScheme}`);
        await shoot(`book${path.replaceAll('/', '-')}-${width}-${colorScheme}`);
      }
    });
  }

  await step('the browser had nothing to complain about', async () => {
    assert.deepEqual(complaints, []);
  });
}

await finish(run);
