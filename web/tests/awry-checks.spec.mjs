// Checks with their dry run and violations, and labels; real Chromium, real server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, base, everyWidth, find, forget, json, launch, noComplaints, openPage, otlp, post, send, shot, until } from './awry-browser.mjs';

let browser;
let page;
before(async () => {
  browser = await launch();
  page = await openPage(browser);
  await send('PUT', '/api/v1/checks', { checks: [] });
});
after(async () => { await send('PUT', '/api/v1/checks', { checks: [] }); await browser.close(); });

const checks = async () => (await json('/api/v1/checks')).checks;

test('a finding becomes a check: its rule is tried on the past and saved', async () => {
  const [finding] = (await json('/api/v1/findings')).findings;
  await page.goto(`${base}/`);
  await page.locator('.sentence').first().waitFor();
  await page.keyboard.press('m');
  await page.waitForURL(`**/checks?finding=${finding.id}`);
  const heading = page.getByRole('heading', { name: /^Dry run over 7 days/ });
  await heading.waitFor({ timeout: 60_000 });
  const dry = await send('PUT', '/api/v1/checks?dry_run=1&since=168h', { checks: [{ name: 'x', never: finding.cause.check }] });
  assert.ok((await heading.innerText()).includes(`${dry.checks[0].violations.toLocaleString('en-US')} of ${dry.checks[0].checked.toLocaleString('en-US')} traces violate it`));
  await accessible(page, 'the editor');
  await shot(page, 'awry-check-editor');
  await page.locator('#c-name').fill('context-is-own');
  await page.getByRole('button', { name: 'Save and run live' }).click();
  await page.getByText('Saved; it runs on every trace from now on.').waitFor();
  assert.equal((await checks())[0].never, finding.cause.check);
  await page.locator('table.checks a', { hasText: 'context-is-own' }).waitFor();
});

test('a trace that violates a check is listed, with its span', async () => {
  const name = `<i>broken</i> ${Date.now()}`;
  const kept = (await checks()).filter((c) => c.source === 'api').map(({ name: n, never, severity }) => ({ name: n, never, severity }));
  await send('PUT', '/api/v1/checks', { checks: [...kept, { name: 'never-broken', never: `{ name = "${name}" }`, severity: 'warning' }] });
  await post('/api/v1/spans', otlp({ name }));
  await until('the violation', async () => (await json('/api/v1/violations?check=never-broken')).total > 0);
  await page.goto(`${base}/checks`);
  await page.getByRole('link', { name: 'never-broken' }).first().click();
  await page.getByRole('heading', { name: '1 violation' }).waitFor();
  await page.getByText(name).first().waitFor();
  assert.equal(await page.locator('main i', { hasText: 'broken' }).count(), 0);
  const [{ trace_id: traceId, span }] = (await json('/api/v1/violations?check=never-broken')).violations;
  await page.goto(`${base}/trace/${traceId}`);
  await page.getByText('Breaks a check').waitFor();
  await page.locator('section', { hasText: 'Breaks a check' }).getByRole('link', { name }).click();
  await page.waitForURL(`**/trace/${traceId}?uiFind=${span.span_id}`);
  await page.locator('.detail').waitFor();
  await page.goto(`${base}/`);
  await page.locator('table.checks tr', { hasText: 'never-broken' }).waitFor();
  await shot(page, 'awry-findings-checks');
});

test('a check is changed and deleted', async () => {
  await page.goto(`${base}/checks?check=never-broken`);
  await page.getByRole('button', { name: 'Edit, dry run' }).click();
  await page.locator('#c-severity').selectOption('info');
  await page.getByRole('button', { name: 'Save and run live' }).click();
  await page.getByText('Saved; it runs').waitFor();
  assert.equal((await checks()).find((c) => c.name === 'never-broken').severity, 'info');
  await page.goto(`${base}/checks?check=never-broken`);
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Really delete' }).click();
  await page.getByText('never-broken is gone').waitFor();
  assert.equal((await checks()).some((c) => c.name === 'never-broken'), false);
});

test('a rule that does not parse is refused in words, and YAML at its line', async () => {
  await page.goto(`${base}/checks?new=1`);
  await page.locator('#c-name').fill('bad');
  await page.locator('#c-rule').fill('{ name = }');
  await page.locator('.qf-bad mark.err').waitFor();
  await page.getByRole('button', { name: 'Save and run live' }).click();
  await page.locator('.check-form [role=alert]').waitFor();
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByRole('button', { name: 'YAML' }).click();
  await page.locator('#c-yaml').fill('checks:\n  - name: one\n    never: "{ name = }"\n');
  await page.getByRole('button', { name: 'Save and run live' }).click();
  await page.locator('[role=alert] mark.err').waitFor();
  await accessible(page, 'YAML');
  assert.equal((await checks()).some((c) => c.name === 'one'), false);
  forget(page);
});

test('a rule that always held is accepted as a check', async () => {
  await page.goto(`${base}/checks?propose=1`);
  await page.getByRole('heading', { name: /rules? held so far/ }).waitFor({ timeout: 60_000 });
  await accessible(page, 'proposals');
  await shot(page, 'awry-proposals', false);
  await page.getByRole('button', { name: 'Accept…' }).first().click();
  await page.getByRole('heading', { name: /^Dry run over/ }).waitFor({ timeout: 60_000 });
  const name = await page.locator('#c-name').inputValue();
  await page.getByRole('button', { name: 'Save and run live' }).click();
  await page.getByText('Saved; it runs').waitFor();
  assert.ok((await checks()).some((c) => c.name === name));
});

test('labels are filtered, deleted and brought back', async () => {
  const [trace] = (await find('{ name = "process_transaction" }', 50)).filter((t) => t.labels.length === 0);
  const note = `a "note" <u>of</u> ${Date.now()}`;
  await post('/api/v1/labels', [{ trace_id: trace.trace_id, label: 'right', source: 'browser', note }]);
  const mine = async () => (await json(`/api/v1/labels?trace_id=${trace.trace_id}`)).labels.length;
  await page.goto(`${base}/labels`);
  await page.getByRole('combobox', { name: 'Source' }).selectOption('browser');
  const row = page.locator('table.labels tbody tr', { hasText: note });
  await row.waitFor();
  assert.equal(await row.locator('u').count(), 0);
  await page.getByRole('combobox', { name: 'Label' }).selectOption('wrong');
  await page.getByText('No label fits the filter').waitFor();
  await page.getByRole('combobox', { name: 'Label' }).selectOption('');
  await row.getByRole('button', { name: /^Delete/ }).click();
  await page.getByRole('button', { name: 'Undo' }).waitFor();
  assert.equal(await mine(), 0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await row.waitFor();
  assert.equal(await mine(), 1);
  await row.getByRole('link').first().click();
  await page.waitForURL(`**/trace/${trace.trace_id}`);
  for (const l of (await json(`/api/v1/labels?trace_id=${trace.trace_id}`)).labels) await fetch(`${base}/api/v1/labels/${l.id}`, { method: 'DELETE' });
});

test('checks and labels fit every width, light and dark, and axe finds nothing', async () => {
  await send('PUT', '/api/v1/checks', { checks: [
    { name: 'context-is-own', never: '{ name = "fetch_user_context" && span.patterns.user_id != span.user_id }', severity: 'error', description: 'The context belongs to the user of the transaction.' },
    { name: 'answer-has-a-category', always: '{ name = "model_prediction" && span.prediction.category != nil }', severity: 'warning' },
  ] });
  await everyWidth(browser, [
    ['checks', '/checks', 'table.checks tbody tr'], ['check-new', '/checks?new=1', '#c-rule'], ['labels', '/labels', 'table.labels tbody tr'],
  ]);
});

test('checks and labels did not complain', () => noComplaints(page));
