// The pictures of the documentation, from the pages as they are. AWRY_PICTURES names the folder that they go to (docs/img); else they are kept with the screenshots.
import { after, before, test } from 'node:test';
import { base, json, launch, noComplaints, openPage } from './awry-browser.mjs';

const folder = process.env.AWRY_PICTURES || process.env.SCREENSHOTS;
let browser;
let page;
before(async () => { browser = await launch(); page = await openPage(browser, { viewport: { width: 1280, height: 800 } }); });
after(() => browser.close());

/** `there` says that the page is whole; `ready` does what a person would do next. */
async function picture(name, path, there, ready = async () => undefined) {
  await page.goto(base + path);
  await page.locator(there).first().waitFor();
  await ready();
  await page.waitForLoadState('networkidle');
  await page.mouse.move(640, 4);
  if (folder) await page.screenshot({ path: `${folder}/ui-${name}.png` });
}

test('each page has its picture', async () => {
  const { findings: [{ id, cause }] } = await json('/api/v1/findings');
  const query = encodeURIComponent('{ name = "process_transaction" }');
  await picture('findings', '/', '.sentence');
  await picture('search', `/search?lookback=all&limit=200&query=${query}`, '.scatter canvas');
  await picture('trace', `/trace/${cause.pair.wrong}`, '.tl .fact', async () => {
    await page.locator('.tl .op', { hasText: 'fetch_user_context' }).click();
    await page.locator('.detail').waitFor();
  });
  await picture('compare', `/trace/${cause.pair.wrong}...${cause.pair.right}`, '.pairs tbody tr', () => page.getByRole('tab', { name: /^Values/ }).click());
  await picture('services', '/dependencies?lookback=24h', '.board .node');
  await picture('monitor', '/monitor?service=category-predictor&timeframe=900000', '.ops tbody tr');
  await picture('check', `/checks?finding=${id}`, '.check-form', () => page.getByRole('heading', { name: /^Dry run over/ }).waitFor());
  await picture('labels', '/labels', 'table.labels tbody tr');
  await picture('groups', `/compare?${new URLSearchParams({ a: '{ label = wrong }', b: '!{ label = wrong }' })}`, '.sec .sentence');
  await noComplaints(page);
});
