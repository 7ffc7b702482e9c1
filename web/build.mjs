// Builds every folder web/<name> that has src/main.tsx into ../build/web/<name>:
//   node build.mjs [--out DIR] [name…]     bundle for browsers, copy index.html, *.css and *.svg
//   node build.mjs --tests [name…]         bundle and run src/**/*.test.ts with Node's own runner
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const tests = take('--tests');
const out = resolve(takeValue('--out') ?? join(here, '..', 'build', 'web'));
const names = args.length > 0 ? args : readdirSync(here).filter((name) => existsSync(join(here, name, 'src', 'main.tsx')));

function take(flag) {
  const at = args.indexOf(flag);
  if (at >= 0) args.splice(at, 1);
  return at >= 0;
}

function takeValue(flag) {
  const at = args.indexOf(flag);
  return at >= 0 ? args.splice(at, 2)[1] : undefined;
}

async function build(name) {
  const from = join(here, name);
  const to = join(out, name);
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from)) {
    if (/\.(html|css|svg)$/.test(file)) cpSync(join(from, file), join(to, file));
  }
  const result = await esbuild.build({
    entryPoints: [join(from, 'src', 'main.tsx')],
    outfile: join(to, 'main.js'),
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'eof',
    metafile: true,
  });
  const bytes = Object.entries(result.metafile.outputs).find(([path]) => path.endsWith('main.js'))[1].bytes;
  console.log(`${name}: ${(bytes / 1024).toFixed(0)} KiB of script`);
}

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? testFiles(join(folder, entry.name))
      : /\.test\.tsx?$/.test(entry.name) ? [join(folder, entry.name)] : []);
}

async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'awry-web-tests-'));
  const files = names.flatMap((name) => testFiles(join(here, name, 'src')));
  await esbuild.build({
    entryPoints: files,
    outdir: folder,
    outbase: here,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'));
  const built = files.map((file) => join(folder, relative(here, file)).replace(/\.tsx?$/, '.mjs'));
  const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...built], { stdio: 'inherit' });
  rmSync(folder, { recursive: true, force: true });
  process.exit(run.status ?? 1);
}

if (tests) await runTests();
else await Promise.all(names.map(build));
