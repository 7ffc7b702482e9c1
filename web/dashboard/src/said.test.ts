import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { useLanguage } from './i18n';
import { said } from './said';

const root = ['../src/finance', 'src/finance', '../../src/finance'].find((path) => existsSync(`${path}/statement/csv.cc`))!;
const FILES = [...['statement', 'dashboard', 'delivery', 'budget_manager'].flatMap((room) => readdirSync(`${root}/${room}`, { recursive: true }).map((file) => `${room}/${file}`)),
  'ledger/date.cc', 'ledger/money.cc', 'outbound/outbound.cc', 'transaction_processor/import_details.cc', 'transaction_processor/import_matching.cc', 'bank_connection/simplefin.cc']
  .filter((file) => file.endsWith('.cc') && !/_test|_fuzz|test_house/.test(file));

// What programs are told that call the services themselves, and what stands in a log.
const FOR_PROGRAMS = /^[Ss]end |^(SELECT|INSERT|UPDATE|UPSERT|DELETE) |^field is missing|is no integer: |^: |^transaction id$|delivery desk|no memory|header has a line break|trusted proxy|sealed secret|transactions in a batch|^category is unknown|^child of a category|JSON|Bearer|API token|^limit is|^sample users|browser went|back ?up|a restore|passphrase|seals|no such (route|thing)|erase users|hash a password|index\.html|was used before|^(accounts|attempts|error)$/;

// Every sentence of a refusal or of a row's reason, with {} for values; all that is said where every text is one.
function sentences(code: string, all: boolean): string[] {
  const found: string[] = [];
  const calls = all ? /((?:"(?:[^"\\]|\\.)*"\s*)+)(\s*\+)?/g : /(?:InvalidArgument|NotFound|PermissionDenied|Unauthenticated|AlreadyExists|ResourceExhausted|FailedPrecondition|Unavailable|base::Status|Fail|reason =)\(?[^";]{0,60}?((?:"(?:[^"\\]|\\.)*"\s*)+)(\s*\+)?/g;
  for (const [, literals, plus] of code.replace(/^\s*\/\/.*$/gm, '').matchAll(calls)) {
    const text = [...literals!.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]!.replaceAll('\\"', '"')).join('');
    if (text.includes(' ')) found.push(plus && !text.endsWith('{}') ? `${text}{}` : text);
  }
  return found;
}

test('whatever the services tell a person is there in German', async () => {
  await useLanguage('de');
  try {
    const all = FILES.flatMap((file) => sentences(readFileSync(`${root}/${file}`, 'utf8'), file.endsWith('import_details.cc'))).filter((text) => !FOR_PROGRAMS.test(text));
    assert.ok(all.length > 80, `${all.length} sentences`);
    const missing = [...new Set(all)].map((text) => text.replace(/\{:?\w*\}|\{:\w+\}/g, '7')).filter((text) => said(text) === text);
    assert.deepEqual(missing, []);
  } finally {
    await useLanguage('en');
  }
});

test('values keep their places, and what is not known stays', async () => {
  assert.equal(said('amount is no number: 12a'), 'amount is no number: 12a');
  await useLanguage('de');
  try {
    assert.equal(said('amount is no number: 12a (x)'), 'Der Betrag ist keine Zahl: 12a (x)');
    assert.equal(said('books a row that was pending, for more: -10.00, 2026-01-10'), 'bucht eine vorgemerkte Buchung, für mehr: -10.00, 2026-01-10');
    assert.equal(said('what nobody said'), 'what nobody said');
  } finally {
    await useLanguage('en');
  }
});
