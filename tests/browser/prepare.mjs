// Fills the running stack for the browser tests: imports the statements of the people whose cache keys
// collide, brings the bug back, imports another month, then corrects and confirms categories as a person would, by the generator's truth.
import { readFileSync } from 'node:fs';

const { PROCESSOR_URL, ANALYZER_URL, BUDGET_URL, AWRY_URL, SAMPLE_DIR, MONTH_DIR } = process.env;
const users = JSON.parse(readFileSync(`${SAMPLE_DIR}/users.json`, 'utf8')).filter((id) => id.startsWith('user12'));

async function call(method, url, body, type = 'application/json') {
  const response = await fetch(url, { method, body, headers: body === undefined ? {} : { 'Content-Type': type } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 300)}`);
  return text === '' ? {} : JSON.parse(text);
}

async function until(what, ask) {
  const end = Date.now() + 180_000;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`gave up waiting for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const key = (t) => `${t.user_id}|${t.date}|${t.amount_minor}|${t.description}`;
const truth = new Map(readFileSync(`${MONTH_DIR}/truth.jsonl`, 'utf8').trim().split('\n').map((line) => {
  const row = JSON.parse(line);
  return [key(row), row.category];
}));

async function importAll(folder) {
  const imports = [];
  for (const user of users) {
    const account = `${user}-main`;
    await call('PUT', `${PROCESSOR_URL}/accounts/${account}`,
      JSON.stringify({ user_id: user, name: 'Everyday', kind: 'checking', currency: 'EUR' }));
    const preview = await call('POST', `${PROCESSOR_URL}/imports?account=${account}`,
      readFileSync(`${folder}/statements/${user}.csv`), 'text/csv');
    await call('POST', `${PROCESSOR_URL}/imports/${preview.import_id}/confirm`, '{}');
    imports.push(preview.import_id);
  }
  for (const id of imports) {
    await until(`import ${id}`, async () => (await call('GET', `${PROCESSOR_URL}/imports/${id}`)).state === 'done');
  }
}

// A year as it should be, then a month with the article's bug.
await importAll(SAMPLE_DIR);
for (const [user, body] of Object.entries(JSON.parse(readFileSync(`${SAMPLE_DIR}/budgets.json`, 'utf8')))) {
  await call('PUT', `${BUDGET_URL}/budgets/${user}`, JSON.stringify(body));
}
await call('PUT', `${ANALYZER_URL}/admin/faults/cache-key`, '{"enabled":true}');
await call('DELETE', `${ANALYZER_URL}/admin/cache`);
await importAll(MONTH_DIR);

let labels = 0;
let right = 0;
for (const user of users) {
  let cursor = '';
  do {
    const page = await call('GET', `${PROCESSOR_URL}/transactions?user_id=${user}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    for (const row of page.transactions) {
      const expected = truth.get(key(row));
      if (expected === undefined || (row.category === expected && ++right % 100 !== 0)) continue;
      await call('PATCH', `${PROCESSOR_URL}/transactions/${encodeURIComponent(row.id)}`, JSON.stringify({ category: expected }));
      labels++;
    }
    cursor = page.next_cursor ?? '';
  } while (cursor !== '');
}
await until('the labels', async () => (await call('GET', `${AWRY_URL}/api/v1/labels`)).labels.length >= labels);
await until('a finding', async () => (await call('GET', `${AWRY_URL}/api/v1/findings`)).findings.length > 0);
console.log(`${users.length} people, ${labels} labels`);
