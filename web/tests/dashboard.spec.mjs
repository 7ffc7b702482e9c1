// Drives the running dashboard in a real browser, as a person on their first visit would:
//   BASE_URL=http://127.0.0.1:8080 AWRY_URL=http://127.0.0.1:16686 node tests/dashboard.spec.mjs
// The stack behind BASE_URL has its sample imported. Without AWRY_URL the trace itself is not opened.
// CHROMIUM names another browser; SHOTS a folder for pictures. Ends with "N passed, N failed".
import assert from 'node:assert/strict';
import { start } from './dashboard-browser.mjs';

const { awry, base, complaints, context, enter, finish, heading, owner, page, row, settledRow, shoot, step, until } = await start();

let corrected = { id: '', before: '', after: '' };
let traceHref = '';

async function run() {
  await step('a wrong address of a page still opens the door, not an error', async () => {
    await page.goto(`${base}/no/such/page`);
    await page.locator('input[name=password]').waitFor();
  });

  await step('the first visit makes the owner and leads to the three doors', async () => {
    const first = await enter();
    if (first) await page.waitForURL('**/welcome');
    else await page.goto(`${base}/welcome`);
    await page.locator('.door.first').waitFor();
    assert.equal(await page.locator('.door').count(), 3);
    await shoot('welcome');
  });

  await step('the session is kept from scripts', async () => {
    assert.equal(await page.evaluate(() => document.cookie), '');
  });

  await step('the sample opens on an overview that answers first', async () => {
    await page.locator('.door.first .btn.main').click();
    await page.locator('.catrow[data-category]').first().waitFor();
    assert.match(await heading().innerText(), /[€$£¥]|[A-Z]{3}/);
    assert.ok((await page.locator('.catrow[data-category]').count()) >= 3);
    await shoot('overview');
  });

  await step('a category row opens its transactions', async () => {
    const category = await page.locator('.catrow[data-category]').first().getAttribute('data-category');
    await page.locator('.catrow[data-category]').first().click();
    await page.waitForURL(`**/transactions?month=*&category=${category}`);
    await settledRow().waitFor();
    assert.equal(await settledRow().locator('button.chip').getAttribute('data-category'), category);
  });

  await step('transactions stand by day with category and confidence', async () => {
    await page.locator('nav.nav a[href="/transactions"]').click();
    await page.locator('tr.day').first().waitFor();
    await settledRow().waitFor();
    assert.match(await page.locator('button.chip .conf').first().innerText(), /%|you|rule/);
    await shoot('transactions');
  });

  await step('the chip says why, and leads to the trace', async () => {
    const id = await settledRow().getAttribute('data-id');
    corrected = { id, before: await settledRow().locator('button.chip').getAttribute('data-category'), after: '' };
    await row(id).locator('button.chip').click();
    await page.locator('[role=dialog] h2').waitFor();
    const link = page.locator('[role=dialog] footer a');
    await link.waitFor();
    traceHref = await link.getAttribute('href');
    assert.match(traceHref, /\/trace\/[0-9a-f]{16,32}\?uiFind=model_prediction$/);
    if (awry) assert.ok(traceHref.startsWith(awry), `${traceHref} is not at ${awry}`);
    await page.locator('[role=dialog] .reasons, [role=dialog] p.soft').first().waitFor();
    await shoot('why');
  });

  await step('a category is corrected by keyboard alone', async () => {
    corrected.after = corrected.before === 'dining' ? 'groceries' : 'dining';
    await page.locator('[role=dialog]').press('c');
    await page.locator('input[role=combobox]').fill(corrected.after.slice(0, 4));
    await page.locator(`[role=option][data-category="${corrected.after}"][aria-selected=true]`).waitFor();
    const answered = page.waitForResponse((response) => response.request().method() === 'PATCH');
    await page.keyboard.press('Enter');
    assert.equal((await answered).status(), 200);
    await row(corrected.id).locator(`button.chip[data-category="${corrected.after}"]`).waitFor();
    await shoot('corrected');
  });

  await step('the correction is still there after loading again', async () => {
    await page.reload();
    const chip = row(corrected.id).locator('button.chip');
    await chip.waitFor();
    assert.equal(await chip.getAttribute('data-category'), corrected.after);
    assert.match(await chip.innerText(), /you/);
  });

  if (awry) {
    await step('the trace opens in Awry at the prediction', async () => {
      const trace = await context.newPage();
      const response = await trace.goto(traceHref);
      assert.ok(response.ok(), `HTTP ${response.status()}`);
      await trace.getByText('model_prediction').first().waitFor();
      await trace.close();
    });
  }

  await step('a search looks through all months', async () => {
    const merchant = await page.locator('tr[data-id] .who').first().innerText();
    const word = merchant.split(/\s+/).find((part) => /^\p{L}{3,}$/u.test(part)) ?? merchant;
    await page.keyboard.press('/');
    await page.keyboard.type(word);
    await page.waitForURL((url) => url.searchParams.get('q') === word);
    await page.locator('tr[data-id]').first().waitFor();
  });

  // Each run brings rows of its own, so that nothing is a duplicate of an earlier run.
  const mark = Date.now().toString(36).replace(/\d/g, 'x').toUpperCase();
  const month = new Date().toISOString().slice(0, 7);

  await step('a budget is written', async () => {
    await page.locator('.house select').selectOption({ index: 0 });
    await page.goto(`${base}/budgets`);
    const own = page.locator('.empty button, .after button').last();
    await own.click();
    await page.locator('form select').waitFor();
    while ((await page.locator('.limits li').count()) > 0) await page.locator('.limits li .acts button').last().click();
    await page.locator('form .after select').selectOption('dining');
    await page.locator('.limits input').first().fill('10');
    await page.locator('form .act .btn.main').click();
    await page.locator('.bud').first().waitFor();
  });

  await step('a statement is previewed row by row, with what is wrong in it', async () => {
    await page.goto(`${base}/import`);
    await page.locator('[data-drop]').waitFor();
    const lines = ['Date,Description,Amount', `${month}-01,FRESKO MARKET ${mark},-51.20`, `${month}-01,CINEMA ${mark},-24.00`,
      `${month}-01,SHOE SHOP ${mark},-12.9O`, `${month}-01,SALARY ${mark},1412.00`];
    await page.locator('input[type=file]').setInputFiles({ name: 'this-month.csv', mimeType: 'text/csv',
      buffer: Buffer.from(`${lines.join('\n')}\n`) });
    await page.locator('[data-confirm]').waitFor();
    await page.locator('tr[data-outcome=error]').waitFor();
    assert.match(await page.locator('[data-confirm]').innerText(), /3/);
    await shoot('preview');
  });

  await step('the import is confirmed, counts to its end and shows the result', async () => {
    await page.locator('[data-confirm]').click();
    await page.locator('dl.facts').waitFor();
    assert.match(await heading().innerText(), /3/);
    await shoot('result');
  });

  let told = '';
  const ofTheLimit = () => page.locator('.al').filter({ hasText: '€10.00' }); // other specs leave alerts of theirs
  await step('a correction of an imported row passes the budget, and the alert comes', async () => {
    await page.goto(`${base}/transactions?q=${encodeURIComponent(`FRESKO MARKET ${mark}`)}`);
    await settledRow().waitFor();
    told = await settledRow().getAttribute('data-id');
    await row(told).locator('button.chip').click();
    await page.locator('[role=dialog] h2').waitFor();
    await page.locator('[role=dialog]').press('c');
    await page.locator('input[role=combobox]').fill('dining');
    await page.keyboard.press('Enter');
    await row(told).locator('button.chip[data-category="dining"]').waitFor();
    await until('the alert', async () => {
      await page.goto(`${base}/alerts`);
      await heading().waitFor();
      await page.waitForLoadState('networkidle');
      return (await ofTheLimit().count()) > 0;
    });
    await shoot('alert');
  });

  await step('the alert opens its rows, the row its why, the why its trace', async () => {
    await ofTheLimit().first().locator('.acts a[href^="/budgets?id="]').click();
    await page.locator(`tr[data-id="${told}"] a`).first().click();
    await row(told).locator('button.chip').click();
    await page.locator('[role=dialog] h2').waitFor();
    assert.match(await page.locator('[role=dialog] footer a').getAttribute('href'), /\/trace\/[0-9a-f]{16,32}/);
    await page.keyboard.press('Escape');
  });

  await step('every page fits a phone, in the dark too', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 360, height: 860 });
    for (const path of ['/', '/transactions', '/budgets', '/alerts', '/import', '/welcome']) {
      await page.goto(base + path);
      await heading().or(page.locator('.empty h2')).first().waitFor();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 360, `${path} is ${width} px wide`);
    }
    await shoot('phone');
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  await step('logging out closes the book, and the way back asks for the password', async () => {
    await page.locator('header.top .tools button').click();
    await page.locator('input[name=password]').waitFor();
    await page.goto(`${base}/transactions`);
    await page.locator('input[name=password]').waitFor();
    await page.locator('input[name=name]').fill(owner.name);
    await page.locator('input[name=password]').fill('not the password');
    await page.locator('form button.main').click();
    await page.locator('.err').waitFor();
    assert.equal(await enter(), false);
  });

  await step('the browser had nothing to complain about', async () => {
    assert.deepEqual(complaints, []);
  });
}

await finish(run);
