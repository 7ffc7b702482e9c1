// A bank's file that nobody has seen before, in the running dashboard: its columns are named by hand, its rows go into a new
// account, and the next file of that bank is read the same way. As dashboard.spec.mjs, which makes the owner.
import assert from 'node:assert/strict';
import { start } from './dashboard-browser.mjs';

const { accessible, base, complaints, enter, finish, page, shoot, step } = await start();

const mark = Date.now().toString(36).replace(/\d/g, 'x').toUpperCase();
const month = new Date().toISOString().slice(0, 7);
const [year, number] = month.split('-');
// No header is known, spending is positive, and a note stands on top.
const fileOf = (rows) => ({ name: 'strange.csv', mimeType: 'text/csv',
  buffer: Buffer.from(['Made for you', `Wann ${mark};Wer;Wieviel;Rest`, ...rows].join('\n') + '\n') });

async function choose(file) {
  await page.goto(`${base}/import`);
  await page.locator('[data-drop]').waitFor();
  await page.locator('input[type=file]').setInputFiles(file);
  await page.locator('table.map').waitFor();
}
// What a choice leads to is another preview.
async function answered(act) {
  const [response] = await Promise.all([page.waitForResponse((one) => one.url().includes('/api/imports?') && one.request().method() === 'POST'), act()]);
  const preview = await response.json();
  await page.locator('[data-confirm]').waitFor();
  return preview;
}
const meaning = (column) => page.locator(`table.map select[data-column="${column}"]`);

async function run() {
  await step('a person enters', async () => {
    await enter();
    await page.locator('.house select').selectOption({ index: 0 }).catch(() => {});
  });

  await step('a file whose columns nobody knows is asked about, and cannot be imported', async () => {
    await choose(fileOf([`x${number}-01;BAKERY ${mark};4,30;`, `y;KIOSK ${mark};2,00;`]));
    assert.equal(await page.locator('[data-confirm]').isDisabled(), true);
    await page.locator('p.ask').waitFor();
    await accessible('unknown columns');
  });

  let account = '';
  await step('columns are named by hand, and the rows stand there', async () => {
    await choose(fileOf([`01.${number}.${year};BAKERY ${mark};4,30;10,00`, `02.${number}.${year};KIOSK ${mark};2,00;8,00`]));
    await meaning(2).selectOption('description');
    if (await meaning(1).inputValue() !== 'date') await meaning(1).selectOption('date');
    if (await meaning(3).inputValue() !== 'amount') await answered(() => meaning(3).selectOption('amount'));
    await page.locator('details.note > summary').click();
    const flipped = await answered(() => page.locator('input[name=flip]').check());
    assert.deepEqual(flipped.rows.map((row) => Number(row.amount_minor)), [-430, -200]);
    assert.equal(await page.locator('[data-confirm]').isDisabled(), true, 'both orders of the date fit');
    await answered(() => page.locator('[data-reading=DMY] input').click());
    assert.equal(await page.locator('[data-confirm]').isDisabled(), false);
    await shoot('columns');
    await accessible('columns');
  });

  await step('a new account takes the rows', async () => {
    await page.locator('select[name=account]').selectOption('+');
    await page.locator('input[name=account_name]').fill(`Strange ${mark}`);
    const preview = await answered(() => page.locator('[data-new-account] .btn').click());
    account = preview.account;
    await page.locator(`select[name=account] option[value="${account}"]`).waitFor({ state: 'attached' });
    assert.equal(await page.locator('select[name=account]').inputValue(), account);
  });

  await step('a row without its tick stays out', async () => {
    await page.locator('tr[data-outcome=new] input[type=checkbox]').last().uncheck();
    assert.match(await page.locator('[data-confirm]').innerText(), /\b1\b/);
    await page.locator('[data-confirm]').click();
    await page.locator('dl.facts').waitFor();
    await page.goto(`${base}/transactions?q=${encodeURIComponent(mark)}`);
    await page.locator('tr[data-id]').first().waitFor();
    assert.equal(await page.locator('tr[data-id]').count(), 1);
  });

  await step('the next file of that bank is read as the last one, and into the same account', async () => {
    await choose(fileOf([`03.${number}.${year};BOOKS ${mark};7,00;1,00`]));
    await page.locator('tr[data-outcome=new]').waitFor();
    await page.locator(`select[name=account] option[value="${account}"]`).waitFor({ state: 'attached' });
    assert.equal(await page.locator('select[name=account]').inputValue(), account);
    assert.match(await page.locator('tr[data-outcome=new]').innerText(), /−€7/);
    assert.equal(await meaning(3).inputValue(), 'amount');
    await shoot('columns-again');
    const anew = await answered(() => page.locator('button.linklike', { hasText: 'Read anew' }).click());
    assert.equal(anew.reading.saved, false);
  });

  await step('settings list the account, and keep what stood on it before', async () => {
    await page.goto(`${base}/settings`);
    const line = page.locator(`tr[data-account="${account}"]`);
    await line.locator('button.linklike').click();
    await line.locator('input[name=opening]').fill('100');
    await line.locator('.btn.main').click();
    await line.locator('.amt', { hasText: '95' }).waitFor();
    await shoot('accounts');
  });

  await step('a card\'s statement prints spending as positive: that is asked, and the answer kept', async () => {
    const rows = ['Date,Description,Amount', `${month}-04,GROCER ${mark},10.00`, `${month}-05,CAFE ${mark},5.00`, `${month}-06,AUTOPAY PAYMENT - THANK YOU,-15.00`];
    await choose({ name: 'card.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n') + '\n') });
    assert.equal(await page.locator('[data-confirm]').isDisabled(), true);
    assert.match(await page.locator('[data-reading="1"]').innerText(), /GROCER .*−.*10/);
    await accessible('is this money out');
    await shoot('card');
    const answer = await answered(() => page.locator('[data-reading="1"] input').click());
    assert.deepEqual(answer.rows.map((row) => Number(row.amount_minor)), [-1000, -500, 1500]);
    assert.equal(await page.locator('[data-confirm]').isDisabled(), false);
  });

  await step('a file with two accounts puts each row into its own', async () => {
    const statement = (id, name) => `<STMTRS><CURDEF>EUR</CURDEF><BANKACCTFROM><ACCTID>${id}</ACCTID></BANKACCTFROM><STMTTRN><DTPOSTED>${year}${number}07</DTPOSTED>`
      + `<TRNAMT>-3.00</TRNAMT><FITID>1</FITID><NAME>${name} ${mark}</NAME></STMTTRN></STMTRS>`;
    const file = { name: 'two.ofx', mimeType: 'text/plain', buffer: Buffer.from(`<OFX>${statement(`A${mark}`, 'LEFT')}${statement(`B${mark}`, 'RIGHT')}</OFX>`) };
    await page.goto(`${base}/import`);
    await page.locator('[data-drop]').waitFor();
    await page.locator('input[type=file]').setInputFiles(file);
    await page.locator('[data-file-account]').first().waitFor();
    assert.equal(await page.locator('[data-file-account]').count(), 2);
    const preview = await answered(() => page.locator(`[data-file-account="A${mark}"]`).selectOption(account));
    assert.deepEqual(preview.file_accounts.map((one) => one.account), [account, '']);
    await accessible('two accounts');
    await shoot('two-accounts');
    await page.locator('[data-confirm]').click();
    await page.locator('dl.facts').waitFor();
    await page.goto(`${base}/settings`);
    await page.locator('tr[data-account]', { hasText: `B${mark}` }).waitFor();
  });

  await step('a pending row is booked with a tip, and one for much more when a person says so', async () => {
    const states = (rows) => ({ name: 'states.csv', mimeType: 'text/csv', buffer: Buffer.from(['Date,Description,Amount,State', ...rows].join('\n') + '\n') });
    const put = async (file) => {
      await page.goto(`${base}/import`);
      await page.locator('[data-drop]').waitFor();
      await page.locator('input[type=file]').setInputFiles(file);
      await page.locator('[data-confirm]').waitFor();
      await answered(() => page.locator('select[name=account]').selectOption(account));
    };
    await put(states([`${month}-01,CAFE ${mark},-10.00,PENDING`, `${month}-01,PUB ${mark},-20.00,PENDING`]));
    await page.locator('[data-confirm]').click();
    await page.locator('dl.facts').waitFor();
    await put(states([`${month}-02,CAFE ${mark},-12.00,COMPLETED`, `${month}-02,PUB ${mark},-38.00,COMPLETED`]));
    assert.equal(await page.locator('tr[data-outcome=match]').count(), 1);
    await page.getByLabel('It is the same payment').check();
    await accessible('suggested');
    await shoot('tips');
    await page.locator('[data-confirm]').click();
    await page.getByRole('button', { name: 'Another file' }).waitFor();
    await page.goto(`${base}/transactions?q=${encodeURIComponent(`PUB ${mark}`)}`);
    await page.locator('tr[data-id]').first().waitFor();
    assert.equal(await page.locator('tr[data-id]').count(), 1);
    assert.match(await page.locator('tr[data-id]').first().innerText(), /38/);
  });

  await step('a row is entered by hand, and stands there', async () => {
    await page.getByRole('button', { name: 'Add a transaction' }).click();
    const form = page.locator('form[data-add]');
    await form.getByLabel('Where, what for').fill(`FLEA MARKET ${mark}`);
    await form.getByLabel(/^Amount/).fill('12.50');
    await form.getByLabel('Date').fill(`${month}-01`);
    await accessible('a row by hand');
    await shoot('by-hand');
    await form.getByRole('button', { name: 'Add' }).click();
    await page.locator('tr[data-id]', { hasText: `FLEA MARKET ${mark}` }).waitFor();
    assert.match(await page.locator('tr[data-id]', { hasText: `FLEA MARKET ${mark}` }).innerText(), /−€12/);
  });

  await step('in German a refusal and a row\'s error are German', async () => {
    await page.evaluate(() => localStorage.setItem('finance.language', 'de'));
    await page.goto(`${base}/import`);
    await page.locator('[data-drop]').waitFor();
    await page.locator('input[type=file]').setInputFiles({ name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 x') });
    await page.locator('[role=alert]', { hasText: 'Die Datei ist ein PDF' }).waitFor();
    await page.locator('input[type=file]').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from(`Date,Description,Amount\n${month}-13,A,-1.00\n${month}-14,B,1x.00\n`) });
    await page.locator('tr[data-outcome=error]', { hasText: 'Der Betrag ist keine Zahl: 1x.00' }).waitFor();
    await page.evaluate(() => localStorage.setItem('finance.language', 'en'));
  });

  await step('it fits a phone, in the dark too', async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await choose(fileOf([`04.${number}.${year};TOYS ${mark};9,00;1,00`]));
    await page.locator('tr[data-outcome=new]').waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${wide} px wider than the phone`);
    await accessible('columns on a phone');
    await shoot('columns-phone');
  });

  await step('no page complained', async () => { assert.deepEqual(complaints.filter((one) => !one.includes('name=a.pdf')), []); });
}

await finish(run);
