import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { useLanguage } from './i18n';
import { said } from './said';

const root = ['../src/finance', 'src/finance', '../../src/finance'].find((path) => existsSync(`${path}/statement/csv.cc`))!;
const FILES = [...readdirSync(`${root}/statement`, { recursive: true }).map((file) => `statement/${file}`), ...readdirSync(`${root}/dashboard`, { recursive: true }).map((file) => `dashboard/${file}`),
  'ledger/date.cc', 'ledger/money.cc', 'transaction_processor/import_matching.cc', 'bank_connection/simplefin.cc']
  .filter((file) => file.endsWith('.cc') && !/_test|_fuzz|test_house/.test(file));

// What programs are told that call the services themselves, and what stands in a log.
const FOR_PROGRAMS = /^[Ss]end |JSON|Bearer|API token|^limit is|^sample users|browser went|back ?up|a restore|passphrase|seals|no such (route|thing)|erase users|hash a password|index\.html|was used before|^(accounts|attempts|error)$/;

// Every sentence of a refusal or of a row's reason, with {} for values.
function sentences(code: string): string[] {
  const found: string[] = [];
  const calls = /(?:InvalidArgument|NotFound|PermissionDenied|Unauthenticated|AlreadyExists|ResourceExhausted|Unavailable|Fail|reason =)\(?[^";]{0,60}?((?:"(?:[^"\\]|\\.)*"\s*)+)(\s*\+)?/g;
  for (const [, literals, plus] of code.replace(/^\s*\/\/.*$/gm, '').matchAll(calls)) {
    const text = [...literals!.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]!.replaceAll('\\"', '"')).join('');
    if (text.includes(' ')) found.push(plus && !text.endsWith('{}') ? `${text}{}` : text);
  }
  return found;
}

test('whatever the services tell a person is there in German', async () => {
  await useLanguage('de');
  try {
    const all = FILES.flatMap((file) => sentences(readFileSync(`${root}/${file}`, 'utf8'))).filter((text) => !FOR_PROGRAMS.test(text));
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
