#!/usr/bin/env python3
"""How long each page of the dashboard keeps the servers busy, on one person's large ledger.

  bench/pages_bench.py [--rows 500000] [--rounds 5] [--port-offset 9500] [--data DIR] [--only TEXT]

Starts the real programs (AWRY_BUILD_DIR, default ./build), imports statements of --rows rows over six years
into three accounts as a browser would, and then asks for what the pages ask for, through the dashboard, signed
in. "first" is the first answer after a row was changed, when nothing that was computed before may be used again;
"cpu" and "wall" are medians of the other rounds. CPU is that of all services and the dashboard together. With
--data the ledger is kept there and used again by the next run. Needs Python's standard library only.
"""
import argparse
import datetime
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ['dashboard', 'transaction-processor', 'spending-analyzer', 'budget-manager', 'fraud-detector', 'category-predictor']
SHOPS = ['REWE SAGT DANKE', 'TESCO STORES', 'SHELL', 'AMZN MKTP', 'LIDL', 'COFFEE FELLOWS', 'DB VERTRIEB', 'UBER TRIP', 'BOOTS', 'IKEA',
         'ALDI SUED', 'DM DROGERIE', 'ROSSMANN', 'CARREFOUR', 'STARBUCKS', 'H&M', 'ZARA', 'DECATHLON', 'PIZZERIA ROMA', 'KIOSK']
DAYS = 2190


def cpu_ns(pids):
    """CPU time of the processes, to the nanosecond. A thread that has ended counts no more."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
            try:
                total += int((task / 'schedstat').read_text().split()[0])
            except OSError:
                pass
    return total


class Browser:
    def __init__(self, url):
        self.url, self.cookie, self.csrf = url, '', ''

    def send(self, method, target, body=None, kind='application/json'):
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + target, data=data, method=method)
        request.add_header('Content-Type', kind)
        if self.cookie:
            request.add_header('Cookie', self.cookie)
            request.add_header('X-CSRF-Token', self.csrf)
        with urllib.request.urlopen(request, timeout=300) as response:
            answer = response.read()
            if cookie := response.headers.get('Set-Cookie'):
                self.cookie = cookie.split(';')[0]
        return answer

    def json(self, method, target, body=None, kind='application/json'):
        return json.loads(self.send(method, target, body, kind))

    def sign_in(self):
        person = {'name': 'Ada', 'password': 'correct horse battery'}
        try:
            self.csrf = self.json('POST', '/api/setup', person)['csrf']
        except urllib.error.HTTPError:
            self.csrf = self.json('POST', '/api/session', person)['csrf']


def statement(account, rows, first_day, days, chance):
    """Shops by the dozen a day, and what comes every month: pay, rent, streams, a sum put aside."""
    lines = []
    for i in range(rows):
        day = first_day + datetime.timedelta(days=i * days // rows)
        lines.append((day, -chance.randint(100, 20000), f'{chance.choice(SHOPS)} {chance.randint(0, 4999)} BERLIN REF {chance.randint(10**7, 10**8)}'))
    for month in range(days // 30):
        day = first_day + datetime.timedelta(days=month * 30)
        if account == 'main':
            lines += [(day, 285000, f'SALARY ACME LTD {month}'), (day, -98000, 'RENT FLAT 12'), (day, -1299, 'NETFLIX.COM'), (day, -30000, 'TRANSFER TO SAVINGS')]
        if account == 'savings':
            lines.append((day, 30000, 'TRANSFER FROM MAIN'))
    lines.sort(key=lambda line: line[0])
    out = ['Date,Amount,Currency,Description']
    out += [f'{day},{"-" if minor < 0 else ""}{abs(minor) // 100}.{abs(minor) % 100:02d},EUR,{text}' for day, minor, text in lines]
    return '\n'.join(out).encode() + b'\n'


def accounts_of(browser):
    """The ids of the three accounts by name, made where they are missing."""
    known = {account['name']: account['id'] for account in browser.json('GET', '/api/accounts')['accounts']}
    for name, kind in (('main', 'checking'), ('card', 'card'), ('savings', 'savings')):
        if name not in known:
            known[name] = browser.json('POST', '/api/accounts', {'name': name, 'kind': kind, 'currency': 'EUR'})['id']
    return known


def set_budgets(browser):
    browser.send('PUT', '/api/budgets', {'budgets': [
        {'categories': [category], 'period': period, 'limit_minor': 500000, 'currency': 'EUR', 'carry': carry, 'will_exceed': True}
        for category, period, carry in (('groceries', 'month', 'none'), ('dining', 'month', 'full'), ('shopping', 'year', 'none'),
                                        ('transport', 'week', 'none'), ('travel', 'quarter', 'surplus'), ('home', 'month', 'none'))]
        + [{'merchants': ['ikea'], 'period': 'year', 'limit_minor': 500000, 'currency': 'EUR'}]})


def fill(browser, rows, progress):
    """Imports statement after statement; `progress` is a file that says how many are done."""
    today = datetime.date.today()
    accounts = accounts_of(browser)
    set_budgets(browser)
    pieces = max(3, -(-rows // 50_000))
    names = ('main', 'card', 'savings')
    for piece in range(int(progress.read_text()) if progress.exists() else 0, pieces):
        name = names[piece % 3]
        turn, turns = piece // 3, len(range(piece % 3, pieces, 3))
        begin = DAYS * turn // turns
        days = DAYS * (turn + 1) // turns - begin
        file = statement(name, rows // pieces, today - datetime.timedelta(days=DAYS - begin - 1), days, random.Random(piece))
        started = time.time()
        preview = browser.json('POST', f'/api/imports?account={accounts[name]}', file, 'text/csv')
        path = f"/api/imports/{preview['import_id']}"
        try:
            browser.send('POST', path + '/confirm', {})
        except urllib.error.HTTPError as error:
            if error.code != 503:  # on a busy machine the answer may take longer than the dashboard waits
                raise
        while (state := browser.json('GET', path))['state'] in ('preview', 'running'):
            time.sleep(0.5)
        progress.write_text(str(piece + 1))
        print(f"imported {state['done']} rows into {name}: {time.time() - started:.0f} s wall", flush=True)
    time.sleep(5)


def pages(browser):
    """(page, method, target, body) of everything that the pages ask for."""
    today = datetime.date.today()
    month = today.replace(day=1)
    last_month = (month - datetime.timedelta(days=1)).replace(day=1)
    year_ago = today - datetime.timedelta(days=364)
    first = today - datetime.timedelta(days=DAYS)
    row = browser.json('GET', '/api/transactions?limit=1')['transactions'][0]['id']
    budgets = browser.json('GET', '/api/budgets')['budgets']
    account = browser.json('GET', '/api/accounts')['accounts'][0]['id']

    def query(path, **parameters):
        return path + '?' + urllib.parse.urlencode({k.rstrip('_'): str(v) for k, v in parameters.items()})

    gets = [
        ('frame', '/api/me'), ('frame', '/api/accounts'), ('frame', query('/api/fraud/cases', limit=1)), ('frame', '/api/alerts'),
        ('overview', query('/api/totals', from_=month, to=today)), ('overview', query('/api/sums', from_=last_month, to=today, by='day')),
        ('overview', query('/api/sums', from_=year_ago, to=today, by='day')), ('overview', '/api/balances'), ('overview', '/api/statistics'),
        ('overview', query('/api/statistics', month=str(month)[:7])), ('overview', query('/api/cash-flow', from_=month, to=today)),
        ('overview', query('/api/net-worth', from_=year_ago, to=today, step='month')), ('overview', '/api/insights'),
        ('overview', query('/api/transactions', limit=100)),
        ('all years', '/api/sums'), ('all years', query('/api/sums', month_start=25)), ('all years', '/api/cash-flow'), ('all years', '/api/totals'),
        ('all years', query('/api/sums', from_=first, to=today, by='day')), ('all years', query('/api/net-worth', from_=first, to=today, step='day')),
        ('rows', query('/api/transactions', from_=month, to=today)), ('rows', query('/api/transactions', category='dining')),
        ('rows', query('/api/transactions', account=account, amount_max=-19900)), ('rows', query('/api/totals', amount_max=-10000)),
        ('rows', query('/api/totals', account=account, category='groceries', from_=year_ago, to=today)),
        ('review', query('/api/transactions', review=1)), ('review', query('/api/totals', review=1)),
        ('review', query('/api/transactions', review=1, limit=500)),
        ('search', query('/api/transactions', q='coffee')), ('search', query('/api/totals', q='coffee')), ('search', query('/api/transactions', q='co')),
        ('search', query('/api/totals', q='co')), ('search', query('/api/transactions', q='tesco stores 12')), ('search', query('/api/totals', q='tesco stores 12')),
        ('search', query('/api/transactions', q='zzqqzz')), ('search', query('/api/transactions', q='berlin')), ('search', query('/api/totals', q='berlin')),
        ('row', f'/api/transactions/{row}'), ('row', f'/api/transactions/{row}/audit'),
        ('recurring', '/api/recurring'), ('recurring', query('/api/forecast', weeks=13)), ('recurring', query('/api/forecast', weeks=8, account=account)),
        ('budgets', '/api/budgets'), ('budgets', query('/api/budgets', month=str(last_month)[:7])),
        *[('budgets', query(f"/api/budgets/{budget['id']}/periods", count=60)) for budget in budgets if budget['categories'] in (['dining'], ['transport'], [])],
        *[('budgets', f"/api/budgets/{budget['id']}/transactions") for budget in budgets if budget['period'] == 'year'],
        ('inbox', query('/api/fraud/cases', state='open')), ('inbox', query('/api/fraud/cases', state='decided')), ('inbox', '/api/fraud/models'),
        ('transfers', query('/api/transfers', state='suggested', limit=200)), ('transfers', query('/api/transfers', state='linked', limit=200)),
        ('imports', '/api/imports'), ('settings', '/api/rules'), ('settings', '/api/connections'), ('settings', '/api/channels'),
        ('settings', '/api/deliveries'), ('settings', query('/api/jobs', state='dead', limit=50)), ('settings', '/api/category/models'),
        ('settings', query('/api/audit', limit=50)),
    ]
    rule = {'name': 'coffee', 'stage': 'normal', 'rank': 0, 'match': 'all', 'active': True, 'state': 'active',
            'conditions': [{'field': 'description', 'op': 'contains', 'value': 'coffee'}], 'actions': [{'set': 'category', 'value': 'dining'}]}
    frequent = {**rule, 'conditions': [{'field': 'direction', 'op': 'is', 'value': 'out'}]}
    return [(page, 'GET', target, None) for page, target in gets] + [
        ('rules', 'POST', '/api/rules/preview', rule), ('rules', 'POST', '/api/rules/preview', frequent)]


def measure(browser, pids, rounds, only):
    slowest = 0.0
    change = browser.json('GET', '/api/transactions?limit=1')['transactions'][0]['id']
    print(f"{'page':10} {'first cpu':>9} {'cpu ms':>8} {'wall ms':>8} {'bytes':>9}")
    for turn, (page, method, target, body) in enumerate(pages(browser)):
        if only and only not in page + ' ' + target:
            continue
        browser.send('PATCH', f'/api/transactions/{change}', {'category': 'dining' if turn % 2 else 'travel'})
        time.sleep(1.5)  # the change is counted everywhere by then
        cpu, wall, size = [], [], 0
        for _ in range(rounds + 1):
            cpu_before, before = cpu_ns(pids), time.perf_counter()
            try:
                size = len(browser.send(method, target, body))
            except urllib.error.HTTPError as error:
                print(f'{error.code} {error.read()[:200]}', end=' ')
            wall.append((time.perf_counter() - before) * 1e3)
            cpu.append((cpu_ns(pids) - cpu_before) / 1e6)
        slowest = max(slowest, statistics.median(cpu[1:]), cpu[0])
        print(f'{page:10} {cpu[0]:9.1f} {statistics.median(cpu[1:]):8.1f} {statistics.median(wall[1:]):8.1f} {size:9d}  {method} {target}', flush=True)
    print(f'slowest: {slowest:.1f} ms CPU')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rows', type=int, default=500_000)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--port-offset', type=int, default=9500)
    parser.add_argument('--data')
    parser.add_argument('--only', help='only pages and targets with this text')
    options = parser.parse_args()
    data = pathlib.Path(options.data or tempfile.mkdtemp(prefix='pages-bench-'))
    environment = dict(os.environ)
    environment.setdefault('AWRY_BUILD_DIR', str(ROOT / 'build'))
    command = [str(ROOT / 'run'), '--data', str(data), '--port-offset', str(options.port_offset)]
    subprocess.run(command + ['--detach', '--no-sample'], env=environment, check=True, stdout=subprocess.DEVNULL)
    try:
        browser = Browser(f'http://127.0.0.1:{8080 + options.port_offset}')
        browser.sign_in()
        fill(browser, options.rows, data / 'pages-bench-pieces')
        pids = [int((data / 'run' / f'{name}.pid').read_text()) for name in PROGRAMS]
        measure(browser, pids, options.rounds, options.only)
    finally:
        subprocess.run(command + ['--stop'], env=environment, stdout=subprocess.DEVNULL)
        if not options.data:
            shutil.rmtree(data, ignore_errors=True)


if __name__ == '__main__':
    main()
