// Service graph and paths of calls, in real Chromium against a real awry that the services have filled.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, base, everyWidth, json, launch, noComplaints, openPage, shot } from './awry-browser.mjs';

let browser;
let page;
before(async () => { browser = await launch(); page = await openPage(browser); });
after(() => browser.close());

const LOOKBACK = '24h';
const graph = () => json(`/api/v1/graph?start=${LOOKBACK}`);

test('every service of the graph is a box and a row, every way of calling a line and a row', async () => {
  const { nodes, edges } = await graph();
  assert.ok(nodes.length >= 4 && edges.length >= 3);
  await page.goto(`${base}/dependencies?lookback=${LOOKBACK}`);
  await page.locator('.board .node').first().waitFor();
  assert.equal(await page.locator('.board .node').count(), nodes.length);
  assert.equal(await page.locator('.board svg path[marker-end]').count(), edges.length);
  const busiest = edges.reduce((a, b) => (b.calls > a.calls ? b : a));
  const row = page.locator('tr', { hasText: `${busiest.parent} → ` }).filter({ hasText: busiest.child });
  assert.ok((await row.first().innerText()).includes(busiest.calls.toLocaleString('en-US')));
  await accessible(page, 'service graph');
  await shot(page, 'awry-graph');
});

test('a chosen service stands out, is part of the address, and leads to its operations and paths', async () => {
  const { edges } = await graph();
  const { parent } = edges[0];
  await page.goto(`${base}/dependencies?lookback=${LOOKBACK}`);
  await page.locator('.board .node', { hasText: parent }).click();
  await page.waitForURL(new RegExp(`service=${parent}`));
  assert.equal(await page.locator('.board .node.on').count(), 1);
  await page.getByText('only its neighbours').click();
  const near = new Set(edges.filter((e) => e.parent === parent || e.child === parent).flatMap((e) => [e.parent, e.child]));
  await page.waitForFunction((n) => document.querySelectorAll('.board .node').length === n, near.size);
  await page.getByRole('link', { name: 'Paths of calls through it' }).click();
  await page.locator('.board .node.on').first().waitFor();  // one for each of its operations
  assert.match(page.url(), /deep-dependencies/);
});

test("Jaeger's path graph: callers on the left, what is called on the right, a click moves the middle", async () => {
  await page.goto(`${base}/deep-dependencies?service=category-predictor&operation=categorize_transaction&density=ppe&showOp=1`);
  await page.locator('.board .node.on').waitFor();
  const left = async (name) => (await page.locator('.board .place', { hasText: name }).first().boundingBox()).x;
  const middle = (await page.locator('.board .node.on').boundingBox()).x;
  assert.ok(await left('POST /categorize') < middle);
  assert.ok(await left('fetch_user_context') > middle);
  await accessible(page, 'paths');
  await shot(page, 'awry-paths');
  await page.locator('.board .node', { hasText: 'fetch_user_context' }).click();
  await page.waitForURL(/operation=fetch_user_context/);
  await page.locator('h1', { hasText: 'fetch_user_context' }).waitFor();
  await page.getByText('Show operations').click();
  await page.waitForURL(/showOp=0/);
  await page.goto(`${base}/deep-dependencies?service=nobody`);
  await page.getByText('No trace goes through nobody').waitFor();
});

test('every width and theme: nothing sticks out, nothing for axe', () => everyWidth(browser, [['graph', `/dependencies?lookback=${LOOKBACK}`, '.board .node']]));

test('no page complained', () => noComplaints(page));
